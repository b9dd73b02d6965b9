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
    survey::{BlindSpot, FileState, Survey},
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

/// What the survey says to a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds<'s> {
    Yes,
    No,
    /// It turns on what could not be looked at: neither it nor its opposite is so.
    Unseen {
        what: &'s str,
        why: &'s str,
    },
}

impl Holds<'_> {
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unseen { .. } => self,
        }
    }

    fn of(so: bool) -> Self {
        if so { Self::Yes } else { Self::No }
    }

    /// One that does not hold decides, whatever the others would say.
    fn all(each: impl Iterator<Item = Self>) -> Self {
        let mut whole = Self::Yes;
        for one in each {
            match one {
                Self::No => return Self::No,
                Self::Unseen { .. } => whole = one,
                Self::Yes => {}
            }
        }
        whole
    }
}

pub fn holds<'s>(condition: &Condition, facts: &Facts<'s>) -> Holds<'s> {
    match condition {
        Condition::Set(name) => is_set(facts.survey, name),
        Condition::File { path, matches } => file_is(facts.survey, path, matches.as_ref()),
        Condition::Dir(path) => Holds::of(facts.survey.dirs.contains(path)),
        Condition::Program(program) => Holds::of(program_is(facts.survey, program)),
        Condition::Input { name, is } => {
            let answer = facts.answers.get(&InputName::new(name.as_str()));
            Holds::of(answer.is_some_and(|answer| answer.expose() == is))
        }
        Condition::Variant(choices) => {
            let is = |(name, choice): (&String, &String)| facts.variant(name) == Some(choice);
            Holds::of(choices.iter().all(is))
        }
        Condition::All(all) => Holds::all(all.iter().map(|one| holds(one, facts))),
        Condition::Any(any) => Holds::all(any.iter().map(|one| holds(one, facts).not())).not(),
        Condition::Not(inner) => holds(inner, facts).not(),
    }
}

/// An entry without a condition always counts. One whose condition turns on what could not be looked
/// at does not: `assess::trouble` blocks the plan over it.
pub fn applies(when: Option<&Condition>, facts: &Facts) -> bool {
    when.is_none_or(|condition| holds(condition, facts).is_yes())
}

/// A variable that is set to nothing has no value: products read it like one that is not set. One
/// that is not found may stand where nobody could look.
fn is_set<'s>(survey: &'s Survey, name: &str) -> Holds<'s> {
    let sighting = survey.variables.get(name).and_then(|v| v.effective());
    match (sighting, survey.blind_spots.first()) {
        (Some(sighting), _) => Holds::of(!sighting.value.expose().is_empty()),
        (None, Some(BlindSpot { source, why })) => Holds::Unseen { what: source, why },
        (None, None) => Holds::No,
    }
}

fn file_is<'s>(survey: &'s Survey, path: &RelPath, matches: Option<&Pattern>) -> Holds<'s> {
    match (survey.files.get_key_value(path), matches) {
        (Some((_, FileState::Absent)) | None, _) => Holds::No,
        (Some(_), None) => Holds::Yes,
        (Some((_, FileState::Text { text, .. })), Some(pattern)) => {
            Holds::of(pattern.is_match(text))
        }
        (Some((path, FileState::Unusable { why })), Some(_)) => Holds::Unseen {
            what: path.as_str(),
            why,
        },
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
            let expected = Holds::of(expected);
            assert_eq!(holds(&condition, &facts), expected, "{condition:?}");
        }
    }

    #[test]
    fn what_could_not_be_looked_at_decides_nothing_either_way() {
        let mut survey = survey();
        variable(&mut survey, "A", ".env", 1, "x");
        let why = "not UTF-8 text";
        let unusable = FileState::Unusable { why: why.into() };
        survey.files.insert(rel("latin1.yml"), unusable);
        let (answers, none) = (Answers::new(), BTreeMap::new());
        let what = "latin1.yml";
        let file = |matches| Condition::File {
            path: rel(what),
            matches,
        };
        let text = || file(pattern("image: app:2"));
        let not = |condition| Condition::Not(Box::new(condition));
        let (yes, no) = (Condition::All(Vec::new()), Condition::Any(Vec::new()));
        let decided = |survey: &Survey, condition: &Condition| {
            let facts = Facts {
                survey,
                answers: &answers,
                variants: &none,
            };
            match holds(condition, &facts) {
                Holds::Yes => Ok(true),
                Holds::No => Ok(false),
                Holds::Unseen { what, why } => Err((what.to_owned(), why.to_owned())),
            }
        };
        let told = Err((what.to_owned(), why.to_owned()));
        for (condition, expected) in [
            (file(None), Ok(true)),
            (text(), told.clone()),
            (not(text()), told.clone()),
            (not(not(text())), told.clone()),
            (Condition::All(vec![text(), yes.clone()]), told.clone()),
            (Condition::All(vec![text(), no.clone()]), Ok(false)),
            (Condition::Any(vec![text(), no]), told.clone()),
            (Condition::Any(vec![text(), yes]), Ok(true)),
            (Condition::Set("B".into()), Ok(false)),
        ] {
            assert_eq!(decided(&survey, &condition), expected, "{condition:?}");
        }
        survey.blind_spots.push(BlindSpot {
            source: what.into(),
            why: why.into(),
        });
        for (condition, expected) in [
            (Condition::Set("A".into()), Ok(true)),
            (Condition::Set("B".into()), told.clone()),
            (not(Condition::Set("B".into())), told),
        ] {
            assert_eq!(decided(&survey, &condition), expected, "{condition:?}");
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
        assert!(holds(&Condition::Variant(said.clone()), &facts).is_yes());
    }
}
