//! A folder of files of statements, as the steps it consists of.

use super::{
    Made,
    steps::{step_id, undo},
};
use crate::{
    model::{
        plan::{PlannedStep, StepBody, Undo},
        rule::{Action, Migrate, Probe, Sql, SqlFile, Step},
    },
    rules::migrations::{self, File},
    sql::{self, Loss},
};

pub(super) fn add(
    made: Made,
    planned: &mut Vec<PlannedStep>,
    hop: usize,
    step: &Step,
    rule: &Migrate,
) {
    for file in migrations::files(rule, made.case.survey) {
        let whole = file
            .text
            .as_ref()
            .is_ok_and(migrations::Text::all_or_nothing);
        let known = file.known;
        let because = known.and_then(|known| known.because.clone());
        let own = known.map_or(&[][..], |known| &known.cites);
        let one = PlannedStep {
            id: step_id(made, planned, hop, &format!("{}/{}", step.id, file.name)),
            hop,
            title: format!("apply {}", file.name),
            undo: undo_of(step, rule, &file),
            done_if: file.applied(rule).map(Probe::Applied),
            idempotent: step.idempotent || known.is_some_and(|known| known.again && whole),
            because: because.or_else(|| step.because.clone()),
            cites: own.iter().chain(&step.cites).cloned().collect(),
            doubt: known
                .and_then(|known| known.doubt.clone())
                .or_else(|| step.doubt.clone()),
            then: Vec::new(),
            body: StepBody::Do(Action::SqlFile(file.action(rule))),
        };
        planned.push(one);
    }
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
        })),
        None => undo(step, Undo::Stays),
    }
}

/// What a file destroys is found in its text, whatever the rule says.
pub(super) fn with_losses(made: Made, rule: &SqlFile) -> SqlFile {
    let mut rule = rule.clone();
    let state = made.case.survey.files.get(&rule.file);
    let text = state.and_then(|state| state.text()).unwrap_or_default();
    if let Ok(statements) = sql::split(text) {
        let found = sql::losses(&statements);
        rule.loses.extend(found.iter().map(Loss::to_string));
    }
    rule
}
