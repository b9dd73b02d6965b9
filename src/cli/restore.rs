//! `switchback restore`: a run's backup laid out in another folder, every file checked against its
//! digest. The product itself is touched by `rollback` alone.

use super::{
    args::RestoreArgs,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
};
use crate::{
    engine::{
        copies::{Copies, CopyError},
        runs,
    },
    model::record::{Saved, SavedDatabase},
    run_state::BackupState,
};

pub fn restore(place: &Place, args: &RestoreArgs, printer: &mut Printer<'_>) -> End {
    let dir = place.state()?;
    let id = runs::find(&place.world, &dir, Some(&args.run))?;
    let (state, _) = runs::look(&place.world, &dir, &id)?;
    if !matches!(state.backup, BackupState::Verified(_)) {
        return Err(Failure::new(Code::Usage, "this run has no verified backup"));
    }
    let to = place.folder_at(&args.to)?;
    if !place.world.files.list(&to)?.is_empty() {
        let text = format!("{}: not empty; give a new folder", to.display());
        return Err(Failure::new(Code::Usage, text));
    }
    let run = dir.run(&id);
    let copies = Copies {
        files: &*place.world.files,
        root: &place.root,
        folder: &run.backup(),
    };
    copies
        .lay_out(&state.saved, &to)
        .map_err(|error| match error {
            CopyError::File(error) => error.into(),
            CopyError::Differs { .. } | CopyError::NotAFile { .. } | CopyError::Changed { .. } => {
                Failure::told(Code::Damaged, &error)
            }
        })?;
    for saved in &state.saved {
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
    Ok(Code::Done)
}
