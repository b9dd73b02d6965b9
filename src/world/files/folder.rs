//! Folders, what is in them, and the room that is left.

use super::{
    spot::{Spot, kind_name},
    trouble::{failed, not_found, unusable},
    way,
};
use crate::{
    model::{
        glob::{Below, Glob, Globs},
        survey::{FileMeta, Passed, PassedOver},
    },
    world::{FileError, Found},
};
use ignore::{DirEntry, WalkBuilder};
use rustix::{
    fs::{FileType, Gid, Mode, Uid},
    io::Errno,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    os::unix::fs::MetadataExt,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

const FOUND_MAX: usize = 100_000;
/// What a new folder takes from its parent: the permissions, and whether its group is inherited.
const INHERITED: u32 = 0o2777;

/// Creates a folder. The process that created an existing one may have been killed before the name
/// was durable, so the name is synced in any case; those of its parents were synced before it was
/// created.
pub fn make_dir(path: &Path) -> Result<(), FileError> {
    match std::fs::metadata(path) {
        Ok(seen) if seen.is_dir() => return sync_name(path),
        Ok(_) => return Err(unusable(path, "not a folder", "move it out of the way")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(path, "look at the folder")(error)),
    }
    if let Some(parent) = path.parent() {
        make_dir(parent)?;
    }
    let spot = Spot::open(path)?;
    match rustix::fs::mkdirat(&spot.dir, &spot.name, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => spot.sync_dir(),
        Err(error) => Err(failed(path, "make the folder")(error)),
    }
}

/// If this user may not even look into the parent, this user created nothing there to sync.
fn sync_name(path: &Path) -> Result<(), FileError> {
    if path.parent().is_none() {
        return Ok(());
    }
    match Spot::open(path) {
        Ok(spot) => spot.sync_dir(),
        Err(FileError::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The same for a private folder; fails if others could read or change what is in it.
pub fn make_private_dir(path: &Path) -> Result<(), FileError> {
    make_dir(path)?;
    let Some(dir) = way::open(path)? else {
        return Err(failed(path, "find the folder")(Errno::NOENT));
    };
    let stat = rustix::fs::fstat(&dir).map_err(failed(path, "look at the folder"))?;
    let own = rustix::process::geteuid().as_raw();
    if stat.st_uid != own {
        let why = format!("belongs to user {}, and this is user {own}", stat.st_uid);
        return Err(unusable(path, why, "name another folder with --state-dir"));
    }
    let mode = stat.st_mode & 0o777;
    if mode & 0o077 != 0 {
        return Err(unusable(
            path,
            format!("other users may look into it (mode {mode:o})"),
            "passwords are kept there: `chmod 700` it, or name another folder with --state-dir",
        ));
    }
    Ok(())
}

/// The nearest folder above a path that exists.
fn nearest(path: &Path) -> Result<(&Path, std::fs::Metadata), FileError> {
    for folder in path.ancestors().skip(1) {
        match std::fs::metadata(folder) {
            Ok(seen) => return Ok((folder, seen)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(folder, "look at the folder")(error)),
        }
    }
    Err(unusable(
        path,
        "has no folder above it",
        "give an absolute path",
    ))
}

pub fn new_file_meta(path: &Path) -> Result<FileMeta, FileError> {
    let (_, seen) = nearest(path)?;
    Ok(FileMeta {
        mode: 0o644,
        uid: seen.uid(),
        gid: seen.gid(),
        mtime_ns: 0,
        xattrs: BTreeMap::new(),
    })
}

/// A crash leaves some of the folders, empty, or one under a temporary name of ours; nothing relies
/// on them. A folder under its final name has its owner and mode too.
pub fn make_product_dir(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return sync_name(path);
    }
    let (above, like) = nearest(path)?;
    let below = path.strip_prefix(above).unwrap_or(path);
    let mut folder = above.to_owned();
    for part in below.components() {
        folder.push(part);
        make_like(&folder, &like)?;
    }
    Ok(())
}

/// Creates a folder under a temporary name, sets owner and mode, then renames it. A leftover of
/// that name from a crash is reused.
fn make_like(folder: &Path, like: &std::fs::Metadata) -> Result<(), FileError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.with_file_name(format!(".{name}.switchback-new"));
    make_dir(&aside)?;
    // The folder itself and not its name, which may be another's by now.
    let Some(made) = way::open(&aside)? else {
        return Err(failed(&aside, "find the folder")(Errno::NOENT));
    };
    let (uid, gid) = (Uid::from_raw(like.uid()), Gid::from_raw(like.gid()));
    rustix::fs::fchown(&made, Some(uid), Some(gid))
        .map_err(failed(folder, "give the folder its owner"))?;
    rustix::fs::fchmod(&made, Mode::from_raw_mode(like.mode() & INHERITED))
        .map_err(failed(folder, "set the mode of the folder"))?;
    Spot::open(&aside)?.rename(&Spot::open(folder)?, "give the folder its name")
}

pub fn move_dir(from: &Path, to: &Path) -> Result<(), FileError> {
    let (from, to) = (Spot::open(from)?, Spot::open(to)?);
    must_be_dir(&from)?;
    if to.stat()?.is_some() {
        return Err(unusable(&to.path, "is there already", "remove it"));
    }
    rustix::fs::renameat(&from.dir, &from.name, &to.dir, &to.name)
        .map_err(failed(&from.path, "move the folder"))?;
    to.sync_dir()?;
    from.sync_dir()
}

pub fn remove_dir(path: &Path) -> Result<(), FileError> {
    let Some(spot) = Spot::find(path)? else {
        return Ok(());
    };
    if spot.stat()?.is_some() {
        must_be_dir(&spot)?;
        match std::fs::remove_dir_all(spot.handle()) {
            Ok(()) => {}
            // Somebody else removes it as well.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(failed(path, "remove the folder and all that is in it")(
                    error,
                ));
            }
        }
    }
    spot.sync_dir()
}

