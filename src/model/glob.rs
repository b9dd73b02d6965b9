//! Which files below a root a rule means: `*` and `?` stay in their folder, `**/` leads into any.

use super::path::RelPath;
use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, ffi::OsStr, fmt, path::Path, sync::OnceLock};

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

    /// This pattern alone, ready to match paths.
    pub fn alone(&self) -> Globs {
        Globs::new([self])
    }
}

/// Several patterns, ready to match paths below the root.
#[derive(Debug)]
pub struct Globs(Vec<Parts>);

/// Whether a pattern matches something below a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Below {
    Never,
    Perhaps,
    /// It spells out that folder letter by letter.
    Named,
}

impl Globs {
    pub fn new<'g>(globs: impl IntoIterator<Item = &'g Glob>) -> Self {
        Self(globs.into_iter().map(Parts::of).collect())
    }

    /// Whether one of them matches this path.
    pub fn is_match(&self, path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        let names: Vec<&OsStr> = path.iter().collect();
        self.0.iter().any(|parts| parts.is_match(path, &names))
    }

    /// The indices of those that match this path, in order.
    pub fn matching(&self, path: &Path) -> Vec<usize> {
        let names: Vec<&OsStr> = path.iter().collect();
        let all = self.0.iter().enumerate();
        let matching = all.filter(|(_, parts)| parts.is_match(path, &names));
        matching.map(|(n, _)| n).collect()
    }

    /// Whether one of them matches something below a folder.
    pub fn below(&self, folder: &Path) -> Below {
        let below = self.0.iter().map(|parts| parts.below(folder));
        below.max().unwrap_or(Below::Never)
    }

    /// Whether one of them matches everything below a folder.
    pub fn take_all(&self, folder: &Path) -> bool {
        let mut all = self.0.iter();
        all.any(|parts| parts.behind_folders(folder).is_some_and(<[Part]>::is_empty))
    }

    /// Whether all that lead below one folder match the same below the other, because their `**/`
    /// leads into both.
    pub fn lead_alike(&self, one: &Path, other: &Path) -> bool {
        self.0.iter().all(|parts| {
            let rest = |folder| parts.behind_folders(folder).map(<[Part]>::len);
            parts.below(one) == Below::Never || (rest(one).is_some() && rest(one) == rest(other))
        })
    }
}

/// A pattern, folder by folder.
#[derive(Debug)]
struct Parts {
    parts: Vec<Part>,
    /// The pattern undivided, if a part of it cannot be matched alone.
    whole: Option<Lazy>,
}

#[derive(Debug)]
enum Part {
    Name(String),
    /// A name with `*` or `?`, and nothing else that is special.
    Wild(String),
    /// Any other pattern of a name.
    Pattern(Lazy),
    /// Any number of folders.
    Folders,
    /// Something that only the pattern as a whole can match.
    Any,
}

/// A pattern that is compiled when a path comes that only it can decide: most are never asked.
#[derive(Debug)]
struct Lazy {
    source: globset::Glob,
    compiled: OnceLock<GlobMatcher>,
}

impl Lazy {
    fn new(source: globset::Glob) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    fn is_match(&self, path: impl AsRef<Path>) -> bool {
        let compile = || self.source.compile_matcher();
        self.compiled.get_or_init(compile).is_match(path)
    }
}

impl Part {
    fn of(part: &str) -> Self {
        if part == "**" {
            return Self::Folders;
        }
        if part.is_empty() || part.contains("**") {
            return Self::Any;
        }
        if !part.contains(['\\', '[', ']', '{', '}', ',']) {
            return match part.contains(['*', '?']) {
                true => Self::Wild(part.to_owned()),
                false => Self::Name(part.to_owned()),
            };
        }
        // A `/` inside braces or brackets does not separate folders; neither half is a pattern
        // then.
        parse(part).map_or(Self::Any, |source| Self::Pattern(Lazy::new(source)))
    }

    /// Whether this part alone matches one name.
    fn is_match(&self, name: &OsStr) -> bool {
        match self {
            Self::Name(own) => own.as_str() == name,
            Self::Wild(wild) => follows(
                wild.as_bytes(),
                name.as_encoded_bytes(),
                |item| *item == b'*',
                |item, byte| *item == b'?' || item == byte,
            ),
            Self::Pattern(pattern) => pattern.is_match(name),
            Self::Folders | Self::Any => false,
        }
    }
}

impl Parts {
    fn of(glob: &Glob) -> Self {
        let parts: Vec<Part> = glob.as_str().split('/').map(Part::of).collect();
        let undivided = parts.iter().any(|part| matches!(part, Part::Any));
        Self {
            whole: undivided.then(|| Lazy::new(glob.0.clone())),
            parts,
        }
    }

