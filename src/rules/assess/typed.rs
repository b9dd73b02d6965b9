//! Values that a person types where a rule asks for a choice.
//!
//! Each is the answer to an input of its own, named after its finding, so it is asked, checked,
//! masked, passed to a run and kept in an answers file like any other answer. What the value must
//! be is determined by the file it goes into, not by a rule.

use super::{Answers, AskedInput};
use crate::{
    edit::{self, Edit, Format, Op, Opened},
    model::{
        finding::FileChange, ids::InputName, route::Route, rule::Guard, template::Name,
        template::Template,
    },
};
use serde_json::Value;
use std::sync::Arc;

/// Where a typed value goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    pub format: Format,
    /// The file, without the value.
    pub text: Arc<str>,
    pub route: Route,
    pub secret: bool,
    /// Keys that it must not make laxer.
    pub strict: Vec<Guard>,
}

impl Typed {
    /// What is wrong with a text, in words that never hold it.
    pub fn faults(&self, text: &str) -> Vec<String> {
        self.edit(text).err().into_iter().collect()
    }

    /// What the value should be, in words.
    pub fn in_words(&self) -> &'static str {
        match self.format {
            _ if self.secret => "a text; quotes are set where the file needs them",
            Format::Yaml => "a value as YAML writes it: 600, \"a text\", [a, b]",
            Format::Toml => "a value as TOML writes it: 600, \"a text\", [1, 2]",
            Format::Json | Format::Jsonc => "a value as JSON writes it: 600, \"a text\", [1, 2]",
            Format::Dotenv(_) | Format::Ini(_) | Format::Text => {
                "a text; quotes are set where the file needs them"
            }
        }
    }

    /// The edit that sets it; an error says why it cannot be made.
    fn edit(&self, text: &str) -> Result<Edit, String> {
        let value = match self.secret {
            // A secret is not parsed: an error message could reveal parts of it.
            true => Value::String(text.to_owned()),
            false => edit::typed(self.format, text)?,
        };
        let edit = Edit::literal(self.route.clone(), Op::Set { value }).over_comments();
        self.keeps_strict(std::slice::from_ref(&edit))?;
        Ok(edit)
    }

    /// Whether it stands above or below something that must stay strict.
    pub fn may_loosen(&self) -> bool {
        let mut strict = self.strict.iter();
        strict.any(|one| one.key.starts_with(&self.route) || self.route.starts_with(&one.key))
    }

    /// Checks that the edits can be made and leave guarded keys strict; an error says why not.
    pub fn keeps_strict(&self, edits: &[Edit]) -> Result<(), String> {
        let before = Opened::new(self.format, &self.text).map_err(|error| error.to_string())?;
        let after = before.apply(edits).map_err(|error| match self.secret {
            true => "it cannot be written there".to_owned(),
            false => error.why,
        })?;
        let Some(after) = after.file else {
            return Ok(());
        };
        let (before, after) = (before.document().data()?, after.document().data()?);
        let laxer = |guard: &&Guard| {
            let now = guard.key.find_in(&after);
            let strict = now.is_some_and(|now| guard.is_strict(now));
            !strict && now != guard.key.find_in(&before)
        };
        match self.strict.iter().find(laxer) {
            Some(Guard { key, strict, .. }) => Err(format!("{key} has to stay {strict}")),
            None => Ok(()),
        }
    }

    /// The change that writes the answer; a secret one is filled in when the file is staged. `None`
    /// if there is no answer, or it cannot be written.
    pub fn change(&self, name: &InputName, answers: &Answers) -> Option<FileChange> {
        let edit = self.edit(answers.get(name)?.expose()).ok()?;
        if !self.secret {
            return Some(FileChange::Edit(edit));
        }
        let value = Value::String(place_of(name)?);
        let set = Edit::new(self.route.clone(), Op::Set { value }).over_comments();
        Some(FileChange::Edit(set))
    }
}

impl AskedInput {
    /// What is wrong with an answer.
    pub fn faults(&self, answer: &str) -> Vec<String> {
        let rule = self.input.valid.as_ref();
        let mut faults = rule.map_or_else(Vec::new, |rule| super::valid::faults(rule, answer));
        faults.extend(self.typed.iter().flat_map(|typed| typed.faults(answer)));
        faults
    }

    /// What an answer must be, in words.
    pub fn in_words(&self) -> Option<String> {
        match (&self.typed, &self.input.valid) {
            (Some(typed), _) => Some(typed.in_words().to_owned()),
            (None, rule) => rule.as_ref().map(super::valid::in_words),
        }
    }
}

/// The placeholder for an answer; `None` if the name cannot be written in one.
pub fn place_of(name: &InputName) -> Option<String> {
    let place = format!("{{{{input.{name}}}}}");
    let template = Template::parse(&place).ok()?;
    let alone = template
        .names()
        .eq([&Name::Input(name.as_str().to_owned())]);
    alone.then_some(place)
}
