//! Files held against the digests that they should have.

use super::{
    archive::{Here, spot},
    hashing::PIECE_BYTES,
    lanes::in_order,
    read::{digest, digest_of},
};
use crate::{
    model::{digest::Digest, path::RelPath},
    side_by_side,
    world::{FileError, Unlike},
};
use std::path::{Path, PathBuf};

pub fn first_unlike(
    copies: &[(PathBuf, &Digest)],
    root: &Path,
    originals: &[(&RelPath, &Digest)],
) -> Result<Option<Unlike>, FileError> {
    let (original, copy) =
        side_by_side::both(|| first_original(root, originals), || first_copy(copies));
    let copy = copy?.map(Unlike::Copy);
    Ok(copy.or(original?.map(Unlike::Original)))
}

fn first_copy(copies: &[(PathBuf, &Digest)]) -> Result<Option<usize>, FileError> {
    for (n, (path, wanted)) in copies.iter().enumerate() {
        if digest(path)?.as_ref() != Some(*wanted) {
            return Ok(Some(n));
        }
    }
    Ok(None)
}

/// Read through the cache: these are the product's own files, which it keeps using.
fn first_original(
    root: &Path,
    originals: &[(&RelPath, &Digest)],
) -> Result<Option<usize>, FileError> {
    let mut changed = None;
    in_order(
        originals,
        |(here, piece): &mut (Here, Vec<u8>), (name, wanted)| {
            let path = name.under(root);
            let Some(spot) = spot(here, &path)? else {
                return Ok(false);
            };
            match spot.open_regular()? {
                Some(mut file) => {
                    piece.resize(PIECE_BYTES, 0);
                    Ok(digest_of(&mut file, &path, piece)? == **wanted)
                }
                None => Ok(false),
            }
        },
        |n, as_it_was| {
            if !as_it_was && changed.is_none() {
                changed = Some(n);
            }
            Ok(())
        },
    )?;
    Ok(changed)
}
