//! Talks to a Redis server through `redis-cli`: the password goes by environment, and answers are
//! judged by their text, because it exits with 0 whatever the server answered.

use super::job::{Job, JobError, Tool};
use crate::{
    engine::means::watched::Meanwhile,
    model::{address::ServerAddress, text::Secret},
    world::Stream,
};
use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

/// How many keys the server examines per `SCAN` call.
const KEYS_A_STEP: &str = "10000";

pub struct Redis {
    /// The arguments before every question.
    to: Vec<String>,
    env: BTreeMap<String, Secret>,
    path: Vec<PathBuf>,
    dir: PathBuf,
}

impl Redis {
    pub fn at(job: &Job<'_>, server: &ServerAddress) -> Self {
        let mut to = vec!["redis-cli".to_owned()];
        if server.host.starts_with('/') {
            to.extend(["-s".to_owned(), server.host.clone()]);
        } else {
            to.extend(["-h".to_owned(), server.bare_host().to_owned()]);
            to.extend(["-p".to_owned(), server.port.to_string()]);
        }
        if let Some(user) = &server.user {
            to.extend(["--user".to_owned(), user.clone()]);
        }
        if server.tls {
            to.push("--tls".to_owned());
        }
        let password = server.password.clone();
        let password = password.map(|password| ("REDISCLI_AUTH".to_owned(), password));
        Self {
            to,
            env: password.into_iter().collect(),
            path: job.tool_path(),
            dir: job.context.dir.backup(),
        }
    }

    /// A server that listens only on a socket in the backup's folder.
    pub fn on_socket(job: &Job<'_>, socket: &str) -> Self {
        Self {
            to: ["redis-cli", "-s", socket].map(str::to_owned).into(),
            env: BTreeMap::new(),
            path: job.tool_path(),
            dir: job.context.dir.backup(),
        }
    }

