use super::*;
use proptest::prelude::*;
use ratatui::{
    Terminal,
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

const SIZE: Size = Size {
    width: 20,
    height: 5,
};

type Words = Vec<(u16, u16, String, Style)>;

/// Frames of words in random places, in a few styles, some of them wide. Some frames begin as the
/// previous one moved by a row or by some columns.
fn frames() -> impl Strategy<Value = Vec<Words>> {
    let each = (
        prop_oneof![
            Just(None),
            prop_oneof![Just(1), Just(-1)].prop_map(|rows| Some((0, rows))),
            (-3_i16..=3).prop_map(|columns| Some((columns, 0))),
        ],
        words(),
    );
    prop::collection::vec(each, 1..6).prop_map(|each| {
        let mut frames: Vec<Words> = Vec::new();
        for (moved, mut words) in each {
            if let (Some((right, down)), Some(last)) = (moved, frames.last()) {
                let rows = 0..SIZE.height;
                words.truncate(2);
                words.extend(last.iter().filter_map(|(x, y, text, style)| {
                    let y = y.checked_add_signed(down).filter(|y| rows.contains(y))?;
                    // The left edge does not move.
                    let x = match *x {
                        0..4 => *x,
                        x => x.checked_add_signed(right)?,
                    };
                    Some((x, y, text.clone(), *style))
                }));
            }
            frames.push(words);
        }
        frames
    })
}

fn words() -> impl Strategy<Value = Words> {
    let style = prop_oneof![
        3 => Just(Style::new()),
        1 => Just(Style::new().fg(Color::Green)),
        1 => Just(Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD)),
        1 => Just(Style::new().add_modifier(Modifier::DIM)),
    ];
    let marked = Style::new()
        .bg(Color::Blue)
        .add_modifier(Modifier::UNDERLINED);
    let written = prop_oneof![
        3 => ("([a-c]| |é|界){0,14}", style),
        1 => ("([a-c]| |é){0,14}", Just(marked)),
    ];
    let word = (0..SIZE.width, 0..SIZE.height, written)
        .prop_map(|(x, y, (text, style))| (x, y, text, style));
    prop::collection::vec(word, 0..12)
}

fn paint(words: &Words, buffer: &mut Buffer) {
    let mut words: Vec<_> = words.iter().collect();
    words.sort_by_key(|(x, y, ..)| (*y, *x));
    // Painting over half of a wide character would be the painter's mistake.
    let mut free = (0, 0);
    for (x, y, text, style) in words {
        if (*y, *x) >= free {
            free = (*y, buffer.set_stringn(*x, *y, text, 99, *style).0);
        }
    }
}

fn looks(cell: Option<&vt100::Cell>) -> (String, bool, bool, bool, vt100::Color, vt100::Color) {
    let cell = cell.expect("a cell of the screen");
    let text = match cell.contents() {
        "" => " ".to_owned(),
        text => text.to_owned(),
    };
    // Attributes that are invisible on a blank do not count.
    let mark = text != " ";
    let front = if mark {
        cell.fgcolor()
    } else {
        vt100::Color::Default
    };
    (
        text,
        mark && cell.bold(),
        mark && cell.dim(),
        cell.underline(),
        front,
        cell.bgcolor(),
    )
}

proptest! {
    /// However it got there, the screen shows what a fresh one shows after only the last frame.
    #[test]
    fn the_terminal_shows_the_last_frame(frames in frames()) {
        let screen = |frames: &[Words]| {
            let mut terminal = Terminal::new(Thrifty::new(Vec::new(), || Ok(SIZE))).expect("made");
            terminal.resize(Rect::from((Position::ORIGIN, SIZE))).expect("cleared");
            for frame in frames {
                terminal.draw(|on| paint(frame, on.buffer_mut())).expect("drawn");
            }
            let rows = std::num::NonZero::new(SIZE.height).expect("rows");
            let columns = std::num::NonZero::new(SIZE.width).expect("columns");
            let mut seen = vt100::Parser::new(rows, columns, 0);
            seen.process(&terminal.backend().writer);
            seen
        };
        let (grown, fresh) = (screen(&frames), screen(&frames[frames.len() - 1..]));
        for y in 0..SIZE.height {
            for x in 0..SIZE.width {
                let cell = |seen: &vt100::Parser| looks(seen.screen().cell(y, x));
                prop_assert_eq!(cell(&grown), cell(&fresh), "row {} column {}", y, x);
            }
        }
    }
}

