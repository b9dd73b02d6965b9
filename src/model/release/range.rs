//! A range of releases as rules write it: `>=0.1, <1.0`, `1.x`, `0.5.0`, `V1`, `<1 || >=2.0`.
//!
//! Bounds are separated by commas or blanks and all must hold; `||` separates alternatives.
//! Membership is plain order, with one exception: **`<1.0` does not contain the pre-releases of
//! 1.0.0**. They lie below it, but `<1.0` is written to mean "what came before 1.0", and
//! `1.0.0-rc.1` is not that. So a pre-release of 1.0.0 is in neither `<1.0` nor `>=1.0`; only a
//! bound that names one lets it in: `>=1.0.0-rc.1`. Pre-releases between the bounds are contained:
//! `0.9.0-beta.2` is in `>=0.1, <1.0`.
//!
//! A short number is refused where it could mean one release or a whole line (`1.2`, `<=1.2`,
//! `>1.2`); in `>=1.2` and `<1.2` both readings agree. Operators that other tools read
//! differently (`^`, `~`) do not exist. Nothing is ever left out: a text is understood whole or
//! refused, and so is a range that can contain nothing.

use super::{Rank, Release, Releases, number, shown};
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    ops::{Bound, RangeBounds},
};

/// A range of releases: `>=0.1, <1.0`, `1.x`, `1.2.*`, `0.5.0`, `V1` or `<1.0 || >=2.0`. Bounds are
/// separated by commas or blanks and must all hold; `||` separates alternatives. `<1.0` leaves out
/// the pre-releases of 1.0.0; there is no `^` and no `~`.
// Which releases it contains is known only once a scheme reads it: `Spans`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Range {
    text: String,
    /// Alternatives, each a list of limits that must all hold.
    sets: Vec<Vec<Limit>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Limit {
    op: Op,
    /// A release, or a wildcard such as `*`, `1.x` or `1.2.*`.
    operand: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Exactly,
    From,
    Above,
    UpTo,
    Below,
}

/// Longest first, so that `>=` is not read as `>`.
const OPS: [(&str, Op); 5] = [
    (">=", Op::From),
    ("<=", Op::UpTo),
    (">", Op::Above),
    ("<", Op::Below),
    ("=", Op::Exactly),
];

/// A range read by a product's scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spans {
    sets: Vec<Vec<Span>>,
    entries: Vec<Release>,
}

type Span = (Bound<Rank>, Bound<Rank>);

impl Range {
    /// The range under a scheme; an error if a limit names no release of it, is ambiguous, or if
    /// the limits contradict each other.
    pub fn spans(&self, scheme: &Releases) -> Result<Spans, String> {
        let mut spans = Spans {
            sets: Vec::new(),
            entries: Vec::new(),
        };
        for limits in &self.sets {
            let mut set = Vec::new();
            for limit in limits {
                let (span, entry) = limit.span(scheme)?;
                set.push(span);
                spans.entries.extend(entry);
            }
            if contradicts(&set) {
                return Err(format!(
                    "`{self}` contains no release: its limits exclude each other"
                ));
            }
            spans.sets.push(set);
        }
        Ok(spans)
    }

    /// Whether the range contains a release, both read by the scheme.
    pub fn contains(&self, scheme: &Releases, release: &Release) -> Result<bool, String> {
        Ok(self.spans(scheme)?.contains(&scheme.rank(release)?))
    }
}

impl Spans {
    pub fn contains(&self, rank: &Rank) -> bool {
        let within = |set: &Vec<Span>| set.iter().all(|span| span.contains(rank));
        self.sets.iter().any(within)
    }

    /// Whether some release before this rank may be in it.
    pub fn begins_before(&self, rank: &Rank) -> bool {
        let before = (Bound::Unbounded, Bound::Excluded(rank.clone()));
        let within = |set: &Vec<Span>| {
            !contradicts(&[set.as_slice(), std::slice::from_ref(&before)].concat())
        };
        self.sets.iter().any(within)
    }

    /// The releases that the range itself names as its start: `1.4.5` for `>=1.4.5, <2`. A product
    /// outside the range can be upgraded to one of them first.
    pub fn entries(&self) -> &[Release] {
        &self.entries
    }
}

/// Whether no rank is above every lower limit and below every upper one.
fn contradicts(set: &[Span]) -> bool {
    let apart = |low: &Bound<Rank>, high: &Bound<Rank>| match (low, high) {
        (Bound::Included(low), Bound::Included(high)) => low > high,
        (
            Bound::Included(low) | Bound::Excluded(low),
            Bound::Included(high) | Bound::Excluded(high),
        ) => low >= high,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    };
    set.iter()
        .any(|(low, _)| set.iter().any(|(_, high)| apart(low, high)))
}

impl Limit {
    /// The ranks within the limit, and the release it starts with if it names one.
    fn span(&self, scheme: &Releases) -> Result<(Span, Option<Release>), String> {
        if let Some(stem) = self.operand.strip_suffix('*') {
            let fits = self.op == Op::Exactly && (stem.is_empty() || *scheme == Releases::Semver);
            return fits
                .then(|| line(stem))
                .flatten()
                .ok_or_else(|| self.no_line());
        }
        let release = scheme.parse(&self.operand)?;
        match scheme.rank(&release)? {
            Rank::Name(index) => {
                let rank = Rank::Name(index);
                Ok((self.op.span(rank.clone(), rank), self.op.entry(release)))
            }
            Rank::Number(version) => self.number_span(release, version),
        }
    }

