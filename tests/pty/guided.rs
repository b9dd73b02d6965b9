//! A walk by the keys that the screen itself proposes.

use super::session::Session;
use regex::Regex;
use std::time::{Duration, Instant};

/// What a person has patience for.
const LIMIT: Duration = Duration::from_secs(60);

/// The key that the screen proposes; `None` while it asks to wait.
fn suggested(screen: &str) -> Option<&'static str> {
    let tail: Vec<&str> = screen.trim_end().lines().rev().take(4).collect();
    let says = |words: &str| tail.iter().any(|line| line.contains(words));
    let menu = Regex::new(r"(?:Then:|What now\?)\s+(\S+)").expect("a pattern");
    if says("y: yes") {
        return Some("y");
    }
    if says("it is running") || says("Enter: wait") || !says("Enter") {
        return None;
    }
    match menu.captures(screen).map(|found| found[1].to_owned()) {
        Some(key) if key == "Space" => Some(" "),
        Some(key) if key == "r" => Some("r"),
        Some(key) => panic!("a key that this test does not press: {key}\n{screen}"),
        None => Some("\r"),
    }
}

/// Presses what is suggested until these words are there.
pub fn walk(session: &mut Session, until: &str) {
    walk_until(session, until, |screen| screen.contains(until));
}

pub fn walk_until(session: &mut Session, what: &str, met: impl Fn(&str) -> bool) {
    let began = Instant::now();
    let mut answered = String::new();
    loop {
        let screen = session.text();
        assert!(began.elapsed() < LIMIT, "{what} takes too long:\n{screen}");
        if met(&screen) {
            return;
        }
        match suggested(&screen) {
            // One key per screen: the next screen takes a moment.
            Some(key) if screen != answered => {
                session.type_keys(key);
                answered = screen;
            }
            Some(_) | None => session.news(),
        }
    }
}
