//! Whether a `when` holds: decided from what the survey saw and what the operator said.
//!
//! It knows nothing of hops: a condition speaks of the product as it is before the run.

mod told;

pub use told::told;

use crate::model::{
    ids::InputName,
    path::RelPath,
    pattern::Pattern,
    rule::{Condition, ProgramAt},
    survey::{FileState, Survey},
    text::Secret,
};
use std::collections::BTreeMap;

/// What the operator answered, by input. Values are secrets until the pack says otherwise.
pub type Answers = BTreeMap<InputName, Secret>;

/// What conditions look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub survey: &'a Survey,
    /// With the defaults of inputs that were not answered: see `assess::answers_with_defaults`.
    pub answers: &'a Answers,
    /// What the operator confirmed; a variant that is not here is as the survey detected it.
    pub variants: &'a BTreeMap<String, String>,
}

impl Facts<'_> {
    pub fn variant(&self, name: &str) -> Option<&str> {
        let chosen = self.variants.get(name);
        let choice = chosen.or_else(|| self.survey.variants.get(name))?;
        Some(choice)
    }
}

pub fn holds(condition: &Condition, facts: &Facts) -> bool {
    match condition {
        Condition::Set(name) => is_set(facts.survey, name),
        Condition::File { path, matches } => file_is(facts.survey, path, matches.as_ref()),
        Condition::Dir(path) => facts.survey.dirs.contains(path),
        Condition::Program(program) => program_is(facts.survey, program),
        Condition::Input { name, is } => facts
            .answers
            .get(&InputName::new(name.as_str()))
            .is_some_and(|answer| answer.expose() == is),
        Condition::Variant(choices) => choices
            .iter()
            .all(|(name, choice)| facts.variant(name) == Some(choice)),
        Condition::All(all) => all.iter().all(|one| holds(one, facts)),
        Condition::Any(any) => any.iter().any(|one| holds(one, facts)),
        Condition::Not(inner) => !holds(inner, facts),
    }
}

/// An entry without a condition always counts.
pub fn applies(when: Option<&Condition>, facts: &Facts) -> bool {
    when.is_none_or(|condition| holds(condition, facts))
}

/// A variable that is set to nothing has no value: products read it like one that is not set.
fn is_set(survey: &Survey, name: &str) -> bool {
    let sighting = survey.variables.get(name).and_then(|v| v.effective());
    sighting.is_some_and(|sighting| !sighting.value.expose().is_empty())
}

fn file_is(survey: &Survey, path: &RelPath, matches: Option<&Pattern>) -> bool {
    match survey.files.get(path) {
        Some(FileState::Text { text, .. }) => matches.is_none_or(|pattern| pattern.is_match(text)),
        Some(FileState::Unusable { .. }) => matches.is_none(),
        Some(FileState::Absent) | None => false,
    }
}

fn program_is(survey: &Survey, program: &ProgramAt) -> bool {
    let key = (program.name.clone(), program.path.clone());
    let place = survey.programs.get(&key);
    place.is_some_and(|place| program.at.is_match(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{rel, survey, text_file, variable};

    fn pattern(source: &str) -> Option<Pattern> {
        Some(Pattern::try_from(source.to_owned()).expect("a pattern"))
    }

    #[test]
    fn every_kind_of_condition_is_decided() {
        let mut survey = survey();
        variable(&mut survey, "A", ".env", 1, "x");
        variable(&mut survey, "EMPTY", ".env", 2, "");
        text_file(&mut survey, "app.toml", "port = 1\n");
        survey.dirs.push(rel(".git"));
        let real = "/usr/lib/node_modules/app/bin/app".to_owned();
        survey.programs.insert(("app".into(), Vec::new()), real);
        survey.variants.insert("install".into(), "git".into());
        let answers = Answers::from([("mode".into(), Secret::new("fast"))]);
        let none = BTreeMap::new();
        let facts = Facts {
            survey: &survey,
            answers: &answers,
            variants: &none,
        };
        let variant = |choice: &str| {
            Condition::Variant(BTreeMap::from([("install".to_owned(), choice.to_owned())]))
        };
        let input = |is: &str| Condition::Input {
            name: "mode".into(),
            is: is.into(),
        };
        let file = |path: &str, matches| Condition::File {
            path: rel(path),
            matches,
        };
        let program = |name: &str, at: &str| {
            Condition::Program(ProgramAt {
                name: name.into(),
                at: Pattern::try_from(at.to_owned()).expect("a pattern"),
                path: Vec::new(),
            })
        };
        let set = |name: &str| Condition::Set(name.into());
        for (condition, expected) in [
            (set("A"), true),
            (set("EMPTY"), false),
            (set("B"), false),
            (file("app.toml", None), true),
            (file("app.toml", pattern("^port")), true),
            (file("app.toml", pattern("^host")), false),
            (file("other", None), false),
            (Condition::Dir(rel(".git")), true),
            (Condition::Dir(rel("src")), false),
            (program("app", "/node_modules/app/"), true),
            (program("app", "/Cellar/"), false),
            (program("other", ""), false),
            (input("fast"), true),
            (input("slow"), false),
            (variant("git"), true),
            (variant("docker"), false),
            (Condition::All(vec![set("A"), set("B")]), false),
            (Condition::Any(vec![set("A"), set("B")]), true),
            (Condition::Not(Box::new(set("B"))), true),
            (Condition::All(Vec::new()), true),
            (Condition::Any(Vec::new()), false),
        ] {
            assert_eq!(holds(&condition, &facts), expected, "{condition:?}");
        }
    }

    #[test]
    fn the_operators_word_about_a_variant_beats_the_detection() {
        let mut survey = survey();
        survey.variants.insert("install".into(), "git".into());
        let said = BTreeMap::from([("install".to_owned(), "docker".to_owned())]);
        let facts = Facts {
            survey: &survey,
            answers: &Answers::new(),
            variants: &said,
        };
        assert!(holds(&Condition::Variant(said.clone()), &facts));
    }
}
