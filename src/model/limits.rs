//! Upper limits for everything that comes from outside: what is larger is refused or left out before it
//! is in memory. Our own files are written within the same limits, so that they can be read again.
//!
//! Limits that concern only one place (a buffer, a depth, how many rows are shown) are defined there.

use super::units::Size;

/// A configuration file, an SQL script, a file that a check reads. No configuration is larger, and
/// offsets into it fit into `u32`.
pub const TEXT_FILE: Size = mib(16);
/// A TOML file: its parser keeps every token, 140 bytes for each byte of `a.a.a.a`.
pub const TOML_FILE: Size = kib(1536);
/// All texts of one survey together, because they are in memory at the same time.
pub const SURVEY_TEXTS: Size = mib(32);

/// One rules file: they are written by people.
pub const RULES_FILE: Size = mib(1);
/// Any file in the folder of a pack, for example a script or a new file of the product.
pub const PACK_FILE: Size = mib(4);
/// All files of a pack together.
pub const PACK: Size = mib(32);

/// Answers to a pack's questions: words and numbers.
pub const ANSWERS: Size = mib(1);
/// A plan holds the new text of each file that it edits.
pub const PLAN: Size = mib(64);
/// A journal holds the plan, and a few lines for each step and each look at a metric.
pub const JOURNAL: Size = mib(256);
/// The manifest of a backup: a few hundred bytes a file.
pub const MANIFEST: Size = mib(64);
/// Our record of which process is a service.
pub const SERVICE_RECORD: Size = kib(64);
/// A pid file, which other programs write.
pub const PID_FILE: Size = kib(4);
/// A key or a signature; each has a few lines.
pub const SIGNATURE: Size = kib(64);
/// A file of the system's own configuration.
pub const SYSTEM_FILE: Size = mib(1);

/// A service's own log file, which is quoted if the service does not start.
pub const SERVICE_LOG: Size = mib(16);
/// The answer of a service to a health request.
pub const HTTP_ANSWER: Size = mib(1);
/// A page of metrics: a busy service has thousands of series for each of its parts.
pub const METRICS_PAGE: Size = mib(16);

/// The stored output of one command.
pub const OUTPUT: Size = mib(64);
/// The end of that output, by which a step is judged and which is shown.
pub const OUTPUT_END: Size = kib(256);
/// One line of output; a longer one is left out, or delivered in pieces on request.
pub const OUTPUT_LINE: Size = kib(64);

/// One message between worker and front end, and also all that is queued for a front end that does
/// not read.
pub const FRAME: Size = mib(1);

const fn kib(count: u64) -> Size {
    Size::from_bytes(count << 10)
}

const fn mib(count: u64) -> Size {
    Size::from_bytes(count << 20)
}
