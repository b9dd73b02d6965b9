//! Before there is a run: start, review, inputs.

use super::{State, nothing, shown, walk};
use crate::{driven::Driven, fake::FakeBackend, product};
use crossterm::event::KeyCode;
use switchback::tui::{
    backend::{PackView, ReviewView, StartView},
    call::Pending,
};

pub fn start() -> Vec<State> {
    vec![
        walk("start", nothing),
        shown("start-reading", |size| {
            let mut driven = Driven::new(FakeBackend::default(), size);
            driven.app.ui.views.start = None;
            driven.app.ui.pending = Some(Pending::Look);
            driven
        }),
        shown("start-unfinished-run", |size| {
            let mut backend = FakeBackend::default();
            backend.start.runs.insert(0, product::unfinished_run());
            Driven::new(backend, size)
        }),
        shown("start-nothing-here", |size| {
            let start = StartView {
                host: product::HOST.into(),
                root: "/home/mara".into(),
                open: Some("no pack knows what is in this folder".into()),
                ..StartView::default()
            };
            Driven::new(
                FakeBackend {
                    start,
                    ..FakeBackend::default()
                },
                size,
            )
        }),
        shown("start-installed-how", |size| {
            let mut backend = FakeBackend::default();
            backend.start.variants[0].chosen = None;
            backend.start.variants[0].options[1].why = "fits: the folder .git is there".into();
            backend.start.open = Some(
                "it is not clear how the product is installed (install): choose it below".into(),
            );
            Driven::new(backend, size)
        }),
        shown("start-which-product", |size| {
            let mut backend = FakeBackend::default();
            backend.start.packs[0].chosen = false;
            backend.start.packs.push(PackView {
                id: "other".into(),
                title: "Other".into(),
                why: "from /srv/packs".into(),
                chosen: false,
            });
            backend.start.open = Some("more than one pack fits: which product is it?".into());
            Driven::new(backend, size)
        }),
        shown("start-disagreement", |size| {
            let mut backend = FakeBackend::default();
            backend.start.from = None;
            backend.start.agreeing.clear();
            backend.start.open = Some("the probes give two releases: which one runs?".into());
            backend.start.sightings[1].answer = Ok(product::release("0.4.2"));
            Driven::new(backend, size)
        }),
    ]
}

pub fn review() -> Vec<State> {
    vec![
        walk("review", |driven| {
            driven.keys("\n");
        }),
        walk("review-first-finding", |driven| {
            driven.keys("\njj");
        }),
        walk("review-detail", |driven| {
            driven.keys("\njj").key(KeyCode::Right);
        }),
        walk("review-filter", |driven| {
            driven.keys("\n/jwt");
        }),
        walk("review-diff", |driven| {
            driven.keys("\nd");
        }),
        walk("conflict", |driven| {
            driven.keys("\n\n");
        }),
        walk("conflict-typing", |driven| {
            driven.keys("\n\nG\n300 # a day");
        }),
        walk("conflict-typed", |driven| {
            driven.keys("\n\nG\n300\n");
        }),
        shown("review-empty", |size| {
            let review = ReviewView::default();
            let mut driven = Driven::new(
                FakeBackend {
                    review,
                    ..FakeBackend::default()
                },
                size,
            );
            driven.keys("\n");
            driven
        }),
    ]
}

fn at_inputs(driven: &mut Driven) -> &mut Driven {
    // The conflict is decided first: keep mine.
    driven.keys("\n\n\n\n")
}

pub fn inputs() -> Vec<State> {
    vec![
        walk("inputs", |driven| {
            at_inputs(driven);
        }),
        walk("inputs-typing", |driven| {
            at_inputs(driven).keys("ehunter2");
        }),
        walk("inputs-generated", |driven| {
            at_inputs(driven).keys("g");
        }),
    ]
}
