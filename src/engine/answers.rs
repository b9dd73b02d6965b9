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

/// How a decision is written in the file.
pub fn word(decision: &Decision) -> &str {
    match decision {
        Decision::Take => "take",
        Decision::Leave => "leave",
        Decision::Choose(option) => option,
    }
}
