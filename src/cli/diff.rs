//! `switchback diff`: the difference by itself, on two files, as `diff -u` prints it.

use super::{
    end::{Code, End},
    place::{self, Place},
    print::Printer,
};
use crate::diff::unified;
use std::path::Path;

const BYTES_MAX: u64 = 16 << 20;

pub fn diff(place: &Place, before: &Path, after: &Path, printer: &mut Printer<'_>) -> End {
    let bytes = (
        place.read(before, BYTES_MAX)?,
        place.read(after, BYTES_MAX)?,
    );
    let (old_name, new_name) = (before.to_string_lossy(), after.to_string_lossy());
    let difference = unified(
        (&old_name, place::text(before, &bytes.0)?),
        (&new_name, place::text(after, &bytes.1)?),
    );
    // As it is: whoever asks pipes it into `patch`.
    printer.raw(difference.as_bytes());
    Ok(if difference.is_empty() {
        Code::Done
    } else {
        Code::Findings
    })
}