    /// Takes the names of the path as well, which are the same for every pattern.
    fn is_match(&self, path: &Path, names: &[&OsStr]) -> bool {
        if let Some(whole) = &self.whole {
            return whole.is_match(path);
        }
        // A `**` at the end means what lies in the folder, not the folder.
        let above = match self.parts.last() {
            Some(Part::Folders) => names.split_last().map(|(_, above)| above),
            Some(_) | None => Some(names),
        };
        let any = |part: &Part| matches!(part, Part::Folders);
        above
            .is_some_and(|names| follows(&self.parts, names, any, |part, name| part.is_match(name)))
    }

    fn below(&self, folder: &Path) -> Below {
        let mut named = true;
        let mut parts = self.parts.iter();
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

    /// The parts after the `**` that leads below a folder; empty if everything there matches.
    fn behind_folders(&self, folder: &Path) -> Option<&[Part]> {
        let mut names = folder.iter();
        for (n, part) in self.parts.iter().enumerate() {
            match (part, names.next()) {
                (Part::Folders, _) => return self.parts.get(n + 1..),
                (part, Some(name)) if part.is_match(name) => {}
                (_other, _) => return None,
            }
        }
        None
    }
}

/// Whether a text is what a pattern says, item by item. Only the last `any` is ever tried with one
/// item more: what an earlier one could take instead, the last can take as well.
fn follows<P, T>(
    pattern: &[P],
    text: &[T],
    any: impl Fn(&P) -> bool,
    one: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut here) = (0, 0);
    // Where the pattern goes on behind the last `any`, and the text that this one leaves to it.
    let mut last: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at), text.get(here)) {
            (Some(item), _) if any(item) => {
                at += 1;
                last = Some((at, here));
            }
            (Some(item), Some(own)) if one(item, own) => (at, here) = (at + 1, here + 1),
            (None, None) => return true,
            (Some(_), _) | (None, Some(_)) => match last {
                Some((behind, from)) if from < text.len() => {
                    last = Some((behind, from + 1));
                    (at, here) = (behind, from + 1);
                }
                Some(_) | None => return false,
            },
        }
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
        let takes = |pattern: &str, folder: &str| glob(pattern).alone().take_all(Path::new(folder));
        assert!(takes("data/**", "data") && takes("data/**", "data/v3/x") && takes("**", "any"));
        assert!(!takes("data/**", "other") && !takes("**/*.yml", "data"));
        assert!(!takes("data/**/x", "data") && !takes("data/*", "data"));
        let alike = |pattern: &str, one: &str, other: &str| {
            let both = [Path::new(one), Path::new(other)];
            glob(pattern).alone().lead_alike(both[0], both[1])
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
        let below = |pattern: &str, folder: &str| glob(pattern).alone().below(Path::new(folder));
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
        /// Going folder by folder finds what `globset` finds in the whole path, except that a
        /// bracket, like `*` and `?`, never means the `/` between two folders.
        #[test]
        fn folder_by_folder_is_as_the_whole(
            text in r"(\*\*/|[abé.*?/]|a/|\[a-b\]|\[!b\]|\{a,b\}|\{a,b/\}){1,10}(\*\*)?",
            path in "[abé][abé.]?(/[abé][abé.]?){0,4}",
        ) {
            let Ok(fair) = Glob::try_from(text) else { return Ok(()) };
            let whole = Lazy::new(fair.0.clone()).is_match(&path);
            let ours = fair.alone().is_match(&path);
            prop_assert!(ours == whole || whole && fair.as_str().contains("[!"), "{fair} {path}");
        }

        /// The `expect` in `within` and the one that compiles rely on this.
        #[test]
        fn every_pattern_that_is_let_through_can_be_asked(
            text in r"([a-z?*/.!^-]|\[|\]|\{|\}|,|\*\*/|\\){0,40}|(\{a,\?\*\}|\*\*/){0,140}",
            folder in "[a-z?*.!{},-]{1,12}",
        ) {
            let Ok(fair) = Glob::try_from(text) else { return Ok(()) };
            fair.alone().is_match("conf/a.yml");
            for file in ["a", "a/b", "conf/a.yml", "a/b/c"] {
                let above = Path::new(file).parent().expect("a folder");
                let below = fair.alone().below(above) != Below::Never;
                prop_assert!(below || !fair.alone().is_match(file), "{fair} {file}");
            }
            if let Ok(folder) = RelPath::try_from(folder) {
                fair.within(&folder).alone().is_match("conf/a.yml");
            }
        }
    }
}
