//! What changes a schema, or shows that it was changed, names things that can be looked up.
//! Statements that destroy data must be in a step.

use super::Sheet;
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

pub(super) fn check(places: &Places<'_>, databases: &Databases, sheet: &mut Sheet) {
    for acting in &places.actions {
        of_action(acting.action, &acting.route, sheet);
        if acting.by == Acts::Fix {
            of_fix(acting.action, databases, &acting.route, sheet);
        }
    }
    for asked in &places.probes {
        if let Probe::Applied(applied) = asked.probe {
            let made = asked.route.at("applied").at("made");
            things(&applied.made, &made, sheet);
        }
    }
}

fn of_action(action: &Action, here: &Route, sheet: &mut Sheet) {
    match action {
        Action::Migrate(rule) => {
            let known = here.at("migrate").at("known");
            for (n, file) in rule.known.iter().enumerate() {
                things(&file.made, &known.item(n).at("made"), sheet);
            }
        }
        Action::SqlFile(rule) => {
            things(&rule.made, &here.at("sql_file").at("made"), sheet);
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
fn of_fix(fix: &Action, databases: &Databases, here: &Route, sheet: &mut Sheet) {
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
        sheet.value(&here.at("sql").at("statement"), message, help);
    }
}

fn things(things: &[Thing], list: &Route, sheet: &mut Sheet) {
    for (n, thing) in things.iter().enumerate() {
        if let Err(why) = thing.named() {
            sheet.value(&list.item(n), why.to_owned(), ONE_THING);
        }
    }
}
