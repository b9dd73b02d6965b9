//! Restores one Redis database. The backup's keys are copied into an empty database of the server,
//! which is examined and then swapped with the current one: a reader sees either the old keys or
//! the restored ones, never a mixture. An empty database may come into use by somebody else
//! meanwhile: keys that are not in the backup are neither swapped nor deleted.

use super::scratch::Scratch;
use crate::{
    engine::means::database::{
        job::{Job, JobError},
        redis::{self, Names, Redis, keyspace, said_no},
    },
    model::{address::ServerAddress, text::Secret, units::count},
};
use std::collections::BTreeSet;

const COPY: &str = include_str!("copy.lua");
const EXCHANGE: &str = include_str!("exchange.lua");
/// Marks a database as used by a restore of ours, whatever became of that restore.
const MARK: &str = "switchback:restore";
/// The default number of databases of a server.
const DATABASES: u32 = 16;
/// How often the copy is examined in all: keys may expire between examination and swap.
const LOOKS: u32 = 5;
/// How many foreign keys are listed by name.
const NAMED_MAX: usize = 3;

pub fn run(
    job: &mut Job<'_>,
    redis: &Redis,
    server: &ServerAddress,
    scratch: &Scratch,
) -> Result<String, JobError> {
    let own = redis::database(server);
    let expiring = scratch.expiring(job, own)?;
    let backup = scratch.names(job, own)?;
    let Spare { spare, left_alone } = spare(job, redis, own, &backup)?;
    redis.tell(job, spare, &["SET", MARK, "copying"])?;
    job.begin("copying the keys");
    copy(job, server, scratch, spare)?;
    for _ in 0..LOOKS {
        let there = There::look(job, redis, spare, &backup)?;
        if let Some(strangers) = there.strangers() {
            let strangers = job.context.clean(&strangers);
            return Err(JobError::Unfit(format!(
                "database {spare} of the server was empty, and somebody else uses it by now: it holds \
                 {strangers}. Nothing was exchanged or taken away; try again, and another one is used"
            )));
        }
        let (keys, wanted) = (there.ours.len() as u64, backup.len() as u64);
        // Some may be missing only because they expired meanwhile.
        if keys + expiring < wanted {
            return Err(JobError::Unfit(format!(
                "of {} of the backup only {keys} are in database {spare}, which they were copied to; \
                 nothing was exchanged, try again",
                count(wanted, "key"),
            )));
        }
        if exchanged(job, redis, (own, spare), there.all)? {
            let keys = count(keys, "key");
            return Ok(format!("{keys} in database {own}{left_alone}"));
        }
    }
    Err(JobError::Unfit(format!(
        "keys come and go in database {spare} of the server, which the backup was copied to; nothing was \
         exchanged, try again"
    )))
}

fn copy(
    job: &mut Job<'_>,
    server: &ServerAddress,
    scratch: &Scratch,
    spare: u32,
) -> Result<(), JobError> {
    let own = redis::database(server).to_string();
    let (port, spare) = (server.port.to_string(), spare.to_string());
    let user = server.user.as_deref().unwrap_or_default();
    let password = server.password.clone().unwrap_or_else(|| Secret::new(""));
    // The password comes by standard input, as the last argument of the script.
    let host = server.bare_host();
    let argv = [
        "-n", &own, "-x", "EVAL", COPY, "0", host, &port, &spare, user,
    ];
    let copied = scratch.ask(job, &argv, Some(password))?;
    let copied = copied.trim();
    copied.parse::<u64>().map_err(|_| said_no(copied))?;
    Ok(())
}

/// Swaps the two databases; `false` if the number of keys has changed since the examination.
fn exchanged(
    job: &mut Job<'_>,
    redis: &Redis,
    (own, spare): (u32, u32),
    looked_at: usize,
) -> Result<bool, JobError> {
    let [first, second] = [own, spare].map(|number| number.to_string());
    let looked_at = looked_at.to_string();
    let words = ["EVAL", EXCHANGE, "0", &first, &second, MARK, &looked_at];
    let answer = redis.ask(job, own, &words)?;
    match answer.trim() {
        "exchanged" => Ok(true),
        count if count.parse::<u64>().is_ok() => Ok(false),
        _ => Err(said_no(&job.context.clean(&answer))),
    }
}

