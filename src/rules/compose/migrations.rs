//! SQL statements: expands a folder of files to steps, and finds what any step's destroy.

use super::{
    Made,
    error::Open,
    piece::{Piece, undo},
};
use crate::{
    model::{
        plan::{StepBody, Undo},
        rule::{Action, Hop, Migrate, Note, NoteKind, Probe, Sql, Statements, Step},
    },
    rules::{
        condition::applies,
        ids,
        migrations::{self, File},
    },
    sql::{self, Loss},
};

pub(super) fn pieces(made: Made, step: &Step, rule: &Migrate) -> Vec<Piece> {
    let files = migrations::files(rule, &made.case.pack.databases, made.case.survey);
    files
        .into_iter()
        .map(|file| of_file(step, rule, &file))
        .collect()
}

/// What the pack says about the file takes precedence over what it says about the whole step. The
/// step's `done_if` is not used for a file.
fn of_file(step: &Step, rule: &Migrate, file: &File) -> Piece {
    let (text, known) = (file.text.as_ref(), file.known);
    let whole = text.is_ok_and(migrations::Text::all_or_nothing);
    let because = known.and_then(|known| known.because.clone());
    let doubt = known.and_then(|known| known.doubt.clone());
    let own = known.map_or(&[][..], |known| &known.cites);
    let body = StepBody::Do(Action::SqlFile(file.action(rule)));
    Piece::part_titled(step, &file.name, format!("apply {}", file.name), body)
        .undo(undo_of(step, rule, file))
        .done_if(file.applied(rule).map(Probe::Applied))
        .idempotent(step.idempotent || known.is_some_and(|known| known.again && whole))
        .about(
            because.or_else(|| step.because.clone()),
            own.iter().chain(&step.cites).cloned().collect(),
            doubt.or_else(|| step.doubt.clone()),
        )
}

/// The file's own way back, or that of the whole step.
fn undo_of(step: &Step, rule: &Migrate, file: &File) -> Undo {
    let own = file.known.and_then(|known| known.undo.clone());
    match own {
        Some(statement) => Undo::Action(Action::Sql(Sql {
            database: rule.database.clone(),
            statement,
            alone: false,
            limit: rule.limit,
            forget: file.record.clone(),
            loses: Vec::new(),
        })),
        None => undo(step, Undo::Stays),
    }
}

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
