//! Converts the rules of the bundled packs from YAML, for people, to JSON, which the program reads
//! at startup in a fraction of the time. The content is the same; the tests compare the two.

#![expect(
    clippy::disallowed_methods,
    reason = "a build reads and writes its own files"
)]

use std::{
    env,
    error::Error,
    fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
};

const PACKS: &str = "assets/packs";

fn main() -> Result<(), Box<dyn Error>> {
    writeln!(stdout(), "cargo::rerun-if-changed={PACKS}")?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("packs");
    // Start afresh, so that a rules file that was deleted leaves nothing behind.
    if out.is_dir() {
        fs::remove_dir_all(&out)?;
    }
    for pack in fs::read_dir(PACKS)? {
        let pack = pack?;
        let into = out.join(pack.file_name());
        convert(&pack.path(), &into)?;
        convert(&pack.path().join("include"), &into.join("include"))?;
    }
    Ok(())
}

/// Converts every rules file of a folder, if the folder exists, under the file's own name.
fn convert(folder: &Path, into: &Path) -> Result<(), Box<dyn Error>> {
    if !folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(into)?;
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let Some(name) = path.file_name().filter(|_| is_yaml(&path)) else {
            continue;
        };
        let said: serde_json::Value = serde_saphyr::from_str(&fs::read_to_string(&path)?)?;
        fs::write(into.join(name), serde_json::to_vec(&said)?)?;
    }
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml")
}
