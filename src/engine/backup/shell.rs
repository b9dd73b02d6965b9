//! Shell commands that put a file back as it was. Paths come as words that are already quoted.

use crate::model::{survey::FileMeta, text::shell_word};

/// One command per line: `set -e` does not end a script when a command fails inside an `&&` list.
pub fn copy(from: &str, to: &str, meta: &FileMeta) -> [String; 3] {
    [
        format!("cp {from} {to}"),
        format!("chown {}:{} {to}", meta.uid, meta.gid),
        format!("chmod {:o} {to}", meta.mode),
    ]
}

pub fn attributes(to: &str, meta: &FileMeta) -> Vec<String> {
    let all = meta.xattrs.iter();
    all.map(|(name, value)| format!("setfattr -n {} -v 0x{value} {to}", shell_word(name)))
        .collect()
}
