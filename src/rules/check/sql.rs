//! Steps that change a schema name things that can be looked for, and stand where several steps can.
//! What destroys data is a step.

use super::{Found, Place, at, item};
use crate::{
    model::{
        route::Route,
        rule::{Action, Check, Database, Hop, Probe, Step, Thing},
    },
    rules::migrations::statements,
    sql::losses,
};
use std::collections::BTreeMap;

type Databases = BTreeMap<String, Database>;

pub(super) fn check(hop: &Hop, databases: &Databases, place: Place<'_>, found: &mut Found) {
    for (here, step) in super::steps::steps(hop) {
        of_step(step, &here, place, found);
    }
    for (here, check) in super::probes::checks(hop) {
        of_check(check, databases, &here, place, found);
    }
    for (n, hint) in hop.hints.iter().enumerate() {
        if let Some(fix) = &hint.fix {
            let here = at(&item(&Route::key("hints"), n), "fix");
            of_fix(fix, databases, &here, place, found);
        }
    }
}

fn of_step(step: &Step, here: &Route, place: Place<'_>, found: &mut Found) {
    let action = at(here, "do");
    match &step.action {
        Action::Migrate(rule) => {
            let known = at(&at(&action, "migrate"), "known");
            for (n, file) in rule.known.iter().enumerate() {
                things(&file.made, &at(&item(&known, n), "made"), place, found);
            }
        }
        Action::SqlFile(rule) => {
            things(
                &rule.made,
                &at(&at(&action, "sql_file"), "made"),
                place,
                found,
            );
        }
        Action::Run(_)
        | Action::Http(_)
        | Action::Wait(_)
        | Action::Ask(_)
        | Action::Start(_)
        | Action::Stop(_)
        | Action::Restart(_)
        | Action::Switch(_)
        | Action::Stage(_)
        | Action::Flag(_)
        | Action::Checkout(_)
        | Action::Sql(_) => {}
    }
    if let Some(undo) = &step.undo {
        one_action(undo, &at(here, "undo"), place, found);
    }
    if let Some(Probe::Applied(applied)) = &step.done_if {
        let made = at(&at(&at(here, "done_if"), "applied"), "made");
        things(&applied.made, &made, place, found);
    }
}

fn of_check(
    check: &Check,
    databases: &Databases,
    here: &Route,
    place: Place<'_>,
    found: &mut Found,
) {
    if let Probe::Applied(applied) = &check.probe {
        let made = at(&at(&at(here, "probe"), "applied"), "made");
        things(&applied.made, &made, place, found);
    }
    if let Some(fix) = &check.fix {
        of_fix(fix, databases, &at(here, "fix"), place, found);
    }
}

/// One key carries it out: nobody has agreed to a loss. Rows that it picks are read before.
fn of_fix(fix: &Action, databases: &Databases, here: &Route, place: Place<'_>, found: &mut Found) {
    one_action(fix, here, place, found);
    let Action::Sql(sql) = fix else {
        return;
    };
    let statements = statements(databases, &sql.database, sql.statement.as_str());
    let lost = statements
        .map(|statements| losses(&statements))
        .unwrap_or_default();
    if let Some(loss) = lost.iter().find(|loss| !loss.picked) {
        let message = format!("a fix asks nobody, and this one {}", loss.what);
        let help = "make it a step, which asks for a consent";
        found.value(place, &at(&at(here, "sql"), "statement"), message, help);
    }
}

fn things(things: &[Thing], list: &Route, place: Place<'_>, found: &mut Found) {
    for (n, thing) in things.iter().enumerate() {
        if let Err(why) = thing.named() {
            let help = "one thing: a table, or a column, index, trigger or constraint of it, or an extension";
            found.value(place, &item(list, n), why.to_owned(), help);
        }
    }
}

/// A folder becomes several steps, and here stands one action.
fn one_action(action: &Action, here: &Route, place: Place<'_>, found: &mut Found) {
    if let Action::Migrate(_) = action {
        let message = "a folder of files is several steps, and here stands one action".to_owned();
        found.key(
            place,
            &at(here, "migrate"),
            message,
            "name one file: `sql_file`",
        );
    }
}
