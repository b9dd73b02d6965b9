//! Laws of edits, over documents that look like real ones and over generated ones.

#[expect(dead_code, reason = "files of lines and the fuzzer use the rest of it")]
#[path = "edit/laws.rs"]
mod laws;

use proptest::prelude::*;
use serde_json::{Value, json};
use switchback::{
    edit::{self, Changeset, Edit, Format, Kind, Op, Opened, Outcome, Wrap},
    model::route::{Route, Segment},
};

const SAMPLES: [(Format, &str); 5] = [
    (Format::Yaml, include_str!("edit/compose.yaml")),
    (Format::Yaml, include_str!("edit/values.yaml")),
    (Format::Toml, include_str!("edit/agent.toml")),
    (Format::Json, include_str!("edit/appsettings.json")),
    (Format::Jsonc, include_str!("edit/appsettings.json")),
];

fn change(format: &Format, text: &str, route: &Route, op: Op) -> Option<(String, Outcome)> {
    let edit = Edit::new(route.clone(), op);
    let done = edit::apply(format, text, &[edit]).ok()?;
    Some((done.text, done.outcomes[0]))
}

/// A document of sections with keys, comments and blank lines, in one of the formats.
#[derive(Clone, Debug)]
struct Plan(Vec<(bool, Vec<(u8, bool)>)>);

fn plans() -> impl Strategy<Value = Plan> {
    let entry = (0u8..7, any::<bool>());
    let section = (any::<bool>(), prop::collection::vec(entry, 1..5));
    prop::collection::vec(section, 1..5).prop_map(Plan)
}

impl Plan {
    fn text(&self, format: Format) -> String {
        let mut out = String::new();
        let json = matches!(format, Format::Json | Format::Jsonc);
        if json {
            out.push_str("{\n");
        }
        for (s, (blank, entries)) in self.0.iter().enumerate() {
            let mark = if json { "//" } else { "#" };
            if format != Format::Json {
                out.push_str(&format!("{mark} section {s}\n"));
            }
            match format {
                Format::Toml => out.push_str(&format!("[s{s}]\n")),
                _ if json => out.push_str(&format!("  \"s{s}\": {{\n")),
                _ => out.push_str(&format!("s{s}:\n")),
            }
            for (k, (kind, comment)) in entries.iter().enumerate() {
                let last = k + 1 == entries.len();
                self.entry(&mut out, format, k, *kind, *comment, last);
            }
            if json {
                out.push_str(if s + 1 == self.0.len() {
                    "  }\n"
                } else {
                    "  },\n"
                });
            }
            if *blank {
                out.push('\n');
            }
        }
        if json {
            out.push_str("}\n");
        }
        out
    }

    fn entry(
        &self,
        out: &mut String,
        format: Format,
        k: usize,
        kind: u8,
        comment: bool,
        last: bool,
    ) {
        let (lead, equals, mark) = match format {
            Format::Toml => ("", " = ", "#"),
            Format::Json | Format::Jsonc => ("    ", ": ", "//"),
            _ => ("  ", ": ", "#"),
        };
        let json = mark == "//";
        let value = match (kind, json, format) {
            (0, ..) => "12".to_owned(),
            (1, ..) => "true".to_owned(),
            (2, false, _) => "'one'".to_owned(),
            (3, ..) => "[1, 2]".to_owned(),
            (4, _, Format::Toml) => "{ x = 1, y = 2 }".to_owned(),
            (4, true, _) => "{\"x\": 1, \"y\": 2}".to_owned(),
            (4, ..) => "{x: 1, y: 2}".to_owned(),
            (6, _, Format::Toml) => "[\n  1, # one\n  2,\n]".to_owned(),
            (6, _, Format::Json) => "[\n      1,\n      2\n    ]".to_owned(),
            (6, true, _) => "[\n      1, // one\n      2\n    ]".to_owned(),
            (6, ..) => "\n    - 1 # one\n    - 2".to_owned(),
            _ => "\"two words\"".to_owned(),
        };
        let comma = if json && !last { "," } else { "" };
        let key = if json {
            format!("\"k{k}\"")
        } else {
            format!("k{k}")
        };
        let note = comment && format != Format::Json;
        if note {
            out.push_str(&format!("{lead}{mark} about {k}\n"));
        }
        let behind = if note && kind.is_multiple_of(2) {
            format!("  {mark} behind {k}")
        } else {
            String::new()
        };
        out.push_str(&format!("{lead}{key}{equals}{value}{comma}{behind}\n"));
    }
}

