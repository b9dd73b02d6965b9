//! A run that must be confirmed, in the world in memory: time passes when the test says so.

use super::product::{Product, Way};
use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};
use switchback::{
    engine::link::{
        handle::{Ask, Event},
        sharing::Given,
    },
    model::{
        record::{Body, RunEnd, Who},
        units::Span,
    },
    run_state::RunState,
    world::{Clock as _, fake::FakeClock},
};

const WITHIN: Span = Span::from_secs(600);

pub fn forward() -> Vec<Ask> {
    vec![
        Ask::ConfirmWithin(WITHIN),
        Ask::Check,
        Ask::Backup,
        Ask::Apply,
    ]
}

/// Has the worker of the open run, or of a new one, answer asks, and calls `meanwhile` whenever it
/// begins to wait. It is told to leave when the run has ended and, if `leaves`, after the last ask.
pub fn serve(
    product: &Product,
    asks: Vec<Ask>,
    leaves: bool,
    meanwhile: impl Fn(&FakeClock) + Send + Sync + 'static,
) -> (RunState, Vec<String>) {
    let (sender, given) = mpsc::channel();
    let by = Who {
        user: "ada".to_owned(),
        host: "host".to_owned(),
        pid: 7,
    };
    let ask = move |sender: &mpsc::Sender<Given>, ask| {
        let (seen, by) = (u64::MAX, by.clone());
        sender.send(Given { ask, seen, by }).expect("it listens");
    };
    for one in asks {
        ask(&sender, one);
    }
    if leaves {
        ask(&sender, Ask::Leave);
    }
    let refused = Arc::new(Mutex::new(Vec::new()));
    let (clock, told, at_end) = (product.fake.clock.clone(), refused.clone(), sender.clone());
    let sink = move |event| match event {
        Event::Record(record) => match record.body {
            Body::ConfirmBy { .. } => meanwhile(&clock),
            Body::Finished { .. } => ask(&at_end, Ask::Leave),
            _another_record => {}
        },
        Event::Refused(why) => told.lock().expect("whole").push(why),
        _another_event => {}
    };
    let worker = product.open(Way::Forward, Box::new(sink));
    let mut worker = worker.expect("opened").expect("there is something to do");
    worker.serve(&given).expect("it goes on");
    let refused = refused.lock().expect("whole").clone();
    (worker.state().clone(), refused)
}

#[test]
fn a_run_that_nobody_confirms_goes_back_by_itself() {
    let product = Product::new();
    let late = |clock: &FakeClock| clock.advance(WITHIN.duration());
    let (state, _) = serve(&product, forward(), false, late);
    assert_eq!(state.ended(), Some(RunEnd::RolledBack));
    let reason = &state.rollback.as_ref().expect("a way back").reason;
    assert_eq!(reason, "nobody confirmed within 10m");
    product.assert_old();
}

#[test]
fn it_goes_back_from_wherever_the_road_stands() {
    let product = Product::new();
    let mut asks = forward();
    asks.pop();
    asks.extend([Ask::ApplyOne, Ask::ApplyOne]);
    // The second wait is too long, although the ask in between restarted the time.
    let nearly = Duration::from_secs(599);
    let waits = Mutex::new(0);
    let (state, _) = serve(&product, asks, false, move |clock| {
        let mut waits = waits.lock().expect("whole");
        *waits += 1;
        clock.advance(if *waits < 2 {
            nearly
        } else {
            WITHIN.duration()
        });
    });
    assert_eq!(state.ended(), Some(RunEnd::RolledBack));
    product.assert_old();
}

#[test]
fn a_run_that_is_confirmed_in_time_stays_and_no_jump_of_the_calendar_changes_that() {
    for jump in [0, u64::MAX / 2] {
        let product = Product::new();
        let mut asks = forward();
        asks.push(Ask::Finish);
        let (state, refused) = serve(&product, asks, false, move |clock| {
            clock.advance(WITHIN.duration() - Duration::from_millis(1));
            clock.jump_to_ms(jump);
        });
        assert_eq!((state.ended(), refused), (Some(RunEnd::Done), vec![]));
        product.assert_new();
    }
}

#[test]
fn a_worker_that_takes_the_run_up_too_late_goes_back_before_it_hears_anybody() {
    let product = Product::new();
    let (state, _) = serve(&product, forward(), true, |_| {});
    assert!(state.end.is_none() && state.confirm_by_ms().is_some());
    product.assert_new();
    product.fake.clock.advance(WITHIN.duration());
    let (state, refused) = serve(&product, vec![Ask::Finish], false, |_| {});
    assert_eq!(state.ended(), Some(RunEnd::RolledBack));
    assert_eq!(refused, ["the run has ended"]);
    product.assert_old();
}

#[test]
fn a_worker_that_takes_the_run_up_in_time_waits_for_what_is_left_and_never_longer() {
    let product = Product::new();
    let (before, _) = serve(&product, forward(), true, |_| {});
    product.fake.clock.advance(WITHIN.duration() / 2);
    // Merely taking the run up gains no time.
    let (state, _) = serve(&product, vec![], true, |_| {});
    assert_eq!(state.confirm_by_ms(), before.confirm_by_ms());
    product.fake.clock.jump_to_ms(0);
    let more = vec![Ask::ConfirmWithin(WITHIN)];
    let (state, _) = serve(&product, more, true, |_| {});
    let anew = product.fake.clock.now_ms() + WITHIN.ms();
    assert_eq!(state.confirm_by_ms(), Some(anew), "it begins anew");
    let (state, _) = serve(&product, vec![Ask::Finish], false, |_| {});
    assert_eq!(state.ended(), Some(RunEnd::Done));
}
