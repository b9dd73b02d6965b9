//! What must hold on every screen in every state, at every supported size, with and without colour
//! and Unicode.

use super::{
    driven::{Driven, LOOK, text},
    fake::FakeBackend,
    product::{self, Recorder},
    states,
};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::style::Color;
use switchback::{
    engine::link::handle::Event,
    tui::{
        app::{Msg, Screen},
        theme::Look,
    },
};

pub const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (120, 40)];

/// Every screen in its states.
pub fn gallery(size: (u16, u16)) -> Vec<Driven> {
    states::all().iter().map(|state| state.at(size)).collect()
}

/// Applies a law to every screen at every supported size.
fn everywhere(holds: impl Fn(&str, &mut Driven)) {
    for state in states::all() {
        for size in SIZES {
            let name = format!("{} at {}x{}", state.name, size.0, size.1);
            holds(&name, &mut state.at(size));
        }
    }
}

/// The words as they are read, wherever lines end; without what is beside a list.
fn flat(text: &str) -> String {
    let beside = |line: &'_ str| line.rfind('│').map_or(0, |at| at + '│'.len_utf8());
    let words = text
        .lines()
        .flat_map(|line| line[beside(line)..].split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn without_unicode_every_cell_is_ascii_and_says_the_same() {
    everywhere(|name, driven| {
        let words = |driven: &Driven| driven.screen().split_whitespace().count();
        let before = words(driven);
        driven.app.ui.look = Look {
            unicode: false,
            ..LOOK
        };
        let screen = driven.screen();
        assert!(screen.is_ascii(), "{name}\n{screen}");
        // Dots take more room than a single `…`, so a word may be cut elsewhere.
        assert!(words(driven) * 10 >= before * 9, "{name}\n{screen}");
    });
}

#[test]
fn without_colour_no_cell_has_one() {
    everywhere(|name, driven| {
        let coloured = text(&driven.buffer());
        driven.app.ui.look = Look {
            colour: false,
            ..LOOK
        };
        let buffer = driven.buffer();
        assert_eq!(text(&buffer), coloured, "{name}: the text is the same");
        for cell in &buffer.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}");
        }
    });
}

#[test]
fn no_size_breaks_a_screen() {
    for size in [
        (1, 1),
        (2, 10),
        (10, 2),
        (20, 5),
        (40, 8),
        (69, 17),
        (70, 18),
        (109, 50),
        (110, 20),
        (300, 100),
    ] {
        for driven in gallery(size) {
            driven.screen();
        }
    }
}

/// The same screen with room for everything.
fn with_room(driven: &mut Driven) -> String {
    let size = std::mem::replace(&mut driven.app.ui.size, (300, 100));
    let screen = driven.screen();
    driven.app.ui.size = size;
    screen
}

#[test]
fn every_screen_says_all_of_what_enter_does_and_how_to_leave() {
    everywhere(|name, driven| {
        for unicode in [true, false] {
            driven.app.ui.look = Look { unicode, ..LOOK };
            let roomy = with_room(driven);
            let says = roomy.lines().rev().nth(1).expect("a line above the keys");
            let screen = driven.screen();
            assert!(says.contains("Enter"), "{name}\n{roomy}");
            assert!(
                flat(&screen).contains(&flat(says)),
                "{name}: no `{says}`\n{screen}"
            );
            let last = screen.lines().last().expect("a last line");
            assert!(
                last.contains("q leave") || last.contains("Esc back"),
                "{name}\n{screen}"
            );
        }
    });
}

#[test]
fn what_there_is_to_choose_and_the_ways_out_are_shown_wherever_there_is_little_room() {
    everywhere(|name, driven| {
        let roomy = with_room(driven);
        let screen = driven.screen();
        let last = |screen: &str| screen.lines().last().expect("a last line").to_owned();
        for key in [
            "? help",
            "q leave",
            "b roll back",
            "E emergency",
            "t take over",
        ] {
            let there = !last(&roomy).contains(key) || last(&screen).contains(key);
            assert!(there, "{name}: no `{key}`\n{screen}");
        }
        for choice in ["What now?", "What happened?", "Then:", "Type  "] {
            let Some(line) = roomy
                .lines()
                .find_map(|line| line.find(choice).map(|at| &line[at..]))
            else {
                continue;
            };
            assert!(
                flat(&screen).contains(&flat(line)),
                "{name}: no `{line}`\n{screen}"
            );
        }
    });
}

