//! A run's records, played again on the screens.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use switchback::{
    engine::link::handle::{Control, Event},
    model::record::Record,
    run_state::RunState,
    tui::{
        app::{Msg, Screen},
        backend::{Backend, OpenRun, Play},
        replay::{Player, Recording},
    },
    world::{Cancel, Clock},
};

/// A clock that moves when it is told to.
#[derive(Default)]
struct HandClock(AtomicU64);

impl Clock for HandClock {
    fn now_ms(&self) -> u64 {
        unreachable!("a recording has a time of its own")
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, _: Duration, _: &Cancel) -> bool {
        unreachable!("nobody sleeps here")
    }
}

fn records() -> Vec<Record> {
    let mut recorder = Recorder::new(product::plan());
    recorder.going_back();
    recorder.records
}

fn player(clock: Arc<HandClock>) -> Player {
    let recording = Recording::new(records(), None).expect("records of one run");
    Player::new(recording, clock, 1.0)
}

#[test]
fn step_by_step_the_screens_come_to_where_the_run_came() {
    let clock = Arc::new(HandClock::default());
    let mut player = player(clock.clone());
    let all = records();
    assert!(player.play(Play::Pause).expect("it is a recording").paused);
    let run = RunState::fold(&all).expect("a run").run.clone();
    let attached = player.open_run(&run, OpenRun::Watch).expect("it opens");
    let mut state = attached.state;
    for record in &all[1..] {
        assert!(
            attached.events.try_recv().is_err(),
            "paused means that nothing comes"
        );
        let before = player.now_ms();
        clock.0.fetch_add(3_600_000, Ordering::SeqCst);
        assert_eq!(player.now_ms(), before, "nor does its time go on");
        player.play(Play::Step).expect("it is a recording");
        let Ok(Event::Record(came)) = attached.events.recv() else {
            panic!("a record comes");
        };
        assert_eq!(*came, *record);
        assert_eq!(player.now_ms(), record.at_ms);
        state.apply(&came).expect("the run as it was");
    }
    let folded = RunState::fold(&all).expect("the run as it was");
    assert_eq!(format!("{state:?}"), format!("{folded:?}"));
}

#[test]
fn its_time_is_that_of_the_run_and_long_waits_are_cut() {
    let clock = Arc::new(HandClock::default());
    let mut player = player(clock.clone());
    let began = records()[0].at_ms;
    assert_eq!(player.now_ms(), began);
    clock.0.fetch_add(100, Ordering::SeqCst);
    let gap = records()[1].at_ms - began;
    assert_eq!(player.now_ms(), began + gap.min(100));
    for _ in 0..40 {
        player.play(Play::Faster).expect("it is a recording");
    }
    assert!(player.playing().speed.is_finite());
    for _ in 0..80 {
        player.play(Play::Slower).expect("it is a recording");
    }
    assert!(player.playing().speed > 0.0);
}

#[test]
fn a_recording_asks_nothing_of_anybody() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let mut driven = Driven::on(recorder.failed().state(), (80, 24));
    let clock = Arc::new(HandClock::default());
    driven.app.ui.playing = Some(player(clock.clone()).playing());
    driven.app.ui.live.control = Control::Nobodys;
    driven.backend = Box::new(player(clock));
    driven.asks.clear();
    assert!(
        driven.screen().contains("A recording: record "),
        "{}",
        driven.screen()
    );
    for keys in [
        "\n", "r", "k", "f", "t", "y", "!", "b", "s", "p", "i", "x", "E\npull", "\u{1b}",
    ] {
        driven.keys(keys);
        driven.key(KeyCode::Esc);
    }
    assert_eq!(driven.asks, []);
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    driven.keys(" ");
    assert!(driven.screen().contains("paused"), "{}", driven.screen());
    let asked = driven.keys("q").screen();
    assert!(asked.contains("This is a recording"), "{asked}");
    for of_a_run in ["Nobody holds", "stays so", "attach"] {
        assert!(!asked.contains(of_a_run), "{asked}");
    }
    driven.keys("y");
    assert!(driven.end.is_some());
}

#[test]
fn what_is_copied_is_what_is_shown() {
    let mut driven = Driven::on(Recorder::new(product::plan()).failed().state(), (80, 24));
    driven.keys("c");
    let copied = driven.copied.take().expect("a text");
    assert!(copied.contains("diesel migration run"), "{copied}");
    let mut driven = Driven::new(FakeBackend::default(), (80, 24));
    driven.keys("\nd");
    driven.msg(Msg::Key(KeyEvent::new(
        KeyCode::Char('c'),
        KeyModifiers::NONE,
    )));
    let copied = driven.copied.expect("a text");
    assert!(
        copied.lines().count() > 2 && copied.contains(" + "),
        "{copied}"
    );
}