    fn number_span(
        &self,
        release: Release,
        version: Version,
    ) -> Result<(Span, Option<Release>), String> {
        let parts = number::parse(&self.operand).map_or(0, |number| number.parts);
        let short = parts < 3 && version.pre.is_empty();
        let entry = match self.op {
            Op::Exactly | Op::Above | Op::UpTo if short => {
                return Err(self.ambiguous(&version, parts));
            }
            Op::From if short => Release(version.to_string()),
            Op::Exactly | Op::From | Op::Above | Op::UpTo | Op::Below => release,
        };
        let first = number::first_pre_release(version.clone());
        let span = self.op.span(Rank::Number(version), Rank::Number(first));
        Ok((span, self.op.entry(entry)))
    }

    fn ambiguous(&self, version: &Version, parts: usize) -> String {
        let Self { op, operand } = self;
        let whole = match (op, number::line_end(version, parts)) {
            (Op::Above, Some(end)) => format!(">={end}"),
            (Op::UpTo, Some(end)) => format!("<{end}"),
            (Op::Exactly | Op::From | Op::Below, _) | (Op::Above | Op::UpTo, None) => {
                format!("{operand}.x")
            }
        };
        format!(
            "`{self}` could mean {version} alone or all of {operand}.x: write `{op}{version}` or `{whole}`"
        )
    }

    fn no_line(&self) -> String {
        format!("`{self}` is not a line of releases: numbered ones have `1.x` and `1.2.x`")
    }
}

/// The span of a wildcard's stem, `` (any release), `1.` or `1.2.`, and the release it begins with.
fn line(stem: &str) -> Option<(Span, Option<Release>)> {
    let Some(core) = stem.strip_suffix('.') else {
        let any = (Bound::Unbounded, Bound::Unbounded);
        return stem.is_empty().then_some((any, None));
    };
    let ([major, minor, patch], parts) = number::numbers(number::without_v(core))?;
    let start = Version::new(major, minor, patch);
    let end = number::line_end(&start, parts)?;
    let entry = Release(start.to_string());
    let span = (
        Bound::Included(Rank::Number(start)),
        Bound::Excluded(Rank::Number(number::first_pre_release(end))),
    );
    Some((span, Some(entry)))
}

impl Op {
    /// The ranks that the operator allows; `first` is where the release's own pre-releases begin.
    fn span(self, rank: Rank, first: Rank) -> Span {
        match self {
            Self::Exactly => (Bound::Included(rank.clone()), Bound::Included(rank)),
            Self::From => (Bound::Included(rank), Bound::Unbounded),
            Self::Above => (Bound::Excluded(rank), Bound::Unbounded),
            Self::UpTo => (Bound::Unbounded, Bound::Included(rank)),
            Self::Below => (Bound::Unbounded, Bound::Excluded(first)),
        }
    }

    /// The release, if the operator's range begins with it.
    fn entry(self, release: Release) -> Option<Release> {
        match self {
            Self::Exactly | Self::From => Some(release),
            Self::Above | Self::UpTo | Self::Below => None,
        }
    }

    /// The operator at the start of a text, and what follows; none written means `=`.
    fn take(text: &str) -> (Self, &str) {
        OPS.iter()
            .find_map(|(sign, op)| Some((*op, text.strip_prefix(sign)?)))
            .unwrap_or((Self::Exactly, text))
    }
}

impl TryFrom<String> for Range {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let sets = text
            .split("||")
            .map(limits)
            .collect::<Result<_, String>>()
            .map_err(|why| {
                format!(
                    "`{}` is not a range of releases: {why}; write `>=0.1, <1.0`, `1.x`, `1.2.3` or \
                     `<1.0 || >=2.0`",
                    shown(&text)
                )
            })?;
        Ok(Self { text, sets })
    }
}

/// All limits of one alternative, or why its text is not understood.
fn limits(set: &str) -> Result<Vec<Limit>, String> {
    let mut limits = Vec::new();
    let mut rest = set.trim_start();
    loop {
        let (op, after) = Op::take(rest);
        let after = after.trim_start();
        let end = after
            .find(|c: char| c.is_whitespace() || ",<>=".contains(c))
            .unwrap_or(after.len());
        limits.push(Limit {
            op,
            operand: operand(&after[..end])?,
        });
        let next = after[end..].trim_start();
        if next.is_empty() {
            return Ok(limits);
        }
        rest = next.strip_prefix(',').unwrap_or(next).trim_start();
    }
}

/// A release, or a wildcard, which is rewritten to end in `*`.
fn operand(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("a release is missing".to_owned());
    }
    let stem = text
        .strip_suffix(['x', 'X', '*'])
        .filter(|stem| is_line(stem));
    match stem {
        Some(stem) => Ok(format!("{stem}*")),
        None => Release::try_from(text)
            .map(String::from)
            .map_err(|_| format!("`{}` is no release", shown(text))),
    }
}

/// What may stand before a wildcard: nothing, or numbers that each end in a dot.
fn is_line(stem: &str) -> bool {
    stem.is_empty()
        || stem
            .strip_suffix('.')
            .is_some_and(|core| number::numbers(number::without_v(core)).is_some())
}

impl TryFrom<&str> for Range {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl From<Range> for String {
    fn from(range: Range) -> Self {
        range.text
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operand = self.operand.replace('*', "x");
        write!(f, "{}{operand}", self.op)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exactly => "",
            Self::From => ">=",
            Self::Above => ">",
            Self::UpTo => "<=",
            Self::Below => "<",
        })
    }
}
