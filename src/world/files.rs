//! The real file system.
//!
//! Every call works on one name inside an opened folder ([`spot::Spot`]), so that nothing that
//! happens meanwhile to the path above it can redirect the call. No symbolic link is followed,
//! neither on the way ([`way`]) nor at its end: a link, a second hard link, a device or a mounted
//! file is [`FileError::Unusable`] with its cure. So this code need not know which folder is the
//! product's: a path below it stays below it.

mod archive;
mod barred;
mod compare;
mod copy;
mod folder;
mod guarded;
mod hashing;
mod lanes;
mod lock;
mod meta;
mod read;
mod replace;
mod search;
mod spot;
mod trouble;
mod way;

use super::{
    Archived, Content, FileError, Files, Found, Hit, Lock, Member, Search, Standing, Unlike,
};
use crate::model::{digest::Digest, glob::Glob, path::RelPath, survey::FileMeta};
use std::path::{Path, PathBuf};

pub(super) use folder::matters;
pub use lock::adopt_lock;
pub(super) use replace::not_as_left;
pub(super) use trouble::{NO_ROOM, TOO_LARGE, failed, not_found, unusable};

#[derive(Clone, Copy, Debug, Default)]
pub struct RealFiles;

impl Files for RealFiles {
    fn look(&self, path: &Path) -> Result<Standing, FileError> {
        read::look(path)
    }

    fn read(&self, path: &Path, bytes_max: u64) -> Result<Option<Content>, FileError> {
        read::read(path, bytes_max)
    }

    fn read_end(&self, path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, FileError> {
        read::read_end(path, bytes_max)
    }

    fn digest(&self, path: &Path) -> Result<Option<Digest>, FileError> {
        read::digest(path)
    }

    fn stage(
        &self,
        path: &Path,
        bytes: &[u8],
        meta: Option<&FileMeta>,
    ) -> Result<Digest, FileError> {
        replace::stage(path, bytes, meta)
    }

    fn swap_in(&self, staged: &Path, target: &Path, old: Option<&Digest>) -> Result<(), FileError> {
        replace::swap_in(staged, target, old)
    }

    fn remove(&self, path: &Path, old: &Digest) -> Result<(), FileError> {
        replace::remove(path, old)
    }

    fn discard(&self, path: &Path) -> Result<(), FileError> {
        replace::discard(path)
    }

    fn keep(&self, path: &Path) -> Result<(Digest, u64), FileError> {
        replace::keep(path)
    }

    fn copy(
        &self,
        from: &Path,
        to: &Path,
        meta: Option<&FileMeta>,
    ) -> Result<(Digest, u64), FileError> {
        copy::copy(from, to, meta)
    }

    fn archive(&self, root: &Path, names: &[RelPath], to: &Path) -> Result<Archived, FileError> {
        archive::archive(root, names, to)
    }

    fn first_unlike(
        &self,
        copies: &[(PathBuf, &Digest)],
        root: &Path,
        originals: &[(&RelPath, &Digest)],
    ) -> Result<Option<Unlike>, FileError> {
        compare::first_unlike(copies, root, originals)
    }

    fn unpack(
        &self,
        archive: &Path,
        members: &[Member<'_>],
        to: &Path,
    ) -> Result<Option<usize>, FileError> {
        archive::unpack(archive, members, to)
    }

    fn new_file_meta(&self, path: &Path) -> Result<FileMeta, FileError> {
        folder::new_file_meta(path)
    }

    fn make_product_dir(&self, path: &Path) -> Result<(), FileError> {
        folder::make_product_dir(path)
    }

    fn barred(&self, path: &Path) -> Result<Option<String>, FileError> {
        barred::barred(path)
    }

    fn others_may_write(&self, path: &Path) -> Result<Option<String>, FileError> {
        guarded::others_may_write(path)
    }

    fn make_private_dir(&self, path: &Path) -> Result<(), FileError> {
        folder::make_private_dir(path)
    }

    fn make_dir(&self, path: &Path) -> Result<(), FileError> {
        folder::make_dir(path)
    }

    fn move_dir(&self, from: &Path, to: &Path) -> Result<(), FileError> {
        folder::move_dir(from, to)
    }

    fn remove_dir(&self, path: &Path) -> Result<(), FileError> {
        folder::remove_dir(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>, FileError> {
        folder::list(path)
    }

    fn find(&self, root: &Path, globs: &[Glob]) -> Result<Found, FileError> {
        folder::find(root, globs)
    }

    fn canonical(&self, path: &Path) -> Result<Option<PathBuf>, FileError> {
        folder::canonical(path)
    }

    fn search(
        &self,
        root: &Path,
        apart: &Path,
        searches: &[Search<'_>],
        hits_max: usize,
    ) -> Result<Vec<Vec<Hit>>, FileError> {
        search::search(root, apart, searches, hits_max)
    }

    fn append(&self, path: &Path, bytes: &[u8], at: Option<u64>) -> Result<(), FileError> {
        replace::append(path, bytes, at)
    }

    fn free_bytes(&self, path: &Path) -> Result<u64, FileError> {
        folder::free_bytes(path)
    }

    fn lock(&self, folder: &Path, note_at: &Path, note: &str) -> Result<Box<dyn Lock>, FileError> {
        lock::lock(folder, note_at, note)
    }
}
