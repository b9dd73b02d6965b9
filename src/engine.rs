//! Floor 3: what makes a run happen. A worker owns a run: its lock, its journal, its backup. Front
//! ends reach it through a [`handle::RunHandle`] and see it through its records.

pub mod handle;
pub mod journal;
