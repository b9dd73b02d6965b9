//! Real commands: a clean environment, a process group of their own, an end that always comes.
//!
//! A command with `leaves_running` gets `/dev/null` for both outputs: what it starts may write long
//! after we stopped reading, and would then be killed by the closed pipe. Its output is lost; a
//! rule that needs it redirects it to a file.

mod kept;
mod lines;
mod papers;
mod shim;
mod supervise;

pub use kept::SHIM;
pub use shim::{ShimError, serve as shim};

use super::{
    Cancel, Command, CommandError, Commands, Ended, FileError, Keep, Kept, Stream, limited,
};
use papers::Papers;
use rustix::fs::Access;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::Instant,
};

/// Where commands are found, whatever the operator's shell says.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[derive(Clone, Debug, Default)]
pub struct RealCommands {
    /// The program that is the shim of commands that outlive us.
    exe: PathBuf,
}

impl RealCommands {
    pub fn new(exe: &Path) -> Self {
        let exe = exe.to_owned();
        Self { exe }
    }
}

impl Commands for RealCommands {
    fn run(
        &self,
        command: &Command,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError> {
        let name = command.argv.first().cloned().unwrap_or_default();
        let search = search_path(command);
        let program =
            find(&name, &search, command).ok_or_else(|| CommandError::NotFound(name.clone()))?;
        // A runtime for each run: it costs little, and one slow reader of lines holds up no other
        // command.
        let runtime =
            limited::runtime().map_err(|error| CommandError::Start(name.clone(), error))?;
        runtime.block_on(async {
            let began = Instant::now();
            let child = prepare(&program, &search, command)
                .spawn()
                .map_err(|error| CommandError::Start(name.clone(), error))?;
            supervise::to_the_end(child, command, began, cancel, line)
                .await
                .map_err(|error| CommandError::Lost(name.clone(), error))
        })
    }

    fn run_kept(
        &self,
        command: &Command,
        keep: &Keep<'_>,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError> {
        kept::run(&self.exe, command, keep, cancel, line)
    }

    fn kept(&self, stem: &Path, cancel: &Cancel, line: &mut dyn FnMut(Stream, &str)) -> Kept {
        kept::follow(&Papers::at(stem), cancel, line)
    }

    fn stems(&self, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
        Papers::in_folder(folder)
    }

    fn forget(&self, stem: &Path) -> Result<(), FileError> {
        Papers::at(stem).forget()
    }
}

fn prepare(program: &Path, search: &OsString, command: &Command) -> tokio::process::Command {
    let output = || {
        if command.leaves_running {
            Stdio::null()
        } else {
            Stdio::piped()
        }
    };
    let mut child = tokio::process::Command::new(program);
    child
        .args(command.argv.iter().skip(1))
        .current_dir(&command.dir)
        .env_clear()
        .envs(std::env::var_os("HOME").map(|home| ("HOME", home)))
        .envs(command.env.iter().map(|(k, v)| (k, v.expose())))
        .env("PATH", search)
        .stdin(match command.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        })
        .stdout(output())
        .stderr(output())
        .process_group(0)
        .kill_on_drop(true);
    child
}

/// The command's own folders, then its `PATH` if the rules set one, else the fixed one.
fn search_path(command: &Command) -> OsString {
    let base = command.env.get("PATH").map_or(PATH, |path| path.expose());
    let own = command.path.iter().cloned();
    let all = own.chain(std::env::split_paths(base));
    // A folder with a colon in its name cannot be searched; the others still are.
    std::env::join_paths(all.filter(|dir| !dir.to_string_lossy().contains(':')))
        .unwrap_or_else(|_| OsString::from(PATH))
}

/// Searched here rather than by the system, so that "not installed" is never confused with a
/// missing folder. A name with a slash is a path, relative to the command's folder.
fn find(name: &str, search: &OsString, command: &Command) -> Option<PathBuf> {
    let runs = |path: &PathBuf| path.is_file() && rustix::fs::access(path, Access::EXEC_OK).is_ok();
    if name.is_empty() {
        return None;
    }
    if name.contains('/') {
        return Some(command.dir.join(name)).filter(runs);
    }
    std::env::split_paths(search)
        .map(|dir| command.dir.join(dir).join(name))
        .find(runs)
}
