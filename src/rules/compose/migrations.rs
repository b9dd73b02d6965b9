//! A folder of SQL files becomes a step for each of them.

use super::{
    Made,
    piece::{Piece, undo},
};
use crate::{
    model::{
        plan::{StepBody, Undo},
        rule::{Action, Migrate, Probe, Sql, Step},
    },
    rules::migrations::{self, File},
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
