//! Names of things, each its own type so that one cannot be passed for another. Clones share the
//! text: every list on the screen names all of its rows again at every key press.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(id: impl Into<Arc<str>>) -> Self {
                Self(id.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }
    };
}

id! {
    /// One execution of a plan: 32 hexadecimal digits, random.
    RunId
}

const RUN_ID_DIGITS: usize = 32;

impl RunId {
    /// Its beginning: enough to tell one run from the others, in a list or a name.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no run's id: that has {RUN_ID_DIGITS} hexadecimal digits")]
pub struct NoRunId(String);

/// Checks the form, as the name may come from somewhere else.
impl TryFrom<String> for RunId {
    type Error = NoRunId;

    fn try_from(name: String) -> Result<Self, NoRunId> {
        let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        match name.len() == RUN_ID_DIGITS && name.bytes().all(is_digit) {
            true => Ok(Self::new(name)),
            false => Err(NoRunId(name)),
        }
    }
}

id! {
    /// A step of a plan, unique within it: `<hop>/<name>`, for example `1.0.0/migrate`.
    StepId
}
id! {
    /// A rule within a pack: `<hop>/<kind>/<name>`, for example `1.0.0/env/JWT_SECRET`.
    RuleId
}
id! {
    /// A statement of the product's guide, for example `WE-011`.
    GuideId
}
id! {
    /// Something the operator is asked for, or a parameter of the pack with a default.
    InputName
}
id! {
    /// A check of the checklist, of verify or of rollback, unique within a plan.
    CheckId
}
