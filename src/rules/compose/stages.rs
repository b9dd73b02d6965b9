//! A command in stages → a step for each stage and a question between two of them.

use super::{
    Made,
    steps::{step_id, undo},
};
use crate::model::{
    ids::StepId,
    plan::{PlannedStep, StepBody, Undo},
    rule::{Action, Ask, Run, Stage, Stages, Step},
    template::{Name, Template},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

pub(super) fn add(
    made: Made,
    planned: &mut Vec<PlannedStep>,
    hop: usize,
    step: &Step,
    stages: &Stages,
) {
    let mut before: Option<(&Stage, StepId)> = None;
    for stage in &stages.stages {
        if let Some(text) = gate(stage, before.as_ref().map(|(stage, _)| *stage)) {
            let shows = before.as_ref().map(|(_, id)| id.as_str().to_owned());
            let body = StepBody::Do(Action::Ask(Ask {
                text: made.asked(hop, &text),
                shows,
                undo_to: None,
            }));
            let name = format!("{}/before-{}", step.id, stage.name);
            planned.push(PlannedStep {
                id: step_id(made, planned, hop, &name),
                hop,
                title: format!("{}: agree before {}", step.title, stage.title),
                body,
                undo: Undo::Harmless,
                done_if: None,
                then: Vec::new(),
                idempotent: true,
                because: None,
                cites: stage.cites.clone(),
                doubt: None,
            });
        }
        let id = step_id(made, planned, hop, &format!("{}/{}", step.id, stage.name));
        planned.push(of_stage(id.clone(), hop, step, stage, &stages.run));
        before = Some((stage, id));
    }
}

/// Between two stages somebody is always asked.
fn gate(stage: &Stage, before: Option<&Stage>) -> Option<String> {
    let asked = |before: &Stage| {
        format!(
            "Look at the numbers ({}). Go on ({})?",
            before.title, stage.title
        )
    };
    stage.gate.clone().or_else(|| before.map(asked))
}

fn of_stage(id: StepId, hop: usize, step: &Step, stage: &Stage, run: &Run) -> PlannedStep {
    let mut run = run.clone();
    run.command.extend(stage.args.iter().cloned());
    run.require.extend(stage.require.iter().cloned());
    run.progress = stage.progress.clone().or(run.progress);
    let or_known = |of_stage: &Option<String>, of_step: &Option<String>| {
        of_stage.clone().or_else(|| of_step.clone())
    };
    let mut cites = stage.cites.clone();
    cites.extend(
        step.cites
            .iter()
            .filter(|id| !stage.cites.contains(id))
            .cloned(),
    );
    PlannedStep {
        id,
        hop,
        title: format!("{}: {}", step.title, stage.title),
        body: StepBody::Do(Action::Run(filled(&run, stage).unwrap_or(run))),
        undo: if stage.harmless {
            Undo::Harmless
        } else {
            let undo = undo(step, Undo::Stays);
            filled(&undo, stage).unwrap_or(undo)
        },
        done_if: stage
            .done_if
            .as_ref()
            .map(|probe| filled(probe, stage).unwrap_or_else(|| probe.clone())),
        then: Vec::new(),
        idempotent: step.idempotent,
        because: or_known(&stage.because, &step.because),
        cites,
        doubt: or_known(&stage.doubt, &step.doubt),
    }
}

/// The same with every `{{stage.NAME}}` filled, wherever a text can stand in it. `None` if a text
/// that is no template (a path) names one and the result cannot be read: `rules check` says so,
/// and the place that stays unfilled stops the step.
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
