//! The states of the files that rules name, and where programs stand. A file that cannot be used is
//! a state with its reason.

use super::{room::Room, wanted::Wanted};
use crate::{
    model::{
        glob::Glob,
        path::RelPath,
        survey::{FileState, Passed, PassedOver, Survey},
        text::sanitize,
        units::Size,
    },
    world::{FileError, Standing, World},
};
use std::{collections::BTreeSet, error::Error, path::Path};

pub fn read(
    world: &World,
    root: &Path,
    wanted: &Wanted,
    survey: &mut Survey,
) -> Result<(), FileError> {
    let mut find = |globs: &[Glob]| found(world, root, globs, &mut survey.passed_over);
    let changed = find(&wanted.written_globs)?;
    let mut read = find(&wanted.globs)?;
    // Rules need no text of files that are only backed up: those get the room that is left.
    let kept = find(&wanted.kept_globs)?;
    let written: BTreeSet<&RelPath> = wanted.written.iter().chain(&changed).collect();
    read.extend(wanted.files.iter().chain(&changed).cloned());
    let mut room = Room::whole();
    for file in read.iter().chain(kept.difference(&read)) {
        let state = state(world, root, file, written.contains(file), &mut room);
        survey.files.insert(file.clone(), state);
    }
    for dir in &wanted.dirs {
        if is_dir(world, root, dir)? {
            survey.dirs.push(dir.clone());
        }
    }
    for (name, own) in &wanted.programs {
        if let Some(place) = program(world, root, name, own) {
            let key = (name.clone(), own.clone());
            survey.programs.insert(key, place);
        }
    }
    Ok(())
}

/// The files that can be named in a plan; others are reported as passed over.
fn found(
    world: &World,
    root: &Path,
    globs: &[Glob],
    passed_over: &mut BTreeSet<PassedOver>,
) -> Result<BTreeSet<RelPath>, FileError> {
    let mut found = world.files.find(root, globs)?;
    let mut files = BTreeSet::new();
    for path in std::mem::take(&mut found.files) {
        let below = path.strip_prefix(root).unwrap_or(&path);
        match below.to_str().map(RelPath::try_from) {
            Some(Ok(file)) => drop(files.insert(file)),
            Some(Err(_)) | None => {
                let path = below.to_owned();
                found.pass_over(PassedOver {
                    path,
                    is: Passed::Name,
                });
            }
        }
    }
    passed_over.extend(found.passed_over());
    Ok(files)
}

/// Where a program really is, searched as the operator's shell would: folders that do not exist or
/// cannot be entered are skipped.
fn program(world: &World, root: &Path, name: &str, own: &[RelPath]) -> Option<String> {
    let shell = world.system.environment().remove("PATH");
    let shell = shell.unwrap_or_default();
    let own = own.iter().map(|folder| folder.under(root));
    let folders = own.chain(std::env::split_paths(&shell).filter(|folder| folder.is_absolute()));
    let mut real = folders.filter_map(|folder| {
        let real = world.files.canonical(&folder.join(name)).ok()??;
        let is_file = matches!(world.files.look(&real), Ok(Standing::File { .. }));
        is_file.then(|| real.to_string_lossy().into_owned())
    });
    real.next()
}

fn state(world: &World, root: &Path, file: &RelPath, written: bool, room: &mut Room) -> FileState {
    match try_state(world, root, file, written, room) {
        Ok(state) => state,
        Err(error) => FileState::Unusable { why: why(&error) },
    }
}

fn try_state(
    world: &World,
    root: &Path,
    file: &RelPath,
    written: bool,
    room: &mut Room,
) -> Result<FileState, FileError> {
    let unusable = |why: String| Ok(FileState::Unusable { why });
    let path = if written {
        file.under(root)
    } else {
        world.files.below(root, file)?
    };
    match world.files.look(&path)? {
        Standing::Other { what } if written => {
            return unusable(format!(
                "is {what}, which cannot be replaced; put a regular file in its place"
            ));
        }
        Standing::File { links, .. } if written && links > 1 => {
            return unusable(format!(
                "has {links} hard links; make it a file of its own (`cp -a FILE COPY && mv COPY FILE`)"
            ));
        }
        Standing::Nothing
        | Standing::File { .. }
        | Standing::Dir
        | Standing::Symlink { .. }
        | Standing::Other { .. } => {}
    }
    let Some(content) = room.read(&*world.files, &path)? else {
        return Ok(FileState::Absent);
    };
    if written && let Some(why) = world.files.barred(&path)? {
        return unusable(why);
    }
    match String::from_utf8(content.bytes) {
        Ok(text) if text.contains('\0') => {
            unusable("holds NUL bytes: not a text; take them out".to_owned())
        }
        Ok(text) => {
            room.keep(&text);
            Ok(FileState::Text {
                text,
                digest: content.digest,
                meta: content.meta,
            })
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            unusable(format!("not UTF-8 text (at byte {at}); save it as UTF-8"))
        }
    }
}

fn is_dir(world: &World, root: &Path, dir: &RelPath) -> Result<bool, FileError> {
    match world.files.canonical(&dir.under(root))? {
        Some(real) => Ok(world.files.look(&real)? == Standing::Dir),
        None => Ok(false),
    }
}

/// The reason without the path, which stands beside it, and with its cause.
pub fn why(error: &FileError) -> String {
    let text = match error {
        FileError::Unusable { why, cure, .. } => format!("{why}; {cure}"),
        FileError::TooLarge { bytes_max, .. } => format!(
            "larger than {}; check what wrote so much into it",
            Size::from_bytes(*bytes_max)
        ),
        FileError::Drift { .. } | FileError::Kept { .. } => "changes while it is read".to_owned(),
        FileError::Locked { holder, .. } => format!("held by {holder}"),
        FileError::Io { doing, .. } => match error.source() {
            Some(cause) => format!("could not {doing}: {cause}"),
            None => format!("could not {doing}"),
        },
    };
    sanitize(&text)
}
