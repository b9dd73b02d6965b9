//! switchback takes a self-hosted product from the release it runs to the release that is wanted,
//! one hop at a time, with a way back from every bend.
//!
//! # The house
//!
//! A folder is a floor: a file imports only from lower floors and from its own folder, and
//! `tests/floors.rs` names every offender.
//!
//! | floor | what | knows |
//! |---|---|---|
//! | 5 | `bin` | the program: arguments, the real world, which front end, exit codes |
//! | 4 | [`tui`], [`cli`] | people: both show a run and ask it for things; neither knows the other
//! |
//! | 3 | [`engine`] | runs: session, journal, worker, backup, rollback, report |
//! | 2 | [`world`] (and [`standin`], for the demo alone) | files, processes, network, time, randomness |
//! | 1 | [`rules`], [`edit`], [`diff`], [`run_state`], [`recover`], [`redact`], [`expand`], [`sql`], [`side_by_side`] | texts and data; no I/O, no clock ([`side_by_side`]: threads, for what is done to each of many) |
//! | 0 | [`model`] | plain data: rules, findings, plans, records; the small languages in them: patterns, templates, globs |
//!
//! The architecture is what the code must not do: what a run does reaches the outside only through
//! `world` (clippy refuses the calls elsewhere), and `engine` alone draws the line between worker
//! and front end; only `engine::store::journal` knows the journal's format; a front end changes a
//! run only through an [`engine::link::handle::Ask`]; everything shown about a run comes from
//! [`run_state::RunState`], a fold over its records; nothing takes effect before its record is
//! durable.
//!
//! The hard decisions are recorded in `docs/decisions.md`.

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
pub mod side_by_side;
pub mod sql;
pub mod standin;
pub mod tui;
pub mod world;

/// The program and its version, as plans and reports name it.
pub const VERSION: &str = concat!("switchback ", env!("CARGO_PKG_VERSION"));
