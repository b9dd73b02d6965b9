//! Where a command works: the root, the state folder, the packs and the options. Relative paths are
//! relative to the current folder of the shell.

mod packs;

use super::{
    Outside,
    args::{Ends, Global, folders},
    end::{Code, Failure},
};
use crate::{
    engine::{
        answers::AnswersFile, link::front::Front, session::Options, store::run_dir::StateDir,
    },
    model::{
        ids::{InputName, RuleId},
        limits,
        text::{sanitize, shell_word},
        units::{Size, Span},
    },
    rules::bundled,
    standin::demo,
    world::{Content, Standing, World, detached::OURSELVES},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// This program's name on PATH.
const OURSELVES_ON_PATH: &str = "switchback";
/// The variable that names the folder for runs.
pub const STATE_DIR: &str = "SWITCHBACK_STATE_DIR";

pub struct Place {
    pub world: World,
    pub root: PathBuf,
    pub here: PathBuf,
    pub exe: PathBuf,
    pub temporary: PathBuf,
    /// The place is the sample of a demo.
    pub sample: bool,
    global: Global,
}

impl Place {
    /// Whether the screen takes the mouse.
    pub fn takes_mouse(&self) -> bool {
        self.global.mouse
    }

    pub fn new(global: &Global, outside: &Outside<'_>) -> Result<Self, Failure> {
        let bare = Self {
            world: outside.world.clone(),
            root: PathBuf::new(),
            here: outside.here.to_owned(),
            exe: outside.exe.to_owned(),
            temporary: outside.temporary.to_owned(),
            sample: false,
            global: Global::default(),
        };
        bare.elsewhere(global.clone().said_in(outside.here))
    }

    /// The same program with other options.
    pub fn elsewhere(&self, global: Global) -> Result<Self, Failure> {
        let root = self.at(global.root.as_deref().unwrap_or(Path::new("")));
        Ok(Self {
            world: self.world.clone(),
            // Each folder has one canonical name, by which its lock and its runs are found. A
            // missing folder is left to the survey to report.
            root: self.world.files.canonical(&root)?.unwrap_or(root),
            here: self.here.clone(),
            exe: self.exe.clone(),
            temporary: self.temporary.clone(),
            sample: self.sample,
            global,
        })
    }

    pub fn at(&self, path: &Path) -> PathBuf {
        self.here.join(path)
    }

    /// The real folder that the operator's path leads to, or will lead to.
    pub fn folder_at(&self, path: &Path) -> Result<PathBuf, Failure> {
        let (path, files) = (self.at(path), &self.world.files);
        Ok(match files.canonical(&path)? {
            Some(real) => real,
            None => files.real(&path)?,
        })
    }

    /// The file that the operator's path names; a link is not followed.
    pub fn file_at(&self, path: &Path) -> Result<PathBuf, Failure> {
        Ok(self.world.files.real(&self.at(path))?)
    }

    pub fn state(&self) -> Result<StateDir, Failure> {
        let given = self.global.state_dir.clone();
        let path = given
            .or_else(|| demo::runs_of(&self.root))
            .or_else(|| {
                let system = &self.world.system;
                let own = system.state_dir();
                state_folder(&system.environment(), system.is_root(), own)
            })
            .ok_or_else(|| {
                let text = "there is no HOME to keep runs in; give a folder with --state-dir";
                Failure::new(Code::Usage, text)
            })?;
        let state = self.folder_at(&path)?;
        // Both are written into plans, into records and into printed commands.
        for folder in [&self.root, &state] {
            if folder.to_str().is_none() {
                let shown = sanitize(&folder.to_string_lossy());
                let why = "its name is not UTF-8 and cannot stand in a plan; rename it";
                return Err(Failure::new(Code::Usage, format!("{shown}: {why}")));
            }
        }
        if let Ok(Standing::File { .. }) = self.world.files.look(&state) {
            let why =
                "a file, and no folder that runs could be kept in; give another with --state-dir";
            return Err(Failure::new(
                Code::Usage,
                format!("{}: {why}", state.display()),
            ));
        }
        Ok(StateDir::new(state))
    }

    /// A command line for this verb that works from any folder, about the newest run of this
    /// product.
    pub fn command(&self, verb: &str) -> String {
        self.command_on(&self.root, verb)
    }

    /// Rewrites the commands in the engine's texts so that they work from any folder.
    pub fn typed(&self) -> impl Fn(&str) -> String + use<> {
        let begins = format!("`{}", self.command(""));
        move |text| text.replace("`switchback ", &begins)
    }

    /// The same about another product, whose runs are kept in the same folder as this one's.
    pub fn command_on(&self, root: &Path, verb: &str) -> String {
        let state = self.global.state_dir.as_deref();
        format!("{}{} {verb}", self.program(), folders(Some(root), state))
    }

    /// The same about a sample, which keeps its runs inside of itself.
    pub fn command_in(&self, sample: &Path, verb: &str) -> String {
        format!("{}{} {verb}", self.program(), folders(Some(sample), None))
    }

    /// Whether this is the folder of a sample whose services have ended, so that nothing can go on.
    pub fn is_ended_sample(&self) -> bool {
        demo::is_kept(&self.root) == Some(false)
    }

    /// A failure of this place, its commands rewritten so that they work from any folder.
    pub fn of_here(&self, failed: Failure) -> Failure {
        Failure {
            text: self.global.with_folders(&failed.text),
            ..failed
        }
    }

    /// How a shell finds this program again: by its name, or by its file if the name leads elsewhere.
    fn program(&self) -> String {
        let path = self.world.system.environment().remove("PATH");
        let path = path.unwrap_or_default();
        let first = std::env::split_paths(&path).find_map(|dir| {
            self.world
                .files
                .canonical(&dir.join(OURSELVES_ON_PATH))
                .ok()?
        });
        match first {
            Some(first) if first == self.exe => OURSELVES_ON_PATH.to_owned(),
            Some(_) | None => shell_word(&self.exe.to_string_lossy()),
        }
    }

    /// Access to the runs in this state folder.
    pub fn front(&self) -> Result<Front, Failure> {
        Ok(Front {
            world: self.world.clone(),
            state: self.state()?,
            exe: OURSELVES.into(),
            stays: false,
        })
    }

    /// The options of a session, with every pack to choose from; a pack that was named is already
    /// trusted.
    pub fn options(&self, ends: &Ends) -> Result<Options, Failure> {
        let packs = match &self.global.pack {
            None if self.global.overlay.is_some() => {
                let text = "an overlay is laid over one pack: name it with --pack";
                return Err(Failure::new(Code::Usage, text));
            }
            None => bundled::packs(),
            Some(name) => {
                let source = self.overlaid(self.named(name)?)?;
                vec![self.trusted(source)?]
            }
        };
        Ok(Options {
            root: self.root.clone(),
            state: self.state()?,
            packs,
            product: None,
            from: ends.from.clone(),
            to: ends.to.clone(),
            answers: self.answers(ends.answers.as_deref())?,
            confirm_within: self.confirm_within(),
            agreed: false,
            sample: self.sample,
        })
    }

    /// A sample is laid out in a folder of its own: `--root` is refused.
    pub fn has_its_own_folder(&self) -> Result<(), Failure> {
        if self.global.root.is_none() {
            return Ok(());
        }
        let text =
            "a demo has a folder of its own, below the temporary one (TMPDIR); leave --root out";
        Err(Failure::new(Code::Usage, text))
    }

    /// A folder that is named for looking up runs must exist.
    pub fn named_folders(&self) -> Result<(), Failure> {
        let named = [
            ("--root", &self.global.root),
            ("--state-dir", &self.global.state_dir),
        ];
        for (option, dir) in named {
            let Some(dir) = dir else {
                continue;
            };
            let path = self.at(dir);
            let there = self.world.files.canonical(&path)?;
            if there.is_none() {
                let text = format!("{option} {}: there is no such folder", path.display());
                return Err(Failure::new(Code::Usage, text));
            }
        }
        Ok(())
    }

    pub fn confirm_within(&self) -> Option<Span> {
        self.global.confirm_within
    }

    /// The answers file, overridden by `--set`.
    pub fn answers(&self, file: Option<&Path>) -> Result<AnswersFile, Failure> {
        let mut answers = match file {
            None => AnswersFile::default(),
            Some(file) => {
                let bytes = self.read(file, limits::ANSWERS)?;
                AnswersFile::read(&file.to_string_lossy(), &bytes)?
            }
        };
        for set in &self.global.set {
            said(&mut answers, set)?;
        }
        for (name, value) in demo::params_of(&self.root) {
            let name = InputName::new(name);
            answers.inputs.entry(name).or_insert(value);
        }
        Ok(answers)
    }

    /// A file that must be there.
    pub fn content(&self, file: &Path, most: Size) -> Result<Content, Failure> {
        let content = self.world.files.read(&self.file_at(file)?, most.bytes())?;
        content.ok_or_else(|| {
            let text = format!("{}: there is no such file", file.display());
            Failure::new(Code::Usage, text)
        })
    }

    pub fn read(&self, file: &Path, most: Size) -> Result<Vec<u8>, Failure> {
        Ok(self.content(file, most)?.bytes)
    }

    /// Writes a whole file of ours, replacing what is there.
    pub fn write(&self, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.file_at(file)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        if self.world.files.canonical(folder)?.is_none() {
            let text = format!("{}: there is no such folder", folder.display());
            return Err(Failure::new(Code::Usage, text));
        }
        Ok(self.world.files.replace_own(&path, bytes)?)
    }
}

/// The content of a file as text.
pub fn text<'b>(file: &Path, bytes: &'b [u8]) -> Result<&'b str, Failure> {
    std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(Code::Usage, format!("{}: not UTF-8 text", file.display())))
}

