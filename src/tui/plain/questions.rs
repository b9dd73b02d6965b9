//! Questions in words: which one was asked, and how an emergency step stood when it was told.

use super::{asked, paper::Paper};
use crate::tui::{app::App, dialog::Dialog};

#[derive(Default)]
pub struct Questions {
    asked: Option<String>,
    /// The emergency step that was told, and how it stood.
    lever: Option<(usize, String)>,
}

impl Questions {
    /// Forgets what was asked: the terminal was given away in between.
    pub fn ask_again(&mut self) {
        self.asked = None;
    }

    /// Notes that no question is open; returns whether one was.
    pub fn put_away(&mut self) -> bool {
        self.lever = None;
        self.asked.take().is_some()
    }

    /// Tells what is new about the question; returns whether it now asks something that nobody can
    /// have answered before. After any input the question is told again.
    pub fn tell(&mut self, app: &App, dialog: &Dialog, heard: bool, paper: &mut Paper) -> bool {
        let words = asked::question(app, dialog);
        if let Dialog::Emergency { at } = dialog {
            return self.lever(*at, words, heard, paper);
        }
        // The running step changes in the meantime; the question how to leave stays the same.
        let asked = match dialog {
            Dialog::Going { .. } => asked::prompt(app, Some(dialog)),
            _another_question => words.clone(),
        };
        // An answer that was not accepted is followed by the question again.
        if self.asked.as_ref() == Some(&asked) && !heard {
            return false;
        }
        paper.gap();
        paper.text.push_str(&words);
        self.asked = Some(asked);
        true
    }

    /// Tells an emergency step in full when it is selected or asked for again; otherwise only its
    /// changed lines.
    fn lever(&mut self, at: usize, words: String, heard: bool, paper: &mut Paper) -> bool {
        let before = self.lever.replace((at, words.clone()));
        let before = before.filter(|(was, _)| *was == at);
        match before {
            Some((_, before)) if before != words => {
                let known: Vec<&str> = before.lines().collect();
                for line in words.lines().filter(|line| !known.contains(line)) {
                    paper.text.push_str(line);
                    paper.text.push('\n');
                }
            }
            Some(_) if !heard => return false,
            Some(_) | None => {
                paper.gap();
                paper.text.push_str(&words);
            }
        }
        self.asked = Some(words);
        true
    }
}
