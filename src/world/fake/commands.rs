//! Scripted commands and HTTP answers.

use super::{Fault, Faults, dead, lock};
use crate::world::{
    Answer, Cancel, Command, CommandError, Commands, Ended, FileError, Heard, How, HttpClient,
    HttpError, Keep, Kept, Request, Stream,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

type Script<Asked, Given> = Box<dyn Fn(&Asked) -> Option<Given> + Send + Sync>;

/// Runs nothing: the first script with an answer answers; without one the command is not installed.
/// If a command changes files, its script does that (it can hold the `FakeFiles`).
#[derive(Default)]
pub struct FakeCommands {
    scripts: Mutex<Vec<Script<Command, Result<Ended, CommandError>>>>,
    ran: Mutex<Vec<Command>>,
    /// What became of those that outlive a process, with their notes.
    kept: Mutex<BTreeMap<PathBuf, (Option<Ended>, String)>>,
    faults: Arc<Faults>,
}

/// What a command gives that ended by itself.
pub fn ended(code: i32, stdout: &str, stderr: &str) -> Ended {
    Ended {
        how: How::Exit(code),
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
        stdout_is_whole: true,
        hit: None,
        heard: Heard::default(),
        took: Duration::ZERO,
    }
}

impl FakeCommands {
    pub(super) fn new(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// Adds a script before the ones that are there.
    pub fn script(
        &self,
        script: impl Fn(&Command) -> Option<Result<Ended, CommandError>> + Send + Sync + 'static,
    ) {
        lock(&self.scripts).insert(0, Box::new(script));
    }

    /// Answers the commands that begin with these words.
    pub fn answer(&self, begins: &[&str], with: Ended) {
        let begins: Vec<String> = begins.iter().map(|word| (*word).to_owned()).collect();
        self.script(move |command| command.argv.starts_with(&begins).then(|| Ok(with.clone())));
    }

    /// Every command that was started, in order.
    pub fn ran(&self) -> Vec<Command> {
        lock(&self.ran).clone()
    }

    fn turn(&self, name: &str) -> Result<Option<Fault>, CommandError> {
        let fault = self.faults.turn();
        fault.map_err(|error| CommandError::Start(name.to_owned(), error))
    }

    /// What the scripts make of a command that is started.
    fn play(&self, command: &Command) -> Result<Ended, CommandError> {
        let scripts = lock(&self.scripts);
        let scripted = scripts.iter().find_map(|script| script(command));
        scripted.unwrap_or_else(|| Err(CommandError::NotFound(name_of(command))))
    }
}

impl Commands for FakeCommands {
    fn run(
        &self,
        command: &Command,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError> {
        let name = name_of(command);
        let fault = self.turn(&name)?;
        if let Some(Fault::CrashWithin { .. }) = fault {
            return Err(CommandError::Lost(name, dead()));
        }
        lock(&self.ran).push(command.clone());
        let end = self.play(command);
        if fault.is_some() {
            return Err(CommandError::Lost(name, dead()));
        }
        heard(end?, cancel, line)
    }

    /// `CrashBefore`: nothing was started. `CrashWithin`: the shim died too; the command was done,
    /// or with 0 bytes not done. `CrashAfter`: only the worker died, and the shim recorded the end.
    fn run_kept(
        &self,
        command: &Command,
        keep: &Keep<'_>,
        cancel: &Cancel,
        line: &mut dyn FnMut(Stream, &str),
    ) -> Result<Ended, CommandError> {
        let name = name_of(command);
        let fault = self.turn(&name)?;
        lock(&self.ran).push(command.clone());
        if fault == Some(Fault::CrashWithin { bytes: 0 }) {
            let paper = (None, keep.note.to_owned());
            lock(&self.kept).insert(keep.stem.to_owned(), paper);
            return Err(CommandError::Lost(name, dead()));
        }
        let end = self.play(command);
        let noted = match fault {
            Some(Fault::CrashWithin { .. }) => None,
            Some(_) | None => end.as_ref().ok().cloned(),
        };
        let paper = (noted, keep.note.to_owned());
        lock(&self.kept).insert(keep.stem.to_owned(), paper);
        if fault.is_some() {
            return Err(CommandError::Lost(name, dead()));
        }
        heard(end?, cancel, line)
    }

    fn kept(&self, stem: &Path, cancel: &Cancel, line: &mut dyn FnMut(Stream, &str)) -> Kept {
        match lock(&self.kept).get(stem) {
            None => Kept::NeverBegun,
            Some((None, _)) => Kept::Lost,
            Some((Some(end), note)) => Kept::Ended {
                end: heard(end.clone(), cancel, line),
                note: note.clone(),
            },
        }
    }

    fn stems(&self, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
        let kept = lock(&self.kept);
        let inside = kept.keys().filter(|stem| stem.parent() == Some(folder));
        Ok(inside.cloned().collect())
    }

    fn forget(&self, stem: &Path) -> Result<(), FileError> {
        lock(&self.kept).remove(stem);
        Ok(())
    }
}

fn name_of(command: &Command) -> String {
    command.argv.first().cloned().unwrap_or_default()
}

fn heard(
    mut end: Ended,
    cancel: &Cancel,
    line: &mut dyn FnMut(Stream, &str),
) -> Result<Ended, CommandError> {
    for (stream, text) in [(Stream::Out, &end.stdout), (Stream::Err, &end.stderr)] {
        text.lines().for_each(|text| line(stream, text));
    }
    if cancel.pulled() {
        end.how = How::Cancelled;
    }
    Ok(end)
}

/// Sends nothing: without a script that answers, nobody listens.
#[derive(Default)]
pub struct FakeHttp {
    scripts: Mutex<Vec<Script<Request, Result<Answer, HttpError>>>>,
    sent: Mutex<Vec<Request>>,
    faults: Arc<Faults>,
}

impl FakeHttp {
    pub(super) fn new(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// Adds a script before the ones that are there.
    pub fn script(
        &self,
        script: impl Fn(&Request) -> Option<Result<Answer, HttpError>> + Send + Sync + 'static,
    ) {
        lock(&self.scripts).insert(0, Box::new(script));
    }

    /// Answers the requests to this address.
    pub fn answer(&self, url: &str, status: u16, body: &str) {
        let (url, body) = (url.to_owned(), body.to_owned());
        self.script(move |request| {
            (request.url == url).then(|| {
                Ok(Answer {
                    status,
                    body: body.clone(),
                    body_is_whole: true,
                    took: Duration::ZERO,
                })
            })
        });
    }

    /// Every request that was sent, in order.
    pub fn sent(&self) -> Vec<Request> {
        lock(&self.sent).clone()
    }
}

impl HttpClient for FakeHttp {
    fn send(&self, request: &Request, cancel: &Cancel) -> Result<Answer, HttpError> {
        let url = request.url.clone();
        let not_reached = |why: String| HttpError::NotReached {
            url: url.clone(),
            why,
        };
        let fault = self
            .faults
            .turn()
            .map_err(|error| not_reached(error.to_string()))?;
        if cancel.pulled() {
            return Err(HttpError::Cancelled { url });
        }
        if let Some(Fault::CrashWithin { .. }) = fault {
            return Err(not_reached(dead().to_string()));
        }
        lock(&self.sent).push(request.clone());
        let scripted = lock(&self.scripts)
            .iter()
            .find_map(|script| script(request));
        if fault.is_some() {
            let why = dead().to_string();
            return Err(HttpError::NoAnswer { url, why });
        }
        scripted.unwrap_or_else(|| Err(not_reached("connection refused".to_owned())))
    }
}
