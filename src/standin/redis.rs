//! As much of the Redis protocol as a demo's clients need.

use super::Failed;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Redis(BufReader<TcpStream>);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    Nothing,
    Text(String),
    Number(i64),
    Many(Vec<Reply>),
}

impl Reply {
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(number) => Some(number.to_string()),
            Self::Nothing | Self::Many(_) => None,
        }
    }

    pub(super) fn texts(self) -> Vec<String> {
        match self {
            Self::Many(all) => all.into_iter().filter_map(Self::text).collect(),
            Self::Nothing | Self::Text(_) | Self::Number(_) => Vec::new(),
        }
    }
}

impl Redis {
    pub(super) fn open(port: u16, password: &str) -> Result<Self, Failed> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut redis = Self(BufReader::new(stream));
        redis.ask(&["AUTH", password])?;
        Ok(redis)
    }

    /// `redis://:password@127.0.0.1:port/0`, from the variable that the product reads.
    pub(super) fn of_environment() -> Result<Self, Failed> {
        let url = std::env::var("REDIS_URL").unwrap_or_default();
        let unusable = || Failed::new("redis.exceptions.ConnectionError: REDIS_URL is not usable");
        let rest = url.strip_prefix("redis://:").ok_or_else(unusable)?;
        let (password, rest) = rest.split_once('@').ok_or_else(unusable)?;
        let (_, port) = rest.split_once(':').ok_or_else(unusable)?;
        let port = port.split('/').next().and_then(|port| port.parse().ok());
        Self::open(port.ok_or_else(unusable)?, password)
    }

    pub(super) fn ask(&mut self, words: &[&str]) -> Result<Reply, Failed> {
        self.send(words)?;
        self.reply()
    }

    /// One batch of the keys matching a pattern: the next cursor (`0` at the end) and the names.
    pub(super) fn scan(
        &mut self,
        cursor: &str,
        names: &str,
        count: usize,
    ) -> Result<(String, Vec<String>), Failed> {
        let count = count.to_string();
        let piece = self.ask(&["SCAN", cursor, "MATCH", names, "COUNT", &count])?;
        let Reply::Many(parts) = piece else {
            return Err(odd());
        };
        let mut parts = parts.into_iter();
        let next = parts.next().and_then(Reply::text).ok_or_else(odd)?;
        Ok((next, parts.next().map(Reply::texts).unwrap_or_default()))
    }

    /// Every key matching a pattern.
    pub(super) fn keys(&mut self, names: &str) -> Result<Vec<String>, Failed> {
        let (mut cursor, mut all) = ("0".to_owned(), Vec::new());
        loop {
            let (next, keys) = self.scan(&cursor, names, 1000)?;
            all.extend(keys);
            if next == "0" {
                return Ok(all);
            }
            cursor = next;
        }
    }

    /// The fields and values of a hash, alternating.
    pub(super) fn hash(&mut self, key: &str) -> Result<Vec<String>, Failed> {
        Ok(self.ask(&["HGETALL", key])?.texts())
    }

    pub(super) fn field(&mut self, key: &str, field: &str) -> Result<Option<String>, Failed> {
        Ok(self.ask(&["HGET", key, field])?.text())
    }

    fn send(&mut self, words: &[&str]) -> Result<(), Failed> {
        let mut bytes = format!("*{}\r\n", words.len());
        for word in words {
            bytes.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        Ok(self.0.get_mut().write_all(bytes.as_bytes())?)
    }

    fn reply(&mut self) -> Result<Reply, Failed> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let line = line.trim_end();
        let (kind, rest) = line.split_at_checked(1).ok_or_else(odd)?;
        let length = || rest.parse::<i64>().map_err(|_| odd());
        Ok(match kind {
            "+" => Reply::Text(rest.to_owned()),
            "-" => {
                return Err(Failed::new(format!(
                    "redis.exceptions.ResponseError: {rest}"
                )));
            }
            ":" => Reply::Number(length()?),
            "$" => match usize::try_from(length()?) {
                Ok(bytes) => Reply::Text(self.bytes(bytes)?),
                Err(_negative) => Reply::Nothing,
            },
            "*" => {
                let count = length()?;
                Reply::Many((0..count).map(|_| self.reply()).collect::<Result<_, _>>()?)
            }
            _ => return Err(odd()),
        })
    }

    fn bytes(&mut self, count: usize) -> Result<String, Failed> {
        let mut bytes = vec![0; count + 2];
        self.0.read_exact(&mut bytes)?;
        bytes.truncate(count);
        String::from_utf8(bytes).map_err(|_| odd())
    }
}

fn odd() -> Failed {
    Failed::new("redis.exceptions.InvalidResponse: an answer that no Redis gives")
}
