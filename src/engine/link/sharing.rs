//! What the worker and the desk have in common: the journal, what cannot wait, and the asks that
//! the one is given by the other.

use super::{handle::Ask, urgent::Urgent};
use crate::{
    engine::store::{journal::Journal, ledger::Ledger},
    model::record::Who,
};
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
    pub(in crate::engine) ledger: Arc<Ledger>,
    pub urgent: Arc<Urgent>,
}

impl Sharing {
    pub(in crate::engine) fn new(journal: Journal) -> Self {
        Self {
            ledger: Arc::new(Ledger::new(journal)),
            urgent: Arc::default(),
        }
    }
}
