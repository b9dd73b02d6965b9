//! Times and sizes as people write them in rules files (`500ms`, `10m`, `64KiB`, `2GiB`), and as
//! they are shown to people.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, time::Duration};

/// A length of time, written with one unit: `ms`, `s`, `m`, `h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    ms: u64,
}

impl Span {
    pub const fn from_ms(ms: u64) -> Self {
        Self { ms }
    }

    pub const fn from_secs(secs: u64) -> Self {
        Self { ms: secs * 1000 }
    }

    pub const fn ms(self) -> u64 {
        self.ms
    }

    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.ms)
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (number, unit) = split_unit(&text);
        let factor = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => {
                return Err(format!(
                    "`{text}` is not a time: write 500ms, 30s, 10m or 1h"
                ));
            }
        };
        number
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(factor))
            .map(Self::from_ms)
            .ok_or_else(|| format!("`{text}` is not a time: write 500ms, 30s, 10m or 1h"))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        let ms = span.ms;
        for (factor, unit) in [(3_600_000, "h"), (60_000, "m"), (1000, "s")] {
            if ms != 0 && ms.is_multiple_of(factor) {
                return format!("{}{unit}", ms / factor);
            }
        }
        format!("{ms}ms")
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from(*self))
    }
}

/// A number of bytes, written with one unit: `B`, `KiB`, `MiB`, `GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size {
    bytes: u64,
}

impl Size {
    pub const fn from_bytes(bytes: u64) -> Self {
        Self { bytes }
    }

    pub const fn bytes(self) -> u64 {
        self.bytes
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (number, unit) = split_unit(&text);
        let shift = match unit {
            "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            _ => {
                return Err(format!(
                    "`{text}` is not a size: write 512B, 64KiB, 10MiB or 2GiB"
                ));
            }
        };
        number
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(1 << shift))
            .map(Self::from_bytes)
            .ok_or_else(|| format!("`{text}` is not a size: write 512B, 64KiB, 10MiB or 2GiB"))
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if size.bytes != 0 && size.bytes.is_multiple_of(1 << shift) {
                return format!("{}{unit}", size.bytes >> shift);
            }
        }
        format!("{}B", size.bytes)
    }
}

/// For people: rounded, in one unit. Use `String::from` for text that must be read back.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes as f64;
        for (shift, unit) in [(30u32, "GiB"), (20, "MiB"), (10, "KiB")] {
            let one = f64::from(1u32 << shift);
            if bytes >= one {
                let value = bytes / one;
                let digits = usize::from(value < 10.0);
                return write!(f, "{value:.digits$} {unit}");
            }
        }
        write!(f, "{} bytes", self.bytes)
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    (number, unit.trim_start())
}

macro_rules! text_schema {
    ($name:ident, $pattern:literal, $example:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    };
}

text_schema!(Span, "^[0-9]+ ?(ms|s|m|h)$", "30s");
text_schema!(Size, "^[0-9]+ ?(B|KiB|MiB|GiB)$", "64KiB");

/// A moment for people, in UTC so that reports from several hosts can be laid side by side.
pub fn time(ms: u64) -> String {
    moment(ms, "%Y-%m-%d %H:%M:%S UTC").unwrap_or_else(|| "at an unknown time".to_owned())
}

/// Hour and minute of a moment, for people who were there.
pub fn hour(ms: u64) -> String {
    moment(ms, "%H:%M UTC").unwrap_or_else(|| UNKNOWN.to_owned())
}

/// The time of day of a moment.
pub fn clock(ms: u64) -> String {
    moment(ms, "%H:%M:%S UTC").unwrap_or_else(|| UNKNOWN.to_owned())
}

const UNKNOWN: &str = "an unknown time";

fn moment(ms: u64, form: &str) -> Option<String> {
    let time = Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()?;
    Some(time.strftime(form).to_string())
}

/// How long something took, in the two largest units.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => format!("{ms} ms"),
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h @ 0..48, m, _) => format!("{h} h {m} min"),
        (h, ..) => format!("{} days {} h", h / 24, h % 24),
    }
}

/// How long something has taken so far: `4 s`, `2 min 05 s`, `1 h 02 min`. It keeps its width while
/// it is counted up.
pub fn elapsed(ms: u64) -> String {
    let secs = ms / 1000;
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        3600.. => format!("{} h {:02} min", secs / 3600, secs / 60 % 60),
    }
}

/// The time between two moments as `time` shows them, so that reckoning with what is shown gives
/// the same result.
pub fn between(from_ms: u64, to_ms: u64) -> String {
    match (to_ms / 1000).saturating_sub(from_ms / 1000) {
        0 => duration(to_ms.saturating_sub(from_ms)),
        seconds => duration(seconds * 1000),
    }
}

/// `1 file`, `2 files`.
pub fn count<N: fmt::Display + PartialEq + From<u8>>(n: N, thing: &str) -> String {
    if n == N::from(1) {
        format!("1 {thing}")
    } else {
        format!("{n} {thing}s")
    }
}

/// `1 file was`, `2 files were`.
pub fn count_were(n: usize, thing: &str) -> String {
    let were = if n == 1 { "was" } else { "were" };
    format!("{} {were}", count(n, thing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        for text in ["500ms", "30s", "10m", "1h", "90s"] {
            let span = Span::try_from(text.to_owned()).expect(text);
            assert_eq!(Span::try_from(String::from(span)), Ok(span));
        }
        assert!(Span::try_from("10 minutes".to_owned()).is_err());
        assert!(Span::try_from("99999999999999999999h".to_owned()).is_err());
    }

    #[test]
    fn what_has_passed_is_told_in_two_units_at_most() {
        let told = [900, 4_000, 125_000, 3_720_000].map(elapsed);
        assert_eq!(told, ["0 s", "4 s", "2 min 05 s", "1 h 02 min"]);
    }

    #[test]
    fn a_span_is_that_of_the_seconds_that_are_shown() {
        let from = 1_000_990;
        assert_eq!(between(from, from + 165_900), "2 min 46 s");
        assert_eq!(between(from, from + 20), "1 s");
        assert_eq!(between(from, from + 5), "5 ms");
        assert_eq!(between(from, 0), "0 ms");
    }

    #[test]
    fn a_size_is_rounded_for_people_and_exact_for_files() {
        let size = Size::try_from("64KiB".to_owned()).expect("size");
        assert_eq!(size.bytes(), 65536);
        assert_eq!(String::from(Size::from_bytes(1500)), "1500B");
        assert_eq!(Size::from_bytes(1500).to_string(), "1.5 KiB");
    }
}
