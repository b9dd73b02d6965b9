//! Files of the product in a backup's folder: copied in, compared, laid out again. Small ones go
//! into one archive, which costs one sync instead of several per file; large ones, and those that a
//! rollback reads, are kept individually. It knows neither plans nor runs.

use crate::{
    model::{
        digest::Digest,
        path::RelPath,
        record::{Saved, SavedDatabase},
        text::sanitize,
    },
    world::{Archived, FileError, Files, Inside, Member, Standing, Unlike},
};
use std::path::{Path, PathBuf};

/// The archive for files that are not kept individually.
const ARCHIVE: &str = "files.tar";

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{file}: {what}, which cannot be put back; move it out of the way or out of the rules")]
    NotAFile { file: RelPath, what: &'static str },
    #[error("{file}: the copy is not what was read; is the disk failing?")]
    Differs { file: String },
    #[error("{file}: changed while it was being backed up; stop what writes it and try again")]
    Changed { file: RelPath },
}

/// A product's folder, and the folder of a backup of it.
#[derive(Clone, Copy)]
pub struct Copies<'c> {
    pub files: &'c dyn Files,
    pub root: &'c Path,
    pub folder: &'c Path,
}

/// The result of archiving many files.
#[derive(Default)]
pub struct Many {
    pub saved: Vec<Saved>,
    /// Files too large for the archive, each to be copied individually.
    pub large: Vec<RelPath>,
}

/// The path of a file's individual copy.
pub fn copy_of(folder: &Path, file: &str) -> PathBuf {
    folder.join("files").join(file)
}

