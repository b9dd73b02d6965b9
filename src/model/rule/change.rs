//! Rules about configuration files.

use super::{
    action::{Action, Run, is_false},
    check::Condition,
    merge::MergeFile,
    severity::Severity,
};
use crate::model::{
    edit::Wrap, format::Format, glob::Glob, ids::GuideId, path::RelPath, pattern::Pattern,
    route::Route,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ConfigRule {
    /// Changes keys of one file and leaves every other byte as it is.
    Edit(EditFile),
    /// Creates a file if it is not there; one that is there stays as it is.
    Create(CreateFile),
    /// Changes text by pattern in every file that a glob finds.
    Replace(ReplaceText),
    /// Merges the vendor's changes into a file that the operator may have changed too.
    Merge(MergeFile),
}

impl ConfigRule {
    pub fn when(&self) -> Option<&Condition> {
        match self {
            Self::Edit(rule) => rule.when.as_ref(),
            Self::Create(rule) => rule.when.as_ref(),
            Self::Replace(rule) => rule.when.as_ref(),
            Self::Merge(rule) => rule.when.as_ref(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditFile {
    pub file: RelPath,
    /// Default: by the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The product may do without the file; then there is nothing to change.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    pub changes: Vec<Change>,
    /// What makes the changed file take effect; done again when the file is put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Box<Then>>,
}

/// What is done after a file was changed, and again after it was put back; a reload, for example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Then {
    /// Checks the changed file first; if that fails, the file is put back and the step fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Run>,
    /// The action. It may be carried out twice.
    #[serde(rename = "do")]
    pub action: Action,
}

/// One change. Exactly one of the operations is given; `rules check` makes sure of that.
///
/// Below `environment`, `args` and `labels`, a route may name what a list of `NAME=value` and
/// `NAME` entries assigns: `set`, `default`, `remove`, `rename` and `rewrite` treat such a list
/// like a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What the change is called after its file, in place of the route. Two changes of one key need it:
    /// a `rewrite` of the old value, and a `default` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Gives a key this value, whatever it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Route>,
    /// Gives a key this value only if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Route>,
    /// Removes a key and everything below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<Route>,
    /// Renames a key in place: `to` is a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<Route>,
    /// Moves a key elsewhere in the file: `to` is a route; `value`, if given, replaces its value.
    #[serde(default, rename = "move", skip_serializing_if = "Option::is_none")]
    pub move_from: Option<Route>,
    /// Adds a value to a list, unless it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub append: Option<Route>,
    /// Changes part of a text by `match` and `with`; for a list, part of each of its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<Route>,
    /// Puts a value into a list, or under a new key, as `as` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrap: Option<Route>,

    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Route>,
    /// Texts in it are templates: `{{input.NAME}}` is filled in, `${NAME}` stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<Pattern>,
    /// `${1}` and `${name}` are groups of the pattern, `$$` is a dollar sign; `{{input.NAME}}` is
    /// filled in as in a value. A text with any other double braces is taken as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub wrap_as: Option<Wrap>,

    /// Makes the change only if this route has a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<Route>,
    /// The value, here and wherever it goes, is never shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    /// The operator may do without it: it is not made unless they choose it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFile {
    pub file: RelPath,
    /// The file of the pack that provides its text.
    pub from: RelPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceText {
    /// What is replaced, for people: `the image of the service`. Default: `text in`, and the glob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Below the root.
    pub files: Glob,
    #[serde(rename = "match")]
    pub matches: Pattern,
    /// `${1}` and `${name}` are groups of the pattern, `$$` is a dollar sign; `{{input.NAME}}` is
    /// filled in as in a value. A text with any other double braces is taken as it is.
    pub with: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}
