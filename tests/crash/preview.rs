//! What is said before a way back is what is then taken back: from every record of a run, wherever it
//! was cut off, all the way or only part of it.

use super::product::{Product, Way};
use crate::changes_of;
use switchback::{
    engine::undo_preview::{Back, Fate, UndoLine},
    model::{
        ids::StepId,
        record::{Body, Undone},
    },
    world::fake::Fault,
};

#[test]
fn what_the_preview_names_is_what_is_then_undone() {
    let ways = [Way::Forward, Way::StepBack, Way::Back, Way::BackFromDone];
    for back in [Way::BackFromDone, Way::StepBack] {
        let mut lines = 0;
        for way in ways {
            for n in 1..=changes_of(way) {
                for fault in [Fault::CrashBefore, Fault::CrashAfter] {
                    let product = Product::before(way);
                    product.fake.fault_at(n, fault);
                    let _disturbed = product.walk(way);
                    product.fake.revive();
                    let case = format!("{way:?}, call {n}, {fault:?}, then {back:?}");
                    lines += compared(&product, back, &case);
                }
            }
        }
        assert!(lines > 100, "{back:?}: only {lines} undos were compared");
    }
}

/// Lets the run go back; how many undos were named before and done then.
fn compared(product: &Product, way: Way, case: &str) -> usize {
    let runs = product.runs();
    let Some(run) = runs.first().filter(|run| !run.is_over()) else {
        return 0;
    };
    let created = run.place_of(&StepId::from("create")).expect("the step");
    let back = match way {
        Way::StepBack => Back::DownTo(created),
        Way::Forward | Way::Back | Way::BackFromDone => Back::Whole,
    };
    let told = product.preview(run, back).steps;
    match (way, product.walk(way)) {
        // Not every state has a way back to a step; but what begins there comes to its end.
        (Way::StepBack, Err(_refused)) => return 0,
        (_, end) => assert_eq!(end, Ok(true), "{case}"),
    }
    let records = product.records();
    let since = records.iter().filter(|record| record.seq > run.seq);
    let became: Vec<(&StepId, Undone)> = since
        .filter_map(|record| match &record.body {
            Body::UndoDone { step, how, .. } => Some((step, *how)),
            _ => None,
        })
        .collect();
    let names: Vec<&StepId> = told.iter().map(|line| &line.step).collect();
    let undone: Vec<&StepId> = became.iter().map(|(step, _)| *step).collect();
    assert_eq!(names, undone, "{case}");
    for (line, (_, how)) in told.iter().zip(&became) {
        assert!(fits(line, *how), "{case}: {line:?} ended as {how:?}");
    }
    became.len()
}

/// What is said to be undone may turn out never to have been done.
fn fits(line: &UndoLine, how: Undone) -> bool {
    match (line.fate, how) {
        (Fate::Undone, Undone::Ran | Undone::NothingToDo)
        | (Fate::Stays, Undone::Stays)
        | (Fate::Nothing, Undone::NothingToDo) => true,
        (Fate::Undone | Fate::Stays | Fate::Nothing, _) => false,
    }
}