#[test]
fn a_frame_without_news_sends_nothing() {
    let mut terminal = Terminal::new(Thrifty::new(Vec::new(), || Ok(SIZE))).expect("made");
    terminal
        .resize(Rect::from((Position::ORIGIN, SIZE)))
        .expect("cleared");
    let mut sent = Vec::new();
    for _ in 0..3 {
        let draw = |on: &mut ratatui::Frame<'_>| {
            on.buffer_mut().set_string(2, 1, "ready", Style::new());
        };
        terminal.draw(draw).expect("drawn");
        sent.push(terminal.backend().writer.len());
    }
    assert_eq!(sent[0], sent[2]);
}

#[test]
fn a_changed_word_costs_little_more_than_itself() {
    let mut terminal = Terminal::new(Thrifty::new(Vec::new(), || Ok(SIZE))).expect("made");
    terminal
        .resize(Rect::from((Position::ORIGIN, SIZE)))
        .expect("cleared");
    for text in ["old and long words", "new"] {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        terminal.backend_mut().writer.clear();
        terminal
            .draw(|on| on.buffer_mut().set_string(0, 2, text, bold))
            .map(|_| ())
            .expect("drawn");
    }
    let sent = String::from_utf8_lossy(&terminal.backend().writer).into_owned();
    assert_eq!(sent, "\x1b[?2026h\r\x1b[1mnew\x1b[K\x1b[m\x1b[?2026l");
}

#[test]
fn rows_that_have_moved_are_not_sent_again() {
    let mut terminal = Terminal::new(Thrifty::new(Vec::new(), || Ok(SIZE))).expect("made");
    terminal
        .resize(Rect::from((Position::ORIGIN, SIZE)))
        .expect("cleared");
    let mut sent = Vec::new();
    for top in [0, 1, 0] {
        terminal.backend_mut().writer.clear();
        let draw = |on: &mut ratatui::Frame<'_>| {
            on.buffer_mut().set_string(0, 0, "head", Style::new());
            for y in 1..SIZE.height {
                let letter = char::from(b'a' + u8::try_from(top + y).expect("a letter"));
                let text = letter.to_string().repeat(12);
                on.buffer_mut().set_string(0, y, text, Style::new());
            }
        };
        terminal.draw(draw).expect("drawn");
        sent.push(String::from_utf8_lossy(&terminal.backend().writer).into_owned());
    }
    let up = "\x1b[2;5r\x1b[5H\n\x1b[r\x1b[5Hffffffffffff";
    let down = "\x1b[2;5r\x1b[2H\x1bM\x1b[r\x1b[2Hbbbbbbbbbbbb";
    assert_eq!(sent[1], format!("\x1b[?2026h{up}\x1b[?2026l"));
    assert_eq!(sent[2], format!("\x1b[?2026h{down}\x1b[?2026l"));
}

#[test]
fn the_rest_of_a_row_that_has_moved_sideways_is_not_sent_again() {
    let mut terminal = Terminal::new(Thrifty::new(Vec::new(), || Ok(SIZE))).expect("made");
    terminal
        .resize(Rect::from((Position::ORIGIN, SIZE)))
        .expect("cleared");
    let mut sent = Vec::new();
    for text in [" d diff  q leave", " o d diff  q leave", " d diff  q leave"] {
        terminal.backend_mut().writer.clear();
        let draw = |on: &mut ratatui::Frame<'_>| {
            on.buffer_mut().set_stringn(0, 2, text, 20, Style::new());
        };
        terminal.draw(draw).expect("drawn");
        sent.push(String::from_utf8_lossy(&terminal.backend().writer).into_owned());
    }
    assert_eq!(sent[1], "\x1b[?2026h\r\x1b[C\x1b[2@o\x1b[?2026l");
    assert_eq!(sent[2], "\x1b[?2026h\r\x1b[C\x1b[2P\x1b[?2026l");
}

#[test]
fn a_window_that_shrinks_while_a_frame_is_made_breaks_nothing() {
    thread_local! {
        static ASKED: cell::Cell<u16> = const { cell::Cell::new(0) };
    }
    let shrinks = || {
        let asked = ASKED.replace(ASKED.get() + 1);
        Ok(Size::new(SIZE.width - asked, SIZE.height))
    };
    let mut terminal = Terminal::new(Thrifty::new(Vec::new(), shrinks)).expect("made");
    for _ in 0..3 {
        let paint = |on: &mut ratatui::Frame<'_>| {
            let all = "x".repeat(usize::from(on.area().width));
            for y in 0..on.area().height {
                on.buffer_mut().set_string(0, y, &all, Style::new());
            }
        };
        terminal.draw(paint).expect("drawn");
    }
}
