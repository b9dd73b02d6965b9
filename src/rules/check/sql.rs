//! What changes a schema, or shows that it was changed, names things that can be looked up.
//! Statements that destroy data must be in a step.

use super::{Found, Place, at, item};
use crate::{
    model::{
        route::Route,
        rule::{Action, Acts, Database, Places, Probe, Thing},
    },
    rules::migrations::statements,
    sql::losses,
};
use std::collections::BTreeMap;

type Databases = BTreeMap<String, Database>;

/// What a thing may be.
pub(super) const ONE_THING: &str =
    "one thing: a table, or a column, index, trigger or constraint of it, or an extension";

pub(super) fn check(
    places: &Places<'_>,
    databases: &Databases,
    place: Place<'_>,
    found: &mut Found,
) {
    for acting in &places.actions {
        of_action(acting.action, &acting.route, place, found);
        if acting.by == Acts::Fix {
            of_fix(acting.action, databases, &acting.route, place, found);
        }
    }
    for asked in &places.probes {
        if let Probe::Applied(applied) = asked.probe {
            let made = at(&at(&asked.route, "applied"), "made");
            things(&applied.made, &made, place, found);
        }
    }
}

fn of_action(action: &Action, here: &Route, place: Place<'_>, found: &mut Found) {
    match action {
        Action::Migrate(rule) => {
            let known = at(&at(here, "migrate"), "known");
            for (n, file) in rule.known.iter().enumerate() {
                things(&file.made, &at(&item(&known, n), "made"), place, found);
            }
        }
        Action::SqlFile(rule) => {
            things(&rule.made, &at(&at(here, "sql_file"), "made"), place, found);
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
}

/// A fix runs at a single keypress, without a consent, so it must not destroy data. Rows that its
/// statement picks may go: the operator has read the statement.
fn of_fix(fix: &Action, databases: &Databases, here: &Route, place: Place<'_>, found: &mut Found) {
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
            found.value(place, &item(list, n), why.to_owned(), ONE_THING);
        }
    }
}
