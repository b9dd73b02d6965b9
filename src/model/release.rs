//! The releases of a product: how they are written, their order, and where a hop leads.
//!
//! A [`Release`] is a text and keeps the spelling it was found in. Only the product's scheme
//! ([`Releases`], from its pack) can say which of two is later, so a release has no `Ord` of its
//! own and its `==` compares spellings: ask the scheme for order and sameness.

mod number;
mod range;

pub use range::{Range, Spans};

use crate::model::text::sanitize;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};
use similar::TextDiff;
use std::{cmp::Ordering, fmt};

const RELEASE_CHARS_MAX: usize = 128;
/// How many known names an error lists before it stops.
const NAMES_SHOWN_MAX: usize = 12;
/// Below this likeness (0 to 1), the nearest name is no help as a suggestion.
const LIKENESS_MIN: f32 = 0.5;

/// A release as it was written, for example `v5.50.0`. It starts with a letter or a digit and holds
/// only letters, digits and `. _ + ~ / -`, so it is safe as an argument of a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Release(String);

impl Release {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What all spellings of one listed name share: they differ only in case and in a `v` before
    /// digits.
    fn folded(&self) -> String {
        number::without_v(&self.0).to_ascii_lowercase()
    }
}

impl TryFrom<String> for Release {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fits = text.len() <= RELEASE_CHARS_MAX
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._+~/-".contains(&b));
        if fits {
            Ok(Self(text))
        } else {
            Err(format!(
                "`{}` is not the text of a release: at most {RELEASE_CHARS_MAX} letters, digits and \
                 `. _ + ~ / -`, the first a letter or a digit",
                shown(&text)
            ))
        }
    }
}

impl TryFrom<&str> for Release {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl From<Release> for String {
    fn from(release: Release) -> Self {
        release.0
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the releases of a product are ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Releases {
    /// By their numbers. A suffix is a pre-release and lies below the release without it; build
    /// metadata does not count; `v1.2` is `1.2.0`.
    Semver,
    /// By their place in this list, the oldest first.
    Named(ReleaseList),
}

/// Named releases, the oldest first; no two of their spellings are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<NamedRelease>", into = "Vec<NamedRelease>")]
#[schemars(with = "Vec<NamedRelease>")]
pub struct ReleaseList(Vec<NamedRelease>);

/// A named release, with the other spellings that probes and people use for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedRelease {
    pub name: Release,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Release>,
}

impl NamedRelease {
    fn spellings(&self) -> impl Iterator<Item = &Release> {
        std::iter::once(&self.name).chain(&self.also)
    }
}

/// Where a release stands among the releases of its product. Ranks of different schemes are never
/// compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Without build metadata, so that equal means the same release.
    Number(Version),
    Name(usize),
}

impl Releases {
    /// Reads a release of this product. A number keeps its spelling; a listed release takes its
    /// listed name, so that path, plan and screens call it the same, whatever a probe said.
    pub fn parse(&self, text: &str) -> Result<Release, String> {
        let release = Release::try_from(text.trim())?;
        match self {
            Self::Semver => self.rank(&release).map(|_| release),
            Self::Named(list) => list.find(&release).map(|index| list.0[index].name.clone()),
        }
    }

    /// Where the release stands; an error if the product has no such release.
    pub fn rank(&self, release: &Release) -> Result<Rank, String> {
        match self {
            Self::Semver => number::parse(&release.0)
                .map(|number| Rank::Number(number.version))
                .ok_or_else(|| {
                    format!(
                        "`{release}` is not a numbered release such as 1.2.3, v1.2, 1.2.0-rc.1 or \
                         1.2.0b1; releases of other forms are listed under `releases` in pack.yaml"
                    )
                }),
            Self::Named(list) => list.find(release).map(Rank::Name),
        }
    }

    /// Which of two releases is the later one; `Equal` for two spellings of the same release.
    pub fn cmp(&self, one: &Release, other: &Release) -> Result<Ordering, String> {
        Ok(self.rank(one)?.cmp(&self.rank(other)?))
    }
}

impl ReleaseList {
    fn find(&self, release: &Release) -> Result<usize, String> {
        let wanted = release.folded();
        self.0
            .iter()
            .position(|named| named.spellings().any(|text| text.folded() == wanted))
            .ok_or_else(|| self.unknown(release))
    }

    fn unknown(&self, release: &Release) -> String {
        let likeness = |text: &Release| TextDiff::from_chars(&text.0, &release.0).ratio();
        let nearest = self
            .0
            .iter()
            .flat_map(|named| named.spellings().map(move |text| (likeness(text), named)))
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .filter(|(likeness, _)| *likeness >= LIKENESS_MIN);
        let hint = match nearest {
            Some((_, named)) => format!("the nearest is `{}`, ", named.name),
            None => String::new(),
        };
        let mut known: Vec<&str> = self.0.iter().map(|named| named.name.as_str()).collect();
        if known.len() > NAMES_SHOWN_MAX {
            known.truncate(NAMES_SHOWN_MAX);
            known.push("…");
        }
        let known = known.join(", ");
        format!("`{release}` is not a release of this product; {hint}known are {known}")
    }
}

impl TryFrom<Vec<NamedRelease>> for ReleaseList {
    type Error = String;

    fn try_from(list: Vec<NamedRelease>) -> Result<Self, String> {
        let mut seen: Vec<String> = Vec::new();
        for release in list.iter().flat_map(NamedRelease::spellings) {
            if matches!(release.as_str(), PATCH | MINOR) {
                return Err(format!(
                    "`{release}` cannot name a release: hops use the word"
                ));
            }
            let folded = release.folded();
            if seen.contains(&folded) {
                return Err(format!(
                    "`{release}` is listed twice: each spelling belongs to one release"
                ));
            }
            seen.push(folded);
        }
        if list.is_empty() {
            return Err("the list of releases is empty: name them, the oldest first".to_owned());
        }
        Ok(Self(list))
    }
}

impl From<ReleaseList> for Vec<NamedRelease> {
    fn from(list: ReleaseList) -> Self {
        list.0
    }
}

const PATCH: &str = "patch";
const MINOR: &str = "minor";

/// Where a hop leads: to one release or, if it describes a process that serves many, to any release
/// of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum HopTo {
    Release(Release),
    /// `patch`: any later release with the same major and minor number.
    Patch,
    /// `minor`: any later release with the same major number.
    Minor,
}

impl TryFrom<String> for HopTo {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            PATCH => Ok(Self::Patch),
            MINOR => Ok(Self::Minor),
            _ => Release::try_from(text).map(Self::Release),
        }
    }
}

impl From<HopTo> for String {
    fn from(to: HopTo) -> Self {
        to.to_string()
    }
}

impl fmt::Display for HopTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(release) => release.fmt(f),
            Self::Patch => f.write_str(PATCH),
            Self::Minor => f.write_str(MINOR),
        }
    }
}

/// The start of a text from anywhere, made fit for an error message.
fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    let mut start: String = text.chars().take(CHARS_MAX).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    sanitize(&start)
}

#[cfg(test)]
mod tests;
