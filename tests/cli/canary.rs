//! Secrets from every place that one can come from, all of them printed by everything that runs, in
//! every form that programs print them in. Then everything that a run leaves, says or shows is
//! searched: secrets may only be in the copies of the operator's own files, which nobody else can
//! read.

use super::{
    attended::until,
    session::Session,
    support::{Case, Ended, ended},
    terminal::screen,
};
use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
};
use switchback::standin::ports::Port;

/// In the product's `.env`.
const OF_FILE: &str = "kept-in-a-file p@ss/w+rd%1";
/// In the operator's shell.
const OF_SHELL: &str = "exported?by=the&shell";
/// Said on a screen or in an answers file.
const OF_INPUT: &str = "said-to-switchback-itself/0123456789";
/// In an address: percent-encoded, as it is written there, and decoded.
const OF_ADDRESS: [&str; 2] = ["in%2Fan-address%21x", "in/an-address!x"];
/// Not called secret by the pack: recognised only by its place in an address.
const OF_PLACE: &str = "by-its-place-alone";

const ALL: [&str; 6] = [
    OF_FILE,
    OF_SHELL,
    OF_INPUT,
    OF_ADDRESS[0],
    OF_ADDRESS[1],
    OF_PLACE,
];

/// Prints what it is given on both streams: as it is, percent-encoded in the ways of several
/// languages, in base64 alone and behind a user's name, and as JSON. Then it waits, and fails the
/// first time.
const SHOUTS: &str = r#"
for secret in "$NOTES_TOKEN" "$NOTES_SHELL_KEY" "$NOTES_SIGNING" "$DATABASE_URL" "$SIGN" "$(cat)"; do
    url=$(printf %s "$secret" | sed 's/%/%25/g;s/ /%20/g;s/@/%40/g;s,/,%2F,g;s/+/%2B/g;s/?/%3F/g;s/=/%3D/g;s/&/%26/g;s/!/%21/g;s/:/%3A/g')
    low=$(printf %s "$url" | sed 's/%2F/%2f/g;s/%2B/%2b/g;s/%3F/%3f/g;s/%3D/%3d/g')
    script=$(printf %s "$url" | sed 's/%21/!/g')
    snake=$(printf %s "$url" | sed 's,%2F,/,g')
    for user in '' a: ad: adm:; do
        code=$(printf '%s%s' "$user" "$secret" | base64 -w 0)
        echo "Basic $code"; echo "Basic $code" >&2
    done
    for form in "$secret" "$url" "$low" "$script" "$snake" "{\"token\":\"$secret\"}" "https://ada:$url@example.org/"; do
        echo "said: $form"; echo "cried: $form" >&2; printf 'progress %s\r' "$form"
    done
done
echo "mysql://ada:by-its-$(echo place)-alone@127.0.0.1/x"
touch begun
while test -e begun && ! test -e go; do sleep 0.01; done
test -e again || { touch again; printf '%s %s' "$NOTES_TOKEN" "$SIGN"; exit 3; }
echo 2.0.0 >VERSION
"#;

/// Answers every request with the whole request, headers and body, and with the secrets.
struct Echo(u16);

