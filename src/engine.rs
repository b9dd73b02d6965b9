//! Floor 3: what makes a run happen. A worker owns a run: its lock, its journal, its backup. Front
//! ends reach it through a [`handle::RunHandle`] and see it through its records.

mod action;
pub mod answers;
mod backup;
mod context;
pub mod copies;
mod database_probe;
pub mod desk;
pub mod errand;
pub mod front;
pub mod handle;
pub mod journal;
mod keys_probe;
mod ledger;
mod left_over;
pub mod logout;
mod measure;
mod metrics;
mod pace;
mod probe;
pub mod process;
mod replace;
pub mod report;
pub mod run_dir;
pub mod runs;
pub mod service;
pub mod session;
mod shelf;
mod sql;
mod stage;
pub mod trial;
mod turns;
pub mod undo_preview;
pub mod urgent;
mod watched;
pub mod wire;
pub mod worker;
