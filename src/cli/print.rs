//! The output of a command: sanitized text, or JSON, one value per line. A reader that has gone
//! away (`| head`) is not an error: the command goes on silently, because a run must not stop
//! there. A full disk is an error, but is reported only at the end for the same reason.

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
    /// The first error; nothing is written after it.
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

    /// Prints a line for people.
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

    /// The same, unless a program reads along: it has the records and the exit code.
    pub fn say(&mut self, text: impl AsRef<str>) {
        if !self.json_wanted() {
            self.line(text);
        }
    }

    /// Prints one value on one line, for programs.
    pub fn json(&mut self, value: &impl Serialize) {
        let line = serde_json::to_string(value).expect("what is printed has only text keys");
        self.raw(inert(&line).as_bytes());
        self.raw(b"\n");
        // A program that reads along gets each record as it comes.
        self.flush();
    }

    /// Prints bytes of our own making as they are: scripts, schemas.
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

    /// Flushes; an error unless everything was written, or the reader had gone away.
    pub fn end(mut self) -> io::Result<()> {
        self.flush();
        match self.failed {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}
