//! The command line as a script meets it: the built program, its exit code, its words, and what it
//! left behind. Each test has a product, a home and a state folder of its own.

#![expect(clippy::disallowed_methods, reason = "a test lays out its own product")]

#[path = "cli/attended.rs"]
mod attended;
#[path = "cli/clean.rs"]
mod clean;
#[path = "cli/confirm.rs"]
mod confirm;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/input.rs"]
mod input;
#[path = "cli/places.rs"]
mod places;
#[path = "cli/road.rs"]
mod road;
#[expect(dead_code, reason = "the terminal's own tests use the rest of it")]
#[path = "pty/session.rs"]
mod session;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/trust.rs"]
mod trust;
