//! Any text, and edits of what stands in it. The first four bytes say which dialect, which entries
//! and what becomes of them; then comes a word, a NUL byte, and the text.

#[path = "../../tests/edit/laws.rs"]
mod laws;

use serde_json::json;
use std::{collections::BTreeSet, ops::Range};
use switchback::{
    edit::{self, DotenvDialect, Edit, Entry, Format, IniDialect, Kind, Op, Wrap},
    model::route::{Route, Segment},
};

pub fn dotenv(data: &[u8]) {
    hold(data, |pick| {
        let dialects = [
            DotenvDialect::Compose,
            DotenvDialect::Python,
            DotenvDialect::Node,
            DotenvDialect::Raw,
            DotenvDialect::Systemd,
            DotenvDialect::Shell,
        ];
        Format::Dotenv(dialects[pick % dialects.len()])
    });
}

pub fn ini(data: &[u8]) {
    hold(data, |pick| {
        let dialects = [IniDialect::Plain, IniDialect::Python, IniDialect::Php];
        Format::Ini(dialects[pick % dialects.len()])
    });
}

pub fn yaml(data: &[u8]) {
    hold(data, |_| Format::Yaml);
}

pub fn toml(data: &[u8]) {
    hold(data, |_| Format::Toml);
}

pub fn json(data: &[u8]) {
    hold(data, |pick| [Format::Json, Format::Jsonc][pick % 2]);
}

fn hold(data: &[u8], format: impl Fn(usize) -> Format) {
    let Some(case) = Case::of(data, format) else {
        return;
    };
    laws::no_edit_is_no_change(&case.format, case.text);
    let Ok(document) = edit::read(&case.format, case.text) else {
        let edits = [case.edit(&Route::key(case.word))];
        assert!(edit::apply(&case.format, case.text, &edits).is_err());
        return;
    };
    let entries = document.entries();
    if entries.is_empty() {
        return;
    }
    let entry = &entries[case.picks[1] % entries.len()];
    let other = &entries[case.picks[3] % entries.len()];
    // Of a repeated key the last one counts, and is the one that is changed.
    // A name may be that of a section and of a setting before any.
    let alike = entries.iter().filter(|one| one.route == entry.route);
    let is_both = alike
        .map(|one| one.kind == Kind::Map)
        .collect::<BTreeSet<bool>>()
        .len()
        > 1;
    case.alone(document.get(&entry.route).unwrap_or(entry), is_both);
    let edits = [case.edit(&case.place(entry)), case.edit(&case.place(other))];
    // Where the last line goes, an empty one above it becomes the last.
    let lines = case.text.replace("\r\n", "\n");
    let blank = lines.starts_with('\n') || lines.contains("\n\n");
    let is_open = case.text == case.text.trim_end();
    let together = edit::apply(&case.format, case.text, &edits);
    let single = laws::one_by_one(&case.format, case.text, &edits);
    // A text that nobody writes may be refused one way and not the other: what is refused is left as
    // it is. The tests hold texts that people write to the whole law.
    let numbered = |edit: &Edit| matches!(edit.route.last(), Some(Segment::Index(_)));
    // A new line between repeated ones gives those behind it another number.
    // And whose a comment is follows what stands above it: a header's, when that has gone.
    let sections = [entry, other].iter().any(|one| one.kind == Kind::Map);
    let moves = case.of_lines() && (sections || edits.iter().any(numbered));
    if let (Ok(together), Ok(single)) = (together, single)
        && !(blank && is_open || moves)
    {
        assert_eq!(together.outcomes, single.outcomes, "{}", case.text);
        // How far a new line is indented, and whether an empty one stays, follows the neighbours, one
        // of which the other edit may be.
        let words = together.text.split_whitespace();
        assert!(
            words.eq(single.text.split_whitespace()),
            "{}\n=>\n{}\n<>\n{}",
            case.text,
            together.text,
            single.text
        );
    }
    let has_line_ends =
        |entry: &Entry| entry.value.as_str().is_some_and(|text| text.contains('\n'));
    // A text without a line end says nothing of how its lines end, and what a `\` before one is
    // depends on which one it is.
    if case.text.contains('\n')
        && !case.text.contains("\\\n")
        && !case.text.contains('\r')
        && !case.word.contains('\n')
        && !entries.iter().any(has_line_ends)
    {
        laws::line_ends_stay(&case.format, case.text, &edits);
    }
    // A byte order mark alone is no line that could be open.
    let is_nothing = case.text.trim_start_matches('\u{feff}').is_empty();
    if !is_nothing && !blank && is_open {
        laws::an_open_end_stays_open(&case.format, case.text, &edits);
    }
    if !case.text.contains('\u{feff}') {
        laws::a_byte_order_mark_stays(&case.format, case.text, &edits);
    }
}

struct Case<'d> {
    format: Format,
    picks: [usize; 4],
    word: &'d str,
    text: &'d str,
}

impl<'d> Case<'d> {
    fn of(data: &'d [u8], format: impl Fn(usize) -> Format) -> Option<Self> {
        let (picks, rest) = data.split_first_chunk::<4>()?;
        let (word, text) = std::str::from_utf8(rest).ok()?.split_once('\0')?;
        // With a line end these would say something else: nobody's file ends so.
        if text.ends_with(['\r', '\\']) {
            return None;
        }
        // Inside of a file a byte order mark is left by a program that put two files together; whose
        // comment it stands in is anybody's guess.
        if text.chars().skip(1).any(|c| c == '\u{feff}') {
            return None;
        }
        let picks = picks.map(usize::from);
        Some(Self {
            format: format(picks[0]),
            picks,
            word,
            text,
        })
    }

