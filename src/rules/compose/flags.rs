//! Expands a feature flag to: stop, set, start, check, ask. Its undo runs backwards: stop, restore
//! the file, start. So one flag can be undone while the ones before it stay.

use super::{
    Made,
    piece::{Part, Piece},
    services,
};
use crate::model::{
    edit::{Edit, Op},
    format::Format,
    path::RelPath,
    plan::{PlannedStep, StepBody, Undo},
    route::Route,
    rule::{Action, Ask, Flag, Note, NoteKind, Start, Step, Wait, WriteTo},
    survey::FileState,
};
use serde_json::Value;

/// Notes that tell about flags before the run begins. A flag is not a finding, since nothing needs
/// to be different before the run, but the operator should know that the run will write it.
pub(super) fn notes(steps: &[Step]) -> Vec<Note> {
    let of_step = |step: &Step| {
        let Action::Flag(flag) = &step.action else {
            return None;
        };
        Some(Note {
            kind: NoteKind::Info,
            text: format!(
                "The step `{}` sets {}={}.",
                step.title, flag.name, flag.value
            ),
            when: step.when.clone(),
            cites: step.cites.clone(),
            doubt: None,
        })
    };
    steps.iter().filter_map(of_step).collect()
}

/// A flag's pieces have their own undo and `done_if`, so those of the step are not used.
pub(super) fn pieces(
    made: Made,
    planned: &[PlannedStep],
    step: &Step,
    flag: &Flag,
    part: Part,
) -> Vec<Piece> {
    let WriteTo::Dotenv { file } = &made.case.pack.write_to;
    let start = Start {
        service: flag.service.clone(),
        release: None,
    };
    let (stop, stopped) = services::stopped(made, &flag.service);
    let (start, running) = services::started(made, &start, part);
    let service = services::title(made, &flag.service);
    let setting = format!("{}={}", flag.name, flag.value);
    let piece = |name: &str, words: String, body: StepBody, undo: Undo| {
        let piece = Piece::part(step, name, &words, body).undo(undo);
        piece.idempotent(true)
    };
    let stopping = piece(
        "stop",
        format!("stop {service}"),
        StepBody::Do(stop.clone()),
        Undo::Action(start.clone()),
    );
    let making = || piece("file", format!("make {file}"), empty(file), Undo::File);
    let setting_it = piece(
        "set",
        format!("set {setting} in {file}"),
        set(file, flag),
        Undo::File,
    );
    let starting = piece(
        "start",
        format!("start {service}"),
        StepBody::Do(start),
        Undo::Action(stop),
    );
    let checking = piece("check", "check it".into(), check(flag), Undo::Harmless);
    let asking = || {
        piece(
            "keep",
            "keep it?".into(),
            keep(step, flag, &setting),
            Undo::Harmless,
        )
    };
    let pieces = [
        Some(stopping.done_if(stopped)),
        (!is_there(made, planned, file)).then(making),
        Some(setting_it),
        Some(starting.done_if(running)),
        Some(checking),
        (part != Part::Rollback).then(asking),
    ];
    pieces.into_iter().flatten().collect()
}

fn empty(file: &RelPath) -> StepBody {
    StepBody::Write {
        file: file.clone(),
        text: String::new(),
        over: false,
    }
}

fn set(file: &RelPath, flag: &Flag) -> StepBody {
    StepBody::Edit {
        file: file.clone(),
        format: Format::DOTENV,
        edits: vec![Edit::new(
            Route::key(&flag.name),
            Op::Set {
                value: Value::String(flag.value.as_str().to_owned()),
            },
        )],
    }
}

fn check(flag: &Flag) -> StepBody {
    StepBody::Do(Action::Wait(Wait {
        until: flag.check.clone(),
        every: None,
        limit: None,
        in_a_row: None,
    }))
}

/// If it is not kept, all of the flag is undone.
fn keep(step: &Step, flag: &Flag, setting: &str) -> StepBody {
    let ask = flag.ask.clone();
    StepBody::Do(Action::Ask(Ask {
        text: ask.unwrap_or_else(|| format!("{setting} is in effect and was checked. Keep it?")),
        shows: None,
        undo_to: Some(format!("{}/stop", step.id)),
    }))
}

/// Whether the file is there when the run begins, or was made by an earlier step of it.
fn is_there(made: Made, planned: &[PlannedStep], file: &RelPath) -> bool {
    let is_made = |step: &PlannedStep| matches!(&step.body, StepBody::Write { file: made, .. } if made == file);
    let state = made.case.survey.files.get(file);
    planned.iter().any(is_made) || state.is_some_and(FileState::is_there)
}
