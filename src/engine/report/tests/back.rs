//! Reports of runs whose last steps were undone before the whole run went back.

use super::*;

/// The second step fails; its way back, and that of the third, is a restore of `main`.
fn restoring() -> Plan {
    let mut plan = plan();
    for step in &mut plan.steps[1..3] {
        step.undo = Undo::Restore("main".into());
    }
    plan
}

fn stood(to: &str, undone: &[[Body; 2]]) -> Vec<(u64, Body)> {
    let begun = Body::StepBackStarted {
        to: id(to),
        by: who(),
        reason: "wrong key".into(),
    };
    let undos = undone.iter().flatten().cloned();
    let all = [begun].into_iter().chain(undos);
    let all = all.chain([Body::SteppedBack { to: id(to) }]);
    all.map(|body| (70_000, body)).collect()
}

fn ended_back(reason: &str, undone: &[[Body; 2]]) -> Vec<(u64, Body)> {
    let begun = Body::RollbackStarted {
        by: who(),
        reason: reason.into(),
        over_later_edits: false,
    };
    let end = RunEnd::RolledBack;
    let undos = undone.iter().flatten().cloned();
    let all = [begun].into_iter().chain(undos);
    let all = all.chain([Body::Finished { end }]);
    all.map(|body| (80_000, body)).collect()
}

fn undone_as(step: &str, how: Undone, detail: &str) -> [Body; 2] {
    let [begun, _] = undone(step);
    let (step, detail) = (id(step), detail.into());
    [begun, Body::UndoDone { step, how, detail }]
}

/// The third step fails; then it and the second are undone by a single restore.
fn undone_by_a_restore() -> Vec<(u64, Body)> {
    let mut run = saved();
    run.extend([
        (1_000, started("stop")),
        (1_990, ended("stop", Done::Ran, 900)),
        (2_000, started("edit")),
        (2_100, ended("edit", Done::Ran, 3)),
        (3_000, started("again")),
        (3_100, failed("again")),
    ]);
    let undone = [
        undone_as("again", Undone::NothingToDo, "brought back below"),
        undone_as("edit", Undone::Ran, "restored main.dump; lost: 3 rows"),
    ];
    run.extend(stood("edit", &undone));
    run
}

fn told(bodies: &[Vec<(u64, Body)>]) -> String {
    let state = fold_of(restoring(), &bodies.concat());
    markdown(&state, Path::new("/runs/run"), None)
}

fn head(told: &str) -> &str {
    told.split("## ").next().expect("a head")
}

#[test]
fn what_was_restored_before_all_of_it_went_back_is_told_as_well() {
    let back = ended_back("too slow", &[undone("stop")]);
    let text = told(&[undone_by_a_restore(), back]);
    has(
        head(&text),
        "Restored from the backup: main, when 2 steps were undone by ada at 1970-01-01 00:01:10 UTC.",
    );
    has(
        &text,
        "this run has rolled back, and has restored main from the backup, when steps were undone \
         before that. What it undid",
    );
    has(
        &text,
        "- undone by ada, before the run went back: `Stop the service (hop to 3.0.0)` (by a restore \
         of `main`), `Edit .env` (by a restore of `main`); why: wrong key\n  - `main`: restored \
         main.dump; lost: 3 rows\n",
    );
}

#[test]
fn what_was_restored_twice_is_told_twice() {
    let again = vec![
        (75_000, started("edit")),
        (75_100, ended("edit", Done::Ran, 3)),
    ];
    let back = ended_back("too slow", &[undone("edit"), undone("stop")]);
    let text = told(&[undone_by_a_restore(), again, back]);
    has(head(&text), "Restored from the backup: main.\n");
    has(head(&text), "Of `main`: ");
    has(head(&text), "Restored from the backup: main, when 2 steps");
    has(
        &text,
        "has restored main from the backup, and main when steps were undone before that.",
    );
    has(&text, "undone by ada, before the run went on: ");
}

#[test]
fn a_run_that_is_given_up_after_its_steps_were_undone_has_changed_something() {
    let end = |body| vec![(80_000, body)];
    let given_up = || {
        end(Body::Finished {
            end: RunEnd::Abandoned,
        })
    };
    has(
        &told(&[given_up()]),
        "The run was given up before any step changed anything.",
    );
    let mut run = undone_by_a_restore();
    run.retain(|(_, body)| *body != started("stop") && *body != ended("stop", Done::Ran, 900));
    let text = told(&[run, given_up()]);
    lacks(&text, "before anything was changed");
    has(head(&text), "Restored from the backup: main, when 2 steps");
}

#[test]
fn only_what_was_undone_before_is_told_as_that() {
    let mut run = saved();
    run.extend([
        (1_000, started("stop")),
        (1_990, ended("stop", Done::Ran, 900)),
        (2_100, ended("edit", Done::AlreadyDone, 0)),
        (3_000, started("again")),
        (3_100, failed("again")),
    ]);
    run.extend(stood("edit", &[undone("again")]));
    let text = told(&[run, ended_back("too slow", &[undone("stop")])]);
    has(
        &text,
        "- will not run: Edit .env: it was already done (fine), and the run is being rolled back\n",
    );
    has(
        &text,
        "- will not run: Stop the service (hop to 3.0.0): it was undone before, and the run is \
         being rolled back\n",
    );
    has(
        &text,
        "- will not run: Look at it: the run is being rolled back\n",
    );
}

