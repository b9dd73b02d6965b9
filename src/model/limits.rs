//! How large what comes from outside may be: more is refused, or left out, before it is in memory. What
//! writes a file of ours holds to the same number, so that nothing is written that could not be read again.
//!
//! A bound that is about one place's own work (a buffer, a depth, how many of a list are shown) stands there.

use super::units::Size;

/// A configuration, a script of SQL, a text that a check looks into: a larger one is nobody's
/// configuration, and `u32` counts its bytes.
pub const TEXT_FILE: Size = mib(16);
/// Its reader keeps every word and point of it: 140 bytes for each byte of `a.a.a.a`.
pub const TOML_FILE: Size = kib(1536);
/// The texts of one survey together, because what rules read is in memory at once.
pub const SURVEY_TEXTS: Size = mib(32);

/// One file of rules: they are written for people.
pub const RULES_FILE: Size = mib(1);
/// Any file in the folder of a pack, a script or a new file of the product among them.
pub const PACK_FILE: Size = mib(4);
/// All files of a pack together.
pub const PACK: Size = mib(32);

/// Answers to a pack's questions: words and numbers.
pub const ANSWERS: Size = mib(1);
/// A plan holds the new text of each file that it edits.
pub const PLAN: Size = mib(64);
/// A journal holds the plan, and a few lines for each step and each look at a metric.
pub const JOURNAL: Size = mib(256);
/// A backup's manifest: some hundred bytes for each file.
pub const MANIFEST: Size = mib(64);
/// What this program knows the process of a service by.
pub const SERVICE_RECORD: Size = kib(64);
/// A number, by whoever wrote it.
pub const PID_FILE: Size = kib(4);
/// A key or a signature: both are two lines.
pub const SIGNATURE: Size = kib(64);
/// A file of the system's own configuration.
pub const SYSTEM_FILE: Size = mib(1);

/// What a service logged into a file of its own, which is quoted when it does not start.
pub const SERVICE_LOG: Size = mib(16);
/// Enough of an answer for whoever asks a service how it is.
pub const HTTP_ANSWER: Size = mib(1);
/// A busy service has some thousand series for each of its parts.
pub const METRICS_PAGE: Size = mib(16);

/// Everything that one command prints, as it is kept.
pub const OUTPUT: Size = mib(64);
/// The end of it: what a step is judged by and what is shown of it, whoever comes.
pub const OUTPUT_END: Size = kib(256);
/// A longer line is left out, or given in pieces to who asks for them.
pub const OUTPUT_LINE: Size = kib(64);

/// A message between worker and front end; and what waits for a front end that does not read.
pub const FRAME: Size = mib(1);

const fn kib(count: u64) -> Size {
    Size::from_bytes(count << 10)
}

const fn mib(count: u64) -> Size {
    Size::from_bytes(count << 20)
}
