//! A pack, a product, a person and a server that write more than text into every field they have:
//! what is said, shown and left behind is text.

use super::{
    session::Session,
    support::{Case, Ended, MARKED},
    terminal::screen,
    texts::{self, arrives_fit},
};
use regex::Regex;
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    thread,
};

/// In the double quotes of YAML, with no character of its own.
fn quoted(text: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_string(),
        false => format!("\\U{:08X}", c as u32),
    };
    format!("\"{}\"", text.chars().map(plain).collect::<String>())
}

/// What the system accepts in a name or an argument.
fn without_nul() -> String {
    texts::all().replace('\0', "")
}

/// Answers whatever is asked.
fn server() -> u16 {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = server.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.expect("a request");
            let _asked = stream.read(&mut [0; 4096]);
            let body = texts::all_bytes();
            let head = format!(
                "HTTP/1.1 500 no\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _gone = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    port
}

fn case() -> Case {
    let mut case = Case::new();
    let all = quoted(&texts::all());
    let value = quoted(&without_nul());
    let hop = "1.x-to-2.0.yaml";
    let title = |what: &str| format!("title: {what}");
    for (file, old) in [
        ("pack.yaml", "Notes server"),
        ("pack.yaml", "the file VERSION"),
        (hop, "Settings with a prefix"),
        (hop, "The users know"),
        (hop, "Switch to the new release"),
        (hop, "The new release is there"),
        ("guide.yaml", "Notes 2.0, upgrade notes"),
    ] {
        case.pack_edit(file, &title(old), &title(&all));
    }
    for (file, old) in [
        (
            hop,
            "the new release reads only variables that begin with NOTES_",
        ),
        ("guide.yaml", "PORT becomes NOTES_PORT."),
        ("guide.yaml", "Replace the program, then start it again."),
    ] {
        case.pack_edit(file, old, &all);
    }
    case.pack_edit(
        hop,
        "      manual: {text: Tell the users that notes are read-only for a minute.}\n",
        &format!(
            "      manual: {{text: {all}}}\n    remedy: {all}\n    because: {all}\n  \
             - id: answer\n    title: {all}\n    level: warn\n    probe:\n      http: {{url: 'http://127.0.0.1:{}/'}}\n",
            server()
        ),
    );
    case.pack_edit(
        hop,
        "checklist:\n",
        &format!(
            "notes:\n  - {{kind: by_hand, text: {all}}}\nhints:\n  - {{error: 'exit|csi', remedy: {all}}}\n\
             usages:\n  - {{search: 'import notes', in: ['**/*.py'], remedy: {all}}}\n\
             inputs:\n  name: {{ask: {all}, because: {all}, default: {value}}}\nchecklist:\n"
        ),
    );
    case.pack_edit(
        hop,
        "command: [sh, -c, 'echo 2.0.0 >VERSION']",
        "command: [sh, -c, 'cat noise; cat noise >&2; echo \"$NAME\"; test -e again || { touch again; exit 3; }; echo 2.0.0 >VERSION'], env: {NAME: '{{input.name}}'}",
    );
    let comments: String = texts::TEXTS
        .iter()
        .map(|text| format!("# {text}\n"))
        .collect();
    let env = format!("{}PORT=8080\n", comments.replace('\0', ""));
    fs::write(case.root.join(".env"), env).expect("written");
    fs::write(case.root.join("noise"), texts::all_bytes()).expect("written");
    let short: String = without_nul().replace('/', "").chars().take(60).collect();
    let line = [b"import notes # ".as_slice(), &texts::all_bytes()].concat();
    fs::write(case.root.join(format!("{short}.py")), line).expect("written");
    case.exports("USER", &without_nul());
    case
}

#[track_caller]
fn is_text(args: &[&str], ended: &Ended) {
    arrives_fit(&format!("the output of {args:?}"), &ended.out);
    arrives_fit(&format!("the errors of {args:?}"), &ended.err);
    if args.contains(&"json") {
        ended.json();
    }
}

/// Checks whatever a person may look at with `cat`.
fn left(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.to_string_lossy().into_owned();
        // Copies may hold whatever their originals hold.
        let copies = [
            "/backup/files",
            "/backup/files.tar",
            "/staged",
            "/pack",
            "/ballast",
            "/worker.sock",
        ];
        if copies.iter().any(|copy| name.ends_with(copy)) || name.ends_with("/key") {
            continue;
        }
        match path.is_dir() {
            true => left(&path),
            false => {
                let bytes = fs::read(&path).expect("read");
                arrives_fit(&name, &String::from_utf8(bytes).expect("text"));
            }
        }
    }
}

