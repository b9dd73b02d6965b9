//! switchback takes a self-hosted product from the release that runs to the release that is
//! wanted, one hop at a time, with a way back from every bend.

pub mod cli;
pub mod diff;
pub mod edit;
pub mod engine;
pub mod expand;
pub mod model;
pub mod recover;
pub mod redact;
pub mod rules;
pub mod run_state;
pub mod standin;
pub mod tui;
pub mod world;

/// The program and its version, as plans and reports name it.
pub const VERSION: &str = concat!("switchback ", env!("CARGO_PKG_VERSION"));
