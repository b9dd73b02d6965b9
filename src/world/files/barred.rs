//! Whether a new file could take a place. Problems of a file itself are found when it is examined;
//! this is about its folder, its file system and its owner.

use super::{spot::Spot, way};
use crate::world::FileError;
use rustix::{
    fs::{Access, AtFlags, StatxAttributes, StatxFlags},
    io::Errno,
    process::{getegid, geteuid, getgroups},
    thread::{CapabilitySet, capabilities},
};
use std::{os::fd::OwnedFd, path::Path};

pub fn barred(path: &Path) -> Result<Option<String>, FileError> {
    let Some((folder, dir)) = nearest(path)? else {
        return Ok(Some("no folder above it can be found".to_owned()));
    };
    let folder = folder.display();
    // Checks as the effective user, not as the one who called `sudo`.
    let may = Access::WRITE_OK | Access::EXEC_OK;
    if let Err(error) = rustix::fs::accessat(&dir, ".", may, AtFlags::EACCESS) {
        return Ok(Some(match error {
            Errno::ROFS => format!("{folder} is on a read-only file system; mount it for writing"),
            Errno::ACCESS if is_ours(&dir) => {
                format!("{folder} bars its own user from writing; `chmod u+wx` it")
            }
            Errno::ACCESS => format!(
                "this user may not write into {folder}; run switchback as the user who owns it"
            ),
            Errno::PERM => format!("{folder} is immutable; `chattr -i` it"),
            error => format!("{folder} cannot be written into ({error})"),
        }));
    }
    let seen = rustix::fs::statx(&dir, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS);
    if seen.is_ok_and(|seen| seen.stx_attributes.contains(StatxAttributes::APPEND)) {
        return Ok(Some(format!(
            "{folder} is append-only, so nothing in it can be replaced; `chattr -a` it"
        )));
    }
    let stat = match Spot::find(path)? {
        Some(spot) => spot.stat()?,
        None => None,
    };
    Ok(stat.and_then(|stat| not_ours(stat.st_uid, stat.st_gid)))
}

fn is_ours(dir: &OwnedFd) -> bool {
    rustix::fs::fstat(dir).is_ok_and(|stat| stat.st_uid == geteuid().as_raw())
}

/// The folder of a path or, as long as that is to be made, the nearest above it.
fn nearest(path: &Path) -> Result<Option<(&Path, OwnedFd)>, FileError> {
    for folder in path.ancestors().skip(1) {
        if let Some(dir) = way::open(folder)? {
            return Ok(Some((folder, dir)));
        }
    }
    Ok(None)
}

/// A new file belongs to its creator. Why it cannot be given to the owner of the old one.
fn not_ours(uid: u32, gid: u32) -> Option<String> {
    let gives_away = capabilities(None)
        .is_ok_and(|capabilities| capabilities.effective.contains(CapabilitySet::CHOWN));
    let groups = getgroups().unwrap_or_default();
    let in_group = getegid().as_raw() == gid || groups.iter().any(|group| group.as_raw() == gid);
    if gives_away || (geteuid().as_raw() == uid && in_group) {
        return None;
    }
    Some(format!(
        "belongs to user {uid} and group {gid}, and a new file cannot be given to them; run \
         switchback as that user, or as root"
    ))
}
