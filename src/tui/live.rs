//! What the screens know of a worker besides the records of its run.

use super::output::Output;
use crate::{
    engine::{
        link::handle::{Ask, Control},
        means::progress::Progress,
    },
    model::ids::{CheckId, StepId},
};
use std::collections::BTreeSet;

#[derive(Default)]
pub struct Live {
    pub output: Output,
    /// The steps whose output was read from their logs.
    pub read_of: BTreeSet<StepId>,
    pub progress: Option<Progress>,
    /// The check that is running.
    pub checking: Option<Checking>,
    pub worker: Worker,
    /// The processes that were still at work after their worker was gone; `None`: they could not be
    /// determined.
    pub left_over: Option<Vec<u32>>,
    /// Its worker has said something since the run was opened.
    pub heard: bool,
    /// Lines only: the ask sent by the last line, while it is unanswered.
    pub sent: Option<Ask>,
    /// An emergency step that was asked for and waits behind a running step.
    pub queued: Option<StepId>,
    /// Who holds the run.
    pub control: Control,
    /// The run had ended when it was opened, for its report.
    pub to_read: bool,
    /// Time of the last record, output line or tick: the only clock there is.
    pub now_ms: u64,
    pub output_at_ms: Option<u64>,
    /// The holder here has agreed to let the steps run on, more than one of them.
    pub agreed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Checking {
    pub check: CheckId,
    pub since_ms: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Worker {
    #[default]
    Works,
    /// It waits for an ask.
    Waits,
    /// It has ended.
    Gone,
}

impl Live {
    pub fn gone(&self) -> bool {
        self.worker == Worker::Gone
    }

    pub fn makes(&self, check: &CheckId) -> Option<&Checking> {
        self.checking.as_ref().filter(|now| now.check == *check)
    }

    pub fn begins(&mut self, check: CheckId) {
        if self.makes(&check).is_none() {
            let since_ms = self.now_ms;
            self.checking = Some(Checking { check, since_ms });
        }
    }

    /// Whether another front end holds the run, or nobody does.
    pub fn looks_on(&self) -> bool {
        !self.control.is_yours()
    }
}
