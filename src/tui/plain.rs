//! The app in lines: what a drawn screen shows, as sentences that come once. For terminals that
//! cannot be drawn on, for screen readers and for serial lines.
//!
//! It is a second view of the same [`App`]: the same pages, rows, details and dialogs, the same
//! keys as words. Nothing is painted over, nothing blinks, and nothing depends on a colour.

pub mod asked;
pub mod last;
mod offers;
mod paper;
mod printed;
mod questions;
mod rest;
mod teller;
pub mod words;

pub use teller::Teller;
