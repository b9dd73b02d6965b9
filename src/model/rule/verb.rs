//! What a change of a configuration file does: one of eight operations, with what it needs. In a
//! rules file they are fields of one map, most of which are left out.

use super::change::Change;
use crate::model::{
    edit::Wrap,
    pattern::Pattern,
    route::{Route, Segment},
};
use serde_json::Value;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verb<'c> {
    Set {
        at: &'c Route,
        value: &'c Value,
    },
    Default {
        at: &'c Route,
        value: &'c Value,
    },
    Remove {
        at: &'c Route,
    },
    Rename {
        at: &'c Route,
        to: &'c str,
    },
    Move {
        at: &'c Route,
        to: &'c Route,
        value: Option<&'c Value>,
    },
    Append {
        at: &'c Route,
        value: &'c Value,
    },
    Rewrite {
        at: &'c Route,
        pattern: &'c Pattern,
        with: &'c str,
    },
    Wrap {
        at: &'c Route,
        how: &'c Wrap,
    },
}

impl<'c> Verb<'c> {
    /// The route of what is changed.
    pub fn at(self) -> &'c Route {
        match self {
            Self::Set { at, .. }
            | Self::Default { at, .. }
            | Self::Remove { at }
            | Self::Rename { at, .. }
            | Self::Move { at, .. }
            | Self::Append { at, .. }
            | Self::Rewrite { at, .. }
            | Self::Wrap { at, .. } => at,
        }
    }

    /// Where the value stands, before the change and after it.
    pub fn places(self) -> Vec<Route> {
        let after = match self {
            Self::Rename { at, to } => at.parent().map(|parent| parent.at(to)),
            Self::Move { to, .. } => Some(to.clone()),
            Self::Set { .. }
            | Self::Default { .. }
            | Self::Remove { .. }
            | Self::Append { .. }
            | Self::Rewrite { .. }
            | Self::Wrap { .. } => None,
        };
        std::iter::once(self.at().clone()).chain(after).collect()
    }
}

/// An operation, as rules files name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerbName {
    Set,
    Default,
    Remove,
    Rename,
    Move,
    Append,
    Rewrite,
    Wrap,
}

/// A field beside the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    To,
    Value,
    Match,
    With,
    As,
}

/// Why a change does not say what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerbFault {
    #[error("a change without an operation")]
    None,
    #[error("a change with {} operations: {}", .0.len(), listed(.0))]
    Several(Vec<VerbName>),
    #[error("`{name}` needs {}", needed(.fields))]
    Lacks { name: VerbName, fields: Vec<Field> },
    #[error("`{to}` is a route: `rename` keeps the place and takes a key")]
    NotAKey { to: Route },
}

impl Change {
    pub fn verb(&self) -> Result<Verb<'_>, VerbFault> {
        let (name, at) = self.named()?;
        let value = self.value.as_ref();
        let to = self.to.as_ref();
        let verb = match name {
            VerbName::Set => value.map(|value| Verb::Set { at, value }),
            VerbName::Default => value.map(|value| Verb::Default { at, value }),
            VerbName::Remove => Some(Verb::Remove { at }),
            VerbName::Rename => {
                let to = to.map(single_key).transpose()?;
                to.map(|to| Verb::Rename { at, to })
            }
            VerbName::Move => to.map(|to| Verb::Move { at, to, value }),
            VerbName::Append => value.map(|value| Verb::Append { at, value }),
            VerbName::Rewrite => {
                let both = self.matches.as_ref().zip(self.with.as_ref());
                both.map(|(pattern, with)| Verb::Rewrite { at, pattern, with })
            }
            VerbName::Wrap => self.wrap_as.as_ref().map(|how| Verb::Wrap { at, how }),
        };
        verb.ok_or_else(|| {
            let (needs, _) = name.fields();
            let missing = needs.iter().filter(|field| !self.has(**field));
            let fields = missing.copied().collect();
            VerbFault::Lacks { name, fields }
        })
    }

    /// The route of what is changed.
    pub fn route(&self) -> Option<&Route> {
        self.given().next().map(|(_, route)| route)
    }

    /// The fields that are given beside the operation and mean nothing to it.
    pub fn idle_fields(&self) -> Vec<(VerbName, Field)> {
        let Ok((name, _)) = self.named() else {
            return Vec::new();
        };
        let (needs, may) = name.fields();
        let said = Field::ALL.into_iter().filter(|field| self.has(*field));
        said.filter(|field| !needs.contains(field) && !may.contains(field))
            .map(|field| (name, field))
            .collect()
    }

    /// The operation, which must be the only one, and its route.
    fn named(&self) -> Result<(VerbName, &Route), VerbFault> {
        let mut given = self.given();
        match (given.next(), given.next()) {
            (None, _) => Err(VerbFault::None),
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => {
                let names = self.given().map(|(name, _)| name);
                Err(VerbFault::Several(names.collect()))
            }
        }
    }

    fn given(&self) -> impl Iterator<Item = (VerbName, &Route)> {
        let all = [
            (VerbName::Set, &self.set),
            (VerbName::Default, &self.default),
            (VerbName::Remove, &self.remove),
            (VerbName::Rename, &self.rename),
            (VerbName::Move, &self.move_from),
            (VerbName::Append, &self.append),
            (VerbName::Rewrite, &self.rewrite),
            (VerbName::Wrap, &self.wrap),
        ];
        let all = all.into_iter();
        all.filter_map(|(name, route)| Some((name, route.as_ref()?)))
    }

    fn has(&self, field: Field) -> bool {
        match field {
            Field::To => self.to.is_some(),
            Field::Value => self.value.is_some(),
            Field::Match => self.matches.is_some(),
            Field::With => self.with.is_some(),
            Field::As => self.wrap_as.is_some(),
        }
    }
}

fn single_key(to: &Route) -> Result<&str, VerbFault> {
    match to.0.as_slice() {
        [Segment::Key(key)] => Ok(key),
        _a_route => Err(VerbFault::NotAKey { to: to.clone() }),
    }
}

impl VerbName {
    /// As rules files spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Default => "default",
            Self::Remove => "remove",
            Self::Rename => "rename",
            Self::Move => "move",
            Self::Append => "append",
            Self::Rewrite => "rewrite",
            Self::Wrap => "wrap",
        }
    }

    /// The fields it needs besides its route, and those it may have.
    fn fields(self) -> (&'static [Field], &'static [Field]) {
        match self {
            Self::Set | Self::Default | Self::Append => (&[Field::Value], &[]),
            Self::Remove => (&[], &[]),
            Self::Rename => (&[Field::To], &[]),
            Self::Move => (&[Field::To], &[Field::Value]),
            Self::Rewrite => (&[Field::Match, Field::With], &[]),
            Self::Wrap => (&[Field::As], &[]),
        }
    }
}

impl Field {
    const ALL: [Self; 5] = [Self::To, Self::Value, Self::Match, Self::With, Self::As];

    /// As rules files spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::To => "to",
            Self::Value => "value",
            Self::Match => "match",
            Self::With => "with",
            Self::As => "as",
        }
    }
}

impl fmt::Display for VerbName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

fn listed(names: &[VerbName]) -> String {
    let words: Vec<&str> = names.iter().map(|name| name.word()).collect();
    words.join(", ")
}

fn needed(fields: &[Field]) -> String {
    let words: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
    words.join(" and ")
}
