//! Why a backup was not made, or cannot be restored.

use crate::{
    engine::{
        means::{context::ContextError, database::OfDatabase},
        store::copies::CopyError,
    },
    world::FileError,
};

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("{title}: {why}")]
    Command { title: String, why: String },
    #[error("{title}: it made no file `{file}`, or an empty one")]
    Empty { title: String, file: String },
    #[error("{title}: the backup cannot be read back: {why}")]
    Unreadable { title: String, why: String },
    #[error(transparent)]
    Database(#[from] OfDatabase),
    #[error(transparent)]
    Context(#[from] ContextError),
}
