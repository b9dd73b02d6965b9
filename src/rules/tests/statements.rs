//! What statements destroy is told and agreed to, whichever way a pack sends them.

use super::{Open, PACK, PlanError, World, rel, text_file};
use crate::model::{
    digest::Digest,
    plan::{Plan, PlannedStep, Target},
};

const DATABASES: &str = "
databases: {main: {postgres: {host: db}}, file: {sqlite: {file: app.db}}}";

fn world(steps: &str) -> World {
    let mut world = World::new("", &[steps]);
    world.pack = serde_saphyr::from_str(&format!("{PACK}{DATABASES}")).expect("a pack");
    world
}

/// The steps with what they destroy; each that destroys something asks for a consent.
fn lost(steps: &[PlannedStep]) -> Vec<String> {
    for step in steps {
        assert_eq!(step.asks_consent(), !step.loses().is_empty(), "{}", step.id);
    }
    let told = |step: &PlannedStep| format!("{}: {}", step.id, step.loses().join(", "));
    steps.iter().map(told).collect()
}

fn notes(plan: &Plan) -> Vec<&str> {
    plan.notes.iter().map(|note| note.text.as_str()).collect()
}

#[test]
fn a_statement_of_a_rule_asks_for_what_the_same_in_a_file_asks_for() {
    let mut world = world(
        "
inputs: {table: {ask: Which?, default: users}}
apply:
- id: rule
  title: Drop by rule
  harmless: true
  do: {sql: {database: main, statement: 'DROP TABLE {{input.table}}; DELETE FROM sessions'}}
- id: file
  title: Drop by file
  harmless: true
  do: {sql_file: {database: main, file: drop.sql}}
- id: dialect
  title: Drop in SQLite
  idempotent: true
  do: {sql: {database: file, statement: '/* /* */ DROP TABLE [users]; -- */'}}
- id: adds
  title: Add
  do: {sql: {database: main, statement: 'CREATE TABLE n (a int)'}}
  undo: {sql: {database: main, statement: 'DROP TABLE n'}}
emergency:
- id: lever
  title: Pull
  idempotent: true
  do: {sql: {database: main, statement: 'TRUNCATE queue'}}",
    );
    let text = "\u{feff}DROP TABLE users;\nDELETE FROM sessions;\n";
    text_file(&mut world.survey, "drop.sql", text);
    let plan = world.plan().expect("a plan");
    assert_eq!(
        lost(&plan.steps),
        [
            "h1/rule: drops table users, deletes rows of sessions",
            "h1/file: drops table users (line 1), deletes rows of sessions (line 2)",
            "h1/dialect: drops table users",
            "h1/adds: ",
        ]
    );
    let with_undo = plan.steps.iter().filter_map(PlannedStep::undo_loses);
    assert_eq!(
        with_undo.collect::<Vec<_>>(),
        ["drops table n in main, with whatever was written there"]
    );
    assert_eq!(lost(&plan.emergency), ["h1/lever: empties queue"]);
    assert_eq!(
        notes(&plan),
        [
            "The step `Drop by rule` drops table users, deletes rows of sessions.",
            "The step `Drop by file` drops table users, deletes rows of sessions.",
            "The step `Drop in SQLite` drops table users.",
        ]
    );
}

#[test]
fn rows_that_a_harmless_statement_picks_are_the_packs_own() {
    let rules = |harmless: bool, statement: &str| {
        format!(
            "apply:
- id: tidy
  title: Tidy
  harmless: {harmless}
  do: {{sql: {{database: main, statement: \"{statement}\"}}}}"
        )
    };
    for (harmless, statement, expected) in [
        (true, "DELETE FROM t WHERE id = 'trial'", "h1/tidy: "),
        (
            false,
            "DELETE FROM t WHERE id = 'trial'",
            "h1/tidy: deletes rows of t",
        ),
        (true, "DELETE FROM t", "h1/tidy: deletes rows of t"),
        (true, "DROP TABLE t", "h1/tidy: drops table t"),
    ] {
        let plan = world(&rules(harmless, statement)).plan().expect("a plan");
        assert_eq!(lost(&plan.steps), [expected], "{statement}");
    }
}

/// A file that the way back sends is compared with the plan by its digest.
#[test]
fn a_file_of_statements_is_bound_wherever_it_is_sent() {
    let mut world = world(
        "
apply:
- id: adds
  title: Add
  do: {sql: {database: main, statement: 'CREATE TABLE n (a int)'}}
  undo: {sql_file: {database: main, file: undo.sql}}
rollback:
  steps:
  - id: back
    title: Back
    idempotent: true
    do: {sql_file: {database: main, file: back.sql}}",
    );
    let text = "DROP TABLE IF EXISTS n;\n";
    for file in ["undo.sql", "back.sql"] {
        text_file(&mut world.survey, file, text);
    }
    let plan = world.plan().expect("a plan");
    for file in ["undo.sql", "back.sql"] {
        assert!(
            matches!(&plan.targets[&rel(file)], Target::Present { digest, .. } if *digest == Digest::of(text.as_bytes())),
            "{file}"
        );
    }
}

#[test]
fn statements_that_cannot_be_sent_leave_the_plan_open() {
    let mut world = world(
        "
apply:
- id: gone
  title: Gone
  harmless: true
  do: {sql_file: {database: main, file: gone.sql}}
- id: psql
  title: For psql
  harmless: true
  do: {sql_file: {database: main, file: psql.sql}}
- id: not-here
  title: Not here
  harmless: true
  when: {file: {path: gone.sql}}
  do: {sql_file: {database: main, file: gone.sql}}
rollback:
  steps:
  - id: meta
    title: Meta
    harmless: true
    do: {sql: {database: main, statement: 'SELECT 1 \\gexec'}}",
    );
    text_file(
        &mut world.survey,
        "psql.sql",
        "COPY t FROM stdin;\n1\n\\.\n",
    );
    let PlanError::Open(open) = world.plan().expect_err("none of them can be sent");
    let told: Vec<String> = open.iter().map(Open::to_string).collect();
    assert_eq!(
        told,
        [
            "h1/step/gone: Gone: gone.sql: it is not there",
            "h1/step/psql: For psql: psql.sql: line 1: rows follow, which only psql sends; apply this \
             file with psql in a `run` step",
            "h1/step/meta: Meta: line 1: a command of psql, which is not SQL; apply this file with \
             psql in a `run` step",
        ]
    );
}
