//! Who is told what a step does while it is carried out.

use super::progress::Progress;
use crate::{engine::store::shelf::Shelf, rules::expression::Numbers, world::Stream};

/// Takes the lines of a command.
pub type OnLine<'l> = &'l mut dyn FnMut(Stream, &str);

/// Who hears what a command does while it runs: the run's output log and the screen.
pub struct Listener<'l> {
    pub line: OnLine<'l>,
    /// May be called from another thread while the command runs.
    pub progress: &'l (dyn Fn(Progress) + Sync),
    /// The numbers that were measured, whether it ended well or not.
    pub numbers: Numbers,
    /// Where commands that are to outlive the worker are kept.
    pub shelf: Option<Shelf>,
}

impl<'l> Listener<'l> {
    /// A listener for lines only.
    pub fn of_lines(line: OnLine<'l>) -> Self {
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
