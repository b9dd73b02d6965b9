//! Floor 1: what the rules say about a survey. Reading packs, planning paths, judging findings.
//!
//! Nothing here does I/O, knows a clock or waits for anything: texts and data in, data out.

pub mod bundled;
pub mod check;
pub mod diagnostic;
pub mod explain;
pub mod ids;
mod include;
mod index;
pub mod pack;
pub mod parse;
pub mod path;
pub mod schema;
