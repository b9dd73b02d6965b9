//! The way to a folder. No symbolic link on it is followed, neither above the product's folder nor
//! below it, so a path means one place, also while somebody else moves links about.
//!
//! `openat2` does this in one call. Where the kernel lacks it or a filter forbids it, and to find
//! out what is in the way, the folders are opened one by one.

use super::trouble::{failed, unusable};
use crate::world::FileError;
use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags},
    io::Errno,
};
use std::{
    ffi::OsStr,
    os::fd::OwnedFd,
    path::{Component, Path},
};

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// `None` if it is not there.
pub fn open(folder: &Path) -> Result<Option<OwnedFd>, FileError> {
    match at_once(folder) {
        Ok(dir) => Ok(Some(dir)),
        Err(Errno::NOENT) => Ok(None),
        Err(_) => step_by_step(folder),
    }
}

fn at_once(folder: &Path) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    if parts(folder).is_none() {
        return Err(Errno::INVAL);
    }
    rustix::fs::openat2(CWD, folder, FOLDER, Mode::empty(), resolve)
}

fn step_by_step(folder: &Path) -> Result<Option<OwnedFd>, FileError> {
    const DOING: &str = "open the folder";
    let Some(parts) = parts(folder) else {
        let why = "not an absolute path without `..`";
        return Err(unusable(folder, why, "give the path itself"));
    };
    let mut here = Path::new("/").to_owned();
    let mut dir = rustix::fs::open(&here, FOLDER, Mode::empty()).map_err(failed(&here, DOING))?;
    for (n, part) in parts.iter().enumerate() {
        here.push(part);
        // A folder on the way need not be readable.
        let flags = if n + 1 < parts.len() {
            FOLDER.union(OFlags::PATH)
        } else {
            FOLDER
        };
        dir = match rustix::fs::openat(&dir, *part, flags, Mode::empty()) {
            Ok(next) => next,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => {
                let Ok(to) = rustix::fs::readlinkat(&dir, *part, Vec::new()) else {
                    return no_link(&dir, part, &here);
                };
                let (here, to) = (here.display(), to.to_string_lossy());
                return Err(unusable(
                    folder,
                    format!("{here} is a symbolic link to {to}"),
                    "put the folder itself in the link's place, or name the one that it leads to",
                ));
            }
            Err(error) => return Err(failed(&here, DOING)(error)),
        };
    }
    Ok(Some(dir))
}

/// Handles a component that is not a link: a file, below which nothing can be, or a folder by now,
/// which was something else a moment ago.
fn no_link(dir: &OwnedFd, part: &OsStr, here: &Path) -> Result<Option<OwnedFd>, FileError> {
    let seen = rustix::fs::statat(dir, part, AtFlags::SYMLINK_NOFOLLOW);
    match seen.map(|stat| FileType::from_raw_mode(stat.st_mode)) {
        Ok(FileType::Directory | FileType::Symlink) | Err(_) => Err(FileError::Drift {
            path: here.to_owned(),
        }),
        Ok(_) => Ok(None),
    }
}

