//! Redis: the server's own snapshot, fetched the way a replica does, checked, and loaded by a
//! scratch server that reads it and nothing else.
//!
//! The way back concerns one database of the server, not those of its neighbours, and is one
//! exchange: the backup's keys are copied into an empty database beside it, counted, and the two
//! are swapped. A reader sees the old keys or the restored ones, never a mixture.

mod scratch;

use crate::{
    engine::means::{
        database::{
            job::{Job, JobError, Stopwatch},
            redis::{self, Redis, keyspace, number, said_no},
        },
        watched::Seen,
    },
    model::{
        address::ServerAddress,
        record::{Proof, SavedDatabase},
        rule::KeysProbe,
        text::{Secret, shell_word},
        units::{Size, count},
    },
    world::{CommandError, Standing},
};
use scratch::Scratch;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write};

const COPY: &str = include_str!("redis/copy.lua");
/// Says which database is one of ours, whatever became of the restore that made it.
const MARK: &str = "switchback:restore";
/// What `EXEC` answers when the mark is gone, the databases are swapped and the other one is marked.
const SWAPPED: &str = "1\nOK\nOK";
/// What a server has unless it is told otherwise.
const DATABASES: u32 = 16;

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
        if let Ok(Standing::File { bytes, .. }) = job.context.world.files.look(&file) {
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
        doubt: None,
    })
}

/// What the checks of the plan will compare with before, each with the names that it means. They
/// stand in many kinds of entries, so they are searched for in the plan as it is written.
fn compared_later(job: &Job<'_>) -> Vec<(KeysProbe, String)> {
    let plan = &job.context.plan;
    let parts = (&plan.checklist, &plan.steps, &plan.verify, &plan.rollback);
    let json = serde_json::to_value(parts).expect("plans are JSON");
    let mut found = Vec::new();
    collect_keys(&json, &mut found);
    found.retain(|probe| probe.database == job.name && probe.same_as_before);
    // One that has no value yet cannot be counted; the check says so when its turn comes.
    let filled = |probe: KeysProbe| {
        let names = job.context.fill(&probe.names, plan.last_hop()).ok()?;
        Some((probe, names))
    };
    found.into_iter().filter_map(filled).collect()
}

