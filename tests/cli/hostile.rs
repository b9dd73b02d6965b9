//! Files, packs and disks as they should not be: each ends in good time, in a sentence with its
//! cure, and the product is as it was.

use super::{
    input::refused,
    support::{Case, Ended, TICKED, ended},
};
use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    process::Command,
    time::{Duration, Instant},
};

const GOOD_TIME: Duration = Duration::from_secs(5);
const GIB: u64 = 1 << 30;

/// A file that says to be huge and takes no room.
fn huge(path: &std::path::Path) {
    let file = File::create(path).expect("made");
    file.set_len(GIB).expect("made huge");
}

/// A case whose pack changes `conf.yaml`.
fn with_yaml(text: &str) -> Case {
    let case = Case::new();
    let edit = "config:\n  - edit:\n      file: conf.yaml\n      changes:\n        - set: web.port\n          value: 81\n          cites: [N-1]\n\nchecklist:";
    case.pack_edit("1.x-to-2.0.yaml", "checklist:", edit);
    fs::write(case.root.join("conf.yaml"), text).expect("written");
    case
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
    for (text, words) in [
        (
            "web: &w {port: *w}\n",
            "stands inside of what it stands for",
        ),
        ("web: {port: 80}\nweb: {port: 82}\n", "twice"),
        (
            "web: {port: 80}\n---\nweb: {port: 82}\n",
            "second YAML document",
        ),
        ("web: {port: 80\n", "not YAML"),
        ("web:\n\tport: 80\n", "not YAML"),
        (&bomb, "`web` is an alias"),
    ] {
        let case = with_yaml(text);
        let begin = Instant::now();
        refused(&case, &["apply", "--yes"], 12, words);
        refused(&case, &["apply", "--yes"], 12, "conf.yaml");
        assert!(begin.elapsed() < 2 * GOOD_TIME, "{text}");
    }
}

#[test]
fn a_file_of_a_gibibyte_is_not_read() {
    let case = Case::new();
    huge(&case.root.join(".env"));
    let begin = Instant::now();
    // The size alone is compared: two reads of it would take longer than all else.
    case.trusted(&["apply", "--yes"])
        .ends(12, ".env: could not be read; larger than 16 MiB");
    let rules = case.pack.join("1.x-to-2.0.yaml");
    huge(&rules);
    let pack = case.pack.to_string_lossy().into_owned();
    for args in [&["rules", "check", &pack][..], &["plan", "--pack", &pack]] {
        case.run(args).ends(2, "larger than 4.0 MiB");
    }
    assert!(begin.elapsed() < GOOD_TIME);
    assert!(!case.state.join("runs").exists(), "a run began");
}

#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    let case = Case::new();
    let env = case.root.join(".env");
    fs::remove_file(&env).expect("removed");
    let made = Command::new("mkfifo").arg(&env).status().expect("mkfifo");
    assert!(made.success());
    let begin = Instant::now();
    case.trusted(&["apply", "--yes"])
        .ends(12, ".env: could not be read");
    assert!(begin.elapsed() < GOOD_TIME);
}

#[test]
fn a_file_that_this_user_may_not_read_blocks_and_names_the_cure() {
    let case = Case::new();
    let env = case.root.join(".env");
    fs::set_permissions(&env, fs::Permissions::from_mode(0o000)).expect("closed");
    let told = case.trusted(&["plan"]);
    if rustix::process::geteuid().is_root() {
        // Nothing is closed to root.
        told.ends(0, "NOTES_PORT");
        return;
    }
    told.ends(12, "run switchback as the user who owns it");
    assert_eq!(
        told.err.matches("could not be read").count(),
        1,
        "{}",
        told.err
    );
}

#[test]
fn of_two_packs_that_fit_one_must_be_named() {
    let case = Case::new();
    let services = "services:\n  ai-workflow-system: {}\n  oversight-gateway: {}\n";
    fs::write(case.root.join("docker-compose.yml"), services).expect("written");
    let told = case.run(&["plan"]);
    told.ends(2, "--pack")
        .ends(2, "oversight-gateway")
        .ends(2, "workflow-engine");
}

/// The program where no file may grow beyond so many blocks of 512 bytes: what a full disk does.
fn with_room(case: &Case, blocks: u32, args: &[&str]) -> Ended {
    let pack = case.pack.to_string_lossy().into_owned();
    let digest = case.digest();
    let inner = case.command(&[args, &["--pack", &pack, "--trust", &digest]].concat());
    let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
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
fn a_disk_without_room_changes_nothing_and_the_run_goes_on_once_there_is_some() {
    let case = Case::new();
    let big = format!("PORT=80\n# {}\n", "x".repeat(60_000));
    fs::write(case.root.join(".env"), big).expect("written");
    let before = case.files();
    let answers = case.answers(TICKED);
    let apply = ["apply", "--yes", "--answers", &answers];
    let none = with_room(&case, 0, &apply);
    assert_eq!(
        (none.code, none.err.contains("no room")),
        (2, true),
        "{}",
        none.err
    );
    assert_eq!(case.files(), before);
    let little = with_room(&case, 60, &apply);
    assert_eq!(
        (little.code, little.err.contains("no room")),
        (5, true),
        "{}",
        little.err
    );
    assert_eq!(case.files(), before);
    case.trusted(&["resume", "--answers", &answers])
        .ends(0, "done");
}
