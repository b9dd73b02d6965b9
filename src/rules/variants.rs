//! The ways a product can be installed: which one it is, and what made us think so.

use super::condition::{Facts, holds, told};
use crate::model::rule::{Pack, Variant};

/// A variant as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub name: String,
    pub choices: Vec<Choice>,
    /// What the operator said, else the only choice that fits.
    pub chosen: Option<String>,
    /// The operator said so.
    pub said: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub title: String,
    pub fits: bool,
    /// What was seen that makes it fit, or not: `docker-compose.yml is there`.
    pub why: String,
}

impl Choice {
    /// The same fact speaks for one choice and against another: which of the two is said first.
    pub fn judged(&self) -> String {
        let fits = if self.fits { "fits" } else { "does not fit" };
        format!("{fits}: {}", self.why)
    }
}

/// Every variant of a pack. What the operator said counts only if it is one of the choices.
pub fn judge(pack: &Pack, facts: &Facts) -> Vec<Judged> {
    let judged = |(name, variants): (&String, &Vec<Variant>)| {
        let choice = |variant: &Variant| Choice {
            id: variant.id.clone(),
            title: variant.title.clone(),
            fits: holds(&variant.when, facts),
            why: told(&variant.when, facts),
        };
        let choices: Vec<Choice> = variants.iter().map(choice).collect();
        let known = |id: &&String| choices.iter().any(|choice| choice.id == **id);
        let said = facts.variants.get(name);
        let detected = facts.survey.variants.get(name).filter(|_| said.is_none());
        Judged {
            name: name.clone(),
            chosen: said.or(detected).filter(known).cloned(),
            said: said.is_some(),
            choices,
        }
    };
    pack.variants.iter().map(judged).collect()
}