fn formats() -> impl Strategy<Value = Format> {
    prop::sample::select(vec![
        Format::Yaml,
        Format::Toml,
        Format::Json,
        Format::Jsonc,
    ])
}

/// An edit made from numbers, so that it fits any document.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let one = (0usize..5, 0usize..5, 0u8..11, 0i64..4).prop_map(|(s, k, op, n)| {
        let key = |text: String| Segment::Key(text);
        let route = Route(vec![key(format!("s{s}")), key(format!("k{k}"))]);
        let op = match op {
            0 => Op::Set { value: json!(n) },
            1 => Op::Set {
                value: json!("12:30"),
            },
            2 => Op::Default { value: json!([n]) },
            3 => Op::Remove,
            4 => Op::Rename {
                to: format!("r{n}"),
            },
            5 => Op::Move {
                to: Route(vec![key(format!("m{n}")), key("k".into())]),
                value: None,
            },
            6 => Op::Set {
                value: json!([n, "x"]),
            },
            7 => Op::Wrap(Wrap::List),
            8 => Op::Append { value: json!(n) },
            9 => Op::Set {
                value: json!([1, n]),
            },
            _ => Op::Move {
                to: Route(vec![key(format!("s{n}")), key(format!("n{k}"))]),
                value: Some(json!(n)),
            },
        };
        Edit::new(route, op)
    });
    prop::collection::vec(one, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn edits_together_are_edits_one_by_one(plan in plans(), format in formats(), edits in edits()) {
        let text = plan.text(format);
        match (edit::apply(&format, &text, &edits), laws::one_by_one(&format, &text, &edits)) {
            (Ok(together), Ok(single)) => prop_assert_eq!(together, single, "{}", text),
            (Err(_), Err(_)) => {}
            (together, single) => panic!("{together:?}\n{single:?}\n{text}"),
        }
    }

    #[test]
    fn what_is_shown_of_each_change_is_what_it_makes(
        plan in plans(),
        format in formats(),
        changes in prop::collection::vec((edits(), 1usize..3, any::<bool>()), 1..6),
    ) {
        let opened = Opened::new(format, &plan.text(format)).expect("readable");
        let changes = changes.into_iter().map(|(mut edits, most, stays)| {
            edits.truncate(most);
            Changeset { edits, stays }
        });
        let changes: Vec<Changeset> = changes.collect();
        let (mut shown, mut made) = (Vec::new(), Vec::new());
        opened.preview(&changes, &mut |nth, text| shown.push((nth, text.map(str::to_owned))));
        opened.preview_one_by_one(&changes, &mut |nth, text| {
            made.push((nth, text.map(str::to_owned)));
        });
        prop_assert_eq!(shown, made);
    }

    #[test]
    fn line_ends_stay(plan in plans(), format in formats(), edits in edits(), cut: bool) {
        let text = plan.text(format);
        let text = if cut { text.trim_end() } else { &text };
        laws::line_ends_stay(&format, text, &edits);
    }

    #[test]
    fn a_missing_last_line_end_stays_missing(plan in plans(), format in formats(), edits in edits()) {
        laws::an_open_end_stays_open(&format, plan.text(format).trim_end(), &edits);
    }

    #[test]
    fn a_byte_order_mark_stays(plan in plans(), format in formats(), edits in edits()) {
        laws::a_byte_order_mark_stays(&format, &plan.text(format), &edits);
    }

    #[test]
    fn any_text_reads_back(text in "\\PC{0,12}|[ -~\\n\\t]{0,12}", format in formats(), kind in 0u8..6) {
        let plan = Plan(vec![(false, vec![(kind, true), (2, false)])]);
        let route = Route::parse("s0.k0").expect("a route");
        let before = plan.text(format);
        let op = Op::Set { value: json!(text) };
        let (after, _) = change(&format, &before, &route, op).expect("every text can be written");
        let read = edit::read(&format, &after).expect("the result is readable");
        prop_assert_eq!(read.get(&route).map(|entry| entry.value.clone()), Some(json!(text)));
    }
}

