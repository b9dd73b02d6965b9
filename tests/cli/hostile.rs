//! Files, packs and disks as they should not be: each ends in good time, with a sentence that names
//! a cure, and leaves the product as it was.

use super::{
    huge::bounded,
    input::refused_saying,
    private::{as_ordinary, give_away},
    support::{Case, Ended, MARKED, ended},
};
use std::{
    fs::{self, File},
    io,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};
use switchback::standin::ports::Port;

const GIB: u64 = 1 << 30;

/// A sparse file: huge by its size, but without disk usage.
fn huge(path: &Path) {
    let file = File::create(path).expect("made");
    file.set_len(GIB).expect("made huge");
}

/// A case whose pack changes `conf.yaml`.
fn with_yaml(text: &str) -> Case {
    let case = Case::new();
    fs::write(case.root.join("conf.yaml"), text).expect("written");
    let edit = "config:\n  - edit:\n      file: conf.yaml\n      changes:\n        - set: web.port\n          value: 81\n          cites: [N-1]\n\nchecklist:";
    case.pack_edit("1.x-to-2.0.yaml", "checklist:", edit);
    case
}

/// Files of variables and of settings: the message says what, where, why, and what helps.
#[test]
fn a_file_that_is_no_text_blocks_and_names_the_cure() {
    type Spoil = fn(&Path);
    let kinds: [(Spoil, [&str; 2]); 5] = [
        (
            |path| fs::create_dir(path).expect("a folder"),
            ["a folder", "name a file in it"],
        ),
        (
            |path| fs::write(path, b"PORT=\xff\xfe\n").expect("written"),
            ["not UTF-8 text", "save it as UTF-8"],
        ),
        (
            |path| fs::write(path, b"PORT=80\0\n").expect("written"),
            ["holds NUL bytes", "take them out"],
        ),
        (
            huge,
            ["larger than 16 MiB", "check what wrote so much into it"],
        ),
        (
            |path| {
                let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
                assert!(made.success());
            },
            ["a FIFO", "put a regular file in its place"],
        ),
    ];
    for file in [".env", "conf.yaml"] {
        for (spoil, [why, cure]) in &kinds {
            let case = with_yaml("web: {port: 80}\n");
            let path = case.root.join(file);
            fs::remove_file(&path).expect("removed");
            spoil(&path);
            let told = case.trusted(&["apply", "--yes"]);
            let what = format!("{file}: cannot be used; ");
            for words in [&what, *why, *cure] {
                told.ends(12, words);
            }
            assert_eq!(
                told.err.matches("cannot be used").count(),
                1,
                "{}",
                told.err
            );
            assert!(!case.state.join("runs").exists(), "a run began");
        }
    }
}

#[test]
fn a_yaml_file_that_means_more_or_less_than_one_thing_is_not_edited() {
    let bomb = {
        let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
        for (name, before) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            let all = vec![format!("*{before}"); 9].join(", ");
            text.push_str(&format!("{name}: &{name} [{all}]\n"));
        }
        text + "web: *j\n"
    };
    for (text, words, cure) in [
        (
            "web: &w {port: *w}\n",
            "line 1, column 16: `*w` stands inside of what it stands for",
            "take the cycle out by hand",
        ),
        (
            "web: {port: 80}\nweb: {port: 82}\n",
            "line 2, column 1: the key `web` is there twice",
            "take one of the two out by hand",
        ),
        (
            "web: {port: 80}\n---\nweb: {port: 82}\n",
            "line 2, column 1: a second YAML document begins here",
            "split the file",
        ),
        (
            "web: {port: 80\n",
            "line 1, column 6: the file is not YAML: unclosed bracket",
            "fix the file by hand",
        ),
        (
            "web:\n\tport: 80\n",
            "line 2, column 2: the file is not YAML: tabs",
            "fix the file by hand",
        ),
        (
            "web:\r\n  port: 80\rhost: a\r\n",
            "line 2, column 11: a carriage return stands here alone",
            "put a line feed behind it",
        ),
        (
            &bomb,
            "`web` is an alias; what it says stands at `j`",
            "edit `j`, which changes it for every alias",
        ),
    ] {
        let case = with_yaml(text);
        refused_saying(&case, &["apply", "--yes"], 12, &["conf.yaml", words, cure]);
    }
}