#[test]
fn what_had_failed_stands_at_the_head_whatever_was_undone_since() {
    let after = "after `Stop the service` had failed: no room; 2 steps had been undone since";
    let back = |reason: &str| ended_back(reason, &[undone("stop")]);
    let text = told(&[undone_by_a_restore(), back("too slow")]);
    has(
        head(&text),
        &format!("Rolled back by ada: too slow\nThat was {after}.\n"),
    );
    // The order of the records counts: a clock may be set back.
    let mut set_back = undone_by_a_restore();
    let early = set_back
        .iter_mut()
        .skip_while(|(_, body)| !matches!(body, Body::StepBackStarted { .. }));
    early.for_each(|(at_ms, _)| *at_ms = 1);
    has(
        &told(&[set_back, back("too slow")]),
        &format!("That was {after}.\n"),
    );
    // If it is the reason already, it is not repeated.
    let text = told(&[undone_by_a_restore(), back(&format!("asked for, {after}"))]);
    lacks(&text, "That was");
    let mended = vec![
        (75_000, started("edit")),
        (75_100, ended("edit", Done::Ran, 3)),
        (75_200, started("again")),
        (75_300, ended("again", Done::Ran, 3)),
    ];
    let undone = ["again", "edit", "stop"].map(undone);
    let text = told(&[undone_by_a_restore(), mended, ended_back("late", &undone)]);
    lacks(&text, "That was");
}

#[test]
fn a_report_that_is_kept_names_its_file() {
    let (folder, state) = (Path::new("/runs/run"), fold(&done()));
    has(
        &to_keep(&state, folder, None, &folder.join("report.md")),
        "- folder `/runs/run`, this report in it as `report.md`\n",
    );
    has(&markdown(&state, folder, None), "- folder `/runs/run`\n");
}

/// The second step has added a column, which its undo drops.
fn dropping() -> Plan {
    let mut plan = plan();
    let undo = json!({"do": {"sql": {
        "database": "main", "statement": "ALTER TABLE actions DROP COLUMN notes",
        "loses": ["drops column actions.notes"],
    }}});
    let undo: StepBody = serde_json::from_value(undo).expect("an action");
    if let StepBody::Do(undo) = undo {
        plan.steps[1].undo = Undo::Action(undo);
    }
    plan
}

#[test]
fn what_an_undo_has_dropped_stands_at_the_head() {
    const LOST: &str = "**Lost:** the undo of `Edit .env` drops column actions.notes in main, with \
                        whatever was written there.";
    let report = |bodies: &[(u64, Body)]| {
        markdown(&fold_of(dropping(), bodies), Path::new("/runs/run"), None)
    };
    lacks(&report(&done()), "Lost:");
    has(head(&report(&back(&[]))), LOST);
    // Whoever has no screen reads it in the last words.
    let end = RunEnd::RolledBack;
    let whole = back(&[(300_000, Body::Finished { end })]);
    let lost = "; lost: the undo of `Edit .env` drops column actions.notes in main";
    has(&last_words(&fold_of(dropping(), &whole)), lost);
    lacks(&last_words(&fold(&whole)), "lost:");
    let mut run = saved();
    run.extend([
        (1_000, started("edit")),
        (1_100, ended("edit", Done::Ran, 3)),
        (2_000, started("again")),
        (2_100, failed("again")),
    ]);
    let undos = |how| [undone("again"), undone_as("edit", how, "")];
    has(
        head(&report(
            &[run.clone(), stood("edit", &undos(Undone::Ran))].concat(),
        )),
        LOST,
    );
    let found_gone = stood("edit", &undos(Undone::NothingToDo));
    lacks(&report(&[run, found_gone].concat()), "Lost:");
}

#[test]
fn what_of_the_other_saved_files_is_not_as_saved_stands_at_the_head() {
    let told = |others: Option<OtherFiles>| {
        let end = RunEnd::RolledBack;
        let ends = [
            Body::BytesProved { files: 2, others },
            Body::Finished { end },
        ];
        let text = report(&back(&ends.map(|body| (300_000, body))));
        head(&text).to_owned()
    };
    let others = |unlike: u64| OtherFiles {
        compared: 14,
        unlike,
        first: vec!["risk_engine.py (permissions)".to_owned()],
    };
    has(&told(None), "1 other file was saved and not compared.");
    has(
        &told(Some(others(0))),
        "Compared as well, and as saved: 14 other files of the backup.",
    );
    has(
        &told(Some(others(3))),
        "**Not as in the backup, of 14 other files that no step edits:** risk_engine.py (permissions), \
         and 2 more. A command, the product or somebody has changed that.",
    );
}
