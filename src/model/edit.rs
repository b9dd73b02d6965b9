//! Edits of a file's text: which value to change, and how. They hold routes, not offsets, so that
//! edits survive one another and can be written into a plan.

use super::{ids::InputName, pattern::Pattern, route::Route, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Empty for `Op::Replace`, which looks at the whole text.
    #[serde(default, skip_serializing_if = "Route::is_top")]
    pub route: Route,
    pub op: Op,
    /// Texts in it are taken literally: they come from a file or from a person, not from the rules.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub literal: bool,
    /// For `Op::Set`: if an old value has to be written anew, comments inside it are dropped.
    /// Otherwise they prevent the edit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over_comments: bool,
}

/// Turns a filled-in value into the form that its place needs.
pub type Form = fn(String) -> String;

impl Edit {
    /// An edit from the rules: texts in its values are templates.
    pub fn new(route: Route, op: Op) -> Self {
        Self {
            route,
            op,
            literal: false,
            over_comments: false,
        }
    }

    pub fn literal(route: Route, op: Op) -> Self {
        Self {
            literal: true,
            ..Self::new(route, op)
        }
    }

    /// The same edit, even if comments inside the old value are lost.
    pub fn over_comments(self) -> Self {
        Self {
            over_comments: true,
            ..self
        }
    }

    /// The same edit with every place in its values filled in; a literal edit has none.
    pub fn filled<E>(
        &self,
        fill: impl Fn(&Template, Form) -> Result<String, E>,
    ) -> Result<Self, E> {
        if self.literal {
            return Ok(self.clone());
        }
        let whole = |value: &Value| filled(value, &fill);
        let op = match &self.op {
            Op::Set { value } => Op::Set {
                value: whole(value)?,
            },
            Op::Default { value } => Op::Default {
                value: whole(value)?,
            },
            Op::Append { value } => Op::Append {
                value: whole(value)?,
            },
            Op::Move { to, value } => Op::Move {
                to: to.clone(),
                value: value.as_ref().map(whole).transpose()?,
            },
            Op::Rewrite { pattern, with } => Op::Rewrite {
                pattern: pattern.clone(),
                with: filled_with(with, &fill)?,
            },
            Op::Replace { pattern, with } => Op::Replace {
                pattern: pattern.clone(),
                with: filled_with(with, &fill)?,
            },
            Op::Remove | Op::Rename { .. } | Op::Wrap(_) => self.op.clone(),
        };
        Ok(Self { op, ..self.clone() })
    }

    /// The first input that its value names.
    pub fn first_input(&self) -> Option<InputName> {
        match &self.op {
            Op::Set { value } | Op::Default { value } | Op::Append { value } => first_of(value),
            Op::Move { value, .. } => first_of(value.as_ref()?),
            Op::Rewrite { with, .. } | Op::Replace { with, .. } => first_in(with),
            Op::Remove | Op::Rename { .. } | Op::Wrap(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// Sets the value, whatever it was; the style of an old scalar is kept.
    Set { value: Value },
    /// Sets the value only if there is none.
    Default { value: Value },
    /// Removes the entry, with the comments that belong to it.
    Remove,
    /// Gives the entry another key, in the same place.
    Rename { to: String },
    /// Moves the entry to another place in the file, with another value if one is given.
    Move {
        to: Route,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    /// Adds an item to a list, unless an equal one is there.
    Append { value: Value },
    /// Changes part of a scalar's text.
    Rewrite { pattern: Pattern, with: String },
    /// Puts the value into a list or under a new key.
    Wrap(Wrap),
    /// Replaces every match in a plain text.
    Replace { pattern: Pattern, with: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Wrap {
    List,
    Map(String),
}

fn filled<E>(
    value: &Value,
    fill: &impl Fn(&Template, Form) -> Result<String, E>,
) -> Result<Value, E> {
    Ok(match value {
        Value::String(source) => match Template::parse(source) {
            Ok(template) => Value::String(fill(&template, |value| value)?),
            // Braces that are not ours stay as they are.
            Err(_) => value.clone(),
        },
        Value::Array(items) => {
            let items = items.iter().map(|item| filled(item, fill));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let entry = |(key, item): (&String, &Value)| Ok((key.clone(), filled(item, fill)?));
            Value::Object(map.iter().map(entry).collect::<Result<_, _>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn first_of(value: &Value) -> Option<InputName> {
    match value {
        Value::String(text) => first_in(text),
        Value::Array(items) => items.iter().find_map(first_of),
        Value::Object(entries) => entries.values().find_map(first_of),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn first_in(text: &str) -> Option<InputName> {
    let template = Template::parse(text).ok()?;
    template.inputs().next().map(InputName::new)
}

/// The `with` of a pattern with its places filled in. The name of a group right before a place ends
/// where the place begins, and no filled-in value can name a group.
pub fn filled_with<E>(
    with: &str,
    fill: impl Fn(&Template, Form) -> Result<String, E>,
) -> Result<String, E> {
    match Template::parse(with) {
        Ok(template) => fill(&template.apart_from_groups(), |value| {
            value.replace('$', "$$")
        }),
        // Braces that are not ours stay as they are.
        Err(_) => Ok(with.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    /// The pieces of a `with`, and what becomes of each.
    fn pieces() -> impl Strategy<Value = Vec<(&'static str, Option<String>)>> {
        let known = [
            ("$1", "one"),
            ("${2}", "two"),
            ("$name", "two"),
            ("$$", "$"),
            ("-", "-"),
            (" $ ", " $ "),
        ];
        let known = prop::sample::select(known.to_vec());
        let piece = prop_oneof![
            known.prop_map(|(written, meant)| (written, Some(meant.to_owned()))),
            Just(("{{to}}", None)),
        ];
        prop::collection::vec(piece, 0..6)
    }

    proptest! {
        #[test]
        fn a_group_is_what_it_is_beside_any_value(pieces in pieces(), value in "[$a-z0-9{}_.]{0,6}") {
            let written: String = pieces.iter().map(|(written, _)| *written).collect();
            let meant = pieces.iter().map(|(_, meant)| meant.as_deref().unwrap_or(&value));
            let meant: String = meant.collect();
            let pattern = Pattern::try_from("(one) (?P<name>two)".to_owned()).expect("a pattern");
            let filled = filled_with(&written, |template, form| {
                let text = template.render(|_| Some(form(value.clone())));
                Ok::<_, Infallible>(text.expect("every place has a value"))
            });
            let Ok(filled) = filled;
            prop_assert_eq!(pattern.replace_all("one two", &filled), meant, "{} => {}", written, filled);
        }
    }
}
