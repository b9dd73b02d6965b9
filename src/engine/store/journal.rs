//! The journal: how records lie on disk, and nothing about what they mean.
//!
//! One record a line: sixteen hexadecimal digits, a blank, the record as JSON, a line feed. The
//! digits are the beginning of the BLAKE3 digest of the digits before and this line's JSON, so a
//! changed, lost, doubled or moved line is noticed. An append is one write and one sync; after an
//! error the journal is not written again by this process, because a second sync can lie.
//!
//! A line that was written together with the one before it has a plus in the place of the blank.
//!
//! A crash leaves a whole number of lines and perhaps a part of what was appended last: its
//! beginning, or pieces of it with zeros where others never came to the disk. That torn tail was
//! never acted on and is cut. Any other damage is refused and named, never guessed at.
//!
//! What is read when a journal is opened need not be on the disk: whoever wrote it may have been
//! killed before the sync, or told that it failed, after which the system takes those pages for
//! clean. So whoever goes on with a journal first writes it anew.

use crate::{
    model::{
        record::{Body, JOURNAL_FORMAT, Record},
        text::inert,
    },
    world::{FileError, Files},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// What the first line is chained to.
const ANCHOR: &str = "switchback journal";
const CHECK_DIGITS: usize = 16;
/// Marks a line that was written together with the one before.
const TOGETHER: u8 = b'+';
/// The check fits, so it was not cut or changed by chance; who wrote it is not known by that.
const OTHER: &str = "it is whole, and of a kind that is not known here: another switchback wrote it, most likely a \
                     newer one; use that";
/// Largest journal that is read, and so written.
const JOURNAL_BYTES_MAX: u64 = 256 << 20;

/// Where the lines are kept.
pub trait Store: Send {
    fn load(&self) -> Result<Vec<u8>, FileError>;
    /// Durable when it returns.
    fn append(&mut self, line: &[u8]) -> Result<(), FileError>;
    /// The whole journal anew, atomically and durable.
    fn rewrite(&mut self, all: &[u8]) -> Result<(), FileError>;
}

/// A journal as a file of the run's folder.
pub struct FileStore {
    files: Arc<dyn Files>,
    path: PathBuf,
    /// What was written: a journal that somebody removes or changes meanwhile is not written any
    /// more, and none begun in its place that could not be read.
    bytes: u64,
}

impl FileStore {
    pub fn new(files: Arc<dyn Files>, path: &Path) -> Self {
        Self {
            files,
            path: path.to_owned(),
            bytes: 0,
        }
    }
}

impl Store for FileStore {
    fn load(&self) -> Result<Vec<u8>, FileError> {
        let content = self.files.read(&self.path, JOURNAL_BYTES_MAX)?;
        Ok(content.map(|content| content.bytes).unwrap_or_default())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), FileError> {
        let bytes = self.bytes + line.len() as u64;
        if bytes > JOURNAL_BYTES_MAX {
            let error = FileError::would_be_too_large(&self.path, JOURNAL_BYTES_MAX);
            return Err(error);
        }
        self.files.append(&self.path, line, Some(self.bytes))?;
        self.bytes = bytes;
        Ok(())
    }

    fn rewrite(&mut self, all: &[u8]) -> Result<(), FileError> {
        self.files.replace_own(&self.path, all)?;
        self.bytes = all.len() as u64;
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error(
        "the journal is damaged from line {line} on: {why}; what was done after that is unknown. \
         `switchback status` shows what can be read, `switchback restore` puts the backup into a \
         folder, and the RESTORE.md in it says how to restore by hand"
    )]
    Damaged { line: usize, why: &'static str },
    #[error(
        "the journal is gone, and with it what was done since the backup; `switchback restore` puts \
         the backup into a folder, and the RESTORE.md in it says how to restore by hand"
    )]
    Gone,
    #[error("the journal was written by a newer switchback (form {found}); use that one")]
    Newer { found: u32 },
    #[error("the journal could not be written before; start switchback again to go on")]
    Closed,
    #[error("the journal could not be read or written")]
    File(#[from] FileError),
}

/// What the bytes of a journal say.
#[derive(Debug, PartialEq)]
pub struct Decoded {
    pub records: Vec<Record>,
    pub tail: Tail,
    /// Bytes of the valid lines.
    valid: usize,
    check: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    Clean,
    /// The beginning of a line that was never acted on.
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

/// Over all of a line but the blank.
fn check_of(before: &str, line: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes());
    hasher.update(line.as_bytes());
    let hex = hasher.finalize().to_hex();
    hex.as_str()[..CHECK_DIGITS].to_owned()
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

/// A line with zeros is one that did not wholly come to the disk: JSON has none. It was never
/// acted on if everything behind it was appended with it.
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

/// The journal of one run, open for writing. The caller holds the run's lock.
pub struct Journal {
    store: Box<dyn Store>,
    check: String,
    next_seq: u64,
    closed: bool,
}

impl Journal {
    /// An empty journal.
    pub fn create(store: Box<dyn Store>) -> Self {
        Self {
            store,
            check: ANCHOR.to_owned(),
            next_seq: 0,
            closed: false,
        }
    }

    /// Opens a journal to go on with it; cuts a torn tail and makes the rest durable.
    pub fn open(store: Box<dyn Store>) -> Result<(Self, Vec<Record>), JournalError> {
        let mut journal = Self::create(store);
        let records = journal.reopen()?;
        Ok((journal, records))
    }

    /// The same for one that an error has closed: what is read is written anew, as another process
    /// would, and never less than was durable before.
    pub fn reopen(&mut self) -> Result<Vec<Record>, JournalError> {
        let bytes = self.store.load()?;
        let decoded = decode(&bytes);
        refuse_newer(&decoded.records)?;
        let next_seq = decoded.records.len() as u64;
        match decoded.tail {
            Tail::Damaged { line, why } => return Err(JournalError::Damaged { line, why }),
            Tail::Clean | Tail::Torn if next_seq < self.next_seq => return Err(JournalError::Gone),
            Tail::Clean | Tail::Torn => self.store.rewrite(&bytes[..decoded.valid])?,
        }
        (self.check, self.next_seq, self.closed) = (decoded.check, next_seq, false);
        Ok(decoded.records)
    }

    /// Reads a journal without writing: what `status` does, also beside a worker.
    pub fn peek(store: &dyn Store) -> Result<Decoded, JournalError> {
        let decoded = decode(&store.load()?);
        refuse_newer(&decoded.records)?;
        Ok(decoded)
    }

    /// One record, durable when it returns; only then may anybody act on it or show it.
    pub fn append(&mut self, at_ms: u64, body: Body) -> Result<Record, JournalError> {
        let mut records = self.number(at_ms, vec![body]);
        self.write(&records)?;
        Ok(records.remove(0))
    }

    /// How many records are durable.
    pub fn durable(&self) -> usize {
        usize::try_from(self.next_seq).unwrap_or(usize::MAX)
    }

    /// The next records, which are not written yet: whoever folds them first writes none that could
    /// not be read again.
    pub fn number(&self, at_ms: u64, bodies: Vec<Body>) -> Vec<Record> {
        let numbered = bodies.into_iter().zip(self.next_seq..);
        numbered
            .map(|(body, seq)| Record { seq, at_ms, body })
            .collect()
    }

    /// Several with one sync: for what happened together, with no effect in between. A crash leaves
    /// a beginning of them.
    pub fn write(&mut self, records: &[Record]) -> Result<(), JournalError> {
        if self.closed {
            return Err(JournalError::Closed);
        }
        if records.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        let mut check = self.check.clone();
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
        if let Err(error) = self.store.append(lines.as_bytes()) {
            self.closed = true;
            return Err(error.into());
        }
        self.check = check;
        self.next_seq += records.len() as u64;
        Ok(())
    }
}

fn refuse_newer(records: &[Record]) -> Result<(), JournalError> {
    match records.first().map(|record| &record.body) {
        Some(Body::RunStarted { format, .. }) if *format > JOURNAL_FORMAT => {
            Err(JournalError::Newer { found: *format })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{Phase, Who};
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Store for Memory {
        fn load(&self) -> Result<Vec<u8>, FileError> {
            Ok(self.0.lock().expect("lock").clone())
        }

        fn append(&mut self, line: &[u8]) -> Result<(), FileError> {
            self.0.lock().expect("lock").extend_from_slice(line);
            Ok(())
        }

        fn rewrite(&mut self, all: &[u8]) -> Result<(), FileError> {
            *self.0.lock().expect("lock") = all.to_vec();
            Ok(())
        }
    }

    fn sample() -> (Vec<u8>, Vec<Record>) {
        let store = Memory::default();
        let mut journal = Journal::create(Box::new(store.clone()));
        let who = Who {
            user: "ada".into(),
            host: "web-03".into(),
            pid: 7,
        };
        let bodies = [
            Body::PhaseEntered {
                phase: Phase::Checklist,
            },
            Body::Resumed { by: who },
            Body::Paused {
                why: "a gate".into(),
            },
            Body::BytesProved {
                files: 3,
                others: None,
            },
        ];
        let records = bodies
            .into_iter()
            .map(|body| journal.append(5, body).expect("append"))
            .collect();
        let bytes = store.load().expect("load");
        (bytes, records)
    }

    #[test]
    fn cut_at_every_byte_it_keeps_exactly_the_whole_lines() {
        let (bytes, records) = sample();
        for cut in 0..=bytes.len() {
            let decoded = decode(&bytes[..cut]);
            let whole = bytes[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(decoded.records, records[..whole], "cut at {cut}");
            assert!(
                !matches!(decoded.tail, Tail::Damaged { .. }),
                "cut at {cut}"
            );
            let store = Memory(Arc::new(Mutex::new(bytes[..cut].to_vec())));
            let (mut journal, read) = Journal::open(Box::new(store.clone())).expect("open");
            assert_eq!(read.len(), whole);
            journal
                .append(
                    6,
                    Body::BytesProved {
                        files: 4,
                        others: None,
                    },
                )
                .expect("append");
            let again = decode(&store.load().expect("load"));
            assert_eq!((again.records.len(), again.tail), (whole + 1, Tail::Clean));
        }
    }

    #[test]
    fn a_journal_that_has_lost_its_end_is_not_taken_up_again() {
        let (bytes, records) = sample();
        let store = Memory(Arc::new(Mutex::new(bytes.clone())));
        let (mut journal, _) = Journal::open(Box::new(store.clone())).expect("open");
        let first = bytes
            .iter()
            .position(|&byte| byte == b'\n')
            .expect("a line")
            + 1;
        *store.0.lock().expect("lock") = bytes[..first].to_vec();
        let end = journal.reopen();
        assert!(matches!(end, Err(JournalError::Gone)), "{end:?}");
        *store.0.lock().expect("lock") = bytes;
        assert_eq!(journal.reopen().expect("all of it is back"), records);
    }

    #[test]
    fn flipped_at_every_byte_it_is_refused_or_only_the_tail_is_cut() {
        let (bytes, records) = sample();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            let decoded = decode(&flipped);
            assert!(
                decoded.records.len() < records.len(),
                "flip at {at} went unnoticed"
            );
            assert_eq!(decoded.records, records[..decoded.records.len()]);
            let last_line_feed = at + 1 == bytes.len();
            assert_eq!(decoded.tail == Tail::Torn, last_line_feed, "flip at {at}");
        }
    }

    #[test]
    fn holes_in_what_was_appended_last_are_cut_and_others_refused() {
        let store = Memory::default();
        let mut journal = Journal::create(Box::new(store.clone()));
        let bodies = |files: &[u64]| {
            let body = |&files| Body::BytesProved {
                files,
                others: None,
            };
            files.iter().map(body).collect::<Vec<_>>()
        };
        journal
            .write(&journal.number(5, bodies(&[1, 2])))
            .expect("written");
        let from = store.load().expect("load").len();
        journal
            .write(&journal.number(5, bodies(&[3, 4, 5])))
            .expect("written");
        let bytes = store.load().expect("load");
        for block in [8, 32, 100] {
            for hole in from..bytes.len() {
                let mut torn = bytes.clone();
                let end = torn.len().min(hole + block);
                torn[hole..end].fill(0);
                let decoded = decode(&torn);
                assert_eq!(decoded.tail, Tail::Torn, "{block} zeros at {hole}");
                assert!(decoded.records.len() >= 2);
            }
        }
        for hole in 0..from {
            let mut damaged = bytes.clone();
            damaged[hole] = 0;
            let tail = decode(&damaged).tail;
            assert!(matches!(tail, Tail::Damaged { .. }), "a zero at {hole}");
        }
    }

    #[test]
    fn lost_doubled_and_swapped_lines_are_noticed() {
        let (bytes, _) = sample();
        let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        for order in [
            vec![0, 2, 3],
            vec![0, 1, 1, 2, 3],
            vec![0, 2, 1, 3],
            vec![1, 2, 3],
        ] {
            let mixed: Vec<u8> = order.iter().flat_map(|&n| lines[n].to_vec()).collect();
            assert!(
                matches!(decode(&mixed).tail, Tail::Damaged { .. }),
                "{order:?}"
            );
        }
    }

    #[test]
    fn a_whole_line_of_a_kind_that_is_not_known_is_of_another_program() {
        let (mut bytes, records) = sample();
        let check = decode(&bytes).check;
        let json = r#"{"seq":4,"at_ms":5,"body":{"teleported":{}}}"#;
        bytes.extend(format!("{} {json}\n", check_of(&check, json)).bytes());
        let decoded = decode(&bytes);
        assert_eq!(decoded.records, records);
        let (line, why) = (records.len() + 1, OTHER);
        assert_eq!(decoded.tail, Tail::Damaged { line, why });
    }

    #[test]
    fn after_a_failed_write_nothing_more_is_written() {
        struct Full;
        impl Store for Full {
            fn load(&self) -> Result<Vec<u8>, FileError> {
                Ok(Vec::new())
            }
            fn append(&mut self, _: &[u8]) -> Result<(), FileError> {
                Err(FileError::Drift { path: "/j".into() })
            }
            fn rewrite(&mut self, _: &[u8]) -> Result<(), FileError> {
                Ok(())
            }
        }
        let mut journal = Journal::create(Box::new(Full));
        let body = || Body::BytesProved {
            files: 0,
            others: None,
        };
        assert!(matches!(
            journal.append(0, body()),
            Err(JournalError::File(_))
        ));
        assert!(matches!(
            journal.append(0, body()),
            Err(JournalError::Closed)
        ));
    }
}
