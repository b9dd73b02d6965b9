//! A file of the product that somebody has put a link in the place of, while a run was under way: a
//! step that meets it fails and a rollback stands still, each in words. The worker lives on.

use super::product::{Product, Way};
use std::path::Path;
use switchback::{
    engine::handle::{Ask, Event},
    model::{ids::StepId, record::Body},
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
