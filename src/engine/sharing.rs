//! What the worker and the desk have in common: the journal, what cannot wait, and the asks that
//! the one is given by the other.

use super::{handle::Ask, journal::Journal, ledger::Ledger, urgent::Urgent};
use crate::model::record::Who;
use std::sync::Arc;

/// An ask as the worker gets it: the asker may have asked it, when it did.
pub struct Given {
    pub ask: Ask,
    pub seen: u64,
    pub by: Who,
}

/// What a worker shares with the desk that it is asked at.
#[derive(Clone)]
pub struct Sharing {
    pub(super) ledger: Arc<Ledger>,
    pub urgent: Arc<Urgent>,
}

impl Sharing {
    pub(super) fn new(journal: Journal) -> Self {
        Self {
            ledger: Arc::new(Ledger::new(journal)),
            urgent: Arc::default(),
        }
    }
}
