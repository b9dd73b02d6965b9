//! A step that changes something says how that is taken back, or that it cannot be.

use super::{Found, Place, at, item};
use crate::model::{
    route::Route,
    rule::{Action, Hop, Step},
};

pub(super) fn check(hop: &Hop, backups: &[String], place: Place<'_>, found: &mut Found) {
    for (here, step) in steps(hop) {
        if let Some(name) = &step.undo_by_restore
            && !backups.contains(name)
        {
            let message = format!("no backup is called `{name}`");
            let help = "name a `backup: database`, or the `id` of a `backup: command`, of this hop";
            found.value(place, &at(&here, "undo_by_restore"), message, help);
        }
        if let Some(Action::Stage(_) | Action::Flag(_)) = &step.undo {
            let message = "an undo is one action, not several".to_owned();
            found.key(place, &at(&here, "undo"), message, "use `run`");
        }
        let way_back = step.undo.is_some() || step.undo_by_restore.is_some();
        let waived = step.harmless || step.idempotent || step.irreversible;
        if changes_something(&step.action) && !way_back && !waived {
            let message = format!("the step `{}` does not say how it is taken back", step.id);
            let help = "add `undo` or `undo_by_restore`, or say `harmless`, `idempotent` or `irreversible`";
            found.value(place, &at(&here, "id"), message, help);
        }
        if step.harmless && (step.irreversible || way_back) {
            let message = format!(
                "the step `{}` is called harmless and has something to take back",
                step.id
            );
            found.key(
                place,
                &at(&here, "harmless"),
                message,
                "keep one of the two",
            );
        }
    }
}

/// Every step of a hop with its route.
pub(super) fn steps(hop: &Hop) -> Vec<(Route, &Step)> {
    let rollback = hop
        .rollback
        .as_ref()
        .map_or(&[][..], |rollback| &rollback.steps);
    let lists = [
        (Route::key("before"), hop.before.as_slice()),
        (Route::key("apply"), hop.apply.as_slice()),
        (at(&Route::key("rollback"), "steps"), rollback),
    ];
    let mut all = Vec::new();
    for (list, steps) in lists {
        for (n, step) in steps.iter().enumerate() {
            all.push((item(&list, n), step));
        }
    }
    all
}

fn changes_something(action: &Action) -> bool {
    match action {
        Action::Run(_)
        | Action::Http(_)
        | Action::Sql(_)
        | Action::SqlFile(_)
        | Action::Migrate(_)
        | Action::Stage(_) => true,
        // Of a service it is known how it is taken back.
        Action::Start(_)
        | Action::Stop(_)
        | Action::Restart(_)
        | Action::Switch(_)
        | Action::Flag(_) => false,
        Action::Wait(_) | Action::Ask(_) => false,
    }
}
