//! A path below the product's root, as rules files write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, path::Path};

/// Relative, `/`-separated, without `.`, `..` or empty parts: it cannot leave the root. A pack can
/// write no other kind of path, so no rule can name a file outside what the operator declared. No
/// `{{…}}` is filled in it.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct RelPath(String);

impl RelPath {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn under(&self, root: &Path) -> std::path::PathBuf {
        root.join(&self.0)
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl TryFrom<String> for RelPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let trimmed = text.strip_prefix("./").unwrap_or(&text);
        if trimmed.starts_with('/') {
            return Err(format!(
                "`{text}` is absolute: paths are relative to the product's root"
            ));
        }
        let bad = |part: &str| part.is_empty() || part == "." || part == "..";
        if trimmed.split('/').any(bad) || trimmed.contains('\0') {
            return Err(format!("`{text}` is not a path below the product's root"));
        }
        Ok(Self(trimmed.to_owned()))
    }
}

impl TryFrom<&str> for RelPath {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_the_root() {
        for bad in [
            "/etc/passwd",
            "../x",
            "a/../../b",
            "a//b",
            "",
            "a/./b",
            "a\0b",
        ] {
            assert!(RelPath::try_from(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            RelPath::try_from("./conf/app.toml").map(String::from),
            Ok("conf/app.toml".into())
        );
    }
}