impl Echo {
    fn start() -> Self {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = server.local_addr().expect("an address").port();
        thread::spawn(move || {
            for stream in server.incoming() {
                let mut stream = stream.expect("a request");
                let mut asked = vec![0; 64 << 10];
                let count = stream.read(&mut asked).unwrap_or(0);
                let body = [&asked[..count], OF_SHELL.as_bytes()].concat();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                // Whoever asked may have had enough.
                let _gone = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        Self(port)
    }
}

/// The notes server with secrets, a pack that passes them to everything that accepts any, and
/// nothing listening at the address of its database.
fn case(echo: &Echo, nobody: &Port) -> Case {
    let mut case = Case::new();
    let env = format!(
        "# The port of the web page\nPORT=8080\nTOKEN=\"{OF_FILE}\"\nDATABASE_URL='postgresql://notes:{}@127.0.0.1:{}/notes'\n",
        OF_ADDRESS[0], nobody.number
    );
    fs::write(case.root.join(".env"), env).expect("written");
    fs::write(case.root.join("shouts.sh"), SHOUTS).expect("written");
    case.pack_edit(
        "pack.yaml",
        "environment:\n",
        "secrets: [NOTES_SHELL_KEY, DATABASE_URL]\ndatabases:\n  main: {postgres: {url: '{{env.DATABASE_URL}}'}}\nenvironment:\n  - process: {}\n",
    );
    let hop = "1.x-to-2.0.yaml";
    case.pack_edit(
        hop,
        "checklist:\n",
        "  - rename: {from: TOKEN, to: NOTES_TOKEN, secret: true, required: true, cites: [N-1]}\n  \
         - add: {name: NOTES_SIGNING, input: signing, required: true, secret: true, cites: [N-1]}\n\
         inputs:\n  signing: {ask: What signs a note, secret: true, valid: {min_length: 8}}\nchecklist:\n",
    );
    let echoes = format!(
        "    probe:\n      http:\n        url: 'http://127.0.0.1:{}/'\n        method: POST\n        headers: {{Authorization: 'Bearer {{{{env.NOTES_SHELL_KEY}}}}'}}\n        body: '{{{{input.signing}}}}'\n        expect: {{body: 'no such words'}}\n",
        echo.0
    );
    case.pack_edit(
        hop,
        "\nbackup:",
        &format!(
            "  - id: echo\n    title: The echo\n    level: warn\n{echoes}  \
             - id: data\n    title: The database answers\n    level: warn\n    probe:\n      sql: {{database: main, query: 'SELECT 1', is: '1'}}\n\nbackup:"
        ),
    );
    case.pack_edit(
        hop,
        "command: [sh, -c, 'echo 2.0.0 >VERSION']",
        "command: [sh, shouts.sh], pass: ['NOTES_*', DATABASE_URL], env: {SIGN: '{{input.signing}}'}, stdin: '{{input.signing}}'",
    );
    case.exports("NOTES_SHELL_KEY", OF_SHELL);
    case
}

/// What must be found nowhere: each secret as it is, percent-encoded, and in base64 at every
/// alignment.
fn needles() -> BTreeSet<String> {
    let mut needles = BTreeSet::new();
    for secret in ALL {
        needles.insert(secret.to_owned());
        for hex in [|b| format!("%{b:02X}"), |b| format!("%{b:02x}")] as [fn(u8) -> String; 2] {
            let written = |byte: u8| match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                true => char::from(byte).to_string(),
                false => hex(byte),
            };
            needles.insert(secret.bytes().map(written).collect());
        }
        for shift in 0..3 {
            let code = base64(&[&b"???"[..shift], secret.as_bytes()].concat());
            // The first and the last letters depend on the neighbouring bytes.
            let whole = (shift + secret.len()) * 8 / 6;
            needles.insert(code[[0, 2, 3][shift]..whole].to_owned());
        }
    }
    needles
}

fn base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let of_three = |three: &[u8]| {
        let at = |n: usize| three.get(n).copied().map_or(0, u32::from);
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        [18, 12, 6, 0].map(|shift| char::from(letters[(bits >> shift & 63) as usize]))
    };
    bytes.chunks(3).flat_map(of_three).collect()
}

/// Everything that was said, shown or left, and what must not be in it.
struct Search {
    needles: BTreeSet<String>,
    searched: usize,
}

impl Search {
    fn new() -> Self {
        let needles = needles();
        Self {
            needles,
            searched: 0,
        }
    }

    #[track_caller]
    fn nowhere_in(&mut self, what: &str, bytes: &[u8]) {
        self.searched += 1;
        let text = String::from_utf8_lossy(bytes);
        for needle in &self.needles {
            if let Some(at) = text.find(needle) {
                let begin = (0..=at.saturating_sub(60))
                    .rev()
                    .find(|&n| text.is_char_boundary(n));
                panic!(
                    "{needle} stands in {what}: …{}",
                    &text[begin.unwrap_or(0)..at + needle.len()]
                );
            }
        }
    }

