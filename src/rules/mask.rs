//! Hides the secrets that a survey and the answers hold wherever their text shows up.

use super::assess::{Case, answers_with_defaults, find_input, variable_names};
use crate::model::rule::EnvRule;
use std::collections::BTreeSet;

/// Shorter texts stand everywhere; hiding them would hide the file. They are hidden as values.
const SECRET_BYTES_MIN: usize = 4;
const DOTS: &str = "••••••";

pub(super) struct Mask {
    /// The longest first, so that no rest of one is left by another.
    secrets: Vec<String>,
}

impl Mask {
    pub fn of(case: Case) -> Self {
        let names = secret_names(case);
        let mut secrets = BTreeSet::new();
        for variable in case.survey.variables.values() {
            if variable.secret || names.contains(variable.name.as_str()) {
                let values = variable.sightings.iter().map(|s| s.value.expose());
                secrets.extend(values.map(str::to_owned));
            }
        }
        for (name, answer) in &answers_with_defaults(case) {
            if find_input(case, name).is_none_or(|input| input.secret) {
                secrets.insert(answer.expose().to_owned());
            }
        }
        let mut secrets: Vec<String> = secrets.into_iter().collect();
        secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    pub fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), DOTS);
            }
        }
        text
    }
}

/// The variables that the pack or a rule calls secret; both names of a renamed one.
fn secret_names(case: Case<'_>) -> BTreeSet<&str> {
    let mut names: BTreeSet<&str> = case.pack.secrets.iter().map(String::as_str).collect();
    for (_, hop) in case.hops_on_path() {
        for rule in &hop.environment {
            let secret = match rule {
                EnvRule::Rename(rule) => rule.secret,
                EnvRule::Rewrite(rule) => rule.secret,
                EnvRule::Add(rule) => rule.secret,
                EnvRule::Keep(rule) => rule.secret,
                EnvRule::Remove(rule) => rule.secret,
                EnvRule::Optional(rule) => rule.secret,
            };
            if secret {
                names.extend(variable_names(rule));
            }
        }
    }
    names
}
