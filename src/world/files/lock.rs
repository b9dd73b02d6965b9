//! The lock on a product's folder: the kernel's own, on the folder itself. It is free the moment its
//! holder is gone, so no lock is ever stale; and it is one lock, also for another user, another state
//! folder, or another path to the same place.

use super::{
    spot::Spot,
    trouble::{failed, unusable},
    way,
};
use crate::{
    model::text::sanitize,
    world::{FileError, Lock},
};
use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
};
use std::{
    fs::{File, TryLockError},
    io::{Read, Write},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
    thread,
    time::Duration,
};

const NOTE_BYTES_MAX: u64 = 4096;
/// A lock can outlive its holder for a moment: a command that it is starting has the handle between
/// fork and exec.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);
/// Said when the holder's note is not readable for us.
const UNKNOWN: &str = "another switchback: of another user, or with another --state-dir";

pub fn lock(folder: &Path, note_at: &Path, note: &str) -> Result<Box<dyn Lock>, FileError> {
    let Some(dir) = way::open(folder)? else {
        return Err(failed(folder, "find the folder")(Errno::NOENT));
    };
    let dir = File::from(dir);
    take(&dir, folder, note_at)?;
    // The note is only for whoever is refused. With a full disk, a rollback must still be possible.
    let _no_room = leave(note_at, note);
    Ok(Box::new(dir))
}

/// Overwrites, then truncates: a file that already has a block needs no new one.
fn leave(path: &Path, note: &str) -> Result<(), FileError> {
    const DOING: &str = "write the note of the lock";
    let spot = Spot::open(path)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(&spot.dir, &spot.name, flags, Mode::RUSR | Mode::WUSR);
    let mut file = File::from(opened.map_err(failed(path, DOING))?);
    file.write_all(note.as_bytes())
        .map_err(failed(path, DOING))?;
    file.set_len(note.len() as u64).map_err(failed(path, DOING))
}

impl Lock for File {
    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }
}

/// Takes over a lock from another process, handed over as an open folder. The lock belongs to the
/// open folder, so it is held without interruption.
pub fn adopt_lock(
    folder: &Path,
    note_at: &Path,
    note: &str,
    given: OwnedFd,
) -> Result<Box<dyn Lock>, FileError> {
    let given = File::from(given);
    let key = |file: BorrowedFd<'_>| {
        let stat = rustix::fs::fstat(file).map_err(failed(folder, "look at the lock"))?;
        Ok::<_, FileError>((stat.st_dev, stat.st_ino))
    };
    let here = match way::open(folder)? {
        Some(dir) => Some(key(dir.as_fd())?),
        None => None,
    };
    if here != Some(key(given.as_fd())?) {
        let why = "what was handed over is not its lock";
        return Err(unusable(folder, why, "start switchback again"));
    }
    take(&given, folder, note_at)?;
    let _no_room = leave(note_at, note);
    Ok(Box::new(given))
}

fn take(dir: &File, folder: &Path, note_at: &Path) -> Result<(), FileError> {
    for _ in 0..TRIES {
        match dir.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(folder, "lock it")(error)),
        }
    }
    let note = noted(note_at).filter(|note| !note.is_empty());
    Err(FileError::Locked {
        path: folder.to_owned(),
        holder: note.unwrap_or_else(|| UNKNOWN.to_owned()),
    })
}

fn noted(path: &Path) -> Option<String> {
    let file = Spot::find(path).ok()??.open_regular().ok()??;
    let mut note = String::new();
    file.take(NOTE_BYTES_MAX).read_to_string(&mut note).ok()?;
    Some(sanitize(note.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lock_of_this_very_folder_is_taken_over() {
        let dir = tempfile::tempdir().expect("folder");
        let root = dir.path().canonicalize().expect("root");
        let (own, other) = (root.join("own"), root.join("other"));
        for folder in [&own, &other] {
            std::fs::create_dir(folder).expect("a folder");
        }
        let note = root.join("note");
        let held = |folder: &Path| {
            let lock = lock(folder, &note, "held").expect("free");
            let file = lock.file().expect("a lock that can be handed over");
            file.try_clone_to_owned().expect("another handle of it")
        };
        let adopted = adopt_lock(&own, &note, "adopted", held(&other));
        let why = adopted.err().expect("another folder's").to_string();
        assert!(
            why.contains("what was handed over is not its lock"),
            "{why}"
        );
        let adopted = adopt_lock(&own, &note, "adopted", held(&own)).expect("its own");
        let second = lock(&own, &note, "second").err().expect("it is held");
        assert!(second.to_string().contains("adopted"), "{second}");
        drop(adopted);
        lock(&own, &note, "second").expect("free again");
    }
}
