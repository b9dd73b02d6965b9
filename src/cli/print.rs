//! Where a command's lines go: sanitized text, or one line of JSON at a time. A reader that has
//! gone (`| head`) is no error: the command goes on in silence, because a run must not stop there. A
//! disk that is full is one, told at the end for the same reason.

use super::args::Format;
use crate::model::{
    ascii,
    text::{inert, sanitize},
};
use serde::Serialize;
use std::io::{self, ErrorKind, Write};

pub struct Printer<'w> {
    out: &'w mut dyn Write,
    format: Format,
    /// Its signs are written in ASCII: the locale says that it knows no others.
    ascii: bool,
    /// Nothing more is written after the first error.
    failed: Option<io::Error>,
}

impl<'w> Printer<'w> {
    pub fn new(out: &'w mut dyn Write, format: Format) -> Self {
        Self {
            out,
            format,
            ascii: false,
            failed: None,
        }
    }

    pub fn in_ascii(self, ascii: bool) -> Self {
        Self { ascii, ..self }
    }

    /// The same onto something else.
    pub fn onto<'o>(&self, out: &'o mut dyn Write) -> Printer<'o> {
        Printer::new(out, self.format).in_ascii(self.ascii)
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn json_wanted(&self) -> bool {
        self.format == Format::Json
    }

    /// A line for people.
    pub fn line(&mut self, text: impl AsRef<str>) {
        let text = sanitize(text.as_ref());
        let text = if self.ascii {
            ascii::signs(&text)
        } else {
            text.into()
        };
        self.raw(text.trim_end_matches('\n').as_bytes());
        self.raw(b"\n");
    }

    /// One value on one line, for programs.
    pub fn json(&mut self, value: &impl Serialize) {
        let line = serde_json::to_string(value).expect("what is printed has only text keys");
        self.raw(inert(&line).as_bytes());
        self.raw(b"\n");
        // Whoever reads along sees each record when it comes.
        self.flush();
    }

    /// Bytes of our own making, as they are: scripts, schemas.
    pub fn raw(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(bytes).err();
        }
    }

    pub fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
    }

    /// Whether everything was written that somebody was there to read.
    pub fn end(mut self) -> io::Result<()> {
        self.flush();
        match self.failed {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}
