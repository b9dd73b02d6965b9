//! One command in stages, from the rules to the records: what it expands to, what is counted, and
//! that a command which exits successfully without having done its work does not count as done.

#[path = "services/sample.rs"]
mod sample;

use sample::source;
use std::sync::Mutex;
use switchback::{
    engine::{link::handle::Ask, session::Session, worker::Worker},
    model::{
        plan::{Plan, StepBody, Undo},
        rule::Action,
    },
    rules::{check::check, pack::load},
    run_state::StepView,
    world::fake::{FakeWorld, ended},
};

const ROOT: &str = "/srv/product";

const MORE: &str = "\
inputs:
  workspace: {ask: Which workspace?, default: ws_test}
";

const HOP: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
apply:
  - id: backfill
    title: Copy the old jobs
    do:
      stage:
        run:
          command: [backfill, --progress-key, 'ai:backfill:{{stage.name}}', '{{stage.mode}}']
          measures:
            scanned: {output: 'Scanned:\\s*(\\d+)'}
            migrated: {output: 'Migrated:\\s*(\\d+)'}
            exists: {output: 'Skipped \\(exist\\):\\s*(\\d+)'}
            errors: {output: 'Errors:\\s*(\\d+)'}
          require: ['errors == 0']
          progress: {output: 'scanned=(?<done>\\d+)'}
        stages:
          - name: dry-run
            title: dry run
            with: {mode: --dry-run}
            args: [--workspace, '{{input.workspace}}']
            harmless: true
          - name: full
            title: all of it
            with: {mode: --execute}
            require: ['migrated + exists == scanned']
            gate: Compare the counts with what you expect. Copy all of it?
    stays: true
";

/// A world in which `backfill` says what the test says.
struct Stand {
    fake: FakeWorld,
    said: &'static Mutex<String>,
}

fn says(scanned: u32, migrated: u32, exists: u32, errors: u32) -> String {
    format!(
        "=== Backfill Summary ===\nScanned:        {scanned}\nMigrated:       {migrated}\n\
         Skipped (exist):{exists}\nErrors:         {errors}\n"
    )
}

impl Stand {
    fn new() -> Self {
        let fake = FakeWorld::new();
        fake.files.put(format!("{ROOT}/.env"), "A=1\n");
        fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
        let said: &Mutex<String> = Box::leak(Box::default());
        fake.commands.script(move |command| {
            let out = said.lock().expect("no test panicked").clone();
            (command.argv[0] == "backfill").then(|| Ok(ended(0, &out, "")))
        });
        Self { fake, said }
    }

    fn say(&self, text: String) {
        *self.said.lock().expect("no test panicked") = text;
    }

    fn session(&self) -> Session {
        let pack = source(MORE, HOP);
        sample::session(self.fake.world(), ROOT.into(), "/state".into(), pack)
    }

    fn plan(&self) -> Plan {
        self.session().plan().expect("a plan")
    }

    /// A run that stands before its first step.
    fn worker(&self) -> Worker {
        let (mut worker, _events) = sample::begun(self.session());
        for ask in [Ask::Check, Ask::Backup] {
            met(&mut worker, ask);
        }
        worker
    }
}

fn met(worker: &mut Worker, ask: Ask) {
    worker
        .meet(ask)
        .expect("the worker goes on")
        .expect("not refused");
}

fn view<'w>(worker: &'w Worker, id: &str) -> &'w StepView {
    worker.state().step(&id.into()).expect("the step is there")
}

#[test]
fn stages_become_steps_with_a_question_between() {
    let plan = Stand::new().plan();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "hop/backfill/dry-run",
            "hop/backfill/before-full",
            "hop/backfill/full"
        ]
    );
    let words = |n: usize| match &plan.steps[n].body {
        StepBody::Do(Action::Run(run)) => run.command.iter().map(|word| word.as_str()).collect(),
        other => panic!("not a command: {other:?}"),
    };
    let first: Vec<&str> = words(0);
    assert_eq!(
        first,
        [
            "backfill",
            "--progress-key",
            "ai:backfill:dry-run",
            "--dry-run",
            "--workspace",
            "{{input.workspace}}"
        ]
    );
    assert_eq!(words(2)[2..], ["ai:backfill:full", "--execute"]);
    assert_eq!(plan.steps[0].undo, Undo::Harmless);
    assert_eq!(plan.steps[2].title, "Copy the old jobs: all of it");
}

