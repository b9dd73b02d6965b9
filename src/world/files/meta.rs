//! What is beside a file's contents: owner, mode, times, extended attributes.

use super::{
    spot::Spot,
    trouble::{failed, unusable},
};
use crate::{
    model::{
        survey::FileMeta,
        text::{from_hex, to_hex},
    },
    world::FileError,
};
use rustix::fs::{Gid, Mode, Stat, Timespec, Timestamps, Uid};
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::File,
    io,
    path::Path,
};
use xattr::FileExt;

const NANOS: i128 = 1_000_000_000;

/// Measurements of the contents, which the kernel makes anew: an old one would be wrong.
const MEASURED: [&str; 2] = ["security.ima", "security.evm"];

pub fn of(file: &File, stat: &Stat, path: &Path) -> Result<FileMeta, FileError> {
    let attributes = supported(file.list_xattr(), path)?.into_iter().flatten();
    collect(stat, path, attributes, |name| file.get_xattr(name))
}

/// The same for a name that need not be readable.
pub fn at(spot: &Spot, stat: &Stat) -> Result<FileMeta, FileError> {
    let (path, handle) = (&spot.path, spot.handle());
    let listed = xattr::list(&handle);
    if matches!(&listed, Err(error) if error.kind() == io::ErrorKind::NotFound)
        && !Path::new("/proc/self/fd").exists()
    {
        return Err(unusable(
            path,
            "its extended attributes are read by way of /proc, which is not mounted",
            "mount it (`mount -t proc proc /proc`)",
        ));
    }
    let attributes = supported(listed, path)?.into_iter().flatten();
    collect(stat, path, attributes, |name| xattr::get(&handle, name))
}

fn collect(
    stat: &Stat,
    path: &Path,
    names: impl Iterator<Item = OsString>,
    get: impl Fn(&OsStr) -> io::Result<Option<Vec<u8>>>,
) -> Result<FileMeta, FileError> {
    let mut xattrs = BTreeMap::new();
    for name in names.filter(|name| !measured(name)) {
        let Some(shown) = name.to_str() else {
            return Err(unusable(
                path,
                "the name of an extended attribute is not UTF-8",
                "remove or rename the attribute (`getfattr -d`)",
            ));
        };
        let value = get(&name).map_err(failed(path, "read its extended attributes"))?;
        if let Some(value) = value {
            xattrs.insert(shown.to_owned(), to_hex(&value));
        }
    }
    Ok(FileMeta {
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        mtime_ns: i128::from(stat.st_mtime) * NANOS + i128::from(stat.st_mtime_nsec),
        xattrs,
    })
}

/// Gives a new file the owner, mode and attributes of the one it replaces. In this order, because a
/// change of owner clears the set-user-id bits and capabilities.
pub fn apply(file: &File, meta: &FileMeta, path: &Path) -> Result<(), FileError> {
    let stat = rustix::fs::fstat(file).map_err(failed(path, "look at it"))?;
    if (stat.st_uid, stat.st_gid) != (meta.uid, meta.gid) {
        let (uid, gid) = (Uid::from_raw(meta.uid), Gid::from_raw(meta.gid));
        rustix::fs::fchown(file, Some(uid), Some(gid)).map_err(|_| {
            unusable(
                path,
                format!(
                    "cannot be given to user {} and group {}",
                    meta.uid, meta.gid
                ),
                "run switchback as that user or as root",
            )
        })?;
    }
    apply_attributes(file, meta, path)?;
    rustix::fs::fchmod(file, Mode::from_raw_mode(meta.mode)).map_err(failed(path, "set its mode"))
}

/// Sets only what differs: a label the system gave by itself need not (and may not) be written.
fn apply_attributes(file: &File, meta: &FileMeta, path: &Path) -> Result<(), FileError> {
    const DOING: &str = "set its extended attributes";
    let inherited: Vec<OsString> = supported(file.list_xattr(), path)?
        .into_iter()
        .flatten()
        .collect();
    for name in inherited.iter().filter(|name| !measured(name)) {
        if !name.to_str().is_some_and(|n| meta.xattrs.contains_key(n)) {
            file.remove_xattr(name).map_err(failed(path, DOING))?;
        }
    }
    for (name, value) in &meta.xattrs {
        let value = from_hex(value).ok_or_else(|| {
            unusable(
                path,
                format!("the recorded attribute {name} is not hexadecimal"),
                "make a new plan",
            )
        })?;
        if file.get_xattr(name).ok().flatten().as_ref() != Some(&value) {
            file.set_xattr(name, &value).map_err(failed(path, DOING))?;
        }
    }
    Ok(())
}

pub fn apply_mtime(file: &File, meta: &FileMeta, path: &Path) -> Result<(), FileError> {
    let time = Timespec {
        tv_sec: meta.mtime_ns.div_euclid(NANOS) as _,
        tv_nsec: meta.mtime_ns.rem_euclid(NANOS) as _,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    rustix::fs::futimens(file, &times).map_err(failed(path, "set its time"))
}

fn measured(name: &OsStr) -> bool {
    MEASURED.iter().any(|measured| name == *measured)
}

/// `None` on a file system without extended attributes, which is not an error.
fn supported<T>(listed: io::Result<T>, path: &Path) -> Result<Option<T>, FileError> {
    match listed {
        Ok(names) => Ok(Some(names)),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(failed(path, "list its extended attributes")(error)),
    }
}
