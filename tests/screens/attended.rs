//! Coming and going: a run that is at work is left, watched, taken over, and found again when its
//! worker has gone.

use super::{
    driven::Driven,
    product::{self, Recorder},
};
use switchback::{
    engine::handle::{Ask, Control, Event},
    tui::app::Outcome,
};

const SIZE: (u16, u16) = (80, 24);

fn at_work() -> Driven {
    let state = Recorder::new(product::plan()).migrating().state();
    let mut driven = Driven::on(state, SIZE);
    driven.app.ui.live.idle = false;
    driven
}

fn held_by_ben() -> Event {
    let mut ben = product::who();
    ben.user = "ben".into();
    Event::Control(Control {
        yours: false,
        holder: Some(ben),
    })
}

#[test]
fn leaving_a_run_at_work_is_a_choice_of_three_and_enter_chooses_none() {
    let left = |keys: &str| {
        let mut driven = at_work();
        driven.keys(keys);
        (driven.asks, driven.end)
    };
    for nothing in ["q\n", "qx", "q\x1b"] {
        assert_eq!(left(nothing), (vec![], None), "{nothing:?}");
    }
    let gone = Some(Outcome::LeftRun);
    assert_eq!(left("ql"), (vec![], gone.clone()));
    assert_eq!(left("qp"), (vec![Ask::Pause], gone.clone()));
    assert_eq!(left("qs"), (vec![Ask::Pause, Ask::Interrupt], gone));
}

#[test]
fn whoever_watches_can_ask_nothing_but_to_take_over() {
    let mut driven = at_work();
    driven.run(held_by_ben());
    driven.run(Event::Idle);
    assert!(driven.screen().contains("ben has taken this run over"));
    for keys in ["p", "r", "s", "i", "b\nroll back web-03\n", "\x1b\n"] {
        driven.keys(keys);
    }
    assert_eq!(driven.asks, []);
    assert!(
        driven.screen().contains("t take over"),
        "{}",
        driven.screen()
    );
    driven.keys("t\n");
    assert_eq!(driven.asks, [], "Enter is the harmless answer");
    driven.keys("ty");
    assert_eq!(driven.asks, [Ask::TakeOver]);
    driven.run(Event::Control(Control {
        yours: true,
        holder: Some(product::who()),
    }));
    assert!(driven.screen().contains("you hold this run now"));
    // A watcher goes without a question about the run.
    driven.run(held_by_ben());
    driven.keys("q");
    assert!(driven.screen().contains("You only watched"));
}

#[test]
fn a_run_whose_worker_has_gone_is_taken_up_again_with_enter_wherever_it_stands() {
    let stands: [fn(&mut Recorder) -> &mut Recorder; 5] = [
        |r| r.checklist_blocked(),
        |r| r.migrating(),
        |r| r.failed(),
        |r| r.asking(),
        |r| r.stuck(),
    ];
    for write in stands {
        let state = write(&mut Recorder::new(product::plan())).state();
        let mut driven = Driven::on(state, SIZE);
        driven.run(Event::Gone(None));
        let screen = driven.screen();
        assert!(screen.contains("no worker is at work"), "{screen}");
        assert!(!screen.contains("What now?"), "{screen}");
        driven.keys("\n");
        assert!(!driven.app.ui.live.gone, "it was opened anew");
    }
}
