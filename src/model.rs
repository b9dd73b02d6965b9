//! Floor 0: plain data. Ids, releases, routes, rules, what a survey saw, findings, plans, records.
//!
//! Nothing here does I/O, knows a clock or draws anything. What is written to disk (rules, plan,
//! record) is serialised through these types and no others.

pub mod address;
pub mod ascii;
pub mod compose;
pub mod digest;
pub mod edit;
pub mod finding;
pub mod format;
pub mod glob;
pub mod ids;
pub mod limits;
pub mod path;
pub mod pattern;
pub mod plan;
pub mod privacy;
pub mod record;
pub mod release;
pub mod route;
pub mod rule;
pub mod saved;
pub mod survey;
pub mod template;
pub mod text;
pub mod units;
