//! A scratch Redis server that holds only the backup: it listens on a socket in the backup's
//! folder, has no port, and never writes.

use crate::{
    engine::means::database::{
        job::{Job, JobError},
        redis::{self, Names, Redis},
    },
    model::{
        limits,
        text::{Secret, last_lines},
    },
    world::FileError,
};
use std::{collections::BTreeMap, time::Duration};

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Until it answers at all, which it does even while loading.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Of its log, when it does not load the backup.
const LOG_LINES_MAX: usize = 3;

pub struct Scratch {
    redis: Redis,
    socket: String,
}

impl Scratch {
    /// Runs a server that holds the backup for the duration of `doing` and no longer: it keeps all
    /// keys in memory, and nobody else would ever stop it.
    pub fn during<T>(
        job: &mut Job<'_>,
        doing: impl FnOnce(&mut Job<'_>, &Self) -> Result<T, JobError>,
    ) -> Result<T, JobError> {
        let socket = format!("{}.sock", job.name);
        let scratch = Self {
            redis: Redis::on_socket(job, &socket),
            socket,
        };
        // An interrupted run may have left one behind.
        scratch.stop(job);
        let started = scratch.start(job);
        let end = started.and_then(|()| doing(job, &scratch));
        scratch.stop(job);
        end
    }

    /// Starts the server and returns when everything is loaded.
    fn start(&self, job: &mut Job<'_>) -> Result<(), JobError> {
        let (file, log) = (
            format!("{}.rdb", job.name),
            format!("{}.scratch.log", job.name),
        );
        let dir = job.context.dir.backup();
        let dir = dir.to_string_lossy();
        let argv = [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            &self.socket,
            "--unixsocketperm",
            "700",
            "--dir",
            &dir,
            "--dbfilename",
            &file,
            "--save",
            "",
            "--appendonly",
            "no",
            "--daemonize",
            "yes",
            "--logfile",
            &log,
        ];
        job.context
            .world
            .files
            .discard(&job.place(".scratch.log"))?;
        job.run(self.redis.other(&argv), &mut |job, seen| job.log(seen))?;
        self.loaded(job)
    }

    fn loaded(&self, job: &mut Job<'_>) -> Result<(), JobError> {
        let clock = job.context.world.clock.clone();
        let begin = clock.monotonic();
        loop {
            match self.redis.info(job) {
                Ok(info) if info.contains("loading:0") => return Ok(()),
                Ok(_) => job.begin("loading it into a scratch server"),
                Err(JobError::Ended { .. }) if clock.monotonic() < begin + START_LIMIT => {}
                Err(JobError::Ended { tool, how, .. }) => {
                    let said = self.log(job)?;
                    return Err(JobError::Ended { tool, how, said });
                }
                Err(error) => return Err(error),
            }
            if !clock.sleep(LOOK_EVERY, job.cancel) {
                return Err(JobError::Cancelled);
            }
        }
    }

    /// The end of its log, which says why it did not load the backup.
    fn log(&self, job: &Job<'_>) -> Result<String, FileError> {
        let content = job
            .context
            .world
            .files
            .read(&job.place(".scratch.log"), limits::SERVICE_LOG.bytes())?;
        let text = content.map(|content| String::from_utf8_lossy(&content.bytes).into_owned());
        let text = text.unwrap_or_default();
        let last = last_lines(&text, LOG_LINES_MAX);
        Ok(job.context.clean(&last.join(" / ")))
    }

    pub fn ask(
        &self,
        job: &mut Job<'_>,
        argv: &[&str],
        stdin: Option<Secret>,
    ) -> Result<String, JobError> {
        self.redis.answer(job, argv, stdin)
    }

    pub fn counts(&self, job: &mut Job<'_>) -> Result<BTreeMap<String, u64>, JobError> {
        Ok(redis::counts(&self.redis.info(job)?))
    }

    pub fn names(&self, job: &mut Job<'_>, database: u32) -> Result<Names, JobError> {
        let mut names = Names::new();
        let mut add = |key, _: &str| _ = names.insert(key);
        self.redis.each_key(job, database, "*", None, &mut add)?;
        Ok(names)
    }

    /// How many keys of a database have an expiry.
    pub fn expiring(&self, job: &mut Job<'_>, database: u32) -> Result<u64, JobError> {
        let keyspace = redis::keyspace(&self.redis.info(job)?);
        Ok(keyspace.get(&database).map_or(0, |(_, expires)| *expires))
    }

    fn stop(&self, job: &mut Job<'_>) {
        // An error means that there is no server to stop.
        let _not_there = job.tidying(|job| self.redis.answer(job, &["SHUTDOWN", "NOSAVE"], None));
    }
}
