//! The operator's own shell, which the screens open and wait for.

use super::place::STATE_DIR;
use crate::{model::text::sanitize, standin::demo};
use std::{
    env,
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// On this terminal, in a folder, until it is left. Commands of ours that are typed there are about
/// the runs of that screen, and in a sample its imitations are found before real programs: those know
/// nothing of it.
#[expect(
    clippy::disallowed_methods,
    reason = "it belongs to the operator: nothing of it is captured, limited or recorded"
)]
pub fn shell(folder: &Path, state: &Path, out: &mut dyn Write) -> Result<(), String> {
    let shell = env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
    let _closed = writeln!(
        out,
        "A shell of your own, opened by switchback: `exit` leads back to its screens.\nIt begins in {}",
        sanitize(&folder.display().to_string())
    );
    let left = Command::new(&shell)
        .current_dir(folder)
        .env(STATE_DIR, state)
        .envs(demo::programs_of(folder).and_then(before_others))
        .status();
    match left {
        Ok(_how_it_was_left) => Ok(()),
        Err(error) => Err(format!(
            "{} could not be started: {error}",
            shell.to_string_lossy()
        )),
    }
}

/// The variable by which programs are found, with this folder before the others.
fn before_others(folder: PathBuf) -> Option<(&'static str, OsString)> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder).chain(env::split_paths(&path));
    Some(("PATH", env::join_paths(all).ok()?))
}
