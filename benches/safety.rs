//! The cost of losing nothing. `cargo bench --bench safety`:
//!
//! - a hundred edited files, applied with every sync, and by the same program on a file system that
//!   leaves syncs out (`volatile` of overlayfs); compared with the same bytes written and renamed
//!   without any sync, and with syncs;
//! - a step with much output while front ends are connected that read none of it.
//!
//! `TMPDIR` chooses the disk. `… -- edits` and `… -- clients` run only one of them.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement makes its own files and prints a table"
)]

#[path = "safety/clients.rs"]
mod clients;
#[path = "safety/edits.rs"]
mod edits;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use switchback::model::record::Record;

const PACK: &str = "\
schema: 1
product: plain
title: A product of plain files
releases: semver
recognise: {file: {path: VERSION}}
detect:
  - title: the file VERSION
    probe: {file: {path: VERSION, pattern: '^([0-9.]+)'}}
environment:
  - dotenv: {file: .env}
write_to: {dotenv: {file: .env}}
";

const GUIDE: &str = "\
schema: 1
title: Upgrade notes
statements:
  - {id: S-1, section: Everything, says: Every setting gets a new value.}
";

fn main() {
    // Cargo itself says `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => {
            edits::table();
            clients::table();
        }
        ["edits"] => edits::table(),
        ["clients"] => clients::table(),
        other => panic!("not known: {other:?}"),
    }
}

/// A pack with these rules, and how it is trusted.
struct Rules {
    pack: PathBuf,
    digest: String,
}

impl Rules {
    fn new(folder: &Path, rules: &str) -> Self {
        let pack = folder.join("pack");
        fs::create_dir_all(&pack).expect("made");
        let hop = format!("schema: 1\nfrom: '1.0.0'\nto: 2.0.0\ntitle: Two\n{rules}");
        for (name, text) in [
            ("pack.yaml", PACK),
            ("guide.yaml", GUIDE),
            ("1-to-2.yaml", &hop),
        ] {
            fs::write(pack.join(name), text).expect("written");
        }
        let mut check = program(folder, folder);
        check
            .args(["rules", "check", "--format", "json"])
            .arg(&pack);
        let said = check.output().expect("the program starts").stdout;
        let said: serde_json::Value = serde_json::from_slice(&said).expect("a line of JSON");
        let digest = said["digest"].as_str().expect("a digest").to_owned();
        Self { pack, digest }
    }

    /// `apply`, to the end, printing its records.
    fn apply(&self, root: &Path, state: &Path) -> Command {
        let mut apply = program(root, state);
        apply.args(["apply", "--yes", "--format", "json", "--pack"]);
        apply.arg(&self.pack).args(["--trust", &self.digest]);
        apply
    }
}

fn program(root: &Path, state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
    command
        .current_dir(root)
        .env("SWITCHBACK_STATE_DIR", state)
        .stdin(Stdio::null());
    command
}

fn records(printed: &[u8]) -> Vec<Record> {
    let lines = std::str::from_utf8(printed).expect("text").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a record"))
        .collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn times(one: Duration, other: Duration) -> String {
    format!("{:.2} times", one.as_secs_f64() / other.as_secs_f64())
}
