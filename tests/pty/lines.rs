//! A conversation with the program in plain mode: a line is sent, and everything printed up to the
//! next prompt is the answer.

use super::session::Session;
use portable_pty::CommandBuilder;
use regex::Regex;
use std::time::{Duration, Instant};

/// What a person has patience for.
const LIMIT: Duration = Duration::from_secs(120);

pub struct Lines {
    pub session: Session,
    heard: usize,
    prompt: Regex,
}

impl Lines {
    pub fn start(command: CommandBuilder) -> Self {
        Self {
            session: Session::start(command),
            heard: 0,
            prompt: Regex::new(r"(?m)^(\w[\w ]*> |[^\n]*\): |Enter goes on: )\z")
                .expect("a pattern"),
        }
    }

    /// What comes up to the next prompt.
    pub fn hear(&mut self) -> String {
        self.hear_until("a prompt", |lines, text| lines.prompt.is_match(text))
    }

    pub fn hear_for(&mut self, words: &str) -> String {
        self.hear_until(words, |_, text| text.contains(words))
    }

    fn hear_until(&mut self, what: &str, met: impl Fn(&Self, &str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let text = self.session.printed(self.heard);
            if met(self, &text) {
                self.heard += text.len();
                return text.replace('\r', "");
            }
            assert!(began.elapsed() < LIMIT, "{what} never came:\n{text}");
            self.session.news();
        }
    }

    pub fn say(&mut self, line: &str) -> String {
        self.session.type_keys(&format!("{line}\n"));
        self.hear()
    }

    /// Follows the suggestions until these words appear; returns what was printed last.
    pub fn walk(&mut self, mut told: String, until: &str) -> String {
        let began = Instant::now();
        while !told.contains(until) {
            assert!(began.elapsed() < LIMIT, "{until} never came:\n{told}");
            told = self.say(suggested(&told));
        }
        told
    }

    /// Everything that was printed from the beginning.
    pub fn all(&self) -> String {
        self.session.printed(0)
    }
}

fn suggested(told: &str) -> &'static str {
    let menu = Regex::new(r"(?:Then:|What now\?)\s+([^\s:]+)").expect("a pattern");
    if told.ends_with("yes or no (an empty line: no): ") {
        return "yes";
    }
    match menu
        .captures_iter(told)
        .last()
        .map(|found| found[1].to_owned())
    {
        Some(key) if key == "mark" => "mark",
        Some(key) if key == "r" => "retry",
        Some(key) => panic!("a key that this test does not say: {key}\n{told}"),
        None => "",
    }
}
