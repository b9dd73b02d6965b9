//! What every finding about a variable says and proposes: what is wrong with its value, where it
//! stands, where it is written.
//!
//! We write only the dotenv files that the pack names. If the value that takes effect comes from
//! another place, writing them would change nothing: the finding then says where to change it by
//! hand.

use super::{
    Walk,
    draft::{option, set, variable_change},
    state::is_pending,
};
use crate::{
    model::{
        edit::Op,
        finding::{Finding, Safety},
        ids::InputName,
        rule::Valid,
    },
    rules::valid,
};

/// What is wrong with a value. Nothing is, if only the run will know the value.
pub(super) fn faults(rule: Option<&Valid>, value: &str) -> Vec<String> {
    match rule {
        Some(rule) if !is_pending(value) => valid::faults(rule, value),
        Some(_) | None => Vec::new(),
    }
}

/// Proposes to write an answer where it takes effect; without an input the finding blocks the plan.
pub(super) fn write_input(
    walk: &Walk,
    finding: &mut Finding,
    name: &str,
    input: Option<&InputName>,
) {
    let Some(input) = input else {
        finding.safety = Safety::Blocks;
        let file = walk.state.file_for(name);
        let place = walk.state.out_of_reach(name);
        let place = place.unwrap_or_else(|| file.to_string());
        add_words(finding, format!("set it in {place}, then plan again"));
        return;
    };
    finding.input = Some(input.clone());
    write(walk, finding, name, &format!("{{{{input.{input}}}}}"));
    finding.safety = match finding.safety {
        Safety::Nothing => Safety::Safe { optional: false },
        ref other => other.clone(),
    };
}

/// Proposes to write a value where it takes effect; if another source wins, a change by hand.
pub(super) fn write(walk: &Walk, finding: &mut Finding, name: &str, template: &str) {
    if let Some(place) = walk.state.out_of_reach(name) {
        by_hand(walk, finding, name, &place);
        return;
    }
    let file = walk.state.file_for(name);
    finding
        .changes
        .push(variable_change(&file, name, set(template)));
}

/// The operator must change it in a place that we do not write, and confirm that.
pub(super) fn by_hand(walk: &Walk, finding: &mut Finding, name: &str, place: &str) {
    let file = walk.state.write_to;
    finding.input = None;
    add_words(finding, format!("change it by hand in {place}"));
    finding.safety = Safety::Decide {
        question: format!(
            "{name} gets its value from {place}, and writing {file} would not change that. \
             Change it there before the new release starts."
        ),
        options: vec![option("by_hand", "I change it there myself")],
        note: None,
    };
}

pub(super) fn add_words(finding: &mut Finding, words: impl AsRef<str>) {
    if !finding.summary.is_empty() {
        finding.summary.push_str(", ");
    }
    finding.summary.push_str(words.as_ref());
}

/// What an operator sees of the variable: where it stands and which source wins.
pub(super) fn show(walk: &Walk, finding: &mut Finding, name: &str, secret: bool) {
    finding.places.extend(walk.state.places(name));
    finding.sources.extend(walk.state.sources(name, secret));
}

/// Proposes to remove a variable from the files of ours, and says where else it stands.
pub(super) fn take_away(walk: &Walk, finding: &mut Finding, name: &str) {
    for file in walk.state.files_with(name) {
        finding
            .changes
            .push(variable_change(&file, name, Op::Remove));
        finding.safety = Safety::Safe { optional: true };
    }
    let elsewhere = walk.state.elsewhere(name);
    if !elsewhere.is_empty() {
        add_words(
            finding,
            format!("remove {name} by hand from {}", elsewhere.join(" and ")),
        );
    }
}
