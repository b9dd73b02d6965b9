//! A product in a temporary folder, and the program run on it in a clean environment.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

pub struct Case {
    _folder: TempDir,
    pub root: PathBuf,
    pub state: PathBuf,
    pub pack: PathBuf,
    pub home: PathBuf,
    exported: Vec<(String, String)>,
}

/// Marks for what a person must look at.
pub const MARKED: &str = "mark: [1.x-to-2.0/check/told]\n";

pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Case {
    /// The product and the pack of the README.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let base = folder.path().canonicalize().expect("a real path");
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let case = Self {
            root: base.join("notes"),
            state: base.join("state"),
            pack: base.join("first-pack"),
            home: base.join("home"),
            exported: Vec::new(),
            _folder: folder,
        };
        fs::create_dir(&case.home).expect("a home");
        copy(&examples.join("notes"), &case.root);
        copy(&examples.join("first-pack"), &case.pack);
        case
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
        command
            .args(args)
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.home)
            .env("TMPDIR", &self.home)
            .env("SWITCHBACK_STATE_DIR", &self.state)
            .envs(self.exported.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// `apply` with everything marked, and the pack trusted as it is now.
    pub fn applying(&self) -> Command {
        let mut command = self.command(&["apply", "--yes"]);
        command.arg("--pack").arg(&self.pack);
        command.args([
            "--trust",
            &self.digest(),
            "--answers",
            &self.answers(MARKED),
        ]);
        command
    }

    /// A command run by a shell script that first does something else, and ends with `exec "$@"`.
    pub fn under(&self, script: &str, inner: &Command) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, "sh"]).arg(inner.get_program());
        shell
            .args(inner.get_args())
            .env_clear()
            .stdin(Stdio::null());
        for (name, value) in inner.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        shell.current_dir(&self.root);
        shell
    }

    /// Exports a variable in the operator's shell.
    pub fn exports(&mut self, name: &str, value: &str) {
        self.exported.push((name.to_owned(), value.to_owned()));
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        ended(self.command(args).output().expect("the program starts"))
    }

    /// A command on the pack, trusted as it is now.
    pub fn trusted(&self, args: &[&str]) -> Ended {
        let pack = self.pack.to_string_lossy().into_owned();
        let digest = self.digest();
        let said = ["--pack", &pack, "--trust", &digest];
        self.run(&[args, &said].concat())
    }

    pub fn digest(&self) -> String {
        let pack = self.pack.to_string_lossy().into_owned();
        let checked = self.run(&["rules", "check", &pack, "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&checked.out).expect("one line of JSON");
        json["digest"].as_str().expect("a digest").to_owned()
    }

    /// Changes a file of the pack.
    pub fn pack_edit(&self, file: &str, from: &str, to: &str) {
        let path = self.pack.join(file);
        let text = fs::read_to_string(&path).expect("a file of the pack");
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replace(from, to)).expect("written");
    }

    /// The id of the run that was begun last.
    #[track_caller]
    pub fn newest_run(&self) -> String {
        let runs = self.run(&["runs", "--format", "json"]);
        let id = &runs.ends(0, "").json()[0]["run_id"];
        id.as_str().expect("an id").to_owned()
    }

    pub fn answers(&self, text: &str) -> String {
        let path = self.home.join("answers.yaml");
        fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    }

    /// Every file of the product.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        read(&self.root, &mut files);
        files
    }
}

impl Ended {
    #[track_caller]
    pub fn ends(&self, code: i32, words: &str) -> &Self {
        let said = format!("{}\n{}", self.out, self.err);
        assert_eq!(self.code, code, "{said}");
        assert!(said.contains(words), "no `{words}` in:\n{said}");
        self
    }

    #[track_caller]
    pub fn never_says(&self, words: &str) -> &Self {
        let said = format!("{}\n{}", self.out, self.err);
        assert!(!said.contains(words), "`{words}` in:\n{said}");
        self
    }

    /// Every line as JSON.
    #[track_caller]
    pub fn json(&self) -> Vec<serde_json::Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }
}

pub fn ended(output: Output) -> Ended {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is printed is UTF-8");
    Ended {
        code: output.status.code().expect("no signal ended it"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Copies with fixed modes, whatever the umask of the checkout.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    fs::set_permissions(to, Permissions::from_mode(0o755)).expect("its mode");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let copied = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &copied);
            continue;
        }
        fs::copy(entry.path(), &copied).expect("copied");
        fs::set_permissions(copied, Permissions::from_mode(0o644)).expect("its mode");
    }
}

pub fn read(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, files);
        } else {
            files.insert(path.clone(), fs::read(&path).expect("read"));
        }
    }
}
