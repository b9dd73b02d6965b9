//! Processes of this program that outlive the one that started them: in a session of their own,
//! without a terminal, with files handed over in place of standard input and output.

use super::databases::OF_A_SHELL;
use rustix::fs::Mode;
use std::{
    ffi::{CStr, OsStr, OsString},
    fs::{File, OpenOptions},
    io,
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::OpenOptionsExt, process::CommandExt},
    },
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
};

/// This program, also when its file was replaced while it runs.
pub const OURSELVES: &str = "/proc/self/exe";
/// As it is listed among the processes.
const NAME: &CStr = c"switchback";
/// What the kernel sends when a file grows beyond the limit of the process.
const SIGXFSZ: i32 = 25;

/// Starts the program in `exe`. Its error output is appended to `log`, or discarded if that cannot
/// be opened.
pub fn start(
    exe: &Path,
    args: Vec<OsString>,
    stdin: OwnedFd,
    stdout: OwnedFd,
    log: &Path,
) -> io::Result<Child> {
    let mut options = OpenOptions::new();
    let log = options.append(true).create(true).mode(0o600).open(log);
    let mut command = Command::new(exe);
    // Whatever shell a run is taken up from, its statements mean the same.
    for variable in OF_A_SHELL {
        command.env_remove(variable);
    }
    command
        .arg0(OsStr::from_bytes(NAME.to_bytes()))
        .args(args)
        .stdin(stdin)
        .stdout(stdout)
        .stderr(log.map_or_else(|_| Stdio::null(), Stdio::from))
        .spawn()
}

/// Waits for its end in the background, so that it does not stay a zombie.
pub fn reap(mut child: Child) {
    // Without a thread it stays one until we end, which does no harm.
    let _a_zombie = thread::Builder::new().spawn(move || child.wait());
}

/// What was handed over in place of standard input and output.
pub struct Given {
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
}

/// The first thing that every process of this program does: ensures that what it starts inherits
/// none of the files that were open at its own start, and that nothing it creates is writable for
/// others. A stricter umask is kept, but we set no stricter one ourselves: what a step installs
/// would then be unreadable for the users it is installed for.
pub fn keep_to_ourselves() {
    close_fds::set_fds_cloexec(3, &[]);
    let _ends_by_a_large_file = outlive_large_files();
    let others_write = Mode::WGRP | Mode::WOTH;
    let before = rustix::process::umask(others_write);
    // What we create is ours to read and write, also for whoever takes the run up.
    rustix::process::umask((before | others_write) - Mode::RWXU);
}

/// A file that grows beyond the limit of the process (`ulimit -f`) would end it in silence; a write that
/// fails tells more. The signal is heard, not ignored, because a process that is started from here
/// would inherit that.
fn outlive_large_files() -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop)
}

/// The first thing that a detached process does: takes the files handed over to it, and leaves its
/// terminal and folder.
pub fn settle_in() -> io::Result<Given> {
    let given = Given {
        stdin: rustix::stdio::stdin().try_clone_to_owned()?,
        stdout: rustix::stdio::stdout().try_clone_to_owned()?,
    };
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    // Started by way of `/proc` it would be listed as `exe`.
    rustix::thread::set_name(NAME)?;
    // Fails only if it leads a group already, started by hand from a shell; that does no harm.
    let _leads_already = rustix::process::setsid();
    std::env::set_current_dir("/")?;
    Ok(given)
}

/// Ignores the end of a line, and calls `tell` when the process is asked to end. A process that is
/// started from here has all signals as usual again.
pub fn on_request_to_end(tell: impl Fn() + Send + 'static) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut heard, ignored) = {
        let _inside = runtime.enter();
        let ignored: [io::Result<Signal>; 2] =
            [signal(SignalKind::hangup()), signal(SignalKind::pipe())];
        let heard = [
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        ];
        (heard, ignored)
    };
    thread::Builder::new().spawn(move || {
        let _kept = ignored;
        let [terminate, interrupt] = &mut heard;
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = terminate.recv() => tell(),
                    _ = interrupt.recv() => tell(),
                }
            }
        });
    })?;
    Ok(())
}
