//! What `${NAME}` stands for in a compose file: the shell's value before the one in `.env`.

use super::{Gather, Place};
use crate::{
    edit::DotenvDialect,
    model::path::RelPath,
    world::survey::variables::{SHELL, dotenv},
};
use std::collections::BTreeMap;

/// The variables that compose itself sees.
pub(super) struct Known {
    pub(super) shell: BTreeMap<String, String>,
    pub(super) lines: BTreeMap<String, dotenv::Line>,
    pub(super) beside: Place,
}

impl Known {
    pub(super) fn read(gather: &mut Gather, beside: Place) -> Self {
        let lines = dotenv::lines(gather, &beside, DotenvDialect::Compose);
        let lines = lines.ok().flatten().unwrap_or_default().into_iter();
        let named = lines.map(|line| (line.name.clone(), line));
        Self {
            shell: gather.world.system.environment(),
            lines: named.collect(),
            beside,
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<String> {
        let line = || self.lines.get(name).map(|line| &line.value);
        self.shell.get(name).or_else(line).cloned()
    }

    /// The file and line in which the value stands.
    pub(super) fn place(&self, name: &str) -> (String, Option<&RelPath>, Option<usize>) {
        match self.lines.get(name) {
            Some(line) if !self.shell.contains_key(name) => {
                let beside = &self.beside;
                (beside.to_string(), beside.file.as_ref(), Some(line.line))
            }
            Some(_) | None => (SHELL.to_owned(), None, None),
        }
    }
}
