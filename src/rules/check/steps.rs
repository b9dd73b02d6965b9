//! A step that changes something says how to undo it, or that this is impossible.

use super::Sheet;
use crate::model::{
    route::Route,
    rule::{Acting, Action, Acts, Hop, Step, WayBack},
};

pub(super) fn check(hop: &Hop, backups: &[String], sheet: &mut Sheet) {
    for (here, step) in hop.steps_at() {
        let ways: Vec<WayBack> = step.ways_back().collect();
        for way in &ways {
            way_back(*way, hop, backups, &here.at(way.key()), sheet);
        }
        if let [.., _, last] = ways.as_slice() {
            let route = here.at(last.key());
            sheet.key(&route, several(step, &ways), "keep one of them");
        }
    }
    let rollback = Route::key("rollback");
    let undoable = hop
        .steps_at()
        .filter(|(here, _)| !here.starts_with(&rollback));
    for (here, step) in undoable {
        let silent = step.way_back().is_none() && !each_file_has_its_own(&step.action);
        if silent && changes_something(&step.action) {
            let message = format!("the step `{}` does not say how it is undone", step.id);
            sheet.value(&here.at("id"), message, how(&step.action));
        }
    }
}

/// Whether each file of a migration says how it is undone, and no other files can turn up.
fn each_file_has_its_own(action: &Action) -> bool {
    let Action::Migrate(rule) = action else {
        return false;
    };
    rule.only_known && rule.known.iter().all(|file| file.undo.is_some())
}

fn how(action: &Action) -> &'static str {
    match action {
        Action::Migrate(_) => {
            "add `undo_by_restore`, `undo` or `undone_by`, or say `stays` or `irreversible`; with `only_known`, an \
             `undo` of each file is enough"
        }
        _ => {
            "add `undo`, `undo_by_restore` or `undone_by`, or say `harmless`, `stays` or `irreversible`"
        }
    }
}

/// The backup or step that a way back names exists.
fn way_back(way: WayBack<'_>, hop: &Hop, backups: &[String], here: &Route, sheet: &mut Sheet) {
    match way {
        WayBack::Restore(name) if !backups.iter().any(|backup| backup == name) => {
            let message = format!("no backup is called `{name}`");
            let help = "name a `backup: database`, or the `id` of a `backup: command`, of this hop";
            sheet.value(here, message, help);
        }
        WayBack::AtTheEnd(name) if !hop.rollback_steps().iter().any(|back| back.id == name) => {
            let message = format!("no step of the rollback is called `{name}`");
            let help = "name a step below `rollback: steps:` of this hop";
            sheet.value(here, message, help);
        }
        WayBack::Restore(_)
        | WayBack::AtTheEnd(_)
        | WayBack::Action(_)
        | WayBack::Harmless
        | WayBack::Stays
        | WayBack::Irreversible => {}
    }
}

/// An action that expands to several steps may not stand where only a single one fits.
pub(super) fn one_action(actions: &[Acting<'_>], sheet: &mut Sheet) {
    for acting in actions.iter().filter(|acting| acting.by != Acts::Step) {
        let (kind, what, help) = match acting.action {
            Action::Migrate(_) => ("migrate", "a folder of files", "name one file: `sql_file`"),
            Action::Stage(_) => ("stage", "a command in stages", "use `run`"),
            Action::Flag(_) => ("flag", "a feature flag", "use `run`"),
            Action::Checkout(_) => ("checkout", "a checkout", "use `run`"),
            Action::Switch(_) => ("switch", "a switch", "use `run`"),
            Action::Run(_)
            | Action::Http(_)
            | Action::Wait(_)
            | Action::Ask(_)
            | Action::Start(_)
            | Action::Stop(_)
            | Action::Restart(_)
            | Action::Sql(_)
            | Action::SqlFile(_) => continue,
        };
        let message = format!("{what} is several steps, and here stands one action");
        sheet.key(&acting.route.at(kind), message, help);
    }
}

/// The message for a step with several ways back, of which only one could count.
fn several(step: &Step, ways: &[WayBack<'_>]) -> String {
    if ways.contains(&WayBack::Harmless) {
        return format!(
            "the step `{}` is called harmless and has something to undo",
            step.id
        );
    }
    let keys: Vec<&str> = ways.iter().map(|way| way.key()).collect();
    format!(
        "the step `{}` says in {} ways how it is undone: {}",
        step.id,
        keys.len(),
        keys.join(", ")
    )
}

/// An emergency step is a single immediate action: it does not wait, ask or consist of parts. By
/// pulling it a person agrees to it.
pub(super) fn emergency(hop: &Hop, sheet: &mut Sheet) {
    for (n, step) in hop.emergency.iter().enumerate() {
        let here = Route::key("emergency").item(n);
        if !is_one_deed(&step.action) {
            let message = format!("the emergency step `{}` is not one plain action", step.id);
            let help = "pull something that acts at once: `run`, `http`, `sql`, `start`, `stop` or `restart`";
            sheet.value(&here.at("id"), message, help);
        }
        for way in step.ways_back().filter(|way| !is_at_once(*way)) {
            let message = format!("an emergency step cannot say `{}`", way.key());
            let help =
                "say `undo`, `harmless` or `stays`; that it may be pulled is agreed to by typing";
            sheet.key(&here.at(way.key()), message, help);
        }
    }
}

fn is_at_once(way: WayBack<'_>) -> bool {
    match way {
        WayBack::Action(_) | WayBack::Harmless | WayBack::Stays => true,
        WayBack::Irreversible | WayBack::Restore(_) | WayBack::AtTheEnd(_) => false,
    }
}

fn is_one_deed(action: &Action) -> bool {
    match action {
        Action::Run(_)
        | Action::Http(_)
        | Action::Sql(_)
        | Action::Start(_)
        | Action::Stop(_)
        | Action::Restart(_) => true,
        Action::SqlFile(_)
        | Action::Migrate(_)
        | Action::Switch(_)
        | Action::Stage(_)
        | Action::Flag(_)
        | Action::Checkout(_)
        | Action::Wait(_)
        | Action::Ask(_) => false,
    }
}

fn changes_something(action: &Action) -> bool {
    match action {
        Action::Run(_)
        | Action::Http(_)
        | Action::Sql(_)
        | Action::SqlFile(_)
        | Action::Migrate(_)
        | Action::Stage(_) => true,
        // For services and checkouts the program knows how to undo them.
        Action::Start(_)
        | Action::Stop(_)
        | Action::Restart(_)
        | Action::Switch(_)
        | Action::Checkout(_)
        | Action::Flag(_) => false,
        Action::Wait(_) | Action::Ask(_) => false,
    }
}
