//! Where a command's lines go: sanitized text, or one line of JSON at a time. A reader that has
//! gone (`| head`) is no error: the command goes on in silence, because a run must not stop there.

use super::args::Format;
use crate::model::text::{inert, sanitize};
use serde::Serialize;
use std::io::Write;

pub struct Printer<'w> {
    out: &'w mut dyn Write,
    format: Format,
    gone: bool,
}

impl<'w> Printer<'w> {
    pub fn new(out: &'w mut dyn Write, format: Format) -> Self {
        Self {
            out,
            format,
            gone: false,
        }
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
        if !self.gone {
            self.gone = self.out.write_all(bytes).is_err();
        }
    }

    pub fn flush(&mut self) {
        if !self.gone {
            self.gone = self.out.flush().is_err();
        }
    }
}
