//! What goes over the line for a frame: as few bytes as show it, in one write. Over a slow
//! connection a key press costs what it sends.
//!
//! ratatui says which cells have changed. This remembers what the terminal shows, so that rows that
//! have moved are moved by the terminal itself, a short gap is written once more where a move would
//! be longer, the blank end of a row is erased, and a change of style says only what changes. It
//! knows no widget and asks the terminal nothing.

use super::{
    pen::Pen,
    shift::{self, Shift},
};
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use std::{
    io::{self, Write},
    mem,
};
use unicode_width::UnicodeWidthStr;

/// Erasing costs as much as this many blanks.
const ERASE_BYTES: usize = 3;

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

pub struct Thrifty<W> {
    writer: W,
    size: fn() -> io::Result<Size>,
    /// What the next `flush` sends.
    out: Vec<u8>,
    /// Bytes of the frames since somebody asked.
    sent: u32,
    /// What stands on the terminal, row by row.
    shown: Vec<Cell>,
    width: u16,
    pen: Pen,
    /// None where it cannot be told: at first, and behind the last column.
    at: Option<Position>,
    cursor_shown: Option<bool>,
}

impl<W: Write> Thrifty<W> {
    pub fn new(writer: W, size: fn() -> io::Result<Size>) -> Self {
        Self {
            writer,
            size,
            out: Vec::new(),
            sent: 0,
            shown: Vec::new(),
            width: 0,
            pen: Pen::default(),
            at: None,
            cursor_shown: None,
        }
    }

    /// Sends something that is no part of a frame.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.writer.flush()
    }

    /// Bytes of the frames since the last time.
    pub fn take_sent(&mut self) -> u32 {
        mem::take(&mut self.sent)
    }

    fn index(&self, x: u16, y: u16) -> usize {
        usize::from(y) * usize::from(self.width) + usize::from(x)
    }

    /// Has the terminal move rows; what it drops in behind them is blank.
    fn shift(&mut self, Shift { first, last, up }: Shift) {
        let (top, bottom) = (first + 1, last + 1);
        let step = if up {
            format!("\x1b[{bottom}H\n")
        } else {
            format!("\x1b[{top}H\x1bM")
        };
        let way = format!("\x1b[{top};{bottom}r{step}\x1b[r");
        self.out.extend_from_slice(way.as_bytes());
        // Setting a region leads to the corner, and ending it with some terminals only.
        self.at = None;
        let width = usize::from(self.width);
        let rows = self.index(0, first)..self.index(0, last) + width;
        let moved = &mut self.shown[rows];
        if up {
            moved.rotate_left(width);
            let gap = moved.len() - width;
            moved[gap..].fill(Cell::EMPTY);
        } else {
            moved.rotate_right(width);
            moved[..width].fill(Cell::EMPTY);
        }
    }

    /// One row: its changed cells from left to right.
    fn row(&mut self, y: u16, next: &[Cell]) {
        let shown = &self.shown[self.index(0, y)..][..next.len()];
        let changed = changed(shown, next);
        let end = end_of_text(next);
        let behind = changed.iter().filter(|x| **x >= end).count();
        let erases = behind > ERASE_BYTES;
        for x in changed.into_iter().filter(|x| !erases || *x < end) {
            self.go(x, y);
            self.write(&next[usize::from(x)]);
        }
        if erases {
            self.go(end, y);
            self.pen.plain(&mut self.out);
            self.out.extend_from_slice(b"\x1b[K");
        }
    }

    fn write(&mut self, cell: &Cell) {
        if !(cell.symbol() == " " && self.pen.leaves_no_mark() && Pen::of(cell).leaves_no_mark()) {
            self.pen.change(Pen::of(cell), &mut self.out);
        }
        self.out.extend_from_slice(cell.symbol().as_bytes());
        self.at = self.at.and_then(|at| {
            let x = at.x + columns(cell);
            (x < self.width).then_some(Position { x, ..at })
        });
    }

    fn go(&mut self, x: u16, y: u16) {
        let to = Position { x, y };
        if self.at == Some(to) {
            return;
        }
        let way = self.shortest(to);
        self.out.extend_from_slice(way.as_bytes());
        self.at = Some(to);
    }

    fn shortest(&self, to: Position) -> String {
        let (row, column) = (to.y + 1, to.x + 1);
        let absolute = match column {
            1 => format!("\x1b[{row}H"),
            _ => format!("\x1b[{row};{column}H"),
        };
        let Some(at) = self.at else {
            return absolute;
        };
        let mut ways = vec![absolute];
        if at.y == to.y && at.x < to.x {
            ways.push(forward(to.x - at.x));
            ways.extend(self.again(at, to.x));
        }
        if at.y <= to.y {
            let down = "\n".repeat(usize::from(to.y - at.y));
            ways.push(format!("\r{down}{}", forward(to.x)));
        }
        ways.into_iter().min_by_key(String::len).unwrap_or_default()
    }

    /// The cells between as they stand, if the pen is right for all of them. Blanks look the same
    /// from any pen that leaves no mark.
    fn again(&self, at: Position, x: u16) -> Option<String> {
        let between = &self.shown[self.index(at.x, at.y)..self.index(x, at.y)];
        let unmarked = self.pen.leaves_no_mark();
        let fits = |cell: &Cell| {
            columns(cell) == 1 && (Pen::of(cell) == self.pen || (unmarked && is_blank(cell)))
        };
        between
            .iter()
            .all(fits)
            .then(|| between.iter().map(Cell::symbol).collect())
    }
}

