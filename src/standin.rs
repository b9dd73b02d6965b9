//! Stand-ins: small, honest imitations of the programs that the bundled packs call, so that a whole
//! upgrade can be walked on any machine, without network or root. Two products, whose traps are those
//! of a database, get a real one beside them (`servers`).
//!
//! They are for `switchback demo`, for tests and for the hidden `switchback stand-in`; no upgrade
//! of a real product reaches them. They share a floor with `world` - they touch files, processes
//! and ports - and know nothing of rules, plans or runs: only their own home, a folder
//! `.switchback` below the demo's root. They keep the traps of the real programs: services that
//! refuse weak settings with the real words, a health page that is green over a broken database, a
//! `diesel` without `status`. They listen on 127.0.0.1 alone, write below the demo's root alone,
//! end on SIGTERM, and with the demo (`lifeline`, `keeper` for real servers, `vigil` for a run that somebody
//! left).

#![expect(
    clippy::disallowed_methods,
    reason = "the imitations are programs of their own"
)]

mod backfill;
mod container;
mod dashboard;
pub mod demo;
mod diesel;
mod docker;
mod engine;
mod gateway;
mod git;
mod home;
mod http;
mod keeper;
mod lifeline;
mod loki;
mod loki_container;
mod oversight;
mod packages;
pub mod ports;
mod postgres;
mod process;
mod python;
mod redis;
mod relay;
mod samples;
mod servers;
mod shannon;
mod sqlite_file;
mod systemctl;
mod vigil;

use home::Home;
use std::{io::Write, path::Path};

/// A call of a stand-in with its surroundings.
struct Call<'a> {
    home: &'a Home,
    args: Vec<&'a str>,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

/// Why a stand-in fails: its message and its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
pub struct Failed {
    said: String,
    code: i32,
}

impl Failed {
    fn new(said: impl Into<String>) -> Self {
        Self::with_code(said, 1)
    }

    fn with_code(said: impl Into<String>, code: i32) -> Self {
        let said = said.into();
        Self { said, code }
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// One stand-in.
type Program = fn(Call<'_>) -> Result<(), Failed>;

/// The programs that a demo finds in its `bin` folder.
const PROGRAMS: [(&str, Program); 13] = [
    ("brew", packages::brew),
    ("diesel", diesel::run),
    ("docker", docker::run),
    ("git", git::run),
    ("loki", loki::run),
    ("npm", packages::npm),
    ("pg_dump", postgres::dump),
    ("pg_restore", postgres::restore),
    ("pip", python::pip),
    ("psql", postgres::psql),
    ("python", python::python),
    ("python3", python::python),
    ("systemctl", systemctl::run),
];

/// The services that those programs start, and what keeps a demo alive. They end with the demo.
const SERVICES: [(&str, Program); 9] = [
    ("graphql-gateway", gateway::serve),
    ("loki-dashboard", dashboard::serve),
    ("oversight-gateway", oversight::serve),
    ("postgres", postgres::serve),
    ("shannon-gateway", shannon::gateway),
    ("shannon-llm-service", shannon::llm_service),
    ("shannon-orchestrator", shannon::orchestrator),
    (vigil::NAME, vigil::keep),
    ("workflow-engine", engine::serve),
];

/// Runs a stand-in by its name, for the demo whose home this is, and returns its exit code. A
/// service returns only if it could not start.
pub fn run(
    name: &str,
    home: &Path,
    args: &[String],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> i32 {
    let find = |all: &[(&str, Program)]| {
        let found = all.iter().find(|(known, _)| *known == name);
        found.map(|(_, program)| *program)
    };
    let service = find(&SERVICES);
    let Some(program) = service.or_else(|| find(&PROGRAMS)) else {
        let _ = writeln!(err, "there is no stand-in called {name}");
        return 127;
    };
    let home = Home::at(home);
    let call = Call {
        home: &home,
        args: args.iter().map(String::as_str).collect(),
        out,
        err: &mut *err,
    };
    let lives = service.map_or(Ok(()), |_| lifeline::follow(&home));
    match lives.and_then(|()| program(call)) {
        Ok(()) => 0,
        Err(failed) => {
            // If the caller has closed the pipe, nobody is left to be told.
            let _ = writeln!(err, "{failed}");
            failed.code
        }
    }
}
