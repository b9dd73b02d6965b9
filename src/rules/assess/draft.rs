//! The common part of every finding: what the rule says about itself, and its severity.
//!
//! Where a rule names no severity:
//!
//! | kind                               | severity                                    |
//! |------------------------------------|---------------------------------------------|
//! | missing, unreadable                | breaking                                    |
//! | renamed, both set, invalid         | breaking if required, otherwise required    |
//! | rewritten, usage, left out         | required                                    |
//! | config, new file, text             | required, optional if the rule says so      |
//! | still set, half set, addition      | recommended (optional if opt-in)            |
//! | unknown                            | recommended if a known name is near or info |
//! | already done, unchanged            | info, whatever the rule names               |

use crate::model::{
    edit::{Edit, Op},
    finding::{ChoiceOption, FileChange, Finding, FindingKind, ProposedChange, Safety},
    format::Format,
    ids::{GuideId, RuleId},
    path::RelPath,
    route::Route,
    rule::{
        AddVariable, Change, CreateFile, MergeFile, RemoveVariable, RenameVariable, ReplaceText,
        RewriteVariable, Severity,
    },
};
use serde_json::Value;

/// What every rule says about itself.
#[derive(Clone, Copy, Default)]
pub(super) struct About<'a> {
    pub severity: Option<Severity>,
    pub because: Option<&'a String>,
    pub if_left: Option<&'a String>,
    pub cites: &'a [GuideId],
    pub doubt: Option<&'a String>,
}

/// Rules that carry all of these fields, under the same names. Each is one flat map in a rules
/// file, so the structs have no common part from which these could be taken.
macro_rules! says_all {
    ($($rule:ty),+ $(,)?) => {$(
        impl<'r> From<&'r $rule> for About<'r> {
            fn from(rule: &'r $rule) -> Self {
                Self {
                    severity: rule.severity,
                    because: rule.because.as_ref(),
                    if_left: rule.if_left.as_ref(),
                    cites: &rule.cites,
                    doubt: rule.doubt.as_ref(),
                }
            }
        }
    )+};
}

says_all!(
    RenameVariable,
    RewriteVariable,
    AddVariable,
    RemoveVariable,
    Change,
    CreateFile,
    ReplaceText,
    MergeFile,
);

/// Which rule: its hop on the path and its id.
pub(super) struct Site {
    pub hop: usize,
    pub id: RuleId,
}

/// A rule of one hop, from which findings are made.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub site: &'a Site,
    pub about: About<'a>,
    /// The new release needs it, or the rule is not optional.
    pub required: bool,
}

impl<'a> Source<'a> {
    pub fn of(site: &'a Site, about: impl Into<About<'a>>, required: bool) -> Self {
        Self {
            site,
            about: about.into(),
            required,
        }
    }

    /// A finding that proposes nothing yet.
    pub fn finding(&self, kind: FindingKind, title: impl Into<String>) -> Finding {
        let default = default_severity(kind, self.required);
        let severity = match self.about.severity {
            Some(said) if !kind.is_met() => said,
            Some(_) | None => default,
        };
        Finding {
            id: self.site.id.clone(),
            hop: self.site.hop,
            severity,
            kind,
            title: title.into(),
            summary: String::new(),
            because: self.about.because.cloned(),
            if_left: self.about.if_left.cloned(),
            places: Vec::new(),
            sources: Vec::new(),
            changes: Vec::new(),
            safety: Safety::Nothing,
            input: None,
            cites: self.about.cites.to_vec(),
            doubt: self.about.doubt.cloned(),
        }
    }
}

fn default_severity(kind: FindingKind, required: bool) -> Severity {
    match kind {
        FindingKind::Missing | FindingKind::Unreadable => Severity::Breaking,
        FindingKind::Renamed | FindingKind::BothSet | FindingKind::Invalid if required => {
            Severity::Breaking
        }
        FindingKind::Renamed
        | FindingKind::BothSet
        | FindingKind::Invalid
        | FindingKind::Rewritten
        | FindingKind::Usage
        | FindingKind::Migration
        | FindingKind::LeftOut => Severity::Required,
        FindingKind::Config | FindingKind::NewFile | FindingKind::Text if required => {
            Severity::Required
        }
        FindingKind::Config | FindingKind::NewFile | FindingKind::Text => Severity::Optional,
        FindingKind::Addition if !required => Severity::Optional,
        FindingKind::StillSet | FindingKind::HalfSet | FindingKind::Addition => {
            Severity::Recommended
        }
        FindingKind::Unknown if required => Severity::Recommended,
        FindingKind::Unknown | FindingKind::AlreadyDone | FindingKind::Unchanged => Severity::Info,
    }
}

/// A change of one variable's line.
pub(super) fn variable_change(file: &RelPath, name: &str, op: Op) -> ProposedChange {
    ProposedChange {
        file: file.clone(),
        format: Format::DOTENV,
        what: FileChange::Edit(Edit::new(Route::key(name), op)),
        option: None,
    }
}

pub(super) fn set(template: impl Into<String>) -> Op {
    Op::Set {
        value: Value::String(template.into()),
    }
}

/// The same changes, made only if this option is chosen.
pub(super) fn for_option(changes: Vec<ProposedChange>, id: &str) -> Vec<ProposedChange> {
    let mut changes = changes;
    for change in &mut changes {
        change.option = Some(id.to_owned());
    }
    changes
}

pub(super) fn option(id: &str, label: impl Into<String>) -> ChoiceOption {
    ChoiceOption {
        id: id.to_owned(),
        label: label.into(),
        typed: None,
    }
}
