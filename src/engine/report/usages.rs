//! The places that people must change which a run leaves to them.

use crate::{
    model::survey::UsageHit,
    run_state::{RunState, StepState},
};

/// In a file that this run has edited the places are those that it has now; while its edits are not
/// all done, those of before, and that is said.
pub fn left(state: &RunState) -> Vec<String> {
    let plan = &state.plan;
    let before = plan
        .usages
        .iter()
        .map(|hit| (hit, stands(state, &hit.file)));
    let before = before.filter(|(_, stands)| *stands != Stands::Edited);
    let after = plan.usages_after.iter();
    let after = after.map(|hit| (hit, stands(state, &hit.file)));
    let after = after.filter(|(_, stands)| *stands == Stands::Edited);
    // A line that several rules find is one place, with what each of them asks.
    let mut places: Vec<(&UsageHit, Stands, Vec<&str>)> = Vec::new();
    for (hit, stands) in before.chain(after) {
        let remedy = plan.remedies.get(&hit.rule).map_or("", String::as_str);
        let same = |(other, _, _): &&mut (&UsageHit, Stands, Vec<&str>)| {
            (&other.file, other.line) == (&hit.file, hit.line)
        };
        match places.iter_mut().find(same) {
            Some((_, _, remedies)) if remedies.contains(&remedy) => {}
            Some((_, _, remedies)) => remedies.push(remedy),
            None => places.push((hit, stands, vec![remedy])),
        }
    }
    let places = places.into_iter();
    places
        .map(|(hit, stands, remedies)| told(hit, stands, &remedies.join(" ")))
        .collect()
}

fn told(hit: &UsageHit, stands: Stands, remedy: &str) -> String {
    let (file, line, text) = (&hit.file, hit.line, hit.text.trim());
    let then = match stands {
        Stands::AsBefore | Stands::Edited => "",
        Stands::InPart => " (before the upgrade)",
    };
    format!("- `{file}:{line}`{then} `{text}`: {remedy}")
}

/// How a file stands to the edits that the run has for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    AsBefore,
    InPart,
    Edited,
}

fn stands(state: &RunState, file: &str) -> Stands {
    let steps = state.steps.iter();
    let edits = steps.filter(|view| {
        let edited = view.step.body.file();
        edited.is_some_and(|edited| edited.as_str() == file)
    });
    let (done, open): (Vec<_>, Vec<_>) =
        edits.partition(|view| matches!(view.state, StepState::Done { .. }));
    match (done.is_empty(), open.is_empty()) {
        (true, _) => Stands::AsBefore,
        (false, true) => Stands::Edited,
        (false, false) => Stands::InPart,
    }
}
