//! Who hears what a step does while it is carried out.

use super::progress::Progress;
use crate::{engine::store::shelf::Shelf, rules::expression::Numbers, world::Stream};

/// Where the lines of a command go.
pub type Lines<'l> = &'l mut dyn FnMut(Stream, &str);

/// Who hears what a command does while it runs: the run's output log and the screen.
pub struct Listener<'l> {
    pub line: Lines<'l>,
    /// May be called from another thread while the command runs.
    pub progress: &'l (dyn Fn(Progress) + Sync),
    /// What was counted, whether it ended well or not.
    pub numbers: Numbers,
    /// Where its commands are kept, if they are to outlive the worker.
    pub shelf: Option<Shelf>,
}

impl<'l> Listener<'l> {
    /// Only the lines are heard.
    pub fn of_lines(line: Lines<'l>) -> Self {
        Self {
            line,
            progress: &|_| {},
            numbers: Numbers::new(),
            shelf: None,
        }
    }
}

/// For looks at the world, which nobody follows.
pub fn unheard<T>(doing: impl FnOnce(&mut Listener<'_>) -> T) -> T {
    doing(&mut Listener::of_lines(&mut |_, _| {}))
}