    pub fn tool<'t>(&'t self, argv: &[&'t str], stdin: Option<Secret>) -> Tool<'t> {
        let to = self.to.iter().map(String::as_str);
        Tool {
            argv: to.chain(argv.iter().copied()).collect(),
            env: self.env.clone(),
            path: &self.path,
            dir: &self.dir,
            stdin,
            pieces: true,
        }
    }

    /// A command for another program of Redis that talks to no server.
    pub fn other<'t>(&'t self, argv: &[&'t str]) -> Tool<'t> {
        Tool {
            argv: argv.to_vec(),
            env: BTreeMap::new(),
            path: &self.path,
            dir: &self.dir,
            stdin: None,
            pieces: false,
        }
    }

    pub fn answer(
        &self,
        job: &mut Job<'_>,
        argv: &[&str],
        stdin: Option<Secret>,
    ) -> Result<String, JobError> {
        let mut answer = String::new();
        job.run(self.tool(argv, stdin), &mut |job, seen| match seen {
            Meanwhile::Line(Stream::Out, line) => {
                answer.push_str(line);
                answer.push('\n');
            }
            Meanwhile::Line(Stream::Err, _) | Meanwhile::Look => job.log(seen),
        })?;
        let refused = [
            "ERR ",
            "NOAUTH ",
            "WRONGPASS ",
            "NOPERM ",
            "READONLY ",
            "LOADING ",
            "MISCONF ",
        ];
        if refused.iter().any(|word| answer.starts_with(word)) {
            return Err(said_no(&job.context.clean(&answer)));
        }
        Ok(answer)
    }

    /// Asks one of the server's databases a question.
    pub fn ask(
        &self,
        job: &mut Job<'_>,
        database: u32,
        words: &[&str],
    ) -> Result<String, JobError> {
        let database = database.to_string();
        let argv: Vec<&str> = ["-n", &database]
            .into_iter()
            .chain(words.iter().copied())
            .collect();
        self.answer(job, &argv, None)
    }

    /// Gives one of the server's databases an order: any answer but `OK` is a refusal.
    pub fn tell(&self, job: &mut Job<'_>, database: u32, words: &[&str]) -> Result<(), JobError> {
        let answer = self.ask(job, database, words)?;
        match answer.trim() {
            "OK" => Ok(()),
            _ => Err(said_no(&job.context.clean(&answer))),
        }
    }

    /// Visits the keys that match a pattern and, if given, have a type: `key` gets each name's
    /// digest and the quoted name. The server sends a few at a time, and may repeat one while it
    /// grows.
    pub fn each_key(
        &self,
        job: &mut Job<'_>,
        database: u32,
        names: &str,
        of_type: Option<&str>,
        key: &mut dyn FnMut(u64, &str),
    ) -> Result<(), JobError> {
        let database = database.to_string();
        let mut cursor = "0".to_owned();
        loop {
            // `--no-raw` escapes names, so that each key is one line.
            let mut argv = vec!["-n", &database, "--no-raw", "SCAN", &cursor, "MATCH", names];
            argv.extend(["COUNT", KEYS_A_STEP]);
            argv.extend(of_type.iter().flat_map(|of_type| ["TYPE", of_type]));
            let mut next = None;
            let mut refused = String::new();
            job.run(self.tool(&argv, None), &mut |job, seen| match seen {
                Meanwhile::Line(Stream::Out, line) => match (line.find('"'), &next) {
                    (Some(at), None) if line.starts_with("1) ") => {
                        next = Some(line[at..].trim_matches('"').to_owned());
                    }
                    (Some(at), Some(_)) => key(digest(&line[at..]), &line[at..]),
                    (_, None) => refused.push_str(line),
                    (None, Some(_)) => {}
                },
                Meanwhile::Line(..) | Meanwhile::Look => job.log(seen),
            })?;
            match next {
                None => return Err(said_no(&job.context.clean(&refused))),
                Some(next) if next == "0" => return Ok(()),
                Some(next) => cursor = next,
            }
        }
    }

    pub fn info(&self, job: &mut Job<'_>) -> Result<String, JobError> {
        let info = self.answer(job, &["INFO"], None)?;
        if info.contains("redis_version:") {
            Ok(info)
        } else {
            Err(said_no(&job.context.clean(&info)))
        }
    }
}

/// The digest that stands for the name of a key.
fn digest(name: &str) -> u64 {
    let digest = blake3::hash(name.as_bytes());
    let start: [u8; 8] = digest.as_bytes()[..8].try_into().expect("it has 32");
    u64::from_le_bytes(start)
}

pub fn said_no(answer: &str) -> JobError {
    JobError::Ended {
        tool: "redis-cli".to_owned(),
        how: "was refused".to_owned(),
        said: answer.trim().replace('\n', " / "),
    }
}

/// Per database, the number of keys and how many of them expire: `db0:keys=3,expires=1,avg_ttl=0`.
pub fn keyspace(info: &str) -> BTreeMap<u32, (u64, u64)> {
    let line = |line: &str| {
        let (database, rest) = line.trim().strip_prefix("db")?.split_once(":keys=")?;
        let (keys, rest) = rest.split_once(",expires=")?;
        let expires = rest.split(',').next()?;
        Some((
            database.parse().ok()?,
            (keys.parse().ok()?, expires.parse().ok()?),
        ))
    };
    info.lines().filter_map(line).collect()
}

pub fn counts(info: &str) -> BTreeMap<String, u64> {
    let counts = keyspace(info).into_iter();
    counts
        .map(|(database, (keys, _))| (format!("database {database}"), keys))
        .collect()
}

/// Names of keys, by their digests: a million of them fit in memory.
pub type Names = HashSet<u64>;

/// How many keys match a pattern and, if given, have a type.
pub fn count_keys(
    job: &mut Job<'_>,
    server: &ServerAddress,
    names: &str,
    of_type: Option<&str>,
) -> Result<u64, JobError> {
    let redis = Redis::at(job, server);
    let mut keys = Names::new();
    redis.each_key(job, database(server), names, of_type, &mut |key, _| {
        keys.insert(key);
    })?;
    Ok(keys.len() as u64)
}

/// How much memory the server uses; a backup is always smaller.
pub fn size(job: &mut Job<'_>, server: &ServerAddress) -> Result<u64, JobError> {
    let info = Redis::at(job, server).info(job)?;
    Ok(number(&info, "used_memory:"))
}

/// The number of the database according to the address.
pub fn database(server: &ServerAddress) -> u32 {
    server
        .name
        .as_deref()
        .and_then(|name| name.parse().ok())
        .unwrap_or(0)
}

/// The rest of the line that begins with this word.
pub fn text<'i>(info: &'i str, word: &str) -> &'i str {
    let line = info.lines().find_map(|line| line.strip_prefix(word));
    line.unwrap_or_default().trim()
}

pub fn number(info: &str, word: &str) -> u64 {
    text(info, word).parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_told_from_other_lines() {
        let info = "redis_version:7.0.15\r\ndb0:keys=3,expires=1,avg_ttl=49\r\n\
                    db12:keys=1,expires=0,avg_ttl=0,subexpiry=0\r\ndbsize:9\r\n";
        assert_eq!(keyspace(info), [(0, (3, 1)), (12, (1, 0))].into());
    }
}
