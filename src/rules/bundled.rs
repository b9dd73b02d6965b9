//! The packs inside the binary.

use super::source::{Origin, PackFiles, PackSource, is_rules};
use include_dir::{Dir, include_dir};
use std::{borrow::Cow, path::Path};

static PACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/packs");

/// The rules files as JSON, each under the name of its YAML: the build writes them.
static RULES: Dir<'static> = include_dir!("$OUT_DIR/packs");

/// Every bundled pack as an upgrade reads it, by name: at each start, so without its cases and
/// its sample, which are nine tenths of its files.
pub fn packs() -> Vec<PackSource> {
    PACKS.dirs().map(|pack| source(pack, is_rules)).collect()
}

/// Every bundled pack with all of its files, by name.
pub fn whole_packs() -> Vec<PackSource> {
    PACKS.dirs().map(|pack| source(pack, |_| true)).collect()
}

/// The bundled pack of this name with all of its files.
pub fn whole_pack(name: &str) -> Option<PackSource> {
    let mut packs = PACKS.dirs();
    let pack = packs.find(|pack| text(pack.path()) == name)?;
    Some(source(pack, |_| true))
}

/// A bundled rules file: the YAML that people wrote, and the JSON that the build made of it.
#[derive(Clone, Copy)]
pub struct Own {
    pub yaml: &'static [u8],
    pub json: &'static str,
}

/// The bundled rules file, if it is byte for byte this one. A run keeps its own copy of its pack,
/// and the program may be newer than that copy.
pub fn own(pack: &str, file: &str, bytes: &[u8]) -> Option<Own> {
    let path = Path::new(pack).join(file);
    let yaml = contents(&PACKS, &path)?;
    let json = str::from_utf8(contents(&RULES, &path)?).ok()?;
    (yaml == bytes).then_some(Own { yaml, json })
}

/// Only looks into the folders that lead to the file.
fn contents(dir: &'static Dir<'static>, path: &Path) -> Option<&'static [u8]> {
    if path.parent() == Some(dir.path()) {
        let found = dir.files().find(|file| file.path() == path);
        return found.map(|file| file.contents());
    }
    let inner = dir.dirs().find(|inner| path.starts_with(inner.path()))?;
    contents(inner, path)
}

fn source(pack: &Dir<'static>, wanted: fn(&str) -> bool) -> PackSource {
    let name = text(pack.path());
    let mut files = PackFiles::new();
    collect(&format!("{name}/"), pack, wanted, &mut files);
    PackSource {
        origin: Origin::Bundled(name.to_owned()),
        files,
    }
}

/// Compares paths as text: `Path` compares component by component, and this runs at every start.
fn collect(pack: &str, folder: &Dir<'static>, wanted: fn(&str) -> bool, files: &mut PackFiles) {
    for file in folder.files() {
        if let Some(below) = text(file.path()).strip_prefix(pack) {
            files.insert(below.to_owned(), Cow::Borrowed(file.contents()));
        }
    }
    for inner in folder.dirs() {
        let below = text(inner.path()).strip_prefix(pack);
        if below.is_some_and(|below| wanted(&format!("{below}/"))) {
            collect(pack, inner, wanted, files);
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the packs have plain names")
}
