//! The road without a screen: plan, apply, status, report, resume, rollback, restore.

use super::support::{Case, MARKED, ended};
use std::{fs, io::Read, process::Stdio};

fn applied(case: &Case) {
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
}

#[test]
fn the_pack_of_the_readme_has_nothing_wrong() {
    let case = Case::new();
    let pack = case.pack.to_string_lossy().into_owned();
    case.run(&["rules", "check", &pack])
        .ends(0, "0 errors, 0 warnings");
}

#[test]
fn the_example_is_applied_reported_and_restored() {
    let case = Case::new();
    let before = case.files();
    applied(&case);
    let env = fs::read_to_string(case.root.join(".env")).expect(".env");
    assert_eq!(env, "# The port of the web page\nNOTES_PORT=8080\n");
    assert_eq!(
        fs::read_to_string(case.root.join("VERSION")).expect("VERSION"),
        "2.0.0\n"
    );

    let status = case.run(&["status", "--format", "json"]);
    let status = &status.ends(0, "").json()[0];
    assert_eq!(status["state"], "done");
    assert_eq!(status["phase"], "verify");
    assert!(status["seq"].as_u64().is_some_and(|seq| seq > 10));
    for step in status["steps"].as_array().expect("steps") {
        assert_eq!(step["state"], "done", "{step}");
        assert!(step["id"].is_string() && step["kind"].is_string());
    }
    case.run(&["report"])
        .ends(0, "# Notes server 1.4.0 → 2.0.0: done");
    case.run(&["runs"]).ends(0, "1.4.0 → 2.0.0");
    // A locale that knows no such sign gets none, on either stream.
    let in_c = |args: &[&str]| {
        let ended = ended(
            case.command(args)
                .env("LC_ALL", "C")
                .output()
                .expect("it runs"),
        );
        let said = ended.out + &ended.err;
        assert!(said.is_ascii(), "{said}");
        said
    };
    assert!(in_c(&["runs"]).contains("1.4.0 -> 2.0.0"));
    assert!(in_c(&["report"]).contains("# Notes server 1.4.0 -> 2.0.0: done"));
    in_c(&["rollback", "--down-to", "x"]);

    let run = status["run_id"].as_str().expect("an id").to_owned();
    let to = case.root.with_file_name("restored");
    case.run(&["restore", &run, "--to", &to.to_string_lossy()])
        .ends(0, "is what was backed up");
    let old = &before[&case.root.join(".env")];
    assert_eq!(&fs::read(to.join(".env")).expect("restored"), old);
    case.run(&["restore", &run, "--to", &to.to_string_lossy()])
        .ends(2, "not empty");
}

#[test]
fn the_stream_of_json_is_the_journal() {
    let case = Case::new();
    let answers = case.answers(MARKED);
    let ran = case.trusted(&["apply", "--yes", "--answers", &answers, "--format", "json"]);
    let records = ran.ends(0, "run_started").json();
    for (n, record) in records.iter().enumerate() {
        assert_eq!(record["seq"], n, "{record}");
    }
    let run = records[0]["body"]["run_started"]["run"]
        .as_str()
        .expect("an id");
    let journal = case.state.join("runs").join(run).join("journal");
    let kept = fs::read_to_string(&journal).expect("a journal");
    let kept: Vec<serde_json::Value> = kept
        .lines()
        .map(|line| serde_json::from_str(&line[17..]).expect("JSON"))
        .collect();
    assert_eq!(records, kept);
    let journal = journal.to_string_lossy().into_owned();
    case.run(&["replay", &journal]).ends(0, ": done, ");
    for speed in ["nan", "0", "-1"] {
        let said = format!("--speed={speed}");
        case.run(&["replay", &journal, &said]).ends(2, "above 0");
    }
    let last = u64::MAX.to_string();
    let picture = ["replay", &journal, "--svg", "--at", &last];
    case.run(&picture).ends(0, "(a recording)");
    let mut full = case.under("exec \"$@\" >/dev/full", &case.command(&picture));
    ended(full.output().expect("the program starts")).ends(74, "No space left");
}

#[test]
fn nobody_is_asked_and_nothing_is_begun_without_yes() {
    let case = Case::new();
    let before = case.files();
    case.trusted(&["apply"]).ends(12, "--yes");
    assert_eq!(case.files(), before);
    assert!(!case.state.join("runs").exists());
}

