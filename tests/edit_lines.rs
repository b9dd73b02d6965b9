//! What the editors of line-based files promise, in every dialect: the requested value is read back
//! or the change is refused, and nothing else moves.

#[expect(
    dead_code,
    reason = "files with a structure and the fuzzer use the rest of it"
)]
#[path = "edit/laws.rs"]
mod laws;

use proptest::prelude::*;
use serde_json::{Value, json};
use switchback::{
    edit::{self, DotenvDialect, Edit, EditError, Edited, Format, IniDialect, Op, Outcome},
    model::{
        pattern::Pattern,
        route::{Route, Segment},
    },
};

const DOTENV: [DotenvDialect; 6] = [
    DotenvDialect::Compose,
    DotenvDialect::Python,
    DotenvDialect::Node,
    DotenvDialect::Raw,
    DotenvDialect::Systemd,
    DotenvDialect::Shell,
];
const INI: [IniDialect; 3] = [IniDialect::Plain, IniDialect::Python, IniDialect::Php];

fn formats() -> impl Strategy<Value = Format> {
    let dotenv = prop::sample::select(DOTENV.to_vec()).prop_map(Format::Dotenv);
    let ini = prop::sample::select(INI.to_vec()).prop_map(Format::Ini);
    prop_oneof![dotenv, ini]
}

/// `KEY` is the key that the laws change; it occurs once.
fn route(format: &Format, key: &str) -> Route {
    match format {
        Format::Ini(_) => Route(vec![
            Segment::Key("own".to_owned()),
            Segment::Key(key.to_owned()),
        ]),
        _ => Route::key(key),
    }
}

/// A file around one line that sets KEY: the text before that line, the line, the text after it.
fn files(format: Format) -> BoxedStrategy<(String, String, String)> {
    let mut around = vec![
        "",
        "# a comment",
        "A=1",
        "B=x-y",
        "EMPTY=",
        "C=\"q r\"",
        "D='s'",
    ];
    let mut own = vec!["KEY=old", "KEY="];
    match format {
        Format::Dotenv(DotenvDialect::Raw | DotenvDialect::Systemd) => around.push("not a setting"),
        Format::Dotenv(DotenvDialect::Shell) => {
            around.extend(["export E=5 # five", "F=$(date)", "G=${A:-1}"]);
            own.extend(["export KEY=old # why", "KEY='old'"]);
        }
        Format::Dotenv(_) => {
            around.extend(["export E=5 # five", "F='two\nlines'", "G=${A:-1}", "%%%"]);
            own.extend(["export KEY=old # why", "KEY=\"old\"", "KEY='old' # why"]);
        }
        Format::Ini(dialect) => {
            around.extend(["; another", "e = 5", "nothing"]);
            own.extend(["KEY = old", "  KEY=old"]);
            match dialect {
                IniDialect::Plain => {}
                IniDialect::Python => around.extend(["f : 1\n  2\n\n  # in it\n  3"]),
                IniDialect::Php => own.extend(["KEY = \"old\" ; why", "KEY = 'old'"]),
            }
        }
        Format::Yaml | Format::Toml | Format::Json | Format::Jsonc | Format::Text => {}
    }
    let lines = |pool: Vec<&'static str>| {
        let line = prop::sample::select(pool);
        prop::collection::vec(line, 0..5)
    };
    let ends = (prop::sample::select(vec!["\n", "\r\n"]), any::<bool>());
    (
        lines(around.clone()),
        prop::sample::select(own),
        lines(around),
        ends,
    )
        .prop_map(move |(above, own, below, (end, open))| {
            let ended = |lines: &[&str]| -> String {
                let line = |line: &&str| format!("{}{end}", line.replace('\n', end));
                lines.iter().map(line).collect()
            };
            let mut above = ended(&above);
            // An indented key below a setting would continue the setting's value.
            if matches!(format, Format::Ini(_)) {
                above.push_str(&format!("[own]{end}"));
            }
            let mut own = ended(&[own]);
            let mut below = ended(&below);
            let last = if below.is_empty() {
                &mut own
            } else {
                &mut below
            };
            if open && let Some(bare) = last.strip_suffix(end) {
                last.truncate(bare.len());
            }
            (above, own, below)
        })
        .boxed()
}

