//! Writing: a new file is made whole beside its target and then takes its place in one rename.
//!
//! What a crash leaves: until the rename, the unchanged target and a temporary file of ours; after
//! it, the new target and, under the temporary's name, the old file; once the temporary is removed,
//! only the new target. The names are given by the caller, who has recorded them, so a leftover is
//! known by its name and never guessed. The target is never half written.

use super::{
    meta,
    read::{digest_at, digest_from_disk, stat_of},
    spot::Spot,
    trouble::{failed, unusable},
};
use crate::{
    model::{digest::Digest, survey::FileMeta},
    world::{FileError, removal_leftover, second_name},
};
use rustix::{
    fs::{AtFlags, Mode, OFlags, RenameFlags},
    io::Errno,
};
use std::{
    fs::File,
    io::{Seek, Write},
    path::Path,
};

/// How many files, written by others at the very moment of a swap, are kept beside one target.
const KEPT_MAX: u32 = 100;

pub fn stage(path: &Path, bytes: &[u8], meta: Option<&FileMeta>) -> Result<Digest, FileError> {
    let spot = Spot::open(path)?;
    spot.unlink()?;
    spot.whole_or_gone(fill(&spot, bytes, meta))
}

fn fill(spot: &Spot, bytes: &[u8], meta: Option<&FileMeta>) -> Result<Digest, FileError> {
    let mut file = spot.create()?;
    file.write_all(bytes)
        .map_err(failed(&spot.path, "write it"))?;
    if let Some(meta) = meta {
        meta::apply(&file, meta, &spot.path)?;
    }
    let digest = settle(spot, file, &Digest::of(bytes))?;
    spot.sync_dir()?;
    Ok(digest)
}

/// Syncs the file through the handle that wrote it (another one may miss its error), then reads it
/// back. A failed sync is never tried again: the pages it lost count as clean the second time.
pub fn settle(spot: &Spot, mut file: File, wanted: &Digest) -> Result<Digest, FileError> {
    file.sync_all().map_err(failed(&spot.path, "sync it"))?;
    file.rewind().map_err(failed(&spot.path, "read it back"))?;
    let written = digest_from_disk(&mut file, &spot.path)?;
    if written == *wanted {
        Ok(written)
    } else {
        Err(unusable(
            &spot.path,
            "what was read back is not what was written",
            "do not go on with this disk; check the system's log",
        ))
    }
}

/// The writer has closed the file but may not have synced it; syncing through another handle waits
/// for the same pages.
pub fn keep(path: &Path) -> Result<(Digest, u64), FileError> {
    let spot = Spot::open(path)?;
    let Some(mut file) = spot.open_regular()? else {
        return Err(failed(path, "find it")(Errno::NOENT));
    };
    rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR).map_err(failed(path, "set its mode"))?;
    file.sync_all().map_err(failed(path, "sync it"))?;
    spot.sync_dir()?;
    let digest = digest_from_disk(&mut file, path)?;
    let bytes = stat_of(&file, path)?.st_size.unsigned_abs();
    Ok((digest, bytes))
}

pub fn swap_in(staged: &Path, target: &Path, old: Option<&Digest>) -> Result<(), FileError> {
    let (staged, target) = (Spot::open(staged)?, Spot::open(target)?);
    forget_second_name(&staged, &target, old)?;
    must_be(&target, old)?;
    match old {
        None => put_new(&staged, &target)?,
        Some(old) => exchange(&staged, &target, old)?,
    }
    target.sync_dir()?;
    staged.unlink()?;
    staged.sync_dir()
}

/// Removes the second name that a crash in `over` leaves, since a file with two names is refused.
/// If it holds none of the files involved, somebody wrote into it at that moment, and this is the
/// only copy.
fn forget_second_name(staged: &Spot, target: &Spot, old: Option<&Digest>) -> Result<(), FileError> {
    let aside = second_name_of(target)?;
    let Some(left) = digest_at(&aside)? else {
        return Ok(());
    };
    if old != Some(&left) && !is(target, &left) && !is(staged, &left) {
        return Err(left_by_a_crash(&aside));
    }
    aside.unlink()
}

fn left_by_a_crash(aside: &Spot) -> FileError {
    unusable(
        &aside.path,
        "was left by a crash, and is not the file that was replaced then",
        "check what somebody wrote into it, and move it away",
    )
}

