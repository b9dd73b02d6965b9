//! The packs that a command can mean: a bundled one by its name, or a folder of rules, with the
//! site's own rules laid over it.

use super::Place;
use crate::{
    cli::end::{Code, Failure},
    engine::trust,
    model::{glob::Glob, limits},
    rules::{
        bundled, overlay, pack,
        source::{Origin, PackFiles, PackSource},
    },
};
use std::path::Path;

const PACK_FILES_MAX: usize = 2000;

impl Place {
    /// One pack for the commands that only read rules; nothing in it is run.
    pub fn pack(&self, dir: Option<&Path>) -> Result<Option<PackSource>, Failure> {
        let source = match (dir, &self.global.pack) {
            (Some(dir), _) => self.folder(dir)?,
            (None, Some(name)) => self.named(name)?,
            (None, None) => return Ok(None),
        };
        self.overlaid(source).map(Some)
    }

    pub fn named(&self, name: &str) -> Result<PackSource, Failure> {
        match bundled::whole_pack(name) {
            Some(pack) => Ok(pack),
            None => self.folder(Path::new(name)),
        }
    }

    /// The pack with the site's rules over it, if there are any.
    pub fn overlaid(&self, source: PackSource) -> Result<PackSource, Failure> {
        let Some(dir) = &self.global.overlay else {
            return Ok(source);
        };
        let dir = self.folder_at(dir)?;
        let files = self.files_of(&dir)?;
        Ok(overlay::lay(source, dir, files))
    }

    fn folder(&self, dir: &Path) -> Result<PackSource, Failure> {
        let dir = self.folder_at(dir)?;
        let files = self.files_of(&dir)?;
        if !files.contains_key(pack::PACK_FILE) {
            let names: Vec<String> = bundled::packs()
                .iter()
                .map(|pack| pack.origin.name())
                .collect();
            let text = format!(
                "{}: there is no {} in it; name a folder of rules, or a bundled pack: {}",
                dir.display(),
                pack::PACK_FILE,
                names.join(", ")
            );
            return Err(Failure::new(Code::Usage, text));
        }
        Ok(PackSource {
            origin: Origin::Folder(dir),
            files,
        })
    }

    /// Every file below a folder of rules.
    fn files_of(&self, dir: &Path) -> Result<PackFiles, Failure> {
        let mut files = PackFiles::new();
        let mut room = limits::PACK.bytes();
        let too_much = |what: &str| {
            let text = format!("{}: more than {what}; is this a pack?", dir.display());
            Failure::new(Code::Usage, text)
        };
        for path in self.world.files.glob(dir, &[Glob::all()])? {
            if files.len() == PACK_FILES_MAX {
                return Err(too_much(&format!("{PACK_FILES_MAX} files")));
            }
            let name = path
                .strip_prefix(dir)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            if let Some(content) = self.world.files.read(&path, limits::PACK_FILE.bytes())? {
                let left = room.checked_sub(content.bytes.len() as u64);
                room = left.ok_or_else(|| too_much(&format!("{} in all", limits::PACK)))?;
                files.insert(name, content.bytes.into());
            }
        }
        Ok(files)
    }

    /// Checks the trust in a pack. A pack is a program: what it says runs with the operator's
    /// rights.
    pub(super) fn trusted(&self, source: PackSource) -> Result<PackSource, Failure> {
        let said = self.global.trust.as_deref();
        Ok(trust::must_be_trusted(
            &self.world,
            &self.state()?,
            source,
            said,
        )?)
    }
}
