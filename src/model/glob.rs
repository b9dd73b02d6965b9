//! Which files below a root a rule means: `*` and `?` stay in their folder, `**/` leads into any.

use super::path::RelPath;
use globset::{GlobBuilder, GlobMatcher, GlobSet};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, ffi::OsStr, fmt, path::Path, sync::OnceLock};
use thiserror::Error;

/// Keeps what one pattern is compiled to small.
const BYTES_MAX: usize = 1_000;

/// A file pattern in the syntax of the `globset` crate, judged when the rules are read.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Glob(globset::Glob);

impl Glob {
    /// Every file, at any depth.
    pub fn all() -> Self {
        Self(parse("**").expect("a fair pattern"))
    }

    pub fn as_str(&self) -> &str {
        self.0.glob()
    }

    /// The same pattern below one folder.
    pub fn within(&self, folder: &RelPath) -> Self {
        let folder = globset::escape(folder.as_str());
        let whole = parse(&format!("{folder}/{}", self.as_str()));
        Self(whole.expect("two fair patterns, with a folder's border between them"))
    }

    /// The folders that it leads into.
    pub fn reach(&self) -> Reach {
        Reach(self.as_str().split('/').map(Part::of).collect())
    }

    /// This pattern alone, ready to match paths.
    pub fn alone(&self) -> Globs {
        Globs::new([self]).expect("one pattern of bounded length is small")
    }
}

/// Several patterns, matched at once.
#[derive(Clone, Debug)]
pub struct Globs(GlobSet);

/// The folders that a pattern leads into.
#[derive(Clone, Debug)]
pub struct Reach(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Name(String),
    Pattern(Box<OnePattern>),
    /// Any number of folders.
    Folders,
    /// Something that only the pattern as a whole can match.
    Any,
}

/// Compiled on first use: what follows a `**` never is.
#[derive(Clone, Debug)]
struct OnePattern {
    source: globset::Glob,
    compiled: OnceLock<GlobMatcher>,
}

impl Part {
    fn of(part: &str) -> Self {
        if part == "**" {
            return Self::Folders;
        }
        if part.contains("**") {
            return Self::Any;
        }
        if globset::escape(part) == part && !part.contains('\\') {
            return Self::Name(part.to_owned());
        }
        // A `/` inside braces or brackets does not separate folders; neither half is a pattern
        // then.
        match parse(part) {
            Ok(source) => Self::Pattern(Box::new(OnePattern {
                source,
                compiled: OnceLock::new(),
            })),
            Err(_) => Self::Any,
        }
    }

    /// Whether this part alone matches one name.
    fn is_match(&self, name: &OsStr) -> bool {
        match self {
            Self::Name(own) => own.as_str() == name,
            Self::Pattern(pattern) => {
                let compile = || pattern.source.compile_matcher();
                pattern.compiled.get_or_init(compile).is_match(name)
            }
            Self::Folders | Self::Any => false,
        }
    }
}

/// Whether a pattern matches something below a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Below {
    Never,
    Perhaps,
    /// It spells out that folder letter by letter.
    Named,
}

impl Reach {
    pub fn below(&self, folder: &Path) -> Below {
        let mut named = true;
        let mut parts = self.0.iter();
        for name in folder.iter() {
            match parts.next() {
                None => return Below::Never,
                Some(Part::Folders | Part::Any) => return Below::Perhaps,
                Some(part) if !part.is_match(name) => return Below::Never,
                Some(part) => named &= matches!(part, Part::Name(_)),
            }
        }
        match parts.next() {
            None => Below::Never,
            Some(_) if named => Below::Named,
            Some(_) => Below::Perhaps,
        }
    }

    /// Whether it matches everything below a folder.
    pub fn takes_all(&self, folder: &Path) -> bool {
        match self.behind_folders(folder) {
            Some(rest) => rest.is_empty(),
            None => false,
        }
    }

