//! A regular expression in a rules file: judged when the file is read, compiled when it is first
//! used, because a plan uses only a few of the hundreds that a pack holds.

mod engines;

use super::template::Template;
use engines::Engines;
use regex_automata::{
    Input,
    meta::Regex,
    util::{captures::Captures, primitives::PatternID, syntax},
};
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, cell::Cell, fmt, ops::RangeInclusive, sync::Arc};

/// The limit for one pattern, so that a hostile pack stays small: roughly the number of states of
/// the compiled program, each of which takes some tens of bytes.
const WEIGHT_MAX: usize = 100_000;

/// A pattern in the syntax of the `regex` crate: no look-around; `^` and `$` match at lines,
/// whatever their line ends. One match is found in linear time, all of them in at most quadratic
/// time: `(?s)a.*b|a` looks to the end of the text for each.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Arc<Inner>);

struct Inner {
    source: String,
    engines: Engines,
}

impl Pattern {
    fn unjudged(source: String) -> Self {
        let engines = Engines::default();
        Self(Arc::new(Inner { source, engines }))
    }

    fn compiled(&self, text: &str) -> &Regex {
        self.0.engines.for_text(&self.0.source, text)
    }

    /// Whether it matches. Asks for the place of the match, because engines that may stop earlier
    /// are slower.
    pub fn is_match(&self, text: &str) -> bool {
        self.is_match_from(text, 0)
    }

    /// The same from an offset on; the text before it counts as context but is not searched.
    pub fn is_match_from(&self, text: &str, from: usize) -> bool {
        let input = Input::new(text).range(from..);
        let engines = &self.0.engines;
        engines.may_begin_in(&self.0.source, &text[from..])
            && self.compiled(text).find(input).is_some()
    }

    /// Every match with its groups, from the left.
    pub fn matches(&self, text: &str) -> impl Iterator<Item = Captures> {
        self.compiled(text).captures_iter(text)
    }

    /// The first capture group that has a part in the match, or the whole match when none has.
    pub fn capture<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.matches(text).next()?;
        let group = found.iter().skip(1).flatten().next();
        Some(&text[group.or_else(|| found.get_group(0))?])
    }

    /// Whether it has a group, so that a part of the match is meant and not all of it.
    pub fn has_group(&self) -> bool {
        let parsed = regex_syntax::parse(self.as_str());
        parsed.is_ok_and(|hir| hir.properties().explicit_captures_len() > 0)
    }

    /// What a replacement can refer to: every group by its number, from `0` for the whole match,
    /// and by its name if it has one.
    pub fn groups(&self) -> Vec<String> {
        let regex = self.compiled("");
        let names = regex.group_info().pattern_names(PatternID::ZERO);
        let named = |(n, name): (usize, Option<&str>)| {
            std::iter::once(n.to_string()).chain(name.map(str::to_owned))
        };
        names.enumerate().flat_map(named).collect()
    }

    /// Replaces every match; `$1` and `${name}` in `with` are groups of the pattern.
    pub fn replace_all<'t>(&self, text: &'t str, with: &str) -> Cow<'t, str> {
        let mut replaced: Option<String> = None;
        let mut behind = 0;
        for found in self.matches(text) {
            let Some(whole) = found.get_group(0) else {
                continue;
            };
            let new = replaced.get_or_insert_default();
            new.push_str(&text[behind..whole.start]);
            found.interpolate_string_into(text, with, new);
            behind = whole.end;
        }
        match replaced {
            Some(new) => Cow::Owned(new + &text[behind..]),
            None => Cow::Borrowed(text),
        }
    }

    /// Whether it matches a value. A value is one text, even with several lines: `^` and `$` match
    /// only at its ends.
    pub fn takes(&self, value: &str) -> bool {
        self.is_match(value)
            && (!value.contains(['\n', '\r'])
                || engines::of_one_text(&self.0.source).is_match(value))
    }

    /// Whether no value that it takes contains this character.
    pub fn keeps_out(&self, c: char) -> bool {
        self.takes_only_ranges(&|range| !range.contains(&c))
    }

    /// Whether every value that it takes consists of such characters. There must be few of them, as
    /// each one is tried.
    pub fn takes_only(&self, fits: fn(char) -> bool) -> bool {
        self.takes_only_ranges(&|mut range| range.all(fits))
    }

    /// Whether it finds the same in a line, alone or among others, because it asks for neither the
    /// beginning nor the end of the text.
    pub fn is_of_lines(&self) -> bool {
        self.among_lines().is_ok_and(|hir| {
            let looks = hir.properties().look_set();
            !looks.contains(Look::Start) && !looks.contains(Look::End)
        })
    }

    /// Whether no match extends past the end of a line.
    pub fn is_in_one_line(&self) -> bool {
        let fits = |range: RangeInclusive<char>| !range.contains(&'\n') && !range.contains(&'\r');
        self.among_lines().is_ok_and(|hir| holds_only(&hir, &fits))
    }

    fn among_lines(&self) -> Result<Hir, Box<regex_syntax::Error>> {
        let lines = syntax::Config::new().multi_line(true).crlf(true);
        syntax::parse_with(self.as_str(), &lines).map_err(Box::new)
    }

    fn takes_only_ranges(&self, fits: &dyn Fn(RangeInclusive<char>) -> bool) -> bool {
        regex_syntax::parse(self.as_str()).is_ok_and(|hir| {
            let looks = hir.properties();
            looks.look_set_prefix().contains(Look::Start)
                && looks.look_set_suffix().contains(Look::End)
                && holds_only(&hir, fits)
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0.source
    }

    /// The weight of a text as a pattern; `None` if it is not a pattern.
    pub fn weight_of(source: &str) -> Option<usize> {
        regex_syntax::parse(source).ok().map(|hir| weight(&hir))
    }
}

impl Pattern {
    /// The plain text that it stands for, with or without `^` and `$`; `None` if it is more than
    /// that. People can read a text where an expression is a riddle to them.
    pub fn plain(&self) -> Option<String> {
        let source = self.as_str();
        let source = source.strip_prefix('^').unwrap_or(source);
        let source = source.strip_suffix('$').unwrap_or(source);
        let mut plain = String::new();
        let mut chars = source.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => plain.push(chars.next().filter(|c| !c.is_ascii_alphanumeric())?),
                c if ".+*?()|[]{}^$".contains(c) => return None,
                c => plain.push(c),
            }
        }
        (!plain.is_empty()).then_some(plain)
    }

    /// The only text that a whole value may be: `on` for `^on$`.
    pub fn one_value(&self) -> Option<String> {
        let whole = self.as_str().starts_with('^') && self.as_str().ends_with('$');
        self.plain().filter(|_| whole)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        if JUDGED.get() {
            return Ok(Self::unjudged(source));
        }
        let why = match regex_syntax::parse(&source) {
            Ok(hir) if weight(&hir) <= WEIGHT_MAX => return Ok(Self::unjudged(source)),
            Ok(_) => "it repeats too much".to_owned(),
            Err(_) if let Some(place) = Template::place_in(&source) => {
                format!("`{{{{{place}}}}}` is not filled in one")
            }
            Err(error) => {
                let told = error.to_string();
                let last = told.lines().last().unwrap_or("not a pattern").trim();
                last.trim_start_matches("error: ").to_owned()
            }
        };
        Err(format!("`{source}` is not a pattern: {why}"))
    }
}

