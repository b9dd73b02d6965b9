//! `python -m scripts.backfill_redis_keys`, over a real Redis, with the faults of the real one: it
//! stores its position under one key for every workspace unless told otherwise, and resumes there
//! whatever it is asked to do; it exits with 0 when jobs failed, counts the keys of all workspaces
//! against its limit, says "migrated" of a dry run, and ends at the first key that is not a hash.

use super::{Call, Failed, process, redis::Redis};
use std::{io::Write, thread, time::Duration};
use tokio::signal::unix::SignalKind;

const OLD: &str = "ai:jobs:*";
const INTERRUPTED: i32 = 130;
/// How long the stored position is kept, in seconds.
const DAY: &str = "86400";

struct Wanted<'a> {
    dry_run: bool,
    rate: u64,
    batch: usize,
    keys_max: Option<u64>,
    workspace: Option<&'a str>,
    progress: &'a str,
}

#[derive(Default)]
struct Counts {
    scanned: u64,
    migrated: u64,
    exists: u64,
    invalid: u64,
    errors: u64,
}

pub(super) fn run(call: Call<'_>, options: &[&str]) -> Result<(), Failed> {
    let wanted = Wanted::read(options)?;
    if let Some(workspace) = wanted.workspace.filter(|name| !is_valid(name)) {
        let said = format!("[ERROR] Invalid workspace ID format: {workspace}");
        return Err(Failed::new(said));
    }
    process::on_signal(SignalKind::interrupt(), end_interrupted);
    let failed = |failed: Failed| Failed::new(format!("[ERROR] Backfill failed: {failed}"));
    let mut redis = Redis::of_environment().map_err(failed)?;
    let fails = !wanted.dry_run && call.home.fails_now();
    let counts = copy(&mut redis, &wanted, fails, call.err).map_err(failed)?;
    writeln!(
        call.out,
        "\n=== Backfill Summary ===\nScanned:        {}\nMigrated:       {}\nSkipped (exist):{}\n\
         Skipped (invalid):{}\nErrors:         {}",
        counts.scanned, counts.migrated, counts.exists, counts.invalid, counts.errors
    )?;
    Ok(())
}

