//! What a product consists of at one moment, as comparable texts: files with their metadata, rows,
//! keys, and who answers.

use super::super::servers::program;
use serde_json::Value;
use similar::TextDiff;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::Command,
    time::Duration,
};
use switchback::{
    model::address::Address,
    world::{Access, Cancel, Databases, Opening, RealDatabases},
};

/// All keys with what they hold, one on a line.
const KEYS: &str = "
    local all = {}
    for _, key in ipairs(redis.call('keys', '*')) do
        local kind = redis.call('type', key).ok
        local value
        if kind == 'hash' then value = redis.call('hgetall', key)
        elseif kind == 'list' then value = redis.call('lrange', key, 0, -1)
        else value = { redis.call('get', key) } end
        table.insert(all, key .. ' ' .. kind .. ' ' .. table.concat(value, ' '))
    end
    return all";

/// States by what they belong to: `file .env`, `row tasks 1`, `service app`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture(pub BTreeMap<String, String>);

impl Picture {
    pub fn with(mut self, what: &str, is: impl Into<String>) -> Self {
        self.0.insert(what.to_owned(), is.into());
        self
    }

    /// Everything below a folder except what is left out, each with kind, mode, owner and
    /// attributes; without the modification time for files that the product's own tools write anew.
    pub fn files(mut self, root: &Path, left_out: &[&str], laid_anew: &[&str]) -> Self {
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let below = path.strip_prefix(root).expect("below").to_owned();
                if left_out.iter().any(|out| below.starts_with(out)) {
                    continue;
                }
                let dated = !laid_anew.iter().any(|anew| below.starts_with(anew));
                self.0
                    .insert(format!("file {}", below.display()), standing(&path, dated));
                if fs::symlink_metadata(&path).expect("it is there").is_dir() {
                    folders.push(path);
                }
            }
        }
        self
    }

    /// Every table of a SQLite file: its definition and its rows.
    pub fn sqlite(mut self, file: &Path) -> Self {
        let opening = Opening {
            address: Address::Sqlite(file.to_owned()),
            access: Access::Look,
            limit: Duration::from_secs(10),
        };
        let never = Cancel::default();
        let mut session = RealDatabases.open(&opening, &never).expect("the database");
        let made = "SELECT type || ' ' || name, type, name, sql FROM sqlite_master ORDER BY 1";
        for thing in session.run(made, &never).expect(made).rows {
            let text = |n: usize| thing[n].clone().unwrap_or_default();
            self.0.insert(text(0), text(3));
            if text(1) == "table" {
                let all = format!("SELECT * FROM {}", text(2));
                for (n, row) in session
                    .run(&all, &never)
                    .expect("rows")
                    .rows
                    .into_iter()
                    .enumerate()
                {
                    self.0
                        .insert(format!("row {} {n}", text(2)), format!("{row:?}"));
                }
            }
        }
        self
    }

    /// A database as pg_dump writes it, with the rows sorted as text.
    pub fn postgres(self, url: &str) -> Self {
        let dumped = Command::new(program("pg_dump"))
            .args(["--dbname", url])
            .output();
        let dumped = dumped.expect("pg_dump");
        assert!(dumped.status.success(), "{dumped:?}");
        let text = String::from_utf8(dumped.stdout).expect("text");
        let (mut made, mut rows) = (Vec::new(), BTreeMap::<&str, Vec<&str>>::new());
        let mut table = None;
        for line in text.lines() {
            // A random word that some releases put into every dump.
            let random = line.starts_with("\\restrict") || line.starts_with("\\unrestrict");
            match table {
                Some(_) if line == "\\." => table = None,
                Some(name) => rows.entry(name).or_default().push(line),
                None if line.starts_with("COPY ") => table = Some(line),
                None if random => {}
                None => made.push(line),
            }
        }
        let each = rows.into_iter().fold(self, |picture, (table, mut rows)| {
            rows.sort_unstable();
            picture.with(table, rows.join("\n"))
        });
        each.with("database", made.join("\n"))
    }

    /// Every key of a Redis whose address has a password.
    pub fn redis(mut self, url: &str) -> Self {
        let address = url.strip_prefix("redis://:").expect("a Redis");
        let (password, place) = address.split_once('@').expect("a password");
        let port = place
            .trim_start_matches("127.0.0.1:")
            .trim_end_matches("/0");
        let asked = Command::new(program("redis-cli"))
            .args(["-p", port, "EVAL", KEYS, "0"])
            .env("REDISCLI_AUTH", password)
            .output();
        let said = String::from_utf8(asked.expect("redis-cli").stdout).expect("text");
        for line in said.lines() {
            let (key, held) = line.split_once(' ').expect("a key and what it holds");
            self.0.insert(format!("key {key}"), held.to_owned());
        }
        self
    }

    /// The living services that the stand-ins have started: where each listens, the release that it
    /// runs, and which of these settings it was started with.
    pub fn services(mut self, pids: &Path, settings: &[&str]) -> Self {
        for entry in fs::read_dir(pids).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = fs::read(&path).expect("a file");
            let known: Value = serde_json::from_slice(&text).expect("JSON");
            let Ok(environment) = fs::read(format!("/proc/{}/environ", known["pid"])) else {
                continue;
            };
            let environment = String::from_utf8_lossy(&environment).into_owned();
            let wanted = |line: &&str| settings.iter().any(|name| line.starts_with(name));
            let mut with: Vec<&str> = environment.split('\0').filter(wanted).collect();
            with.sort_unstable();
            let mut is = format!("{} on port {}\n", known["version"], known["port"]);
            with.into_iter()
                .for_each(|line| is.push_str(&format!("{line}\n")));
            let name = path.file_stem().expect("a name").to_string_lossy();
            self.0.insert(format!("service {name}"), is);
        }
        self
    }

    /// The differences, line by line; empty if both are the same.
    pub fn differences(&self, other: &Self) -> String {
        let all: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let differ = all.into_iter().filter_map(|what| {
            let (was, is) = (self.0.get(what), other.0.get(what));
            let text =
                |side: Option<&String>| side.map_or("(not there)", String::as_str).to_owned();
            let diff = TextDiff::from_lines(text(was), text(is))
                .unified_diff()
                .to_string();
            (was != is).then(|| format!("{what}\n{diff}"))
        });
        differ.collect()
    }
}

/// One entry of a folder, with its contents.
fn standing(path: &Path, dated: bool) -> String {
    let meta = fs::symlink_metadata(path).expect("it is there");
    let owned = format!("{:o} {}:{}", meta.mode(), meta.uid(), meta.gid());
    if meta.is_dir() {
        return owned;
    }
    if meta.is_symlink() {
        return format!("{owned} -> {:?}", fs::read_link(path).expect("a link"));
    }
    if !meta.is_file() {
        // A pipe of the stand-ins: reading it would block until the end of the demo.
        return owned;
    }
    let at = if dated {
        (meta.mtime(), meta.mtime_nsec())
    } else {
        (0, 0)
    };
    let attributes: Vec<_> = xattr::list(path).expect("attributes").collect();
    let bytes = fs::read(path).expect("a file");
    format!(
        "{owned} {at:?} {attributes:?} {}",
        String::from_utf8_lossy(&bytes)
    )
}
