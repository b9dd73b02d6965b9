//! What a person can do about a file that cannot be used, and about a system call that failed.

use crate::world::FileError;
use rustix::io::Errno;
use std::{io, path::Path};

pub fn unusable(path: &Path, why: impl Into<String>, cure: &'static str) -> FileError {
    FileError::Unusable {
        path: path.to_owned(),
        why: why.into(),
        cure,
    }
}

/// A problem of the disk rather than of what was asked for.
pub const NO_ROOM: &str = "no room is left on its file system";
/// The same of what this process may do there.
pub const TOO_LARGE: &str = "no file may grow so large here";

/// What should be there is not.
pub fn not_found(path: &Path, doing: &'static str) -> FileError {
    failed(path, doing)(io::Error::from(io::ErrorKind::NotFound))
}

/// Turns a failed system call into what a person can act on.
pub fn failed<E: Into<io::Error>>(path: &Path, doing: &'static str) -> impl FnOnce(E) -> FileError {
    let path = path.to_owned();
    move |error| {
        let source = error.into();
        let (why, cure) = match source.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::ACCESS) => (
                "this user has no permission",
                "run switchback as the user who owns it",
            ),
            Some(Errno::NOSPC | Errno::DQUOT) => (NO_ROOM, "make room there (`df` shows how much)"),
            Some(Errno::FBIG) => (
                TOO_LARGE,
                "raise the limit for files (`ulimit -f` shows it) or that of the file system",
            ),
            Some(Errno::PERM) => (
                "the system does not permit it",
                "run switchback as its owner or root; `lsattr` shows a file that is kept from change",
            ),
            Some(Errno::LOOP) => (
                "a symbolic link",
                "put the file itself in the link's place, or upgrade the folder it leads to",
            ),
            Some(Errno::ROFS) => ("on a read-only file system", "mount it for writing"),
            Some(Errno::BUSY) => (
                "a file mounted by itself (bind mount)",
                "upgrade it where it is mounted from",
            ),
            _ => {
                return FileError::Io {
                    path,
                    doing,
                    source,
                };
            }
        };
        FileError::Unusable {
            path,
            why: format!("could not {doing}: {why}"),
            cure,
        }
    }
}
