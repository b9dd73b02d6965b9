//! Edits of a file's text: which value, and what becomes of it. Routes, not offsets, so that
//! edits survive one another and can be written into a plan.

use super::{pattern::Pattern, route::Route, template::Template};
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
    /// Texts in it stand as they are: they come from a file or from a person, not from the rules.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub literal: bool,
}

/// The form that a filled value needs in its place.
pub type Form = fn(String) -> String;

impl Edit {
    /// One of the rules: texts in its values are templates.
    pub fn new(route: Route, op: Op) -> Self {
        Self {
            route,
            op,
            literal: false,
        }
    }

    pub fn literal(route: Route, op: Op) -> Self {
        Self {
            route,
            op,
            literal: true,
        }
    }

    /// The same with every place of its values filled; what is literal has none.
    pub fn filled<E>(
        &self,
        fill: impl Fn(&Template, Form) -> Result<String, E>,
    ) -> Result<Self, E> {
        if self.literal {
            return Ok(self.clone());
        }
        let whole = |value: &Value| filled(value, &fill);
        // Groups of the pattern stand beside our places.
        let beside_groups = |with: &str| text(with, &fill, |value| value.replace('$', "$$"));
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
                with: beside_groups(with)?,
            },
            Op::Replace { pattern, with } => Op::Replace {
                pattern: pattern.clone(),
                with: beside_groups(with)?,
            },
            Op::Remove | Op::Rename { .. } | Op::Wrap(_) => self.op.clone(),
        };
        Ok(Self::new(self.route.clone(), op))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// The value, whatever it was; the style of an old scalar is kept.
    Set { value: Value },
    /// The value, only if there is none.
    Default { value: Value },
    /// The entry, with the comments that belong to it.
    Remove,
    /// Another key in the same place.
    Rename { to: String },
    /// Another place in the same file; with another value, if one is given.
    Move {
        to: Route,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    /// One more item of a list, unless an equal one is there.
    Append { value: Value },
    /// Part of a scalar's text.
    Rewrite { pattern: Pattern, with: String },
    /// The value inside a list or under a new key.
    Wrap(Wrap),
    /// Every match in a plain text.
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
        Value::String(source) => Value::String(text(source, fill, |value| value)?),
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

/// Braces that are not ours stay as they are.
fn text<E>(
    source: &str,
    fill: &impl Fn(&Template, Form) -> Result<String, E>,
    form: Form,
) -> Result<String, E> {
    match Template::parse(source) {
        Ok(template) => fill(&template, form),
        Err(_) => Ok(source.to_owned()),
    }
}
