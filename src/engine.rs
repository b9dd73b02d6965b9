//! Floor 3: what makes a run happen. A worker owns a run: its lock, its journal, its backup. Front
//! ends reach it through a [`link::handle::RunHandle`] and see it through its records.
//!
//! The lower rooms are `store`, `means`, `look` and `deed`, each of which uses only those before it.

pub mod answers;
mod backup;
mod deed;
pub mod errand;
pub mod link;
pub mod logout;
mod look;
pub mod means;
pub mod process;
pub mod pursuit;
pub mod report;
pub mod runs;
pub mod session;
pub mod store;
pub mod trial;
pub mod trust;
pub mod undo_preview;
pub mod worker;
