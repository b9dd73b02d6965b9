//! Counting keys of a Redis, with the product's own `redis-cli`: `SCAN` from cursor to cursor, so
//! that the server is never held up, each key counted once however often it comes. The password
//! is handed over in the environment.

use super::context::Context;
use crate::{
    model::{address::Address, rule::Keys, text::with_causes},
    world::{Cancel, Command, How, Stream},
};
use std::{
    collections::{HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    time::Duration,
};

/// How many keys the server looks at for one answer.
const KEYS_A_STEP: &str = "10000";
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// How many keys there are of a form, and of a type if one is named.
pub fn count(context: &Context, keys: &Keys, hop: usize, cancel: &Cancel) -> Result<u64, String> {
    let pattern = context
        .fill(&keys.matching, hop)
        .map_err(|error| error.to_string())?;
    let address = context.database(&keys.database, hop);
    let mut seen = HashSet::new();
    let mut cursor = "0".to_owned();
    let Address::Redis(server) = address.map_err(|error| with_causes(&error))? else {
        return Err(format!("`{}` is not a Redis", keys.database));
    };
    let mut words: Vec<String> = vec!["redis-cli".to_owned(), "-h".to_owned(), server.host.clone()];
    words.extend(["-p".to_owned(), server.port.to_string()]);
    if let Some(user) = &server.user {
        words.extend(["--user".to_owned(), user.clone()]);
    }
    if let Some(name) = &server.name {
        words.extend(["-n".to_owned(), name.clone()]);
    }
    if server.tls {
        words.push("--tls".to_owned());
    }
    let password = server.password.clone();
    loop {
        let mut argv = words.clone();
        let scan = ["SCAN", &cursor, "MATCH", &pattern, "COUNT", KEYS_A_STEP];
        argv.extend(scan.map(str::to_owned));
        if let Some(of) = &keys.of_type {
            argv.extend(["TYPE".to_owned(), of.clone()]);
        }
        let command = Command {
            argv,
            dir: context.root.clone(),
            env: password
                .iter()
                .map(|password| ("REDISCLI_AUTH".to_owned(), password.clone()))
                .collect(),
            path: vec![context.root.join(".switchback/bin")],
            stdin: None,
            timeout: STEP_LIMIT,
            stop: Default::default(),
            leaves_running: false,
        };
        let next = step(context, &command, cancel, &mut seen)?;
        if next == "0" {
            return Ok(seen.len() as u64);
        }
        cursor = next;
    }
}

/// One answer: the next cursor on the first line, then the keys.
fn step(
    context: &Context,
    command: &Command,
    cancel: &Cancel,
    seen: &mut HashSet<u64>,
) -> Result<String, String> {
    let mut cursor: Option<String> = None;
    let mut hear = |stream: Stream, line: &str| match (stream, &cursor) {
        (Stream::Out, None) => cursor = Some(line.trim().to_owned()),
        (Stream::Out, Some(_)) if !line.is_empty() => {
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            seen.insert(hasher.finish());
        }
        (Stream::Out | Stream::Err, _) => {}
    };
    let ended = context.world.commands.run(command, cancel, &mut hear);
    let ended = ended.map_err(|error| with_causes(&error))?;
    let is_cursor = |text: &String| text.parse::<u64>().is_ok();
    match (ended.how, cursor.filter(is_cursor)) {
        (How::Exit(0), Some(cursor)) => Ok(cursor),
        (How::Exit(_) | How::Signal(_), _) => {
            let said = format!("{} {}", ended.stdout, ended.stderr);
            Err(format!("redis-cli says {}", context.clean(said.trim())))
        }
        (How::TimedOut, _) => Err("the Redis does not answer in time".to_owned()),
        (How::Cancelled, _) => Err("cancelled".to_owned()),
    }
}
