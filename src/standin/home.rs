//! The state of one demo's stand-ins: below `.switchback` in the demo's root.

use super::Failed;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of the demo's product.
    pub(super) fn root(&self) -> &Path {
        self.0.parent().unwrap_or(Path::new("."))
    }

    /// Where programs of the demo are found first.
    pub(super) fn bin(&self) -> PathBuf {
        self.0.join("bin")
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The description of the demo, for processes that join it later.
    pub(super) fn about(&self) -> PathBuf {
        self.0.join("about.json")
    }

    pub(super) fn pid_files(&self) -> PathBuf {
        self.0.join("pids")
    }

    /// Whether to fail now: a failure asked for with the demo happens once.
    pub(super) fn fails_now(&self) -> bool {
        fs::remove_file(self.fail_marker()).is_ok()
    }

    pub(super) fn fail_marker(&self) -> PathBuf {
        self.0.join("fail-once")
    }

    /// The variables of the product's `.env`.
    pub(super) fn dotenv(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.root().join(".env")).unwrap_or_default();
        text.lines().filter_map(dotenv_line).collect()
    }

    /// A file of the product, empty if it is not there.
    pub(super) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root().join(file)).unwrap_or_default()
    }
}

fn dotenv_line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let (name, value) = line
        .strip_prefix("export ")
        .unwrap_or(line)
        .split_once('=')?;
    if name.starts_with('#') {
        return None;
    }
    let value = value.trim();
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        let inner = value.strip_prefix(quote)?;
        inner.split_once(quote).map(|(inner, _)| inner)
    });
    let bare = value
        .split_once(" #")
        .map_or(value, |(value, _)| value.trim_end());
    Some((name.trim().to_owned(), quoted.unwrap_or(bare).to_owned()))
}

/// Writes a file and the folders above it.
pub(super) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failed> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_env_gives_name_and_value_as_compose_reads_them() {
        for (line, value) in [
            ("A=b", Some("b")),
            ("export A=b # why", Some("b")),
            ("A='b # c' # d", Some("b # c")),
            ("A=\"\"", Some("")),
            ("# A=b", None),
            ("nothing", None),
        ] {
            let read = dotenv_line(line).map(|(_, value)| value);
            assert_eq!(read.as_deref(), value, "{line}");
        }
    }
}