/// Whether anything has been read yet.
pub fn knows_where(driven: &Driven) -> bool {
    driven.app.run.is_some() || driven.app.ui.views.start.is_some()
}

#[test]
fn the_host_is_on_every_screen() {
    everywhere(|name, driven| {
        if !knows_where(driven) {
            return;
        }
        let screen = driven.screen();
        let first = screen.lines().next().expect("a first line");
        assert!(first.contains(product::HOST), "{name}\n{screen}");
    });
}

#[test]
fn the_mouse_looks_and_neither_answers_nor_confirms() {
    everywhere(|name, driven| {
        let (columns, rows) = driven.app.ui.size;
        let screen = driven.app.ui.screen.clone();
        let dialog = format!("{:?}", driven.app.ui.dialog);
        let before = driven.asks.len();
        let (down, wheel) = (
            MouseEventKind::Down(MouseButton::Left),
            [MouseEventKind::ScrollDown, MouseEventKind::ScrollUp],
        );
        let clicks = (0..rows).map(|row| (down, row));
        for (kind, row) in clicks.chain(wheel.map(|kind| (kind, rows / 2))) {
            let column = columns / 3;
            driven.msg(Msg::Mouse(MouseEvent {
                kind,
                column,
                row,
                modifiers: KeyModifiers::NONE,
            }));
            driven.app.drawn();
        }
        assert_eq!(driven.app.ui.screen, screen, "{name}");
        assert_eq!(format!("{:?}", driven.app.ui.dialog), dialog, "{name}");
        assert_eq!((driven.asks.len(), &driven.end), (before, &None), "{name}");
    });
}

/// An offer made just before a worker gets busy would be refused by the time it is taken.
#[test]
fn nothing_is_offered_that_a_worker_at_work_refuses() {
    for state in states::all() {
        let of_checks = |driven: &Driven| {
            let screen = &driven.app.ui.screen;
            matches!(
                screen,
                Screen::Checklist | Screen::Verify | Screen::Rollback
            )
        };
        for key in ('"'..='~').chain("\n ".chars()) {
            let mut driven = state.at((80, 24));
            // The second of two marks in a row is told why it did nothing, and so is whoever had a
            // question open when the work began.
            if key == ' ' && of_checks(&driven) || driven.app.ui.dialog.is_some() {
                continue;
            }
            driven.run(Event::Busy);
            driven.keys(&format!("{key}y"));
            let notice = driven
                .app
                .ui
                .notice
                .as_ref()
                .map(|notice| notice.line.text());
            let refused = notice.is_some_and(|said| said.ends_with("the worker is busy"));
            assert!(!refused, "{}: {key:?}\n{}", state.name, driven.screen());
        }
    }
}

#[test]
fn that_the_worker_is_at_work_is_said_no_longer_than_it_is() {
    let state = Recorder::new(product::plan()).checklist_passed().state();
    let mut driven = Driven::on(state, (80, 24));
    driven.keys("/users\n").run(Event::Busy);
    driven.keys(" ");
    assert!(driven.screen().contains("not now: the worker is busy"));
    driven.run(Event::Idle);
    assert!(!driven.screen().contains("not now"));
}

#[test]
fn a_demo_is_called_one_at_every_size() {
    for size in [(60, 15), (80, 24), (120, 40)] {
        let mut backend = FakeBackend::default();
        backend.start.title = format!("demo: {}", backend.start.title);
        let driven = Driven::new(backend, size);
        let screen = driven.screen();
        let first = screen.lines().next().expect("a first line");
        assert!(first.trim_start().starts_with("demo"), "{screen}");
        assert!(first.contains(product::HOST), "{screen}");
    }
}
