//! How a pattern is compiled: when it is first needed, and as what it reads is worth.

use regex_automata::{
    meta::{Builder, Config, Regex},
    util::syntax,
};
use regex_syntax::hir::literal::Extractor;
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

/// To look for more texts than these takes longer than to follow the pattern.
const BEGINNINGS_MAX: usize = 8;

/// A pattern that has read more than this is worth compiling for speed.
pub(super) const MUCH_BYTES: usize = 64 << 10;

/// What one pattern was compiled to so far.
#[derive(Default)]
pub(super) struct Engines {
    bytes_read: AtomicUsize,
    beginnings: OnceLock<Option<Vec<String>>>,
    /// Quick to build, for texts in ASCII.
    pub(super) ascii: OnceLock<Regex>,
    /// Quick to build, for all texts.
    pub(super) simple: OnceLock<Regex>,
    /// Quick to read.
    pub(super) fast: OnceLock<Regex>,
}

impl Engines {
    /// Most patterns read a line or a small file, once: only one that goes on to read is worth an
    /// automaton, which takes longer to build than to follow the pattern by hand.
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

    /// Whether one of the few texts is there with which every match begins. Most files have none of the
    /// words that a rule looks for in them, and then the pattern need not even be compiled.
    pub(super) fn may_begin_in(&self, source: &str, text: &str) -> bool {
        let beginnings = self.beginnings.get_or_init(|| beginnings(source));
        beginnings
            .as_ref()
            .is_none_or(|texts| texts.iter().any(|beginning| text.contains(beginning)))
    }
}

/// What `^` and `$` are the ends of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// The whole text.
    One,
    /// Each line.
    Many,
}

/// What is to be quick.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speed {
    Build,
    /// Ten times as quick to build: the tables behind `\s`, `.` or `[^x]` are those of one byte.
    BuildForAscii,
    Read,
}

/// For which `^` and `$` are the ends of the text, whatever lines it has.
pub(super) fn of_one_text(source: &str) -> Regex {
    compile(source, Lines::One, Speed::Build)
}

/// Whether it finds in a text of ASCII what it finds there as a pattern of Unicode. Outside of what
/// spells characters beyond ASCII it does: also regardless of case the letters of ASCII are among each
/// other what they are, and the two more that Unicode counts to them are not in the text.
fn means_the_same_in_ascii(source: &str) -> bool {
    let spells_more = |escape| source.contains(escape);
    source.is_ascii()
        && ![r"\u", r"\U", r"\x", r"\p", r"\P"]
            .into_iter()
            .any(spells_more)
}

/// Without the full automata and the prefilters in any case: they take several times as long to
/// build as all the rest, and pay only on texts of a size no rule reads.
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

/// The texts with which its matches begin; none if these are many, or a match may be empty.
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