    #[track_caller]
    fn nowhere_said(&mut self, args: &[&str], ended: &Ended) {
        self.nowhere_in(&format!("the output of {args:?}"), ended.out.as_bytes());
        self.nowhere_in(&format!("the errors of {args:?}"), ended.err.as_bytes());
    }

    /// Copies of the operator's own files are the exception, and nobody else may read them.
    fn nowhere_left(&mut self, case: &Case) {
        let mut files = BTreeSet::new();
        below(&case.state, &mut files);
        let mut copies = 0;
        for file in files {
            let name = file
                .strip_prefix(&case.state)
                .expect("below")
                .to_string_lossy();
            let is_copy = ["/backup/files/", "/staged/", "/answers.json"];
            if is_copy.iter().any(|part| name.contains(part)) {
                let mode = fs::metadata(&file).expect("there").permissions().mode();
                assert_eq!(mode & 0o7777, 0o600, "{name}");
                copies += 1;
            } else {
                self.nowhere_in(&name, &fs::read(&file).expect("read"));
            }
        }
        assert!(copies >= 3, "the exceptions were met: {copies}");
        for (file, bytes) in case.files() {
            if !file.ends_with(".env") {
                self.nowhere_in(&file.to_string_lossy(), &bytes);
            }
        }
    }

    /// Anybody can read the arguments of everything that runs.
    fn in_no_arguments(&mut self) {
        for entry in fs::read_dir("/proc").expect("processes") {
            let process = entry.expect("a process").path();
            // One that has ended meanwhile has none.
            if let Ok(arguments) = fs::read(process.join("cmdline")) {
                self.nowhere_in(&process.to_string_lossy(), &arguments);
            }
        }
    }
}

fn below(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let kind = fs::symlink_metadata(&path).expect("there").file_type();
        if kind.is_dir() {
            below(&path, files);
        } else if kind.is_file() {
            files.insert(path);
        }
    }
}

fn at_work(case: &Case) {
    until("the step", || case.root.join("begun").exists());
}

fn goes_on(case: &Case) {
    fs::write(case.root.join("go"), "").expect("written");
}

