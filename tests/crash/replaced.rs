//! A file of the product is replaced with a link while a run is under way: a step that meets it
//! fails and a rollback stops, both with an explanation. The worker lives on.

use super::product::{Product, Way};
use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};
use switchback::{
    engine::{
        link::handle::{Ask, Event},
        undo_preview::WayBack,
    },
    model::{
        ids::StepId,
        record::{Body, RunEnd},
    },
    run_state::StepView,
    world::fake::Fault,
};

const ENV: &str = "/srv/product/.env";

#[test]
fn a_step_that_meets_a_link_fails_and_can_be_tried_again() {
    let product = Product::new();
    let mut worker = product.begin();
    let asks = |worker: &mut switchback::engine::worker::Worker, ask: Ask| {
        worker.meet(ask).expect("the worker goes on")
    };
    asks(&mut worker, Ask::Check).expect("checked");
    asks(&mut worker, Ask::Backup).expect("backed up");
    let was = product.fake.files.contents()[Path::new(ENV)].clone();
    product.fake.files.put_symlink(ENV, "/etc/passwd");
    asks(&mut worker, Ask::Apply).expect("applied as far as it goes");

    let id = StepId::from("edit .env");
    let view = worker.state().step(&id).expect("the step");
    let Some(failure) = view.failed() else {
        panic!("{view:?}");
    };
    let error = failure.error();
    assert!(error.contains("symbolic link"), "{error}");

    product.fake.files.put(ENV, was);
    asks(&mut worker, Ask::Retry(id)).expect("tried again");
    product.assert_new();
}

#[test]
fn a_rollback_that_finds_a_link_in_the_end_stands_still_and_can_go_on() {
    let product = Product::before(Way::Back);
    let files = product.fake.files.clone();
    let meddles = move |event: Event| {
        if let Event::Record(record) = event
            && let Body::UndoDone { step, .. } = &record.body
            && step.as_str() == "stop"
        {
            files.put_symlink(ENV, "/etc/passwd");
        }
    };
    let old = product.backup().join("files/.env");
    let old = product.fake.files.contents()[&old].clone();
    let told = product.walk_heard(Way::Back, Box::new(meddles));
    let told = told.expect_err("the file is not what it was");
    assert!(
        told.contains("not as they were before the run: .env") && told.contains("symbolic link"),
        "{told}"
    );

    product.fake.files.put(ENV, old);
    assert_eq!(product.walk(Way::Back), Ok(true));
    product.assert_old();
}

/// Temporary files that should not be left beside the product's files.
fn left_over(product: &Product) -> Vec<String> {
    let contents = product.fake.files.contents();
    let names = contents.keys().map(|path| path.display().to_string());
    names.filter(|name| name.contains(".sb-")).collect()
}

#[test]
fn what_cannot_be_replaced_stops_a_way_back_before_its_first_undo() {
    let product = Product::before(Way::Back);
    product.fake.files.put_links(ENV, 2);
    let told = product.walk(Way::Back).expect_err("it cannot begin");
    assert!(told.contains("hard link"), "{told}");
    let records = product.records();
    let undone = |body: &Body| matches!(body, Body::UndoDone { .. });
    assert!(!records.iter().any(|record| undone(&record.body)));

    product.fake.files.put_links(ENV, 1);
    assert_eq!(product.walk(Way::Back), Ok(true));
    product.assert_old();
}

#[test]
fn an_exchange_that_is_refused_leaves_nothing_beside_its_target() {
    let product = Product::before(Way::Back);
    let files = product.fake.files.clone();
    let meddles = move |event: Event| {
        if let Event::Record(record) = event
            && let Body::UndoStarted { step } = &record.body
            && step.as_str() == "edit .env"
        {
            files.put_links(ENV, 2);
        }
    };
    let told = product.walk_heard(Way::Back, Box::new(meddles));
    let told = told.expect_err("it has another name by then");
    assert!(told.contains("2 hard links"), "{told}");
    assert_eq!(left_over(&product), [""; 0]);

    product.fake.files.put_links(ENV, 1);
    assert_eq!(product.walk(Way::Back), Ok(true));
    product.assert_old();
}

#[test]
fn an_edit_that_is_saved_while_another_is_gone_over_is_put_aside_as_well() {
    let product = Product::before(Way::Back);
    product.fake.files.put(ENV, "the first edit");
    let (files, again) = (product.fake.files.clone(), AtomicBool::new(true));
    let edits = move |event: Event| {
        if let Event::Record(record) = event
            && let Body::LaterEditSaved { .. } = &record.body
            && again.swap(false, Ordering::SeqCst)
        {
            files.put(ENV, "the second edit");
        }
    };
    let worker = product.open(Way::Back, Box::new(edits));
    let mut worker = worker.expect("taken up").expect("a run");
    worker.settle().expect("settled");
    let back = worker.meet(Ask::Rollback {
        reason: "test".to_owned(),
        over_later_edits: true,
    });
    back.expect("met").expect("back");
    product.assert_old();
    let contents = product.fake.files.contents();
    for edit in ["the first edit", "the second edit"] {
        let kept = contents
            .iter()
            .filter(|(path, bytes)| path.starts_with("/state") && *bytes == edit.as_bytes());
        assert_eq!(kept.count(), 1, "{edit}");
    }
}

