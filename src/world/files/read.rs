//! Reading: what stands at a path, its contents, its digest.

use super::{
    hashing::{PIECE_BYTES, beside},
    meta,
    spot::{Spot, kind_name},
    trouble::failed,
};
use crate::{
    model::digest::Digest,
    world::{Content, FileError, Standing},
};
use rustix::fs::{Advice, FileType, Stat};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

/// How often a file that changes while it is read is read again.
pub const TRIES_MAX: u32 = 3;

pub fn look(path: &Path) -> Result<Standing, FileError> {
    let Some(spot) = find_any(path)? else {
        return Ok(match std::fs::symlink_metadata(path) {
            Ok(seen) if seen.is_dir() => Standing::Dir,
            _ => Standing::Nothing,
        });
    };
    let Some(stat) = spot.stat()? else {
        return Ok(Standing::Nothing);
    };
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Standing::Dir,
        FileType::Symlink => Standing::Symlink {
            to: spot.link_target()?,
        },
        FileType::RegularFile => match spot.held() {
            Some(what) => Standing::Other { what },
            None => Standing::File {
                bytes: stat.st_size.unsigned_abs(),
                meta: meta::at(&spot, &stat)?,
                links: spot.links()?,
            },
        },
        other => Standing::Other {
            what: kind_name(other),
        },
    })
}

/// Like `Spot::find`, but also for `/`, which has no name of its own and is examined by its path.
fn find_any(path: &Path) -> Result<Option<Spot>, FileError> {
    if path.file_name().is_none() {
        return Ok(None);
    }
    Spot::find(path)
}

pub fn read(path: &Path, bytes_max: u64) -> Result<Option<Content>, FileError> {
    let Some(spot) = Spot::find(path)? else {
        return Ok(None);
    };
    for _ in 0..TRIES_MAX {
        let Some(mut file) = spot.open_regular()? else {
            return Ok(None);
        };
        let before = stat_of(&file, path)?;
        let too_large = || FileError::TooLarge {
            path: path.to_owned(),
            bytes_max,
        };
        // Before a byte is read: a sparse file of a gigabyte costs nothing to make.
        if before.st_size.unsigned_abs() > bytes_max {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(before.st_size.unsigned_abs() as usize);
        (&mut file)
            .take(bytes_max.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(failed(path, "read it"))?;
        if bytes.len() as u64 > bytes_max {
            return Err(too_large());
        }
        if same(&before, &stat_of(&file, path)?) {
            return Ok(Some(Content {
                digest: Digest::of(&bytes),
                bytes,
                meta: meta::of(&file, &before, path)?,
            }));
        }
    }
    Err(FileError::Drift {
        path: path.to_owned(),
    })
}

pub fn read_end(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, FileError> {
    let Some(spot) = Spot::find(path)? else {
        return Ok(None);
    };
    let Some(mut file) = spot.open_regular()? else {
        return Ok(None);
    };
    let length = stat_of(&file, path)?.st_size.unsigned_abs();
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(bytes_max)))
        .and_then(|_| file.take(bytes_max).read_to_end(&mut bytes))
        .map_err(failed(path, "read it"))?;
    Ok(Some(bytes))
}

pub fn digest(path: &Path) -> Result<Option<Digest>, FileError> {
    match Spot::find(path)? {
        Some(spot) => digest_at(&spot),
        None => Ok(None),
    }
}

pub fn digest_at(spot: &Spot) -> Result<Option<Digest>, FileError> {
    match spot.open_regular()? {
        Some(mut file) => digest_from_disk(&mut file, &spot.path).map(Some),
        None => Ok(None),
    }
}

/// Asks the system to forget its cached pages first, so that what is hashed is what the disk holds.
pub fn digest_from_disk(file: &mut File, path: &Path) -> Result<Digest, FileError> {
    // Only advice: where the system ignores it, the cached pages have to do.
    let _ = rustix::fs::fadvise(&*file, 0, None, Advice::DontNeed);
    let _ = rustix::fs::fadvise(&*file, 0, None, Advice::Sequential);
    let bytes = stat_of(file, path)?.st_size.unsigned_abs();
    if bytes < PIECE_BYTES as u64 {
        // Too small to be worth a thread, or more memory than its own size.
        return digest_of(file, path, &mut vec![0; bytes as usize + 1]);
    }
    beside(|lane| {
        loop {
            let mut piece = lane.room();
            match read_some(file, &mut piece, path)? {
                0 => return Ok(()),
                count => piece.truncate(count),
            }
            lane.bytes(piece);
        }
    })
}

/// Reads from the file's current position, one `piece` at a time; callers can reuse the buffer.
pub fn digest_of(file: &mut File, path: &Path, piece: &mut [u8]) -> Result<Digest, FileError> {
    let mut hasher = blake3::Hasher::new();
    loop {
        match read_some(file, piece, path)? {
            0 => return Ok(Digest::from_hash(hasher.finalize())),
            count => hasher.update(&piece[..count]),
        };
    }
}

/// The next bytes; none at the end.
pub fn read_some(mut file: &File, piece: &mut [u8], path: &Path) -> Result<usize, FileError> {
    loop {
        match file.read(piece) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            done => return done.map_err(failed(path, "read it")),
        }
    }
}

pub fn stat_of(file: &File, path: &Path) -> Result<Stat, FileError> {
    rustix::fs::fstat(file).map_err(failed(path, "look at it"))
}

/// Whether the file was unchanged in between, judging by size and times.
pub fn same(one: &Stat, other: &Stat) -> bool {
    let key = |stat: &Stat| {
        (
            stat.st_size,
            stat.st_mtime,
            stat.st_mtime_nsec,
            stat.st_ctime,
            stat.st_ctime_nsec,
        )
    };
    key(one) == key(other)
}
