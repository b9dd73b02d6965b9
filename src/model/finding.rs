//! A finding: one difference between the survey and the rules.

use super::{
    edit::Edit,
    format::Format,
    ids::{GuideId, InputName, RuleId},
    path::RelPath,
    rule::Severity,
    text::Shown,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule it comes from; unique in a plan.
    pub id: RuleId,
    /// The index of its hop on the path, from 0.
    pub hop: usize,
    pub severity: Severity,
    pub kind: FindingKind,
    /// One line: `JWT_SECRET_KEY → JWT_SECRET`.
    pub title: String,
    /// A few words beside the title: `renamed, required, too short`.
    pub summary: String,
    pub because: Option<String>,
    pub if_left: Option<String>,
    /// Where it stands now; the first place is that of the effective value.
    pub places: Vec<Place>,
    /// Every source of the variable in question, weakest first.
    pub sources: Vec<SourceLine>,
    /// What switchback would do about it.
    pub changes: Vec<ProposedChange>,
    pub safety: Safety,
    /// The input whose answer it needs.
    pub input: Option<InputName>,
    pub cites: Vec<GuideId>,
    /// Where the pack knows that the guide is wrong.
    pub doubt: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Required and not set.
    Missing,
    /// The old name is set, the new one is not.
    Renamed,
    /// Old and new name are set to different values.
    BothSet,
    Rewritten,
    /// The new release does not read it any more.
    StillSet,
    /// A feature of which only some variables are set.
    HalfSet,
    Invalid,
    /// Has the product's prefix and no rule or reader knows it.
    Unknown,
    /// A variable or key that can be added.
    Addition,
    /// A key of a configuration file.
    Config,
    /// A whole file.
    NewFile,
    /// Text found by a pattern.
    Text,
    /// Code that people must change.
    Usage,
    /// A file of statements that will be applied.
    Migration,
    /// A link, or something else that a file pattern matches but no rule can take along.
    LeftOut,
    AlreadyDone,
    Unchanged,
    /// A file or source that could not be read: blocks.
    Unreadable,
}

impl FindingKind {
    /// Whether the product is already as the rule wants it.
    pub fn is_met(self) -> bool {
        match self {
            Self::AlreadyDone | Self::Unchanged => true,
            Self::Missing
            | Self::Renamed
            | Self::BothSet
            | Self::Rewritten
            | Self::StillSet
            | Self::HalfSet
            | Self::Invalid
            | Self::Unknown
            | Self::Addition
            | Self::Config
            | Self::NewFile
            | Self::Text
            | Self::Usage
            | Self::Migration
            | Self::LeftOut
            | Self::Unreadable => false,
        }
    }
}

/// Whether the change can be made without asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// Made; if `optional`, unless the operator leaves it.
    Safe { optional: bool },
    /// Not made unless the operator takes it.
    OptIn,
    /// The operator must choose one of these before a plan can be made.
    Decide {
        question: String,
        options: Vec<ChoiceOption>,
        /// Why an option that one would expect is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// There is nothing to do.
    Nothing,
    /// Nothing can be planned until this is fixed outside switchback.
    Blocks,
}

impl Safety {
    /// The operator opts in to an optional change; any other is made.
    pub fn opt_in_if(optional: bool) -> Self {
        match optional {
            true => Self::OptIn,
            false => Self::Safe { optional: false },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// `keep_new`, `take_old`: what `--set` and the answers file say.
    pub id: String,
    pub label: String,
    /// It needs a value that a person types, as the answer to this input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<InputName>,
}

/// What the operator said about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Take,
    Leave,
    /// The id of a `ChoiceOption`.
    Choose(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: Option<usize>,
}

impl Place {
    pub fn new(file: impl fmt::Display, line: Option<usize>) -> Self {
        let file = file.to_string();
        Self { file, line }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    pub source: String,
    pub line: Option<usize>,
    pub value: Shown,
    /// Whether this is the value the product gets.
    pub wins: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposedChange {
    pub file: RelPath,
    pub format: Format,
    pub what: FileChange,
    /// For `Safety::Decide`: the option that it belongs to.
    pub option: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// Texts in values are templates; they are filled when the file is staged.
    Edit(Edit),
    /// The whole file, which may exist already.
    Write { text: String },
}
