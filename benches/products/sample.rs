//! The sample product of a bundled pack, laid out and stopped.

use std::{fs, path::Path};
use switchback::rules::{bundled, source::PackSource};

/// A port on which nothing answers.
pub const PORT: &str = "9";

pub fn bundled(product: &str) -> PackSource {
    bundled::whole_pack(product).expect("a bundled pack")
}

pub fn lay_out(product: &str, root: &Path) {
    for (name, bytes) in &bundled(product).files {
        if let Some(below) = name.strip_prefix("demo/") {
            let text = String::from_utf8_lossy(bytes)
                .replace("@PORT@", PORT)
                .replace("@DATABASE_PORT@", PORT);
            let path = root.join(below);
            let folder = path.parent().expect("a file in a folder");
            fs::create_dir_all(folder).expect("made");
            fs::write(path, text).expect("written");
        }
    }
}
