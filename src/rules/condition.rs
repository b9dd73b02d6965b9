//! Whether a `when` holds: decided from what the survey saw and what the operator said.
//!
//! It knows nothing of hops: a condition speaks of the product as it is before the run.

mod told;

pub use told::told;

use crate::{
    edit::{self, EditError, Format},
    model::{
        ids::InputName,
        path::RelPath,
        pattern::Pattern,
        route::Route,
        rule::{Condition, ProgramAt},
        survey::{BlindSpot, FileState, Survey},
        text::Secret,
    },
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

/// The result of a condition for a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds<'s> {
    Yes,
    No,
    /// Depends on something that could not be examined, so neither it nor its opposite holds.
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

    /// Conjunction: one condition that does not hold decides, whatever the others say.
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
        Condition::File { path, at, matches } => {
            file_is(facts.survey, path, at.as_ref(), matches.as_ref())
        }
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

/// An entry without a condition always applies. One whose condition depends on something that could
/// not be examined does not; `assess::trouble` blocks the plan for it.
pub fn applies(when: Option<&Condition>, facts: &Facts) -> bool {
    when.is_none_or(|condition| holds(condition, facts).is_yes())
}

/// A variable with an empty value counts as unset, since products treat it so. One that was not
/// found may be set in a place that could not be read.
fn is_set<'s>(survey: &'s Survey, name: &str) -> Holds<'s> {
    let sighting = survey.variables.get(name).and_then(|v| v.effective());
    match (sighting, survey.blind_spots.first()) {
        (Some(sighting), _) => Holds::of(!sighting.value.expose().is_empty()),
        (None, Some(BlindSpot { source, why })) => Holds::Unseen { what: source, why },
        (None, None) => Holds::No,
    }
}

fn file_is<'s>(
    survey: &'s Survey,
    path: &RelPath,
    at: Option<&Route>,
    matches: Option<&Pattern>,
) -> Holds<'s> {
    let Some((path, state)) = survey.files.get_key_value(path) else {
        return Holds::No;
    };
    let unseen = |why: &'s str| Holds::Unseen {
        what: path.as_str(),
        why,
    };
    match (state, at, matches) {
        (FileState::Absent, ..) => Holds::No,
        (_, None, None) => Holds::Yes,
        (FileState::Unusable { why }, ..) => unseen(why),
        (FileState::Text { text, .. }, None, Some(pattern)) => Holds::of(pattern.is_match(text)),
        (FileState::Text { text, .. }, Some(at), matches) => {
            match stands_at(path, text, at, matches) {
                Ok(so) => Holds::of(so),
                // Its reader's words stand where the file is to be changed.
                Err(_) => unseen("it is not written as its name says"),
            }
        }
    }
}

/// Whether something stands at a route of a file and, with a pattern, whether that or one of the
/// single values of a list matches.
pub fn stands_at(
    path: &RelPath,
    text: &str,
    at: &Route,
    matches: Option<&Pattern>,
) -> Result<bool, EditError> {
    let format = Format::said_or_of(None, path.as_str());
    let document = edit::read(&format, text)?;
    Ok(document.texts(at).is_some_and(|texts| {
        matches.is_none_or(|pattern| texts.iter().any(|text| pattern.is_match(text)))
    }))
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
            at: None,
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
    fn a_file_is_asked_at_a_route_of_it() {
        let mut survey = survey();
        let compose = "\
            x-base: &base {build: .}\n\
            services:\n\
            \x20 app:\n\
            \x20   image: app:1 # not app:2\n\
            \x20   volumes:\n\
            \x20     - data:/data\n\
            \x20     - {type: bind, source: ./logs, target: /logs}\n\
            \x20     # - old:/old\n\
            \x20 other: {<<: *base, networks: [inner]}\n";
        text_file(&mut survey, "compose.yml", compose);
        text_file(&mut survey, "broken.yml", "services: {\n");
        let (answers, none) = (Answers::new(), BTreeMap::new());
        let decided = |path: &str, at: &str, matches: Option<&str>| {
            let condition = Condition::File {
                path: rel(path),
                at: Some(Route::parse(at).expect("a route")),
                matches: matches.and_then(pattern),
            };
            let facts = Facts {
                survey: &survey,
                answers: &answers,
                variants: &none,
            };
            match holds(&condition, &facts) {
                Holds::Yes => Some(true),
                Holds::No => Some(false),
                Holds::Unseen { .. } => None,
            }
        };
        for (at, matches, expected) in [
            ("services.app", None, true),
            ("services.app.networks", None, false),
            ("services.other.networks", Some("^inner$"), true),
            ("services.app.image", Some("app:1$"), true),
            ("services.app.image", Some("app:2"), false),
            ("services.app.build", None, false),
            ("services.other.build", None, true),
            ("services.app.volumes", Some(":/data(:|$)"), true),
            ("services.app.volumes", Some(":/old"), false),
            ("services.app.volumes[target=/logs]", None, true),
            ("services.app.volumes[target=/data]", None, false),
            ("services.app", Some("app"), false),
        ] {
            assert_eq!(decided("compose.yml", at, matches), Some(expected), "{at}");
        }
        assert_eq!(decided("absent.yml", "services", None), Some(false));
        assert_eq!(decided("broken.yml", "services", None), None);
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
            at: None,
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
