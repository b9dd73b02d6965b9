//! A real server of a demo ends with it, however the demo ends: a shell waits for the end of its own
//! input, and nobody but the demo holds the other side. The kernel closes it after a `kill -9` too.

use super::Failed;
use std::process::{Child, Command, Stdio};
use std::{os::unix::process::CommandExt, path::Path};

/// Runs a server until the demo has gone, then takes away what only the server can read.
const MEANWHILE: &str = r#"
signal=$1 folder=$2; shift 2
"$@" </dev/null >"$folder/log" 2>&1 &
server=$!
read -r _
kill -s "$signal" "$server"
wait "$server"
rm -rf "$folder/data" "$folder/settings"
"#;

#[derive(Debug)]
pub(super) struct Keeper(Child);

impl Keeper {
    /// `server` runs in a folder, with its output in `log` there, and ends by `signal`. As `user`
    /// if one is given: servers refuse to run as root.
    pub(super) fn meanwhile(
        server: &[String],
        folder: &Path,
        signal: &str,
        user: Option<(u32, u32)>,
    ) -> Result<Self, Failed> {
        let mut shell = shell(MEANWHILE);
        shell.arg(signal).arg(folder).args(server);
        if let Some((uid, gid)) = user {
            shell.uid(uid).gid(gid);
        }
        shell.stderr(Stdio::null());
        Self::start(shell)
    }

    fn start(mut shell: Command) -> Result<Self, Failed> {
        Ok(Self(shell.spawn()?))
    }

    /// Lets it do its work, and waits until that is done.
    pub(super) fn end(&mut self) -> Result<bool, Failed> {
        drop(self.0.stdin.take());
        Ok(self.0.wait()?.success())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ended_as_far_as_it_can_be = self.end();
    }
}

/// In a group of its own: the terminal's Ctrl-C is for the demo.
fn shell(script: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", script, "keeper"])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .process_group(0);
    shell
}
