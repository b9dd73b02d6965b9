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
    /// Nobody can know any more what was asked.
    pub fn ask_again(&mut self) {
        self.asked = None;
    }

    /// There is no question any more; gives whether there was one.
    pub fn put_away(&mut self) -> bool {
        self.lever = None;
        self.asked.take().is_some()
    }

    /// Tells what is new about it, and whether it asks something that nobody can have answered before.
    /// Whoever has said something is told the question again.
    pub fn tell(&mut self, app: &App, dialog: &Dialog, heard: bool, paper: &mut Paper) -> bool {
        let words = asked::question(app, dialog);
        if let Dialog::Emergency { at } = dialog {
            return self.lever(*at, words, heard, paper);
        }
        // What runs meanwhile changes, and the question how to leave stays the same.
        let asked = match dialog {
            Dialog::Going { .. } => asked::prompt(app, Some(dialog)),
            _another_question => words.clone(),
        };
        // An answer that was not taken is answered with the question.
        if self.asked.as_ref() == Some(&asked) && !heard {
            return false;
        }
        paper.gap();
        paper.text.push_str(&words);
        self.asked = Some(asked);
        true
    }

    /// An emergency step is told whole when it is come to, and when that is asked for; else what is new
    /// of it.
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
