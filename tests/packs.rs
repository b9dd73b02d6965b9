//! Every bundled pack is read, checked, and held against its own cases.

use switchback::rules::{
    bundled, check,
    diagnostic::Diagnostic,
    pack::{LoadedPack, load},
};

fn packs() -> Vec<LoadedPack> {
    let loaded = bundled::packs().into_iter().map(|source| {
        load(&source).unwrap_or_else(|wrong| panic!("{:?}:\n{}", source.origin, shown(&wrong)))
    });
    loaded.collect()
}

fn shown(all: &[Diagnostic]) -> String {
    let each: Vec<String> = all.iter().map(|one| one.render(false)).collect();
    each.join("\n")
}

#[test]
fn every_bundled_pack_can_be_read() {
    let names: Vec<String> = packs().into_iter().map(|pack| pack.pack.product).collect();
    for product in ["workflow-engine", "oversight-gateway"] {
        assert!(names.iter().any(|name| name == product), "{product}");
    }
}

#[test]
fn no_bundled_pack_has_an_error_or_a_doubtful_rule() {
    for pack in packs() {
        let found = check::check(&pack);
        assert!(
            found.is_empty(),
            "{}:\n{}",
            pack.pack.product,
            shown(&found)
        );
    }
}
