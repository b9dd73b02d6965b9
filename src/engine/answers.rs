//! The answers file: what an operator would enter on the screens, written down so that the same
//! upgrade can run without a screen, and again on the next host. It may contain secrets; its owner
//! must keep it private.

mod written;

use crate::{
    model::{
        finding::Decision,
        ids::{CheckId, InputName, RuleId, StepId},
        plan::Plan,
        route::{Route, Segment},
        text::sanitize,
    },
    rules::{
        diagnostic::{Diagnostic, did_you_mean},
        ids,
        pack::LoadedPack,
        parse::{self, Parsed},
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
    /// Manual checks that have been done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mark: Vec<CheckId>,
    /// Reasons for going on in spite of a check.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waive: BTreeMap<CheckId, Reason>,
    /// Points of no return that may be passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent: Vec<StepId>,
    /// Manual steps that somebody has done, or will have done in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirm: Vec<StepId>,
    #[serde(skip)]
    pub places: Places,
}

/// Why a check is waived; shown in the report under the operator's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// What people write when they mistake a waiver for a switch.
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
                "`{}` is no reason; say in words why the run may go on without the check: they go \
                 into the report",
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

/// The file and line in which each answer was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<(&'static str, String), String>);

impl Places {
    fn of(file: &str, parsed: &Parsed<AnswersFile>) -> Self {
        let (said, index) = (&parsed.value, parsed.index());
        let ends: Vec<usize> = parsed.text.match_indices('\n').map(|(at, _)| at).collect();
        let line = |at: usize| ends.partition_point(|end| *end < at) + 1;
        let mut places = BTreeMap::new();
        for section in ["inputs", "decisions", "variants", "waive"] {
            let section_at = Route::key(section);
            for key in index.keys(&section_at) {
                let at = index.span(&section_at.child(Segment::Key(key.to_owned())));
                let place = format!("{file}:{}: ", line(at.start));
                places.insert((section, key.to_owned()), place);
            }
        }
        let steps = |steps: &[StepId]| steps.iter().map(ToString::to_string).collect();
        let lists: [(_, Vec<String>); 3] = [
            ("mark", said.mark.iter().map(ToString::to_string).collect()),
            ("consent", steps(&said.consent)),
            ("confirm", steps(&said.confirm)),
        ];
        for (section, ids) in lists {
            for (n, id) in ids.into_iter().enumerate() {
                let at = index.value(&Route::key(section).child(Segment::Index(n)));
                places.insert((section, id), format!("{file}:{}: ", line(at.start)));
            }
        }
        Self(places)
    }

    /// The place, as in `answers.yaml:3: `, to begin an error with; empty if there is none.
    pub fn before(&self, section: &'static str, key: &str) -> &str {
        let place = self.0.get(&(section, key.to_owned()));
        place.map_or("", String::as_str)
    }
}

/// Whether `said` names `step`: rules and plans include `/step/` in the id, runs leave it out.
pub fn means_step(said: &str, step: &str) -> bool {
    said == step || said.replacen("/step/", "/", 1) == step
}

/// The same, but `said` may also name several steps at once: a step of the rules that the plan
/// splits into parts (one per migration file, say) is named by the prefix that the parts share.
fn means_part(said: &str, step: &str) -> bool {
    let whole = said.replacen("/step/", "/", 1);
    let part = step.strip_prefix(&whole);
    means_step(said, step) || whole.contains('/') && part.is_some_and(|part| part.starts_with('/'))
}

impl AnswersFile {
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        let parsed = parse::parse::<Self>(name, bytes);
        let parsed = parsed.map_err(|wrong| Box::new(wrong.without_values()))?;
        let places = Places::of(&sanitize(name), &parsed);
        Ok(Self {
            places,
            ..parsed.into_value()
        })
    }

    pub fn consents(&self, step: &StepId) -> bool {
        let mut said = self.consent.iter();
        said.any(|said| means_part(said.as_str(), step.as_str()))
    }

    pub fn confirms(&self, step: &StepId) -> bool {
        let mut said = self.confirm.iter();
        said.any(|said| means_part(said.as_str(), step.as_str()))
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

/// The checks and steps of an answers file that the pack does not have: a line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnknownIds(Vec<String>);

impl fmt::Display for UnknownIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.join("\n");
        write!(
            f,
            "{lines}\n`switchback plan --format json` names what there is"
        )
    }
}

