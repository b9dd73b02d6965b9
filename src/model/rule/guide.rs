//! The product's own upgrade guide, statement by statement, and where it is wrong.

use crate::model::{ids::GuideId, route::Route};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    pub schema: u32,
    /// The title of the guide.
    pub title: String,
    pub statements: Vec<Statement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
}

/// A statement or a correction: what rules can cite.
#[derive(Clone, Copy, Debug)]
pub struct Citable<'g> {
    pub id: &'g GuideId,
    /// What it says or has found.
    pub says: &'g str,
    list: &'static str,
    place: usize,
}

impl Citable<'_> {
    /// Its place in guide.yaml.
    pub fn route(&self) -> Route {
        Route::key(self.list).item(self.place)
    }
}

impl Guide {
    /// All statements, then all corrections.
    pub fn citable(&self) -> impl Iterator<Item = Citable<'_>> {
        let statements = self.statements.iter().enumerate();
        let corrections = self.corrections.iter().enumerate();
        let statements = statements.map(|(place, one)| Citable {
            id: &one.id,
            says: &one.says,
            list: "statements",
            place,
        });
        statements.chain(corrections.map(|(place, one)| Citable {
            id: &one.id,
            says: &one.found,
            list: "corrections",
            place,
        }))
    }

    /// Whether the id names a statement that is not wholly true, or a correction.
    pub fn is_wrong_about(&self, id: &GuideId) -> bool {
        let mut statements = self.statements.iter();
        let doubted = |one: &Statement| one.id == *id && one.verdict != Verdict::True;
        statements.any(doubted) || self.corrections.iter().any(|one| one.id == *id)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub id: GuideId,
    /// The heading it stands under.
    pub section: String,
    /// What it says, in our words.
    pub says: String,
    #[serde(default)]
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    #[default]
    True,
    /// True in part, or only under a condition it does not name.
    Incomplete,
    False,
}

/// Something that was found when the real software was upgraded and that the guide gets wrong or
/// does not say. Rules cite it like a statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    pub id: GuideId,
    /// The statements it corrects; none when the guide is silent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<GuideId>,
    pub found: String,
}