/// Variables of a container: the value of each, or that it is only passed through, and whether it
/// is quoted.
fn variables() -> impl Strategy<Value = Vec<Option<(Option<u8>, bool)>>> {
    let one = (prop::option::of(0u8..3), any::<bool>());
    prop::collection::vec(prop::option::of(one), 4)
}

/// The same variables as the two forms of Compose; the last is always there.
fn both_forms(variables: &[Option<(Option<u8>, bool)>]) -> (String, String) {
    let (mut list, mut map) = ("environment:\n".to_owned(), "environment:\n".to_owned());
    for (n, variable) in variables.iter().enumerate() {
        let Some((value, quoted)) = variable else {
            continue;
        };
        let quote = if *quoted { "\"" } else { "" };
        let (item, entry) = match value {
            Some(value) => (format!("N{n}=v{value}"), format!(" {quote}v{value}{quote}")),
            None => (format!("N{n}"), String::new()),
        };
        list += &format!("  # about {n}\n  - {quote}{item}{quote} # behind {n}\n");
        map += &format!("  # about {n}\n  N{n}:{entry} # behind {n}\n");
    }
    (list + "  - Z=1\nend: 1\n", map + "  Z: '1'\nend: 1\n")
}

fn changes_of_variables() -> impl Strategy<Value = Vec<Edit>> {
    let one = (0u8..5, 0u8..6, 0u8..4).prop_map(|(name, op, n)| {
        let key = |text: String| Segment::Key(text);
        let route = Route(vec![key("environment".into()), key(format!("N{name}"))]);
        let value = json!(format!("v{n}"));
        let op = match op {
            0 => Op::Set { value },
            1 => Op::Set { value: Value::Null },
            2 => Op::Default { value },
            3 => Op::Remove,
            4 => Op::Rename {
                to: format!("N{n}"),
            },
            _ => Op::Rewrite {
                pattern: "^v[01]$".to_owned().try_into().expect("a pattern"),
                with: "w".into(),
            },
        };
        Edit::new(route, op)
    });
    prop::collection::vec(one, 1..8)
}

/// Each variable with its value, which both forms write in their own way.
fn said(text: &str) -> Vec<(String, Value)> {
    let document = edit::read(&Format::Yaml, text).expect("the result is readable");
    let mut said: Vec<(String, Value)> = document
        .leaves()
        .filter_map(|entry| match (entry.route.0.as_slice(), &entry.value) {
            ([_, Segment::Key(name)], value) => Some((name.clone(), value.clone())),
            ([_, _item], Value::String(text)) => Some(match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), json!(value)),
                None => (text.clone(), Value::Null),
            }),
            _the_rest => None,
        })
        .collect();
    said.sort_by(|a, b| a.0.cmp(&b.0));
    said
}

proptest! {
    #[test]
    fn a_list_of_assignments_is_changed_as_the_map_that_it_stands_for(
        variables in variables(),
        edits in changes_of_variables(),
    ) {
        let (list, map) = both_forms(&variables);
        let of = |text: &str| edit::apply(&Format::Yaml, text, &edits);
        match (of(&list), of(&map)) {
            (Ok(list), Ok(map)) => {
                prop_assert_eq!(&list.outcomes, &map.outcomes);
                prop_assert_eq!(said(&list.text), said(&map.text), "{}\n{}", list.text, map.text);
                prop_assert_eq!(&list, &laws::one_by_one(&Format::Yaml, &both_forms(&variables).0, &edits).expect("each"));
                let comments = |text: &str| text.matches("# ").count();
                prop_assert_eq!(comments(&list.text), comments(&map.text), "{}", list.text);
            }
            (Err(_), Err(_)) => {}
            (list, map) => panic!("{list:?}\n{map:?}"),
        }
        laws::line_ends_stay(&Format::Yaml, &list, &edits);
        laws::a_byte_order_mark_stays(&Format::Yaml, &list, &edits);
    }
}

