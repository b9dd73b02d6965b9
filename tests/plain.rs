//! The road in lines, on a terminal that cannot be drawn on, and where lines were asked for: a step
//! fails, everything is rolled back, and a second run reaches its end. The test reads only what is
//! printed.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the machine beside the program"
)]

#[path = "pty/lines.rs"]
mod lines;
#[expect(dead_code, reason = "the drawn screens use the rest of it")]
#[path = "pty/session.rs"]
mod session;

use lines::Lines;
use regex::Regex;
use session::on_a_terminal;
use std::{
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_switchback");
const SECRET: &str = "never-to-be-shown-never-to-be-shown-never-to-be-shown";

fn demo(words: &[&str], environment: &[(&str, &str)]) -> (Lines, TempDir) {
    let folder = tempfile::Builder::new().prefix("plain-").tempdir();
    let folder = folder.expect("a folder");
    let mut command = on_a_terminal(Path::new(PROGRAM));
    command.arg("demo");
    command.args(words);
    command.env("TMPDIR", folder.path());
    for (name, value) in environment {
        command.env(name, value);
    }
    (Lines::start(command), folder)
}

fn words_to_type(told: &str) -> String {
    let words =
        Regex::new(r#"type "(roll back [^"]+)" to go on; its last word is"#).expect("a pattern");
    words.captures(told).expect("the words to type")[1].to_owned()
}

/// From a screen with a way back to the report of the rollback.
fn goes_back(lines: &mut Lines) -> String {
    let preview = lines.say("roll back");
    assert!(preview.contains("newest first"), "{preview}");
    let asked = lines.say("");
    let words = words_to_type(&asked);
    let told = lines.say("roll it back");
    assert!(told.contains("the words do not match"), "{told}");
    let told = lines.say("");
    assert!(
        told.contains("asks for typed words, then rolls back"),
        "{told}"
    );

    // Whoever types everything at once cannot have read the question.
    lines.session.type_keys(&format!("\n{words}\n"));
    let asked = lines.hear();
    assert_eq!(
        words_to_type(&asked),
        words,
        "it is asked, and not answered: {asked}"
    );
    let told = lines.say(&words);
    lines.walk(told, "leave - the old release is back")
}

/// Text and line ends: no escape, no bell, no carriage return that would print over anything.
fn is_only_text(all: &str) {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\r';
    assert!(!all.contains(steers), "{:?}", all.find(steers));
    assert!(!all.replace("\r\n", "").contains('\r'));
}

#[test]
fn a_dumb_terminal_fails_goes_back_and_ends_well() {
    let (mut lines, _folder) = demo(&["--fail"], &[("TERM", "dumb"), ("LC_ALL", "C")]);
    let told = lines.hear();
    let told = lines.walk(told, "== Review");
    assert!(told.contains("JWT_SECRET_KEY -> JWT_SECRET"), "{told}");
    assert!(told.contains("if left:"), "the reason is told: {told}");
    lines.session.type_keys("\x04");
    let told = lines.hear();
    assert!(told.contains("\nnote: the input ended"), "{told}");
    let told = lines.say("2");
    assert!(
        told.contains("+ DATABASE_URL="),
        "its difference is told: {told}"
    );
    let told = lines.say("more");
    let told = lines.walk(told, "== Inputs");
    assert!(told.contains("Secret that signs tokens"), "{told}");
    lines.say("edit");
    assert!(lines.say("short").contains("at least 32"));
    let told = lines.say(SECRET);
    assert!(told.contains("(53 chars)"), "{told}");
    let told = lines.walk(told, "What now?   r retry");
    assert!(told.contains("hint:"), "{told}");
    let told = lines.say("leave");
    let told: Vec<&str> = told.split_whitespace().collect();
    assert!(told.join(" ").contains(" --plain attach "), "{told:?}");
    assert!(lines.say("no").contains("nothing was done"));
    let told = lines.say("skip");
    assert!(told.contains("into the journal"), "{told}");
    lines.say("");
    let told = goes_back(&mut lines);
    assert!(told.contains("Rolled back. The 4 files"), "{told}");

    // And again: the step fails only once.
    let told = lines.say("back");
    let told = lines.walk(told, "leave - the upgrade is done");
    assert!(told.contains("== Report =="), "{told}");
    assert!(lines.say("").contains("Leave switchback?"));
    lines.session.type_keys("yes\n");
    let last = lines.hear_for("the sample and its runs stay");
    assert!(last.contains(": done; left to do by hand: "), "{last}");
    assert!(last.contains("\nIts report:"), "{last}");
    let ended = lines.session.child.wait().expect("it ends");
    assert_eq!(ended.exit_code(), 0);
    let all = lines.all();
    is_only_text(&all);
    assert!(all.is_ascii());
    assert!(
        !all.contains(SECRET) && !all.contains("short"),
        "what is typed is hidden"
    );
}

#[test]
fn a_good_terminal_is_walked_in_lines_where_that_is_asked_for() {
    let (mut lines, _folder) = demo(&["oversight-gateway", "--plain"], &[]);
    let told = lines.hear();
    let told = lines.walk(told, "leave — the upgrade is done");
    assert!(told.contains("== Report =="), "{told}");
    lines.session.type_keys("leave\n");
    lines.hear_for("Leave switchback?");
    lines.session.type_keys("yes\n");
    lines.hear_for("the sample and its runs stay");
    is_only_text(&lines.all());
}

#[test]
fn without_a_terminal_it_says_so_and_names_the_way_without_one() {
    let mut command = Command::new(PROGRAM);
    command.args(["demo", "--plain"]).stdin(Stdio::null());
    let ended = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("switchback apply --yes"), "{said}");
    assert!(ended.stdout.is_empty(), "nothing was laid out");
}
