//! `switchback diff`: the difference engine by itself, on two files, with the output of `diff -u`.

use super::{
    end::{Code, End},
    place::{self, Place},
    print::Printer,
};
use crate::{diff::unified, model::limits};
use std::path::Path;

pub fn diff(place: &Place, before: &Path, after: &Path, printer: &mut Printer<'_>) -> End {
    let bytes = (
        place.read(before, limits::TEXT_FILE)?,
        place.read(after, limits::TEXT_FILE)?,
    );
    let (old_name, new_name) = (before.to_string_lossy(), after.to_string_lossy());
    let difference = unified(
        (&old_name, place::text(before, &bytes.0)?),
        (&new_name, place::text(after, &bytes.1)?),
    );
    // Not sanitized: the output is for `patch`.
    printer.raw(difference.as_bytes());
    Ok(if difference.is_empty() {
        Code::Done
    } else {
        Code::Findings
    })
}
