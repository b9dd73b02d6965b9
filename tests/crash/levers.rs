//! What shows that an emergency step is done is asked at every pull, the first one too: before it, so
//! that what holds already is not done twice, and after it, so that no exit code is believed.

use super::stand;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use switchback::{
    engine::link::handle::Ask, model::record::Done, run_state::StepView, world::fake::ended,
};

const HOP: &str = "\
apply:
  - {id: one, title: One, do: {run: {command: [one]}}, harmless: true}
emergency:
  - id: hold
    title: Hold
    do: {run: {command: [hold]}}
    done_if: {command: {command: [held]}}
    undo: {run: {command: [go, on]}}
";

/// The step after its first pull, and how often its command ran. `held`: it holds before; `works`: its
/// command makes it so.
fn pulled(held: bool, works: bool) -> (StepView, usize) {
    let fake = stand::product();
    let holds = Arc::new(AtomicBool::new(held));
    fake.commands.script(move |command| {
        if command.argv == ["hold"] && works {
            holds.store(true, Ordering::SeqCst);
        }
        let no = command.argv == ["held"] && !holds.load(Ordering::SeqCst);
        Some(Ok(ended(i32::from(no), "", "")))
    });
    let (mut worker, _events) = stand::begun(&fake, "", HOP);
    let id = worker.state().emergency[0].step.id.clone();
    stand::meet(&mut worker, [Ask::Pull(id)]);
    let ran = fake.commands.ran();
    let ran = ran.iter().filter(|it| it.argv == ["hold"]).count();
    (worker.state().emergency[0].clone(), ran)
}

#[test]
fn what_shows_that_an_emergency_step_is_done_is_asked_at_its_first_pull() {
    let (view, ran) = pulled(true, true);
    assert_eq!((view.done(), ran), (Some(Done::AlreadyDone), 0));
    // Beside `pulled` the bare answer of its probe would be taken for that of its command.
    assert_eq!(view.because(), Some("it was so already: exit 0"));
    let (view, ran) = pulled(false, true);
    assert_eq!((view.done(), ran), (Some(Done::Ran), 1));
    let (view, ran) = pulled(false, false);
    let why = view.failed().expect("it is not done").error();
    assert!(why.contains("but it is not done") && ran == 1, "{why}");
}