impl Copies<'_> {
    /// Copies a single file, or notes that it does not exist.
    pub fn save_one(&self, file: &RelPath) -> Result<Saved, CopyError> {
        let full = file.under(self.root);
        let not_a_file = |what| CopyError::NotAFile {
            file: file.clone(),
            what,
        };
        match self.files.look(&full)? {
            Standing::Nothing => Ok(Saved::Absent { path: file.clone() }),
            Standing::Dir => Err(not_a_file("a folder")),
            Standing::Symlink { .. } => Err(not_a_file("a symbolic link")),
            Standing::Other { what } => Err(not_a_file(what)),
            Standing::File { meta, .. } => {
                let copy = copy_of(self.folder, file.as_str());
                if let Some(folder) = copy.parent() {
                    self.files.make_dir(folder)?;
                }
                let (digest, bytes) = self.files.copy(&full, &copy, None)?;
                Ok(Saved::File {
                    path: file.clone(),
                    digest,
                    bytes,
                    meta,
                    at: None,
                })
            }
        }
    }

    /// Copies the small files among these into one archive.
    pub fn save_many(&self, names: &[RelPath]) -> Result<Many, CopyError> {
        let mut many = Many::default();
        if names.is_empty() {
            return Ok(many);
        }
        let archive = self.folder.join(ARCHIVE);
        let Archived {
            digest,
            bytes,
            inside,
        } = self.files.archive(self.root, names, &archive)?;
        for (path, inside) in names.iter().zip(inside) {
            let path = path.clone();
            match inside {
                Inside::Absent => many.saved.push(Saved::Absent { path }),
                Inside::Large => many.large.push(path),
                Inside::Member {
                    at,
                    bytes,
                    digest,
                    meta,
                } => many.saved.push(Saved::File {
                    path,
                    digest,
                    bytes,
                    meta,
                    at: Some(at),
                }),
            }
        }
        many.saved.push(Saved::Archive {
            file: ARCHIVE.to_owned(),
            digest,
            bytes,
        });
        Ok(many)
    }

    /// Reads everything back from the disk, and compares it with what was read and with what is
    /// there now. Gives the bytes that the copies take on the disk.
    pub fn verify(&self, saved: &[Saved]) -> Result<u64, CopyError> {
        let mut copies = Vec::new();
        let mut originals = Vec::new();
        for item in saved {
            match item {
                Saved::File {
                    path, digest, at, ..
                } => {
                    if at.is_none() {
                        copies.push((copy_of(self.folder, path.as_str()), digest));
                    }
                    originals.push((path, digest));
                }
                Saved::Absent { path } => {
                    if self.files.look(&path.under(self.root))? != Standing::Nothing {
                        return Err(CopyError::Changed { file: path.clone() });
                    }
                }
                Saved::Archive { file, digest, .. }
                | Saved::Command { file, digest, .. }
                | Saved::Database(SavedDatabase { file, digest, .. }) => {
                    copies.push((self.folder.join(file), digest));
                }
            }
        }
        match self.files.first_unlike(&copies, self.root, &originals)? {
            Some(Unlike::Copy(n)) => Err(CopyError::Differs {
                file: sanitize(&copies[n].0.to_string_lossy()),
            }),
            Some(Unlike::Original(n)) => Err(CopyError::Changed {
                file: originals[n].0.clone(),
            }),
            None => Ok(saved.iter().filter_map(Saved::on_disk).sum()),
        }
    }

    /// Restores everything into a new folder, checking each file against its digest.
    pub fn lay_out(&self, saved: &[Saved], to: &Path) -> Result<(), CopyError> {
        let mut members = Vec::new();
        self.files.make_dir(to)?;
        for item in saved {
            match item {
                Saved::File {
                    path,
                    digest,
                    bytes,
                    meta,
                    at: Some(at),
                } => members.push(Member {
                    name: path,
                    at: *at,
                    bytes: *bytes,
                    digest,
                    meta,
                }),
                Saved::File { path, digest, .. } => {
                    let copy = copy_of(self.folder, path.as_str());
                    self.copy(&copy, &path.under(to), digest, path.as_str())?;
                }
                Saved::Command { file, digest, .. }
                | Saved::Database(SavedDatabase { file, digest, .. }) => {
                    self.copy(&self.folder.join(file), &to.join(file), digest, file)?;
                }
                Saved::Absent { .. } | Saved::Archive { .. } => {}
            }
        }
        if members.is_empty() {
            return Ok(());
        }
        let archive = self.folder.join(ARCHIVE);
        match self.files.unpack(&archive, &members, to)? {
            Some(n) => Err(CopyError::Differs {
                file: members[n].name.to_string(),
            }),
            None => Ok(()),
        }
    }

    fn copy(&self, from: &Path, to: &Path, digest: &Digest, name: &str) -> Result<(), CopyError> {
        if let Some(folder) = to.parent() {
            self.files.make_dir(folder)?;
        }
        let (found, _) = self.files.copy(from, to, None)?;
        if found == *digest {
            return Ok(());
        }
        self.files.discard(to)?;
        Err(CopyError::Differs {
            file: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fake::FakeWorld;

    fn path(name: &str) -> RelPath {
        RelPath::try_from(name.to_owned()).expect("a path")
    }

    /// Backs up one individual file, one in the archive and one that does not exist, calls
    /// `happens`, then verifies the backup.
    fn verified_after(happens: impl FnOnce(&FakeWorld)) -> Result<u64, CopyError> {
        let fake = FakeWorld::new();
        fake.files.put("/app/alone", "text");
        fake.files.put("/app/many", "text");
        let folder = Path::new("/state/backup");
        fake.files.make_dir(folder).expect("a folder");
        let copies = Copies {
            files: &*fake.files,
            root: Path::new("/app"),
            folder,
        };
        let many = copies.save_many(&[path("many")]).expect("saved");
        assert!(many.large.is_empty());
        let mut saved = many.saved;
        for name in ["alone", "absent"] {
            saved.push(copies.save_one(&path(name)).expect("saved"));
        }
        copies.verify(&saved).expect("nothing has happened yet");
        happens(&fake);
        copies.verify(&saved)
    }

    #[test]
    fn a_backup_is_verified_against_what_is_there_now() {
        for name in ["alone", "many", "absent"] {
            let end = verified_after(|fake| fake.files.put(format!("/app/{name}"), "another"));
            let changed = matches!(&end, Err(CopyError::Changed { file }) if file.as_str() == name);
            assert!(changed, "{name}: {end:?}");
        }
        let end = verified_after(|fake| fake.files.take_away("/app/alone"));
        assert!(matches!(end, Err(CopyError::Changed { .. })), "{end:?}");
    }

    #[test]
    fn every_copy_is_read_back() {
        for copy in ["files/alone", "files.tar"] {
            let copy = format!("/state/backup/{copy}");
            let end = verified_after(|fake| {
                let mut bytes = fake.files.contents()[Path::new(&copy)].clone();
                *bytes.last_mut().expect("a byte") ^= 1;
                fake.files.put(&copy, bytes);
            });
            assert!(
                matches!(end, Err(CopyError::Differs { .. })),
                "{copy}: {end:?}"
            );
            let end = verified_after(|fake| fake.files.take_away(&copy));
            assert!(
                matches!(end, Err(CopyError::Differs { .. })),
                "{copy}: {end:?}"
            );
        }
    }
}
