//! Many changes of one structured file, beside a plain splice of the same bytes as the floor.
//!
//! The cost must follow the edits and the lines: ten times the edits, at most ten times the time.

use divan::{Bencher, black_box};
use serde_json::{Value, json};
use std::fmt::Write;
use switchback::{
    edit::{self, Edit, Format, Op},
    model::route::{Route, Segment},
};

const CHANGES: [usize; 4] = [10, 100, 1_000, 10_000];
/// Lines in the file per change.
const LINES_PER_CHANGE: usize = 5;
const KEYS_PER_SECTION: usize = 10;

fn main() {
    divan::main();
}

/// A file of sections with comments, quotes and lists, and a change of one key in five.
fn case(format: Format, changes: usize) -> (String, Vec<Edit>) {
    let keys = changes * LINES_PER_CHANGE;
    let sections = keys.div_ceil(KEYS_PER_SECTION);
    let json = format == Format::Json;
    let mut text = String::from(if json { "{\n" } else { "# settings\n" });
    for section in 0..sections {
        let last = section + 1 == sections;
        match format {
            Format::Toml => text += &format!("# about {section}\n[section_{section}]\n"),
            Format::Json => text += &format!("  \"section_{section}\": {{\n"),
            _ => text += &format!("# about {section}\nsection_{section}:\n"),
        }
        for key in 0..KEYS_PER_SECTION {
            let value = value(key, "old");
            let comma = if json && key + 1 < KEYS_PER_SECTION {
                ","
            } else {
                ""
            };
            let line = match format {
                Format::Toml => format!("key_{key} = {value}"),
                Format::Json => format!("    \"key_{key}\": {value}{comma}"),
                _ => format!("  key_{key}: {value}"),
            };
            let note = if !json && key % 3 == 0 {
                "   # why"
            } else {
                ""
            };
            writeln!(text, "{line}{note}").expect("a text takes any line");
        }
        if json {
            text += if last { "  }\n" } else { "  },\n" };
        }
    }
    text += if json { "}\n" } else { "" };
    let edit = |n: usize| {
        let key = n * LINES_PER_CHANGE;
        let names = [
            ("section", key / KEYS_PER_SECTION),
            ("key", key % KEYS_PER_SECTION),
        ];
        let route = names.map(|(name, n)| Segment::Key(format!("{name}_{n}")));
        let value = value(key % KEYS_PER_SECTION, "new");
        Edit::new(Route(route.to_vec()), Op::Set { value })
    };
    (text, (0..changes).map(edit).collect())
}

fn value(key: usize, text: &str) -> Value {
    match key % 4 {
        0 => json!(if text == "new" { 11 } else { 10 }),
        1 => json!(format!("{text} words")),
        2 => json!(format!("https://{text}.example.com:8080/v1")),
        _ => json!([text, "more"]),
    }
}

fn bench(bencher: Bencher, format: Format, changes: usize) {
    let (text, edits) = case(format, changes);
    bencher.bench(|| {
        edit::apply(&format, black_box(&text), black_box(&edits)).expect("the edits fit")
    });
}

#[divan::bench(args = CHANGES)]
fn yaml(bencher: Bencher, changes: usize) {
    bench(bencher, Format::Yaml, changes);
}

#[divan::bench(args = CHANGES)]
fn toml(bencher: Bencher, changes: usize) {
    bench(bencher, Format::Toml, changes);
}

#[divan::bench(args = CHANGES)]
fn json(bencher: Bencher, changes: usize) {
    bench(bencher, Format::Json, changes);
}

/// The floor: the same bytes replaced at places that are known beforehand.
#[divan::bench(args = CHANGES)]
fn splice(bencher: Bencher, changes: usize) {
    let (text, edits) = case(Format::Yaml, changes);
    let read = edit::read(&Format::Yaml, &text).expect("the file is well formed");
    let place = |edit: &Edit| {
        let entry = read.get(&edit.route).expect("every edit has its entry");
        (entry.span.clone(), "\"other\"")
    };
    let places: Vec<_> = edits.iter().map(place).collect();
    bencher.bench(|| {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (span, with) in black_box(&places) {
            out.push_str(&text[done..span.start]);
            out.push_str(with);
            done = span.end;
        }
        out.push_str(&text[done..]);
        out
    });
}