#[test]
fn no_secret_stands_in_anything_that_a_run_without_a_screen_says_or_leaves() {
    let (echo, nobody) = (Echo::start(), Port::any().expect("a port"));
    let case = case(&echo, &nobody);
    let mut search = Search::new();
    let answers = case.answers(&format!(
        "inputs: {{signing: '{OF_INPUT}'}}\nmark: [1.x-to-2.0/check/told]\n"
    ));
    let out = case
        .state
        .with_file_name("sealed.json")
        .to_string_lossy()
        .into_owned();
    for format in ["text", "json", "markdown"] {
        let args = [
            "plan",
            "--answers",
            &answers,
            "--format",
            format,
            "--out",
            &out,
        ];
        search.nowhere_said(&args, case.trusted(&args).ends(0, "NOTES_SIGNING"));
    }
    search.nowhere_in("the sealed plan", &fs::read(&out).expect("a plan"));

    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let apply = ["apply", "--yes", "--format", "json", "--answers", &answers];
    let mut command = case.command(&[&apply[..], &["--pack", &pack, "--trust", &digest]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = command.spawn().expect("the program starts");
    at_work(&case);
    search.in_no_arguments();
    search.nowhere_left(&case);
    goes_on(&case);
    let told = ended(running.wait_with_output().expect("it ends"));
    search.nowhere_said(&apply, told.ends(5, "exit 3"));
    assert!(told.out.contains("••••••"), "it was shouted: {}", told.out);

    let run = case.newest_run();
    let about: [&[&str]; 12] = [
        &["status"],
        &["status", "--format", "json"],
        &["report"],
        &["report", "--format", "json"],
        &["runs"],
        &["rollback"],
        &["resume", "--format", "json", "--answers", &answers],
        &["report"],
        &["attach", &run],
        &["replay", "--svg", "journal"],
        &["rollback", &run, "--yes"],
        &["report"],
    ];
    for args in about {
        let journal = case.state.join("runs").join(&run).join("journal");
        let journal = journal.to_string_lossy();
        let args: Vec<&str> = args
            .iter()
            .map(|&arg| if arg == "journal" { &journal } else { arg })
            .collect();
        search.nowhere_said(&args, &case.run(&args));
    }
    search.nowhere_left(&case);
    case.run(&["status"]).ends(0, "rolled back");
    assert!(
        search.searched > 60,
        "{} things were searched",
        search.searched
    );
}

#[test]
fn no_secret_stands_in_what_is_said_about_answers_that_cannot_be_read() {
    let case = case(&Echo::start(), &Port::any().expect("a port"));
    let mut search = Search::new();
    for wrong in [
        format!("inputs: {{signing: '{OF_INPUT}'\nmark: []\n"),
        format!("inputs: \"{OF_INPUT}\"\n"),
        format!("inputs: ['{OF_INPUT}']\n"),
        format!("mark: \"{OF_INPUT}\"\n"),
        format!("inputs:\n  signing: |\n   {OF_INPUT}\n {OF_FILE}\n"),
        format!("inputs: {{signing: '{OF_INPUT}', sining: '{OF_FILE}'}}\n"),
    ] {
        let answers = case.answers(&wrong);
        let args = ["plan", "--answers", &answers];
        search.nowhere_said(&args, case.trusted(&args).ends(2, ""));
    }
    // Too short for its rule, so it is refused with a reason.
    let answers = case.answers("inputs: {signing: 'Zq7-x_1'}\n");
    let told = case.trusted(&["plan", "--answers", &answers]);
    told.ends(2, "at least 8 are needed");
    assert!(!format!("{}{}", told.out, told.err).contains("Zq7-x_1"));
}

#[test]
fn no_secret_stands_in_what_the_screens_show() {
    let (echo, nobody) = (Echo::start(), Port::any().expect("a port"));
    let case = case(&echo, &nobody);
    let mut search = Search::new();
    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let mut begins = screen(&case, &["--pack", &pack, "--trust", &digest]);
    let press = |screen: &mut Session, keys: &str, until: &str| {
        screen.type_keys(keys);
        screen.wait_for(until);
    };
    begins.wait_for("go on to Review");
    press(&mut begins, "\r", "NOTES_TOKEN");
    // Every finding with its differences.
    press(&mut begins, "d", ".env: -2");
    press(&mut begins, "\x1b", "Must change");
    press(&mut begins, "jj", "NOTES_SIGNING  N-1");
    press(&mut begins, "\r", "What signs a note");
    press(&mut begins, "e", "Ctrl-U");
    press(&mut begins, OF_INPUT, "36 characters");
    press(&mut begins, "\r", "36 chars");
    press(&mut begins, "\r", "The users know");
    begins.wait_for("The echo");
    kill(&begins);
    let shown = begins.printed(0);
    search.nowhere_in("the screens before a run", shown.as_bytes());

    let answers = case.answers(&format!(
        "inputs: {{signing: '{OF_INPUT}'}}\nmark: [1.x-to-2.0/check/told]\n"
    ));
    let run = case.newest_run();
    let mut resume = case.command(&[
        "resume",
        &run,
        "--yes",
        "--take-over",
        "--answers",
        &answers,
    ]);
    let resuming = resume.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut resuming = resuming.expect("the program starts");
    at_work(&case);
    let mut attached = screen(&case, &["attach", &run]);
    attached.wait_for("o opens it");
    press(&mut attached, "o", "Enter: back");
    press(&mut attached, "\x1b", "o opens it");
    goes_on(&case);
    attached.wait_for("exit 3");
    press(&mut attached, "o", "Enter: back");
    press(&mut attached, "\x1b", "o opens it");
    press(&mut attached, "b", "newest first");
    kill(&attached);
    resuming.wait().expect("it ends");
    search.nowhere_in("the screens of a run", attached.printed(0).as_bytes());
    search.nowhere_left(&case);
}

fn kill(screen: &Session) {
    rustix::process::kill_process(screen.pid(), rustix::process::Signal::KILL).expect("killed");
}
