//! Ends a demo's real server with the demo, however that ends: a shell waits for the end of its own
//! input, which is the demo's lifeline.

use super::{Failed, home::Home, lifeline};
use std::process::{Child, Command, Stdio};
use std::{os::unix::process::CommandExt, path::Path};

/// Runs a server until the demo has ended, then removes the files that only the server can read.
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
    /// Runs `server` in `folder`, with its output in `log` there, and ends it by `signal`. Runs as
    /// `user` if given, since servers refuse to run as root.
    pub(super) fn meanwhile(
        home: &Home,
        server: &[String],
        folder: &Path,
        signal: &str,
        user: Option<(u32, u32)>,
    ) -> Result<Self, Failed> {
        let mut shell = Command::new("/bin/sh");
        // In a group of its own: the terminal's Ctrl-C is for the demo.
        shell
            .args(["-c", MEANWHILE, "keeper"])
            .current_dir("/")
            .stdin(lifeline::reading(home)?)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        shell.arg(signal).arg(folder).args(server);
        if let Some((uid, gid)) = user {
            shell.uid(uid).gid(gid);
        }
        Ok(Self(shell.spawn()?))
    }

    /// Waits for its end, which comes once nobody keeps the demo any more.
    pub(super) fn wait(mut self) -> Result<bool, Failed> {
        Ok(self.0.wait()?.success())
    }
}
