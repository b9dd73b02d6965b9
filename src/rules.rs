//! Floor 1: what the rules say about a survey. Reads packs, plans paths, judges findings.
//!
//! Pure functions over texts and data: nothing here does I/O, reads a clock or waits.

pub mod assess;
mod budget;
pub mod bundled;
pub mod case;
pub mod check;
pub mod compose;
pub mod condition;
pub mod deed;
pub mod diagnostic;
pub mod drift;
pub mod explain;
pub mod expression;
mod filled;
pub mod ids;
mod include;
mod index;
pub mod mask;
pub mod migrations;
pub mod overlay;
pub mod pack;
pub mod parse;
pub mod path;
pub mod preview;
pub mod prometheus;
pub mod schema;
pub mod signature;
pub mod source;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod valid;
pub mod variants;
