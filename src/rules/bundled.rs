//! The packs inside the binary.

use super::pack::{Origin, PackSource};
use include_dir::{Dir, include_dir};
use std::{collections::BTreeMap, path::Path};

static PACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/packs");

/// The rules files as JSON, each under the name of its YAML: the build writes them.
static RULES: Dir<'static> = include_dir!("$OUT_DIR/packs");

/// Every bundled pack, by name. The files under `demo/` are among them: `switchback demo` lays
/// them out.
pub fn packs() -> Vec<PackSource> {
    PACKS.dirs().map(source).collect()
}

/// What a rules file says, in JSON, if it is byte for byte the bundled one: a run keeps its pack,
/// and the program may be newer.
pub fn json(pack: &str, file: &str, yaml: &[u8]) -> Option<&'static [u8]> {
    let path = Path::new(pack).join(file);
    let same = PACKS.get_file(&path)?.contents() == yaml;
    let json = RULES.get_file(&path)?.contents();
    same.then_some(json)
}

fn source(pack: &Dir<'static>) -> PackSource {
    let mut files = BTreeMap::new();
    collect(pack, pack, &mut files);
    let name = pack.path().to_string_lossy().into_owned();
    PackSource {
        origin: Origin::Bundled(name),
        files,
    }
}

fn collect(pack: &Dir<'static>, folder: &Dir<'static>, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in folder.files() {
        let below = file.path().strip_prefix(pack.path()).unwrap_or(file.path());
        files.insert(
            below.to_string_lossy().into_owned(),
            file.contents().to_vec(),
        );
    }
    for inner in folder.dirs() {
        collect(pack, inner, files);
    }
}
