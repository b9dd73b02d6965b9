//! Folders, what is in them, the room that is left, and the lock.

use super::spot::{Spot, failed, unusable};
use crate::{
    model::{survey::FileMeta, text::sanitize},
    world::{FileError, Lock},
};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;
use rustix::{
    fs::{AtFlags, Gid, Mode, OFlags, Uid},
    io::Errno,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, TryLockError},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::MetadataExt,
    },
    path::{Component, Path, PathBuf},
    thread,
    time::Duration,
};

const FOUND_MAX: usize = 100_000;
const NOTE_BYTES_MAX: u64 = 4096;
/// A lock can outlive its holder for a moment: a command it started inherits the handle between
/// fork and exec.
const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

pub fn make_dir(path: &Path) -> Result<(), FileError> {
    match std::fs::metadata(path) {
        Ok(seen) if seen.is_dir() => return Ok(()),
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

/// A crash leaves some of the folders, empty: they are no part of any promise.
pub fn make_product_dir(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    let (above, seen) = nearest(path)?;
    let mode = seen.mode() & 0o777;
    let (uid, gid) = (Uid::from_raw(seen.uid()), Gid::from_raw(seen.gid()));
    let below = path.strip_prefix(above).unwrap_or(path);
    let mut folder = above.to_owned();
    for part in below.components() {
        folder.push(part);
        make_dir(&folder)?;
        let spot = Spot::open(&folder)?;
        rustix::fs::chownat(
            &spot.dir,
            &spot.name,
            Some(uid),
            Some(gid),
            AtFlags::SYMLINK_NOFOLLOW,
        )
        .map_err(failed(&folder, "give the folder its owner"))?;
        rustix::fs::chmodat(
            &spot.dir,
            &spot.name,
            Mode::from_raw_mode(mode),
            AtFlags::empty(),
        )
        .map_err(failed(&folder, "set the mode of the folder"))?;
    }
    Ok(())
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

/// Hidden files count and ignore files do not: what a rule names is meant, wherever it lies. Links
/// are neither followed nor found. A folder that cannot be read is an error, not an empty folder.
/// No folder is searched twice, however many patterns lead there.
pub fn glob(root: &Path, globs: &[String]) -> Result<Vec<PathBuf>, FileError> {
    let set = compile(root, globs)?;
    let bases: BTreeSet<PathBuf> = globs.iter().filter_map(|glob| base(root, glob)).collect();
    let mut found = BTreeSet::new();
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
            if entry.file_type().is_some_and(|kind| kind.is_file()) && set.is_match(inside) {
                found.insert(entry.into_path());
            }
            if found.len() > FOUND_MAX {
                return Err(unusable(
                    root,
                    format!("more than {FOUND_MAX} files are {}", quoted(globs)),
                    "write narrower patterns in the rules",
                ));
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn quoted(globs: &[String]) -> String {
    let quoted: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
    quoted.join(", ")
}

/// As a set, which knows the common patterns without a regular expression.
pub fn compile<'g>(
    root: &Path,
    globs: impl IntoIterator<Item = &'g String>,
) -> Result<GlobSet, FileError> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(plain_glob(root, glob)?);
    }
    set.build().map_err(|error| {
        let pattern = error.glob().unwrap_or_default().to_owned();
        bad_pattern(root, &pattern, &error)
    })
}

/// A pattern whose `*` stays in its folder.
fn plain_glob(root: &Path, pattern: &str) -> Result<Glob, FileError> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.map_err(|error| bad_pattern(root, pattern, &error))
}

fn bad_pattern(root: &Path, pattern: &str, error: &globset::Error) -> FileError {
    unusable(
        root,
        format!("`{pattern}` is not a file pattern: {}", error.kind()),
        "mend the rules file",
    )
}

/// The deepest folder (or the file) that a pattern names plainly, so that `conf/*.yml` does not
/// search the whole tree. `None` if it is not there, is reached through a link, or lies elsewhere.
fn base(root: &Path, pattern: &str) -> Option<PathBuf> {
    let mut base = root.to_owned();
    for part in Path::new(pattern).components() {
        let Component::Normal(part) = part else {
            return None;
        };
        if part
            .to_string_lossy()
            .contains(['*', '?', '[', ']', '{', '}', '\\'])
        {
            break;
        }
        base.push(part);
        if base.symlink_metadata().ok()?.is_symlink() {
            return None;
        }
    }
    base.exists().then_some(base)
}

pub fn free_bytes(path: &Path) -> Result<u64, FileError> {
    for place in path.ancestors() {
        match rustix::fs::statvfs(place) {
            Ok(room) => return Ok(room.f_bavail.saturating_mul(room.f_frsize)),
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(error) => return Err(failed(place, "ask for free space")(error)),
        }
    }
    Err(failed(path, "ask for free space")(io::Error::from(
        io::ErrorKind::NotFound,
    )))
}

/// The kernel's lock on a file that is never removed: it is free the moment its holder is gone,
/// so no lock is ever stale. The note inside is information only.
pub fn lock(path: &Path, note: &str) -> Result<Box<dyn Lock>, FileError> {
    const DOING: &str = "write into the lock file";
    let spot = Spot::open(path)?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(&spot.dir, &spot.name, flags, Mode::RUSR | Mode::WUSR);
    let mut file = File::from(opened.map_err(failed(path, "open the lock file"))?);
    take(&file, path)?;
    file.set_len(0).map_err(failed(path, DOING))?;
    file.write_all(note.as_bytes())
        .map_err(failed(path, DOING))?;
    Ok(Box::new(file))
}

impl Lock for File {
    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }
}

/// Goes on with a lock that another process took and handed over as an open file: the lock is that
/// of the open file, so there is no moment in which nobody holds it.
pub fn adopt_lock(path: &Path, file: OwnedFd) -> Result<Box<dyn Lock>, FileError> {
    let file = File::from(file);
    let here = Spot::open(path)?.stat()?;
    let given = rustix::fs::fstat(&file).map_err(failed(path, "look at the lock"))?;
    let same = here.is_some_and(|here| (here.st_dev, here.st_ino) == (given.st_dev, given.st_ino));
    if !same {
        let why = "what was handed over is not its lock";
        return Err(unusable(path, why, "start switchback again"));
    }
    take(&file, path)?;
    Ok(Box::new(file))
}

fn take(file: &File, path: &Path) -> Result<(), FileError> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(path, "lock it")(error)),
        }
    }
    let mut holder = String::new();
    let mut note = file.take(NOTE_BYTES_MAX);
    if note.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
        holder = "another process".to_owned();
    }
    Err(FileError::Locked {
        path: path.to_owned(),
        holder: sanitize(holder.trim()),
    })
}
