//! `switchback restore`: lays a run's backup out in another folder, checking every file against its
//! digest. Only `rollback` touches the product itself.

use super::{
    args::RestoreArgs,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
};
use crate::{
    engine::{
        runs,
        store::{
            copies::{Copies, CopyError},
            manifest,
            run_dir::StateDir,
        },
    },
    model::{
        ids::RunId,
        record::{Saved, SavedDatabase},
    },
    run_state::BackupState,
};

pub fn restore(place: &Place, args: &RestoreArgs, printer: &mut Printer<'_>) -> End {
    let dir = place.state()?;
    let id = runs::find(&place.world, &dir, Some(&args.run))?;
    let run = dir.run(&id);
    let (saved, doubt) = what_was_saved(place, &dir, &id)?;
    let to = place.folder_at(&args.to)?;
    if !place.world.files.list(&to)?.is_empty() {
        let text = format!("{}: not empty; give a new folder", to.display());
        return Err(Failure::new(Code::Usage, text));
    }
    let copies = Copies {
        files: &*place.world.files,
        root: &place.root,
        folder: &run.backup(),
    };
    copies.lay_out(&saved, &to).map_err(|error| match error {
        CopyError::File(error) => error.into(),
        CopyError::Differs { .. } | CopyError::NotAFile { .. } | CopyError::Changed { .. } => {
            Failure::told(Code::Damaged, &error)
        }
    })?;
    for saved in &saved {
        match saved {
            Saved::File { path, .. } => printer.line(format!("  {path}")),
            Saved::Absent { path } => printer.line(format!("  {path} was not there")),
            Saved::Archive { .. } => {}
            Saved::Command { file, .. } | Saved::Database(SavedDatabase { file, .. }) => {
                printer.line(format!("  {file}"));
            }
        }
    }
    printer.line(format!(
        "everything is in {} and is what was backed up",
        to.display()
    ));
    if let Some(doubt) = doubt {
        printer.line(doubt);
    }
    Ok(Code::Done)
}

/// What was saved, by the journal. If that is unreadable or damaged before it tells, by the
/// manifest beside the backup, with a sentence that says so.
fn what_was_saved(
    place: &Place,
    dir: &StateDir,
    id: &RunId,
) -> Result<(Vec<Saved>, Option<String>), Failure> {
    let why = match runs::look(&place.world, dir, id) {
        Ok((state, _)) if matches!(state.backup, BackupState::Verified(_)) => {
            return Ok((state.saved.clone(), None));
        }
        Ok((_, tail)) => {
            let damage = tail.damage().ok_or_else(no_backup)?;
            format!("is damaged, {damage}")
        }
        Err(error) => error.tells_no_backup().ok_or(error)?,
    };
    let saved = manifest::saved(&place.world, &dir.run(id))?.ok_or_else(no_backup)?;
    let doubt = format!(
        "the journal of the run {why}: what was backed up is read from the manifest beside the \
         copies, and each copy matches it"
    );
    Ok((saved, Some(doubt)))
}

fn no_backup() -> Failure {
    Failure::new(Code::Usage, "this run has no verified backup")
}