    /// Whether it matches the same below both folders, because its `**/` leads into both.
    pub fn leads_alike(&self, one: &Path, other: &Path) -> bool {
        let rest = |folder| self.behind_folders(folder).map(<[Part]>::len);
        rest(one).is_some() && rest(one) == rest(other)
    }

    /// The parts after the `**` that leads below a folder; empty if everything there matches.
    fn behind_folders(&self, folder: &Path) -> Option<&[Part]> {
        let mut names = folder.iter();
        for (n, part) in self.0.iter().enumerate() {
            match (part, names.next()) {
                (Part::Folders, _) => return self.0.get(n + 1..),
                (part, Some(name)) if part.is_match(name) => {}
                (_other, _) => return None,
            }
        }
        None
    }
}

/// Together the patterns would take too much memory.
#[derive(Debug, Error)]
#[error("the rules name too many file patterns at once")]
pub struct TooMany;

impl Globs {
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g Glob>) -> Result<Self, TooMany> {
        let mut set = GlobSet::builder();
        for glob in globs {
            set.add(glob.0.clone());
        }
        set.build().map(Self).map_err(|_| TooMany)
    }

    /// Whether one of them matches this path below the root.
    pub fn is_match(&self, path: impl AsRef<Path>) -> bool {
        self.0.is_match(path)
    }

    /// Stores the indices of those that match this path, in order.
    pub fn matches_into(&self, path: &Path, into: &mut Vec<usize>) {
        self.0.matches_into(path, into);
    }
}

/// Several patterns, with the folders that they lead into.
#[derive(Clone, Debug)]
pub struct Patterns {
    set: Globs,
    reaches: Vec<Reach>,
}

impl Patterns {
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g Glob> + Clone) -> Result<Self, TooMany> {
        Ok(Self {
            set: Globs::new(globs.clone())?,
            reaches: globs.into_iter().map(Glob::reach).collect(),
        })
    }

    pub fn mean(&self, path: &Path) -> bool {
        self.set.is_match(path)
    }

    pub fn below(&self, folder: &Path) -> Below {
        let below = self.reaches.iter().map(|reach| reach.below(folder));
        below.max().unwrap_or(Below::Never)
    }

    /// Whether one of them matches everything below a folder.
    pub fn take_all(&self, folder: &Path) -> bool {
        self.reaches.iter().any(|reach| reach.takes_all(folder))
    }

    /// Whether all that lead below one folder match the same below the other.
    pub fn lead_alike(&self, one: &Path, other: &Path) -> bool {
        let mut through = self.reaches.iter();
        through.all(|reach| reach.below(one) == Below::Never || reach.leads_alike(one, other))
    }
}

fn parse(text: &str) -> Result<globset::Glob, globset::Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

impl TryFrom<String> for Glob {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() > BYTES_MAX {
            return Err(format!("a file pattern has at most {BYTES_MAX} bytes"));
        }
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            return Err(format!("the file pattern `{text}` leads out of the root"));
        }
        parse(&text)
            .map(Self)
            .map_err(|error| format!("`{text}` is not a file pattern: {}", error.kind()))
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.as_str().to_owned()
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl JsonSchema for Glob {
    fn schema_name() -> Cow<'static, str> {
        "Glob".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": BYTES_MAX })
    }
}

/// A file pattern of a search; one that begins with `!` leaves its files out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum InOrOut {
    In(Glob),
    Out(Glob),
}

impl TryFrom<String> for InOrOut {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix('!') {
            Some(out) => Glob::try_from(out.to_owned()).map(Self::Out),
            None => Glob::try_from(text).map(Self::In),
        }
    }
}

