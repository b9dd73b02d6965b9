//! The machine of a case, as a world in memory: the product's files, and the case's answers for
//! commands, pages, processes and databases.

use crate::{
    model::survey::FileMeta,
    rules::case::{KeyCount, Machine},
    world::{
        Answer, Command, Ended,
        fake::{FakeProcess, FakeWorld, ended},
    },
};
use std::{collections::BTreeMap, path::Path, time::Duration};

/// Where the product of a case lies in its world.
pub const ROOT: &str = "/product";

pub fn machine(case: &Machine, files: &BTreeMap<String, String>) -> FakeWorld {
    let machine = FakeWorld::new();
    // Written a moment ago: the age of a pid file tells whether its process is still the same.
    let written = FileMeta {
        mode: 0o600,
        uid: 0,
        gid: 0,
        mtime_ns: i128::from(machine.world().clock.now_ms()) * 1_000_000,
        xattrs: BTreeMap::new(),
    };
    for (file, text) in files {
        let path = Path::new(ROOT).join(file);
        machine.files.put_with(path, text, written.clone());
    }
    for folder in &case.folders {
        let inside = Path::new(ROOT).join(folder.as_str()).join("something");
        machine.files.put(inside, "");
    }
    for (name, value) in &case.environment {
        machine.system.set_variable(name, value);
    }
    for program in &case.programs {
        machine.files.put(program, "");
    }
    let folders = case.programs.iter().filter_map(|program| program.parent());
    if let Ok(path) = std::env::join_paths(folders) {
        machine.system.set_variable("PATH", &path.to_string_lossy());
    }
    for process in &case.processes {
        let running = FakeProcess {
            command: process.command.split(' ').map(str::to_owned).collect(),
            ports: process.ports.clone(),
            open_files: process.opens.clone(),
            terms_ignored: process.ignores,
            ..FakeProcess::default()
        };
        machine.processes.start(process.pid, running);
    }
    asked(&machine, case);
    machine
}

/// Each new script takes precedence over the earlier ones, so the last of the case is added first.
fn asked(machine: &FakeWorld, case: &Machine) {
    let counts = case.keys.clone();
    let counted = move |command: &Command| counted(&counts, command);
    machine
        .commands
        .script(move |command| counted(command).map(Ok));
    for said in case.commands.iter().rev() {
        let said = said.clone();
        machine.commands.script(move |command| {
            let fits = command.argv.join(" ").starts_with(&said.command);
            fits.then(|| Ok(ended(said.exit, &said.stdout, &said.stderr)))
        });
    }
    for (url, page) in &case.pages {
        let (url, page) = (url.clone(), page.clone());
        machine.http.script(move |request| {
            (request.url == url).then(|| {
                Ok(Answer {
                    status: page.status,
                    body: page.body.clone(),
                    body_is_whole: true,
                    took: Duration::ZERO,
                })
            })
        });
    }
    for row in case.rows.iter().rev() {
        machine.databases.answer(&row.query, row.value.as_deref());
    }
    for (things, there) in [(&case.lacks, false), (&case.has, true)] {
        for thing in things {
            machine.databases.has(thing, there);
        }
    }
}

/// The answer of `redis-cli` to a search for keys, one key on each line.
fn counted(counts: &[KeyCount], command: &Command) -> Option<Ended> {
    let after = |word: &str| {
        let at = command.argv.iter().position(|one| one == word)?;
        command.argv.get(at + 1)
    };
    let (names, of_type) = (after("MATCH")?, after("TYPE"));
    let fits = |count: &&KeyCount| {
        count.names == *names && (count.of_type.is_none() || count.of_type.as_ref() == of_type)
    };
    let count = counts.iter().find(fits)?;
    let keys = (1..=count.count).map(|n| format!("2) {n}) \"{n}\"\n"));
    let lines = std::iter::once("1) \"0\"\n".to_owned()).chain(keys);
    Some(ended(0, &lines.collect::<String>(), ""))
}
