//! `switchback diff`: the difference by itself, on two files, as `diff -u` prints it.

use super::{
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
};
use crate::diff::unified;
use std::path::Path;

const BYTES_MAX: u64 = 16 << 20;

pub fn diff(place: &Place, before: &Path, after: &Path, printer: &mut Printer<'_>) -> End {
    let difference = unified(
        &after.to_string_lossy(),
        &text(place, before)?,
        &text(place, after)?,
    );
    // As it is: whoever asks pipes it into `patch`.
    printer.raw(difference.as_bytes());
    Ok(if difference.is_empty() {
        Code::Done
    } else {
        Code::Findings
    })
}

fn text(place: &Place, file: &Path) -> Result<String, Failure> {
    String::from_utf8(place.read(file, BYTES_MAX)?)
        .map_err(|_| Failure::new(Code::Usage, format!("{}: not UTF-8 text", file.display())))
}
