//! `switchback edit`: the editors by themselves, on one file.

use super::{
    args::EditArgs,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
};
use crate::edit::{self, Edit, Format};

const BYTES_MAX: u64 = 16 << 20;

pub fn edit(place: &Place, args: &EditArgs, printer: &mut Printer<'_>) -> End {
    let changes = place.read(&args.changes, BYTES_MAX)?;
    let edits: Vec<Edit> = serde_json::from_slice(&changes).map_err(|error| {
        Failure::new(
            Code::Usage,
            format!("{}: not a list of edits ({error})", args.changes.display()),
        )
    })?;
    let target = place.file_at(&args.file)?;
    let bytes = place.read(&args.file, BYTES_MAX)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(
            Code::Usage,
            format!("{}: not UTF-8 text", args.file.display()),
        )
    })?;
    let name = args.file.to_string_lossy();
    let format = Format::of(&name).ok_or_else(|| {
        Failure::new(
            Code::Usage,
            format!("{name}: no editor knows this kind of file"),
        )
    })?;
    let edited =
        edit::apply(&format, &text, &edits).map_err(|error| Failure::told(Code::Usage, &error))?;
    if args.dry_run {
        printer.raw(edited.text.as_bytes());
        return Ok(Code::Done);
    }
    if edited.text != text {
        let files = &place.world.files;
        let before = files.read(&target, BYTES_MAX)?;
        let before = before.filter(|content| content.bytes == text.as_bytes());
        let before = before
            .ok_or_else(|| Failure::new(Code::Stale, format!("{name}: changed meanwhile")))?;
        let text = edited.text.as_bytes();
        files.replace(&target, text, Some(&before.meta), Some(&before.digest))?;
    }
    Ok(Code::Done)
}