impl AnswersFile {
    /// Refuses ids that the pack does not have: they are most likely misspelt, and the operator
    /// would notice only when the run stops at the step or check that was meant. Ids of other hops,
    /// or of rules that do not apply here, count as known.
    pub fn must_be_known(&self, plan: &Plan, pack: &LoadedPack) -> Result<(), UnknownIds> {
        let (checks, steps) = (Known::checks(plan, pack), Known::steps(plan, pack));
        let marked = self.mark.iter().map(|id| ("mark", id.as_str()));
        let waived = self.waive.keys().map(|id| ("waive", id.as_str()));
        let consented = self.consent.iter().map(|id| ("consent", id.as_str()));
        let confirmed = self.confirm.iter().map(|id| ("confirm", id.as_str()));
        let strange = |known: &Known, what: &str, (list, id): (&'static str, &str)| {
            let (near, place) = (did_you_mean(id, known.all()), self.places.before(list, id));
            (!known.has(id)).then(|| {
                format!(
                    "{place}`{list}` in the answers: no {what} of this pack is called `{id}`{near}"
                )
            })
        };
        let of_checks = marked
            .chain(waived)
            .filter_map(|said| strange(&checks, "check", said));
        let of_steps = consented
            .chain(confirmed)
            .filter_map(|said| strange(&steps, "step", said));
        let all: Vec<String> = of_checks.chain(of_steps).collect();
        if all.is_empty() {
            Ok(())
        } else {
            Err(UnknownIds(all))
        }
    }
}

/// The ids that may be named: those planned, and all others that the pack's hops define.
struct Known {
    planned: Vec<String>,
    of_rules: Vec<String>,
    /// Whether the id as written names a planned one.
    means: fn(&str, &str) -> bool,
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
            means: means_step,
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
            means: means_part,
        }
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.planned
            .iter()
            .chain(&self.of_rules)
            .map(String::as_str)
    }

    /// Whether the id is known. A rules entry planned in several parts is not itself in the plan;
    /// for an entry that is not planned here the parts are unknown, so any is accepted.
    fn has(&self, id: &str) -> bool {
        let is_of = |id: &str, entry: &str| {
            id.strip_prefix(entry)
                .is_some_and(|part| part.is_empty() || part.starts_with('/'))
        };
        let unplanned = |entry: &&String| !self.planned.iter().any(|id| is_of(id, entry));
        self.planned.iter().any(|planned| (self.means)(id, planned))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_to_a_step_is_one_to_each_of_its_parts_and_to_no_other() {
        for (said, step, means) in [
            ("a-to-b/migrate", "a-to-b/migrate/002_no_fax.sql", true),
            ("a-to-b/step/migrate", "a-to-b/migrate/002_no_fax.sql", true),
            (
                "a-to-b/migrate/002_no_fax.sql",
                "a-to-b/migrate/002_no_fax.sql",
                true,
            ),
            ("a-to-b/migrate", "a-to-b/migrate", true),
            ("a-to-b/migrate", "a-to-b/migrate-more", false),
            (
                "a-to-b/migrate/001.sql",
                "a-to-b/migrate/002_no_fax.sql",
                false,
            ),
            ("a-to-b", "a-to-b/migrate/002_no_fax.sql", false),
        ] {
            let answers = AnswersFile {
                consent: vec![StepId::new(said)],
                ..AnswersFile::default()
            };
            assert_eq!(
                answers.consents(&StepId::new(step)),
                means,
                "{said} of {step}"
            );
        }
    }
}