/// The names from `/` on; `None` if the path is relative or contains `..`.
fn parts(folder: &Path) -> Option<Vec<&OsStr>> {
    let mut components = folder.components();
    if components.next() != Some(Component::RootDir) {
        return None;
    }
    let named = |component| match component {
        Component::Normal(name) => Some(name),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            None
        }
    };
    components.map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs,
        os::unix::fs::{MetadataExt, symlink},
        path::PathBuf,
    };

    type Way = fn(&Path) -> Result<Option<OwnedFd>, FileError>;

    /// Both ways, which must not differ.
    const WAYS: [Way; 2] = [open, step_by_step];

    const LOOKS_MIN: u32 = 1_000;
    /// The limit for waiting until the race has had both outcomes.
    const LOOKS_MAX: u32 = 100_000;

    struct Folders {
        _base: tempfile::TempDir,
        inside: PathBuf,
        root: PathBuf,
        outside: PathBuf,
    }

    /// `root/a/b` and `outside/b`.
    fn folders() -> Folders {
        let base = tempfile::tempdir().expect("a folder");
        let real = base.path().canonicalize().expect("a real path");
        let (inside, outside) = (real.join("root/a"), real.join("outside"));
        for folder in [&inside, &outside] {
            fs::create_dir_all(folder.join("b")).expect("folders");
        }
        Folders {
            _base: base,
            root: real.join("root"),
            inside,
            outside,
        }
    }

    fn inode(dir: &OwnedFd) -> u64 {
        rustix::fs::fstat(dir).expect("a folder").st_ino
    }

    #[test]
    fn a_folder_is_found_and_what_is_not_there_is_not() {
        let folders = folders();
        fs::write(folders.root.join("file"), "").expect("written");
        for way in WAYS {
            let there = folders.inside.join("b");
            let found = way(&there).expect("no link").expect("there");
            assert_eq!(inode(&found), fs::metadata(&there).expect("there").ino());
            assert!(way(Path::new("/")).expect("no link").is_some());
            for absent in ["none", "none/deeper", "file", "file/deeper"] {
                let end = way(&folders.root.join(absent));
                assert!(matches!(end, Ok(None)), "{absent}: {end:?}");
            }
        }
    }

    #[test]
    fn no_link_is_followed_wherever_it_stands_and_the_text_names_it() {
        let folders = folders();
        let base = folders.root.parent().expect("a folder above");
        for (link, to, through) in [
            ("root/out", "../outside", "root/out/b"),
            ("root/abs", "/", "root/abs/etc"),
            ("root/in", "a", "root/in/b"),
            ("root/last", "a/b", "root/last"),
            ("above", "root", "above/a/b"),
        ] {
            symlink(to, base.join(link)).expect("linked");
            for way in WAYS {
                let error = way(&base.join(through)).expect_err(link).to_string();
                let named = format!("{} is a symbolic link to {to};", base.join(link).display());
                assert!(error.contains(&named), "{error}");
            }
        }
        for way in WAYS {
            for unclear in [folders.inside.join("../a"), PathBuf::from("a/b")] {
                let error = way(&unclear).expect_err("not plain").to_string();
                assert!(error.contains("not an absolute path"), "{error}");
            }
        }
    }

    /// Every state that a racing writer can leave between two calls, and the race itself: a folder
    /// inside and a link that leads out change places all the while.
    #[test]
    fn a_link_swapped_in_meanwhile_never_leads_out() {
        use rustix::fs::{RenameFlags, renameat_with};
        use std::sync::atomic::{AtomicBool, Ordering};

        let folders = folders();
        let link = folders.root.join("link");
        symlink(&folders.outside, &link).expect("linked");
        let out = fs::metadata(folders.outside.join("b"))
            .expect("there")
            .ino();
        let swap = || renameat_with(CWD, &folders.inside, CWD, &link, RenameFlags::EXCHANGE);
        if swap().is_err() {
            // The file system of temporary files cannot exchange: there is nothing to race with.
            return;
        }
        swap().expect("it could before");
        let over = AtomicBool::new(false);
        let (mut inside, mut refused, mut out_or_gone) = (0_u32, 0_u32, 0_u32);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    swap().expect("it could before");
                }
            });
            for n in 0..LOOKS_MAX {
                if n > LOOKS_MIN && inside > 0 && refused > 0 {
                    break;
                }
                for way in WAYS {
                    match way(&folders.inside.join("b")) {
                        Ok(Some(dir)) if inode(&dir) != out => inside += 1,
                        Ok(_) => out_or_gone += 1,
                        Err(_) => refused += 1,
                    }
                }
            }
            over.store(true, Ordering::Relaxed);
        });
        assert_eq!(
            out_or_gone, 0,
            "beside {inside} that went in, {refused} refused"
        );
        assert!(inside > 0 && refused > 0, "{inside} went in, {refused} not");
    }
}