#[test]
fn rules_of_a_gibibyte_are_not_read() {
    let case = Case::new();
    let rules = case.pack.join("1.x-to-2.0.yaml");
    huge(&rules);
    let pack = case.pack.to_string_lossy().into_owned();
    for args in [&["rules", "check", &pack][..], &["plan", "--pack", &pack]] {
        bounded(&case, "rules of a gibibyte", args, &[2])
            .ends(2, "1.x-to-2.0.yaml: larger than 4.0 MiB")
            .ends(2, "check what wrote so much into it");
    }
    assert!(!case.state.join("runs").exists(), "a run began");
}

#[test]
fn a_file_that_this_user_may_not_read_blocks_and_names_the_cure() {
    let case = Case::new();
    let (env, before) = (case.root.join(".env"), case.files());
    fs::set_permissions(&env, fs::Permissions::from_mode(0o000)).expect("closed");
    let digest = case.digest();
    let pack = case.pack.to_string_lossy().into_owned();
    let apply = case.command(&["apply", "--yes", "--pack", &pack, "--trust", &digest]);
    // Permissions do not stop root.
    if rustix::process::geteuid().is_root() {
        give_away(case.root.parent().expect("the test's folder"));
    }
    let told = match as_ordinary(apply).output() {
        Ok(output) => ended(output),
        // An ordinary user cannot reach the program where it was built.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return,
        Err(error) => panic!("the program starts: {error}"),
    };
    told.ends(12, ".env: cannot be used; could not open it")
        .ends(12, "this user has no permission")
        .ends(12, "run switchback as the user who owns it");
    assert_eq!(told.err.matches("cannot be used").count(), 1);
    assert!(!told.err.contains("not set"), "nobody knows: {}", told.err);
    fs::set_permissions(&env, fs::Permissions::from_mode(0o644)).expect("opened");
    assert_eq!(case.files(), before);
    assert!(!case.state.join("runs").exists(), "a run began");
}

/// A check that cannot be made does not pass: the run stops before anything is changed.
#[test]
fn a_missing_command_and_a_service_that_is_down_or_hangs_are_not_a_pass() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let hangs = silent.local_addr().expect("an address").port();
    let closed = Port::any().expect("a port");
    let service = format!(
        "services:\n  app:\n    title: the app\n    port: '{}'\n    ways: [{{by: {{command: {{start: {{command: ['true']}}, process: '^nobody'}}}}}}]\n",
        closed.number
    );
    for (probe, words) in [
        (
            "command: {command: [no-such-tool-here]}".to_owned(),
            ["`no-such-tool-here` is not installed here", "install it"],
        ),
        (
            "service: {name: app, is: running}".to_owned(),
            ["it does not run", "look into its log, or start it"],
        ),
        (
            format!(
                "http: {{url: 'http://127.0.0.1:{}/', timeout: 2s}}",
                closed.number
            ),
            ["no answer: connection refused", "is the service running?"],
        ),
        (
            format!("http: {{url: 'http://127.0.0.1:{hangs}/', timeout: 300ms}}"),
            ["no answer within 300 ms", "is the service hanging?"],
        ),
    ] {
        let case = Case::new();
        let before = case.files();
        case.pack_edit("pack.yaml", "write_to:", &format!("{service}\nwrite_to:"));
        case.pack_edit(
            "1.x-to-2.0.yaml",
            "manual: {text: Tell the users that notes are read-only for a minute.}",
            &probe,
        );
        let told = case.trusted(&["apply", "--yes"]);
        told.ends(4, "1.x-to-2.0/check/told: The users know: ")
            .ends(4, "then `switchback resume`");
        for words in words {
            told.ends(4, words);
        }
        assert_eq!(case.files(), before);
    }
}

#[test]
fn a_file_that_hides_the_product_is_named() {
    let case = Case::new();
    let file = case.root.join("docker-compose.yml");
    for broken in [&b"services:\n  ai: [\n"[..], b"services:\xff\xfe\n"] {
        fs::write(&file, broken).expect("written");
        for pack in [&["plan"][..], &["plan", "--pack", "workflow-engine"]] {
            case.run(pack).ends(2, "docker-compose.yml: ");
        }
    }
}

#[test]
fn a_folder_that_was_named_and_is_none_is_refused_by_its_name() {
    let case = Case::new();
    for verb in ["status", "runs"] {
        case.run(&[verb, "--root", "nowhere"])
            .ends(2, "nowhere: there is no such folder");
        case.run(&[verb, "--state-dir", "nowhere"])
            .ends(2, "nowhere: there is no such folder");
    }
    fs::write(case.root.join("file"), "").expect("written");
    case.run(&["plan", "--root", "file"])
        .ends(2, "not a folder");
    case.run(&["demo", "relay", "--headless", "--root", "."])
        .ends(2, "leave --root out");
    case.run(&["plan", "--nonsense"])
        .ends(2, "switchback: unexpected argument");
}

