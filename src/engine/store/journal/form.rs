//! The form of a journal: records as lines, and back.
//!
//! One record a line: sixteen hexadecimal digits, a blank, the record as JSON, a line feed. The
//! digits are the beginning of the BLAKE3 digest of the digits before and this line's JSON, so a
//! changed, lost, doubled or moved line is noticed. A line that was written together with the one before
//! it has a plus in the place of the blank.
//!
//! A crash leaves a whole number of lines and perhaps a part of what was appended last: its
//! beginning, or pieces of it with zeros where others never came to the disk.

use crate::model::{record::Record, text::inert};

/// What the first line is chained to.
pub(super) const ANCHOR: &str = "switchback journal";
const CHECK_DIGITS: usize = 16;
/// Marks a line that was written together with the one before.
const TOGETHER: u8 = b'+';
/// The digest matches, so the line is intact; that does not tell who wrote it.
pub(super) const OTHER: &str = "it is whole, and of a kind that is not known here: another switchback wrote it, most likely a \
                     newer one; use that";

/// The decoded contents of a journal.
#[derive(Debug, PartialEq)]
pub struct Decoded {
    pub records: Vec<Record>,
    pub tail: Tail,
    /// Bytes of the valid lines.
    pub(super) valid: usize,
    pub(super) check: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    Clean,
    /// The beginning of an append that was never acted on.
    Torn,
    Damaged {
        line: usize,
        why: &'static str,
    },
}

impl Tail {
    /// Where it is damaged, and how.
    pub fn damage(&self) -> Option<String> {
        match self {
            Self::Clean | Self::Torn => None,
            Self::Damaged { line, why } => Some(format!("line {line}: {why}")),
        }
    }
}

/// The digits of a line: they cover everything in it but the space.
pub(super) fn check_of(before: &str, line: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes());
    hasher.update(line.as_bytes());
    let hex = hasher.finalize().to_hex();
    hex.as_str()[..CHECK_DIGITS].to_owned()
}

/// What comes behind the line of this check: the lines, and the check of the last.
pub(super) fn encode(records: &[Record], check: &str) -> (String, String) {
    let (mut lines, mut check) = (String::new(), check.to_owned());
    for (n, record) in records.iter().enumerate() {
        let json = serde_json::to_string(record).expect("records have only text keys");
        let json = inert(&json);
        let (blank, line) = match n {
            0 => (" ", json.into_owned()),
            _ => ("", format!("{}{json}", char::from(TOGETHER))),
        };
        check = check_of(&check, &line);
        lines.push_str(&format!("{check}{blank}{line}\n"));
    }
    (lines, check)
}

/// Reads the longest valid beginning and says what follows it.
pub fn decode(bytes: &[u8]) -> Decoded {
    let mut decoded = Decoded {
        records: Vec::new(),
        tail: Tail::Clean,
        valid: 0,
        check: ANCHOR.to_owned(),
    };
    while decoded.valid < bytes.len() {
        let rest = &bytes[decoded.valid..];
        let line = decoded.records.len() + 1;
        let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
            decoded.tail = Tail::Torn;
            break;
        };
        match decode_line(&rest[..end], &decoded.check, decoded.records.len() as u64) {
            Ok((record, check)) => {
                decoded.records.push(record);
                decoded.check = check;
                decoded.valid += end + 1;
            }
            Err(_) if is_torn(rest, &decoded) => {
                decoded.tail = Tail::Torn;
                break;
            }
            Err(why) => {
                decoded.tail = Tail::Damaged { line, why };
                break;
            }
        }
    }
    decoded
}

/// A line with zeros did not reach the disk completely, since JSON has none. It was never acted on
/// if everything after it belongs to the same append.
fn is_torn(rest: &[u8], before: &Decoded) -> bool {
    let has_zeros = |line: &[u8]| line.contains(&0);
    let belongs = |line: &[u8]| match line.get(CHECK_DIGITS) {
        Some(&mark) => mark == TOGETHER || has_zeros(line),
        None => true,
    };
    let mut lines = rest.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let Some(zero) = first.iter().position(|&byte| byte == 0) else {
        return false;
    };
    // A zero in place of a line's end hides where the next one begins.
    let (whole, behind) = (&first[..zero], &first[zero + 1..]);
    let hides_an_end = decode_line(whole, &before.check, before.records.len() as u64).is_ok();
    (!hides_an_end || behind.starts_with(&[0]) || belongs(behind)) && lines.all(belongs)
}

fn decode_line(line: &[u8], before: &str, seq: u64) -> Result<(Record, String), &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not text")?;
    let (check, json) = text
        .split_at_checked(CHECK_DIGITS)
        .ok_or("it is too short")?;
    let checked = json.strip_prefix(' ').unwrap_or(json);
    let json = json
        .strip_prefix([' ', char::from(TOGETHER)])
        .ok_or("its form is wrong")?;
    if check_of(before, checked) != check {
        return Err("its check does not fit");
    }
    let record: Record = serde_json::from_str(json).map_err(|_| OTHER)?;
    if record.seq != seq {
        return Err("its number does not follow");
    }
    Ok((record, check.to_owned()))
}
