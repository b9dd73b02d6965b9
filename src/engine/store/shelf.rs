//! Names the files of a step's commands that may outlive the worker; knows nothing of what became
//! of them.

use super::run_dir::{RunDir, step_name};
use crate::{
    model::ids::StepId,
    world::{FileError, World},
};
use std::path::{Path, PathBuf};

/// Between the name of a step and the number of its command.
const MARK: char = '@';

pub struct Shelf {
    folder: PathBuf,
    name: String,
}

impl Shelf {
    pub fn of(dir: &RunDir, step: &StepId) -> Self {
        Self {
            folder: dir.steps(),
            name: step_name(step),
        }
    }

    /// A name that no command has had since the shelf was cleared.
    pub fn next(&self, world: &World) -> Result<PathBuf, FileError> {
        world.files.make_dir(&self.folder)?;
        let number = self.stems(world)?.len() + 1;
        let name = format!("{}{MARK}{number:06}", self.name);
        Ok(self.folder.join(name))
    }

    /// The names in the order in which the commands were run.
    fn stems(&self, world: &World) -> Result<Vec<PathBuf>, FileError> {
        let mut stems = world.commands.stems(&self.folder)?;
        stems.retain(|stem| step_of(stem) == self.name);
        Ok(stems)
    }

    /// Forgets the step's commands: their outcome is in the journal, or they are to begin anew.
    pub fn clear(&self, world: &World) -> Result<(), FileError> {
        let stems = self.stems(world)?;
        stems
            .iter()
            .try_for_each(|stem| world.commands.forget(stem))
    }
}

/// The step that a command on the shelf belongs to, as it is written in file names.
pub fn step_of(stem: &Path) -> String {
    let name = stem.file_name().unwrap_or_default().to_string_lossy();
    let name = name.rsplit_once(MARK).map(|(name, _)| name);
    name.unwrap_or_default().to_owned()
}