fn cases() -> impl Strategy<Value = (Format, (String, String, String))> {
    formats().prop_flat_map(|format| (Just(format), files(format)))
}

/// Values that people put into settings, and some that nobody should.
fn values() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("$".to_owned()),
        Just("${A}".to_owned()),
        Just("$$".to_owned()),
        Just("'".to_owned()),
        Just("\"".to_owned()),
        Just("`".to_owned()),
        Just("#".to_owned()),
        Just(" # ".to_owned()),
        Just(";".to_owned()),
        Just("\\".to_owned()),
        Just("\\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        Just(" ".to_owned()),
        Just("=".to_owned()),
        Just("[x]".to_owned()),
        Just("é🙂\u{a0}".to_owned()),
        "[a-z0-9]{1,4}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn one(format: &Format, text: &str, key: &str, op: Op) -> Result<Edited, EditError> {
    laws::one(format, text, &route(format, key), op)
}

fn set(value: &str) -> Op {
    Op::Set {
        value: json!(value),
    }
}

fn says(format: &Format, text: &str, key: &str) -> Option<Value> {
    laws::says(format, text, &route(format, key))
}

/// Everything that the file says except for one key.
fn others(format: &Format, text: &str, key: &str) -> Vec<(Route, Value)> {
    laws::others(format, text, &route(format, key))
}

