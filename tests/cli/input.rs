//! Wrong input is reported with its exit code and its cure, and changes nothing.

use super::support::{Case, MARKED};
use std::{
    fs,
    os::unix::fs::symlink,
    time::{Duration, Instant},
};

/// Requires that nothing of the product has changed and that no run was begun.
#[track_caller]
pub fn refused(case: &Case, args: &[&str], code: i32, words: &str) {
    refused_saying(case, args, code, &[words]);
}

/// The same, and the message must say what is wrong, where, why and what helps.
#[track_caller]
pub fn refused_saying(case: &Case, args: &[&str], code: i32, words: &[&str]) {
    let before = case.files();
    let told = case.trusted(args);
    for words in words {
        told.ends(code, words);
    }
    assert_eq!(case.files(), before);
    assert!(!case.state.join("runs").exists(), "a run began");
}

#[test]
fn help_names_every_exit_code_and_every_verb() {
    let case = Case::new();
    let help = case.run(&["--help"]);
    for words in [
        "plan", "apply", "resume", "rollback", "status", "report", "runs", "restore",
    ] {
        help.ends(0, words);
    }
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 70] {
        help.ends(0, &format!("\n  {code:2}  "));
    }
    case.run(&["--version"]).ends(0, env!("CARGO_PKG_VERSION"));
    case.run(&["completions", "bash"]).ends(0, "complete");
    case.run(&["man"]).ends(0, ".TH switchback");
    case.run(&["aply"]).ends(2, "apply");
    case.run(&["plan", "--form", "1"]).ends(2, "--from");
    case.run(&[]).ends(2, "switchback --help");
}

#[test]
fn what_a_command_cannot_print_or_use_is_refused() {
    let case = Case::new();
    for (args, words) in [
        (
            ["runs", "--format", "markdown"].as_slice(),
            "only `plan` and `report` print markdown",
        ),
        (
            &["diff", "VERSION", ".env", "--format", "json"],
            "this command prints no json",
        ),
        (
            &["rules", "explain", "N-1", "--format", "json"],
            "this command prints no json",
        ),
    ] {
        case.run(args).ends(2, words);
    }
    let file = case.root.join("VERSION");
    let file = file.to_str().expect("a text");
    case.run(&["runs", "--state-dir", file])
        .ends(2, "no folder that runs could be kept in");
    let names = "--- VERSION\n+++ .env\n";
    case.run(&["diff", "VERSION", ".env"]).ends(1, names);
}

#[test]
fn a_pack_from_outside_runs_nothing_until_its_digest_was_seen() {
    let case = Case::new();
    let ran = case.root.join("ran");
    let probe = "command: {run: {command: [touch, ran]}, pattern: '(x)'}";
    case.pack_edit(
        "pack.yaml",
        "file: {path: VERSION, pattern: '^([0-9.]+)'}",
        probe,
    );
    let pack = case.pack.to_string_lossy().into_owned();
    for verb in ["plan", "path"] {
        case.run(&[verb, "--pack", &pack]).ends(11, &case.digest());
    }
    case.run(&[
        "apply",
        "--yes",
        "--pack",
        &pack,
        "--trust",
        "0123456789abcdef",
    ])
    .ends(11, "--trust");
    assert!(!ran.exists(), "an untrusted command ran");
}

#[test]
fn a_folder_that_no_pack_or_no_product_is_in_is_named() {
    let case = Case::new();
    for verb in [&["plan"][..], &["apply", "--yes"]] {
        let told = case.run(verb);
        told.ends(2, "no pack recognises a product")
            .ends(2, &case.root.to_string_lossy())
            .ends(2, "give its folder with --root");
        let told = case.run(&[verb, &["--pack", "relay"]].concat());
        told.ends(2, "that of relay misses it: ")
            .ends(2, "is not there; give the product's folder with --root");
        let told = case.run(&[verb, &["--pack", "nowhere"]].concat());
        told.ends(2, "notes/nowhere: there is no pack.yaml in it")
            .ends(2, "name a folder of rules, or a bundled pack: loki-mode");
    }
    assert!(!case.state.join("runs").exists(), "a run began");
    refused(&case, &["plan", "--root", "/nowhere/at/all"], 2, "--root");
}

#[test]
fn a_release_that_is_not_known_is_told_with_what_is() {
    let case = Case::new();
    for verb in [&["plan"][..], &["apply", "--yes"]] {
        let to = [verb, &["--to", "9.9.9"]].concat();
        let words = ["towards 9.9.9", "1.x-to-2.0.yaml", "--to (2.0.0)"];
        refused_saying(&case, &to, 2, &words);
        let from = [verb, &["--from", "banana"]].concat();
        let words = ["`banana` is not a numbered release", "such as 1.2.3"];
        refused_saying(&case, &from, 2, &words);
    }
    case.trusted(&["plan", "--from", "2.0.0"])
        .ends(0, "nothing is to be done");
    fs::remove_file(case.root.join("VERSION")).expect("removed");
    refused(&case, &["plan"], 12, "--from");
}