/// Places with a value of their own, or one brought by an alias or a merge key.
const PLACES: [&str; 14] = [
    "base.a", "base.m.x", "base.new", "use.a", "use.m.x", "use.m.y", "use.own", "use.new",
    "copy.a", "copy.new", "more.a", "more.own", "one", "two",
];

fn brought() -> impl Strategy<Value = String> {
    let own = prop_oneof![Just(""), Just("  a: 5\n"), Just("  m: {y: 2}\n")];
    let merge = prop_oneof![Just("*base"), Just("[*base]"), Just("[{new: 3}, *base]")];
    (own, merge).prop_map(|(own, merge)| {
        format!(
            "base: &base\n  a: 1 # one\n  m: {{x: 1}}\nuse: &use\n  <<: {merge}\n  own: 2\n{own}\
             copy: *base\nmore: {{<<: *use}}\none: &one 1\ntwo: *one\n"
        )
    })
}

proptest! {
    /// What an edit reports for a place is what a reader finds there; all places that it does not
    /// report are unchanged for the reader.
    #[test]
    fn an_edit_changes_what_is_read_there_and_where_it_says_so(
        text in brought(),
        place in prop::sample::select(&PLACES[..]),
        op in 0u8..3,
    ) {
        let route = |place: &str| Route::parse(place).expect("a route");
        let here = route(place);
        let value = json!(7);
        let op = match op {
            0 => Op::Set { value },
            1 => Op::Default { value },
            _ => Op::Remove,
        };
        let before = Opened::new(Format::Yaml, &text).expect("readable");
        let Ok(changed) = before.apply(&[Edit::new(here.clone(), op.clone())]) else {
            return Ok(());
        };
        let after = changed.file.as_ref().unwrap_or(&before);
        let read = |file: &Opened, at: &Route| {
            let entry = file.document().get(at);
            entry.map(|entry| (entry.kind, entry.value.clone()))
        };
        let found = read(after, &here).map(|(_, value)| value);
        match op {
            Op::Set { value } => prop_assert_eq!(found, Some(value)),
            Op::Remove => prop_assert_eq!(found, None),
            _ => prop_assert!(found.is_some() && (read(&before, &here).is_none() || changed.file.is_none())),
        }
        let told = [before.also_read_at(&here), after.also_read_at(&here)].concat();
        for other in PLACES.map(route) {
            let below = |of: &Route| other.starts_with(of);
            if !below(&here) && !told.iter().any(below) && !here.starts_with(&other) {
                prop_assert_eq!(read(after, &other), read(&before, &other), "{} {}", here, other);
            }
        }
    }
}

/// Every scalar of every sample, with another value of the same kind.
fn scalars() -> impl Iterator<Item = (Format, &'static str, edit::Entry, Value)> {
    SAMPLES.into_iter().flat_map(|(format, text)| {
        let document = edit::read(&format, text).expect("samples are well formed");
        let leaves: Vec<_> = document.leaves().cloned().collect();
        leaves.into_iter().filter_map(move |leaf| {
            let other = match &leaf.value {
                Value::String(_) if leaf.kind == Kind::Scalar => json!("other words"),
                Value::Number(n) if n.is_i64() => json!(4711),
                Value::Bool(bool) => json!(!bool),
                _ => return None,
            };
            (!leaf.text.starts_with(['|', '>', '2'])).then_some((format, text, leaf, other))
        })
    })
}

#[test]
fn a_value_set_and_set_back_gives_the_same_bytes() {
    for (format, text, leaf, other) in scalars() {
        let route = &leaf.route;
        let set = change(
            &format,
            text,
            route,
            Op::Set {
                value: other.clone(),
            },
        );
        let (there, outcome) = set.unwrap_or_else(|| panic!("{route}"));
        assert_eq!(outcome, Outcome::Changed, "{route}");
        assert!(there.starts_with(&text[..leaf.span.start]), "{route}");
        assert!(there.ends_with(&text[leaf.span.end..]), "{route}");
        let again = change(&format, &there, route, Op::Set { value: other });
        assert_eq!(
            again,
            Some((there.clone(), Outcome::AlreadyDone)),
            "{route}"
        );
        let (back, _) =
            change(&format, &there, route, Op::Set { value: leaf.value }).expect("back");
        let doubtful = leaf.text.contains(':') && !leaf.text.starts_with(['"', '\'']);
        let escaped = doubtful
            || leaf.text.contains('\\')
            || leaf.text.contains("\"\"\"")
            || leaf.text.contains('_');
        if !escaped {
            assert_eq!(back, text, "{route}");
        }
    }
}

