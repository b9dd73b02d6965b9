//! Real commands: they end, and leave nothing behind.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};
use switchback::{
    model::text::Secret,
    world::{Cancel, Command, CommandError, Commands, Ended, How, Keep, RealCommands, Stream},
};

fn shell(script: &str) -> Command {
    let argv = ["sh", "-c", script].map(str::to_owned).into();
    Command::new(argv, Path::new("/"), Duration::from_secs(30))
}

fn run(command: &Command) -> Ended {
    let end = RealCommands::default().run(command, &Cancel::default(), &mut |_, _| {});
    end.expect("the command runs")
}

/// Whether a process is alive, and not just a zombie that its new parent has not reaped.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// Waits for a killed process: the kernel takes its time.
fn dies(pid: &str) -> bool {
    let begin = Instant::now();
    while lives(pid) && begin.elapsed() < Duration::from_secs(5) {
        thread::yield_now();
    }
    !lives(pid)
}

#[test]
fn outputs_and_exit_code_come_back_apart() {
    let mut lines = Vec::new();
    let command = shell("echo out; printf 'half' >&2; exit 3");
    let end = RealCommands::default().run(&command, &Cancel::default(), &mut |stream, line| {
        lines.push((stream, line.to_owned()));
    });
    let end = end.expect("runs");
    assert_eq!(end.how, How::Exit(3));
    assert_eq!(
        (end.stdout.as_str(), end.stderr.as_str()),
        ("out\n", "half")
    );
    assert!(lines.contains(&(Stream::Out, "out".to_owned())));
    assert!(lines.contains(&(Stream::Err, "half".to_owned())));
}

#[test]
fn ten_thousand_lines_arrive_in_order() {
    let mut next = 1;
    let command = shell("seq 10000");
    let end = RealCommands::default().run(&command, &Cancel::default(), &mut |_, line| {
        assert_eq!(line, next.to_string());
        next += 1;
    });
    assert_eq!(end.expect("runs").how, How::Exit(0));
    assert_eq!(next, 10_001);
}

#[test]
fn the_environment_is_clean_and_the_input_is_what_was_given() {
    let mut command = shell("env; echo -; cat; pwd");
    command.dir = PathBuf::from("/usr");
    command.env = BTreeMap::from([("GIVEN".to_owned(), Secret::new("yes"))]);
    command.stdin = Some(Secret::new("fed\n"));
    let end = run(&command);
    let (env, rest) = end.stdout.split_once("-\n").expect("two parts");
    let mut names: Vec<&str> = env
        .lines()
        .filter_map(|l| Some(l.split_once('=')?.0))
        .collect();
    names.retain(|name| !matches!(*name, "PWD" | "SHLVL" | "_" | "OLDPWD" | "HOME"));
    names.sort_unstable();
    assert_eq!(names, ["GIVEN", "PATH"]);
    assert_eq!(rest, "fed\n/usr\n");
    assert_eq!(run(&shell("cat")).stdout, "", "no input is an empty one");
}