fn collect_keys(value: &Value, found: &mut Vec<KeysProbe>) {
    match value {
        Value::Object(map) => {
            let probe = map.get("keys").map(KeysProbe::deserialize);
            found.extend(probe.and_then(Result::ok));
            map.values().for_each(|value| collect_keys(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_keys(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Reads the file to its end; gives how many keys are in it.
fn check(job: &mut Job<'_>, redis: &Redis) -> Result<BTreeMap<String, u64>, JobError> {
    job.tell("reading the backup to its end".to_owned(), 0, 0);
    let file = format!("{}.rdb", job.name);
    let mut keys = 0;
    let argv = ["redis-check-rdb", &file];
    job.run(redis.other(&argv), &mut |job, seen| {
        // `[info] 3 keys read`
        if let Seen::Line(_, line) = &seen
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
    let end = Scratch::during(job, |job, scratch| exchange(job, &redis, server, scratch));
    end.map_err(|error| match error {
        JobError::Command(CommandError::NotFound(tool)) => JobError::Unfit(format!(
            "`{tool}` is not installed here, and reads the backup; install it (it need not run)"
        )),
        error => error,
    })
}

fn exchange(
    job: &mut Job<'_>,
    redis: &Redis,
    server: &ServerAddress,
    scratch: &Scratch,
) -> Result<String, JobError> {
    let own = redis::database(server);
    let spare = spare(job, redis, own)?;
    let spare_text = spare.to_string();
    redis.tell(job, spare, &["SET", MARK, "copying"])?;
    job.tell("copying the keys".to_owned(), 0, 0);
    let (port, own_text) = (server.port.to_string(), own.to_string());
    let user = server.user.as_deref().unwrap_or_default();
    let password = server.password.clone().unwrap_or_else(|| Secret::new(""));
    // The password comes by standard input, as the last argument of the script.
    let argv = [
        "-n",
        &own_text,
        "-x",
        "EVAL",
        COPY,
        "0",
        server.bare_host(),
        &port,
        &spare_text,
        user,
    ];
    let copied = scratch.ask(job, &argv, Some(password))?;
    let copied: u64 = copied.trim().parse().map_err(|_| said_no(&copied))?;
    let there = redis.ask(job, spare, &["DBSIZE"])?;
    let there: u64 = there.trim().parse().map_err(|_| said_no(&there))?;
    // One more for the mark; fewer only by keys whose time came to an end meanwhile.
    let expiring = scratch.expiring(job, own)?;
    if there > copied + 1 || there + expiring < copied + 1 {
        return Err(JobError::Differs {
            what: format!("database {own}"),
            expected: copied,
            found: there.saturating_sub(1),
        });
    }
    let swap = format!("MULTI\nDEL {MARK}\nSWAPDB {own} {spare}\nSET {MARK} replaced\nEXEC\n");
    let swapped = redis.ask_lines(job, spare, &swap)?;
    // A refusal of one of them comes in as many words as there are reasons: all were done, or none.
    if !swapped.trim_end().ends_with(SWAPPED) {
        return Err(said_no(&job.context.clean(&swapped)));
    }
    redis.tell(job, spare, &["FLUSHDB"])?;
    Ok(format!("{} in database {own}", count(copied, "key")))
}

/// An empty database of the server, or one that an interrupted restore left behind.
fn spare(job: &mut Job<'_>, redis: &Redis, own: u32) -> Result<u32, JobError> {
    let answer = redis.ask(job, own, &["CONFIG", "GET", "databases"])?;
    let databases = answer
        .lines()
        .nth(1)
        .and_then(|count| count.trim().parse().ok());
    let used = keyspace(&redis.info(job)?);
    for candidate in (0..databases.unwrap_or(DATABASES)).rev() {
        if candidate == own {
            continue;
        }
        if !used.contains_key(&candidate) {
            return Ok(candidate);
        }
        if redis.ask(job, candidate, &["EXISTS", MARK])?.trim() == "1" {
            redis.tell(job, candidate, &["FLUSHDB"])?;
            return Ok(candidate);
        }
    }
    let why = "the server has no empty database to restore into beside this one; RESTORE.md in the \
               backup's folder says how to put the file in its place, then skip this undo";
    Err(JobError::Unfit(why.to_owned()))
}

/// Keys by database of the server, now.
pub fn counts(
    job: &mut Job<'_>,
    server: &ServerAddress,
) -> Result<BTreeMap<String, u64>, JobError> {
    let info = Redis::at(job, server).info(job)?;
    Ok(redis::counts(&info))
}

pub fn by_hand(saved: &SavedDatabase, server: &ServerAddress) -> String {
    let file = shell_word(&saved.file);
    let mut text = format!(
        "The file holds every database of the server, {} of {}. To look into it, load it with a \
         server of its own:\n\n```sh\nredis-server --port 6390 --save '' --appendonly no --dir . --dbfilename {file}\n```\n\n",
        Size::from_bytes(saved.bytes),
        saved.of,
    );
    // Writing to a text cannot fail.
    let _infallible = writeln!(
        text,
        "To put it in the place of what {server} holds: ask the server where its file is, stop it, \
         copy, start it again. With `appendonly yes` it would read its log instead of the file: \
         start it with `--appendonly no` first, then `redis-cli CONFIG SET appendonly yes`.\n\n\
         ```sh\nredis-cli -h {host} -p {port} CONFIG GET dir\n\
         redis-cli -h {host} -p {port} CONFIG GET dbfilename\n\
         redis-cli -h {host} -p {port} SHUTDOWN NOSAVE\n\
         cp {file} DIR/DBFILENAME\n```",
        host = shell_word(&server.host),
        port = server.port,
    );
    text
}
