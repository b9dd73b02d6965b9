//! Packs many small files into one archive, and unpacks them. A single file costs several syncs;
//! ten thousand in one archive cost one. Two threads read, because looking files up takes longer
//! than reading them.

use super::{
    lanes::in_order,
    meta,
    read::{TRIES_MAX, same, stat_of},
    spot::Spot,
    trouble::{failed, not_found},
};
use crate::{
    model::{digest::Digest, path::RelPath, survey::FileMeta},
    world::{Archived, FileError, Inside, Member, tar},
};
use rustix::fs::Mode;
use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::FileExt,
    path::Path,
};

/// Larger files are copied by themselves: that costs no more for them, and their holes stay holes.
pub const FILE_BYTES_MAX: u64 = 256 << 10;
const WRITE_BYTES: usize = 1 << 20;

/// The folder that the last file was in.
pub type Here = Option<Spot>;

pub fn spot(here: &mut Here, path: &Path) -> Result<Option<Spot>, FileError> {
    let known = here
        .as_ref()
        .filter(|last| last.path.parent() == path.parent());
    let found = match known {
        Some(last) => Some(last.beside(path)?),
        None => Spot::find(path)?,
    };
    if known.is_none() {
        *here = match &found {
            Some(found) => Some(found.beside(path)?),
            None => None,
        };
    }
    Ok(found)
}

enum Seen {
    Absent,
    Large,
    Whole {
        bytes: Vec<u8>,
        digest: Digest,
        meta: FileMeta,
    },
}

fn read(here: &mut Here, path: &Path) -> Result<Seen, FileError> {
    let Some(spot) = spot(here, path)? else {
        return Ok(Seen::Absent);
    };
    for _ in 0..TRIES_MAX {
        let Some(mut file) = spot.open_regular()? else {
            return Ok(Seen::Absent);
        };
        let before = stat_of(&file, path)?;
        let size = before.st_size.unsigned_abs();
        if size > FILE_BYTES_MAX {
            return Ok(Seen::Large);
        }
        // One byte more than expected, to notice a file that grows.
        let mut bytes = Vec::with_capacity(size as usize + 1);
        (&mut file)
            .take(size + 1)
            .read_to_end(&mut bytes)
            .map_err(failed(path, "read it"))?;
        if bytes.len() as u64 == size && same(&before, &stat_of(&file, path)?) {
            return Ok(Seen::Whole {
                digest: Digest::of(&bytes),
                bytes,
                meta: meta::of(&file, &before, path)?,
            });
        }
    }
    Err(FileError::Drift {
        path: path.to_owned(),
    })
}

pub fn archive(root: &Path, names: &[RelPath], to: &Path) -> Result<Archived, FileError> {
    let part = Spot::part_of(to)?;
    part.unlink()?;
    let archived = part.whole_or_gone(fill(&part, root, names, to))?;
    part.rename(&Spot::open(to)?, "give the archive its name")?;
    Ok(archived)
}

/// Writes the archive and syncs it, under a temporary name.
fn fill(part: &Spot, root: &Path, names: &[RelPath], to: &Path) -> Result<Archived, FileError> {
    let mut out = Out {
        file: part.create()?,
        pending: Vec::with_capacity(2 * WRITE_BYTES),
        hasher: blake3::Hasher::new(),
        at: 0,
    };
    let mut inside = Vec::with_capacity(names.len());
    let written = failed_write(to);
    in_order(
        names,
        |here, name| read(here, &name.under(root)),
        |n, seen| {
            inside.push(match seen {
                Seen::Absent => Inside::Absent,
                Seen::Large => Inside::Large,
                Seen::Whole {
                    bytes,
                    digest,
                    meta,
                } => {
                    let size = bytes.len() as u64;
                    out.put(&tar::header(names[n].as_str(), size, &meta))
                        .map_err(&written)?;
                    let at = out.at;
                    out.put(&bytes).map_err(&written)?;
                    out.pad(tar::padding(size)).map_err(&written)?;
                    Inside::Member {
                        at,
                        bytes: size,
                        digest,
                        meta,
                    }
                }
            });
            Ok(())
        },
    )?;
    out.put(&tar::END).map_err(&written)?;
    let (digest, bytes) = out.end().map_err(&written)?;
    Ok(Archived {
        digest,
        bytes,
        inside,
    })
}

fn failed_write(to: &Path) -> impl Fn(io::Error) -> FileError {
    move |error| failed(to, "write the archive")(error)
}

/// An archive being written, in large pieces.
struct Out {
    file: File,
    pending: Vec<u8>,
    hasher: blake3::Hasher,
    at: u64,
}

impl Out {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        self.at += bytes.len() as u64;
        if self.pending.len() >= WRITE_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn pad(&mut self, count: usize) -> io::Result<()> {
        self.put(&[0; tar::BLOCK][..count])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hasher.update(&self.pending);
        self.file.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Synced through the handle that wrote it: another one may miss its error.
    fn end(mut self) -> io::Result<(Digest, u64)> {
        self.flush()?;
        self.file.sync_all()?;
        Ok((Digest::from_hash(self.hasher.finalize()), self.at))
    }
}

pub fn unpack(
    archive: &Path,
    members: &[Member<'_>],
    to: &Path,
) -> Result<Option<usize>, FileError> {
    let Some(from) = Spot::open(archive)?.open_regular()? else {
        return Err(not_found(archive, "find it"));
    };
    let mut folder = None;
    for member in members {
        let parent = member.name.under(to).parent().map(Path::to_owned);
        if parent != folder {
            if let Some(parent) = &parent {
                super::folder::make_dir(parent)?;
            }
            folder = parent;
        }
    }
    let mut damaged = None;
    in_order(
        members,
        |here: &mut Here, member| lay_out(here, &from, archive, member, to),
        |n, whole| {
            if !whole && damaged.is_none() {
                damaged = Some(n);
            }
            Ok(())
        },
    )?;
    // One sync for all of them, files and folders.
    let folder = File::open(to).map_err(failed(to, "open the folder"))?;
    rustix::fs::syncfs(&folder).map_err(failed(to, "sync what was written"))?;
    Ok(damaged)
}

fn lay_out(
    here: &mut Here,
    from: &File,
    archive: &Path,
    member: &Member<'_>,
    to: &Path,
) -> Result<bool, FileError> {
    let path = member.name.under(to);
    let mut bytes = vec![0; member.bytes as usize];
    from.read_exact_at(&mut bytes, member.at)
        .map_err(failed(archive, "read it"))?;
    if Digest::of(&bytes) != *member.digest {
        return Ok(false);
    }
    let Some(spot) = spot(here, &path)? else {
        return Err(not_found(&path, "find its folder"));
    };
    let mut file = spot.create()?;
    file.write_all(&bytes).map_err(failed(&path, "write it"))?;
    // Only root may give a file away, and here the owner need not be restored.
    let mode = Mode::from_raw_mode(member.meta.mode & 0o777);
    rustix::fs::fchmod(&file, mode).map_err(failed(&path, "set its mode"))?;
    meta::apply_mtime(&file, member.meta, &path)?;
    Ok(true)
}