    fn of_lines(&self) -> bool {
        match self.format {
            Format::Dotenv(_) | Format::Ini(_) => true,
            Format::Yaml | Format::Toml | Format::Json | Format::Jsonc | Format::Text => false,
        }
    }

    /// An entry of the file, or a new one at its top.
    fn place(&self, entry: &Entry) -> Route {
        match entry.route.is_top() {
            true => Route::key(self.word),
            false => entry.route.clone(),
        }
    }

    fn edit(&self, route: &Route) -> Edit {
        let value = json!(self.word);
        let key = |name: &str| Segment::Key(name.to_owned());
        let op = match self.picks[2] % 9 {
            0 | 1 => Op::Set { value },
            2 => Op::Remove,
            3 => Op::Rename {
                to: self.word.to_owned(),
            },
            4 => Op::Default { value },
            5 => Op::Append { value },
            6 => Op::Move {
                to: Route(vec![key(self.word), key("k")]),
                value: None,
            },
            7 => Op::Wrap(Wrap::List),
            _ => Op::Set {
                value: json!([self.word, 7]),
            },
        };
        let route = route.clone();
        Edit::new(route, op)
    }

    /// The laws of a value, of a name, and of what goes.
    fn alone(&self, entry: &Entry, is_both: bool) {
        let (format, text, route) = (&self.format, self.text, &entry.route);
        // The last of a repeated key is the key itself as well, and `[]` is where keys are without it.
        let twofold = match route.last() {
            Some(Segment::Index(_)) => self.of_lines(),
            Some(Segment::Key(key)) => self.of_lines() && (key.is_empty() || is_both),
            Some(Segment::Find { .. }) | None => true,
        };
        if twofold {
            return;
        }
        // What a tag of one's own makes of a text is its text as written, and of a block that has no line
        // that is where the file ends.
        let is_tagged_block =
            *format == Format::Yaml && text.contains('!') && text.contains(['|', '>']);
        if !is_tagged_block {
            let done = laws::a_removal_takes_nothing_else(format, text, route);
            assert!(done.is_none_or(|done| done.len() <= text.len() + 8));
        }
        // What is quoted, or could be taken for something else, may be written anew.
        let is_plain = |text: &str| text.len() > 5 && text.bytes().all(|b| b.is_ascii_lowercase());
        if route.last() != Some(&Segment::Key("<<".to_owned())) {
            let back = laws::renamed_back_leaves_no_trace(format, text, route, self.word);
            let bare = !text.contains(['"', '\'', '`', '\\', '?', '!', '&']);
            let named = |segment: &Segment| matches!(segment, Segment::Key(key) if is_plain(key));
            if bare && is_plain(self.word) && route.last().is_some_and(named) {
                assert!(back.is_none_or(|back| back == text), "{text}");
            }
        }
        if entry.kind != Kind::Scalar {
            return;
        }
        let there = laws::a_value_is_read_back_or_refused(format, text, route, &json!(self.word));
        let Some(there) = there else {
            return;
        };
        let around = self.around(entry);
        assert!(
            there.starts_with(&text[..around.start]),
            "{text}\n=>\n{there}"
        );
        assert!(there.ends_with(&text[around.end..]), "{text}\n=>\n{there}");
        let old = Op::Set {
            value: entry.value.clone(),
        };
        // In a file of lines a value may be more than a text: `$(date)` cannot be set.
        let same = laws::one(format, text, route, old.clone());
        let settable = same.is_ok_and(|same| same.text == text);
        // Nor can a date of TOML, which is no text.
        let is_date =
            self.format == Format::Toml && entry.text.starts_with(|c: char| c.is_ascii_digit());
        // Nor can what a tag of YAML makes of a text.
        let is_tagged = self.format == Format::Yaml && text.contains('!');
        // Nor can what stands beside a sign with no blank after it, inside of brackets, or before a tab:
        // readers differ about `{-a:}`, `[a:?b]`, `[?4]`, and about a tab and nothing more after `-`; one
        // of them takes the separators of Unicode for line ends.
        // And about how far a first line is indented that begins with a byte order mark.
        let brackets =
            text.contains(['{', '[']) && text.contains([':', '?']) || text.starts_with("\u{feff} ");
        let is_squeezed = self.format == Format::Yaml
            && (brackets || text.contains(['\t', '\u{85}', '\u{2028}', '\u{2029}']));
        assert!(
            settable || self.of_lines() || is_date || is_tagged || is_squeezed,
            "{text}"
        );
        if settable {
            let back = laws::a_value_is_read_back_or_refused(format, &there, route, &entry.value);
            let plain = is_plain(&entry.text) && is_plain(self.word);
            assert!(!plain || back.as_deref() == Some(text), "{text}");
        }
    }

    /// The bytes of the lines in which a key and its value stand.
    fn around(&self, entry: &Entry) -> Range<usize> {
        let above = self.text.split_inclusive('\n').take(entry.line - 1);
        let start = above.map(str::len).sum::<usize>().min(entry.span.start);
        let end = self.text[entry.span.end..].find('\n');
        start..end.map_or(self.text.len(), |at| entry.span.end + at)
    }
}
