//! A feature flag → stop, set, start, check, ask. Its undo is the same way backwards: stop, the
//! file as it was, start. So one flag can be taken back and the ones before it stay.

use super::{
    Made,
    services::{self, Part},
    steps::step_id,
};
use crate::model::{
    edit::{Edit, Op},
    path::RelPath,
    plan::{PlannedStep, StepBody, Undo},
    route::Route,
    rule::{Action, Ask, Flag, Note, NoteKind, Start, Step, Wait, WriteTo},
    survey::FileState,
};
use serde_json::Value;

/// A flag is no finding: nothing has to be different before the run. That the run writes it is said
/// before it is begun all the same.
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

pub(super) fn add(
    made: Made,
    planned: &mut Vec<PlannedStep>,
    hop: usize,
    step: &Step,
    flag: &Flag,
    part: Part,
) {
    let WriteTo::Dotenv { file } = &made.case.pack.write_to;
    let start = Start {
        service: flag.service.clone(),
        release: None,
    };
    let (stop, stopped) = services::stopped(made, &flag.service);
    let (start, running) = services::started(made, &start, part);
    let service = made.case.pack.services.get(&flag.service);
    let service = service.map_or(flag.service.as_str(), |service| service.title.as_str());
    let setting = format!("{}={}", flag.name, flag.value);
    let there = is_there(made, planned, file);
    let first = step_id(made, planned, hop, &format!("{}/stop", step.id))
        .as_str()
        .to_owned();
    let mut push = |name: &str, title: String, body: StepBody, undo: Undo, done_if| {
        planned.push(PlannedStep {
            id: step_id(made, planned, hop, &format!("{}/{name}", step.id)),
            hop,
            title,
            body,
            undo,
            done_if,
            then: Vec::new(),
            idempotent: true,
            because: step.because.clone(),
            cites: step.cites.clone(),
            doubt: step.doubt.clone(),
        });
    };
    let again = Undo::Action(start.clone());
    let title = &step.title;
    let text = format!("{title}: stop {service}");
    push(
        "stop",
        text,
        StepBody::Do(stop.clone()),
        again,
        Some(stopped),
    );
    if !there {
        let text = String::new();
        let file = file.clone();
        let title = format!("{title}: make {file}");
        push(
            "file",
            title,
            StepBody::Write {
                file,
                text,
                over: false,
            },
            Undo::File,
            None,
        );
    }
    let text = format!("{title}: set {setting} in {file}");
    push("set", text, set(file, flag), Undo::File, None);
    let text = format!("{title}: start {service}");
    let undo = Undo::Action(stop);
    push("start", text, StepBody::Do(start), undo, Some(running));
    let check = Action::Wait(Wait {
        until: flag.check.clone(),
        every: None,
        limit: None,
        in_a_row: None,
    });
    let text = format!("{title}: check it");
    push("check", text, StepBody::Do(check), Undo::Harmless, None);
    if part == Part::Rollback {
        return;
    }
    let ask = flag.ask.clone();
    let keep = Action::Ask(Ask {
        text: ask.unwrap_or_else(|| format!("{setting} is in effect and was checked. Keep it?")),
        shows: None,
        undo_to: Some(first),
    });
    let text = format!("{title}: keep it?");
    push("keep", text, StepBody::Do(keep), Undo::Harmless, None);
}

fn set(file: &RelPath, flag: &Flag) -> StepBody {
    StepBody::Edit {
        file: file.clone(),
        format: "dotenv".to_owned(),
        edits: vec![Edit::new(
            Route::key(&flag.name),
            Op::Set {
                value: Value::String(flag.value.as_str().to_owned()),
            },
        )],
    }
}

/// Whether the file is there when the run begins, or was made by an earlier step of it.
fn is_there(made: Made, planned: &[PlannedStep], file: &RelPath) -> bool {
    let is_made = |step: &PlannedStep| matches!(&step.body, StepBody::Write { file: made, .. } if made == file);
    if planned.iter().any(is_made) {
        return true;
    }
    match made.case.survey.files.get(file) {
        Some(FileState::Text { .. } | FileState::Unusable { .. }) => true,
        Some(FileState::Absent) | None => false,
    }
}
