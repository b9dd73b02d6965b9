//! What the screens begin with.

use super::{
    backend::{OpenRun, Playing},
    call::Call,
    theme::Look,
};
use crate::model::ids::RunId;

/// What is known before anything was read.
pub struct Start {
    pub look: Look,
    /// It is told in numbered lines and prompts, not drawn.
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
    /// Said before anything else, until it is put away.
    pub warning: Option<String>,
    /// One sentence that nobody has to mind.
    pub beside: Option<String>,
}

impl Start {
    /// With nothing more to say.
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

    /// What the backend is called for first.
    pub fn first(&self) -> Call {
        match &self.open {
            Some((run, how)) => Call::OpenRun(run.clone(), *how),
            None => Call::Look,
        }
    }
}
