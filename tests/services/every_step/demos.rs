//! The three products that have a demo, put up by it: their programs are its stand-ins.

use super::{super::small::get, Picture, Stand};
use std::path::{Path, PathBuf};
use switchback::{
    run_state::RunState,
    standin::demo::{DemoSetup, prepare},
};
use tempfile::TempDir;

/// What the stand-ins write for themselves: which processes they started, and what those said.
const OF_THE_STAND_INS: [&str; 2] = [".switchback/pids", ".switchback/log"];

struct Demo {
    setup: DemoSetup,
    folder: TempDir,
}

impl Demo {
    fn of(product: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let exe = Path::new(env!("CARGO_BIN_EXE_switchback"));
        let setup = prepare(product, &folder.path().join("product"), exe, false);
        Self {
            setup: setup.expect("a demo"),
            folder,
        }
    }

    fn answers(&self) -> String {
        let line = |(name, value): &(String, String)| format!("  {name}: '{value}'\n");
        let inputs: String = self.setup.params.iter().map(line).collect();
        format!("inputs:\n{inputs}")
    }

    fn picture(&self, left_out: &[&str], laid_anew: &[&str]) -> Picture {
        let left_out = [&OF_THE_STAND_INS, left_out].concat();
        Picture::default().files(&self.setup.root, &left_out, laid_anew)
    }

    /// What answers at a port that the demo chose.
    fn answer(&self, port: &str, path: &str) -> String {
        let mut params = self.setup.params.iter();
        let (_, port) = params.find(|(name, _)| name == port).expect("a port");
        let port = port.parse().expect("a number");
        get(port, path).unwrap_or_else(|| "nobody answers".to_owned())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.setup.finish().expect("everything ends");
    }
}

pub struct Engine(Demo);

impl Stand for Engine {
    fn new() -> Self {
        Self(Demo::of("workflow-engine"))
    }

    fn product(&self) -> &'static str {
        "workflow-engine"
    }

    fn root(&self) -> PathBuf {
        self.0.setup.root.clone()
    }

    fn aside(&self) -> PathBuf {
        self.0.folder.path().join("aside")
    }

    fn answers(&self) -> String {
        self.0.answers()
    }

    /// Its database is a file of the stand-ins, written anew by a restore.
    fn picture(&self) -> Picture {
        let files = self.0.picture(&[], &[".switchback/databases"]);
        files
            .with("service app", self.0.answer("app_port", "/health"))
            .with("service gateway", self.0.answer("gateway_port", "/health"))
    }
}

pub struct Oversight(Demo);

impl Stand for Oversight {
    fn new() -> Self {
        Self(Demo::of("oversight-gateway"))
    }

    fn product(&self) -> &'static str {
        "oversight-gateway"
    }

    fn root(&self) -> PathBuf {
        self.0.setup.root.clone()
    }

    fn aside(&self) -> PathBuf {
        self.0.folder.path().join("aside")
    }

    fn answers(&self) -> String {
        self.0.answers()
    }

    /// pip keeps what it installed; the code is what git checked out last.
    fn picture(&self) -> Picture {
        let database = "oversight_gateway.db";
        let left_out = [database, ".switchback/packages"];
        let laid_anew = ["oversight_gateway", "requirements.txt", ".switchback/head"];
        self.0
            .picture(&left_out, &laid_anew)
            .sqlite(&self.root().join(database))
            .with("service app", self.0.answer("port", "/health"))
    }
}

pub struct Dashboard(Demo);

impl Stand for Dashboard {
    fn new() -> Self {
        Self(Demo::of("loki-mode"))
    }

    fn product(&self) -> &'static str {
        "loki-mode"
    }

    fn root(&self) -> PathBuf {
        self.0.setup.root.clone()
    }

    fn aside(&self) -> PathBuf {
        self.0.folder.path().join("aside")
    }

    fn answers(&self) -> String {
        self.0.answers()
    }

    /// The dashboard writes its pid and its port; its Python environment is made by each first
    /// start, as the pack says; npm lays its package anew.
    fn picture(&self) -> Picture {
        let database = "home/.loki/dashboard.db";
        let left_out = [database, ".loki/dashboard", "home/.loki/dashboard-venv"];
        let laid_anew = [".switchback/npm", ".switchback/bin/loki"];
        self.0
            .picture(&left_out, &laid_anew)
            .sqlite(&self.root().join(database))
            .with("service dashboard", self.0.answer("port", "/api/status"))
    }

    /// The tables that 5.51.0 makes when it starts stay, and 5.50.0 does not look at them.
    fn promised(&self, before: Picture, after: &Picture, state: &RunState) -> Picture {
        let start = state.step(&"5.50.0-to-5.51.0/start".into());
        if !start.expect("a step of the pack").touched() {
            return before;
        }
        let new = ["tenants", "runs", "run_events"];
        let stays = after.0.iter().filter(|(what, _)| {
            let mut words = what.split(' ');
            let (kind, name) = (words.next(), words.next().unwrap_or_default());
            let index = name.strip_prefix("sqlite_autoindex_");
            let name = index.map_or(name, |index| {
                index.trim_end_matches(|c: char| !c.is_alphabetic())
            });
            matches!(kind, Some("table" | "index")) && new.contains(&name)
        });
        stays.fold(before, |picture, (what, is)| picture.with(what, is))
    }
}
