//! The view of the start screen, as far as it is known: an open question does not hide the rest.

use super::told;
use crate::{
    engine::{
        link::front::Front,
        runs::{self, RunSummary},
        session::{self, Candidate, Options, Session, SessionError, Surveyed},
    },
    model::{plan::PlanHop, release::Release, text::sanitize, units},
    rules::{
        diagnostic::Diagnostic,
        path::PathError,
        source::Origin,
        variants::{Choice, Judged},
    },
    run_state::RunState,
    tui::backend::{
        Damaged, GoesBack, PackView, RunLine, StartView, UnreadableRun, VariantOption, VariantView,
    },
};
use std::{cmp::Ordering, collections::BTreeSet};

pub fn look(front: &Front, options: &Options) -> Result<(StartView, Option<Session>), String> {
    let world = &front.world;
    let every = Options {
        product: None,
        ..options.clone()
    };
    let fits = session::candidates(world, &every);
    let known = fits.as_deref().unwrap_or_default();
    let runs = runs::list(world, &options.state).map_err(|error| told(&error))?;
    let mut view = StartView {
        host: world.system.who().host,
        root: options.root.to_string_lossy().into_owned(),
        packs: packs(options, known),
        runs: runs_here(front, options, &runs),
        unreadable: unreadable(&runs),
        ..StartView::default()
    };
    let found = fits.and_then(|fits| Surveyed::among(world.clone(), options.clone(), fits));
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            view.open = Some(explained(&error));
            return Ok((view, None));
        }
    };
    view.title.clone_from(&found.pack.pack.title);
    view.sightings.clone_from(&found.survey.releases);
    view.blind_spots.clone_from(&found.survey.blind_spots);
    view.variants = variants(&found);
    view.open = open_variant(&view.variants);
    let from = match found.running() {
        Ok(from) => from,
        Err(error) => {
            view.open = Some(explained(&error));
            return Ok((view, None));
        }
    };
    view.from = Some(from.clone());
    view.agreeing = agreeing(&found, &from);
    if let Ok(targets) = found.targets(&from) {
        view.targets = targets.releases.into_iter().collect();
    }
    match found.assess() {
        Ok(session) => {
            view.to = Some(session.path.to.clone());
            view.hops = session.path.hops.iter().map(hop).collect();
            Ok((view, Some(session)))
        }
        Err(error) => {
            view.newest = is_newest(&error);
            view.open = Some(explained(&error));
            Ok((view, None))
        }
    }
}

fn agreeing(found: &Surveyed, from: &Release) -> BTreeSet<usize> {
    let scheme = &found.pack.pack.releases;
    let says = |said: &Release| scheme.cmp(said, from).is_ok_and(Ordering::is_eq);
    let sightings = found.survey.releases.iter().enumerate();
    let agree = sightings.filter(|(_, sighting)| sighting.answer.as_ref().is_ok_and(says));
    agree.map(|(n, _)| n).collect()
}

fn hop(hop: &crate::rules::path::PathHop) -> PlanHop {
    PlanHop {
        file: hop.file.clone(),
        from: hop.from.clone(),
        to: hop.to.clone(),
        title: hop.title.clone(),
        why: hop.why.clone(),
    }
}

fn is_newest(error: &SessionError) -> bool {
    match error {
        SessionError::Path { error } => {
            matches!(&**error, PathError::NoTarget { targets, .. } if targets.is_empty())
        }
        _another_question_is_open => false,
    }
}

/// The error; a pack with errors adds the first of them in full.
fn explained(error: &SessionError) -> String {
    match error {
        SessionError::BadPack(errors) => {
            let first = errors.first().map(|error: &Diagnostic| error.render(false));
            format!("{}\n{}", told(error), first.unwrap_or_default())
        }
        other => told(other),
    }
}

fn packs(options: &Options, fits: &[Candidate]) -> Vec<PackView> {
    let only = fits.len() == 1;
    fits.iter()
        .map(|(source, pack)| PackView {
            title: pack.title.clone(),
            why: match &source.origin {
                Origin::Bundled(_) => "bundled".to_owned(),
                Origin::Folder(folder) => format!("from {}", folder.display()),
                Origin::Signed { folder, by } => format!("from {}, {by}", folder.display()),
                Origin::Overlaid { .. } => {
                    format!("with rules of this site: {}", source.origin.name())
                }
            },
            chosen: only || options.product.as_ref() == Some(&pack.product),
            id: pack.product.clone(),
        })
        .collect()
}

fn variants(found: &Surveyed) -> Vec<VariantView> {
    let option = |choice: Choice| VariantOption {
        why: choice.judged(),
        // What could not be inspected does not count against a choice.
        fits: choice.fits != Some(false),
        id: choice.id,
        title: choice.title,
    };
    let view = |variant: Judged| VariantView {
        name: variant.name,
        options: variant.choices.into_iter().map(option).collect(),
        chosen: variant.chosen,
        said: variant.said,
    };
    found.judged_variants().into_iter().map(view).collect()
}

/// The first variant for which nothing, or more than one choice, was detected.
fn open_variant(variants: &[VariantView]) -> Option<String> {
    let open = variants.iter().find(|variant| variant.chosen.is_none())?;
    Some(format!(
        "it is not clear how the product is installed ({}): choose it below",
        open.name
    ))
}

fn runs_here(front: &Front, options: &Options, runs: &[RunSummary]) -> Vec<RunLine> {
    let now_ms = front.world.clock.now_ms();
    let here = |state: &&RunState| std::path::Path::new(&state.plan.root) == options.root;
    let line = |run: &RunSummary| {
        let state = run.state.as_ref().ok().filter(here)?;
        let folder = options.state.run(&run.id);
        let damaged = run.damage.as_deref().map(|why| Damaged {
            why: sanitize(why),
            folder: sanitize(&folder.path().to_string_lossy()),
            is_unclear: run.is_unclear(),
        });
        let live = front.is_live(&state.run);
        Some(RunLine {
            at: units::time(state.started_at_ms),
            from: state.plan.from.to_string(),
            to: state.plan.to.to_string(),
            status: state.status(),
            by: state.by.user.clone(),
            can_go_back: !run.is_unclear() && runs::may_go_back(runs, state).is_ok(),
            live,
            id: state.run.clone(),
            goes_back: goes_back(state.confirm_by_ms(), now_ms, live),
            pulled: state.in_force().next().is_some(),
            damaged,
        })
    };
    runs.iter().filter_map(line).collect()
}

fn unreadable(runs: &[RunSummary]) -> Vec<UnreadableRun> {
    let unreadable = runs.iter().filter_map(|run| {
        let why = sanitize(run.state.as_ref().err()?);
        let id = run.id.clone();
        Some(UnreadableRun { id, why })
    });
    unreadable.collect()
}

fn goes_back(by_ms: Option<u64>, now_ms: u64, live: bool) -> GoesBack {
    match by_ms {
        None => GoesBack::Never,
        Some(by_ms) if by_ms <= now_ms && !live => GoesBack::WhenTakenUp,
        Some(by_ms) => GoesBack::At(units::time(by_ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_whose_time_is_over_waits_only_for_a_worker() {
        let at = || GoesBack::At(units::time(1_000));
        assert_eq!(goes_back(None, 1_000, false), GoesBack::Never);
        assert_eq!(goes_back(Some(1_000), 999, false), at());
        assert_eq!(goes_back(Some(1_000), 1_000, false), GoesBack::WhenTakenUp);
        assert_eq!(
            goes_back(Some(1_000), 1_000, true),
            at(),
            "it does so itself"
        );
    }
}
