//! What was seen that makes a condition hold, or not hold, in words.

use super::{Facts, file_is, holds, is_set};
use crate::model::{ids::InputName, rule::Condition, survey::FileState};

/// The facts that decide it: where one of several is enough, those that are enough.
pub fn told(condition: &Condition, facts: &Facts) -> String {
    match condition {
        Condition::Set(name) => is(name, is_set(facts.survey, name), "set"),
        Condition::File { path, matches } => {
            let state = facts.survey.files.get(path);
            let there = state.is_some_and(FileState::is_there);
            match matches {
                Some(pattern) if there => {
                    let has = file_is(facts.survey, path, matches.as_ref());
                    let word = if has { "has" } else { "has no" };
                    format!("{path} {word} `{pattern}`")
                }
                Some(_) | None => is(path.as_str(), there, "there"),
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
        Condition::All(all) => {
            let whole = holds(condition, facts);
            joined(all, facts, |one| whole || !holds(one, facts))
        }
        Condition::Any(any) => {
            let whole = holds(condition, facts);
            joined(any, facts, |one| !whole || holds(one, facts))
        }
        // The same fact speaks for one choice and against another: here its absence is what counts.
        Condition::Not(inner) => match **inner {
            Condition::Set(_)
            | Condition::File { matches: None, .. }
            | Condition::Dir(_)
            | Condition::Program(_) => {
                let but = if holds(inner, facts) { "but" } else { "and" };
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

fn joined(all: &[Condition], facts: &Facts, counts: impl Fn(&Condition) -> bool) -> String {
    let words = all.iter().filter(|one| counts(one));
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
    use crate::rules::testing::{rel, survey, text_file};
    use std::collections::BTreeMap;

    #[test]
    fn the_facts_that_decide_are_told() {
        let mut survey = survey();
        text_file(&mut survey, "docker-compose.yml", "services: {}\n");
        survey.dirs.push(rel(".git"));
        let (answers, variants) = (BTreeMap::new(), BTreeMap::new());
        let facts = Facts {
            survey: &survey,
            answers: &answers,
            variants: &variants,
        };
        let file = |path: &str| Condition::File {
            path: rel(path),
            matches: None,
        };
        let here = file("docker-compose.yml");
        let gone = file("Cargo.toml");
        for (condition, words) in [
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