fn must_be_dir(spot: &Spot) -> Result<(), FileError> {
    let kind = spot
        .stat()?
        .map(|stat| FileType::from_raw_mode(stat.st_mode));
    match kind {
        Some(FileType::Directory) => Ok(()),
        None => Err(failed(&spot.path, "find the folder")(Errno::NOENT)),
        Some(_) => Err(unusable(
            &spot.path,
            "is no folder",
            "look who put it there",
        )),
    }
}

pub fn canonical(path: &Path) -> Result<Option<PathBuf>, FileError> {
    match std::fs::canonicalize(path) {
        Ok(real) => Ok(Some(real)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(failed(path, "follow the path")(error)),
        },
    }
}

pub fn list(path: &Path) -> Result<Vec<String>, FileError> {
    const DOING: &str = "list the folder";
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(path, DOING)(error)),
    };
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed(path, DOING))?;
    names.sort();
    Ok(names)
}

/// Keeps a walk out of folders that no pattern leads into: a product's data can be a million files.
pub fn leads(root: &Path, patterns: &Arc<Globs>) -> impl Fn(&DirEntry) -> bool + use<> {
    let (root, patterns) = (root.to_owned(), Arc::clone(patterns));
    move |entry| {
        let inside = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        !is_folder || patterns.below(inside) != Below::Never
    }
}

/// Whether something at this place can matter to any of the patterns; shared by all worlds. A link
/// that no pattern matches matters only if patterns descend through it to files that they find
/// nowhere else, or if it is dangling and a pattern names it.
pub fn matters(root: &Path, patterns: &Globs, one: &PassedOver) -> bool {
    let Passed::Link { real, folder, .. } = &one.is else {
        return true;
    };
    let through = match real {
        _ if patterns.is_match(&one.path) => return true,
        Some(_) => *folder && patterns.below(&one.path) != Below::Never,
        None => patterns.below(&one.path) == Below::Named,
    };
    let there = real.as_ref().and_then(|real| real.strip_prefix(root).ok());
    through && !there.is_some_and(|there| patterns.lead_alike(&one.path, there))
}

/// Includes hidden files and disregards ignore files: what a rule names is meant, wherever it lies.
/// Links are not followed but reported, like everything that is not a file. An unreadable folder is
/// an error, not an empty folder. No folder is searched twice, however many patterns lead there.
pub fn find(root: &Path, globs: &[Glob]) -> Result<Found, FileError> {
    let patterns = Arc::new(Globs::new(globs));
    let (mut files, mut found) = (BTreeSet::new(), Found::default());
    let mut bases: BTreeSet<PathBuf> = BTreeSet::new();
    for glob in globs {
        match base(root, glob.as_str())? {
            Base::Absent => {}
            Base::There(path) => drop(bases.insert(path)),
            Base::Link(path) => pass_over(&mut found, root, &patterns, &path)?,
        }
    }
    let mut searched: Option<&PathBuf> = None;
    // In their order a folder comes before what lies in it.
    for base in &bases {
        if searched.is_some_and(|above| base.starts_with(above)) {
            continue;
        }
        searched = Some(base);
        let walk = WalkBuilder::new(base)
            .standard_filters(false)
            .follow_links(false)
            .filter_entry(leads(root, &patterns))
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| {
                unusable(
                    root,
                    format!("could not be searched for {}: {error}", quoted(globs)),
                    "run switchback as the user who owns the folder",
                )
            })?;
            let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
            match entry.file_type() {
                Some(kind) if kind.is_file() && patterns.is_match(inside) => {
                    files.insert(entry.into_path());
                }
                Some(kind) if kind.is_dir() || kind.is_file() => {}
                Some(kind) => {
                    let crosses = kind.is_symlink() && patterns.below(inside) != Below::Never;
                    if crosses || patterns.is_match(inside) {
                        pass_over(&mut found, root, &patterns, entry.path())?;
                    }
                }
                None => {}
            }
            if files.len() > FOUND_MAX {
                return Err(unusable(
                    root,
                    format!("more than {FOUND_MAX} files are {}", quoted(globs)),
                    "write narrower patterns in the rules",
                ));
            }
        }
    }
    found.files = files.into_iter().collect();
    Ok(found)
}

