//! The memory of a run's processes is private, and a run works for an ordinary user as well as for
//! root.

use super::{
    attended::{WAITS, case, let_it_end, until},
    support::{Case, Ended, ended},
};
use std::{
    fs,
    os::unix::{fs::lchown, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

/// A user without any rights on the machine.
const NOBODY: u32 = 65534;

/// Runs as an ordinary user, which the tests may be already.
pub fn as_ordinary(mut command: Command) -> Command {
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

pub fn give_away(path: &Path) {
    lchown(path, Some(NOBODY), Some(NOBODY)).expect("given away");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            give_away(&entry.expect("an entry").path());
        }
    }
}

fn read_by_its_own_user(file: &str) -> Ended {
    let mut cat = Command::new("cat");
    cat.arg(file).env("LC_ALL", "C");
    ended(as_ordinary(cat).output().expect("cat starts"))
}

/// The id, parent id and arguments of every process.
fn processes() -> Vec<(u32, u32, String)> {
    let of = |entry: std::io::Result<fs::DirEntry>| {
        let process = entry.ok()?.path();
        let number = process.file_name()?.to_str()?.parse().ok()?;
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        let (_, behind_the_name) = stat.rsplit_once(')')?;
        let parent = behind_the_name.split_whitespace().nth(1)?.parse().ok()?;
        let words = fs::read(process.join("cmdline")).ok()?;
        Some((
            number,
            parent,
            String::from_utf8_lossy(&words).replace('\0', " "),
        ))
    };
    fs::read_dir("/proc")
        .expect("processes")
        .filter_map(of)
        .collect()
}

fn child_of(parent: u32) -> u32 {
    let all = processes();
    let child = all.iter().find(|(_, of, _)| *of == parent);
    child.expect("a child").0
}

fn run(case: &Case, args: &[&str]) -> Ended {
    ended(
        as_ordinary(case.command(args))
            .output()
            .expect("the program starts"),
    )
}

#[test]
fn an_ordinary_users_run_is_closed_to_other_programs_of_that_user_and_leaves_no_image() {
    let case = case(WAITS);
    let applying = case.applying();
    let root = rustix::process::geteuid().is_root();
    if root {
        give_away(case.root.parent().expect("the test's folder"));
    }
    let mut apply = as_ordinary(applying);
    apply.stdout(Stdio::piped()).stderr(Stdio::piped());
    let front = match apply.spawn() {
        Ok(front) => front,
        // An ordinary user cannot reach the program where it was built.
        Err(error) if root && error.kind() == std::io::ErrorKind::PermissionDenied => return,
        Err(error) => panic!("the program starts: {error}"),
    };
    until("the step", || case.root.join("begun").exists());
    let state = case.state.to_string_lossy().into_owned();
    let worker = processes()
        .into_iter()
        .find(|(_, _, words)| words.starts_with("switchback worker") && words.contains(&state));
    let worker = worker.expect("a worker").0;
    let shim = child_of(worker);
    for ours in [front.id(), worker, shim] {
        let limits = fs::read_to_string(format!("/proc/{ours}/limits")).expect("limits");
        let image = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let soft = image.and_then(|line| line.split_whitespace().nth(4));
        assert_eq!(soft, Some("0"), "{limits}");
        for file in ["environ", "mem", "maps"] {
            let told = read_by_its_own_user(&format!("/proc/{ours}/{file}"));
            assert!(
                told.err.contains("Permission denied"),
                "{file}: {}",
                told.err
            );
            assert_eq!(told.out, "");
        }
    }
    // A step's command stays readable, which shows that the check above can succeed.
    let command = child_of(shim);
    let told = read_by_its_own_user(&format!("/proc/{command}/environ"));
    told.ends(0, "SWITCHBACK_RUN=");

    let_it_end(&case);
    ended(front.wait_with_output().expect("it ends")).ends(0, "done, and verified");
    let newest = run(&case, &["runs", "--format", "json"]).json();
    let newest = newest[0]["run_id"].as_str().expect("a run").to_owned();
    run(&case, &["rollback", &newest, "--yes"]).ends(0, "rolled back");
}

/// Runs a command in a process namespace whose `/proc` shows nobody what belongs to others, after a
/// script of root's; `None` where that cannot be made, and the test says so.
#[expect(clippy::print_stderr, reason = "a test that is not run says so")]
fn behind_hidepid(case: &Case, script: &str, inner: &Command) -> Option<Ended> {
    let mount = "mount -t proc -o hidepid=2 proc /proc || exit 99";
    let begin = format!(
        "exec unshare -mpf sh -c '{mount}; {script}; exec setpriv --reuid {NOBODY} --regid {NOBODY} \
         --clear-groups \"$@\"' sh \"$@\""
    );
    if !rustix::process::geteuid().is_root() {
        eprintln!("not run: only root can hide processes from a user");
        return None;
    }
    give_away(case.root.parent().expect("the test's folder"));
    let said = ended(case.under(&begin, inner).output().expect("a shell"));
    // The program may be where an ordinary user cannot reach it.
    if matches!(said.code, 99 | 126) {
        eprintln!("not run: {}", said.err);
        return None;
    }
    Some(said)
}

#[test]
fn a_process_that_proc_hides_is_not_called_gone() {
    let case = Case::new();
    let service = "services:
  app:
    title: the app
    ways:
      - by: {command: {start: {command: ['true'], leaves_running: true}, pid_file: app.pid}}
recognise:";
    case.pack_edit("pack.yaml", "recognise:", service);
    let stopped = "checklist:
  - {id: stopped, title: It is stopped, level: block, probe: {service: {name: app, is: stopped}}}";
    case.pack_edit("1.x-to-2.0.yaml", "checklist:", stopped);
    let applying = case.applying();
    let script = "sleep 60 & echo $! >app.pid";
    if let Some(said) = behind_hidepid(&case, script, &applying) {
        said.ends(4, "this user may not see it");
    }
}

/// The shim is closed to its own user as well, and so `/proc` hides it.
#[test]
fn who_stops_a_step_stops_its_command_also_where_proc_hides_the_shim() {
    let case = case("echo begun >>begun; sleep 20; exit 3");
    let applying = case.applying();
    let mut stopped = case.under(
        "\"$@\" & front=$!; until test -e begun; do sleep 0.05; done; kill -TERM $front; wait $front",
        &applying,
    );
    stopped.stdin(Stdio::null());
    if let Some(said) = behind_hidepid(&case, "true", &stopped) {
        said.ends(5, "stopped by the operator");
    }
}
