//! What is on disk: the folders of runs, the journal and its writers, copies of files. It knows
//! neither steps nor screens.

pub mod copies;
pub mod journal;
pub(super) mod ledger;
pub mod manifest;
pub mod run_dir;
pub(super) mod shelf;
