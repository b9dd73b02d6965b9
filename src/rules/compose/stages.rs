//! Expands a command in stages to a step for each stage, with a question between each two.

use super::piece::{Piece, undo};
use crate::model::{
    plan::{StepBody, Undo},
    rule::{Action, Ask, Run, Stage, Stages, Step},
    template::{Name, Template},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

pub(super) fn pieces(step: &Step, stages: &Stages) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut before: Option<&Stage> = None;
    for stage in &stages.stages {
        pieces.extend(gate(step, stage, before));
        pieces.push(of_stage(step, stage, &stages.run));
        before = Some(stage);
    }
    pieces
}

/// Before every further stage a person is asked, and shown the numbers of the stage before.
fn gate(step: &Step, stage: &Stage, before: Option<&Stage>) -> Option<Piece> {
    let asked = |before: &Stage| {
        format!(
            "Look at the numbers ({}). Go on ({})?",
            before.title, stage.title
        )
    };
    let text = stage.gate.clone().or_else(|| before.map(asked))?;
    let body = StepBody::Do(Action::Ask(Ask {
        text,
        shows: before.map(|before| format!("{}/{}", step.id, before.name)),
        undo_to: None,
    }));
    let words = format!("agree before {}", stage.title);
    let piece = Piece::part(step, &format!("before-{}", stage.name), &words, body)
        .undo(Undo::Harmless)
        .idempotent(true)
        .about(None, stage.cites.clone(), None);
    Some(piece)
}

fn of_stage(step: &Step, stage: &Stage, run: &Run) -> Piece {
    let mut run = run.clone();
    run.command.extend(stage.args.iter().cloned());
    run.require.extend(stage.require.iter().cloned());
    run.progress = stage.progress.clone().or(run.progress);
    let body = StepBody::Do(Action::Run(filled(&run, stage).unwrap_or(run)));
    let probe = stage.done_if.as_ref();
    let (because, doubt) = (stage.because.clone(), stage.doubt.clone());
    let mut cites = stage.cites.clone();
    let more = step.cites.iter().filter(|id| !stage.cites.contains(id));
    cites.extend(more.cloned());
    Piece::part(step, &stage.name, &stage.title, body)
        .undo(undo_of(step, stage))
        .done_if(probe.map(|probe| filled(probe, stage).unwrap_or_else(|| probe.clone())))
        .about(
            because.or_else(|| step.because.clone()),
            cites,
            doubt.or_else(|| step.doubt.clone()),
        )
}

fn undo_of(step: &Step, stage: &Stage) -> Undo {
    if stage.harmless {
        return Undo::Harmless;
    }
    let undo = undo(step, Undo::Stays);
    filled(&undo, stage).unwrap_or(undo)
}

/// The same value with every `{{stage.NAME}}` filled in, in any of its texts. `None` if filling a
/// text that is not a template (a path) gives something that cannot be parsed: `rules check`
/// reports that, and the placeholder that stays unfilled stops the step.
pub(in crate::rules) fn filled<T: Serialize + DeserializeOwned>(
    value: &T,
    stage: &Stage,
) -> Option<T> {
    let mut tree = serde_json::to_value(value).ok()?;
    fill(&mut tree, stage);
    serde_json::from_value(tree).ok()
}

fn fill(value: &mut Value, stage: &Stage) {
    match value {
        Value::String(text) if text.contains("{{") => {
            if let Ok(template) = Template::parse(text) {
                *text = template.render_known(|name| parameter(name, stage));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, stage)),
        Value::Object(map) => map.values_mut().for_each(|item| fill(item, stage)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn parameter(name: &Name, stage: &Stage) -> Option<String> {
    match name {
        Name::Stage(name) if name == "name" => Some(stage.name.clone()),
        Name::Stage(name) => stage.with.get(name).map(|value| value.as_str().to_owned()),
        Name::Input(_) | Name::Env(_) | Name::Root | Name::Backup | Name::From | Name::To => None,
    }
}