#[test]
fn a_run_among_hostile_texts_says_and_leaves_nothing_but_text() {
    let case = case();
    let name = without_nul();
    let answers = case.answers(MARKED);
    let pack = case.pack.to_string_lossy().into_owned();
    let before: [&[&str]; 12] = [
        &["plan"],
        &["plan", "--format", "json"],
        &["plan", "--format", "markdown"],
        &["path"],
        &["apply", "--yes"],
        &["apply", "--yes", "--answers", &answers, "--format", "json"],
        &["resume", "--done", &name],
        &["emergency"],
        &["rollback"],
        &["rollback", "--down-to", &name],
        &["rules", "check", &pack],
        &["rules", "explain", "N-1"],
    ];
    for args in before {
        is_text(args, &case.trusted(args));
    }
    let run = case.newest_run();
    let after: [&[&str]; 15] = [
        &["status"],
        &["status", "--format", "json"],
        &["report"],
        &["runs"],
        &["runs", "--format", "json"],
        &["status", &name],
        &["attach", &run],
        &["resume", "--answers", &answers],
        &["rollback", &run, "--yes", "--reason", &name],
        &["report"],
        &["rules", "explain", &name],
        &["plan", "--from", &name],
        &["plan", "--set", &name],
        &["plan", "--pack", &name],
        &[&name],
    ];
    for args in after {
        is_text(args, &case.run(args));
    }
    case.run(&["status"]).ends(0, "rolled back");
    left(&case.state);
}

#[test]
fn rules_and_answers_that_are_wrong_are_told_as_text() {
    let case = Case::new();
    let pack = case.pack.to_string_lossy().into_owned();
    let hop = case.pack.join("1.x-to-2.0.yaml");
    for hostile in texts::TEXTS {
        for text in [
            format!("schema: 1\ntitle: {hostile}\n"),
            format!("schema: 1\n{hostile}: x\n"),
            format!("schema: 1\n{}: x\n", quoted(hostile)),
            format!("schema: {}\n", quoted(hostile)),
            format!("from: {}\n", quoted(hostile)),
        ] {
            fs::write(&hop, &text).expect("written");
            let args = ["rules", "check", &pack];
            is_text(&args, case.run(&args).ends(2, ""));
            let answers = case.answers(&text);
            let args = ["plan", "--answers", &answers];
            is_text(&args, case.run(&args).ends(2, ""));
        }
    }
}

#[test]
fn a_terminal_gets_no_sequence_but_those_of_the_screens() {
    let case = case();
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(5, "exit 3");
    let pack = case.pack.to_string_lossy().into_owned();
    let digest = case.digest();
    let ours = r"\x1b\[[0-9;?<=>]*[ -/]*[@-~]|\x1b[()][0AB]|\x1b[=>78MD]|\r|\x08";
    let ours = Regex::new(ours).expect("a pattern");
    let trust = ["--pack", &pack, "--trust", &digest];
    for (args, steps) in [
        (
            &["attach"][..],
            &[
                ("", "r retry"),
                ("o", "csi"),
                ("\x1b", "r retry"),
                ("\t", "Enter"),
                ("b", "newest first"),
            ][..],
        ),
        (
            &["attach", "--plain"],
            &[
                ("", "What now?"),
                ("output\n", "Output>"),
                ("roll back\n", "newest first"),
            ],
        ),
        (&trust, &[("", "Enter")]),
    ] {
        let mut session = screen(&case, args);
        for (keys, words) in steps {
            let told = |session: &Session| session.printed(0).matches(words).count();
            let before = told(&session);
            session.type_keys(keys);
            // A line that appeared may have left the screen since.
            session.wait(words, |session| {
                session.text().contains(words) || told(session) > before
            });
        }
        let shown = session.printed(0);
        rustix::process::kill_process(session.pid(), rustix::process::Signal::KILL)
            .expect("killed");
        for theirs in ["\x1b[77;77H", "\x1b[6n", "\x1b[c", "\x1b[31mcsi"] {
            assert!(!shown.contains(theirs), "{theirs:?} of {args:?}");
        }
        arrives_fit(
            &format!("the screen of {args:?}"),
            &ours.replace_all(&shown, ""),
        );
        arrives_fit("what stands on it", &session.text());
    }
}
