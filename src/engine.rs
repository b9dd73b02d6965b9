//! Floor 3: what makes a run happen. A worker owns a run: its lock, its journal, its backup. Front
//! ends reach it through a [`handle::RunHandle`] and see it through its records.

mod action;
pub mod answers;
mod backup;
mod context;
pub mod copies;
mod database_probe;
pub mod handle;
pub mod journal;
mod keys_probe;
mod left_over;
mod measure;
mod metrics;
mod pace;
mod probe;
mod replace;
pub mod report;
pub mod run_dir;
pub mod runs;
pub mod service;
pub mod session;
mod sql;
mod stage;
pub mod trial;
pub mod undo_preview;
mod watched;
pub mod worker;