fn pass_over(
    found: &mut Found,
    root: &Path,
    patterns: &Globs,
    path: &Path,
) -> Result<(), FileError> {
    if let Some(one) = passed(root, path)?.filter(|one| matters(root, patterns, one)) {
        found.pass_over(one);
    }
    Ok(())
}

/// Describes what is there, unless by now it is a file or a folder.
fn passed(root: &Path, path: &Path) -> Result<Option<PassedOver>, FileError> {
    let seen = match path.symlink_metadata() {
        Ok(seen) => seen,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "look at it")(error)),
    };
    let kind = FileType::from_raw_mode(seen.mode());
    let what = kind_name(kind);
    let is = match kind {
        FileType::RegularFile | FileType::Directory => return Ok(None),
        FileType::Symlink => {
            // If this user cannot look there, nothing could be saved from there either.
            let real = std::fs::canonicalize(path).ok();
            Passed::Link {
                to: std::fs::read_link(path).map_err(failed(path, "read the link"))?,
                folder: real.as_ref().is_some_and(|real| real.is_dir()),
                real,
            }
        }
        FileType::Fifo | FileType::Socket => Passed::Pipe { what },
        FileType::CharacterDevice | FileType::BlockDevice | FileType::Unknown => {
            Passed::Other { what }
        }
    };
    Ok(Some(PassedOver {
        path: path.strip_prefix(root).unwrap_or(path).to_owned(),
        is,
    }))
}

fn quoted(globs: &[Glob]) -> String {
    let quoted: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
    quoted.join(", ")
}

/// Where the search for a pattern begins.
enum Base {
    Absent,
    There(PathBuf),
    /// A link that the pattern names literally, or that lies on the literal part of its path.
    Link(PathBuf),
}

/// The deepest folder (or the file) that a pattern names plainly, so that `conf/*.yml` does not
/// search the whole tree.
fn base(root: &Path, pattern: &str) -> Result<Base, FileError> {
    let mut base = root.to_owned();
    for part in Path::new(pattern).components() {
        let Component::Normal(part) = part else {
            return Ok(Base::Absent);
        };
        if part
            .to_string_lossy()
            .contains(['*', '?', '[', ']', '{', '}', '\\'])
        {
            break;
        }
        base.push(part);
        match base.symlink_metadata() {
            Ok(seen) if seen.is_symlink() => return Ok(Base::Link(base)),
            Ok(_) => {}
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Ok(Base::Absent),
                _ => return Err(failed(&base, "look at it")(error)),
            },
        }
    }
    Ok(if base.exists() {
        Base::There(base)
    } else {
        Base::Absent
    })
}

pub fn free_bytes(path: &Path) -> Result<u64, FileError> {
    for place in path.ancestors() {
        match rustix::fs::statvfs(place) {
            Ok(room) => return Ok(room.f_bavail.saturating_mul(room.f_frsize)),
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(error) => return Err(failed(place, "ask for free space")(error)),
        }
    }
    Err(not_found(path, "ask for free space"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn a_new_folder_of_the_product_passes_its_group_on_as_the_one_above_does() {
        let above = tempfile::tempdir().expect("a folder");
        let root = above.path().canonicalize().expect("a real path");
        for mode in [0o2775, 0o750] {
            fs::set_permissions(&root, fs::Permissions::from_mode(mode)).expect("a mode");
            let new = root.join(format!("{mode:o}/below"));
            make_product_dir(&new).expect("made");
            for folder in [new.parent().expect("a folder"), &new] {
                let seen = fs::metadata(folder).expect("there").mode();
                assert_eq!(seen & 0o7777, mode, "{}", folder.display());
            }
        }
    }
}
