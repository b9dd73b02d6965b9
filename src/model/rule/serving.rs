//! Which services an action stops, and which it starts, as its rule says.

use super::{Action, Start};

impl Action {
    pub fn takes_down(&self) -> Vec<&str> {
        match self {
            Self::Stop(name) => vec![name],
            Self::Run(run) => run.takes_down.iter().map(String::as_str).collect(),
            _another_action => Vec::new(),
        }
    }

    pub fn brings_up(&self) -> Vec<&str> {
        match self {
            Self::Start(Start { service, .. }) | Self::Restart(Start { service, .. }) => {
                vec![service]
            }
            Self::Run(run) => run.brings_up.iter().map(String::as_str).collect(),
            _another_action => Vec::new(),
        }
    }
}
