//! The protocol on the socket of a run: frames of at most a mebibyte, each a length followed by
//! JSON. Anything unknown is refused, so two releases that do not understand each other say so.

use super::handle::{Ask, Control, Event};
use crate::model::{limits, record::Who};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};

/// Raised whenever a message changes its meaning.
pub const PROTOCOL: u32 = 2;
const FRAME_BYTES_MAX: usize = limits::FRAME.bytes() as usize;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ToWorker {
    /// The first message. Records come from number `from_seq` on; the one before them, and the
    /// plan, which may be larger than a frame, are read in the journal.
    Attach {
        protocol: u32,
        from_seq: u64,
        who: Who,
        /// Only watches, even if nobody holds the run.
        watch: bool,
    },
    Ask {
        ask: Ask,
        /// The last record that the asker has seen.
        expect_seq: u64,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FromWorker {
    /// The answer to `Attach`.
    Welcome {
        control: Control,
    },
    Event(Event),
}

#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("a message of {0} bytes is too large")]
    TooLarge(usize),
    #[error(
        "a message that this release does not know; the worker is of another release: let it come \
         to its next question, then `switchback resume`"
    )]
    Unknown(#[source] serde_json::Error),
    #[error("the line to the worker broke")]
    Broken(#[from] io::Error),
}

pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, WireError> {
    let json = serde_json::to_vec(message).expect("messages have only text keys");
    let length = u32::try_from(json.len())
        .ok()
        .filter(|_| json.len() <= FRAME_BYTES_MAX)
        .ok_or(WireError::TooLarge(json.len()))?;
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend(json);
    Ok(frame)
}

pub fn send(to: &mut impl Write, message: &impl Serialize) -> Result<(), WireError> {
    Ok(to.write_all(&encode(message)?)?)
}

/// Receives a message; `None` if the stream ends between two.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, WireError> {
    let mut length = [0; 4];
    match from.read(&mut length[..1])? {
        0 => return Ok(None),
        _one => from.read_exact(&mut length[1..])?,
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(WireError::TooLarge(length));
    }
    let mut json = vec![0; length];
    from.read_exact(&mut json)?;
    serde_json::from_slice(&json)
        .map(Some)
        .map_err(WireError::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::means::progress::Progress;

    fn messages() -> Vec<FromWorker> {
        vec![
            FromWorker::Welcome {
                control: Control::default(),
            },
            FromWorker::Event(Event::Idle),
            FromWorker::Event(Event::Progress(Progress {
                doing: "copying".into(),
                unit: "bytes".into(),
                per_second: Some(1.5),
                ..Progress::default()
            })),
            FromWorker::Event(Event::Output {
                step: "a".into(),
                line: "ü \u{1f680}".into(),
            }),
            FromWorker::Event(Event::Gone(None)),
        ]
    }

    #[test]
    fn messages_arrive_as_they_were_sent_and_a_cut_is_an_error() {
        let mut all = Vec::new();
        for message in messages() {
            send(&mut all, &message).expect("sent");
        }
        let mut from = all.as_slice();
        for message in messages() {
            let came: Option<FromWorker> = receive(&mut from).expect("received");
            assert_eq!(came, Some(message));
        }
        let end: Option<FromWorker> = receive(&mut from).expect("the end");
        assert_eq!(end, None);
        let cut = &all[..all.len() - 1];
        let mut from = cut;
        let broken = std::iter::from_fn(|| receive::<FromWorker>(&mut from).transpose());
        assert!(broken.last().expect("messages").is_err());
    }

    #[test]
    fn what_is_too_large_or_not_known_is_refused() {
        let line = "x".repeat(FRAME_BYTES_MAX);
        let step = String::new();
        let large = FromWorker::Event(Event::Output { step, line });
        assert!(matches!(encode(&large), Err(WireError::TooLarge(_))));
        let mut huge = u32::MAX.to_be_bytes().as_slice().to_vec();
        huge.extend(b"{}");
        let came = receive::<ToWorker>(&mut huge.as_slice());
        assert!(matches!(came, Err(WireError::TooLarge(_))));
        for json in [
            r#"{"ask":{"ask":"apply","expect_seq":1,"more":2}}"#,
            r#"{"ask":{"ask":"destroy","expect_seq":1}}"#,
            "[",
        ] {
            let length = u32::try_from(json.len()).expect("short");
            let mut frame = length.to_be_bytes().to_vec();
            frame.extend(json.as_bytes());
            let came = receive::<ToWorker>(&mut frame.as_slice());
            assert!(matches!(came, Err(WireError::Unknown(_))), "{json}");
        }
    }
}
