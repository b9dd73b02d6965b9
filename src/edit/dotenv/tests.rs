use super::*;

fn run(dialect: DotenvDialect, text: &str, key: &str, op: Op) -> Result<String, EditError> {
    let edit = Edit::new(Route::key(key), op);
    apply(dialect, text, &[edit]).map(|edited| edited.text)
}

fn set(value: &str) -> Op {
    Op::Set {
        value: value.into(),
    }
}

#[test]
fn a_rewritten_value_keeps_its_variables() {
    let rewrite = || Op::Rewrite {
        pattern: Pattern::try_from("^sqlite:".to_owned()).expect("pattern"),
        with: "sqlite+aiosqlite:".to_owned(),
    };
    let dialects = [
        DotenvDialect::Compose,
        DotenvDialect::Python,
        DotenvDialect::Shell,
    ];
    for dialect in dialects {
        for quote in ["", "\""] {
            let old = format!("U={quote}sqlite:///${{D}}/x{quote} # c\n");
            let new = old.replace("sqlite:", "sqlite+aiosqlite:");
            assert_eq!(run(dialect, &old, "U", rewrite()), Ok(new));
        }
    }
}

#[test]
fn what_only_a_shell_can_read_is_not_guessed_at() {
    let shell = DotenvDialect::Shell;
    let rename = |to: &str| Op::Rename { to: to.to_owned() };
    for (text, key, op) in [
        ("readonly R=2\n", "R", set("4")),
        ("readonly R=2\n", "R", Op::Remove),
        ("P=a\nP+=b\n", "P", set("c")),
        ("A=0\nexport A=1 B=2\n", "A", set("3")),
        ("A=0\nexport C=1 B=2\n", "A", rename("B")),
        ("A=0\nunset A B\n", "B", Op::Default { value: "1".into() }),
        ("cat <<EOF\nPORT=9\nEOF\n", "PORT", Op::Remove),
        ("MOTD=\"a\nPORT=9\n\"|cat\n", "PORT", set("1")),
        ("X=$(date \\\nPORT=9\n)\n", "PORT", set("1")),
        ("LIST=(a\nPORT=9\n)\n", "PORT", set("1")),
    ] {
        let error = run(shell, text, key, op).expect_err(text);
        assert!(error.why.contains("only a shell can tell"), "{error}");
    }
    let others = "readonly R=2\necho \"it's\" # it's\nf() { :; }\nA=1\n";
    let changed = others.replace("A=1", "A=2");
    assert_eq!(run(shell, others, "A", set("2")), Ok(changed));
    let there = Op::Default { value: "3".into() };
    let text = "A=1\nexport A B=2\n";
    assert_eq!(run(shell, text, "A", there), Ok(text.to_owned()));
}

#[test]
fn a_new_variable_among_exported_ones_is_exported() {
    let text = "A=1\n  export B=2 # b\n\n";
    let new = format!("{text}export N=3\n");
    for dialect in [DotenvDialect::Shell, DotenvDialect::Compose] {
        assert_eq!(run(dialect, text, "N", set("3")), Ok(new.clone()));
    }
}

#[test]
fn a_home_that_a_shell_would_put_in_is_quoted() {
    let shell = DotenvDialect::Shell;
    for value in ["~/x", "/x:~/y"] {
        let new = run(shell, "A=/x\n", "A", set(value));
        assert_eq!(new, Ok(format!("A='{value}'\n")));
    }
    let plain = run(shell, "A=/x\n", "A", set("/x~y"));
    assert_eq!(plain.as_deref(), Ok("A=/x~y\n"));
}

#[test]
fn the_comment_that_begins_a_file_stays() {
    for mark in ["", "\u{feff}"] {
        let text = format!("{mark}# written by ansible\nA=1\n\n# of B\nB=2\n");
        let left = format!("{mark}# written by ansible\n\n# of B\nB=2\n");
        let dialect = DotenvDialect::Compose;
        assert_eq!(run(dialect, &text, "A", Op::Remove), Ok(left));
    }
}

#[test]
fn a_value_comes_between_the_sign_and_the_comment() {
    let (empty, full) = ("A=   # c\r\nB=1", "A=x   # c\r\nB=1");
    let dialect = DotenvDialect::Compose;
    assert_eq!(run(dialect, empty, "A", set("x")), Ok(full.to_owned()));
    let quoted = "A=''   # c\r\nB=1";
    assert_eq!(run(dialect, full, "A", set("")), Ok(quoted.to_owned()));
}

#[test]
fn a_new_value_that_a_shell_would_take_apart_is_quoted() {
    let dialect = DotenvDialect::Compose;
    for (value, line) in [
        ("http://h:1/p", "N=http://h:1/p\n"),
        ("a b; c", "N='a b; c'\n"),
        ("$x", "N='$x'\n"),
        ("••••••", "N=••••••\n"),
        ("a\u{a0}b", "N='a\u{a0}b'\n"),
        ("it's", "N=\"it's\"\n"),
        ("it's $x", "N='it\\'s $x'\n"),
    ] {
        assert_eq!(run(dialect, "", "N", set(value)).as_deref(), Ok(line));
    }
    let raw = run(DotenvDialect::Raw, "", "N", set("a b"));
    assert_eq!(raw.as_deref(), Ok("N=a b\n"));
    assert!(run(dialect, "", "export N", set("x")).is_err());
}
