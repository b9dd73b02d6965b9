//! What makes a change of the real files durable: which syncs are requested, and in what order with
//! the renames, as strace sees it. A kill shows none of this, because the system keeps what it was
//! given. Without strace, or without the right to trace, nothing is tested.

use regex::Regex;
use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use switchback::{
    model::{digest::Digest, path::RelPath},
    world::{Files, Inside, Member, RealFiles},
};

const FOLDER: &str = "SWITCHBACK_TRACED_FOLDER";
const CALLS: &str = "trace=?mkdir,mkdirat,fsync,fdatasync,syncfs,renameat,renameat2,unlinkat";

fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    path
}

fn name(text: &str) -> RelPath {
    RelPath::try_from(text.to_owned()).expect("a path")
}

/// An act in a folder of its own, and the calls that it must make, in this order.
type Act = (fn(&Path), &'static [&'static str]);

const ACTS: [Act; 10] = [
    (
        |here| {
            drop(
                RealFiles
                    .stage(&here.join("new"), b"new", None)
                    .expect("staged"),
            )
        },
        &["sync new", "sync ."],
    ),
    (
        |here| {
            let (new, target) = (put(here, "new", "new"), put(here, "target", "old"));
            let old = Digest::of(b"old");
            RealFiles
                .swap_in(&new, &target, Some(&old))
                .expect("swapped");
        },
        &["rename new target", "sync .", "remove new", "sync ."],
    ),
    (
        |here| {
            let target = put(here, "target", "old");
            RealFiles
                .remove(&target, &Digest::of(b"old"))
                .expect("removed");
        },
        &[
            "rename target .target.switchback-removed",
            "sync .",
            "remove .target.switchback-removed",
            "sync .",
        ],
    ),
    (
        |here| {
            RealFiles
                .discard(&put(here, "gone", ""))
                .expect("discarded")
        },
        &["remove gone", "sync ."],
    ),
    (
        |here| {
            RealFiles
                .discard(&here.join("gone before"))
                .expect("nothing")
        },
        &["sync ."],
    ),
    (
        |here| {
            let journal = here.join("journal");
            RealFiles
                .append(&journal, b"one\n", Some(0))
                .expect("begun");
            RealFiles
                .append(&journal, b"two\n", Some(4))
                .expect("gone on with");
        },
        &["sync journal", "sync .", "sync journal"],
    ),
    (
        |here| {
            let from = put(here, "from", "text");
            RealFiles
                .copy(&from, &here.join("copy"), None)
                .expect("copied");
        },
        &["sync copy.part", "rename copy.part copy", "sync ."],
    ),
    (
        |here| drop(RealFiles.keep(&put(here, "dump", "rows")).expect("kept")),
        &["sync dump", "sync ."],
    ),
    (
        |here| RealFiles.make_dir(&here.join("made")).expect("made"),
        &["sync ..", "make made", "sync ."],
    ),
    (
        |here| {
            put(here, "a", "text");
            let archive = here.join("files.tar");
            let names = [name("a")];
            let archived = RealFiles.archive(here, &names, &archive).expect("archived");
            let Inside::Member {
                at,
                bytes,
                digest,
                meta,
            } = &archived.inside[0]
            else {
                panic!("{archived:?}");
            };
            let member = Member {
                name: &names[0],
                at: *at,
                bytes: *bytes,
                digest,
                meta,
            };
            let laid = here.join("laid");
            fs::create_dir(&laid).expect("a folder");
            RealFiles
                .unpack(&archive, &[member], &laid)
                .expect("laid out");
        },
        &[
            "sync files.tar.part",
            "rename files.tar.part files.tar",
            "sync .",
            "sync .",
            "sync laid",
        ],
    ),
];

/// Runs all acts; the test below traces this one.
#[test]
fn what_is_traced() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    for (n, (act, _)) in ACTS.iter().enumerate() {
        let here = Path::new(&folder).join(format!("act-{n}"));
        fs::create_dir(&here).expect("a folder of its own");
        act(&here);
    }
}

/// The calls in the order of their ends. strace splits a long call into two lines, with those of
/// other threads in between.
fn whole_calls(seen: &str) -> Vec<String> {
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut whole = Vec::new();
    for line in seen.lines() {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let call = call.trim_start();
        if let Some(beginning) = call.strip_suffix("<unfinished ...>") {
            begun.insert(thread, beginning);
        } else if let Some((_, end)) = call.split_once(" resumed>") {
            let beginning = begun.remove(thread).unwrap_or_default();
            whole.push(format!("{beginning}{end}"));
        } else {
            whole.push(call.to_owned());
        }
    }
    whole
}

/// A call in words, with paths relative to the folder of its act.
fn told(call: &str, here: &Path) -> Option<String> {
    let place = Regex::new(r#"<(/[^>]*)>|"([^"]*)""#).expect("a pattern");
    let (what, rest) = call.split_once('(')?;
    let (rest, end) = rest.rsplit_once(" = ")?;
    if end.trim() != "0" {
        return None;
    }
    let names: Vec<&str> = place
        .captures_iter(rest)
        .filter_map(|found| found.get(1).or(found.get(2)))
        .map(|found| found.as_str())
        .collect();
    let short = |path: &str| match Path::new(path).strip_prefix(here) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Ok(inside) => inside.display().to_string(),
        Err(_) => "..".to_owned(),
    };
    match (what, names.as_slice()) {
        ("fsync" | "fdatasync" | "syncfs", [path, ..]) => Some(format!("sync {}", short(path))),
        ("renameat" | "renameat2", [_, from, _, to, ..]) => Some(format!("rename {from} {to}")),
        ("unlinkat", [_, name, ..]) => Some(format!("remove {name}")),
        ("mkdirat", [_, name, ..]) => Some(format!("make {name}")),
        (_, _) => None,
    }
}

fn can_trace() -> bool {
    let tried = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn what_was_written_is_on_the_disk_before_its_name_and_its_name_before_anything_follows() {
    if !can_trace() {
        eprintln!("SKIPPED: strace is not here or may not trace: no sync was looked at");
        return;
    }
    let dir = tempfile::tempdir().expect("folder");
    let root = dir.path().canonicalize().expect("root");
    let log = dir.path().join("strace.log");
    let traced = Command::new("strace")
        .args(["-f", "-y", "-s", "256", "-e", CALLS, "-o"])
        .arg(&log)
        .arg(env::current_exe().expect("this test"))
        .args(["--exact", "durable::what_is_traced"])
        .env(FOLDER, &root)
        .output()
        .expect("strace starts");
    assert!(traced.status.success(), "{traced:?}");
    let seen = fs::read_to_string(&log).expect("strace writes its log");
    let mut calls: Vec<Vec<String>> = Vec::new();
    for call in whole_calls(&seen) {
        if call.contains(&format!("/act-{}\"", calls.len())) {
            calls.push(Vec::new());
        } else if let Some(n) = calls.len().checked_sub(1) {
            calls[n].extend(told(&call, &root.join(format!("act-{n}"))));
        }
    }
    assert_eq!(calls.len(), ACTS.len(), "{seen}");
    for (n, (_, expected)) in ACTS.iter().enumerate() {
        assert_eq!(calls[n], *expected, "act {n}");
    }
}