#[test]
fn answers_that_mean_nothing_are_refused() {
    let case = Case::new();
    for (text, words) in [
        ("inputs: {nothing: x}\n", "there is no input `nothing`"),
        ("decisions: {a/b: take}\n", "there is no finding `a/b`"),
        ("mrak: []\n", "did you mean `mark`"),
        (
            "decisions: {1.x-to-2.0/env/NOTES_POTR: take}\n",
            "did you mean `1.x-to-2.0/env/NOTES_PORT`?",
        ),
        ("variants: {install: docker}\n", "variant `install`, which"),
        (
            "mark: [1.x-to-2.0/check/told, told]\n",
            "`mark` in the answers: no check of this pack is called `told`\n",
        ),
        (
            "waive: {1.x-to-2.0/check/todl: no time}\n",
            "did you mean `1.x-to-2.0/check/told`?",
        ),
        (
            "consent: [1.x-to-2.0/swtich]\n",
            "did you mean `1.x-to-2.0/switch`?",
        ),
        (
            "confirm: [1.x-to-2.0/switch/half]\n",
            "no step of this pack",
        ),
        ("mark: [a\n", "answers.yaml"),
    ] {
        let answers = case.answers(text);
        refused(&case, &["plan", "--answers", &answers], 2, words);
    }
    refused(
        &case,
        &["plan", "--answers", "nowhere.yaml"],
        2,
        "no such file",
    );
    refused(&case, &["plan", "--answers", "."], 2, "");
    refused(&case, &["plan", "--set", "novalue"], 2, "NAME=VALUE");
    refused(&case, &["apply", "--yes", "VERSION"], 2, "not a plan");
}

/// The same file is used on many hosts: an answer for something in the hop that does not apply here
/// is not a typing mistake.
#[test]
fn answers_for_what_does_not_apply_here_are_no_mistake() {
    let case = Case::new();
    let never = "  - id: never
    title: Where the notes lie elsewhere
    do: {run: {command: [touch, never]}}
    harmless: true
    when: {file: {path: ELSEWHERE}}

verify:";
    case.pack_edit("1.x-to-2.0.yaml", "verify:", never);
    let said = format!("{MARKED}confirm: [1.x-to-2.0/never, 1.x-to-2.0/never/half]\n");
    let answers = case.answers(&said);
    case.trusted(&["plan", "--answers", &answers]).ends(0, "");
    let wrong = case.answers(&said.replace("never", "nevre"));
    let apply = ["apply", "--yes", "--answers", &wrong];
    case.trusted(&apply)
        .ends(2, "did you mean `1.x-to-2.0/never`?");
    assert!(!case.state.join("runs").exists(), "nothing was begun");
    case.trusted(&["apply", "--yes"]).ends(4, "");
    case.run(&["resume", "--answers", &wrong]).ends(2, "nevre");
    let answers = case.answers(&said);
    case.run(&["resume", "--answers", &answers]).ends(0, "done");
}

#[test]
fn a_hostile_rules_file_ends_in_a_sentence_in_good_time() {
    let bomb = {
        let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
        for (name, before) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            let all = vec![format!("*{before}"); 9].join(", ");
            text.push_str(&format!("{name}: &{name} [{all}]\n"));
        }
        text
    };
    let deep = format!("a: {}\n", "[".repeat(100_000));
    let escape = "schema: 1\n\"sch\\x1b[2Jema\": 1\n".to_owned();
    for text in [
        bomb,
        deep,
        escape,
        "schema: 9\n".to_owned(),
        "\0".to_owned(),
    ] {
        let case = Case::new();
        fs::write(case.pack.join("pack.yaml"), text).expect("written");
        let begin = Instant::now();
        let pack = case.pack.to_string_lossy().into_owned();
        let ended = case.run(&["rules", "check", &pack]);
        ended.ends(2, "pack.yaml");
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert!(
            !ended.out.contains('\x1b'),
            "an escape reached the terminal"
        );
    }
}

#[test]
fn a_wrong_key_is_shown_with_its_line_and_the_nearest_known_one() {
    let case = Case::new();
    case.pack_edit("1.x-to-2.0.yaml", "because:", "becuase:");
    let pack = case.pack.to_string_lossy().into_owned();
    let ended = case.run(&["rules", "check", &pack]);
    ended
        .ends(2, "1.x-to-2.0.yaml:13")
        .ends(2, "did you mean `because`");
    refused(&case, &["plan"], 2, "did you mean `because`");
    let json = &case
        .run(&["rules", "check", &pack, "--format", "json"])
        .json()[0];
    assert_eq!(json["found"][0]["line"], 13);
}

#[test]
fn a_link_in_place_of_a_managed_file_is_not_followed_out_of_the_product() {
    let case = Case::new();
    let outside = case.root.with_file_name("outside.env");
    fs::write(&outside, "PORT=1\n").expect("written");
    fs::remove_file(case.root.join(".env")).expect("removed");
    symlink(&outside, case.root.join(".env")).expect("linked");
    let ended = case.trusted(&["apply", "--yes", "--set", "x=y"]);
    assert_ne!(ended.code, 0, "{}", ended.out);
    assert_eq!(fs::read_to_string(&outside).expect("read"), "PORT=1\n");
}