impl<'a> Wanted<'a> {
    fn read(options: &[&'a str]) -> Result<Self, Failed> {
        let usage =
            || Failed::with_code("usage: backfill_redis_keys.py (--dry-run | --execute)", 2);
        let value = |name: &str| {
            let at = options.iter().position(|option| *option == name)?;
            options.get(at + 1).copied()
        };
        let number = |name: &str, default: u64| {
            value(name).map_or(Ok(default), |text| text.parse().map_err(|_| usage()))
        };
        let (dry_run, execute) = (
            options.contains(&"--dry-run"),
            options.contains(&"--execute"),
        );
        if dry_run == execute {
            return Err(usage());
        }
        Ok(Self {
            dry_run,
            rate: number("--rps", 100)?,
            batch: usize::try_from(number("--batch", 500)?).map_err(|_| usage())?,
            keys_max: value("--max-keys")
                .map(|_| number("--max-keys", 0))
                .transpose()?,
            workspace: value("--workspace"),
            progress: value("--progress-key").unwrap_or("ai:backfill"),
        })
    }
}

fn copy(
    redis: &mut Redis,
    wanted: &Wanted<'_>,
    fails: bool,
    log: &mut dyn Write,
) -> Result<Counts, Failed> {
    let place = format!("{}:cursor", wanted.progress);
    let mut counts = Counts::default();
    let mut cursor = redis
        .ask(&["GET", &place])?
        .text()
        .unwrap_or_else(|| "0".to_owned());
    if cursor != "0" {
        writeln!(log, "[INFO] Resuming from stored cursor={cursor}")?;
    }
    loop {
        let (next, keys) = redis.scan(&cursor, OLD, wanted.batch)?;
        cursor = next;
        for key in keys {
            // As in the real one, only this batch ends; the next ones are fetched all the same.
            if wanted.keys_max.is_some_and(|most| counts.scanned >= most) {
                break;
            }
            one(redis, wanted, &key, &mut counts)?;
        }
        if !wanted.dry_run {
            redis.ask(&["SET", &place, &cursor, "EX", DAY])?;
        }
        if cursor == "0" {
            return Ok(counts);
        }
        if fails {
            return Err(Failed::new(
                "redis.exceptions.TimeoutError: Timeout reading from socket",
            ));
        }
    }
}

fn one(
    redis: &mut Redis,
    wanted: &Wanted<'_>,
    key: &str,
    counts: &mut Counts,
) -> Result<(), Failed> {
    counts.scanned += 1;
    let job = redis.hash(key)?;
    let workspace = job.chunks_exact(2).find(|pair| pair[0] == "workspace_id");
    let Some(workspace) = workspace
        .map(|pair| pair[1].as_str())
        .filter(|name| is_valid(name))
    else {
        counts.invalid += 1;
        return Ok(());
    };
    if wanted.workspace.is_some_and(|only| only != workspace) {
        return Ok(());
    }
    let id = key.rsplit(':').next().unwrap_or_default();
    let new = format!("ai:job:{workspace}:{id}");
    if redis.hash(&new)? == job {
        counts.exists += 1;
        return Ok(());
    }
    if !wanted.dry_run {
        let fields = job.iter().map(String::as_str);
        let words: Vec<&str> = ["HSET", &new].into_iter().chain(fields).collect();
        if redis.ask(&words).is_err() {
            counts.errors += 1;
            return Ok(());
        }
    }
    counts.migrated += 1;
    if wanted.rate > 0 {
        thread::sleep(Duration::from_secs(1) / u32::try_from(wanted.rate).unwrap_or(u32::MAX));
    }
    Ok(())
}

/// Whether a name matches `^[a-z0-9][a-z0-9_-]{0,31}$`.
fn is_valid(workspace: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = workspace.bytes();
    bytes.next().is_some_and(plain)
        && workspace.len() <= 32
        && bytes.all(|byte| plain(byte) || matches!(byte, b'_' | b'-'))
}

fn end_interrupted() {
    let _ = std::io::stderr().write_all(b"[WARNING] Backfill interrupted\n");
    std::process::exit(INTERRUPTED);
}

/// `python -c` with one of the two short programs of the pack, known by what they do.
pub(super) fn program(text: &str, out: &mut dyn Write) -> Result<(), Failed> {
    let mut redis = Redis::of_environment()?;
    if text.contains("client.delete(") {
        for name in ["cursor", "last_job"] {
            for key in redis.keys(&format!("ai:backfill*:{name}"))? {
                redis.ask(&["DEL", &key])?;
            }
        }
        return Ok(writeln!(out, "deleted")?);
    }
    if text.contains("\"differ:\"") {
        return Ok(writeln!(out, "differ: {}", different(&mut redis)?)?);
    }
    if !text.contains("\"workspace_id\"") {
        return Err(Failed::new(
            "the stand-in knows only the programs of the pack",
        ));
    }
    let mut count = 0;
    for key in redis.keys(OLD)? {
        let workspace = redis.field(&key, "workspace_id")?;
        if !workspace.is_some_and(|name| is_valid(&name)) {
            count += 1;
            writeln!(out, "{key}")?;
        }
    }
    Ok(writeln!(
        out,
        "unreadable without READ_FALLBACK_OLD: {count}"
    )?)
}

/// The number of jobs whose copy differs from what their old key holds.
fn different(redis: &mut Redis) -> Result<usize, Failed> {
    let mut count = 0;
    for key in redis.keys(OLD)? {
        let workspace = redis.field(&key, "workspace_id")?;
        let Some(workspace) = workspace.filter(|name| is_valid(name)) else {
            continue;
        };
        let id = key.trim_start_matches("ai:jobs:");
        let copy = redis.hash(&format!("ai:job:{workspace}:{id}"))?;
        if copy != redis.hash(&key)? {
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_of_the_guide_is_refused() {
        for (name, valid) in [
            ("ws_test", true),
            ("0-a", true),
            ("WS_TEST", false),
            ("_a", false),
            ("", false),
        ] {
            assert_eq!(is_valid(name), valid, "{name}");
        }
        assert!(!is_valid(&"a".repeat(33)));
    }

    #[test]
    fn one_of_both_modes_has_to_be_said() {
        for wrong in [
            &[][..],
            &["--dry-run", "--execute"],
            &["--execute", "--rps", "x"],
        ] {
            assert!(Wanted::read(wrong).is_err_and(|failed| failed.code == 2));
        }
        let wanted = Wanted::read(&["--execute", "--batch", "7"]).expect("a stage");
        assert_eq!((wanted.batch, wanted.progress), (7, "ai:backfill"));
        assert_eq!(wanted.keys_max, None);
    }
}
