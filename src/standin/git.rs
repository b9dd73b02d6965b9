//! `git` over commits that lie as folders in the home, by name. Only what the packs call.

use super::{
    Call, Failed,
    home::{self, Home},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(super) fn run(call: Call<'_>) -> Result<(), Failed> {
    let commits = call.home.path().join("commits");
    let head = call.home.path().join("head");
    let root = call.home.root();
    // A demo has one checkout: its root.
    let args = match call.args.as_slice() {
        ["-C", _, rest @ ..] => rest,
        args => args,
    };
    match args {
        ["--version"] => Ok(writeln!(call.out, "git version 2.39.5 (stand-in)")?),
        ["status", ..] => {
            for file in edited(call.home)? {
                writeln!(call.out, " M {}", file.display())?;
            }
            Ok(())
        }
        ["stash", "push", ..] => Ok(writeln!(call.out, "{}", stash(call.home)?)?),
        ["stash", "pop"] => pop(call.home),
        ["cat-file", "-t", commit] if commits.join(commit).is_dir() => {
            Ok(writeln!(call.out, "commit")?)
        }
        // In a demo the checkout is never on a branch.
        ["symbolic-ref", ..] => Err(Failed::new("")),
        ["rev-parse", "--verify", "HEAD"] => {
            Ok(writeln!(call.out, "{}", fs::read_to_string(&head)?.trim())?)
        }
        ["rev-parse", wanted @ ..] => {
            for commit in wanted.iter().filter(|word| !word.starts_with("--")) {
                let name = commit.trim_end_matches("^{commit}");
                if !commits.join(name).is_dir() {
                    let said = format!("fatal: ambiguous argument '{commit}': unknown revision");
                    return Err(Failed::with_code(said, 128));
                }
                let digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
                writeln!(call.out, "{digits:0<40}")?;
            }
            Ok(())
        }
        ["describe", "--tags", "--exact-match"] => {
            Ok(writeln!(call.out, "{}", fs::read_to_string(&head)?.trim())?)
        }
        ["checkout", "--", file] => {
            let commit = fs::read_to_string(&head)?;
            fs::copy(commits.join(commit.trim()).join(file), root.join(file))?;
            Ok(())
        }
        ["checkout", commit]
        | ["checkout", commit, "--"]
        | ["checkout", "--detach", commit, "--"]
            if commits.join(commit).is_dir() =>
        {
            if let Some(file) = edited(call.home)?.first() {
                let file = file.display();
                return Err(Failed::new(format!(
                    "error: Your local changes to {file} would be overwritten by checkout"
                )));
            }
            let before = commits.join(fs::read_to_string(&head)?.trim());
            each_file(&before, &mut |below| {
                let path = root.join(below);
                fs::remove_file(&path).or_else(gone)?;
                remove_empty(root, path.parent());
                Ok(())
            })?;
            lay(&commits.join(commit), root)?;
            home::write(&head, commit)?;
            Ok(writeln!(call.err, "HEAD is now at {commit}")?)
        }
        other => Err(Failed::with_code(
            format!("fatal: not in a demo: {}", other.join(" ")),
            128,
        )),
    }
}

/// The commit that is checked out.
fn checked_out(home: &Home) -> Result<PathBuf, Failed> {
    let commit = fs::read_to_string(home.path().join("head"))?;
    Ok(home.path().join("commits").join(commit.trim()))
}

/// Files of the commit that were changed by hand since.
fn edited(home: &Home) -> Result<Vec<PathBuf>, Failed> {
    let commit = checked_out(home)?;
    let mut edited = Vec::new();
    each_file(&commit, &mut |below| {
        let now = fs::read(home.root().join(below)).ok();
        if now.is_some_and(|now| fs::read(commit.join(below)).is_ok_and(|was| was != now)) {
            edited.push(below.to_owned());
        }
        Ok(())
    })?;
    Ok(edited)
}

/// The folder of the stashes, a stack numbered from 0, and how many there are.
fn stashes(home: &Home) -> (PathBuf, usize) {
    let folder = home.path().join("stash");
    let count = fs::read_dir(&folder).map_or(0, Iterator::count);
    (folder, count)
}

fn stash(home: &Home) -> Result<&'static str, Failed> {
    let (commit, edited) = (checked_out(home)?, edited(home)?);
    if edited.is_empty() {
        return Ok("No local changes to save");
    }
    let (folder, count) = stashes(home);
    for file in edited {
        let path = home.root().join(&file);
        home::write(
            &folder.join(count.to_string()).join(&file),
            fs::read(&path)?,
        )?;
        fs::copy(commit.join(&file), path)?;
    }
    Ok("Saved working directory and index state")
}

fn pop(home: &Home) -> Result<(), Failed> {
    let (folder, count) = stashes(home);
    let Some(last) = count.checked_sub(1) else {
        return Err(Failed::new("No stash entries found."));
    };
    let stash = folder.join(last.to_string());
    lay(&stash, home.root())?;
    Ok(fs::remove_dir_all(stash)?)
}

/// Removes a folder that has become empty, and its parents that then hold nothing.
fn remove_empty(root: &Path, folder: Option<&Path>) {
    let below = folder.into_iter().flat_map(Path::ancestors);
    for folder in below.take_while(|folder| *folder != root) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

fn gone(error: std::io::Error) -> std::io::Result<()> {
    match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

/// Turns the demo's product into a checkout; the sample has its commits in `commits`.
pub(super) fn init(home: &Home, commit: &str) -> Result<(), Failed> {
    let (root, commits) = (home.root(), home.path().join("commits"));
    fs::rename(root.join("commits"), &commits)?;
    lay(&commits.join(commit), root)?;
    home::write(&home.path().join("head"), commit)?;
    Ok(fs::create_dir_all(root.join(".git"))?)
}

/// Copies every file of a folder below another.
pub(super) fn lay(from: &Path, to: &Path) -> Result<(), Failed> {
    each_file(from, &mut |below| {
        let target = to.join(below);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        // The mode is copied too: a program stays executable.
        fs::copy(from.join(below), target)?;
        Ok(())
    })
}

fn each_file(top: &Path, then: &mut dyn FnMut(&Path) -> Result<(), Failed>) -> Result<(), Failed> {
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            match path.strip_prefix(top) {
                _ if path.is_dir() => folders.push(path),
                Ok(below) => then(below)?,
                Err(error) => return Err(Failed::new(error.to_string())),
            }
        }
    }
    Ok(())
}
