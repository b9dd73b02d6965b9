//! The pictures of the README are the screens of this program: each is painted anew and compared.
//! `SWITCHBACK_PICTURES=write cargo test --test screens readme` makes them.

#![expect(
    clippy::disallowed_methods,
    reason = "the pictures are files of the repository"
)]

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
};
use std::{env, fs, path::Path};
use switchback::tui::svg::{Shade, svg};

const SIZE: (u16, u16) = (80, 24);

fn is_current(name: &str, driven: &Driven) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    for (shade, word) in [(Shade::Dark, "dark"), (Shade::Light, "light")] {
        let file = folder.join(format!("{name}-{word}.svg"));
        let painted = svg(&driven.buffer(), shade);
        if env::var_os("SWITCHBACK_PICTURES").is_some_and(|wish| wish == "write") {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(&file, &painted).expect("a picture");
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            kept == painted,
            "{} is of an older screen: SWITCHBACK_PICTURES=write cargo test --test screens readme",
            file.display()
        );
    }
}

#[test]
fn review() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\njj");
    is_current("review", &driven);
}

#[test]
fn a_failed_step() {
    let mut driven = Driven::on(Recorder::new(product::plan()).failed().state(), SIZE);
    super::states::print(&mut driven, &super::states::MIGRATION);
    is_current("apply-failed", &driven);
}

#[test]
fn the_way_back() {
    let mut driven = Driven::on(Recorder::new(product::plan()).failed().state(), SIZE);
    driven.keys("b");
    is_current("rollback", &driven);
}
