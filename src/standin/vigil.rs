//! Keeps a demo whose operator left in the middle of a run, on purpose or by losing the line: the
//! worker ends when nobody is there to be asked, but what the run still needs stays for a while.

use super::{
    Call, Failed,
    home::Home,
    lifeline::Lifeline,
    process::{self, Service},
};
use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Long enough to come back; a forgotten demo ends.
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// As a program, and as a service of the demo.
pub(super) const NAME: &str = "vigil";

/// Starts the process; returns once it keeps the demo. It has no terminal to lose.
pub(super) fn begin(home: &Home) -> Result<(), Failed> {
    if process::running(home, NAME).is_some() {
        return Ok(());
    }
    let mut vigil = Command::new(std::env::current_exe()?)
        .args(["stand-in", NAME])
        .arg(home.path())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let said = vigil.stdout.take().map(BufReader::new);
    let mut line = String::new();
    said.map_or(Ok(0), |mut said| said.read_line(&mut line))?;
    Ok(())
}

/// The process itself: says that it keeps the demo, and does.
pub(super) fn keep(call: Call<'_>) -> Result<(), Failed> {
    let Some(_kept) = Lifeline::join(call.home)? else {
        return Ok(());
    };
    let us = Service {
        pid: std::process::id().cast_signed(),
        port: 0,
        version: String::new(),
    };
    process::register(call.home, NAME, &us)?;
    writeln!(call.out, "kept")?;
    call.out.flush()?;
    let began = Instant::now();
    // Nobody comes back to a sample that was removed.
    while began.elapsed() < KEPT_FOR && call.home.path().is_dir() {
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Ends the vigil: nobody needs to come back to the demo any more.
pub(super) fn end(home: &Home) -> Result<(), Failed> {
    process::stop(home, NAME).map(drop)
}