#[test]
fn of_two_packs_that_fit_one_must_be_named() {
    let case = Case::new();
    let services = "services:\n  ai-workflow-system: {}\n  oversight-gateway: {}\n";
    fs::write(case.root.join("docker-compose.yml"), services).expect("written");
    let before = case.files();
    for verb in [&["plan"][..], &["apply", "--yes"]] {
        case.run(verb)
            .ends(2, "several packs recognise a product here")
            .ends(2, "oversight-gateway, workflow-engine")
            .ends(2, "choose one with --pack");
    }
    assert_eq!(case.files(), before);
    assert!(!case.state.join("runs").exists(), "a run began");
}

/// The program where no file may grow beyond so many blocks of 512 bytes: as on a full disk, but that the
/// system ends whoever does not mind.
fn with_room(case: &Case, blocks: u32, args: &[&str]) -> Ended {
    let pack = case.pack.to_string_lossy().into_owned();
    let digest = case.digest();
    let inner = case.command(&[args, &["--pack", &pack, "--trust", &digest]].concat());
    let limit = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &limit])
        .arg(inner.get_program())
        .args(inner.get_args());
    command.current_dir(&case.root).env_clear();
    command.envs(
        inner
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    ended(command.output().expect("the program starts"))
}

#[test]
fn a_limit_for_files_changes_nothing_and_the_run_goes_on_once_it_is_gone() {
    let case = Case::new();
    let big = format!("PORT=80\n# {}\n", "x".repeat(60_000));
    fs::write(case.root.join(".env"), big).expect("written");
    let before = case.files();
    let answers = case.answers(MARKED);
    let apply = ["apply", "--yes", "--answers", &answers];
    let none = with_room(&case, 0, &apply);
    // The system is at fault, and not whoever typed the command.
    none.ends(5, "no file may grow so large here")
        .ends(5, "1.x-to-2.0.yaml: could not write it")
        .ends(5, "raise the limit for files (`ulimit -f` shows it)")
        .ends(5, "the run was not started, and nothing was changed");
    assert_eq!(case.files(), before);
    let little = with_room(&case, 60, &apply);
    little
        .ends(5, "no file may grow so large here")
        .ends(5, "raise the limit")
        .ends(5, "nothing was changed")
        .ends(5, "`switchback resume` goes on");
    assert_eq!(case.files(), before);
    case.run(&["resume", "--answers", &answers]).ends(0, "done");
}

/// Answers may be secret, and a folder without a journal appears in no list of runs.
#[test]
fn a_run_that_finds_no_room_to_begin_leaves_nothing_behind() {
    let case = Case::new();
    let hop = case.pack.join("1.x-to-2.0.yaml");
    let pack = fs::metadata(hop)
        .expect("the largest file of the pack")
        .len();
    let rooms = u32::try_from(pack.div_ceil(512)).expect("a small one");
    let answers = case.answers(MARKED);
    // The pack and the answers fit; the plan, which is larger, does not.
    let apply = ["apply", "--yes", "--answers", &answers];
    with_room(&case, rooms, &apply)
        .ends(5, "the run was not started, and nothing was changed")
        .ends(5, "plan.json");
    let mut left = std::collections::BTreeMap::new();
    super::support::read(&case.state.join("runs"), &mut left);
    let left: Vec<_> = left.keys().collect();
    assert!(left.is_empty(), "{left:?}");
    case.run(&["runs"]).ends(0, "no runs yet");
}

/// Requested output is never lost silently, but closing a pipe is not an error.
#[test]
fn a_full_disk_under_what_is_printed_is_told_and_a_closed_pipe_is_not() {
    let case = Case::new();
    for args in [&["runs"][..], &["rules", "schema"], &["--help"]] {
        let full = File::options().write(true).open("/dev/full");
        let printed = case
            .command(args)
            .stdout(full.expect("a full disk"))
            .output();
        let end = ended(printed.expect("the program starts"));
        end.ends(74, "No space left on device");
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let cut = case.command(args).stdout(writer).output();
        let cut = ended(cut.expect("the program starts"));
        assert_eq!((cut.code, cut.err.as_str()), (0, ""), "{args:?}");
    }
}
