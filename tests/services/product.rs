//! A product with a database and a folder of SQL files, its pack, and the program on it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

const PACK: &str = "schema: 1
product: shop
title: Shop
releases: semver
recognise: {file: {path: VERSION}}
detect:
  - title: the file VERSION
    probe: {file: {path: VERSION, pattern: '(.+)'}}
environment: [{dotenv: {file: .env}}]
write_to: {dotenv: {file: .env}}
secrets: [DATABASE_URL]
databases:
  main: {postgres: {url: '{{env.DATABASE_URL}}'}}
  local: {sqlite: {file: 'sqlite:///data/shop.db'}}
";

pub struct Product {
    folder: TempDir,
    exported: Vec<(&'static str, &'static str)>,
}

impl Product {
    /// A hop to 2.0.0 with these entries, and these files in `sql/`.
    pub fn new(database: &str, hop: &str, files: &[(&str, &str)]) -> Self {
        let product = Self {
            folder: tempfile::tempdir().expect("a folder"),
            exported: Vec::new(),
        };
        for folder in ["product/sql", "product/data", "home", "pack"] {
            fs::create_dir_all(product.path(folder)).expect("a folder");
        }
        let hop = format!("schema: 1\nfrom: '>=1.0, <2.0'\nto: 2.0.0\ntitle: Two\n{hop}");
        let env = format!("DATABASE_URL={database}\n");
        for (name, text) in [
            ("pack/pack.yaml", PACK),
            ("pack/1-to-2.yaml", &hop),
            ("product/VERSION", "1.0.0\n"),
            ("product/.env", &env),
            ("home/answers.yaml", "consent: []\n"),
        ] {
            fs::write(product.path(name), text).expect("written");
        }
        for (name, text) in files {
            product.file(name, text);
        }
        product
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes an SQL file.
    pub fn file(&self, name: &str, text: &str) {
        fs::write(self.path("product/sql").join(name), text).expect("written");
    }

    pub fn answers(&self, text: &str) {
        fs::write(self.path("home/answers.yaml"), text).expect("written");
    }

    /// Exports a variable in the operator's shell.
    pub fn exports(&mut self, name: &'static str, value: &'static str) {
        self.exported.push((name, value));
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command
            .args(args)
            .current_dir(self.path("product"))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .env("SWITCHBACK_STATE_DIR", self.path("state"))
            .envs(self.exported.iter().copied())
            .stdin(Stdio::null());
        command
    }

    /// The exit code and everything that was said.
    pub fn run(&self, args: &[&str]) -> (i32, String) {
        let output = self.command(args).output().expect("the program starts");
        let said = [output.stdout, output.stderr].concat();
        let code = output.status.code().expect("no signal ended it");
        (code, String::from_utf8(said).expect("UTF-8"))
    }

    fn digest(&self) -> String {
        let (code, out) = self.run(&["rules", "check", "../pack", "--format", "json"]);
        // 1 means that it only warns.
        assert!(code <= 1, "{out}");
        let line = out.lines().next().expect("a line");
        let json: serde_json::Value = serde_json::from_str(line).expect("JSON");
        json["digest"].as_str().expect("a digest").to_owned()
    }

    fn trusted(&self, args: &[&str]) -> Vec<String> {
        let more = [
            "--answers",
            "../home/answers.yaml",
            "--pack",
            "../pack",
            "--trust",
        ];
        let digest = self.digest();
        let all = args.iter().chain(&more).copied().chain([digest.as_str()]);
        all.map(str::to_owned).collect()
    }

    pub fn plan(&self) -> (i32, String) {
        let args = self.trusted(&["plan"]);
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn apply(&self) -> (i32, String) {
        let args = self.trusted(&["apply", "--yes"]);
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn spawn_apply(&self) -> Child {
        let args = self.trusted(&["apply", "--yes"]);
        let mut command = self.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the program starts")
    }

    pub fn resume(&self) -> (i32, String) {
        self.run(&["resume", "--answers", "../home/answers.yaml"])
    }

    pub fn roll_back(&self) -> (i32, String) {
        self.run(&["rollback", "--yes"])
    }
}

/// Whether a text is anywhere in the files below a folder.
pub fn holds(folder: &Path, text: &str) -> bool {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .any(|path| {
            if path.is_dir() {
                return holds(&path, text);
            }
            let bytes = fs::read(&path).unwrap_or_default();
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        })
}
