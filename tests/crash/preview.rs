//! The preview of a way back is what it then takes back: from every record of a run, wherever it
//! was cut off, all the way or only part of it. `SWITCHBACK_PREVIEWS=all` tries every call at which
//! the run may be cut off; without it every fifth is tried.

use super::product::{Product, Way};
use crate::changes_of;
use switchback::{
    engine::undo_preview::{Fate, UndoLine, WayBack},
    model::{
        ids::StepId,
        record::{Body, Done, Record, Undone},
    },
    run_state::StepView,
    world::fake::Fault,
};

#[test]
fn what_the_preview_names_is_what_is_then_undone() {
    let ways = [Way::Forward, Way::StepBack, Way::Back, Way::BackFromDone];
    for back in [Way::BackFromDone, Way::StepBack] {
        let mut lines = 0;
        for way in ways {
            for n in (1..=changes_of(way)).step_by(every()) {
                let product = Product::before(way);
                product.fake.fault_at(n, Fault::CrashAfter);
                let _disturbed = product.walk(way);
                product.fake.revive();
                let case = format!("{way:?}, call {n}, then {back:?}");
                lines += compared(&product, back, &case);
            }
        }
        assert!(lines > 20, "{back:?}: only {lines} undos were compared");
    }
}

/// A failed step is put right by hand, and found done when it is tried again. The run had begun it,
/// so the run undoes it.
#[test]
fn what_was_begun_and_then_found_done_is_named_as_well() {
    let mut found = 0;
    for n in 1..=changes_of(Way::Forward) {
        let product = Product::new();
        product.fake.fault_at(n, Fault::Fail);
        let _disturbed = product.walk(Way::Forward);
        product.fake.revive();
        let runs = product.runs();
        let failed = runs.first().is_some_and(|run| {
            let failed = |view: &&StepView| view.failed().is_some();
            run.steps.iter().filter(failed).any(StepView::touched)
        });
        if !failed {
            continue;
        }
        product.made_new_by_hand();
        product.walk(Way::Forward).expect("it is found done");
        let run = product.runs().remove(0);
        found += run
            .steps
            .iter()
            .filter(|view| begun_and_found(view))
            .count();
        let case = format!("call {n} fails, and is made good by hand");
        compared(&product, Way::BackFromDone, &case);
    }
    assert!(found > 1, "only {found} were found done");
}

fn begun_and_found(view: &StepView) -> bool {
    view.touched() && view.done() == Some(Done::AlreadyDone)
}

fn every() -> usize {
    match std::env::var_os("SWITCHBACK_PREVIEWS") {
        Some(_all) => 1,
        None => 5,
    }
}

/// Rolls the run back; returns how many undos were announced and then done.
fn compared(product: &Product, way: Way, case: &str) -> usize {
    let runs = product.runs();
    let Some(run) = runs.first().filter(|run| !run.is_over()) else {
        return 0;
    };
    let created = run.place_of(&StepId::from("create")).expect("the step");
    let back = match way {
        Way::StepBack => WayBack::DownTo(created),
        Way::Forward | Way::Back | Way::BackFromDone => WayBack::Whole,
    };
    let told = product.preview(run, back).steps;
    match (way, product.walk(way)) {
        // Not every state allows going back to a step; but a way back that begins reaches its end.
        (Way::StepBack, Ok(false) | Err(_)) => return 0,
        (_, end) => assert_eq!(end, Ok(true), "{case}"),
    }
    let records = product.records();
    let since = || records.iter().filter(|record| record.seq > run.seq);
    let became: Vec<(&StepId, Undone)> = since()
        .filter_map(|record| match &record.body {
            Body::UndoDone { step, how, .. } => Some((step, *how)),
            _ => None,
        })
        .collect();
    // Only the next worker finds out that a step cut off at its start was never begun: until then
    // its undo is announced.
    let never_begun = |id: &StepId| {
        let of = |record: &Record| matches!(&record.body, Body::StepReset { step, no_effect: true } if step == id);
        run.step(id).is_some_and(StepView::is_in_flight) && since().any(of)
    };
    let told: Vec<&UndoLine> = told
        .iter()
        .filter(|line| !never_begun(&line.step))
        .collect();
    let names: Vec<&StepId> = told.iter().map(|line| &line.step).collect();
    let undone: Vec<&StepId> = became.iter().map(|(step, _)| *step).collect();
    assert_eq!(names, undone, "{case}");
    for (line, (_, how)) in told.iter().zip(&became) {
        assert!(fits(line, *how), "{case}: {line:?} ended as {how:?}");
    }
    became.len()
}

/// A step announced as undone may turn out never to have been done.
fn fits(line: &UndoLine, how: Undone) -> bool {
    match (line.fate, how) {
        (Fate::Undone, Undone::Ran | Undone::NothingToDo)
        | (Fate::Stays | Fate::PastReturn, Undone::Stays)
        | (Fate::Nothing, Undone::NothingToDo) => true,
        (Fate::Undone | Fate::Stays | Fate::PastReturn | Fate::Nothing, _) => false,
    }
}

#[test]
fn what_is_not_in_the_backup_is_told_only_where_that_is_restored() {
    const SINCE: &str = "what the product wrote since is not in its backup";
    let product = Product::before(Way::BackFromDone);
    let run = product.runs().remove(0);
    let ended = |back| product.preview(&run, back).ended.expect("it has ended");
    assert!(ended(WayBack::Whole).ends_with(SINCE));
    let start = run.place_of(&StepId::from("start")).expect("the step");
    let last = ended(WayBack::DownTo(start));
    assert!(
        last.starts_with("the run was done ") && !last.contains("backup"),
        "{last}"
    );
}

/// A command of the run, or the product itself, has changed it: no undo restores that.
#[test]
fn a_saved_file_that_no_step_edits_is_compared_in_the_end_too() {
    for (text, unlike) in [("kept", None), ("other", Some("notes (contents)"))] {
        let product = Product::before(Way::BackFromDone);
        product.fake.files.put("/srv/product/notes", text);
        product.walk(Way::BackFromDone).expect("it goes back");
        let run = product.runs().remove(0);
        let others = run.others_compared.as_ref().expect("compared");
        assert_eq!(
            (others.compared, others.unlike),
            (1, u64::from(unlike.is_some()))
        );
        assert_eq!(others.first.first().map(String::as_str), unlike);
    }
}
