//! Looking at the world. Looking changes nothing, and "could not look" is an answer of its own.

pub mod database_probe;
mod file_probe;
pub mod keys_probe;
pub mod metrics;
pub mod probe;
mod tool_probe;
