//! `switchback edit`: the editors by themselves, on one file.

use super::{
    args::EditArgs,
    end::{Code, End, Failure},
    place::{self, Place},
    print::Printer,
};
use crate::{
    edit::{self, Edit, Format},
    model::limits,
};

pub fn edit(place: &Place, args: &EditArgs, printer: &mut Printer<'_>) -> End {
    let changes = place.read(&args.changes, limits::TEXT_FILE)?;
    let edits: Vec<Edit> = serde_json::from_slice(&changes).map_err(|error| {
        Failure::new(
            Code::Usage,
            format!("{}: not a list of edits ({error})", args.changes.display()),
        )
    })?;
    let before = place.content(&args.file, limits::TEXT_FILE)?;
    let text = place::text(&args.file, &before.bytes)?;
    let name = args.file.to_string_lossy();
    let format = Format::of(&name).ok_or_else(|| {
        Failure::new(
            Code::Usage,
            format!("{name}: no editor knows this kind of file"),
        )
    })?;
    let edited =
        edit::apply(&format, text, &edits).map_err(|error| Failure::told(Code::Usage, &error))?;
    let after = edited.text.as_bytes();
    if args.dry_run {
        printer.raw(after);
    } else if edited.text != text {
        let (files, target) = (&place.world.files, place.file_at(&args.file)?);
        files.replace(&target, after, Some(&before.meta), Some(&before.digest))?;
    }
    Ok(Code::Done)
}
