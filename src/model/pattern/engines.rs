//! How a pattern is compiled: when it is first needed, and only as well as pays off for what it
//! reads.

use regex_automata::{
    meta::{Builder, Config, Regex},
    util::syntax,
};
use regex_syntax::hir::literal::Extractor;
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

/// Looking for more texts than this takes longer than running the pattern.
const BEGINNINGS_MAX: usize = 8;

/// A pattern that has read more than this is worth compiling for speed.
pub(super) const MUCH_BYTES: usize = 64 << 10;

/// What one pattern has been compiled to so far.
#[derive(Default)]
pub(super) struct Engines {
    bytes_read: AtomicUsize,
    beginnings: OnceLock<Option<Vec<String>>>,
    /// Quick to build; for ASCII texts only.
    pub(super) ascii: OnceLock<Regex>,
    /// Quick to build, for all texts.
    pub(super) simple: OnceLock<Regex>,
    /// Quick to run.
    pub(super) fast: OnceLock<Regex>,
}

impl Engines {
    /// The engine for a text. Most patterns read a line or a small file, once: only one that keeps
    /// reading is worth an automaton, which takes longer to build than running the pattern without
    /// one.
    pub(super) fn for_text(&self, source: &str, text: &str) -> &Regex {
        let read = self.bytes_read.fetch_add(text.len(), Ordering::Relaxed);
        let (engine, speed) = if read.saturating_add(text.len()) > MUCH_BYTES {
            (&self.fast, Speed::Read)
        } else if text.is_ascii() && means_the_same_in_ascii(source) {
            (&self.ascii, Speed::BuildForAscii)
        } else {
            (&self.simple, Speed::Build)
        };
        engine.get_or_init(|| compile(source, Lines::Many, speed))
    }

    /// Whether the text contains one of the few texts that every match begins with. Most files
    /// contain none of the words that a rule looks for, and then the pattern need not even be
    /// compiled.
    pub(super) fn may_begin_in(&self, source: &str, text: &str) -> bool {
        let beginnings = self.beginnings.get_or_init(|| beginnings(source));
        beginnings
            .as_ref()
            .is_none_or(|texts| texts.iter().any(|beginning| text.contains(beginning)))
    }
}

/// What `^` and `$` match the ends of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// The whole text.
    One,
    /// Each line.
    Many,
}

/// What the engine should be quick at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speed {
    Build,
    /// Ten times quicker to build: the tables behind `\s`, `.` or `[^x]` cover single bytes only.
    BuildForAscii,
    Read,
}

/// Compiles it so that `^` and `$` match the ends of the text, however many lines it has.
pub(super) fn of_one_text(source: &str) -> Regex {
    compile(source, Lines::One, Speed::Build)
}

/// Whether it finds the same in an ASCII text with and without Unicode. It does unless it spells
/// characters beyond ASCII. That includes matching regardless of case: ASCII letters fold the same
/// way, and the two other characters that Unicode folds into them do not occur in the text.
fn means_the_same_in_ascii(source: &str) -> bool {
    let spells_more = |escape| source.contains(escape);
    source.is_ascii()
        && ![r"\u", r"\U", r"\x", r"\p", r"\P"]
            .into_iter()
            .any(spells_more)
}

/// Never builds full automata and prefilters: they take several times as long to build as all the
/// rest, and pay off only on texts larger than any rule reads.
fn compile(source: &str, lines: Lines, speed: Speed) -> Regex {
    let config = Config::new()
        .dfa(false)
        .hybrid(speed == Speed::Read)
        .onepass(false)
        .auto_prefilter(false)
        .nfa_size_limit(None);
    let unicode = speed != Speed::BuildForAscii;
    Builder::new()
        .configure(config)
        .syntax(
            syntax::Config::new()
                .multi_line(lines == Lines::Many)
                .crlf(true)
                .unicode(unicode)
                .utf8(unicode),
        )
        .build(source)
        .expect("syntax and weight were judged when the pattern was read")
}

/// The texts that matches begin with; `None` if there are many, or if a match may be empty.
fn beginnings(source: &str) -> Option<Vec<String>> {
    let parsed = syntax::parse_with(source, &syntax::Config::new().crlf(true)).ok()?;
    let found = Extractor::new()
        .limit_total(BEGINNINGS_MAX)
        .extract(&parsed);
    let texts = found.literals()?.iter();
    texts
        .map(|text| String::from_utf8(text.as_bytes().to_owned()).ok())
        .map(|text| text.filter(|text| !text.is_empty()))
        .collect()
}
