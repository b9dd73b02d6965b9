//! Copies of files of any size, read once, in pieces, holes left as holes.
//!
//! A copy is written under a temporary name and renamed when it is whole and on disk: a crash
//! leaves the temporary or the copy, never a part of a copy under the copy's name.

use super::{
    hashing::beside,
    meta,
    read::{TRIES_MAX, read_some, same, stat_of},
    replace::settle,
    spot::Spot,
    trouble::{failed, not_found},
};
use crate::{
    model::{digest::Digest, survey::FileMeta},
    world::FileError,
};
use rustix::{fs::SeekFrom, io::Errno};
use std::{
    fs::File,
    io::{self, Seek, Write},
    path::Path,
    sync::mpsc,
    thread::{self, Builder},
};

/// How much is written before the disk is told to start flushing.
const STRETCH_BYTES: u64 = 64 << 20;

pub fn copy(from: &Path, to: &Path, meta: Option<&FileMeta>) -> Result<(Digest, u64), FileError> {
    let source = Spot::open(from)?;
    let part = Spot::part_of(to)?;
    let target = Spot::open(to)?;
    for _ in 0..TRIES_MAX {
        part.unlink()?;
        let Some(copied) = part.whole_or_gone(fill(&source, &part, to, meta))? else {
            continue;
        };
        part.rename(&target, "give the copy its name")?;
        return Ok(copied);
    }
    part.unlink()?;
    Err(FileError::Drift {
        path: from.to_owned(),
    })
}

/// `None`: the source changed while it was read.
fn fill(
    source: &Spot,
    part: &Spot,
    to: &Path,
    meta: Option<&FileMeta>,
) -> Result<Option<(Digest, u64)>, FileError> {
    let from = &source.path;
    let Some(read) = source.open_regular()? else {
        return Err(not_found(from, "find it"));
    };
    let before = stat_of(&read, from)?;
    let written = part.create()?;
    let digest = flushing(&written, to, |flush| pump(&read, &written, from, to, flush))?;
    if !same(&before, &stat_of(&read, from)?) {
        return Ok(None);
    }
    if let Some(meta) = meta {
        meta::apply(&written, meta, to)?;
        // Unlike an edited file, which is new, a restored one gets its former time back as well.
        meta::apply_mtime(&written, meta, to)?;
        settle(part, written, &digest)?;
    } else {
        // No read-back here: that happens when the whole backup is verified.
        written.sync_all().map_err(failed(to, "sync the copy"))?;
    }
    Ok(Some((digest, before.st_size.unsigned_abs())))
}

/// Lets the disk work while copying continues: `write` calls back after every stretch, so that
/// little is left for the final sync.
fn flushing<T>(
    file: &File,
    path: &Path,
    write: impl FnOnce(&dyn Fn()) -> Result<T, FileError>,
) -> Result<T, FileError> {
    thread::scope(|scope| {
        let (more, stretches) = mpsc::sync_channel(1);
        // The system reports a failed write only once, so an error seen here must not be lost.
        let flush = move || stretches.iter().try_for_each(|()| file.sync_data());
        let Ok(flusher) = Builder::new().spawn_scoped(scope, flush) else {
            // The final sync then has more to do.
            return write(&|| {});
        };
        let written = write(&|| {
            // If one is waiting already, or the flusher gave up, that is fine.
            let _ = more.try_send(());
        });
        drop(more);
        let flushed = flusher.join().expect("the flusher does not panic");
        flushed.map_err(failed(path, "sync the copy"))?;
        written
    })
}

/// Copies the data between holes; holes are hashed as the zeros that they read as.
fn pump(
    read: &File,
    mut write: &File,
    from: &Path,
    to: &Path,
    flush: &dyn Fn(),
) -> Result<Digest, FileError> {
    let size = stat_of(read, from)?.st_size.unsigned_abs();
    beside(|lane| {
        let mut at = 0;
        while at < size {
            let (data, end) = next_data(read, at, size).map_err(failed(from, "find its holes"))?;
            lane.zeros(data - at);
            for mut file in [read, write] {
                file.seek(io::SeekFrom::Start(data))
                    .map_err(failed(from, "go to its data"))?;
            }
            at = data;
            while at < end {
                let mut piece = lane.room();
                let wanted = usize::try_from(end - at).unwrap_or(usize::MAX);
                piece.truncate(wanted);
                let count = read_some(read, &mut piece, from)?;
                if count == 0 {
                    // Shorter than it was: the caller sees the change and tries again.
                    return Ok(());
                }
                piece.truncate(count);
                write
                    .write_all(&piece)
                    .map_err(failed(to, "write the copy"))?;
                lane.bytes(piece);
                let before = at;
                at += count as u64;
                if at / STRETCH_BYTES > before / STRETCH_BYTES {
                    flush();
                }
            }
        }
        // Setting the length creates a hole at the end.
        write.set_len(size).map_err(failed(to, "write the copy"))
    })
}

/// The next stretch of data: where it begins and ends. A file system that does not know holes
/// calls everything data.
fn next_data(file: &File, at: u64, size: u64) -> Result<(u64, u64), Errno> {
    match rustix::fs::seek(file, SeekFrom::Data(at)) {
        Ok(data) => {
            let hole = rustix::fs::seek(file, SeekFrom::Hole(data)).unwrap_or(size);
            Ok((data.min(size), hole.min(size)))
        }
        // Nothing but a hole up to the end.
        Err(Errno::NXIO) => Ok((size, size)),
        Err(Errno::INVAL | Errno::NOTSUP) => Ok((at, size)),
        Err(error) => Err(error),
    }
}
