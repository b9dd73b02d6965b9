//! For somebody who has read only `--help`: nothing there is untrue, and everything can be followed
//! when it is typed as it is printed.

use super::support::{Case, Ended, MARKED, ended};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::{
    fs::{self, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

const HOP: &str = "1.x-to-2.0.yaml";
const VERIFY: &str = "verify:
  - id: release
    title: The new release is there
    probe:
      release: {is: '{{to}}'}
";

pub fn apply(case: &Case) -> Ended {
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
}

fn applied(case: &Case) -> String {
    apply(case).ends(0, "done, and verified");
    case.newest_run()
}

pub fn journal(case: &Case, run: &str) -> PathBuf {
    case.state.join("runs").join(run).join("journal")
}

/// Damages one byte of a line of the journal.
pub fn damage(case: &Case, run: &str, line: usize) {
    let path = journal(case, run);
    let text = fs::read_to_string(&path).expect("a journal");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[line - 1].replace_range(2..3, "x");
    fs::write(path, lines.join("\n") + "\n").expect("written");
}

/// Runs a command as a shell would read it.
fn typed(case: &Case, command: &str) -> Ended {
    let exe = PathBuf::from(env!("CARGO_BIN_EXE_switchback"));
    let path = format!(
        "{}:/usr/bin:/bin",
        exe.parent().expect("a folder").display()
    );
    let run = Command::new("/bin/sh")
        .args(["-c", command])
        .current_dir(&case.home)
        .env_clear()
        .env("PATH", path)
        .env("HOME", &case.home)
        .env("TMPDIR", &case.home)
        .env("SWITCHBACK_STATE_DIR", &case.state)
        .stdin(Stdio::null())
        .output();
    ended(run.expect("a shell"))
}

#[track_caller]
fn quoted<'t>(text: &'t str, begin: &str) -> &'t str {
    let at = text.find(begin).unwrap_or_else(|| panic!("{text}"));
    let rest = &text[at + 1..];
    &rest[..rest.find('`').expect("a closing backquote")]
}

#[test]
fn of_a_damaged_journal_every_command_tells_the_same() {
    let case = Case::new();
    let before = case.files();
    let run = applied(&case);
    // Behind the backup, before it, and the very last line.
    let lines = fs::read_to_string(journal(&case, &run)).expect("a journal");
    let (whole, last) = (lines.clone(), lines.lines().count());
    for line in [4, last - 4, last] {
        fs::write(journal(&case, &run), &whole).expect("written");
        damage(&case, &run, line);
        let files = case.files();
        let at = format!("line {line}");
        case.run(&["status"])
            .ends(9, "damaged, and its outcome is unknown")
            .ends(9, &at)
            .never_says("no worker is running: nothing was")
            .never_says("unfinished");
        let status = case.run(&["status", "--format", "json"]);
        assert_eq!(status.ends(9, "").json()[0]["state"], "damaged");
        case.run(&["runs"])
            .ends(0, " damaged ")
            .never_says("unfinished");
        let listed = case.run(&["runs", "--format", "json"]);
        assert_eq!(listed.json()[0]["state"], "damaged");
        for command in [
            &["rollback"][..],
            &["rollback", &run],
            &["rollback", &run, "--yes"],
            &["resume"],
            &["emergency", &run],
        ] {
            case.run(command)
                .ends(9, "what was done after that is unknown")
                .ends(9, &at)
                .ends(9, "backup/RESTORE.md")
                .never_says("nothing was changed");
        }
        apply(&case)
            .ends(9, "is damaged")
            .never_says("resume` goes on");
        assert_eq!(case.files(), files);

        let to = case.root.with_file_name(format!("restored-{line}"));
        let told = case.run(&["restore", &run, "--to", &to.to_string_lossy()]);
        told.ends(0, "is what was backed up");
        let by_manifest = told.out.contains("read from the manifest");
        assert_eq!(by_manifest, line == 4, "{}", told.out);
        let old = &before[&case.root.join("VERSION")];
        let restored = fs::read(to.join("VERSION")).ok();
        assert_eq!(restored.as_ref(), Some(old), "line {line}");
    }
}

