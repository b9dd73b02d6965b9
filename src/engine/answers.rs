//! The answers file: what an operator would say on the screens, written down, so that the same road
//! can be walked without a screen and again on the next host. Secrets may stand in it; its owner
//! keeps it private.

use crate::{
    model::{
        finding::Decision,
        ids::{CheckId, InputName, RuleId, StepId},
    },
    rules::{diagnostic::Diagnostic, parse},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    pub waive: BTreeMap<CheckId, String>,
    /// Points of no return that may be passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent: Vec<StepId>,
    /// Steps for a person that somebody has done or will do in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirm: Vec<StepId>,
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

/// How a decision is written in the file.
pub fn word(decision: &Decision) -> &str {
    match decision {
        Decision::Take => "take",
        Decision::Leave => "leave",
        Decision::Choose(option) => option,
    }
}
