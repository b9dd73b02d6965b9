//! What the screens start with.

use super::{
    backend::{OpenRun, Playing},
    call::Call,
    theme::Look,
};
use crate::model::ids::RunId;

/// What is known before anything is read.
pub struct Start {
    pub look: Look,
    /// The app is told in numbered lines and prompts, not drawn.
    pub in_lines: bool,
    /// A run to open at once, instead of the start screen.
    pub open: Option<(RunId, OpenRun)>,
    /// The run to open is a recording.
    pub playing: Option<Playing>,
    /// What happens to a run at logout, if that needs saying.
    pub logout: Option<String>,
    /// The command that leads back to a run that was left.
    pub comes_back: Option<String>,
    /// Where the runs of this host are kept.
    pub state_dir: Option<String>,
    /// Shown before anything else, until it is dismissed.
    pub warning: Option<String>,
    /// A notice that needs no attention.
    pub beside: Option<String>,
}

impl Start {
    /// A start with nothing else set.
    pub fn new(look: Look) -> Self {
        Self {
            look,
            in_lines: false,
            open: None,
            playing: None,
            logout: None,
            comes_back: None,
            state_dir: None,
            warning: None,
            beside: None,
        }
    }

    /// The first backend call.
    pub fn first(&self) -> Call {
        match &self.open {
            Some((run, how)) => Call::OpenRun(run.clone(), *how),
            None => Call::Look,
        }
    }
}
