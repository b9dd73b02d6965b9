//! Keeps a demo for whoever left it in the middle of a run, by their own will or with their line: when
//! the worker goes because nobody is there to be asked, what the run still needs stays for a while.

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

/// Long enough to come back; what is forgotten ends.
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// As a program, and as a service of the demo.
pub(super) const NAME: &str = "vigil";

/// Comes back when the demo is kept by another process, which has no terminal to lose.
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

/// Nobody need come back any more.
pub(super) fn end(home: &Home) -> Result<(), Failed> {
    process::stop(home, NAME).map(drop)
}