#[test]
fn a_key_renamed_and_renamed_back_gives_the_same_bytes() {
    for (format, text) in SAMPLES {
        for entry in edit::read(&format, text)
            .expect("samples are well formed")
            .entries()
        {
            let Some(Segment::Key(key)) = entry.route.last() else {
                continue;
            };
            // Renamed to `<<`, the key would be quoted, and so not a merge.
            if key == "<<" {
                continue;
            }
            let new = entry
                .route
                .parent()
                .expect("a key has a parent")
                .child(Segment::Key("zz".into()));
            let to = Op::Rename { to: "zz".into() };
            let (there, _) = change(&format, text, &entry.route, to)
                .unwrap_or_else(|| panic!("{}", entry.route));
            assert_ne!(there, text);
            let back = change(&format, &there, &new, Op::Rename { to: key.clone() });
            assert_eq!(
                back,
                Some((text.to_owned(), Outcome::Changed)),
                "{}",
                entry.route
            );
        }
    }
}

#[test]
fn what_is_removed_takes_no_other_line_with_it() {
    for (format, text) in SAMPLES {
        for entry in edit::read(&format, text)
            .expect("samples are well formed")
            .entries()
        {
            let Some((left, _)) = change(&format, text, &entry.route, Op::Remove) else {
                continue;
            };
            let read = edit::read(&format, &left).expect("the result is readable");
            if let Some(Segment::Key(_)) = entry.route.last() {
                assert!(
                    read.entries()
                        .iter()
                        .all(|other| other.route != entry.route),
                    "{}",
                    entry.route
                );
            }
            let gone = text.lines().count() - left.lines().count();
            let bound = text[entry.span.clone()].lines().count() + 6;
            assert!(
                entry.route.0.is_empty() || format == Format::Toml || gone <= bound,
                "{}",
                entry.route
            );
        }
    }
}

/// A move keeps every comment except the entry's own, and changes no value.
#[test]
fn a_move_keeps_every_comment() {
    let comments = |text: &str| text.lines().filter(|line| line.contains('#')).count();
    for (format, text) in SAMPLES {
        for entry in edit::read(&format, text)
            .expect("samples are well formed")
            .entries()
        {
            if !matches!(entry.route.last(), Some(Segment::Key(_))) {
                continue;
            }
            let to = Route::parse("zz_new.zz_key").expect("a route");
            let Some((moved, _)) = change(
                &format,
                text,
                &entry.route,
                Op::Move {
                    to: to.clone(),
                    value: None,
                },
            ) else {
                continue;
            };
            let read = edit::read(&format, &moved).expect("the result is readable");
            assert!(read.get(&to).is_some(), "{}", entry.route);
            assert!(
                comments(&moved) >= comments(text),
                "{}\n{moved}",
                entry.route
            );
        }
    }
}

#[test]
fn a_list_with_an_anchor_is_a_list_as_any_other() {
    let list = Route::parse("a").expect("a route");
    let first = Route::parse("a[0]").expect("a route");
    for (head, indent) in [("a: &c", "  "), ("a: !!seq &c", ""), ("a:\n  &c", "  ")] {
        let text = |items: &[&str]| {
            let items = items.iter().map(|item| format!("{indent}- {item}\n"));
            format!("{head}\n{}b: 1\n", items.collect::<String>())
        };
        let edited = |route: &Route, op: Op| {
            let edit = Edit::new(route.clone(), op);
            let done = edit::apply(&Format::Yaml, &text(&["x # of x", "y"]), &[edit]);
            done.expect("it is changed").text
        };
        let value = json!("z");
        assert_eq!(
            edited(&list, Op::Append { value }),
            text(&["x # of x", "y", "z"])
        );
        assert_eq!(edited(&first, Op::Remove), text(&["y"]));
    }
}

