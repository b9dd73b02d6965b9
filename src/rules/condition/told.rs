//! Says in words which observations make a condition hold or fail.

use super::{Facts, Holds, file_is, holds, is_set};
use crate::model::{ids::InputName, rule::Condition, survey::FileState};
use std::mem::discriminant;

/// The facts that decide it: where one of several is enough, those that are enough.
pub fn told(condition: &Condition, facts: &Facts) -> String {
    let whole = holds(condition, facts);
    if let (Holds::Unseen { what, why }, [_]) = (whole, condition.leaves().as_slice()) {
        return format!("{what} cannot be looked into: {why}");
    }
    match condition {
        Condition::Set(name) => is(name, is_set(facts.survey, name).is_yes(), "set"),
        Condition::File { path, at, matches } => {
            let state = facts.survey.files.get(path);
            let there = state.is_some_and(FileState::is_there);
            let has = file_is(facts.survey, path, at.as_ref(), matches.as_ref());
            let word = if has.is_yes() { "has" } else { "has no" };
            match (at, matches) {
                (Some(at), Some(pattern)) if there => {
                    format!("{at} of {path} {word} `{pattern}`")
                }
                (Some(at), None) if there => format!("{path} {word} {at}"),
                (None, Some(pattern)) if there => format!("{path} {word} `{pattern}`"),
                _only_the_file => is(path.as_str(), there, "there"),
            }
        }
        Condition::Dir(path) => is(
            &format!("the folder {path}"),
            facts.survey.dirs.contains(path),
            "there",
        ),
        Condition::Program(program) => {
            let key = (program.name.clone(), program.path.clone());
            match facts.survey.programs.get(&key) {
                Some(place) => format!("{} is {place}", program.name),
                None => is(&program.name, false, "there"),
            }
        }
        Condition::Input { name, is: wanted } => {
            let answer = facts.answers.get(&InputName::new(name.as_str()));
            let so = answer.is_some_and(|answer| answer.expose() == wanted);
            is(name, so, wanted)
        }
        Condition::Variant(choices) => {
            let one = |name: &String| match facts.variant(name) {
                Some(choice) => format!("{name} is {choice}"),
                None => format!("{name} is open"),
            };
            choices.keys().map(one).collect::<Vec<_>>().join(", ")
        }
        Condition::All(all) => joined(all, facts, whole, Holds::Yes),
        Condition::Any(any) => joined(any, facts, whole, Holds::No),
        // The same fact can speak for one choice and against another; here its absence counts.
        Condition::Not(inner) => match **inner {
            Condition::Set(_)
            | Condition::File {
                at: None,
                matches: None,
                ..
            }
            | Condition::Dir(_)
            | Condition::Program(_) => {
                let but = if whole.is_yes() { "and" } else { "but" };
                format!("{}, {but} must not be", told(inner, facts))
            }
            Condition::File { .. }
            | Condition::Input { .. }
            | Condition::Variant(_)
            | Condition::All(_)
            | Condition::Any(_)
            | Condition::Not(_) => told(inner, facts),
        },
    }
}

/// Joins the parts that decided the result: all of them where all were needed.
fn joined(parts: &[Condition], facts: &Facts, whole: Holds, takes_all: Holds) -> String {
    let same = |one: Holds| discriminant(&one) == discriminant(&whole);
    let counts = |one: &&Condition| whole == takes_all || same(holds(one, facts));
    let words = parts.iter().filter(counts);
    let words: Vec<String> = words.map(|one| told(one, facts)).collect();
    words.join(", ")
}

fn is(what: &str, so: bool, word: &str) -> String {
    let not = if so { "" } else { "not " };
    format!("{what} is {not}{word}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::pattern::Pattern,
        rules::testing::{rel, survey, text_file},
    };
    use std::collections::BTreeMap;

    #[test]
    fn the_facts_that_decide_are_told() {
        let mut survey = survey();
        text_file(&mut survey, "docker-compose.yml", "services: {}\n");
        survey.dirs.push(rel(".git"));
        let why = "not UTF-8 text".to_owned();
        let unusable = FileState::Unusable { why };
        survey.files.insert(rel("latin1.yml"), unusable);
        let (answers, variants) = (BTreeMap::new(), BTreeMap::new());
        let facts = Facts {
            survey: &survey,
            answers: &answers,
            variants: &variants,
        };
        let file = |path: &str| Condition::File {
            path: rel(path),
            at: None,
            matches: None,
        };
        let here = file("docker-compose.yml");
        let gone = file("Cargo.toml");
        let app = Pattern::try_from("app".to_owned()).expect("a pattern");
        let unseen = Condition::File {
            path: rel("latin1.yml"),
            at: None,
            matches: Some(app),
        };
        let not_unseen = Condition::Not(Box::new(unseen.clone()));
        for (condition, words) in [
            (
                Condition::All(vec![here.clone(), not_unseen]),
                "latin1.yml cannot be looked into: not UTF-8 text",
            ),
            (
                Condition::Any(vec![gone.clone(), unseen]),
                "latin1.yml cannot be looked into: not UTF-8 text",
            ),
            (
                Condition::Any(vec![here.clone(), gone.clone()]),
                "docker-compose.yml is there",
            ),
            (
                Condition::All(vec![here.clone(), gone.clone()]),
                "Cargo.toml is not there",
            ),
            (
                Condition::All(vec![here.clone(), Condition::Not(Box::new(gone))]),
                "docker-compose.yml is there, Cargo.toml is not there, and must not be",
            ),
            (
                Condition::Not(Box::new(here)),
                "docker-compose.yml is there, but must not be",
            ),
            (Condition::Dir(rel(".git")), "the folder .git is there"),
        ] {
            assert_eq!(told(&condition, &facts), words);
        }
    }
}
