//! The environment in which one database is backed up: where its tools run, where it reports
//! progress, and how it fails.

use crate::{
    engine::means::{
        context::{Context, ContextError},
        listener::{Listener, OnLine},
        progress::Progress,
        sql,
        watched::{self, Meanwhile},
    },
    model::{
        address::Address,
        rule::Database,
        text::{Secret, last_lines},
        units::{Size, Span},
    },
    world::{
        Access, Cancel, Command, CommandError, DatabaseError, DatabaseSession, Ended, FileError,
        How, Stream,
    },
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// For quick looks: an address where nothing answers must be reported soon.
const LOOK_LIMIT: Span = Span::from_secs(10);
/// For one statement of a backup: counting a large table takes its time.
const WORK_LIMIT: Span = Span::from_secs(60 * 60);
/// For one command of a backup. A person can end it at any time.
const COMMAND_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// Lines of a failed command that an error quotes.
const QUOTED_LINES_MAX: usize = 4;

#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error("{tool} {how}: {said}")]
    Ended {
        tool: String,
        how: String,
        said: String,
    },
    #[error("stopped by the operator")]
    Cancelled,
    #[error("{0}")]
    Unfit(String),
    #[error("others use it: {who}; stop them, then try again")]
    Busy { who: String },
}

pub struct Job<'j> {
    pub context: &'j Context,
    /// What pack.yaml calls the database.
    pub name: &'j str,
    pub cancel: &'j Cancel,
    lines: OnLine<'j>,
    progress: &'j dyn Fn(Progress),
}

/// A command to be run for a backup.
pub struct Tool<'t> {
    pub argv: Vec<&'t str>,
    pub env: BTreeMap<String, Secret>,
    /// Folders to search first.
    pub path: &'t [PathBuf],
    pub dir: &'t Path,
    pub stdin: Option<Secret>,
    /// As [`Command::pieces`].
    pub pieces: bool,
}

impl<'j> Job<'j> {
    pub fn new(
        context: &'j Context,
        name: &'j str,
        cancel: &'j Cancel,
        listener: &'j mut Listener<'_>,
    ) -> Self {
        Self {
            context,
            name,
            cancel,
            lines: &mut *listener.line,
            progress: listener.progress,
        }
    }

    /// A path in the backup's folder: the database's name with this ending.
    pub fn place(&self, ending: &str) -> PathBuf {
        self.context
            .dir
            .backup()
            .join(format!("{}{ending}", self.name))
    }

    /// Where to look first for the tools of the database, according to the pack.
    pub fn tool_path(&self) -> Vec<PathBuf> {
        let context = self.context;
        let database = context.plan.databases.get(self.name);
        let path = database.map_or(&[][..], Database::path);
        path.iter().map(|dir| dir.under(&context.root)).collect()
    }

    /// Tells what comes now, of which nobody knows how far it has come.
    pub fn begin(&mut self, doing: &str) {
        self.tell(doing.to_owned(), 0, 0);
    }

    pub fn tell(&mut self, doing: String, done: u64, total: u64) {
        (self.progress)(Progress {
            doing: self.context.clean(&format!("{}: {doing}", self.name)),
            done,
            total,
            unit: "bytes".into(),
            per_second: None,
        });
    }

    /// A session to look at something quickly.
    pub fn look(&self, address: &Address) -> Result<Box<dyn DatabaseSession>, DatabaseError> {
        let address = address.clone();
        sql::open(self.context, address, Access::Look, LOOK_LIMIT, self.cancel)
    }

    /// A session for statements that may take long.
    pub fn work(
        &self,
        address: &Address,
        access: Access,
    ) -> Result<Box<dyn DatabaseSession>, DatabaseError> {
        sql::open(
            self.context,
            address.clone(),
            access,
            WORK_LIMIT,
            self.cancel,
        )
    }

    /// Cleans up regardless of the job's own cancel: what was begun is removed even after a stop.
    pub fn tidying<T>(&mut self, doing: impl FnOnce(&mut Job<'_>) -> T) -> T {
        doing(&mut Job {
            context: self.context,
            name: self.name,
            cancel: &Cancel::default(),
            lines: &mut *self.lines,
            progress: self.progress,
        })
    }

    /// Runs a command that must end with 0. Its lines go to the log unless `seen` takes them. It has no
    /// shim that notes its end, because that would be worth nothing: a backup is made again, and what
    /// became of a restore the database itself shows. One that outlives its worker carries the run's
    /// mark, and whoever takes the run up waits for it first (`left_over`).
    pub fn run(
        &mut self,
        tool: Tool<'_>,
        seen: &mut dyn FnMut(&mut Self, Meanwhile<'_>),
    ) -> Result<Ended, JobError> {
        let name = tool.argv.first().copied().unwrap_or_default().to_owned();
        let argv = tool.argv.iter().map(|&part| part.to_owned()).collect();
        let command = Command {
            env: tool.env.into_iter().chain([self.context.mark()]).collect(),
            path: tool.path.to_vec(),
            stdin: tool.stdin,
            pieces: tool.pieces,
            ..Command::new(argv, tool.dir, COMMAND_LIMIT)
        };
        let (world, cancel) = (self.context.world.clone(), self.cancel);
        let ended = watched::run(&world, &command, cancel, &mut |what| seen(self, what))?;
        let how = match ended.how {
            How::Exit(0) => return Ok(ended),
            How::Cancelled => return Err(JobError::Cancelled),
            How::Exit(code) => format!("ended with exit {code}"),
            // Corrupt files have crashed these tools before: that counts as a failure, too.
            How::Signal(signal) => format!("was ended by signal {signal}"),
            How::TimedOut => "did not come to its end".to_owned(),
        };
        let said = self.said(&ended);
        Err(JobError::Ended {
            tool: name,
            how,
            said,
        })
    }

    /// The last lines that a command wrote, cleaned for display.
    pub fn said(&self, ended: &Ended) -> String {
        let output = if ended.stderr.trim().is_empty() {
            &ended.stdout
        } else {
            &ended.stderr
        };
        let last = last_lines(output, QUOTED_LINES_MAX);
        self.context.clean(&last.join(" / "))
    }

    /// The usual `seen`: every line to the log.
    pub fn log(&mut self, seen: Meanwhile<'_>) {
        if let Meanwhile::Line(stream, line) = seen {
            let line = self.context.clean(line);
            (self.lines)(stream, &line);
        }
    }

    /// A line of our own in the log.
    pub fn note(&mut self, line: &str) {
        let line = self.context.clean(line);
        (self.lines)(Stream::Out, &line);
    }
}

/// Measures how long something takes and tells its rate: `12.0 MiB, 8.1 MiB/s`.
pub struct Stopwatch {
    begin: Duration,
}

impl Stopwatch {
    pub fn begin(job: &Job<'_>) -> Self {
        Self {
            begin: job.context.world.clock.monotonic(),
        }
    }

    /// `written` bytes so far; `done` of `total` of whatever the work is measured in.
    pub fn told(&self, job: &Job<'_>, written: u64, done: u64, total: u64) -> String {
        let now = job.context.world.clock.monotonic();
        let ms = now.saturating_sub(self.begin).as_millis().max(1);
        let rate = u64::try_from(u128::from(written) * 1000 / ms).unwrap_or(u64::MAX);
        let mut told = format!(
            "{} written, {}/s",
            Size::from_bytes(written),
            Size::from_bytes(rate)
        );
        if done > 0 && done < total {
            let left = ms * u128::from(total - done) / u128::from(done) / 1000;
            told.push_str(&format!(", about {left} s left"));
        }
        told
    }
}