/// One reader of JSON with comments ends a comment at a carriage return, the other at a line feed.
#[test]
fn what_one_reader_alone_sees_is_not_lost() {
    let text = "{\n  \"a\": 1, // comment\r\"b\": 2\n}\n";
    let edit = Edit::new(Route::parse("a").expect("a route"), Op::Remove);
    let format = Format::of("x.jsonc").expect("a format");
    let error = edit::apply(&format, text, &[edit]).expect_err("refused");
    assert!(error.why.contains("more or less"), "{error}");
}

#[test]
fn a_key_with_a_tag_or_an_anchor_is_told_when_the_file_is_read() {
    for text in ["a: 1\n!!str b: 2\n", "a: 1\n! b: 2\n", "a: 1\n&x b: 2\n"] {
        let error = edit::read(&Format::Yaml, text).expect_err("refused");
        assert_eq!(error.line, 2, "{error}");
        assert!(error.why.contains("has an anchor or a tag"), "{error}");
    }
    assert!(edit::read(&Format::Yaml, "a: &x 1\nb: !!str 2\n").is_ok());
}

#[test]
fn nothing_is_edited_through_an_alias() {
    let text = "base: &base\n  a: 1\nuse:\n  <<: *base\ncopy: *base\n";
    let route = Route::parse("copy.a").expect("a route");
    let edit = Edit::new(route.clone(), Op::Set { value: json!(2) });
    let error = edit::apply(&Format::Yaml, text, &[edit]).expect_err("refused");
    assert!(
        error.why.contains("alias") && error.cure.contains("base"),
        "{error}"
    );
    let read = edit::read(&Format::Yaml, text).expect("readable");
    assert_eq!(read.get(&route).map(|entry| entry.line), Some(2));
    let merged = Route::parse("use.a").expect("a route");
    assert_eq!(
        read.get(&merged).map(|entry| entry.value.clone()),
        Some(json!(1))
    );
}

#[test]
fn a_value_below_its_key_stays_there() {
    let text = "a:  # why\n  one  # so\nb: &b   # two\n  [1]\nc:\n- 2\n";
    let said = [("a", json!("two")), ("b", json!("one")), ("b", json!([2]))];
    let there = [("one", "two"), ("[1]", "one"), ("[1]", "[2]")];
    for ((key, value), (old, new)) in said.into_iter().zip(there) {
        let done = change(&Format::Yaml, text, &Route::key(key), Op::Set { value });
        assert_eq!(done, Some((text.replacen(old, new, 1), Outcome::Changed)));
    }
}

#[test]
fn an_indent_behind_a_byte_order_mark_is_an_indent() {
    let edit = Edit::new(Route::key("a"), Op::Set { value: json!([1]) });
    laws::a_byte_order_mark_stays(&Format::Json, " {}\n", &[edit]);
}

