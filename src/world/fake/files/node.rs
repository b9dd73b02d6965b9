//! What stands at a path of the files in memory.

use crate::model::survey::FileMeta;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Clone, Debug)]
pub enum Node {
    File {
        bytes: Vec<u8>,
        meta: FileMeta,
        links: u64,
        /// Which file it is, whatever its name.
        inode: u64,
    },
    Dir,
    Symlink {
        to: PathBuf,
    },
    Other {
        what: &'static str,
    },
}

impl Node {
    pub fn file(bytes: &[u8], meta: Option<&FileMeta>) -> Self {
        Self::File {
            bytes: bytes.to_owned(),
            meta: meta.cloned().unwrap_or(FileMeta {
                mode: 0o600,
                ..new_file_meta()
            }),
            links: 1,
            inode: 0,
        }
    }
}

pub fn new_file_meta() -> FileMeta {
    FileMeta {
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime_ns: 0,
        xattrs: BTreeMap::new(),
    }
}