thread_local! {
    static JUDGED: Cell<bool> = const { Cell::new(false) };
}

/// Reads our own rules, whose patterns the tests judge: judging them at every start would take a
/// tenth of the time of a plan. The flag is thread-local, because serde cannot tell a type where
/// its text comes from.
pub fn judged<T>(read: impl FnOnce() -> T) -> T {
    let before = JUDGED.replace(true);
    let made = read();
    JUDGED.set(before);
    made
}

/// An upper bound for the number of states that it compiles to.
fn weight(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Capture(capture) => weight(&capture.sub).saturating_add(2),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            weight(&repetition.sub)
                .saturating_add(1)
                .saturating_mul(usize::try_from(times).unwrap_or(usize::MAX))
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(weight).fold(1, usize::saturating_add)
        }
    }
}

/// Whether every text that it matches has only characters that fit.
fn holds_only(hir: &Hir, fits: &dyn Fn(RangeInclusive<char>) -> bool) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).is_ok_and(|text| text.chars().all(|c| fits(c..=c)))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut ranges = class.ranges().iter();
            ranges.all(|range| fits(range.start()..=range.end()))
        }
        HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Capture(capture) => holds_only(&capture.sub, fits),
        HirKind::Repetition(repetition) => holds_only(&repetition.sub, fits),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().all(|part| holds_only(part, fits))
        }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.as_str().to_owned()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.as_str())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "regex",
            "description": "a regular expression of the `regex` crate, in which no {{…}} is filled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_is_one_text_however_many_lines_it_has() {
        let pattern = Pattern::try_from("^[a-z_]+$".to_owned()).expect("a pattern");
        assert!(pattern.is_match("users\n'; DROP TABLE users; --"));
        for line_end in ["\n", "\r\n", "\r"] {
            let two = format!("users{line_end}'; DROP TABLE users; --");
            assert!(!pattern.takes(&two), "{two:?}");
        }
        assert!(pattern.takes("users"));
        let begin = Pattern::try_from("^-----BEGIN".to_owned()).expect("a pattern");
        assert!(begin.takes("-----BEGIN KEY-----\nMII\n"));
    }

    #[test]
    fn a_line_ends_before_its_line_end_whichever_that_is() {
        let pattern = Pattern::try_from("^ *listen (.*);$".to_owned()).expect("a pattern");
        for line_end in ["\n", "\r\n"] {
            let text = format!("server {{{line_end}  listen 80;{line_end}}}{line_end}");
            let new = format!("server {{{line_end}listen 8080;{line_end}}}{line_end}");
            assert!(pattern.is_match(&text), "{text:?}");
            assert_eq!(pattern.capture(&text), Some("80"), "{text:?}");
            assert_eq!(pattern.replace_all(&text, "listen 8080;"), new);
        }
    }

    #[test]
    fn a_pattern_that_is_a_plain_text_is_told_as_one() {
        for (source, plain, one_value) in [
            ("^on$", Some("on"), Some("on")),
            (r"new:\{old", Some("new:{old"), None),
            ("ai:jobs", Some("ai:jobs"), None),
            (r"secret\s*=", None, None),
            ("a|b", None, None),
            ("^$", None, None),
        ] {
            let pattern = Pattern::try_from(source.to_owned()).expect("a pattern");
            assert_eq!(pattern.plain().as_deref(), plain, "{source}");
            assert_eq!(pattern.one_value().as_deref(), one_value, "{source}");
        }
    }

    #[test]
    fn only_what_takes_a_whole_value_keeps_a_character_out_of_it() {
        for (source, keeps_out) in [
            ("^[a-z0-9_]+$", true),
            (r"\A(?:on|off)\z", true),
            ("[a-z]+", false),
            ("^[a-z]+", false),
            ("^[^;]+$", false),
            ("^.+$", false),
            ("^a$|b", false),
            ("^it's$", false),
        ] {
            let pattern = Pattern::try_from(source.to_owned()).expect(source);
            assert_eq!(pattern.keeps_out('\''), keeps_out, "{source}");
        }
        let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
        for (source, takes_only) in [
            ("^[A-Za-z0-9_]{1,3}$", true),
            ("^(on|off)$", true),
            ("^[a-z-]+$", false),
            ("^[^']+$", false),
            (r"^\w+$", false),
            ("[a-z]", false),
        ] {
            let pattern = Pattern::try_from(source.to_owned()).expect(source);
            assert_eq!(pattern.takes_only(word), takes_only, "{source}");
        }
    }

    /// The pieces that patterns are put together from.
    const PIECES: &str = r"k (?i) (?i:k) [^k] [^\W_] \s* \S+? \w{1,3} \W \b \B \d . (?s:.) ^ $ \b{start}
        [[:alpha:]] a[b1]c* [[:^ascii:]] [\w--\d] ü \x{212A} (?-u:\w) |";

    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(PIECES.split_whitespace().collect::<Vec<_>>())
    }

    proptest! {
        /// Shortcuts taken for speed change no answer.
        #[test]
        fn it_answers_as_the_regex_crate_does(
            source in prop_oneof![
                prop::sample::select(vec![
                    "^(\\w+)=(.*)$", "a*", "(?i)b|(c+)", "^$", "(?P<key>\\pL+) *: *(?P<value>[^#\\n]*)",
                ]).prop_map(str::to_owned),
                prop::collection::vec(piece(), 1..5).prop_map(|pieces| pieces.concat()),
            ],
            with in prop::sample::select(vec!["", "x", "$1", "${value}-${key}", "$$", "$0$9"]),
            text in r"([aAbckK1=:#_ \r\n]|ü|\u{212A}|\u{2003}|\u{664}){0,20}",
        ) {
            let Ok(pattern) = Pattern::try_from(source.clone()) else { return Ok(()) };
            let peer = regex::RegexBuilder::new(&source).multi_line(true).crlf(true).build().expect("fair");
            let in_ascii: String = text.chars().filter(char::is_ascii).collect();
            for much_was_read in [false, true] {
                if much_was_read {
                    pattern.capture(&" ".repeat(engines::MUCH_BYTES + 1));
                }
                for text in [&text, &in_ascii] {
                    let first = peer.captures(text).and_then(|found| {
                        let group = found.iter().skip(1).flatten().next();
                        group.or_else(|| found.get(0)).map(|m| m.as_str())
                    });
                    prop_assert_eq!(pattern.is_match(text), peer.is_match(text));
                    prop_assert_eq!(pattern.replace_all(text, with), peer.replace_all(text, with));
                    prop_assert_eq!(pattern.capture(text), first);
                }
            }
            prop_assert!(pattern.0.engines.fast.get().is_some());
            prop_assert!(pattern.0.engines.simple.get().is_some() || pattern.0.engines.ascii.get().is_some());
        }
    }

    #[test]
    fn a_pattern_that_would_grow_beyond_all_bounds_is_refused_unbuilt() {
        for hostile in [
            "((a{1000}){1000}){1000}",
            r"(\pL{1000}){1000}",
            r"[\pL\pN]{10000}",
            "(((((x{9}){99}){99}){99}){99}){99}",
        ] {
            let why = Pattern::try_from(hostile.to_owned()).expect_err(hostile);
            assert!(why.contains("repeats too much"), "{why}");
        }
    }

    #[test]
    fn what_is_let_through_compiles() {
        for fair in [
            "a{1000}",
            r"\w+@\w+",
            r"^(?:\d{1,3}\.){3}\d{1,3}$",
            r"\pL{50}",
            "(a|b){5000}",
            "x*y+z?",
        ] {
            let pattern = Pattern::try_from(fair.to_owned()).expect(fair);
            pattern.is_match("compiles");
        }
        assert!(Pattern::try_from("a(?=b)".to_owned()).is_err());
    }
}
