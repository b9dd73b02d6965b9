//! Rules about the product's variables.

use super::{action::is_false, check::Condition, severity::Severity};
use crate::model::{ids::GuideId, ids::InputName, pattern::Pattern, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EnvRule {
    /// The variable has a new name.
    Rename(RenameVariable),
    /// Part of its value must change.
    Rewrite(RewriteVariable),
    /// The new release reads a variable that the old one did not.
    Add(AddVariable),
    /// Documented as unchanged; checked, never written.
    Keep(KeepVariable),
    /// The new release no longer reads it.
    Remove(RemoveVariable),
    /// Opt-in. A feature with only some of its variables set is a finding.
    Optional(OptionalVariable),
}

impl EnvRule {
    /// The variable that the rule is about; for a rename, the new name.
    pub fn name(&self) -> &str {
        match self {
            Self::Rename(rule) => &rule.to,
            Self::Rewrite(rule) => &rule.name,
            Self::Add(rule) => &rule.name,
            Self::Keep(rule) => &rule.name,
            Self::Remove(rule) => &rule.name,
            Self::Optional(rule) => &rule.name,
        }
    }

    /// Every name that the rule mentions, including the old name of a renamed variable.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let old = match self {
            Self::Rename(rule) => Some(rule.from.as_str()),
            Self::Rewrite(_)
            | Self::Add(_)
            | Self::Keep(_)
            | Self::Remove(_)
            | Self::Optional(_) => None,
        };
        old.into_iter().chain([self.name()])
    }

    /// Whether values under any of its names must never be shown.
    pub fn is_secret(&self) -> bool {
        match self {
            Self::Rename(rule) => rule.secret,
            Self::Rewrite(rule) => rule.secret,
            Self::Add(rule) => rule.secret,
            Self::Keep(rule) => rule.secret,
            Self::Remove(rule) => rule.secret,
            Self::Optional(rule) => rule.secret,
        }
    }

    /// The input whose answer it takes.
    pub fn input(&self) -> Option<&InputName> {
        match self {
            Self::Rename(rule) => rule.input.as_ref(),
            Self::Add(rule) => rule.input.as_ref(),
            Self::Rewrite(_) | Self::Keep(_) | Self::Remove(_) | Self::Optional(_) => None,
        }
    }

    pub fn when(&self) -> Option<&Condition> {
        match self {
            Self::Rename(rule) => rule.when.as_ref(),
            Self::Rewrite(rule) => rule.when.as_ref(),
            Self::Add(rule) => rule.when.as_ref(),
            Self::Keep(rule) => rule.when.as_ref(),
            Self::Remove(rule) => rule.when.as_ref(),
            Self::Optional(rule) => rule.when.as_ref(),
        }
    }
}

/// What a value must be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Valid {
    /// In characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    /// The value must be a whole number, not less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    /// The value must be a whole number, not more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<i64>,
    /// `^` and `$` match the ends of the whole value, even if it has several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// What the pattern asks for, worded to follow "must be": `a whole number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_words: Option<String>,
    /// Well-known bad values, such as an example's secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reject: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameVariable {
    pub from: String,
    pub to: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Valid>,
    /// Used when there is no old value, or the old value is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputName>,
    /// Keeps the old name beside the new one, because something still reads it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub keep_old: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What happens if the operator leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewriteVariable {
    pub name: String,
    #[serde(rename = "match")]
    pub matches: Pattern,
    /// `${1}` and `${name}` are groups of the pattern, `$$` is a dollar sign.
    pub with: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddVariable {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Template>,
    /// Asked when `value` is not given, or the present value is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputName>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Valid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    /// A doubted addition is shown and never written unless the operator takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepVariable {
    pub name: String,
    /// What the product uses when it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Valid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveVariable {
    pub name: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_left: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionalVariable {
    pub name: String,
    /// Variables of one feature are set together or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Written when the operator takes the finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Template>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Valid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<GuideId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_rule_knows_its_names_and_whether_they_are_secret() {
        for (text, names) in [
            ("rename: {from: A, to: B, secret: true}", &["A", "B"][..]),
            (
                "rewrite: {name: B, match: a, with: b, secret: true}",
                &["B"],
            ),
            ("add: {name: B, secret: true}", &["B"]),
            ("keep: {name: B, secret: true}", &["B"]),
            ("remove: {name: B, secret: true}", &["B"]),
            ("optional: {name: B, secret: true}", &["B"]),
        ] {
            let rule: EnvRule = serde_saphyr::from_str(text).expect(text);
            assert_eq!(rule.names().collect::<Vec<_>>(), names, "{text}");
            assert_eq!(rule.name(), "B", "{text}");
            assert!(rule.is_secret(), "{text}");
            let open = text.replace(", secret: true", "");
            let rule: EnvRule = serde_saphyr::from_str(&open).expect(&open);
            assert!(!rule.is_secret(), "{open}");
        }
    }
}
