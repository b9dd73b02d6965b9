//! What is appended is read again; what is torn is cut, and what is damaged refused.

use super::{
    form::{OTHER, check_of},
    *,
};
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
