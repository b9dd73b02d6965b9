//! Every bundled pack is read, checked, and held against its own cases.

use std::{collections::BTreeMap, fs, path::Path};
use switchback::rules::pack::{LoadedPack, Origin, PackSource, load};

fn packs() -> Vec<LoadedPack> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/packs");
    let mut packs = Vec::new();
    for entry in fs::read_dir(&root).expect("the folder of the packs") {
        let folder = entry.expect("an entry").path();
        let mut files = BTreeMap::new();
        collect(&folder, &folder, &mut files);
        let origin = Origin::Folder(folder.clone());
        let source = PackSource { origin, files };
        packs.push(load(&source).unwrap_or_else(|wrong| {
            let shown: Vec<String> = wrong.iter().map(|one| one.render(false)).collect();
            panic!("{}:\n{}", folder.display(), shown.join("\n"))
        }));
    }
    packs
}

fn collect(top: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder of a pack") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(top, &path, files);
        } else {
            let below = path.strip_prefix(top).expect("below its pack");
            let name = below.to_str().expect("a name in UTF-8").to_owned();
            files.insert(name, fs::read(&path).expect("a file of a pack"));
        }
    }
}

#[test]
fn every_bundled_pack_can_be_read() {
    assert!(!packs().is_empty());
}
