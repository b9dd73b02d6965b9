//! Unfinished runs of other folders, each with the command that comes back to it. A sample keeps its
//! runs inside of itself, where no list of runs finds them: whoever has lost the line to one is told
//! here.

use super::place::Place;
use crate::{
    engine::{
        runs::{self, RunSummary},
        store::run_dir::StateDir,
    },
    model::text::sanitize,
    run_state::RunState,
    standin::demo,
};
use std::path::{Path, PathBuf};

/// The most runs that are listed.
const TOLD_MAX: usize = 8;

/// The unfinished runs of samples that are still alive, two lines each; except those of this
/// product.
pub fn in_samples(place: &Place) -> Vec<String> {
    let open = open_samples(place).into_iter().take(TOLD_MAX);
    open.flat_map(|(root, run)| told(&run, &place.command_in(&root, "attach")))
        .collect()
}

/// A notice of such runs, for whoever begins another sample.
pub fn waiting_samples(place: &Place) -> Option<String> {
    let what = match open_samples(place).len() {
        0 => return None,
        1 => "another sample has an unfinished run".to_owned(),
        runs => format!("other samples have {runs} unfinished runs"),
    };
    Some(format!("{what}; `switchback runs` shows how to come back"))
}

fn open_samples(place: &Place) -> Vec<(PathBuf, RunState)> {
    let open = |root: PathBuf| {
        let state = StateDir::new(root.join(demo::STATE));
        let open = runs::unfinished(&place.world, &state, &root).unwrap_or_default();
        let of_root = move |run| (root.clone(), run);
        open.into_iter().map(of_root)
    };
    samples(place).into_iter().flat_map(open).collect()
}

/// Whether the folder of a product is still there.
pub fn is_there(place: &Place, root: &Path) -> bool {
    matches!(place.world.files.canonical(root), Ok(Some(_)))
}

/// The unfinished runs of other products among `all`, and those in samples.
pub fn unfinished(place: &Place, all: &[RunSummary]) -> Vec<String> {
    let begun = all.iter().filter_map(|run| run.state.as_ref().ok());
    let open = begun.filter(|run| {
        let root = Path::new(&run.plan.root);
        run.end.is_none() && root != place.root && is_there(place, root)
    });
    let of_others = open.map(|run| {
        let command = place.command_on(Path::new(&run.plan.root), "attach");
        told(run, &command)
    });
    let of_others = of_others.take(TOLD_MAX).flatten();
    of_others.chain(in_samples(place)).collect()
}

fn told(run: &RunState, command: &str) -> [String; 2] {
    let plan = &run.plan;
    let what = format!(
        "{} {} → {}: {}; come back to it with",
        plan.title,
        plan.from,
        plan.to,
        run.word()
    );
    [sanitize(&what), format!("  {command}")]
}

/// This user's samples whose services still run, except the current one.
fn samples(place: &Place) -> Vec<PathBuf> {
    let Ok(temporary) = place.folder_at(&place.temporary) else {
        return Vec::new();
    };
    let names = place.world.files.list(&temporary).unwrap_or_default();
    let named = names.iter().filter(|name| name.starts_with(demo::FOLDER));
    let mut roots: Vec<_> = named.map(|name| temporary.join(name)).collect();
    roots.retain(|root| *root != place.root && demo::is_kept(root) == Some(true));
    roots.sort();
    roots
}
