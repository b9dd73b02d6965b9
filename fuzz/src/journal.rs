//! Any bytes as a journal; and journals whose lines carry the checks that belong to them, so that
//! what lies behind the checks is met as well, whole or disturbed in one place.

use std::sync::{Arc, Mutex};
use switchback::{
    engine::store::journal::{self, Journal, Store, Tail},
    model::{
        ids::StepId,
        record::{Body, Record},
    },
    run_state::RunState,
    world::FileError,
};

pub fn journal(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else {
        return;
    };
    match mode % 3 {
        0 => any(rest),
        1 => any(&signed(&String::from_utf8_lossy(rest))),
        _ => disturbed(rest),
    }
}

/// Each line is a record's body as JSON; a plus before it: written together with the one above.
fn signed(lines: &str) -> Vec<u8> {
    let (mut journal, mut check) = (String::new(), "switchback journal".to_owned());
    for (seq, line) in lines.lines().enumerate() {
        let (mark, body) = match line.strip_prefix('+') {
            Some(body) => ("+", body),
            None => ("", line),
        };
        let line = format!("{mark}{{\"seq\":{seq},\"at_ms\":5,\"body\":{body}}}");
        let hash = blake3::hash(format!("{check}{line}").as_bytes()).to_hex();
        hash.as_str()[..16].clone_into(&mut check);
        let blank = if mark.is_empty() { " " } else { "" };
        journal.push_str(&format!("{check}{blank}{line}\n"));
    }
    journal.into_bytes()
}

/// What is read from a journal is its beginning, and can be gone on with or is refused.
fn any(bytes: &[u8]) {
    let read = journal::decode(bytes);
    let whole = beginning(bytes, read.records.len());
    let again = journal::decode(whole);
    assert_eq!((&again.records, &again.tail), (&read.records, &Tail::Clean));
    assert_eq!(read.tail == Tail::Clean, whole == bytes);
    for (seq, record) in read.records.iter().enumerate() {
        assert_eq!(record.seq, seq as u64);
    }
    assert_eq!(written(&read.records).records, read.records);
    // A run that cannot have happened is refused in words.
    if let Ok(state) = RunState::fold(&read.records) {
        assert_eq!(state.seq, read.records.len() as u64 - 1);
    }

    let store = Memory(Arc::new(Mutex::new(bytes.to_vec())));
    match Journal::open(Box::new(store.clone())) {
        Ok((mut journal, records)) => {
            assert_eq!(records, read.records);
            assert_eq!(store.bytes(), whole);
            let next = journal.append(
                6,
                Body::SteppedBack {
                    to: StepId::new("a"),
                },
            );
            let next = next.expect("memory takes it");
            let now = journal::decode(&store.bytes());
            assert_eq!((now.records.last(), now.tail), (Some(&next), Tail::Clean));
        }
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            assert_eq!(store.bytes(), bytes, "what is refused is left as it is");
        }
    }
}

/// Three bytes say what happens, and where; the rest is a journal. What is read of it then was in
/// it before, and nothing that was changed is taken for whole.
fn disturbed(data: &[u8]) {
    let Some(([how, high, low], lines)) = data.split_first_chunk::<3>() else {
        return;
    };
    let valid = signed(&String::from_utf8_lossy(lines));
    let before = journal::decode(&valid);
    let mut bytes = beginning(&valid, before.records.len()).to_vec();
    if bytes.is_empty() {
        return;
    }
    let whole = bytes.clone();
    let at = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
    let near = (at + 1 + usize::from(*how)).min(bytes.len());
    match how % 5 {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << (how / 5 % 8),
        2 => bytes[at..near].fill(0),
        3 => drop(bytes.drain(at..near)),
        _ => bytes.extend_from_within(at..near),
    }
    any(&bytes);
    let read = journal::decode(&bytes);
    assert!(before.records.starts_with(&read.records));
    if read.tail == Tail::Clean {
        assert!(whole.starts_with(&bytes), "a change went unnoticed");
    }
}

/// The bytes of so many lines.
fn beginning(bytes: &[u8], lines: usize) -> &[u8] {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let end = ends.map(|(at, _)| at + 1).take(lines).last();
    &bytes[..end.unwrap_or(0)]
}

/// The same records, written by this program.
fn written(records: &[Record]) -> journal::Decoded {
    let store = Memory::default();
    let mut journal = Journal::create(Box::new(store.clone()));
    for record in records {
        let done = journal.append(record.at_ms, record.body.clone());
        done.expect("memory takes it");
    }
    let written = journal::decode(&store.bytes());
    assert_eq!(written.tail, Tail::Clean);
    written
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

impl Store for Memory {
    fn load(&self) -> Result<Vec<u8>, FileError> {
        Ok(self.bytes())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), FileError> {
        self.0
            .lock()
            .expect("nobody panics with it")
            .extend_from_slice(line);
        Ok(())
    }

    fn rewrite(&mut self, all: &[u8]) -> Result<(), FileError> {
        *self.0.lock().expect("nobody panics with it") = all.to_vec();
        Ok(())
    }
}