#[test]
fn a_command_is_found_in_its_own_folders_first() {
    let dir = tempfile::tempdir().expect("folder");
    let tool = dir.path().join("tool");
    std::fs::write(&tool, "#!/bin/sh\necho mine\n").expect("write");
    let mut command = shell("");
    command.argv = vec!["tool".to_owned()];
    command.path = vec![dir.path().to_owned()];
    let not_executable = RealCommands::default().run(&command, &Cancel::default(), &mut |_, _| {});
    assert!(matches!(not_executable, Err(CommandError::NotFound(name)) if name == "tool"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&tool, mode).expect("mode");
    assert_eq!(run(&command).stdout, "mine\n");
}

#[test]
fn a_signal_is_no_exit_code() {
    assert_eq!(run(&shell("kill -9 $$")).how, How::Signal(9));
}

#[test]
fn after_the_time_limit_the_whole_group_is_gone() {
    let mut command = shell("sleep 1000 & echo $!; wait");
    command.timeout = Duration::from_millis(200);
    let end = run(&command);
    assert_eq!(end.how, How::TimedOut);
    assert!(end.took < Duration::from_secs(4), "{:?}", end.took);
    assert!(dies(&end.stdout));
}

#[test]
fn who_ignores_the_polite_signal_is_killed() {
    let mut command = shell("trap '' TERM; echo $$; while :; do sleep 0.1; done");
    command.timeout = Duration::from_millis(100);
    let end = run(&command);
    assert_eq!(end.how, How::TimedOut);
    assert!(dies(&end.stdout));
}

#[test]
fn cancelling_ends_it() {
    let cancel = Cancel::default();
    let end = RealCommands::default().run(&shell("echo here; sleep 1000"), &cancel, &mut |_, _| {
        cancel.pull();
    });
    assert_eq!(end.expect("runs").how, How::Cancelled);
}

#[test]
fn a_grandchild_that_holds_the_output_does_not_hold_us() {
    let end = run(&shell("sleep 1000 & echo $!"));
    assert_eq!(end.how, How::Exit(0));
    assert!(end.took < Duration::from_secs(4), "{:?}", end.took);
    assert!(dies(&end.stdout));
}

#[test]
fn what_a_command_leaves_running_goes_on() {
    let dir = tempfile::tempdir().expect("folder");
    let mut command = shell("sleep 1000 & echo $! > pid; echo started");
    command.dir = dir.path().to_owned();
    command.leaves_running = true;
    let end = run(&command);
    assert_eq!(end.how, How::Exit(0));
    assert!(end.took < Duration::from_millis(1500), "{:?}", end.took);
    let pid = std::fs::read_to_string(dir.path().join("pid")).expect("pid");
    assert!(lives(&pid));
    run(&shell(&format!("kill {pid}")));
    assert!(dies(&pid));
}

fn signal(pid: &str, which: Signal) {
    let pid = Pid::from_raw(pid.trim().parse().expect("a number"));
    kill_process(pid.expect("a process"), which).expect("signalled");
}

/// Stops a process from outside, as a person or a debugger does.
fn stop(pid: &str) {
    signal(pid, Signal::STOP);
    is_stopped(pid);
}

fn is_stopped(pid: &str) {
    let stat = Path::new("/proc").join(pid.trim()).join("stat");
    while !std::fs::read_to_string(&stat)
        .expect("its state")
        .contains(") T ")
    {
        thread::yield_now();
    }
}

/// How a command ends whose shim is stopped as soon as it says something; `then` comes after that.
fn under_a_stopped_shim(command: &Command, then: impl Fn(&Cancel)) -> How {
    let dir = tempfile::tempdir().expect("folder");
    let stem = dir.path().join("step");
    let begun = dir.path().join("step.begun");
    let commands = RealCommands::new(Path::new(env!("CARGO_BIN_EXE_switchback")));
    let (secrets, note) = (&[], "");
    let keep = Keep {
        stem: &stem,
        secrets,
        note,
    };
    let cancel = Cancel::default();
    let end = commands.run_kept(command, &keep, &cancel, &mut |_, _| {
        let begun = std::fs::read(&begun).expect("a paper");
        let begun: serde_json::Value = serde_json::from_slice(&begun).expect("a paper");
        stop(&begun["pid"].to_string());
        then(&cancel);
    });
    end.expect("its end").how
}

#[test]
fn whoever_stops_a_shim_takes_neither_the_time_limit_nor_the_wish_to_end_with_it() {
    let quick = |mut command: Command| {
        command.timeout = Duration::from_millis(300);
        command.stop =
            serde_json::from_value(serde_json::json!({"signal": "TERM", "within": "100ms"}))
                .expect("a stop");
        command
    };
    let waits = quick(shell("echo here; sleep 1000"));
    let end = under_a_stopped_shim(&waits, |_nobody_asks| {});
    assert_eq!(end, How::TimedOut);
    let end = under_a_stopped_shim(&shell("echo here; sleep 1000"), Cancel::pull);
    assert_eq!(end, How::Cancelled);
    // It ends by itself meanwhile, and nobody takes it for late.
    let dir = tempfile::tempdir().expect("folder");
    let go = dir.path().join("go");
    let mut ends = quick(shell(
        "echo here; while ! test -e go; do sleep 0.01; done; exit 3",
    ));
    ends.dir = dir.path().to_owned();
    let end = under_a_stopped_shim(&ends, |_nobody_asks| {
        std::fs::write(&go, "").expect("written");
    });
    assert_eq!(end, How::Exit(3));
}

#[test]
fn a_command_that_was_stopped_is_asked_to_end_like_any_other() {
    let cancel = Cancel::default();
    let command = shell("trap 'echo tidied; exit 0' TERM; echo $$; kill -STOP $$; sleep 1000");
    let end = RealCommands::default().run(&command, &cancel, &mut |_, line| {
        if line.parse::<u32>().is_ok() {
            is_stopped(line);
            cancel.pull();
        }
    });
    let end = end.expect("runs");
    assert_eq!(end.how, How::Cancelled);
    assert!(end.stdout.ends_with("tidied\n"), "{}", end.stdout);
}