/// Everything is undone, and the old release does not come up.
const AFTER: &str = "rollback:
  steps:
    - id: start
      title: Start the old release
      do: {run: {command: [sh, -c, 'cat ../gate']}}
      undo: {run: {command: ['true']}}
      cites: [N-2]

verify:";

#[test]
fn the_preview_of_a_way_back_that_was_begun_says_so() {
    let case = Case::new();
    case.pack_edit(HOP, "verify:", AFTER);
    let run = applied(&case);
    // The FIFO `gate` does not exist yet, so the step fails.
    case.run(&["rollback", &run, "--yes"])
        .ends(7, "`switchback resume --skip 1.x-to-2.0");
    let told = case.run(&["rollback", &run]);
    told.ends(12, "is being rolled back, which still has to")
        .ends(12, "every step is undone")
        .ends(12, "a rollback was started and is not over")
        .never_says("nothing was changed")
        .never_says("give the run up");
    let json = case.run(&["rollback", &run, "--format", "json"]);
    assert_eq!(json.json()[0]["under_way"], true);
    assert!(json.json()[0]["worker_pid"].is_null());
    case.run(&["status"])
        .ends(0, "no worker is running")
        .ends(0, "its folder: ");

    // A rollback is at work and waits at the gate.
    let gate = case.root.with_file_name("gate");
    mknodat(CWD, &gate, FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
    let mut back = case.command(&["rollback", &run, "--yes"]);
    let back = back.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let back = back.expect("started");
    // Opening for writing blocks until the step reads.
    let mut open = fs::OpenOptions::new()
        .write(true)
        .open(&gate)
        .expect("the step waits");
    let status = case.run(&["status", "--format", "json"]);
    let pid = status.json()[0]["worker_pid"].as_u64().expect("a process");
    case.run(&["status"])
        .ends(0, &format!("process {pid} is working on it"));
    case.run(&["rollback", &run])
        .ends(12, &format!("a rollback is under way in process {pid}"))
        .never_says("nothing was changed");
    open.write_all(b"go\n").expect("written");
    drop(open);
    ended(back.wait_with_output().expect("ended")).ends(0, "rolled back");
    let over = case.run(&["status", "--format", "json"]);
    assert!(over.json()[0]["worker_pid"].is_null());
}

#[test]
fn a_plan_is_written_over_nothing_but_a_plan() {
    let case = Case::new();
    let before = case.files();
    for file in ["notes.conf", "VERSION", ".env"] {
        case.trusted(&["plan", "--out", file]).ends(2, file);
        assert_eq!(case.files(), before, "{file}");
    }
    // A file that the upgrade creates belongs to it even before it exists.
    fs::remove_file(case.root.join(".env")).expect("removed");
    fs::write(case.root.join(".env"), "PORT=1\n").expect("written");
    let answers = case.answers(MARKED);
    case.trusted(&["plan", "--out", &answers])
        .ends(2, "not a plan, and is not overwritten");
    assert_eq!(fs::read_to_string(&answers).expect("kept"), MARKED);
    let plan = case.home.join("plan.json").to_string_lossy().into_owned();
    for _ in 0..2 {
        case.trusted(&["plan", "--out", &plan])
            .ends(0, "the plan is in");
    }
    fs::write(&plan, "{\"format\": 1}").expect("written");
    case.trusted(&["plan", "--out", &plan])
        .ends(2, "not a plan");
}

#[test]
fn a_reason_is_words() {
    for said in ["true", "yes", "'on'", "'  No '", "1", "''"] {
        let case = Case::new();
        let before = case.files();
        let answers = case.answers(&format!("waive: {{1.x-to-2.0/check/told: {said}}}\n"));
        let told = case.trusted(&["apply", "--yes", "--answers", &answers]);
        told.ends(2, "is no reason").ends(2, "answers.yaml:1:");
        assert_eq!(case.files(), before);
    }
}

#[test]
fn what_nothing_has_checked_is_not_called_verified() {
    let case = Case::new();
    case.pack_edit(HOP, VERIFY, "");
    let pack = case.pack.to_string_lossy().into_owned();
    case.run(&["rules", "check", &pack])
        .ends(1, "the hop has no `verify`")
        .ends(1, "0 errors, 1 warning\n")
        .ends(1, "1 hop, 2 statements");
    apply(&case)
        .ends(0, "done; its pack has no check of 2.0.0")
        .ends(0, "none            the pack has no check of 2.0.0")
        .never_says("verified\n");
    case.run(&["status"])
        .ends(
            0,
            "done, every step to 2.0.0; its pack has no check of 2.0.0",
        )
        .never_says("is in place");
    case.run(&["report"])
        .ends(0, "no check of the new release")
        .never_says("every check passed");
}

#[test]
fn the_ways_on_that_a_refused_way_back_names_can_be_walked() {
    for edited in [Some("NOTES_PORT=9090\n"), None] {
        let case = Case::new();
        let before = case.files();
        case.pack_edit(
            HOP,
            "echo 2.0.0 >VERSION",
            "test -e ready && echo 2.0.0 >VERSION",
        );
        apply(&case).ends(5, "switchback resume");
        let (run, env) = (case.newest_run(), case.root.join(".env"));
        let written = fs::read(&env).expect("there");
        match edited {
            Some(text) => fs::write(&env, text).expect("written"),
            None => fs::remove_file(&env).expect("removed"),
        }
        let what = match edited {
            Some(_) => ".env was edited after",
            None => ".env was removed after",
        };
        let status = case.run(&["status", "--format", "json"]).json()[0]["steps"][0].clone();
        let first = status["id"].as_str().expect("an id").to_owned();
        let part = case.run(&["rollback", "--down-to", &first, "--yes"]);
        part.ends(12, what)
            .ends(12, "only a rollback of the whole run")
            .never_says("put aside in");
        case.run(&["rollback", "--down-to", &first])
            .ends(12, what)
            .never_says("add --yes: ");
        let copy = part.err.lines().find(|line| line.contains("cp -- "));
        let copy = copy.expect("the command that brings it back").to_owned();
        typed(&case, &copy).ends(0, "");
        assert_eq!(fs::read(&env).expect("brought back"), written);
        match edited {
            Some(text) => fs::write(&env, text).expect("written"),
            None => fs::remove_file(&env).expect("removed"),
        }

        let told = case.run(&["rollback"]);
        told.ends(12, what)
            .ends(12, "--yes --over-later-edits`")
            .ends(12, "nothing was changed");
        if edited.is_none() {
            told.never_says("put aside").never_says("edited after");
        }
        let command = quoted(&told.err, "`switchback rollback").to_owned();
        let back = typed(&case, &command);
        back.ends(0, "every file it edited is as it was");
        match edited {
            Some(_) => back.ends(0, "is in later-edits of the run's folder"),
            None => back.never_says("later-edits"),
        };
        assert_eq!(case.files(), before);
        assert!(case.state.join("runs").join(run).is_dir());
    }
}

#[test]
fn permissions_that_are_set_back_are_told() {
    let case = Case::new();
    let run = applied(&case);
    let env = case.root.join(".env");
    case.run(&["rollback", &run])
        .ends(12, "undo")
        .never_says("permissions");
    fs::set_permissions(&env, Permissions::from_mode(0o600)).expect("tightened");
    let words = "of .env are set back: permissions from 0600 to 0644";
    case.run(&["rollback", &run]).ends(12, words);
    case.run(&["rollback", &run, "--yes"]).ends(0, words);
    case.run(&["report", &run]).ends(0, words);
    let mode = fs::metadata(&env).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn a_product_at_its_goal_is_no_mistake() {
    let case = Case::new();
    applied(&case);
    for command in [
        &["apply", "--yes"][..],
        &["plan", "--check"],
        &["plan", "--to", "2.0.0"],
        &["apply", "--yes", "--to", "2.0.0"],
    ] {
        case.trusted(command).ends(0, "2.0.0");
    }
    let json = case.trusted(&["plan", "--format", "json"]);
    assert!(json.json()[0]["nothing_to_do"].is_string());
    let plan = case.home.join("plan.json").to_string_lossy().into_owned();
    case.trusted(&["plan", "--out", &plan])
        .ends(2, "nothing to plan");
    case.trusted(&["plan", "--to", "1.4.0"]).ends(2, "older");
    case.trusted(&["plan", "--from", "7.0.0"])
        .ends(0, "names no later release");
}

#[test]
fn of_a_product_that_was_moved_it_is_said_where_it_belongs() {
    let case = Case::new();
    let run = applied(&case);
    let moved = case.root.with_file_name("moved");
    fs::rename(&case.root, &moved).expect("moved");
    let root = moved.to_string_lossy().into_owned();
    let old = case.root.to_string_lossy().into_owned();
    for more in [&[][..], &["--yes"]] {
        let said = [&["rollback", "--root", &root, &run], more].concat();
        let told = ended(
            case.command(&said)
                .current_dir(&moved)
                .output()
                .expect("the program starts"),
        );
        told.ends(2, &format!("run {run} belongs to {old}"))
            .ends(2, "move the product back")
            .never_says("give the product's folder");
    }
    fs::rename(&moved, &case.root).expect("moved back");
    case.run(&["rollback", &run, "--yes"])
        .ends(0, "rolled back");
}

#[test]
fn only_a_step_of_which_nobody_knows_is_judged_and_it_has_both_its_names() {
    let case = Case::new();
    case.pack_edit(
        HOP,
        "echo 2.0.0 >VERSION",
        "test -e ready && echo 2.0.0 >VERSION",
    );
    apply(&case).ends(5, "exit 1");
    let seq = |case: &Case| case.run(&["status", "--format", "json"]).json()[0]["seq"].clone();
    let before = seq(&case);
    for (said, why) in [
        ("nosuch", "the run has no step `nosuch`"),
        ("1.x-to-2.0/switch", "`1.x-to-2.0/switch` is failed"),
        ("1.x-to-2.0/step/switch", "is failed"),
    ] {
        for flag in ["--done", "--not-done"] {
            case.run(&["resume", flag, said])
                .ends(2, why)
                .ends(2, "nothing was done");
        }
    }
    assert_eq!(seq(&case), before, "it was taken up");
    // By the name of the step in `plan` and in the rules.
    case.run(&["rollback", "--down-to", "1.x-to-2.0/step/switch"])
        .ends(12, "Switch to the new release");
    case.run(&["rollback", "--down-to", "1.x-to-2.0/step/nosuch"])
        .ends(2, "has no step");
}

#[test]
fn whoever_names_another_digest_is_told_which_it_is() {
    let case = Case::new();
    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let plan = |trust: &str| case.run(&["plan", "--pack", &pack, "--trust", trust]);
    plan(&"0".repeat(64))
        .ends(11, "is not the digest of this pack")
        .ends(11, &digest);
    plan(&digest[..6]).ends(11, "too short").ends(11, &digest);
    plan(&digest[..12]).ends(0, "");
}

#[test]
fn runs_are_told_apart_and_other_products_are_not_in_the_way() {
    let case = Case::new();
    let run = applied(&case);
    let listed = case.run(&["runs"]);
    let status = case.run(&["report", &run]);
    let started = status.out.split("- started ").nth(1).expect("when");
    let started = started.split(" by ").next().expect("when");
    listed.ends(0, started);
    case.trusted(&["apply", "--yes", "--from", "1.4.0"])
        .ends(4, "");
    case.trusted(&["apply", "--yes", "--from", "1.4.0"])
        .ends(8, "is not over (");
}

#[test]
fn the_help_names_the_keys_of_the_answers_file_and_how_to_pause() {
    let case = Case::new();
    for command in ["plan", "apply", "resume", "rollback"] {
        let help = case.run(&[command, "--help"]);
        for key in [
            "inputs:",
            "decisions:",
            "variants:",
            "mark:",
            "waive:",
            "consent:",
            "confirm:",
        ] {
            help.ends(0, key);
        }
    }
    case.run(&["apply", "--help"])
        .ends(0, "To pause")
        .ends(0, "process of its own");
    case.run(&["--help"])
        .ends(0, "6  rolled back, although the command was to go forward");
    // Every page that the main page refers to exists.
    let page = case.run(&["man"]);
    page.ends(0, "EXIT CODES");
    let pages = page.out.split("switchback\\-").skip(1);
    let names: Vec<&str> = pages.filter_map(|rest| rest.split("(1)").next()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let name = name.replace('\\', "");
        case.run(&["man", &name]).ends(0, "SYNOPSIS");
    }
    case.run(&["man", "rules-check"]).ends(0, "SYNOPSIS");
    case.run(&["man", "nosuch"]).ends(2, "there is no command");
}

/// As it is printed, from any folder.
#[test]
fn a_sample_that_failed_is_gone_on_with_by_the_words_that_it_printed() {
    let case = Case::new();
    let failed = case.run(&["demo", "oversight-gateway", "--headless", "--fail"]);
    failed
        .ends(5, "stay for an hour, so that you can come back")
        .never_says("somebody else is working");
    let command = quoted(&failed.err, "`switchback").to_owned();
    assert!(command.contains("--root"), "{command}");
    typed(&case, &command).ends(0, "done, and verified");
    let root = failed.out.lines().find(|line| line.starts_with("  /"));
    let root = root.expect("where it is").trim().to_owned();
    case.run(&["status", "--root", &root]).ends(0, "done");

    let back = case.run(&[
        "demo",
        "oversight-gateway",
        "--headless",
        "--fail",
        "--back",
    ]);
    back.ends(0, "address already in use")
        .ends(0, "rolled back; every file it edited is as it was")
        .never_says("somebody else is working");
}

#[test]
fn every_wrong_answer_is_told_at_once_with_its_place() {
    let case = Case::new();
    let answers = case.answers(
        "inputs:
  nothing: x
decisions:
  a/b: take
  1.x-to-2.0/env/PORT: maybe
variants: {instal: images}
",
    );
    let told = case.trusted(&["plan", "--answers", &answers, "--set", "other=1"]);
    for words in [
        "answers.yaml:2: there is no input `nothing`",
        "answers.yaml:4: there is no finding `a/b`",
        "answers.yaml:6: the answers choose a variant `instal`",
        "there is no input `other`",
    ] {
        told.ends(2, words);
    }
    let answers = case.answers("decisions: {1.x-to-2.0/env/NOTES_PORT: skip}\n");
    case.trusted(&["plan", "--answers", &answers])
        .ends(2, "it has no choice `skip`");
    let answers = case.answers("mark:\n  - 1.x-to-2.0/check/tld\nconsent: [nosuch]\n");
    case.trusted(&["plan", "--answers", &answers])
        .ends(2, "answers.yaml:2: `mark`")
        .ends(2, "answers.yaml:3: `consent`");
}

/// By the name of the step in the plan, and in the run.
#[test]
fn a_consent_has_both_names_of_its_step() {
    let undo = "undo:\n      run: {command: [sh, -c, 'echo 1.4.0 >VERSION']}";
    for name in ["1.x-to-2.0/switch", "1.x-to-2.0/step/switch"] {
        let case = Case::new();
        case.pack_edit(HOP, undo, "irreversible: true");
        let answers = case.answers(&format!("{MARKED}consent: [{name}]\n"));
        case.trusted(&["apply", "--yes", "--answers", &answers])
            .ends(0, "done, and verified");
    }
}