#[test]
fn a_value_that_only_some_readers_read_to_its_end_is_not_written() {
    let (format, text) = (Format::Ini(IniDialect::Plain), "[own]\nKEY=old\n");
    for value in ["\\\n[x]", "C:\\data\\\nnext = 1"] {
        let new = Op::Default {
            value: json!(value),
        };
        for (key, op) in [("KEY", set(value)), ("NEW", new)] {
            let refused = one(&format, text, key, op).expect_err("it would be misread");
            assert!(refused.to_string().contains("reader"), "{refused}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_value_is_read_back_or_refused((format, (above, own, below)) in cases(), value in values()) {
        let text = format!("{above}{own}{below}");
        let there = laws::a_value_is_read_back_or_refused(&format, &text, &route(&format, "KEY"), &json!(value));
        if let Some(there) = there {
            prop_assert!(there.starts_with(&above), "{:?}", there);
            prop_assert!(there.ends_with(&below), "{:?}", there);
        }
    }

    #[test]
    fn a_plain_value_is_never_refused_and_set_back_leaves_no_trace(
        (format, (above, own, below)) in cases(), value in "[a-zA-Z0-9_./-]{1,12}"
    ) {
        let text = format!("{above}{own}{below}");
        let old = says(&format, &text, "KEY").expect("the key is there");
        let there = one(&format, &text, "KEY", set(&value)).expect("a plain value");
        prop_assert_eq!(says(&format, &there.text, "KEY"), Some(json!(value)));
        let back = one(&format, &there.text, "KEY", Op::Set { value: old }).expect("the old value");
        prop_assert_eq!(back.text, text);
    }

    #[test]
    fn renamed_back_leaves_no_trace((format, (above, own, below)) in cases()) {
        let text = format!("{above}{own}{below}");
        let rename = |to: &str| Op::Rename { to: to.to_owned() };
        let there = one(&format, &text, "KEY", rename("OTHER")).expect("a free name");
        prop_assert_eq!(&there.text, &format!("{above}{}{below}", own.replace("KEY", "OTHER")));
        let again = one(&format, &there.text, "KEY", rename("OTHER")).expect("done before");
        prop_assert_eq!(again.outcomes, [Outcome::AlreadyDone]);
        let back = laws::renamed_back_leaves_no_trace(&format, &text, &route(&format, "KEY"), "OTHER");
        prop_assert_eq!(back, Some(text));
    }

    #[test]
    fn a_new_key_comes_and_goes((format, (above, own, below)) in cases(), value in values()) {
        let text = format!("{above}{own}{below}");
        let new = Op::Default { value: json!(value) };
        if let Ok(edited) = one(&format, &text, "NEW", new.clone()) {
            prop_assert_eq!(says(&format, &edited.text, "NEW"), Some(json!(value)));
            prop_assert_eq!(others(&format, &edited.text, "NEW"), others(&format, &text, "NEW"));
            prop_assert_eq!(text.ends_with('\n'), edited.text.ends_with('\n'));
            let again = one(&format, &edited.text, "NEW", new).expect("there is a value");
            prop_assert_eq!(again.outcomes, [Outcome::AlreadyDone]);
            let back = one(&format, &edited.text, "NEW", Op::Remove).expect("it is there");
            // A comment at the end of the file is taken for the new key's own.
            if !text.lines().last().is_some_and(|line| line.starts_with(['#', ';'])) {
                prop_assert_eq!(back.text, text);
            }
        }
    }

    #[test]
    fn removal_takes_the_line_and_at_most_its_comments((format, (above, own, below)) in cases()) {
        let text = format!("{above}{own}{below}");
        let edited = laws::a_removal_takes_nothing_else(&format, &text, &route(&format, "KEY")).expect("it is there");
        let kept: Vec<&str> = edited.split('\n').collect();
        let lost = text.split('\n').count() - kept.len();
        let comments = above.lines().rev().take_while(|line| line.starts_with(['#', ';'])).count();
        prop_assert!(lost <= 1 + comments, "{:?} of {:?}", edited, text);
    }

    #[test]
    fn no_edit_is_no_change(format in formats(), text in ".{0,20}(\r?\n.{0,20}){0,4}") {
        laws::no_edit_is_no_change(&format, &text);
    }
}

fn at(route: &str) -> Route {
    Route::parse(route).expect(route)
}

fn env(text: &str, edits: &[(&str, Op)]) -> (String, Vec<Outcome>) {
    with(Format::Dotenv(DotenvDialect::Compose), text, edits)
}

fn ini(text: &str, edits: &[(&str, Op)]) -> (String, Vec<Outcome>) {
    with(Format::Ini(IniDialect::Plain), text, edits)
}

fn with(format: Format, text: &str, edits: &[(&str, Op)]) -> (String, Vec<Outcome>) {
    let edit = |(route, op): &(&str, Op)| Edit::new(at(route), op.clone());
    let edits: Vec<Edit> = edits.iter().map(edit).collect();
    let edited = edit::apply(&format, text, &edits).unwrap_or_else(|error| panic!("{error}"));
    (edited.text, edited.outcomes)
}

fn rewrite(pattern: &str, with: &str) -> Op {
    Op::Rewrite {
        pattern: Pattern::try_from(pattern.to_owned()).expect(pattern),
        with: with.to_owned(),
    }
}

#[test]
fn the_last_of_two_counts_and_all_are_renamed() {
    let text = "A=1\nB=2\nA=3\n";
    assert_eq!(env(text, &[("A", set("4"))]).0, "A=1\nB=2\nA=4\n");
    let to = "C".to_owned();
    assert_eq!(env(text, &[("A", Op::Rename { to })]).0, "C=1\nB=2\nC=3\n");
    assert_eq!(env(text, &[("A", Op::Remove)]).0, "B=2\n");
    assert_eq!(ini(text, &[("A", set("4"))]).0, "A=1\nB=2\nA=4\n");
    assert_eq!(ini(text, &[("A", Op::Remove)]).0, "B=2\n");
    assert_eq!(ini(text, &[("A[1]", Op::Remove)]).0, "A=1\nB=2\n");
}

#[test]
fn own_comments_go_and_headings_stay() {
    let text = "# all of it\nA=1\n# of B\nB=2\n\n# of C\nC=3\n";
    let gone = |key| env(text, &[(key, Op::Remove)]).0;
    assert_eq!(gone("A"), "# all of it\n# of B\nB=2\n\n# of C\nC=3\n");
    assert_eq!(gone("B"), "# all of it\nA=1\n\n# of C\nC=3\n");
    assert_eq!(gone("C"), "# all of it\nA=1\n# of B\nB=2\n\n");
    let group = "# both\nA=1\nB=2\n";
    assert_eq!(env(group, &[("A", Op::Remove)]).0, "# both\nB=2\n");
    let both = [("B", Op::Remove), ("A", Op::Remove)];
    assert_eq!(env("# all\nA=1\nB=2\nC=3\n", &both).0, "# all\nC=3\n");
    let group = "[s]\n# both\na=1\nb=2\n# of c\nc=3\nd=4\n";
    assert_eq!(
        ini(group, &[("s.a", Op::Remove)]).0,
        "[s]\n# both\nb=2\n# of c\nc=3\nd=4\n"
    );
    assert_eq!(
        ini(group, &[("s.c", Op::Remove)]).0,
        "[s]\n# both\na=1\nb=2\nd=4\n"
    );
}

#[test]
fn a_section_goes_with_its_comments_and_leaves_those_of_the_next() {
    let text = "[a]\nx=1\n\n# of b\n[b]\nx=2\n\n# of c\n[c]\nx=3\n";
    assert_eq!(
        ini(text, &[("b", Op::Remove)]).0,
        "[a]\nx=1\n\n# of c\n[c]\nx=3\n"
    );
    let twice = "[a]\nx=1\n[b]\nx=2\n[a]\nx=3\n";
    assert_eq!(
        ini(twice, &[("a", Op::Remove), ("a.y", set("4"))]).0,
        "[b]\nx=2\n\n[a]\ny=4\n"
    );
}

#[test]
fn a_section_leaves_the_comments_that_are_not_its_own() {
    let gone = |text: &str| {
        for dialect in INI {
            let format = Format::Ini(dialect);
            let crlf = with(format, &text.replace('\n', "\r\n"), &[("a", Op::Remove)]);
            assert_eq!(
                crlf.0.replace("\r\n", "\n"),
                ini(text, &[("a", Op::Remove)]).0
            );
        }
        ini(text, &[("a", Op::Remove)]).0
    };
    for (text, left) in [
        ("# licence\n[a]\nx=1\n[b]\ny=1\n", "# licence\n[b]\ny=1\n"),
        (
            "[z]\nk=1\n\n[a]\nx=1\n# -- B: managed by ops --\n\n[b]\ny=1\n",
            "[z]\nk=1\n\n# -- B: managed by ops --\n\n[b]\ny=1\n",
        ),
        (
            "[z]\nk=1\n[a]\nx=1\n\n; vim: set ft=dosini :",
            "[z]\nk=1\n\n; vim: set ft=dosini :",
        ),
        // Settings that were commented out, and comments about them.
        (
            "[z]\nk=1\n\n[a]\n; of a\nx=1\n; why\n;y = 2\n\n# of b\n[b]\ny=1\n",
            "[z]\nk=1\n\n# of b\n[b]\ny=1\n",
        ),
        ("[a]\n; nothing is set here\n[b]\ny=1\n", "[b]\ny=1\n"),
    ] {
        assert_eq!(gone(text), left, "{text}");
    }
    // All at once and one after the other are the same.
    let text = "# licence\n[a]\nx=1\n# of b?\n[b]\ny=1\n";
    let both = [("a", Op::Remove), ("b", Op::Remove)];
    assert_eq!(ini(text, &both).0, ini(&gone(text), &[("b", Op::Remove)]).0);
}

/// The reader of a plain file is unknown: git, Go's ini and systemd differ in comments and in case.
#[test]
fn where_readers_of_a_plain_file_differ_nothing_is_guessed() {
    let text = "[Core]\nEditor = vim ; my choice\n[a]\nx = 1\n";
    let rename = Op::Rename { to: "e".into() };
    for (route, op) in [
        ("Core.Editor", rewrite("^vim$", "vi")),
        ("Core.Editor", set("vi")),
        ("core.editor", Op::Remove),
        ("core.editor", set("vi")),
        ("core.Editor", Op::Default { value: json!("vi") }),
        ("Core.editor", rename),
        ("core", Op::Remove),
        ("a.x", set("less # -R")),
        ("a.y", set("p;q")),
    ] {
        let edit = Edit::new(at(route), op.clone());
        let refused = edit::apply(&Format::Ini(IniDialect::Plain), text, &[edit]);
        assert!(refused.is_err(), "{op:?} of {route}");
    }
    let fine = [("Core.Editor", Op::Remove), ("a.x", set("2"))];
    assert_eq!(ini(text, &fine).0, "[Core]\n[a]\nx = 2\n");
}

/// As Python 3's configparser reads and writes them.
#[test]
fn a_percent_sign_of_python_is_written_twice() {
    let python = Format::Ini(IniDialect::Python);
    let text = "[a]\nx = 100%%\ny = %(x)s/1%%\n";
    assert_eq!(says_at(&python, text, "a.x"), Some(json!("100%")));
    assert_eq!(says_at(&python, text, "a.y"), Some(json!("%(x)s/1%%")));
    let new = "[a]\nx = 5%%\ny = %(x)s/2\n";
    let sets = [("a.x", set("5%")), ("a.y", set("%(x)s/2"))];
    assert_eq!(with(python, text, &sets).0, new);
    let done = with(python, new, &[("a.x", set("5%"))]);
    assert_eq!(done.1, [Outcome::AlreadyDone]);
    let mixed = Edit::new(at("a.x"), set("%(x)s 5%"));
    assert!(edit::apply(&python, text, &[mixed]).is_err());
}

#[test]
fn what_python_finds_in_its_default_section_is_there() {
    let python = Format::Ini(IniDialect::Python);
    let text = "[DEFAULT]\nworkers = 4\n[app]\nx = 1\n";
    let there = ("app.Workers", Op::Default { value: json!("2") });
    let (same, outcomes) = with(python, text, &[there]);
    assert_eq!(
        (same.as_str(), outcomes),
        (text, vec![Outcome::AlreadyDone])
    );
    let own = with(python, text, &[("app.workers", set("2"))]).0;
    assert_eq!(own, format!("{text}workers = 2\n"));
    for op in [Op::Remove, Op::Rename { to: "w".into() }, rewrite("4", "5")] {
        for text in [text, own.as_str()] {
            let edit = Edit::new(at("app.workers"), op.clone());
            let error = edit::apply(&python, text, &[edit]).expect_err("it holds in each section");
            assert!(error.why.contains("[DEFAULT]"), "{error}");
        }
    }
    let gone = with(python, text, &[("DEFAULT.workers", Op::Remove)]).0;
    assert_eq!(gone, "[DEFAULT]\n[app]\nx = 1\n");
}

#[test]
fn a_section_is_renamed_in_each_of_its_headers_and_keeps_its_place() {
    let rename = |to: &str| Op::Rename { to: to.to_owned() };
    let text = "[a]\nx=1\n\n# of b\n  [b] ; why\ny=2\n[c]\nz=3\n[b]\nw=4";
    let renamed = "[a]\nx=1\n\n# of b\n  [n] ; why\ny=2\n[c]\nz=3\n[n]\nw=4";
    let done = (renamed.to_owned(), vec![Outcome::Changed]);
    assert_eq!(ini(text, &[("b", rename("n"))]), done);
    let moved = Op::Move {
        to: at("n"),
        value: None,
    };
    assert_eq!(ini(text, &[("b", moved.clone())]), done);
    let then = [("b", rename("n")), ("n.v", set("5")), ("n.y", Op::Remove)];
    let after = "[a]\nx=1\n\n# of b\n  [n] ; why\n[c]\nz=3\n[n]\nw=4\nv=5";
    assert_eq!(ini(text, &then).0, after);
    let again = ini(renamed, &[("b", rename("n"))]);
    assert_eq!(again, (renamed.to_owned(), vec![Outcome::AlreadyDone]));

    let why = |text: &str, route: &str, op: Op| {
        let edits = [Edit::new(at(route), op)];
        let refused = edit::apply(&Format::Ini(IniDialect::Plain), text, &edits);
        refused.expect_err(route).to_string()
    };
    let into = Op::Move {
        to: at("a.b"),
        value: None,
    };
    for (op, reason) in [
        (rename("c"), "`c` is there already, beside `b`"),
        (rename("n]"), "`n]` cannot be the name of a section"),
        (into, "`b` is a section: write b.KEY"),
        (set("1"), "`b` is a section: write b.KEY"),
        (rewrite("y", "x"), "`b` is a section: write b.KEY"),
    ] {
        let told = why(text, "b", op);
        assert!(told.contains(reason), "{told}");
    }
    let both = why("b=1\n[b]\nx=2\n", "b", moved);
    assert!(
        both.contains("a section, and a setting before any"),
        "{both}"
    );
}

#[test]
fn a_byte_order_mark_is_no_line_and_takes_no_comment_away() {
    let sets = [("A", set("1"))];
    assert_eq!(env("\u{feff}", &sets).0, "\u{feff}A=1\n");
    assert_eq!(ini("\u{feff}", &sets).0, "\u{feff}A = 1\n");
    let text = "\u{feff}; of a\n[a]\nx=1\n";
    assert_eq!(ini(text, &[("a", Op::Remove)]).0, "\u{feff}; of a\n");
}

#[test]
fn a_new_key_stands_at_the_end_of_its_section() {
    let text = "[a]\n  x=1\n\n# of b\n[b]\ny = 2";
    let edits = [("a.n", set("1")), ("b.n", set("2")), ("c.n", set("3"))];
    let (new, outcomes) = ini(text, &edits);
    assert_eq!(
        new,
        "[a]\n  x=1\n  n=1\n\n# of b\n[b]\ny = 2\nn = 2\n\n[c]\nn=3"
    );
    assert_eq!(outcomes, [Outcome::Changed; 3]);
    let route = Route(vec![Segment::Key("a]b".into()), Segment::Key("n".into())]);
    let refused = Edit::new(route, set("1"));
    assert!(edit::apply(&Format::Ini(IniDialect::Plain), text, &[refused]).is_err());
}

#[test]
fn moves_take_the_comments_along() {
    let text = "[a]\n\n# of x\nx=1\n\n[b]\ny=2";
    let moved = |to: &str, value| Op::Move { to: at(to), value };
    assert_eq!(
        ini(text, &[("a.x", moved("b.z", Some(json!("3"))))]).0,
        "[a]\n\n\n[b]\ny=2\n# of x\nz=3"
    );
    let (same, outcomes) = ini(
        text,
        &[("a.w", moved("b.y", None)), ("a.w", moved("b.v", None))],
    );
    assert_eq!(
        (same.as_str(), outcomes),
        (text, vec![Outcome::AlreadyDone, Outcome::Absent])
    );
    assert_eq!(
        env("A=1\n", &[("A", moved("B", Some(json!("2"))))]).0,
        "B=2\n"
    );
}

#[test]
fn append_repeats_a_key_and_continues_pythons_value() {
    let append = |value: &str| Op::Append {
        value: json!(value),
    };
    let twice = [("a.x", append("2")), ("a.x", append("1"))];
    let (new, outcomes) = ini("[a]\nx=1", &twice);
    assert_eq!(
        (new.as_str(), outcomes),
        (
            "[a]\nx=1\nx=2",
            vec![Outcome::Changed, Outcome::AlreadyDone]
        )
    );
    let python = Format::Ini(IniDialect::Python);
    let text = "[a]\r\nx =\r\n  one\r\ny = 1\r\n";
    assert_eq!(
        with(python, text, &[("a.X", append("two"))]).0,
        "[a]\r\nx =\r\n  one\r\n  two\r\ny = 1\r\n"
    );
}

#[test]
fn an_indented_key_of_python_is_no_continuation() {
    let python = Format::Ini(IniDialect::Python);
    let text = "[a]\n  x = 1\n  y = 2\n";
    assert_eq!(says_at(&python, text, "a.y"), Some(json!("2")));
    let long = "[a]\nx = 1\n\n  # why\n  2\nz = 3\n";
    assert_eq!(says_at(&python, long, "a.x"), Some(json!("1\n\n2")));
    assert_eq!(with(python, long, &[("a.x", Op::Remove)]).0, "[a]\nz = 3\n");
    let lines = edit::read(&python, long).expect("read");
    assert_eq!(lines.get(&at("a.z")).map(|entry| entry.line), Some(6));
}

#[test]
fn a_key_of_python_is_one_in_any_case() {
    let python = Format::Ini(IniDialect::Python);
    let text = "[s]\nload=1\nb=2\nLoad=3\n[S]\nload=4\n";
    assert_eq!(says_at(&python, text, "s.LOAD"), Some(json!("3")));
    assert_eq!(says_at(&python, text, "S.LOAD"), Some(json!("4")));
    let gone = laws::a_removal_takes_nothing_else(&python, text, &at("s.load"));
    assert_eq!(gone.as_deref(), Some("[s]\nb=2\n[S]\nload=4\n"));
}

fn says_at(format: &Format, text: &str, route: &str) -> Option<Value> {
    let document = edit::read(format, text).expect("the file can be read");
    document.get(&at(route)).map(|entry| entry.value.clone())
}

#[test]
fn php_keeps_quotes_and_comments() {
    let php = Format::Ini(IniDialect::Php);
    let text = "[a]\nx = \"1\" ; why\ny = 2 ; why\n";
    assert_eq!(
        with(php, text, &[("a.x", set("b c")), ("a.y", set("n;o"))]).0,
        "[a]\nx = \"b c\" ; why\ny = \"n;o\" ; why\n"
    );
    assert_eq!(
        with(php, text, &[("a.x", set("a\"b"))]).0,
        "[a]\nx = 'a\"b' ; why\ny = 2 ; why\n"
    );
}

#[test]
fn a_pattern_rewrites_a_value() {
    let url = "DB_URL=\"postgres://a@h/b\" # main\n";
    assert_eq!(
        env(url, &[("DB_URL", rewrite("^postgres:", "postgresql:"))]).0,
        "DB_URL=\"postgresql://a@h/b\" # main\n"
    );
    let (same, outcomes) = env(
        url,
        &[
            ("DB_URL", rewrite("^mysql:", "x:")),
            ("NO", rewrite("a", "b")),
        ],
    );
    assert_eq!(
        (same.as_str(), outcomes),
        (url, vec![Outcome::AlreadyDone, Outcome::Absent])
    );
}

#[test]
fn the_comment_above_a_header_outlives_the_sections_above_it() {
    let text = "[a]\nx = 1\n[b]\ny = 1\n\n# of c\n[c]\nz = 1\n";
    let remove = |section: &str| Edit::new(Route::key(section), Op::Remove);
    for dialect in INI {
        let format = Format::Ini(dialect);
        let after = |text: &str, edits: &[Edit]| {
            let done = edit::apply(&format, text, edits);
            done.expect("they are removed").text
        };
        let of_b = after(text, &[remove("b")]);
        assert_eq!(of_b, "[a]\nx = 1\n\n# of c\n[c]\nz = 1\n");
        for whole in [
            after(&of_b, &[remove("a")]),
            after(text, &[remove("b"), remove("a")]),
            after(text, &[remove("a"), remove("b")]),
        ] {
            assert_eq!(whole, "# of c\n[c]\nz = 1\n");
        }
    }
}

#[test]
fn a_plain_value_goes_on_below_a_backslash() {
    for end in ["\n", "\r\n"] {
        let unit =
            "[Service]\nExecStart=/bin/a \\\n  # why\n  --opt=3 \\\n  -v\nUser=a\\\\\nType=x\n";
        let text = unit.replace('\n', end);
        let after = |edits: &[(&str, Op)]| ini(&text, edits).0.replace(end, "\n");
        let read = edit::read(&Format::Ini(IniDialect::Plain), &text).expect("read");
        let value = json!("/bin/a \\\n  # why\n  --opt=3 \\\n  -v");
        let says = json!({"Service": {"ExecStart": value, "User": "a\\\\", "Type": "x"}});
        assert_eq!(read.data(), Ok(says));
        assert_eq!(
            after(&[("Service.ExecStart", Op::Remove)]),
            "[Service]\nUser=a\\\\\nType=x\n"
        );
        let refused = Edit::new(at("Service.ExecStart"), set("/bin/b"));
        let refused = edit::apply(&Format::Ini(IniDialect::Plain), &text, &[refused]);
        assert!(refused.is_err(), "the comment would be lost");
    }
    let short = "[s]\r\na=1 \\\r\n  -b\r\n";
    let there_and_back = [("s.a", set("2"))];
    let (changed, _) = ini(short, &there_and_back);
    assert_eq!(changed, "[s]\r\na=2\r\n");
    assert_eq!(ini(&changed, &[("s.a", set("1 \\\n  -b"))]).0, short);
    // Additions go below the whole value, and no line of the value is taken for a key.
    assert_eq!(
        ini("[s]\na=1 \\\n  b\n", &[("s.c", set("2"))]).0,
        "[s]\na=1 \\\n  b\nc=2\n"
    );
    let of_value = ini("[s]\na=1 \\\n  b=2\n", &[("s.b", Op::Remove)]);
    assert_eq!(of_value.1, [Outcome::AlreadyDone]);
}

#[test]
fn a_backslash_above_what_looks_like_a_setting_or_a_header_is_not_guessed_at() {
    let format = Format::Ini(IniDialect::Plain);
    for text in ["dir=C:\\data\\\nport=1\n", "dir=C:\\data\\\n[s]\nport=1\n"] {
        for edit in [
            Edit::new(at("dir"), Op::Remove),
            Edit::new(at("dir"), set("D:")),
            Edit::new(at("other"), set("1")),
        ] {
            let error = edit::apply(&format, text, &[edit]).expect_err("refused");
            assert!(error.why.contains("for every reader"), "{error}");
        }
        let there = Edit::new(at("dir"), Op::Default { value: json!("x") });
        let edited = edit::apply(&format, text, &[there]).expect("nothing to do");
        assert_eq!(edited.text, text);
    }
}

#[test]
fn a_name_that_is_a_section_and_a_setting_is_not_guessed_at() {
    let text = "o = 1\n[o]\nx = 2\n";
    for dialect in INI {
        let edit = Edit::new(Route::key("o"), Op::Remove);
        let error = edit::apply(&Format::Ini(dialect), text, &[edit]).expect_err("refused");
        assert!(error.why.contains("is a section, and a setting"), "{error}");
    }
}

/// A merge of files reads all their values at once.
#[test]
fn sections_are_united_and_a_repeated_key_is_no_single_value() {
    let data = |format: &Format, text: &str| edit::read(format, text).expect("read").data();
    for dialect in INI {
        let format = Format::Ini(dialect);
        let twice = "[a]\nrpm=1\nstrict=lax\n[b]\ny=1\n[a]\nz=1\n";
        let united = json!({"a": {"rpm": "1", "strict": "lax", "z": "1"}, "b": {"y": "1"}});
        assert_eq!(data(&format, twice), Ok(united));
        for (text, key) in [
            ("[php]\nextension=a\nextension=b\n", "`php.extension`"),
            ("x=1\nx=2\n", "`x`"),
            ("a=1\n[a]\nx=1\n", "`a`"),
        ] {
            let why = data(&format, text).expect_err("nobody knows which of them counts");
            assert!(why.starts_with(key), "{why}");
        }
    }
    let env = Format::Dotenv(DotenvDialect::Compose);
    assert_eq!(data(&env, "A=1\nA=2\n"), Ok(json!({"A": "2"})));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures itself")]
fn a_key_that_stands_very_often_goes_at_once() {
    let text = "[a]\n".to_owned() + &"x=1\n".repeat(100_000);
    let start = std::time::Instant::now();
    let (left, _) = ini(
        &text,
        &[("a.x", Op::Rename { to: "y".into() }), ("a.y", Op::Remove)],
    );
    assert_eq!(left, "[a]\n");
    // Without optimisation.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn an_edit_means_the_same_in_every_format() {
    let moved = |to: &str, value: Option<Value>| Op::Move { to: at(to), value };
    let rename = |to: &str| Op::Rename { to: to.to_owned() };
    for (format, text) in [
        (Format::Dotenv(DotenvDialect::Compose), "a=1\nb=2\n"),
        (Format::Ini(IniDialect::Plain), "a=1\nb=2\n"),
        (Format::Yaml, "a: '1'\nb: '2'\n"),
        (Format::Toml, "a = '1'\nb = '2'\n"),
        (Format::Json, "{\n  \"a\": \"1\",\n  \"b\": \"2\"\n}\n"),
    ] {
        for (key, op, outcome, left) in [
            ("x", Op::Remove, Outcome::AlreadyDone, "1"),
            ("x", rename("y"), Outcome::Absent, "1"),
            ("x", rename("x"), Outcome::Absent, "1"),
            ("x", rename("a"), Outcome::AlreadyDone, "1"),
            ("a", rename("a"), Outcome::AlreadyDone, "1"),
            ("x", rewrite("1", "2"), Outcome::Absent, "1"),
            ("a", moved("a", None), Outcome::AlreadyDone, "1"),
            ("a", moved("a", Some(json!("1"))), Outcome::AlreadyDone, "1"),
            ("a", moved("a", Some(json!("3"))), Outcome::Changed, "3"),
        ] {
            let (edited, outcomes) = with(format, text, &[(key, op.clone())]);
            assert_eq!(outcomes, [outcome], "{op:?} of {key} in {format:?}");
            assert_eq!(
                says_at(&format, &edited, "a"),
                Some(json!(left)),
                "{edited}"
            );
        }
    }
}
