//! The ways a product can be installed: which one it is, and what made us think so.

use super::condition::{Facts, Holds, holds, told};
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
    /// `None` if it depends on something that could not be examined.
    pub fits: Option<bool>,
    /// What was seen that makes it fit, or not: `docker-compose.yml is there`.
    pub why: String,
}

impl Choice {
    /// The verdict, then the observation, which can speak for one choice and against another.
    pub fn judged(&self) -> String {
        let fits = match self.fits {
            Some(true) => "fits",
            Some(false) => "does not fit",
            None => "cannot be told",
        };
        format!("{fits}: {}", self.why)
    }
}

/// The detected choice: the only one that fits, provided that this is known for all of them.
pub fn detected(choices: &[Variant], facts: &Facts) -> Option<String> {
    let mut only = None;
    for choice in choices {
        match holds(&choice.when, facts) {
            Holds::Yes if only.is_none() => only = Some(&choice.id),
            Holds::Yes | Holds::Unseen { .. } => return None,
            Holds::No => {}
        }
    }
    only.cloned()
}

/// Every variant of a pack. What the operator said counts only if it is one of the choices.
pub fn judge(pack: &Pack, facts: &Facts) -> Vec<Judged> {
    let judged = |(name, variants): (&String, &Vec<Variant>)| {
        let choice = |variant: &Variant| Choice {
            id: variant.id.clone(),
            title: variant.title.clone(),
            fits: match holds(&variant.when, facts) {
                Holds::Yes => Some(true),
                Holds::No => Some(false),
                Holds::Unseen { .. } => None,
            },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            pattern::Pattern,
            rule::Condition,
            survey::{FileState, Survey},
        },
        rules::testing::{rel, survey},
    };
    use std::collections::BTreeMap;

    #[test]
    fn nothing_is_detected_while_one_of_the_choices_cannot_be_told() {
        let mut survey = survey();
        survey.dirs.push(rel(".git"));
        let choice = |id: &str, when| Variant {
            id: id.into(),
            title: id.into(),
            when,
        };
        let image = Pattern::try_from("image: app".to_owned()).expect("a pattern");
        let image = Condition::File {
            path: rel("compose.yml"),
            at: None,
            matches: Some(image),
        };
        let choices = [
            choice("docker", image),
            choice("git", Condition::Dir(rel(".git"))),
        ];
        let detected = |survey: &Survey| {
            let (answers, variants) = (BTreeMap::new(), BTreeMap::new());
            let facts = Facts {
                survey,
                answers: &answers,
                variants: &variants,
            };
            detected(&choices, &facts)
        };
        assert_eq!(detected(&survey).as_deref(), Some("git"));
        let why = "not UTF-8 text".to_owned();
        let unusable = FileState::Unusable { why };
        survey.files.insert(rel("compose.yml"), unusable);
        assert_eq!(detected(&survey), None);
    }
}
