//! `switchback restore`: a run's backup laid out in another folder, every file checked against its
//! digest. The product itself is touched by `rollback` alone.

use super::{
    args::RestoreArgs,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
};
use crate::{
    engine::runs,
    model::{
        digest::Digest,
        record::{Saved, SavedDatabase},
    },
    run_state::BackupState,
};
use std::path::Path;

pub fn restore(place: &Place, args: &RestoreArgs, printer: &mut Printer<'_>) -> End {
    let dir = place.state()?;
    let id = runs::find(&place.world, &dir, Some(&args.run))?;
    let (state, _) = runs::look(&place.world, &dir, &id)?;
    if !matches!(state.backup, BackupState::Verified { .. }) {
        return Err(Failure::new(Code::Usage, "this run has no verified backup"));
    }
    let to = place.at(&args.to);
    if !place.world.files.list(&to)?.is_empty() {
        let text = format!("{}: not empty; give a new folder", to.display());
        return Err(Failure::new(Code::Usage, text));
    }
    let run = dir.run(&id);
    for saved in &state.saved {
        match saved {
            Saved::File { path, digest, .. } => {
                copy(
                    place,
                    &run.backup_of(path.as_str()),
                    &path.under(&to),
                    digest,
                )?;
                printer.line(format!("  {path}"));
            }
            Saved::Absent { path } => printer.line(format!("  {path} was not there")),
            Saved::Command { file, digest, .. }
            | Saved::Database(SavedDatabase { file, digest, .. }) => {
                copy(place, &run.backup().join(file), &to.join(file), digest)?;
                printer.line(format!("  {file}"));
            }
        }
    }
    printer.line(format!(
        "everything is in {} and is what was backed up",
        to.display()
    ));
    Ok(Code::Done)
}

fn copy(place: &Place, from: &Path, to: &Path, digest: &Digest) -> Result<(), Failure> {
    let files = &place.world.files;
    if let Some(folder) = to.parent() {
        files.make_dir(folder)?;
    }
    let (found, _) = files.copy_in(from, to)?;
    if found == *digest {
        return Ok(());
    }
    files.discard(to)?;
    let text = format!(
        "{}: not what was backed up; it was left out",
        from.display()
    );
    Err(Failure::new(Code::Damaged, text))
}
