//! What the SQL statements of steps and undos destroy, whatever the rules declare.

use super::{Made, error::Open};
use crate::{
    model::rule::{Action, Hop, Note, NoteKind, Statements, Step},
    rules::{condition::applies, ids, migrations},
    sql::{self, Loss},
};

/// Steps of the path, its way back or its emergencies with statements, or undo statements, that
/// could not be sent.
pub(super) fn unclear(made: Made) -> Vec<Open> {
    let mut open = Vec::new();
    for (n, hop) in made.case.hops_on_path() {
        let steps = hop.steps();
        for step in steps.filter(|step| applies(step.when.as_ref(), &made.facts)) {
            let actions = [Some(&step.action), step.undo.as_ref()].into_iter();
            open.extend(actions.flatten().filter_map(|action| {
                let why = losses(made, n, action).err()?;
                let (id, title) = (ids::step(made.stem(n), &step.id), step.title.clone());
                Some(Open::Blocked { id, title, why })
            }));
        }
    }
    open
}

/// Notes that tell before the run which steps destroy data; for a folder's files it is a finding.
pub(super) fn notes(made: Made, n: usize, hop: &Hop) -> Vec<Note> {
    let of_step = |step: &Step| {
        let lost: Vec<String> = lost(made, n, step).map(|loss| loss.what).collect();
        let text = format!("The step `{}` {}.", step.title, lost.join(", "));
        (!lost.is_empty()).then(|| Note {
            kind: NoteKind::Breaking,
            text,
            when: step.when.clone(),
            cites: step.cites.clone(),
            doubt: None,
        })
    };
    let road = hop.before.iter().chain(&hop.apply);
    road.filter_map(of_step).collect()
}

/// The action of a step, with the data losses found in its statements, whatever the rule declares.
pub(super) fn with_losses(made: Made, hop: usize, step: &Step) -> Action {
    let mut action = step.action.clone();
    add_losses(&mut action, lost(made, hop, step));
    action
}

/// The same for an undo. Rows that a pack's statement selects are ignored: the step made them.
pub(super) fn find_losses(made: Made, hop: usize, undo: &mut Action) {
    let own = matches!(undo, Action::Sql(_));
    let found = losses(made, hop, undo).unwrap_or_default().into_iter();
    add_losses(undo, found.filter(|loss| !(own && loss.picked)));
}

fn add_losses(action: &mut Action, lost: impl Iterator<Item = Loss>) {
    match action {
        // Shown beside the statement itself, so without the line number.
        Action::Sql(sql) => sql.loses.extend(lost.map(|loss| loss.what)),
        Action::SqlFile(file) => file.loses.extend(lost.map(|loss| loss.to_string())),
        _no_statements => {}
    }
}

/// What a step destroys. In a statement of a harmless step, selected rows are up to the pack: they
/// are its own trial data.
fn lost(made: Made, hop: usize, step: &Step) -> impl Iterator<Item = Loss> {
    let own = step.harmless && matches!(step.action, Action::Sql(_));
    let found = losses(made, hop, &step.action).unwrap_or_default();
    found.into_iter().filter(move |loss| !(own && loss.picked))
}

/// What the statements of an action destroy, or why they cannot be sent.
fn losses(made: Made, hop: usize, action: &Action) -> Result<Vec<Loss>, String> {
    let found = |database: &str, text: &str| {
        let statements = migrations::statements(&made.case.pack.databases, database, text)?;
        Ok::<_, String>(sql::losses(&statements))
    };
    match action.statements() {
        Some(Statements::Own(sql)) => {
            found(&sql.database, &made.asked(hop, sql.statement.as_str()))
        }
        Some(Statements::OfFile(rule)) => {
            let text = migrations::text_of(made.case.survey, &rule.file);
            let found = text.and_then(|(text, _)| found(&rule.database, text));
            found.map_err(|why| format!("{}: {why}", rule.file))
        }
        None => Ok(Vec::new()),
    }
}