fn forward(columns: u16) -> String {
    match columns {
        0 => String::new(),
        1 => "\x1b[C".to_owned(),
        _ => format!("\x1b[{columns}C"),
    }
}

fn columns(cell: &Cell) -> u16 {
    u16::try_from(cell.symbol().width()).unwrap_or(1).max(1)
}

pub(super) fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Pen::of(cell).leaves_no_mark()
}

pub(super) fn looks_other(shown: &Cell, next: &Cell) -> bool {
    shown != next && !(is_blank(shown) && is_blank(next))
}

/// The columns of a row that have to be written.
fn changed(shown: &[Cell], next: &[Cell]) -> Vec<u16> {
    let mut changed = Vec::new();
    // What is left of a wide character that was written over would be as the terminal likes.
    let mut damaged = 0;
    let mut x = 0;
    while let Some(cell) = next.get(x) {
        let behind = (x + usize::from(columns(cell))).min(next.len());
        if x < damaged || looks_other(&shown[x], cell) {
            changed.extend(u16::try_from(x));
            damaged = behind - 1 + usize::from(columns(&shown[behind - 1]));
        }
        x = behind;
    }
    changed
}

/// The column behind the last cell of a row that is not blank.
fn end_of_text(row: &[Cell]) -> u16 {
    let text = (0_u16..).zip(row).filter(|(_, cell)| !is_blank(cell));
    text.last().map_or(0, |(x, cell)| x + columns(cell))
}

impl<W: Write> Backend for Thrifty<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut next = self.shown.clone();
        for (x, y, cell) in content {
            let index = self.index(x, y);
            next[index] = cell.clone();
            // The other half of a wide character is nobody's.
            let other = index + 1..(index + usize::from(columns(cell))).min(next.len());
            next[other].fill(Cell::EMPTY);
        }
        let width = usize::from(self.width.max(1));
        if let Some(shift) = shift::find(&self.shown, &next, width) {
            self.shift(shift);
        }
        for (y, row) in (0_u16..).zip(next.chunks(width)) {
            self.row(y, row);
        }
        self.shown = next;
        self.pen.plain(&mut self.out);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown.replace(false) != Some(false) {
            self.out.extend_from_slice(b"\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown.replace(true) != Some(true) {
            self.out.extend_from_slice(b"\x1b[?25h");
        }
        Ok(())
    }

    /// Where it was put last: a terminal far away would answer late.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        self.go(x, y);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        let Size { width, height } = self.size()?;
        self.width = width;
        self.shown = vec![Cell::EMPTY; usize::from(width) * usize::from(height)];
        self.pen = Pen::default();
        self.at = None;
        self.cursor_shown = None;
        self.out.extend_from_slice(b"\x1b[m\x1b[2J");
        Ok(())
    }

    /// A part is never cleared: the screen is one viewport.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        let columns_rows = self.size()?;
        let pixels = Size::default();
        Ok(WindowSize {
            columns_rows,
            pixels,
        })
    }

    /// The terminal shows a frame at once or not at all; a frame without news sends nothing.
    fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(self.out.len() + BEGIN.len() + END.len());
        for part in [BEGIN, &self.out, END] {
            frame.extend_from_slice(part);
        }
        self.out.clear();
        let bytes = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        self.sent = self.sent.saturating_add(bytes);
        self.send(&frame)
    }
}

#[cfg(test)]
mod tests {
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

    /// Frames of words here and there, in a few styles, some of them wide; some frames begin as the
    /// one before them, moved by a row.
    fn frames() -> impl Strategy<Value = Vec<Words>> {
        let each = (
            prop_oneof![Just(None), Just(Some(1)), Just(Some(-1))],
            words(),
        );
        prop::collection::vec(each, 1..6).prop_map(|each| {
            let mut frames: Vec<Words> = Vec::new();
            for (moved, mut words) in each {
                if let (Some(by), Some(last)) = (moved, frames.last()) {
                    let rows = 0..SIZE.height;
                    words.truncate(2);
                    words.extend(last.iter().filter_map(|(x, y, text, style)| {
                        let y = y.checked_add_signed(by).filter(|y| rows.contains(y))?;
                        Some((*x, y, text.clone(), *style))
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
        // A word over the half of a wide character is a fault of who paints.
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
        // What does not show on a blank is no difference.
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
        /// However the screen came to be, it shows what a fresh one with the last frame shows.
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
        assert_eq!(sent, "\x1b[?2026h\r\x1b[1mnew\x1b[m\x1b[K\x1b[?2026l");
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
}