impl From<InOrOut> for String {
    fn from(glob: InOrOut) -> Self {
        match glob {
            InOrOut::In(glob) => glob.into(),
            InOrOut::Out(glob) => format!("!{glob}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(text: &str) -> Glob {
        Glob::try_from(text.to_owned()).expect(text)
    }

    #[test]
    fn a_pattern_says_what_it_takes_below_a_folder() {
        let takes =
            |pattern: &str, folder: &str| glob(pattern).reach().takes_all(Path::new(folder));
        assert!(takes("data/**", "data") && takes("data/**", "data/v3/x") && takes("**", "any"));
        assert!(!takes("data/**", "other") && !takes("**/*.yml", "data"));
        assert!(!takes("data/**/x", "data") && !takes("data/*", "data"));
        let alike = |pattern: &str, one: &str, other: &str| {
            let reach = glob(pattern).reach();
            reach.leads_alike(Path::new(one), Path::new(other))
        };
        assert!(alike("**/*.yml", "a", "b/c") && alike("a/**/x", "a/b", "a/c"));
        assert!(!alike("a/**", "a", "b") && !alike("{a,b/c}/**", "a", "b/c"));
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let found = |pattern: &str, path: &str| glob(pattern).alone().is_match(path);
        assert!(found("conf/*.yml", "conf/a.yml"));
        assert!(!found("conf/*.yml", "conf/old/a.yml"));
        assert!(found("conf/**/*.yml", "conf/old/a.yml"));
        assert!(found("**", "conf/old/a.yml"));
    }

    #[test]
    fn a_folder_is_meant_by_its_letters() {
        let folder = RelPath::try_from("migrations[1]".to_owned()).expect("path");
        let within = glob("*.sql").within(&folder).alone();
        assert!(within.is_match("migrations[1]/a.sql"));
        assert!(!within.is_match("migrations1/a.sql"));
    }

    #[test]
    fn the_folders_that_a_pattern_leads_into_are_known() {
        let below = |pattern: &str, folder: &str| glob(pattern).reach().below(Path::new(folder));
        assert_eq!(below("data/**", "data"), Below::Named);
        assert_eq!(below("data/**", "data/v1/x"), Below::Perhaps);
        assert_eq!(below("data/*.db", "data"), Below::Named);
        assert_eq!(below("data/*.db", "data/x.db"), Below::Never);
        assert_eq!(below("data/*/x.db", "data/v1"), Below::Perhaps);
        assert_eq!(below("data/*/x.db", "data/v1/x"), Below::Never);
        assert_eq!(below("data", "data"), Below::Never);
        assert_eq!(below("**/*.yml", "any/where"), Below::Perhaps);
        assert_eq!(below("other/**", "data"), Below::Never);
        assert_eq!(below("{a/b,c}/d/*", "a/b"), Below::Perhaps);
    }

    #[test]
    fn what_is_no_pattern_is_told_with_its_reason() {
        let why = Glob::try_from("a[".to_owned()).expect_err("no pattern");
        assert!(why.contains("`a[` is not a file pattern"), "{why}");
        for out in ["/etc/*", "../*.env", "conf/../../a"] {
            let why = Glob::try_from(out.to_owned()).expect_err(out);
            assert!(why.contains("leads out"), "{why}");
        }
        let why = Glob::try_from("*".repeat(BYTES_MAX + 1)).expect_err("too long");
        assert!(why.contains("at most"), "{why}");
    }

    proptest! {
        /// The two `expect`s above rely on this.
        #[test]
        fn every_pattern_that_is_let_through_can_be_asked(
            text in r"([a-z?*/.!^-]|\[|\]|\{|\}|,|\*\*/|\\){0,40}|(\{a,\?\*\}|\*\*/){0,140}",
            folder in "[a-z?*.!{},-]{1,12}",
        ) {
            let Ok(fair) = Glob::try_from(text) else { return Ok(()) };
            fair.alone().is_match("conf/a.yml");
            for file in ["a", "a/b", "conf/a.yml", "a/b/c"] {
                let above = Path::new(file).parent().expect("a folder");
                let below = fair.reach().below(above) != Below::Never;
                prop_assert!(below || !fair.alone().is_match(file), "{fair} {file}");
            }
            if let Ok(folder) = RelPath::try_from(folder) {
                fair.within(&folder).alone().is_match("conf/a.yml");
            }
        }
    }
}
