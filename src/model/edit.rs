//! Edits of a file's text: which value, and what becomes of it. Routes, not offsets, so that
//! edits survive one another and can be written into a plan.

use super::{pattern::Pattern, route::Route};
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