#[test]
fn a_command_that_ends_well_and_has_not_done_its_work_is_caught() {
    let stand = Stand::new();
    let mut worker = stand.worker();
    stand.say(says(3000, 3000, 0, 0));
    met(&mut worker, Ask::Apply);
    let paused = worker.state().paused.clone().expect("waits at the gate");
    assert!(
        paused.contains("errors 0, exists 0, migrated 3000, scanned 3000"),
        "{paused}"
    );

    stand.say(says(3000, 1994, 0, 0));
    met(&mut worker, Ask::Confirm("hop/backfill/before-full".into()));
    let full = view(&worker, "hop/backfill/full");
    let Some(failure) = full.failed() else {
        panic!("it counts as done: {full:?}");
    };
    assert_eq!(
        failure.error(),
        "exit 0, but `migrated + exists == scanned` does not hold: 1994 + 0 = 1994 is not 3000"
    );
    assert_eq!(full.numbers["migrated"], 1994);

    stand.say(says(3000, 1006, 1994, 0));
    met(&mut worker, Ask::Retry("hop/backfill/full".into()));
    assert!(view(&worker, "hop/backfill/full").is_done());
}

#[test]
fn errors_behind_exit_code_0_are_caught_and_so_is_silence() {
    for (said, told) in [
        (
            says(10, 9, 0, 1),
            "exit 0, but `errors == 0` does not hold: 1 is not 0",
        ),
        (
            "all good".to_owned(),
            "exit 0, but its output has no `errors`",
        ),
        (
            says(10, 10, 0, 0).replace("Errors:         0", "Errors: 99999999999999999999"),
            "exit 0, but `errors` is `99999999999999999999`, not a whole number",
        ),
    ] {
        let stand = Stand::new();
        let mut worker = stand.worker();
        stand.say(said);
        met(&mut worker, Ask::Apply);
        let first = view(&worker, "hop/backfill/dry-run");
        let Some(failure) = first.failed() else {
            panic!("it counts as done: {first:?}");
        };
        assert!(failure.error().starts_with(told), "{failure:?}");
    }
}

#[test]
fn the_rules_of_numbers_and_stages_are_checked() {
    let told = |from: &str, to: &str| -> Vec<String> {
        assert!(HOP.contains(from), "{from}");
        let pack = load(&source(MORE, &HOP.replace(from, to))).expect("the pack reads");
        let found = check(&pack).into_iter();
        let found = found.filter(|one| one.file == "hop.yaml");
        found.map(|one| one.render(false)).collect()
    };
    // The only warning is that the hop has no `verify`.
    assert_eq!(told("schema: 1", "schema: 1").len(), 1);
    let one = |from: &str, to: &str, wanted: &str| {
        let found = told(from, to);
        assert!(
            found.iter().any(|text| text.contains(wanted)),
            "{wanted}: {found:#?}"
        );
    };
    one(
        "errors == 0",
        "error == 0",
        "no number is called `error`; did you mean `errors`?",
    );
    one("'errors == 0'", "'errors = 0'", "write == to compare");
    one(
        "'{{stage.mode}}'",
        "'{{stage.mod}}'",
        "stage 1 gives no `mod`",
    );
    one(
        "name: full",
        "name: dry-run",
        "the stage `dry-run` is there twice",
    );
    one(
        "name: full",
        "name: Full Run",
        "`Full Run` is not the name of a stage",
    );
    one(
        "title: Two\n",
        "title: Two\nchecklist: [{id: a, title: A, probe: {port: {port: '{{stage.x}}', open: true}}}]\n",
        "stands outside of a step with stages",
    );
    let found = told("errors == 0", "errors == zero");
    assert!(found.iter().any(|text| text.contains("^^^^")), "{found:#?}");
}

#[test]
fn a_plan_with_stages_reads_back() {
    let plan = Stand::new().plan();
    let text = serde_json::to_string(&plan).expect("writes");
    let again: Plan = serde_json::from_str(&text).expect("reads");
    assert_eq!(again, plan);
}
