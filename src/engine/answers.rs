//! The answers file: what an operator would say on the screens, written down, so that the same road
//! can be walked without a screen and again on the next host. Secrets may stand in it; its owner
//! keeps it private.

use crate::{
    model::{
        finding::Decision,
        ids::{CheckId, InputName, RuleId, StepId},
        plan::Plan,
    },
    rules::{
        diagnostic::{Diagnostic, did_you_mean},
        ids,
        pack::LoadedPack,
        parse,
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswersFile {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<InputName, String>,
    /// `take`, `leave` or the id of an option, by finding.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub decisions: BTreeMap<RuleId, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, String>,
    /// Manual checks that somebody has done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tick: Vec<CheckId>,
    /// Reasons for going on in spite of a check.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waive: BTreeMap<CheckId, Reason>,
    /// Points of no return that may be passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent: Vec<StepId>,
    /// Steps for a person that somebody has done or will do in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirm: Vec<StepId>,
}

/// Why somebody goes on without a check: it stands in the report under their name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// Whoever writes these takes it for a switch.
const NO_REASONS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

impl Reason {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = String;

    fn try_from(said: String) -> Result<Self, String> {
        let word = said.trim().to_lowercase();
        if NO_REASONS.contains(&word.as_str()) || !word.contains(char::is_alphabetic) {
            return Err(format!(
                "`{}` is no reason; say in words why the run may go on without the check: they stand in \
                 the report",
                said.trim()
            ));
        }
        Ok(Self(said))
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl AnswersFile {
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        parse::parse(name, bytes)
            .map(parse::Parsed::into_value)
            .map_err(|wrong| Box::new(wrong.without_values()))
    }

    pub fn decided(&self) -> BTreeMap<RuleId, Decision> {
        let decision = |word: &String| match word.as_str() {
            "take" => Decision::Take,
            "leave" => Decision::Leave,
            option => Decision::Choose(option.to_owned()),
        };
        self.decisions
            .iter()
            .map(|(id, word)| (id.clone(), decision(word)))
            .collect()
    }
}

/// What an answers file says of checks and steps that nobody knows: a line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct Strangers(Vec<String>);

impl fmt::Display for Strangers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.join("\n");
        write!(
            f,
            "{lines}\n`switchback plan --format json` names what there is"
        )
    }
}

impl AnswersFile {
    /// Whoever names a check or a step that the pack does not have meant another one, and would learn
    /// it only when the run stands before that. What is of another hop, or does not apply here, is known.
    pub fn must_be_known(&self, plan: &Plan, pack: &LoadedPack) -> Result<(), Strangers> {
        let (checks, steps) = (Known::checks(plan, pack), Known::steps(plan, pack));
        let ticked = self.tick.iter().map(|id| ("tick", id.as_str()));
        let waived = self.waive.keys().map(|id| ("waive", id.as_str()));
        let consented = self.consent.iter().map(|id| ("consent", id.as_str()));
        let confirmed = self.confirm.iter().map(|id| ("confirm", id.as_str()));
        let strange = |known: &Known, what: &str, (list, id): (&str, &str)| {
            let near = did_you_mean(id, known.all());
            (!known.has(id)).then(|| {
                format!("`{list}` in the answers: no {what} of this pack is called `{id}`{near}")
            })
        };
        let of_checks = ticked
            .chain(waived)
            .filter_map(|said| strange(&checks, "check", said));
        let of_steps = consented
            .chain(confirmed)
            .filter_map(|said| strange(&steps, "step", said));
        let all: Vec<String> = of_checks.chain(of_steps).collect();
        if all.is_empty() {
            Ok(())
        } else {
            Err(Strangers(all))
        }
    }
}

/// What can be named: what is planned, and what the hops of the pack have besides.
struct Known {
    planned: Vec<String>,
    of_rules: Vec<String>,
}

impl Known {
    fn checks(plan: &Plan, pack: &LoadedPack) -> Self {
        let planned = [&plan.checklist, &plan.verify, &plan.rollback.checks];
        let of_hop = pack.hops.iter().flat_map(|loaded| {
            let stem = ids::stem(&loaded.file);
            let checks = loaded.hop.checks().map(|check| &check.id);
            let watched = loaded.hop.watch.iter().map(|watch| &watch.id);
            checks
                .chain(watched)
                .map(move |id| ids::check(stem, id).to_string())
        });
        Self {
            planned: planned
                .into_iter()
                .flatten()
                .map(|check| check.id.to_string())
                .collect(),
            of_rules: of_hop.collect(),
        }
    }

    fn steps(plan: &Plan, pack: &LoadedPack) -> Self {
        let of_hop = pack.hops.iter().flat_map(|loaded| {
            let stem = ids::stem(&loaded.file);
            loaded
                .hop
                .steps()
                .map(move |step| format!("{stem}/{}", step.id))
        });
        let planned = plan.all_steps().chain(&plan.emergency);
        Self {
            planned: planned.map(|step| step.id.to_string()).collect(),
            of_rules: of_hop.collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.planned
            .iter()
            .chain(&self.of_rules)
            .map(String::as_str)
    }

    /// One entry of the rules may be planned as several: then these are what can be named. Of one that
    /// is not planned here nobody knows the parts.
    fn has(&self, id: &str) -> bool {
        let is_of = |id: &str, entry: &str| {
            id.strip_prefix(entry)
                .is_some_and(|part| part.is_empty() || part.starts_with('/'))
        };
        let unplanned = |entry: &&String| !self.planned.iter().any(|id| is_of(id, entry));
        self.planned.iter().any(|planned| planned == id)
            || self
                .of_rules
                .iter()
                .filter(unplanned)
                .any(|entry| is_of(id, entry))
    }
}

/// How a decision is written in the file.
pub fn word(decision: &Decision) -> &str {
    match decision {
        Decision::Take => "take",
        Decision::Leave => "leave",
        Decision::Choose(option) => option,
    }
}
