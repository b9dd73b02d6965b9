//! What must hold for any bytes at all. Each function takes the bytes of the fuzzer, makes of them
//! what the program would read, and asserts its laws. The fuzz targets are one call each; the
//! tests of the program include this file and replay the corpus.

mod edits;
mod journal;
mod rules;

pub use edits::{dotenv, ini, json, toml, yaml};
pub use journal::journal;
pub use rules::rules;

/// Panics where a law is broken.
pub type Hold = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Hold); 7] = [
    ("dotenv", dotenv),
    ("ini", ini),
    ("journal", journal),
    ("json", json),
    ("rules", rules),
    ("toml", toml),
    ("yaml", yaml),
];