fn said(answers: &mut AnswersFile, set: &str) -> Result<(), Failure> {
    // The id of a finding may contain a file name with `=` in it; a decision never contains `=`.
    let split = match set.split_once('=') {
        Some((key, _)) if key.contains('/') => set.rsplit_once('='),
        split => split,
    };
    let Some((key, value)) = split.filter(|(key, _)| !key.is_empty()) else {
        let text = format!("--set {}: write NAME=VALUE", sanitize(set));
        return Err(Failure::new(Code::Usage, text));
    };
    if let Some(variant) = key.strip_prefix("variant.") {
        answers
            .variants
            .insert(variant.to_owned(), value.to_owned());
    } else if key.contains('/') {
        answers.decisions.insert(RuleId::new(key), value.to_owned());
    } else {
        answers.inputs.insert(InputName::new(key), value.to_owned());
    }
    Ok(())
}

/// The default folder for runs: `own`, the user's state folder; for root a system folder, unless
/// root has set a state folder.
fn state_folder(
    environment: &BTreeMap<String, String>,
    root: bool,
    own: Option<PathBuf>,
) -> Option<PathBuf> {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    if let Some(folder) = variable(STATE_DIR) {
        return Some(PathBuf::from(folder));
    }
    // The XDG rules ignore a relative path.
    let named = variable("XDG_STATE_HOME").is_some_and(|value| value.starts_with('/'));
    if root && !named {
        return Some(PathBuf::from("/var/lib/switchback"));
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_finding_is_named_whole_also_if_its_file_has_a_sign_of_equality_in_its_name() {
        let mut answers = AnswersFile::default();
        for set in ["a/left-out/x=y.yml=leave_out", "url=http://h/?a=b"] {
            assert!(said(&mut answers, set).is_ok());
        }
        let decided = answers.decisions.get(&RuleId::new("a/left-out/x=y.yml"));
        assert_eq!(decided.map(String::as_str), Some("leave_out"));
        let url = answers.inputs.get(&InputName::new("url"));
        assert_eq!(url.map(String::as_str), Some("http://h/?a=b"));
    }

    #[test]
    fn state_is_kept_where_it_is_said_then_where_it_belongs() {
        let own = || Some(PathBuf::from("/own/switchback"));
        let said = environment(&[(STATE_DIR, "/s"), ("XDG_STATE_HOME", "/x")]);
        assert_eq!(state_folder(&said, true, own()), Some("/s".into()));
        assert_eq!(state_folder(&said, false, own()), Some("/s".into()));
        let named = environment(&[("XDG_STATE_HOME", "/x"), (STATE_DIR, "")]);
        assert_eq!(state_folder(&named, true, own()), own());
        assert_eq!(state_folder(&named, false, own()), own());
        for nothing in [
            environment(&[]),
            environment(&[("XDG_STATE_HOME", "relative")]),
        ] {
            assert_eq!(
                state_folder(&nothing, true, own()),
                Some("/var/lib/switchback".into())
            );
            assert_eq!(state_folder(&nothing, false, own()), own());
            assert_eq!(state_folder(&nothing, false, None), None);
        }
    }

    #[test]
    fn what_is_set_goes_where_its_name_belongs() {
        let mut answers = AnswersFile::default();
        for set in ["secret=a=b", "1.0.0/env/X=take", "variant.install=docker"] {
            said(&mut answers, set).expect(set);
        }
        assert_eq!(answers.inputs[&InputName::new("secret")], "a=b");
        assert_eq!(answers.decisions[&RuleId::new("1.0.0/env/X")], "take");
        assert_eq!(answers.variants["install"], "docker");
        for wrong in ["novalue", "=x", ""] {
            assert!(said(&mut answers, wrong).is_err(), "{wrong:?}");
        }
    }
}