/// The target is a file that a rename can replace, and still is `old`.
fn must_be(target: &Spot, old: Option<&Digest>) -> Result<(), FileError> {
    let (stat, old) = match (target.stat()?, old) {
        (None, None) => return Ok(()),
        (Some(stat), Some(old)) => (stat, old),
        (Some(_), None) | (None, Some(_)) => return Err(drift(target)),
    };
    target.must_be_regular(&stat)?;
    if stat.st_nlink != 1 {
        return Err(unusable(
            &target.path,
            format!("has {} hard links", stat.st_nlink),
            "a replaced file leaves the other names with the old contents: \
             make it a file of its own (`cp -a FILE COPY && mv COPY FILE`)",
        ));
    }
    if let Some(held) = target.held() {
        return Err(unusable(
            &target.path,
            held,
            "upgrade it where it is mounted from, or take the attribute off (`chattr -i -a`)",
        ));
    }
    if digest_at(target)?.as_ref() == Some(old) {
        Ok(())
    } else {
        Err(drift(target))
    }
}

/// Puts a new file in place; fails if somebody has created one meanwhile.
fn put_new(staged: &Spot, target: &Spot) -> Result<(), FileError> {
    match rename(staged, target, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(drift(target)),
        Err(error) if not_supported(error) => plain(staged, target),
        Err(error) => Err(failed(&target.path, "put the new file in place")(error)),
    }
}

/// Compare-and-swap: exchanges the two files, both of which stay whole, then examines the displaced
/// one. If somebody wrote between check and swap, their file is put back unharmed.
fn exchange(staged: &Spot, target: &Spot, old: &Digest) -> Result<(), FileError> {
    let Some(new) = digest_at(staged)? else {
        return Err(failed(&staged.path, "find it")(Errno::NOENT));
    };
    match rename(staged, target, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Err(drift(target)),
        Err(error) if not_supported(error) => return over(staged, target, old),
        Err(error) => return Err(failed(&target.path, "put the new file in place")(error)),
    }
    // The displaced file now has the staged one's name.
    if is(staged, old) {
        return Ok(());
    }
    put_back(staged, target, &new)
}

/// Puts back a displaced file that is not the one that was checked. If this displaces yet another
/// file instead of ours, because somebody wrote again meanwhile, that file is kept aside.
fn put_back(displaced: &Spot, target: &Spot, ours: &Digest) -> Result<(), FileError> {
    if rename(displaced, target, RenameFlags::EXCHANGE).is_err() {
        // There is no target any more, or nobody can tell: the displaced file must not be lost.
        return keep_aside(displaced, target);
    }
    target.sync_dir()?;
    if is(displaced, ours) {
        Err(drift(target))
    } else {
        keep_aside(displaced, target)
    }
}

fn keep_aside(theirs: &Spot, target: &Spot) -> Result<(), FileError> {
    let name = target.name.to_string_lossy();
    for n in 1..=KEPT_MAX {
        let kept = target
            .path
            .with_file_name(format!(".{name}.switchback-kept-{n}"));
        let aside = target.beside(&kept)?;
        match rename(theirs, &aside, RenameFlags::NOREPLACE) {
            Ok(()) => {
                aside.sync_dir()?;
                let path = target.path.clone();
                return Err(FileError::Kept { path, kept });
            }
            Err(Errno::EXIST) => {}
            // It keeps its current name, which the error mentions.
            Err(error) => return Err(failed(&theirs.path, "keep what somebody else wrote")(error)),
        }
    }
    Err(failed(&theirs.path, "keep what somebody else wrote")(
        Errno::EXIST,
    ))
}

/// For file systems that cannot exchange (NFS, some FUSE). The target first gets a second name,
/// under which it is checked before and after the rename: if it was written to meanwhile, it goes
/// back. Only a new file renamed into place in the microseconds before ours is lost.
fn over(staged: &Spot, target: &Spot, old: &Digest) -> Result<(), FileError> {
    let aside = second_name_of(target)?;
    let flags = AtFlags::empty();
    if rustix::fs::linkat(&target.dir, &target.name, &aside.dir, &aside.name, flags).is_err() {
        // Without hard links either (FAT), anything written between the check and here is lost.
        return plain(staged, target);
    }
    if !is(&aside, old) {
        aside.unlink()?;
        return Err(drift(target));
    }
    plain(staged, target)?;
    if is(&aside, old) {
        return aside.unlink();
    }
    plain(&aside, target)?;
    target.sync_dir()?;
    Err(drift(target))
}

fn second_name_of(target: &Spot) -> Result<Spot, FileError> {
    target.beside(&second_name(&target.path))
}

