//! Redis: the server's own snapshot, fetched the way a replica does, checked, and loaded by a
//! scratch server that reads it and nothing else.
//!
//! The way back concerns one database of the server, not those of its neighbours: [`exchange`].

mod exchange;
mod scratch;

use crate::{
    engine::means::{
        database::{
            job::{Job, JobError, Stopwatch},
            redis::{self, Redis, number},
        },
        watched::Meanwhile,
    },
    model::{
        address::ServerAddress,
        record::{Proof, SavedDatabase},
        rule::{KeysProbe, Probe},
        text::shell_word,
        units::Size,
    },
    world::CommandError,
};
use scratch::Scratch;
use std::collections::BTreeMap;

pub fn save(
    job: &mut Job<'_>,
    server: &ServerAddress,
    only_read_back: bool,
) -> Result<SavedDatabase, JobError> {
    let redis = Redis::at(job, server);
    let info = redis.info(job)?;
    let total = number(&info, "used_memory_rss:").max(number(&info, "used_memory:"));
    let version = redis::text(&info, "redis_version:").to_owned();
    let mut matched = BTreeMap::new();
    for (probe, names) in compared_later(job) {
        let count = redis::count_keys(job, server, &names, probe.of_type.as_deref())?;
        matched.insert(probe.kept_as(&names), count);
    }
    let file = job.place(".rdb");
    job.context.world.files.discard(&file)?;
    let watch = Stopwatch::begin(job);
    let argv = ["--rdb", &file.to_string_lossy()];
    job.run(redis.tool(&argv, None), &mut |job, seen| {
        let standing = job.context.world.files.look(&file);
        if let Some(bytes) = standing.ok().and_then(|standing| standing.bytes()) {
            let doing = watch.told(job, bytes, bytes, total);
            job.tell(doing, bytes, total);
        }
        job.log(seen);
    })?;
    let (digest, bytes) = job.context.world.files.keep(&file)?;
    let keys = check(job, &redis)?;
    let (counts, proof) = if only_read_back {
        let why = "the pack asks only to read it back".to_owned();
        (keys, Proof::ReadBack { why })
    } else {
        match Scratch::during(job, |job, scratch| scratch.counts(job)) {
            Ok(counts) => (counts, Proof::Restored),
            Err(JobError::Command(CommandError::NotFound(tool))) => {
                let why = format!("`{tool}` is not installed here");
                (keys, Proof::ReadBack { why })
            }
            Err(error) => return Err(error),
        }
    };
    Ok(SavedDatabase {
        name: job.name.to_owned(),
        file: format!("{}.rdb", job.name),
        digest,
        bytes,
        of: format!("Redis {version}, {server}"),
        counts,
        written: BTreeMap::new(),
        keys: matched,
        proof,
        place: None,
        meta: None,
        doubt: None,
        outside: None,
    })
}

/// The probes that will compare counts with those before, each with its key pattern filled in.
fn compared_later(job: &Job<'_>) -> Vec<(KeysProbe, String)> {
    let plan = &job.context.plan;
    let probes = plan.probes().into_iter();
    let keys = probes.filter_map(|probe| match probe {
        Probe::Keys(keys) => Some(keys.clone()),
        _another_probe => None,
    });
    let found = keys.filter(|keys| keys.database == job.name && keys.same_as_before);
    // A pattern that lacks a value yet cannot be counted; its check reports that in its turn.
    let filled = |probe: KeysProbe| {
        let names = job.context.fill(&probe.names, plan.last_hop()).ok()?;
        Some((probe, names))
    };
    found.filter_map(filled).collect()
}

/// Reads the file to its end and counts the keys in it.
fn check(job: &mut Job<'_>, redis: &Redis) -> Result<BTreeMap<String, u64>, JobError> {
    job.begin("reading the backup to its end");
    let file = format!("{}.rdb", job.name);
    let mut keys = 0;
    let argv = ["redis-check-rdb", &file];
    job.run(redis.other(&argv), &mut |job, seen| {
        // `[info] 3 keys read`
        if let Meanwhile::Line(_, line) = &seen
            && let Some(words) = line.strip_prefix("[info] ")
            && let Some(count) = words.strip_suffix(" keys read")
        {
            keys = count.parse().unwrap_or(0);
        }
        job.log(seen);
    })?;
    Ok([("all databases".to_owned(), keys)].into())
}

pub fn restore(job: &mut Job<'_>, server: &ServerAddress) -> Result<String, JobError> {
    if server.tls || server.host.starts_with('/') {
        let why = "keys can be copied to a Redis server only over plain TCP; RESTORE.md in the \
                   backup's folder says how to put the file in its place, then skip this undo";
        return Err(JobError::Unfit(why.to_owned()));
    }
    let redis = Redis::at(job, server);
    let end = Scratch::during(job, |job, scratch| {
        exchange::run(job, &redis, server, scratch)
    });
    end.map_err(|error| match error {
        JobError::Command(CommandError::NotFound(tool)) => JobError::Unfit(format!(
            "`{tool}` is not installed here, and reads the backup; install it (it need not run)"
        )),
        error => error,
    })
}

/// Key counts by database of the server, as of now.
pub fn counts(
    job: &mut Job<'_>,
    server: &ServerAddress,
) -> Result<BTreeMap<String, u64>, JobError> {
    let info = Redis::at(job, server).info(job)?;
    Ok(redis::counts(&info))
}

pub fn by_hand(saved: &SavedDatabase, server: &ServerAddress) -> String {
    format!(
        "The file holds every database of the server, {bytes} of {of}. To look into it, load it with a \
         server of its own:\n\n```sh\nredis-server --port 6390 --save '' --appendonly no --dir . --dbfilename {file}\n```\n\n\
         To restore {server} from it, which replaces every database of the server: ask the server \
         where its file is, stop it, copy the file there, start it again. With `appendonly yes` it \
         would read its log instead of the file: start it with `--appendonly no` first, then `redis-cli CONFIG SET appendonly yes`.\n\n\
         ```sh\nredis-cli -h {host} -p {port} CONFIG GET dir\n\
         redis-cli -h {host} -p {port} CONFIG GET dbfilename\n\
         redis-cli -h {host} -p {port} SHUTDOWN NOSAVE\n\
         cp {file} DIR/DBFILENAME\n```\n",
        bytes = Size::from_bytes(saved.bytes),
        of = saved.of,
        file = shell_word(&saved.file),
        host = shell_word(server.bare_host()),
        port = server.port,
    )
}
