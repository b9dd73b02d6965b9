//! The operator's own shell, which the screens open and wait for.

use super::place::STATE_DIR;
use crate::{model::text::sanitize, standin::demo};
use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
};
use std::{
    env,
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// Opens a shell on this terminal, in a folder, until it exits. Our own commands typed there are
/// about the runs of that screen. In a sample its imitations come before real programs, which know
/// nothing of the sample.
#[expect(
    clippy::disallowed_methods,
    reason = "it belongs to the operator: nothing of it is captured, limited or recorded"
)]
pub fn shell(folder: &Path, state: &Path, out: &mut dyn Write) -> Result<(), String> {
    let shell = env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
    let _closed = writeln!(
        out,
        "A shell of your own, opened by switchback: `exit` returns to its screens.\nIt starts in {}",
        sanitize(&folder.display().to_string())
    );
    let begun = Command::new(&shell)
        .current_dir(folder)
        .env(STATE_DIR, state)
        .envs(demo::programs_of(folder).and_then(before_others))
        .spawn();
    match begun {
        Ok(child) => {
            until_left(Pid::from_child(&child), out);
            Ok(())
        }
        Err(error) => Err(format!(
            "{} could not be started: {error}",
            shell.to_string_lossy()
        )),
    }
}

/// Waits for the shell's end. A shell that stops itself (`suspend`) is woken: nobody else could,
/// and the screens wait for it.
fn until_left(shell: Pid, out: &mut dyn Write) {
    loop {
        let status = match waitpid(Some(shell), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) => status,
            Ok(None) | Err(Errno::INTR) => continue,
            // It is not our child any more.
            Err(_gone) => return,
        };
        let stopped_itself = [Signal::STOP, Signal::TSTP].map(Signal::as_raw);
        match status.stopping_signal() {
            None => return,
            Some(signal) if stopped_itself.contains(&signal) => {
                let words = "switchback: this shell cannot be suspended; `exit` returns";
                let _closed = writeln!(out, "{words}");
                let _gone = kill_process(shell, Signal::CONT);
            }
            // Stopped for terminal access, which whoever has the terminal will give back.
            Some(_) => {}
        }
    }
}

/// PATH, with this folder before the others.
fn before_others(folder: PathBuf) -> Option<(&'static str, OsString)> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder).chain(env::split_paths(&path));
    Some(("PATH", env::join_paths(all).ok()?))
}