struct Spare {
    spare: u32,
    /// Describes databases that an earlier restore copied to and that somebody else uses by now.
    left_alone: String,
}

/// Finds a database of the server that is empty and that no client has selected, or one that an
/// interrupted restore of this backup left behind, which is then overwritten.
fn spare(job: &mut Job<'_>, redis: &Redis, own: u32, backup: &Names) -> Result<Spare, JobError> {
    let mut left_alone = String::new();
    let answer = redis.ask(job, own, &["CONFIG", "GET", "databases"])?;
    let databases = answer
        .lines()
        .nth(1)
        .and_then(|count| count.trim().parse().ok());
    let used = keyspace(&redis.info(job)?);
    let connected = connected(&redis.ask(job, own, &["CLIENT", "LIST"])?);
    for candidate in (0..databases.unwrap_or(DATABASES)).rev() {
        if candidate == own || connected.contains(&candidate) {
            continue;
        }
        if !used.contains_key(&candidate) {
            let spare = candidate;
            return Ok(Spare { spare, left_alone });
        }
        if redis.ask(job, candidate, &["EXISTS", MARK])?.trim() == "1" {
            let Some(strangers) = There::look(job, redis, candidate, backup)?.strangers() else {
                let spare = candidate;
                return Ok(Spare { spare, left_alone });
            };
            let told = format!(
                "; database {candidate}, which an earlier restore copied to, holds {strangers} and was \
                 left alone"
            );
            left_alone.push_str(&job.context.clean(&told));
        }
    }
    Err(JobError::Unfit(format!(
        "the server has no database beside this one that is empty and that nobody is connected to, to \
         restore into{left_alone}; RESTORE.md in the backup's folder says how to put the file in its \
         place, then skip this undo"
    )))
}

/// Which databases the server's clients have chosen: `id=3 addr=127.0.0.1:50 … db=0 sub=0 …`.
fn connected(clients: &str) -> BTreeSet<u32> {
    let words = clients.split_ascii_whitespace();
    words
        .filter_map(|word| word.strip_prefix("db=")?.parse().ok())
        .collect()
}

/// The contents of the database that was copied to.
struct There {
    /// All keys, including the mark.
    all: usize,
    ours: Names,
    others: usize,
    named: Vec<String>,
}

impl There {
    fn look(
        job: &mut Job<'_>,
        redis: &Redis,
        spare: u32,
        backup: &Names,
    ) -> Result<Self, JobError> {
        let (mut ours, mut others, mut marks) = (Names::new(), Names::new(), 0);
        let mut named = Vec::new();
        let mark = format!("\"{MARK}\"");
        redis.each_key(job, spare, "*", None, &mut |key, name| {
            if name == mark {
                marks = 1;
            } else if backup.contains(&key) {
                ours.insert(key);
            } else if others.insert(key) && named.len() < NAMED_MAX {
                named.push(name.to_owned());
            }
        })?;
        Ok(Self {
            all: ours.len() + others.len() + marks,
            ours,
            others: others.len(),
            named,
        })
    }

    /// Describes the keys that are not in the backup, if any.
    fn strangers(&self) -> Option<String> {
        if self.others == 0 {
            return None;
        }
        let keys = count(self.others as u64, "key");
        let more = if self.others > self.named.len() {
            ", …"
        } else {
            ""
        };
        let named = self.named.join(", ");
        Some(format!(
            "{keys} that the backup does not have ({named}{more})"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_connected_is_seen_with_the_database_that_they_chose() {
        let clients = "id=3 addr=127.0.0.1:5050 name= db=0 sub=0 cmd=client\n\
                       id=4 addr=127.0.0.1:5051 name=adb=9 db=15 sub=0 cmd=brpop\n";
        assert_eq!(connected(clients), [0, 15].into());
    }
}