#[test]
fn a_file_of_one_comment_keeps_its_open_end() {
    let route = Route::parse("a").expect("a route");
    let set = || Op::Set { value: json!(1) };
    for (text, there) in [("# c", "# c\na: 1"), ("# c\n", "# c\na: 1\n")] {
        let done = change(&Format::Yaml, text, &route, set());
        assert_eq!(done, Some((there.to_owned(), Outcome::Changed)));
    }
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_line() {
    let deep = "[".repeat(50_000);
    for (format, text, line) in [
        (Format::Yaml, "a: 1\nb: [1\n", 2),
        (Format::Yaml, "a: 1\na: 2\n", 2),
        (Format::Yaml, "a:\n\tb: 1\n", 2),
        (Format::Yaml, "a: &a\n  b: *a\n", 2),
        (Format::Yaml, "a: *missing\n", 1),
        (Format::Yaml, deep.as_str(), 1),
        (Format::Json, "{\n  \"a\": 1 // no\n}", 2),
        (Format::Json, "{\"a\": 1,\n}", 1),
        (Format::Jsonc, "{\n  \"a\": \"b\n\"}", 2),
        (Format::Json, "{\"a\": 1 \"b\": 2}", 1),
        (Format::Json, deep.as_str(), 1),
        (Format::Toml, "a = 1\nb =\n", 2),
        (Format::Toml, "a = 1\na = 2\n", 2),
        (Format::Toml, "x = 1\n[", 2),
    ] {
        let error = edit::read(&format, text).expect_err(&text[..text.len().min(20)]);
        assert_eq!(error.line, line, "{error}");
        assert!(!error.cure.is_empty());
    }
}

fn done(format: Format, text: &str, route: &str, op: Op) -> String {
    let route = Route::parse(route).expect(route);
    let (text, outcome) = change(&format, text, &route, op).expect("it can be done");
    assert_eq!(outcome, Outcome::Changed, "{text}");
    text
}

#[test]
fn a_scalar_that_is_the_whole_file_is_read_where_it_stands() {
    let texts = [
        " >-\n a\n",
        "# c > d\n >-\n a\n",
        "--- # c | d\n!!str\n&x\n>-\n  a\n",
        "# c\n--- >-\n a\n# >\n",
    ];
    for text in texts {
        let read = edit::read(&Format::Yaml, text).expect(text);
        let top = &read.entries()[0];
        assert!(
            top.text.starts_with(">-") && top.text.ends_with('a'),
            "{top:?}"
        );
    }
    let below = "k: # c > d\n  >-\n  a\n";
    let read = edit::read(&Format::Yaml, below).expect(below);
    assert_eq!(read.entries()[1].text, ">-\n  a");
    let key = "? # a > b\n  |\n  k\n: 1\nz: 2\n";
    let to = "m".to_owned();
    let renamed = laws::one(&Format::Yaml, key, &Route::key("k\n"), Op::Rename { to });
    assert_eq!(renamed.expect(key).text, "? # a > b\n  m\n: 1\nz: 2\n");
}

#[test]
fn a_file_without_a_value_is_read_and_takes_one() {
    for text in ["", "# overrides go here\n", "---\n", "---\n# none\n"] {
        let route = Route::parse("old.key").expect("a route");
        let (same, outcome) = change(&Format::Yaml, text, &route, Op::Remove).expect(text);
        assert_eq!((same.as_str(), outcome), (text, Outcome::AlreadyDone));
        let there = done(Format::Yaml, text, "old.key", Op::Set { value: json!(1) });
        let read = edit::read(&Format::Yaml, &there).expect(text);
        assert_eq!(
            read.get(&route).map(|entry| entry.value.clone()),
            Some(json!(1))
        );
        assert!(text.lines().all(|line| there.contains(line)), "{there}");
    }
}

#[test]
fn a_tag_before_an_anchor_is_not_left_to_another_value() {
    let set = || Op::Set { value: json!("7") };
    let route = Route::parse("a").expect("a route");
    let refused = change(&Format::Yaml, "a: !!int &n 5\nb: *n\n", &route, set());
    assert_eq!(refused, None);
    let there = done(Format::Yaml, "a: &n !!int 5\nb: *n\n", "a", set());
    assert_eq!(there, "a: &n \"7\"\nb: *n\n");
}

/// An unrelated value in the same file, such as an account number.
#[test]
fn a_number_beyond_those_of_json_stands_in_nobodys_way() {
    let text = "account: 33333333333399999991\nlimit: 1\n";
    let there = done(Format::Yaml, text, "limit", Op::Set { value: json!(2) });
    assert_eq!(there, text.replace(": 1\n", ": 2\n"));
    let same = Op::Set {
        value: json!("33333333333399999991"),
    };
    let route = Route::parse("account").expect("a route");
    let (there, outcome) = change(&Format::Yaml, text, &route, same).expect(text);
    assert_eq!((there.as_str(), outcome), (text, Outcome::AlreadyDone));
}

#[test]
fn an_anchor_that_is_there_twice_is_refused() {
    let text = "base: &x 1\nc: &x 2\nd: *x\n";
    let refused = edit::read(&Format::Yaml, text).expect_err("`*x` depends on where it stands");
    assert_eq!(
        (refused.line, refused.why.contains("twice")),
        (2, true),
        "{refused}"
    );
}

#[test]
fn the_last_entry_in_brackets_leaves_the_comment_of_its_neighbour() {
    for (format, text, route, left) in [
        (
            Format::Yaml,
            "k: [a, # about a\n  b]\n",
            "k[1]",
            "k: [a # about a\n  ]\n",
        ),
        (
            Format::Yaml,
            "k: [a, # about a\n  b,]\n",
            "k[1]",
            "k: [a # about a\n  ,]\n",
        ),
        (
            Format::Yaml,
            "k: [ # all\n  a ]\n",
            "k[0]",
            "k: [ # all\n   ]\n",
        ),
        (
            Format::Yaml,
            "k: [\n  # about a\n  a\n]\n",
            "k[0]",
            "k: []\n",
        ),
        (
            Format::Toml,
            "k = [1, # about 1\n  2]\n",
            "k[1]",
            "k = [1 # about 1\n  ]\n",
        ),
        (
            Format::Jsonc,
            "{ \"a\": 1, // about a\n  \"b\": 2 }\n",
            "b",
            "{ \"a\": 1 // about a\n   }\n",
        ),
        (
            Format::Jsonc,
            "{ \"a\": 1 /* a */, \"b\": 2 }\n",
            "b",
            "{ \"a\": 1 /* a */  }\n",
        ),
    ] {
        assert_eq!(done(format, text, route, Op::Remove), left);
    }
}

#[test]
fn an_only_entry_leaves_the_comments_that_are_not_its_own() {
    let text = "# licence\n\n# about k\nk: # of k\n  # some\n\n  # about x\n  x: 1\n";
    let left = done(Format::Yaml, text, "k.x", Op::Remove);
    assert_eq!(left, "# licence\n\n# about k\nk: {} # of k\n  # some\n\n");
    let left = done(Format::Yaml, "# licence\n\n# x\nx: 1\n", "x", Op::Remove);
    assert_eq!(left, "# licence\n\n# x\n{}\n");
    let list = "k:\n  # some\n\n  - a";
    assert_eq!(
        done(Format::Yaml, list, "k[0]", Op::Remove),
        "k: []\n  # some\n"
    );
}

#[test]
fn a_key_is_sought_once_in_each_of_the_maps_that_are_merged() {
    let mut text = "m0: &m0 {a: 1}\n".to_owned();
    for n in 1..=14 {
        let below = vec![format!("*m{}", n - 1); 8].join(", ");
        text.push_str(&format!("m{n}: &m{n} {{<<: [{below}]}}\n"));
    }
    let read = edit::read(&Format::Yaml, &text).expect("it is YAML");
    let get = |route: &str| {
        read.get(&Route::parse(route).expect(route))
            .map(|entry| entry.line)
    };
    assert_eq!(
        (get("m14.a"), get("m14.b"), get("m14.b.c")),
        (Some(1), None, None)
    );
}

#[test]
fn an_item_is_known_by_what_its_key_says_however_it_is_written() {
    for (format, text) in [
        (Format::Yaml, "l:\n- id: 0\n- id: True\n  v: 1\n"),
        (Format::Yaml, "l: [{id: 0}, {id: 'true', v: 1}]\n"),
        (
            Format::Json,
            "{\"l\": [{\"id\": \"\\u0074rue\", \"v\": 1}]}\n",
        ),
    ] {
        let read = edit::read(&format, text).expect(text);
        let data = read.data().expect("nothing is there twice");
        for (route, there) in [("l[id=true].v", true), ("l[id=True].v", false)] {
            let route = Route::parse(route).expect(route);
            assert_eq!(read.get(&route).is_some(), there, "{text}");
            assert_eq!(route.find_in(&data).is_some(), there, "{text}");
            let set = change(&format, text, &route, Op::Set { value: json!(2) });
            let outcome = if there {
                Outcome::Changed
            } else {
                Outcome::Absent
            };
            assert_eq!(set.map(|(_, outcome)| outcome), Some(outcome), "{text}");
        }
    }
}

#[test]
fn aliases_of_aliases_are_no_value_without_end() {
    let mut text = "m0: &m0 [1, 2]\n".to_owned();
    for n in 1..=30 {
        text.push_str(&format!("m{n}: &m{n} [*m{0}, *m{0}]\n", n - 1));
    }
    let read = edit::read(&Format::Yaml, &text).expect("it is YAML");
    assert!(read.data().expect_err("a billion").contains("aliases"));
}
