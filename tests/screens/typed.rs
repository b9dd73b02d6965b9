//! Typed and pasted text: taken whole or not at all, and never as a key that was not meant.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    talk::Talk,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use switchback::tui::{
    app::{Msg, Outcome, Screen},
    dialog::{Dialog, Reason},
};

const SIZE: (u16, u16) = (80, 24);

fn failed() -> Driven {
    Driven::on(Recorder::new(product::plan()).failed().state(), SIZE)
}

/// At a field for a secret.
fn at_a_secret() -> Driven {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n\n\n\ne");
    driven
}

fn typed(driven: &mut Driven) -> Option<String> {
    let field = driven.app.ui.dialog.as_mut().and_then(Dialog::field_mut);
    field.map(|field| field.text().to_owned())
}

fn pasted(text: &str) -> (Option<String>, String) {
    let mut driven = at_a_secret();
    driven.msg(Msg::Paste(text.to_owned()));
    (typed(&mut driven), driven.screen())
}

#[test]
fn what_is_pasted_is_taken_whole_or_not_at_all_and_that_is_said() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
    for (text, why) in [
        (key.to_owned(), "not taken: it has line ends"),
        (key.replace('\n', "\r"), "not taken: it has line ends"),
        ("x".repeat(5_021), "not taken: longer than 4,096 bytes"),
        ("a\tb".to_owned(), "not taken: it has control characters"),
    ] {
        let (typed, screen) = pasted(&text);
        assert_eq!(typed.as_deref(), Some(""), "{why}");
        assert!(screen.contains(why), "{why}: {screen}");
    }
    for end in ["", "\n", "\r\n", "\r"] {
        let (typed, screen) = pasted(&format!("hunter2{end}"));
        assert_eq!(typed.as_deref(), Some("hunter2"), "{screen}");
        assert!(!screen.contains("not taken"), "{screen}");
    }
}

#[test]
fn a_field_that_is_full_says_so_at_the_next_key() {
    let mut driven = at_a_secret();
    driven.msg(Msg::Paste("x".repeat(4_096)));
    let screen = driven.keys("y").screen();
    assert!(screen.contains("longer than 4,096 bytes"), "{screen}");
    assert_eq!(typed(&mut driven).map(|text| text.len()), Some(4_096));
}

/// A terminal in line mode holds 4,095 bytes of a line, and does not report that a line was longer.
#[test]
fn a_line_that_a_terminal_may_have_cut_is_not_taken() {
    for (bytes, is_taken) in [(4_094, true), (4_095, false), (5_021, false)] {
        let mut talk = Talk::of(at_a_secret());
        let told = talk.say(&"x".repeat(bytes));
        assert_eq!(talk.driven.app.ui.dialog.is_none(), is_taken, "{told}");
        let says = told.contains("not taken: longer than 4,094 bytes");
        assert_eq!(says, !is_taken, "{bytes}: {told}");
    }
}

#[test]
fn a_reason_that_was_not_taken_asks_for_nothing() {
    let mut driven = failed();
    driven.keys("K");
    driven.msg(Msg::Paste("one\ntwo".into()));
    driven.keys("\n");
    assert_eq!(driven.asks, []);
    assert!(matches!(
        driven.app.ui.dialog,
        Some(Dialog::Reason {
            about: Reason::Skip(_),
            ..
        })
    ));
}

/// The key combination was meant for another program.
#[test]
fn a_letter_with_ctrl_or_alt_is_not_that_letter() {
    let chords = [
        KeyModifiers::CONTROL,
        KeyModifiers::CONTROL.union(KeyModifiers::ALT),
    ];
    for (chord, name) in chords.into_iter().zip(["Ctrl", "Ctrl-Alt"]) {
        let press = |driven: &mut Driven, code| {
            driven.msg(Msg::Key(KeyEvent::new(code, chord)));
            driven.app.drawn();
        };
        // A question is not answered, ...
        let mut driven = failed();
        driven.keys("q");
        press(&mut driven, KeyCode::Char('y'));
        assert_eq!(driven.end, None, "{chord:?}");
        let screen = driven.screen();
        let says = format!("{name}-Y does nothing here");
        assert!(screen.contains(&says), "{says}: {screen}");
        driven.keys("y");
        assert_eq!(driven.end, Some(Outcome::LeftRun));
        // ... a run is not asked for anything, ...
        let mut driven = failed();
        driven.app.ui.live.agreed = true;
        press(&mut driven, KeyCode::Char('r'));
        press(&mut driven, KeyCode::Enter);
        assert_eq!(driven.asks, [], "{chord:?}");
        driven.keys("r");
        assert_eq!(driven.asks.len(), 1);
        // ... and nothing is typed.
        let mut driven = at_a_secret();
        press(&mut driven, KeyCode::Char('x'));
        assert_eq!(typed(&mut driven).as_deref(), Some(""), "{chord:?}");
    }
    // With Shift, a letter is its capital.
    let mut driven = failed();
    let key = KeyEvent::new(KeyCode::Char('K'), KeyModifiers::SHIFT);
    driven.msg(Msg::Key(key));
    assert!(matches!(driven.app.ui.dialog, Some(Dialog::Reason { .. })));
}

/// A slow connection delivers both keys at once, which is read as Alt and the letter.
#[test]
fn a_key_right_behind_esc_is_not_taken_and_esc_is() {
    let press = |driven: &mut Driven, code| {
        driven.msg(Msg::Key(KeyEvent::new(code, KeyModifiers::ALT)));
        driven.app.drawn();
    };
    let mut driven = failed();
    driven.keys("q");
    press(&mut driven, KeyCode::Char('y'));
    assert!(driven.app.ui.dialog.is_none(), "the question is closed");
    assert_eq!(driven.end, None);
    let screen = driven.screen();
    assert!(screen.contains("y came too soon after it"), "{screen}");
    driven.keys("?");
    press(&mut driven, KeyCode::Char('r'));
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    assert_eq!(driven.asks, []);
    // Typed text is not discarded by it.
    let mut driven = at_a_secret();
    driven.keys("ab");
    press(&mut driven, KeyCode::Char('x'));
    assert_eq!(typed(&mut driven).as_deref(), Some("ab"));
}
