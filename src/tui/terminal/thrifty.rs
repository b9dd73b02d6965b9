//! What goes over the line for a frame: as few bytes as show it, in one write. Over a slow
//! connection a key press costs what it sends.
//!
//! ratatui says which cells have changed. This remembers what the terminal shows, so that a short
//! gap is written once more where a move would be longer, the blank end of a row is erased, and a
//! change of style says only what changes. It knows no widget and asks the terminal nothing.

use super::pen::Pen;
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use std::io::{self, Write};
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

    fn index(&self, x: u16, y: u16) -> usize {
        usize::from(y) * usize::from(self.width) + usize::from(x)
    }

    /// One row: its changed cells from left to right.
    fn row(&mut self, y: u16, changed: &[(u16, &Cell)]) {
        for (x, cell) in changed {
            let index = self.index(*x, y);
            self.shown[index] = (*cell).clone();
            // The other half of a wide character is nobody's.
            let other = index + 1..(index + usize::from(columns(cell))).min(self.shown.len());
            self.shown[other].fill(Cell::EMPTY);
        }
        let end = self.end_of_text(y);
        let behind = changed.iter().filter(|(x, _)| *x >= end).count();
        let erases = behind > ERASE_BYTES;
        for (x, cell) in changed.iter().filter(|(x, _)| !erases || *x < end) {
            self.go(*x, y);
            self.write(cell);
        }
        if erases {
            self.go(end, y);
            self.pen.plain(&mut self.out);
            self.out.extend_from_slice(b"\x1b[K");
        }
    }

    /// The column behind the last cell of a row that is not blank.
    fn end_of_text(&self, y: u16) -> u16 {
        let text = (0..self.width).rev().find_map(|x| {
            let cell = &self.shown[self.index(x, y)];
            (!is_blank(cell)).then(|| x + columns(cell))
        });
        text.unwrap_or(0)
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

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Pen::of(cell).leaves_no_mark()
}

impl<W: Write> Backend for Thrifty<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        const BLANK: Cell = Cell::EMPTY;
        let mut row: (u16, Vec<(u16, &Cell)>) = (0, Vec::new());
        let mut content = content.peekable();
        let mut half = None;
        while let Some((x, y, cell)) = content.next() {
            if y != row.0 {
                self.row(row.0, &row.1);
                row = (y, Vec::new());
            }
            let old = &self.shown[self.index(x, y)];
            if half == Some((x, y)) || !(is_blank(cell) && is_blank(old)) {
                row.1.push((x, cell));
            }
            // What is left of a wide character would be as the terminal likes.
            let behind = x + columns(cell);
            let covered = &self.shown[self.index(behind.min(self.width) - 1, y)];
            half = (columns(covered) > 1 && behind < self.width).then_some((behind, y));
            if half.is_some() && content.peek().map(|next| (next.0, next.1)) != half {
                row.1.push((behind, &BLANK));
            }
        }
        self.row(row.0, &row.1);
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

    /// Frames of words here and there, in a few styles, some of them wide.
    fn frames() -> impl Strategy<Value = Vec<Words>> {
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
        prop::collection::vec(prop::collection::vec(word, 0..12), 1..6)
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
}
