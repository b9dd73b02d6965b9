//! Version 3 of PostgreSQL's protocol, as far as simple queries need it: a connection starts with a
//! password, and a text of statements is answered in text format.

use super::{Refusal, Rows, VERSION};
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

const PROTOCOL: u32 = 3 << 16;
const TLS_WANTED: u32 = 80_877_103;
const GSS_WANTED: u32 = 80_877_104;
const PASSWORD_WANTED: i32 = 3;
/// The type OID of `text`, used for every value.
const TEXT: i32 = 25;
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// The session's transaction status, sent at the end of every answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Standing {
    Idle,
    InTransaction,
    /// A statement of the transaction failed: only its end is accepted.
    Failed,
}

/// Starts a connection and returns the client's parameters (`user`, `database`). `None` if the
/// client only checked whether somebody listens, or wanted to cancel.
pub(super) fn open(
    stream: &mut (impl Read + Write),
) -> io::Result<Option<BTreeMap<String, String>>> {
    loop {
        let Some(message) = body(stream)? else {
            return Ok(None);
        };
        let (code, rest) = message
            .split_at_checked(4)
            .ok_or(io::ErrorKind::InvalidData)?;
        match code.try_into().map(u32::from_be_bytes) {
            Ok(TLS_WANTED | GSS_WANTED) => stream.write_all(b"N")?,
            Ok(PROTOCOL) => return Ok(Some(parameters(rest))),
            Ok(_) | Err(_) => return Ok(None),
        }
    }
}

/// Asks for the password, in clear text: it stays on the machine. `None` if the client has gone.
pub(super) fn password(stream: &mut (impl Read + Write)) -> io::Result<Option<String>> {
    let mut answer = Answer::default();
    answer.message(b'R', &PASSWORD_WANTED.to_be_bytes());
    answer.send(stream)?;
    let said = next(stream)?.filter(|(kind, _)| *kind == b'p');
    Ok(said.map(|(_, password)| password))
}

fn parameters(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut words = bytes
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned());
    let mut all = BTreeMap::new();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        all.insert(name, value);
    }
    all
}

/// Reads a body: a length that counts itself, then the rest. `None` at the end of the stream.
fn body(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_be_bytes(length) as usize;
    let rest = length
        .checked_sub(4)
        .filter(|bytes| *bytes <= MESSAGE_BYTES_MAX);
    let mut message = vec![0; rest.ok_or(io::ErrorKind::InvalidData)?];
    stream.read_exact(&mut message)?;
    Ok(Some(message))
}

/// The next message of an open connection: its kind, and its text.
pub(super) fn next(stream: &mut impl Read) -> io::Result<Option<(u8, String)>> {
    let mut kind = [0];
    if stream.read(&mut kind)? == 0 {
        return Ok(None);
    }
    let Some(message) = body(stream)? else {
        return Ok(None);
    };
    let text = message.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(Some((kind[0], String::from_utf8_lossy(text).into_owned())))
}

/// An answer, collected until it is sent.
#[derive(Default)]
pub(super) struct Answer(Vec<u8>);

impl Answer {
    fn message(&mut self, kind: u8, body: &[u8]) {
        self.0.push(kind);
        let length = u32::try_from(body.len() + 4).expect("answers are small");
        self.0.extend(length.to_be_bytes());
        self.0.extend(body);
    }

    pub(super) fn welcome(&mut self) {
        self.message(b'R', &0_i32.to_be_bytes());
        for (name, value) in [("server_version", VERSION), ("client_encoding", "UTF8")] {
            self.message(b'S', format!("{name}\0{value}\0").as_bytes());
        }
        self.message(b'K', &[0, 0, 0, 1, 0, 0, 0, 1]);
        self.ready(Standing::Idle);
    }

    pub(super) fn ready(&mut self, standing: Standing) {
        let letter = match standing {
            Standing::Idle => b'I',
            Standing::InTransaction => b'T',
            Standing::Failed => b'E',
        };
        self.message(b'Z', &[letter]);
    }

    pub(super) fn rows(&mut self, rows: &Rows) {
        let columns = rows.first().map_or(1, Vec::len);
        let mut body = short(columns);
        for n in 0..columns {
            body.extend(format!("column{n}\0").as_bytes());
            body.extend([0; 6]);
            body.extend(TEXT.to_be_bytes());
            body.extend((-1_i16).to_be_bytes());
            body.extend((-1_i32).to_be_bytes());
            body.extend([0; 2]);
        }
        self.message(b'T', &body);
        for row in rows {
            let mut body = short(row.len());
            for value in row {
                match value {
                    Some(value) => {
                        let length = u32::try_from(value.len()).expect("values are small");
                        body.extend(length.to_be_bytes());
                        body.extend(value.as_bytes());
                    }
                    None => body.extend((-1_i32).to_be_bytes()),
                }
            }
            self.message(b'D', &body);
        }
        self.done(&format!("SELECT {}", rows.len()));
    }

    pub(super) fn done(&mut self, tag: &str) {
        self.message(b'C', format!("{tag}\0").as_bytes());
    }

    pub(super) fn refused(&mut self, severity: &str, refusal: &Refusal) {
        let Refusal { code, said } = refusal;
        let body = format!("S{severity}\0V{severity}\0C{code}\0M{said}\0\0");
        self.message(b'E', body.as_bytes());
    }

    pub(super) fn send(self, stream: &mut impl Write) -> io::Result<()> {
        stream.write_all(&self.0)?;
        stream.flush()
    }
}

fn short(number: usize) -> Vec<u8> {
    let number = i16::try_from(number).expect("few columns");
    number.to_be_bytes().to_vec()
}