#[test]
fn an_open_check_blocks_until_it_is_marked_or_waived_with_a_reason() {
    let case = Case::new();
    let before = case.files();
    case.trusted(&["apply", "--yes"]).ends(4, "The users know");
    assert_eq!(
        case.files(),
        before,
        "blocked, and yet something was written"
    );
    case.trusted(&["apply", "--yes"])
        .ends(8, "switchback resume");
    let answers = case.answers("waive: {1.x-to-2.0/check/told: nobody uses it at night}\n");
    case.run(&["resume", "--answers", &answers])
        .ends(0, "nobody uses it at night");
    case.run(&["resume"]).ends(2, "no run of");
}

#[test]
fn a_failed_step_is_resumed_or_rolled_back_to_the_same_bytes() {
    let case = Case::new();
    let before = case.files();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "echo 2.0.0 >VERSION",
        "test -f ready && echo 2.0.0 >VERSION",
    );
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(5, "switchback resume");
    assert_ne!(case.files(), before);
    case.run(&["status"]).ends(0, "failed");
    case.run(&["resume"]).ends(5, "exit 1");

    let undone = case.run(&["rollback"]);
    undone
        .ends(12, "undo   Switch to the new release")
        .ends(12, "add --yes");
    assert_ne!(case.files(), before, "a preview changed something");
    case.run(&["rollback", "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(case.files(), before);
    case.run(&["status", "--format", "json"])
        .ends(0, "\"state\":\"rolled back\"");

    fs::write(case.root.join("ready"), "").expect("written");
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
}

/// Only the end of an output is kept.
#[test]
fn what_a_command_must_never_say_counts_also_when_it_has_scrolled_away() {
    let case = Case::new();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "command: [sh, -c, 'echo 2.0.0 >VERSION']",
        "command: [sh, -c, 'echo ERROR: no table; seq 60000; echo 2.0.0 >VERSION'], expect: {never: 'ERROR: (.*)'}",
    );
    let answers = case.answers(MARKED);
    let ended = case.trusted(&["apply", "--yes", "--answers", &answers]);
    assert_ne!(ended.code, 0, "{}", ended.out);
    let said = format!("{}{}", ended.out, ended.err);
    assert!(said.contains("exit 0, but it says `no table`"), "{said}");
}

/// With a command that outlives its worker, and with a probe.
#[test]
fn what_a_command_must_say_counts_also_when_it_has_scrolled_away() {
    let case = Case::new();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "command: [sh, -c, 'echo 2.0.0 >VERSION']",
        "command: [sh, -c, 'echo 42 applied; seq 60000; echo 2.0.0 >VERSION'], expect: {stdout: '42 (applied)'}",
    );
    let answers = case.answers(MARKED);
    let ended = case.trusted(&["apply", "--yes", "--answers", &answers]);
    // Of so many lines a command may fall behind; its last words are the same.
    ended.ends(0, "done, and verified");
}