fn drift(target: &Spot) -> FileError {
    FileError::Drift {
        path: target.path.clone(),
    }
}

/// An unreadable file counts as different.
fn is(spot: &Spot, digest: &Digest) -> bool {
    matches!(digest_at(spot), Ok(Some(found)) if found == *digest)
}

fn rename(from: &Spot, to: &Spot, flags: RenameFlags) -> Result<(), Errno> {
    rustix::fs::renameat_with(&from.dir, &from.name, &to.dir, &to.name, flags)
}

fn plain(from: &Spot, to: &Spot) -> Result<(), FileError> {
    rustix::fs::renameat(&from.dir, &from.name, &to.dir, &to.name)
        .map_err(failed(&to.path, "put the new file in place"))
}

fn not_supported(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

pub fn remove(path: &Path, old: &Digest) -> Result<(), FileError> {
    let (target, aside) = (Spot::open(path)?, Spot::open(&removal_leftover(path))?);
    must_be(&target, Some(old))?;
    // Left by a crash below. If it is not the removed file, somebody wrote into it at that moment.
    if digest_at(&aside)?.is_some_and(|left| left != *old) {
        return Err(left_by_a_crash(&aside));
    }
    aside.unlink()?;
    put_new(&target, &aside)?;
    if !is(&aside, old) {
        // If somebody has created a new file by now, both are kept.
        if put_new(&aside, &target).is_err() {
            return keep_aside(&aside, &target);
        }
        target.sync_dir()?;
        return Err(drift(&target));
    }
    target.sync_dir()?;
    aside.unlink()?;
    target.sync_dir()
}

/// Syncs the folder even if nothing is there: whoever renamed or removed the file before may have
/// been killed before that was durable.
pub fn discard(path: &Path) -> Result<(), FileError> {
    match Spot::find(path)? {
        Some(spot) => {
            if spot.stat()?.is_some() {
                spot.unlink()?;
            }
            spot.sync_dir()
        }
        None => Ok(()),
    }
}

/// A file of ours that somebody else changed while it was in use.
pub fn not_as_left(path: &Path, what: &str) -> FileError {
    unusable(
        path,
        format!("is not as it was left: {what}"),
        "see what else works in that folder",
    )
}

/// A crash leaves a beginning of the bytes, perhaps none; never anything after them.
pub fn append(path: &Path, bytes: &[u8], at: Option<u64>) -> Result<(), FileError> {
    let spot = Spot::open(path)?;
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(&spot.dir, &spot.name, flags, Mode::empty());
    let (mut file, created) = match opened {
        Ok(file) => (File::from(file), false),
        Err(Errno::NOENT) if at.is_none_or(|at| at == 0) => (spot.create()?, true),
        Err(Errno::NOENT) => return Err(not_as_left(path, "somebody removed it")),
        Err(error) => return Err(failed(path, "open it")(error)),
    };
    let bytes_now = stat_of(&file, path)?.st_size.unsigned_abs();
    if at.is_some_and(|at| at != bytes_now) {
        return Err(not_as_left(path, "somebody wrote into it"));
    }
    if let Err(error) = file.write_all(bytes) {
        // A partial write would take the last room from writes that need less.
        let _stays = file.set_len(bytes_now);
        return Err(failed(path, "append to it")(error));
    }
    file.sync_data().map_err(failed(path, "sync it"))?;
    if created { spot.sync_dir() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn spots(dir: &Path) -> (Spot, Spot) {
        let spot = |name| Spot::open(&dir.join(name)).expect("spot");
        (spot("new"), spot("target"))
    }

    #[test]
    fn what_somebody_wrote_between_check_and_swap_goes_back_to_its_place() {
        let dir = tempfile::tempdir().expect("folder");
        let (staged, target) = spots(dir.path());
        fs::write(&target.path, "old").expect("write");
        stage(&staged.path, b"new", None).expect("stage");
        must_be(&target, Some(&Digest::of(b"old"))).expect("still old");
        fs::write(&target.path, "theirs").expect("write");
        let end = exchange(&staged, &target, &Digest::of(b"old"));
        assert!(matches!(end, Err(FileError::Drift { .. })), "{end:?}");
        assert_eq!(fs::read(&target.path).expect("read"), b"theirs");
        assert_eq!(fs::read(&staged.path).expect("read"), b"new");
    }

    #[test]
    fn who_writes_again_while_the_first_goes_back_loses_neither() {
        let dir = tempfile::tempdir().expect("folder");
        let (staged, target) = spots(dir.path());
        // As the first swap left it, and then the second writer came.
        fs::write(&staged.path, "theirs").expect("write");
        fs::write(&target.path, "theirs again").expect("write");
        let end = put_back(&staged, &target, &Digest::of(b"new"));
        let Err(FileError::Kept { path, kept }) = end else {
            panic!("{end:?}");
        };
        assert_eq!(path, target.path);
        assert_eq!(fs::read(&target.path).expect("read"), b"theirs");
        assert_eq!(fs::read(kept).expect("read"), b"theirs again");
        assert!(!staged.path.exists());
    }

    #[test]
    fn who_removes_the_new_file_meanwhile_loses_nothing_that_was_displaced() {
        let dir = tempfile::tempdir().expect("folder");
        let (staged, target) = spots(dir.path());
        fs::write(dir.path().join(".target.switchback-kept-1"), "earlier").expect("write");
        fs::write(&staged.path, "theirs").expect("write");
        let end = put_back(&staged, &target, &Digest::of(b"new"));
        let Err(FileError::Kept { kept, .. }) = end else {
            panic!("{end:?}");
        };
        assert!(kept.ends_with(".target.switchback-kept-2"), "{kept:?}");
        assert_eq!(fs::read(kept).expect("read"), b"theirs");
    }

    #[test]
    fn without_an_exchange_what_was_written_into_the_file_is_not_lost() {
        let dir = tempfile::tempdir().expect("folder");
        let (staged, target) = spots(dir.path());
        let old = Digest::of(b"old");
        fs::write(&target.path, "old").expect("write");
        stage(&staged.path, b"new", None).expect("stage");
        over(&staged, &target, &old).expect("nobody else writes");
        assert_eq!(fs::read(&target.path).expect("read"), b"new");
        fs::write(&target.path, "theirs").expect("write");
        stage(&staged.path, b"newer", None).expect("stage");
        let end = over(&staged, &target, &old);
        assert!(matches!(end, Err(FileError::Drift { .. })), "{end:?}");
        assert_eq!(fs::read(&target.path).expect("read"), b"theirs");
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 2);
    }

    #[test]
    fn what_a_crash_left_goes_only_if_it_is_known() {
        let dir = tempfile::tempdir().expect("folder");
        let (staged, target) = spots(dir.path());
        let left = second_name_of(&target).expect("a name").path;
        let old = Digest::of(b"old");
        for (text, goes) in [("old", true), ("new", true), ("theirs", false)] {
            fs::write(&target.path, "old").expect("write");
            fs::write(&left, text).expect("write");
            stage(&staged.path, b"new", None).expect("stage");
            let end = swap_in(&staged.path, &target.path, Some(&old));
            assert_eq!(end.is_ok(), goes, "{text}: {end:?}");
            assert_eq!(left.exists(), !goes, "{text}");
        }
        assert_eq!(fs::read(&left).expect("read"), b"theirs");
        assert_eq!(fs::read(&target.path).expect("read"), b"old");
        fs::remove_file(&left).expect("moved away");
        // Killed between its second name and the rename.
        fs::hard_link(&target.path, &left).expect("link");
        swap_in(&staged.path, &target.path, Some(&old)).expect("goes on");
        assert!(!left.exists());
    }

    #[test]
    fn a_link_put_there_between_check_and_swap_is_not_followed() {
        let dir = tempfile::tempdir().expect("folder");
        let (staged, target) = spots(dir.path());
        fs::write(dir.path().join("elsewhere"), "old").expect("write");
        std::os::unix::fs::symlink("elsewhere", &target.path).expect("link");
        stage(&staged.path, b"new", None).expect("stage");
        let end = exchange(&staged, &target, &Digest::of(b"old"));
        assert!(matches!(end, Err(FileError::Drift { .. })), "{end:?}");
        assert!(target.path.is_symlink());
        let elsewhere = fs::read(dir.path().join("elsewhere")).expect("read");
        assert_eq!(elsewhere, b"old");
    }

    #[test]
    fn a_file_made_meanwhile_is_not_overwritten() {
        let dir = tempfile::tempdir().expect("folder");
        let (staged, target) = spots(dir.path());
        stage(&staged.path, b"new", None).expect("stage");
        must_be(&target, None).expect("not there");
        fs::write(&target.path, "theirs").expect("write");
        let end = put_new(&staged, &target);
        assert!(matches!(end, Err(FileError::Drift { .. })), "{end:?}");
        assert_eq!(fs::read(&target.path).expect("read"), b"theirs");
    }
}
