//! What the worker and the desk share: the journal, what cannot wait, and the asks that the desk
//! gives to the worker.

use super::{handle::Ask, urgent::Urgent};
use crate::{
    engine::store::{journal::Journal, ledger::Ledger},
    model::record::Who,
};
use std::sync::Arc;

/// An ask as the worker gets it: its asker was allowed to ask it at that time.
pub struct Given {
    pub ask: Ask,
    pub seen: u64,
    pub by: Who,
}

/// What a worker shares with its desk.
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