#[test]
fn what_is_done_is_taken_back_only_by_name_and_only_the_newest() {
    let case = Case::new();
    let before = case.files();
    applied(&case);
    let run = case.newest_run();
    case.run(&["resume", &run]).ends(2, "switchback rollback");
    // Nothing that is done is taken back by default.
    case.run(&["rollback", "--yes"]).ends(2, &run);
    case.run(&["rollback", &run])
        .ends(12, "the run was done")
        .ends(12, "undo   Switch to the new release");

    // A second run on the product stands on the first.
    fs::write(case.root.join("VERSION"), "1.4.0\n").expect("written");
    case.trusted(&["apply", "--yes"]).ends(4, "");
    let later = case.newest_run();
    assert_ne!(later, run);
    let refused = case.run(&["rollback", &run, "--yes"]);
    refused.ends(2, &format!("`switchback rollback {later}` first"));
    case.run(&["rollback", &later, "--yes"]).ends(0, "given up");
    fs::write(case.root.join("VERSION"), "2.0.0\n").expect("written");

    // Later edits are found as after any run.
    let env = case.root.join(".env");
    fs::write(&env, "NOTES_PORT=9090\n").expect("written");
    case.run(&["rollback", &run])
        .ends(12, ".env was edited after this run changed it");
    let edited = case.files();
    case.run(&["rollback", &run, "--yes"])
        .ends(12, "--over-later-edits");
    assert_eq!(case.files(), edited, "nothing was begun");
    fs::write(&env, "# The port of the web page\nNOTES_PORT=8080\n").expect("written");
    case.run(&["rollback", &run, "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(case.files(), before);
    case.run(&["report", &run])
        .ends(0, "The run had been done at");
    case.run(&["rollback", &run, "--yes"]).ends(2, "has ended");
}

/// The port that the run wrote is edited, or the whole file removed.
#[test]
fn who_goes_over_a_later_edit_says_so_also_once_the_way_back_has_begun() {
    for edited in [Some("NOTES_PORT=9090\n"), None] {
        let case = Case::new();
        let before = case.files();
        // The first undo fails until the test allows it.
        case.pack_edit(
            "1.x-to-2.0.yaml",
            "echo 1.4.0 >VERSION",
            "test -e ../let && echo 1.4.0 >VERSION",
        );
        applied(&case);
        let (run, env) = (case.newest_run(), case.root.join(".env"));
        case.run(&["rollback", &run, "--yes"]).ends(7, "exit 1");
        fs::write(case.root.join("../let"), "").expect("written");
        match edited {
            Some(text) => fs::write(&env, text).expect("written"),
            None => fs::remove_file(&env).expect("removed"),
        }
        case.run(&["rollback", &run, "--yes"])
            .ends(7, "--over-later-edits");
        let over = ["rollback", "--yes", "--over-later-edits"];
        case.run(&over).ends(0, "every file it edited is as it was");
        assert_eq!(case.files(), before);
        let aside = case.state.join("runs").join(&run).join("later-edits");
        let kept = fs::read_dir(&aside).into_iter().flatten().flatten();
        let kept: Vec<String> = kept
            .map(|entry| fs::read_to_string(entry.path()).expect("kept"))
            .collect();
        assert_eq!(kept, edited.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_file_that_the_old_release_writes_anew_is_put_back_again_or_left_with_a_reason() {
    let case = Case::new();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "verify:",
        "rollback:
  steps:
    - id: start
      title: Start the old release
      do: {run: {command: [sh, -c, 'echo A=1 >>.env']}}
      because: it writes its settings anew
      cites: [N-2]

verify:",
    );
    let before = case.files();
    applied(&case);
    let run = case.newest_run();
    case.run(&["rollback", &run, "--yes"])
        .ends(7, "not as it was before the run: .env");
    let records = case.run(&["status", "--format", "json"]).json()[0]["seq"].as_u64();
    assert!(records.is_some_and(|seq| seq < 100), "{records:?}");
    // The writer has finished, so the restored file now stays.
    case.run(&["rollback", "--yes", "--over-later-edits"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(case.files(), before);

    applied(&case);
    let run = case.newest_run();
    case.run(&["rollback", &run, "--yes"]).ends(7, "--skip");
    let skip = [
        "resume",
        "--skip",
        "1.x-to-2.0/edit/.env",
        "--reason",
        "it writes it at each start",
    ];
    case.run(&skip).ends(7, "but .env, whose undo was skipped");
}

#[test]
fn an_emergency_step_is_listed_pulled_once_and_taken_back() {
    let case = Case::new();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "verify:",
        "emergency:
  - id: readonly
    title: Notes are read-only
    do: {run: {command: [sh, -c, 'test ! -e broken && echo on >>READONLY']}}
    undo: {run: {command: [rm, READONLY]}}

verify:",
    );
    applied(&case);
    let switch = case.root.join("READONLY");
    case.run(&["emergency"])
        .ends(0, "not pulled    1.x-to-2.0/readonly: Notes are read-only")
        .ends(0, "undo: rm READONLY");
    let run = case.newest_run();
    let pull = format!("emergency {run} 1.x-to-2.0/readonly --yes`");
    case.run(&["emergency", "readonly"]).ends(12, &pull);
    case.run(&["emergency", "nosuch"])
        .ends(2, "neither a run nor an emergency step of run");
    case.run(&["emergency", "--undo"])
        .ends(2, "nothing was done: no step is pulled");
    assert!(!switch.exists());

    fs::write(case.root.join("broken"), "").expect("written");
    case.run(&["emergency", &run, "readonly", "--yes"])
        .ends(5, "exit 1");
    fs::remove_file(case.root.join("broken")).expect("removed");
    case.run(&["emergency", "readonly", "--yes"])
        .ends(0, "`Notes are read-only` is pulled");
    case.run(&["emergency", "readonly", "--yes"])
        .ends(0, "pulled already");
    for judged in ["--done", "--not-done"] {
        case.run(&["emergency", "readonly", judged, "--yes"])
            .ends(2, "only a step whose outcome is unknown is judged");
    }
    assert_eq!(fs::read_to_string(&switch).expect("READONLY"), "on\n");
    let status = case.run(&["status", "--format", "json"]);
    let status = &status.ends(0, "").json()[0];
    assert_eq!(status["state"], "done");
    assert_eq!(status["emergency"][0]["state"], "done");
    case.run(&["report"]).ends(0, "still pulled");
    // The step must be named even if only one is pulled: the message says what to type.
    let release = format!("emergency {run} 1.x-to-2.0/readonly --undo --yes`");
    case.run(&["emergency", "--undo", "--yes"])
        .ends(2, &release);
    case.run(&["emergency", &run, "--undo"]).ends(2, &release);
    case.run(&["emergency", "readonly", "--undo"])
        .ends(12, &release);
    assert!(switch.exists(), "nothing was guessed");
    case.run(&["emergency", &run, "readonly", "--undo", "--yes"])
        .ends(0, "is taken back");
    assert!(!switch.exists());
    case.run(&["report"]).ends(0, "taken back");
}

/// What it is for may come again a minute later.
#[test]
fn an_emergency_step_that_leaves_nothing_is_pulled_as_often_as_it_is_needed() {
    let case = Case::new();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "verify:",
        "emergency:
  - id: stop
    title: Stop the copying
    do: {run: {command: [sh, -c, 'rm -f COPIES && echo stopped >>STOPPED']}}
    done_if: {file: {path: COPIES, exists: false}}
    harmless: true

verify:",
    );
    applied(&case);
    let (copies, stopped) = (case.root.join("COPIES"), case.root.join("STOPPED"));
    for _again in 0..2 {
        fs::write(&copies, "").expect("somebody copies");
        case.run(&["emergency", "stop", "--yes"])
            .ends(0, "`Stop the copying` was pulled");
        assert!(!copies.exists());
    }
    // What shows that there is nothing to stop is believed.
    case.run(&["emergency", "stop", "--yes"]).ends(0, "");
    assert_eq!(
        fs::read_to_string(stopped).expect("STOPPED"),
        "stopped\nstopped\n"
    );
    case.run(&["emergency", "stop", "--undo", "--yes"])
        .ends(2, "there is nothing to take back");
    case.run(&["report"])
        .ends(0, "nothing of it has to be taken back");
}

#[test]
fn the_point_of_no_return_is_passed_only_with_its_own_consent() {
    let case = Case::new();
    let undo = "undo:\n      run: {command: [sh, -c, 'echo 1.4.0 >VERSION']}";
    case.pack_edit("1.x-to-2.0.yaml", undo, "irreversible: true");
    let answers = case.answers(MARKED);
    case.trusted(&["plan"]).ends(
        0,
        "- consent: [1.x-to-2.0/switch]  Switch to the new release",
    );
    // Nobody wants to learn of it once the product is down and half changed.
    let before = case.files();
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(12, "nothing was changed: a point of no return lies ahead");
    case.run(&["resume"]).ends(12, "`consent`");
    assert_eq!(case.files(), before);
    let answers = case.answers("consent: [1.x-to-2.0/switch]\n");
    case.run(&["resume", "--answers", &answers])
        .ends(0, "done, and verified");
    // The files are back, but an irreversible step is not: that is no success.
    let run = case.newest_run();
    case.run(&["rollback", &run, "--yes"]).ends(
        7,
        "rolled back in part: what `Switch to the new release` did was not undone",
    );
}

#[test]
fn a_step_for_a_person_waits_until_it_is_said_to_be_done() {
    let case = Case::new();
    let run = "run: {command: [sh, -c, 'echo 2.0.0 >VERSION']}";
    case.pack_edit(
        "1.x-to-2.0.yaml",
        run,
        "ask: {text: Put the new program there.}",
    );
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(12, "Put the new program there.");
    case.run(&["status"]).ends(0, "waiting");
    fs::write(case.root.join("VERSION"), "2.0.0\n").expect("written");
    let answers = case.answers("confirm: [1.x-to-2.0/switch]\n");
    case.run(&["resume", "--answers", &answers])
        .ends(0, "done, and verified");
}

#[test]
fn a_sealed_plan_is_only_for_the_world_it_was_made_from() {
    let case = Case::new();
    let plan = case
        .root
        .with_file_name("plan.json")
        .to_string_lossy()
        .into_owned();
    case.trusted(&["plan", "--out", &plan])
        .ends(0, "the plan is in");
    case.trusted(&["plan", "--check"])
        .ends(1, "PORT → NOTES_PORT");
    fs::write(case.root.join(".env"), "PORT=8081\n").expect("written");
    let before = case.files();
    let answers = case.answers(MARKED);
    let stale = case.trusted(&["apply", &plan, "--yes", "--answers", &answers]);
    stale.ends(3, ".env").ends(3, "plan again");
    assert_eq!(case.files(), before);
    case.trusted(&["plan", "--out", &plan]).ends(0, "");
    case.trusted(&["apply", &plan, "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
}

#[test]
fn a_damaged_journal_is_shown_and_never_gone_on_with() {
    let case = Case::new();
    case.trusted(&["apply", "--yes"]).ends(4, "");
    let runs = fs::read_dir(case.state.join("runs")).expect("runs");
    let journal = runs
        .map(|run| run.expect("a run").path().join("journal"))
        .next()
        .expect("one");
    let mut bytes = fs::read(&journal).expect("a journal");
    bytes.extend_from_within(..40);
    bytes.push(b'\n');
    fs::write(&journal, &bytes).expect("written");
    case.run(&["status"]).ends(9, "damaged");
    case.run(&["report"])
        .ends(9, "**The journal is damaged: line");
    case.run(&["resume"]).ends(9, "RESTORE.md");
    case.run(&["rollback", "--yes"])
        .ends(9, "what was done after that is unknown");
    assert_eq!(
        fs::read(&journal).expect("a journal"),
        bytes,
        "it was written to"
    );
}

#[test]
fn a_way_it_was_installed_that_is_not_clear_is_asked_with_its_choices() {
    let case = Case::new();
    let both = "variants:
  install:
    - {id: plain, title: by hand, when: {file: {path: VERSION}}}
    - {id: docker, title: Docker, when: {file: {path: docker-compose.yml}}}
write_to:";
    case.pack_edit("pack.yaml", "write_to:", both);
    case.trusted(&["plan"])
        .ends(0, "install: by hand, because VERSION is there");
    fs::write(case.root.join("docker-compose.yml"), "services: {}\n").expect("written");
    let answers = case.answers(MARKED);
    let apply = ["apply", "--yes", "--answers", &answers];
    case.trusted(&apply)
        .ends(
            12,
            "plain (fits: VERSION is there), docker (fits: docker-compose.yml is there)",
        )
        .ends(12, "--set variant.install=");
    let wrong = [&apply[..], &["--set", "variant.install=brew"]].concat();
    case.trusted(&wrong).ends(12, "what was said is no choice");
    fs::remove_file(case.root.join("VERSION")).expect("removed");
    let said = ["plan", "--from", "1.4.0", "--set", "variant.install=docker"];
    case.trusted(&said).ends(0, "install: Docker, as you say");
}

#[test]
fn a_reader_that_goes_away_stops_nothing() {
    let case = Case::new();
    let mut child = case
        .applying()
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut out = child.stdout.take().expect("piped");
    let mut first = [0; 1];
    out.read_exact(&mut first).expect("a first byte");
    drop(out);
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    case.run(&["status"]).ends(0, ": done");
}

#[test]
fn the_demo_walks_the_whole_road_on_its_own_product_alone() {
    let case = Case::new();
    let before = case.files();
    let done = case.run(&["demo", "oversight-gateway", "--headless"]);
    done.ends(0, "answers as V2").ends(0, "done, and verified");
    assert_eq!(case.files(), before, "it touched another product");
    assert!(!case.state.exists(), "its run is kept elsewhere");

    let failed = case.run(&["demo", "oversight-gateway", "--headless", "--fail"]);
    failed.ends(5, "address already in use");
}
