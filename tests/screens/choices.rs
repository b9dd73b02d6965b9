//! What is said about a key that does nothing, and what the keys that do something are called.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    states,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use switchback::{
    model::ids::CheckId,
    tui::{
        app::{Msg, Screen},
        backend::RunLine,
    },
};

fn failed() -> Driven {
    Driven::on(Recorder::new(product::plan()).failed().state(), (80, 24))
}

#[test]
fn a_key_that_does_nothing_says_so_and_what_was_typed_ahead_says_nothing() {
    let mut driven = failed();
    driven.keys("z");
    let told = driven.screen();
    assert!(
        told.contains("z does nothing here; ? shows the keys that do something"),
        "{told}"
    );
    driven.keys("zz");
    assert_eq!(driven.screen(), told, "again it is the same line");
    driven.keys("j");
    assert!(
        !driven.screen().contains("does nothing"),
        "{}",
        driven.screen()
    );
    let mut driven = failed();
    for c in ['q', 'z'] {
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        driven.msg(Msg::Key(key));
    }
    assert!(
        !driven.screen().contains("does nothing"),
        "{}",
        driven.screen()
    );
    driven.app.drawn();
    driven.keys("z");
    assert!(
        driven.screen().contains("z does nothing here"),
        "{}",
        driven.screen()
    );
    driven.keys("n");
    assert!(driven.app.ui.dialog.is_none(), "n is no");
}

#[test]
fn a_screen_that_was_written_over_is_painted_anew() {
    let mut driven = failed();
    let key = KeyEvent::new(KeyCode::Char('l'), KeyModifiers::CONTROL);
    driven.msg(Msg::Key(key));
    assert!(driven.painted_anew);
}

#[test]
fn what_can_be_chosen_has_the_word_of_its_key() {
    for state in states::all() {
        let driven = state.at((300, 100));
        let screen = driven.screen();
        let last = screen.lines().last().expect("a last line");
        let menus = ["What now?   ", "What happened?   ", "Then:   "];
        for line in screen.lines() {
            let Some((_, choices)) = menus.iter().find_map(|menu| line.split_once(menu)) else {
                continue;
            };
            for choice in choices.trim().split("   ") {
                let words = choice
                    .split([',', ':', '('])
                    .next()
                    .expect("a key and its word");
                assert!(
                    last.contains(words.trim()),
                    "{}: {words}\n{screen}",
                    state.name
                );
            }
        }
    }
}

#[test]
fn a_run_that_has_ended_is_not_at_work_and_its_report_leads_back() {
    let mut backend = FakeBackend::default();
    backend.start.runs[0].live = true;
    let mut driven = Driven::new(backend, (80, 24));
    driven.keys("h");
    let runs = driven.screen();
    assert!(runs.contains("0.4.2") && !runs.contains("in use"), "{runs}");
    driven.keys("\n");
    let report = driven.screen();
    assert!(report.contains("Enter: back to the past runs"), "{report}");
    driven.keys("\n");
    assert_eq!(driven.app.ui.screen, Screen::Runs);
    assert!(driven.app.run.is_none(), "it was put away");
}

#[test]
fn two_hops_that_ask_the_same_are_told_apart() {
    let mut plan = product::plan();
    assert!(plan.hops.len() > 1);
    let mut again = plan.checklist[0].clone();
    again.id = CheckId::new("1.1.0/again");
    again.hop = plan.checklist[0].hop + 1;
    let (one, other) = (&plan.hops[again.hop - 1].to, &plan.hops[again.hop].to);
    let expected = [one, other].map(|to| format!("hop to {to}"));
    plan.checklist.push(again);
    let shown = Driven::on(Recorder::new(plan).state(), (120, 40)).screen();
    for hop in expected {
        assert_eq!(shown.matches(&hop).count(), 1, "{hop}: {shown}");
    }
}

#[test]
fn while_a_run_is_unfinished_enter_leads_to_it_from_every_row_of_the_start() {
    let mut backend = FakeBackend::default();
    let run = RunLine {
        live: true,
        ..product::unfinished_run()
    };
    backend.start.runs.insert(0, run);
    let mut driven = Driven::new(backend, (80, 24));
    driven.keys("j");
    let screen = driven.screen();
    assert!(
        screen.contains("Enter: go to the unfinished run"),
        "{screen}"
    );
    assert!(
        screen.contains("no other run can start before it has ended"),
        "{screen}"
    );
    driven.app.ui.size = (60, 15);
    let screen = driven.screen();
    assert!(screen.contains("failed, in use"), "{screen}");
}

#[test]
fn what_does_not_fit_can_be_chosen_and_is_not_called_good() {
    let mut backend = FakeBackend::default();
    let install = &mut backend.start.variants[0];
    (install.chosen, install.said) = (Some("git".into()), true);
    let driven = Driven::new(backend, (120, 40));
    let screen = driven.screen();
    let fault = "a checkout, built here, which does not fit";
    assert!(screen.contains(fault), "{screen}");
    assert!(screen.contains("! a checkout, built here"), "{screen}");
    assert!(!screen.contains("✓ a checkout"), "{screen}");
}
