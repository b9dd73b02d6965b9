//! The process between the worker and a step's command, in a session of its own, with a single
//! task: it records that the command begins, runs it with its time limit, writes its lines to a
//! file and records its end, whatever becomes of the worker. Secrets named in its order are masked
//! in all it writes.

use super::{
    RealCommands,
    papers::{Begun, Exit, Papers, written},
    supervise,
};
use crate::{
    model::{
        pattern::Pattern,
        rule::Stop,
        text::{Secret, sanitize},
    },
    redact::Redactor,
    world::{
        Cancel, Command, Commands as _, Ended, FileError, Files as _, Keep, Processes as _,
        RealFiles, RealProcesses, Stream, Wanted, detached,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
    time::Duration,
};

const NOT_KEPT: &str =
    "(what it prints is not kept from here on: it is too much for the room there)";

/// The shim's order, sent through a pipe: it contains secrets, so it is never stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    stem: PathBuf,
    note: String,
    secrets: Vec<String>,
    argv: Vec<String>,
    dir: PathBuf,
    env: BTreeMap<String, String>,
    path: Vec<PathBuf>,
    stdin: Option<String>,
    timeout_ms: u64,
    stop: Stop,
    leaves_running: bool,
    never: Option<Pattern>,
    wanted: Wanted,
}

impl Order {
    pub fn new(command: &Command, keep: &Keep<'_>) -> Self {
        let exposed = |secret: &Secret| secret.expose().to_owned();
        let env = command.env.iter();
        Self {
            stem: keep.stem.to_owned(),
            note: keep.note.to_owned(),
            secrets: keep.secrets.iter().map(exposed).collect(),
            argv: command.argv.clone(),
            dir: command.dir.clone(),
            env: env
                .map(|(name, value)| (name.clone(), exposed(value)))
                .collect(),
            path: command.path.clone(),
            stdin: command.stdin.as_ref().map(exposed),
            timeout_ms: u64::try_from(command.timeout.as_millis()).unwrap_or(u64::MAX),
            stop: command.stop,
            leaves_running: command.leaves_running,
            never: command.never.clone(),
            wanted: command.wanted.clone(),
        }
    }

    fn command(&self) -> Command {
        let secret = |(name, value): (&String, &String)| (name.clone(), Secret::new(value.clone()));
        Command {
            argv: self.argv.clone(),
            dir: self.dir.clone(),
            env: self.env.iter().map(secret).collect(),
            path: self.path.clone(),
            stdin: self.stdin.clone().map(Secret::new),
            timeout: Duration::from_millis(self.timeout_ms),
            stop: self.stop,
            leaves_running: self.leaves_running,
            never: self.never.clone(),
            wanted: self.wanted.clone(),
            // Every line is masked, and kept.
            pieces: false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ShimError {
    #[error("this is a command of switchback itself: it needs an order, and a marker to hold")]
    NoOrder(#[source] io::Error),
    #[error(transparent)]
    Paper(#[from] FileError),
}

/// The whole life of the process.
pub fn serve() -> Result<(), ShimError> {
    // The marker is locked until the process ends, and given to nobody.
    let given = detached::settle_in().map_err(ShimError::NoOrder)?;
    let order = read(File::from(given.stdin)).map_err(ShimError::NoOrder)?;
    let cancel = Cancel::default();
    let pull = cancel.clone();
    detached::on_request_to_end(move || pull.pull()).map_err(ShimError::NoOrder)?;
    let papers = Papers::at(&order.stem);
    let pid = std::process::id();
    let us = RealProcesses.look(pid).ok().flatten();
    let command = order.command();
    papers.begin(&Begun {
        pid,
        started: us.map_or(0, |us| us.started),
        note: order.note.clone(),
        within_ms: u64::try_from(supervise::longest(&command).as_millis()).ok(),
    })?;
    let redactor = Redactor::new(order.secrets.iter().cloned().map(Secret::new));
    let clean = |text: &str| sanitize(&redactor.redact(text));
    // If its lines cannot be kept, the command still runs: its end is what counts.
    let mut out = papers.output().ok();
    let mut left = RealFiles.room_for_output(&order.stem);
    let mut keep = |stream: Stream, line: &str| {
        let Some(file) = &mut out else { return };
        let line = written(stream, &clean(line));
        let fits = line.len() <= left;
        left = left.saturating_sub(line.len());
        let line = if fits {
            line
        } else {
            written(stream, NOT_KEPT)
        };
        if file.write_all(line.as_bytes()).is_err() || !fits {
            out = None;
        }
    };
    let end = RealCommands::default().run(&command, &cancel, &mut keep);
    let end = end.map(|ended| Ended {
        stdout: clean(&ended.stdout),
        stderr: clean(&ended.stderr),
        hit: ended.hit.as_deref().map(clean),
        ..ended
    });
    Ok(papers.end(Exit::from(end))?)
}

/// Reads the order; one that was cut off because its sender died is invalid.
fn read(mut from: File) -> io::Result<Order> {
    let mut json = Vec::new();
    from.read_to_end(&mut json)?;
    serde_json::from_slice(&json).map_err(io::Error::other)
}

/// Sends the order; if the shim has already ended, its papers say so.
pub fn tell(mut to: impl Write, order: &Order) {
    let json = serde_json::to_vec(order).expect("an order has only text keys");
    let _not_heard = to.write_all(&json);
}