/// What somebody does to a file of the product before the waiting run has reached its step.
const BEFORE_ITS_STEP: [(&str, &str, Option<&str>); 4] = [
    ("edit .env", ENV, Some("A=1 # mine\n")),
    ("edit .env", ENV, None),
    ("create", "/srv/product/conf/new.toml", Some("[mine]\n")),
    ("create", "/srv/product/conf/new.toml", Some("")),
];

#[test]
fn what_somebody_did_to_a_file_before_its_step_is_not_taken_back() {
    for (step, file, text) in BEFORE_ITS_STEP {
        for (skips, over_later_edits) in [(false, false), (false, true), (true, true)] {
            let case = format!("{file}: {text:?}, skipped: {skips}, over: {over_later_edits}");
            let product = Product::new();
            let mut worker = product.begin();
            let mut asks = |ask: Ask| worker.meet(ask).expect("the worker goes on");
            asks(Ask::Check).expect("checked");
            asks(Ask::Backup).expect("backed up");
            match text {
                Some(text) => product.fake.files.put(file, text),
                None => product.fake.files.take_away(file),
            }
            asks(Ask::Apply).expect("applied as far as it goes");
            // The product cannot start without the file, so it is made anew.
            let text = text.unwrap_or_else(|| {
                product.fake.files.put(file, "A=2 # made anew\n");
                "A=2 # made anew\n"
            });
            let id = StepId::from(step);
            if skips {
                asks(Ask::Skip {
                    step: id.clone(),
                    reason: "test".to_owned(),
                })
                .expect("skipped");
            }

            let view = worker.state().step(&id).expect("the step");
            assert!(!view.touched(), "{case}: {view:?}");
            assert_eq!(view.failed_without_effect(), !skips, "{case}: {view:?}");
            let preview = product.preview(worker.state(), WayBack::Whole);
            assert_eq!(preview.later_edits().count(), 0, "{case}: {preview:?}");
            let back = worker.meet(Ask::Rollback {
                reason: "test".to_owned(),
                over_later_edits,
            });
            assert_eq!(back.expect("the worker goes on"), Ok(()), "{case}");
            let state = worker.state();
            assert_eq!(state.ended(), Some(RunEnd::RolledBack), "{case}");
            let files = product.fake.files.contents();
            let now = files.get(Path::new(file)).map(Vec::as_slice);
            assert_eq!(now, Some(text.as_bytes()), "{case}");
            assert_eq!(left_over(&product), [""; 0], "{case}");
        }
    }
}

/// The exchange itself may have been cut off: the file's content decides, not an assumption.
#[test]
fn what_somebody_did_to_a_file_that_the_run_had_begun_with_is_asked_about() {
    let product = Product::new();
    let files = product.fake.files.clone();
    let swapped =
        |product: &Product| product.fake.files.contents()[Path::new(ENV)].starts_with(b"A=10");
    let call = (1..).find(|call| {
        let product = Product::new();
        product
            .fake
            .fault_at(*call, Fault::CrashWithin { bytes: 7 });
        let _disturbed = product.walk(Way::Forward);
        swapped(&product)
    });
    product
        .fake
        .fault_at(call.expect("an exchange"), Fault::CrashWithin { bytes: 7 });
    let _disturbed = product.walk(Way::Forward);
    assert!(swapped(&product));
    files.put(ENV, "A=10 # mine\n");
    product.fake.revive();
    let told = product.walk(Way::Back).expect_err("somebody has edited it");
    assert!(told.contains("edited after this run changed it"), "{told}");
    assert_eq!(files.contents()[Path::new(ENV)], b"A=10 # mine\n");
}

#[test]
fn a_step_that_stops_at_an_edit_tells_how_to_see_it() {
    let product = Product::new();
    let mut worker = product.begin();
    let mut asks = |ask: Ask| worker.meet(ask).expect("the worker goes on");
    asks(Ask::Check).expect("checked");
    asks(Ask::Backup).expect("backed up");
    let was = product.fake.files.contents()[Path::new(ENV)].clone();
    product.fake.files.put(ENV, "A=1 # mine\n");
    asks(Ask::Apply).expect("applied as far as it goes");

    let view = worker.state().step(&StepId::from("edit .env"));
    let error = view.and_then(StepView::failed).expect("it failed").error();
    let copy = product.backup().join("files/.env");
    let command = format!("`diff -u {} {ENV}` shows what was changed", copy.display());
    assert!(error.contains(&command), "{error}");
    assert_eq!(product.fake.files.contents()[&copy], was);
}
