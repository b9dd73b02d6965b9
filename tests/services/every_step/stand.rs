//! A product in its old release, put up by its demo for one run.

use super::{picture::Picture, products::Product};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use switchback::{
    run_state::RunState,
    standin::demo::{DemoSetup, prepare},
};
use tempfile::TempDir;

/// Files of the stand-ins: which processes they started, and the output of those.
const OF_THE_STAND_INS: [&str; 2] = [".switchback/pids", ".switchback/log"];

pub struct Stand {
    pub product: &'static Product,
    setup: DemoSetup,
    folder: TempDir,
}

impl Stand {
    pub fn of(product: &'static Product) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // A server that runs as another user keeps its data below.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&folder, open).expect("a mode");
        let exe = Path::new(env!("CARGO_BIN_EXE_switchback"));
        let setup = prepare(product.name, &folder.path().join("product"), exe, false);
        let stand = Self {
            product,
            setup: setup.expect("a demo"),
            folder,
        };
        (product.lived_in)(&stand);
        stand
    }

    pub fn root(&self) -> &Path {
        &self.setup.root
    }

    pub fn at(&self, below: &str) -> PathBuf {
        self.setup.root.join(below)
    }

    pub fn put(&self, file: &str, text: &str) {
        let path = self.at(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    pub fn replace(&self, file: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.at(file)).expect("text");
        assert!(text.contains(old), "{file} has {old}");
        fs::write(self.at(file), text.replace(old, new)).expect("written");
    }

    /// A program of the demo.
    pub fn run(&self, program: &str, args: &[&str]) {
        let mut command = Command::new(self.at(".switchback/bin").join(program));
        let done = command.args(args).current_dir(self.root()).output();
        let done = done.expect(program);
        assert!(done.status.success(), "{program} {args:?}: {done:?}");
    }

    /// The folder beside the product for the operator's home and the state of runs.
    pub fn aside(&self) -> PathBuf {
        self.folder.path().join("aside")
    }

    /// What the operator says, as an answers file.
    pub fn answers(&self) -> String {
        let line = |(name, value): &(String, String)| format!("  {name}: '{value}'\n");
        let inputs: String = self.setup.about.params.iter().map(line).collect();
        format!("inputs:\n{inputs}{}", self.product.inputs)
    }

    pub fn param(&self, name: &str) -> &str {
        let mut params = self.setup.about.params.iter();
        &params.find(|(param, _)| param == name).expect("a param").1
    }

    /// A variable of `.env`.
    pub fn setting(&self, name: &str) -> String {
        let text = fs::read_to_string(self.at(".env")).expect("text");
        let mut set = text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        set.next().expect("it is set").to_owned()
    }

    /// Everything that a rollback has to restore.
    pub fn picture(&self) -> Picture {
        let left_out = [&OF_THE_STAND_INS, self.product.left_out].concat();
        let picture = Picture::default()
            .files(self.root(), &left_out, self.product.laid_anew)
            .services(&self.at(".switchback/pids"), self.product.settings);
        (self.product.data)(self, picture)
    }

    /// The state that the pack promises after a rollback.
    pub fn promised(&self, before: &Picture, after: &Picture, state: &RunState) -> Picture {
        (self.product.promised)(self, before.clone(), after, state)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.setup.finish().expect("everything ends");
    }
}
