//! A name inside an opened folder, and what stands there.

use super::{
    super::FileError,
    trouble::{failed, not_found, unusable},
    way,
};
use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat, Statx, StatxAttributes, StatxFlags},
    io::Errno,
};
use std::{
    ffi::{OsStr, OsString},
    fs::File,
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

/// The folder was reached without following a link and is held open: renaming or relinking its
/// parents does not redirect later calls.
pub struct Spot {
    pub dir: OwnedFd,
    pub name: OsString,
    pub path: PathBuf,
}

impl Spot {
    /// The spot for a path; `None` if its folder does not exist.
    pub fn find(path: &Path) -> Result<Option<Self>, FileError> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(unusable(path, "not a file's path", "name a file"));
        };
        Ok(way::open(parent)?.map(|dir| Self {
            dir,
            name: name.to_owned(),
            path: path.to_owned(),
        }))
    }

    /// Another name in the same folder, which is not looked up again.
    pub fn beside(&self, path: &Path) -> Result<Self, FileError> {
        let dir = self.dir.try_clone();
        Ok(Self {
            dir: dir.map_err(failed(path, "open its folder"))?,
            name: path.file_name().unwrap_or_default().to_owned(),
            path: path.to_owned(),
        })
    }

    /// The spot for a path that is to be written; its folder must exist.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::find(path)?.ok_or_else(|| not_found(path, "find the folder it belongs into"))
    }

    /// Where a copy or an archive is written before it has its name.
    pub fn part_of(path: &Path) -> Result<Self, FileError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::open(&path.with_file_name(format!("{name}.part")))
    }

    /// Gives what stands here the name of another spot, durably.
    pub fn rename(&self, to: &Self, doing: &'static str) -> Result<(), FileError> {
        rustix::fs::renameat(&self.dir, &self.name, &to.dir, &to.name)
            .map_err(failed(&to.path, doing))?;
        to.sync_dir()
    }

    /// What the name itself is, not what it leads to; `None` if nothing is there.
    pub fn stat(&self) -> Result<Option<Stat>, FileError> {
        match rustix::fs::statat(&self.dir, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed(&self.path, "look at it")(error)),
        }
    }

    /// Opens a regular file for reading; `None` if nothing is there. Checks the type first, because
    /// opening a device can have effects and opening a FIFO can block for ever.
    pub fn open_regular(&self) -> Result<Option<File>, FileError> {
        let Some(stat) = self.stat()? else {
            return Ok(None);
        };
        self.must_be_regular(&stat)?;
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.dir, &self.name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(failed(&self.path, "open it")(error)),
        };
        let stat = rustix::fs::fstat(&file).map_err(failed(&self.path, "look at it"))?;
        self.must_be_regular(&stat)?;
        Ok(Some(File::from(file)))
    }

    /// Creates a file that must not be there yet, for this user only.
    pub fn create(&self) -> Result<File, FileError> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&self.dir, &self.name, flags, Mode::RUSR | Mode::WUSR)
            .map(File::from)
            .map_err(failed(&self.path, "create it"))
    }

    /// Makes names in the folder durable: what was created, renamed or removed.
    pub fn sync_dir(&self) -> Result<(), FileError> {
        rustix::fs::fsync(&self.dir).map_err(failed(&self.path, "sync its folder"))
    }

    pub fn unlink(&self) -> Result<(), FileError> {
        match rustix::fs::unlinkat(&self.dir, &self.name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failed(&self.path, "remove it")(error)),
        }
    }

    /// Removes the file of this name if creating it failed: half a file is useless, and on a full
    /// disk it is in the way.
    pub fn whole_or_gone<T>(&self, made: Result<T, FileError>) -> Result<T, FileError> {
        if made.is_err() {
            // The original error is reported; a leftover is noticed by whoever uses the name next.
            let _left_over = self.unlink();
        }
        made
    }

    pub fn link_target(&self) -> Result<PathBuf, FileError> {
        let target = rustix::fs::readlinkat(&self.dir, &self.name, Vec::new())
            .map_err(failed(&self.path, "read the link"))?;
        Ok(PathBuf::from(OsStr::new(&*target.to_string_lossy())))
    }

    /// Why a regular file cannot be replaced by a rename, if it cannot.
    pub fn held(&self) -> Option<&'static str> {
        let seen = self.statx().ok()?;
        let has = |attribute| {
            seen.stx_attributes_mask.contains(attribute) && seen.stx_attributes.contains(attribute)
        };
        if has(StatxAttributes::MOUNT_ROOT) {
            Some("a file mounted by itself (bind mount)")
        } else if has(StatxAttributes::IMMUTABLE) {
            Some("an immutable file (chattr +i)")
        } else if has(StatxAttributes::APPEND) {
            Some("an append-only file (chattr +a)")
        } else {
            None
        }
    }

    /// How many names the file has.
    pub fn links(&self) -> Result<u64, FileError> {
        let seen = self.statx().map_err(failed(&self.path, "look at it"))?;
        Ok(u64::from(seen.stx_nlink))
    }

    fn statx(&self) -> Result<Statx, Errno> {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        rustix::fs::statx(&self.dir, &self.name, flags, StatxFlags::BASIC_STATS)
    }

    /// A path that leads into the opened folder, for calls that know nothing but paths.
    pub fn handle(&self) -> PathBuf {
        let dir = self.dir.as_raw_fd().to_string();
        Path::new("/proc/self/fd").join(dir).join(&self.name)
    }

    pub fn must_be_regular(&self, stat: &Stat) -> Result<(), FileError> {
        let (why, cure) = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => return Ok(()),
            FileType::Symlink => (
                format!("a symbolic link to {}", self.link_target()?.display()),
                "put the file itself in the link's place, or upgrade the folder it leads to",
            ),
            FileType::Directory => ("a folder".to_owned(), "name a file in it"),
            other => (
                kind_name(other).to_owned(),
                "put a regular file in its place",
            ),
        };
        Err(unusable(&self.path, why, cure))
    }
}

pub fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a folder",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something unknown",
    }
}
