//! Panes smaller than the supported sizes, as a terminal may be for a moment: what a key acts on is
//! visible there too.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    states,
};
use crossterm::event::KeyCode;
use switchback::{
    engine::link::handle::Event,
    tui::{app::Screen, dialog::Dialog},
};

const PANES: [(u16, u16); 4] = [(40, 8), (20, 6), (20, 5), (20, 4)];

#[test]
fn a_question_is_seen_wherever_yes_is_taken() {
    for state in states::all() {
        for size in PANES {
            let driven = state.at(size);
            let Some(Dialog::Sure(_)) = &driven.app.ui.dialog else {
                continue;
            };
            let roomy = state.at((300, 100)).screen();
            let first = roomy.lines().nth(2);
            let asked = first.and_then(|line| line.split_whitespace().next());
            let asked =
                asked.unwrap_or_else(|| panic!("{}: nothing is asked\n{roomy}", state.name));
            let screen = driven.screen();
            assert!(
                screen.contains(asked),
                "{} at {size:?}: no `{asked}`\n{screen}",
                state.name
            );
        }
    }
}

#[test]
fn the_row_that_a_key_acts_on_is_seen() {
    for keys in ["", "\n", "\n/jwt\n", "\nd", "h"] {
        for size in PANES {
            let mut driven = Driven::new(FakeBackend::default(), size);
            driven.keys(keys);
            assert!(
                driven.screen().contains('▸'),
                "{keys:?} at {size:?}\n{}",
                driven.screen()
            );
        }
    }
    for size in PANES {
        let state = Recorder::new(product::plan()).migrating().state();
        let mut driven = Driven::on(state, size);
        for n in 0..100 {
            driven.run(Event::Output {
                step: "1.0.0/migrate".into(),
                line: format!("imported {n}"),
            });
        }
        driven.keys("o");
        assert_eq!(driven.app.ui.screen, Screen::Output);
        assert!(driven.screen().contains('▸'), "{}", driven.screen());
    }
}

#[test]
fn a_filter_that_leaves_nothing_says_so_where_there_is_one_row() {
    let mut driven = Driven::new(FakeBackend::default(), (20, 5));
    driven.keys("\n/nowhere\n");
    let screen = driven.screen();
    assert!(screen.contains("no row holds"), "{screen}");
}

#[test]
fn the_words_of_a_danger_can_be_read_wherever_they_are_typed() {
    for size in PANES {
        let state = Recorder::new(product::plan_with_switches())
            .failed()
            .state();
        let mut driven = Driven::on(state, size);
        driven.keys("E\n");
        let mut seen = driven.screen();
        for _ in 0..60 {
            driven.key(KeyCode::Down);
            seen.push_str(&driven.screen());
        }
        for words in ["Type", "pull", "web-03"] {
            assert!(seen.contains(words), "{size:?}: no `{words}`\n{seen}");
        }
    }
}
