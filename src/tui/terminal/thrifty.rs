//! Sends as few bytes as possible for a frame, in one write. Over a slow connection a key press
//! costs as much as it sends.
//!
//! ratatui says which cells have changed. This backend remembers what the terminal shows. So it
//! lets the terminal itself move rows that have moved, rewrites a short gap where moving the cursor
//! would be longer, erases the blank end of a row, and sends only the changed part of a style. It
//! knows no widgets and never queries the terminal.

use super::{
    cells::{changed, columns, end_of_text, is_blank},
    pen::Pen,
    shift::{self, Shift},
    slide,
};
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use std::{
    cell,
    io::{self, Write},
    mem,
};

/// Erasing costs as many bytes as this many blanks.
const ERASE_BYTES: usize = 3;
/// No move within a row is shorter, by the shortest of its codes.
const WAY_BYTES_MIN: usize = 3;

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

pub struct Thrifty<W> {
    writer: W,
    size: fn() -> io::Result<Size>,
    /// The size last told to ratatui, which paints for it even if the window has shrunk since.
    told: cell::Cell<Size>,
    /// The bytes that the next `flush` sends.
    out: Vec<u8>,
    /// Bytes sent in frames since this was last taken.
    sent: u32,
    /// What the terminal shows, row by row.
    shown: Vec<Cell>,
    /// What it is to show; equal to `shown` between two frames.
    next: Vec<Cell>,
    width: u16,
    pen: Pen,
    /// The cursor; `None` where it is unknown: at first, and after the last column.
    at: Option<Position>,
    cursor_shown: Option<bool>,
}

impl<W: Write> Thrifty<W> {
    pub fn new(writer: W, size: fn() -> io::Result<Size>) -> Self {
        Self {
            writer,
            size,
            told: cell::Cell::default(),
            out: Vec::new(),
            sent: 0,
            shown: Vec::new(),
            next: Vec::new(),
            width: 0,
            pen: Pen::default(),
            at: None,
            cursor_shown: None,
        }
    }

    /// Sends something that is not part of a frame.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.writer.flush()
    }

    /// Returns the bytes sent in frames since the last time.
    pub fn take_sent(&mut self) -> u32 {
        mem::take(&mut self.sent)
    }

    fn index(&self, x: u16, y: u16) -> usize {
        usize::from(y) * usize::from(self.width) + usize::from(x)
    }

    /// Has the terminal move rows; the row that becomes free is blank.
    fn shift(&mut self, Shift { first, last, up }: Shift) {
        let (top, bottom) = (first + 1, last + 1);
        let step = if up {
            format!("\x1b[{bottom}H\n")
        } else {
            format!("\x1b[{top}H\x1bM")
        };
        let way = format!("\x1b[{top};{bottom}r{step}\x1b[r");
        self.out.extend_from_slice(way.as_bytes());
        // Setting the scroll region moves the cursor to the corner; resetting it does so only in
        // some terminals.
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

    /// Has the terminal move the rest of a row sideways, if that pays.
    fn slide(&mut self, y: u16, next: &[Cell]) {
        let start = self.index(0, y);
        let row = start..start + next.len();
        let Some(slide) = slide::find(&self.shown[row.clone()], next) else {
            return;
        };
        self.go(u16::try_from(slide.from).unwrap_or(u16::MAX), y);
        self.pen.unmarked(&mut self.out);
        let way = if slide.right { '@' } else { 'P' };
        let sent = format!("\x1b[{}{way}", slide.by);
        self.out.extend_from_slice(sent.as_bytes());
        slide.make(&mut self.shown[row]);
    }

    /// Writes the changed cells of a row from left to right.
    fn row(&mut self, y: u16, next: &[Cell]) {
        self.slide(y, next);
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
            self.pen.unmarked(&mut self.out);
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
        let behind = self.at.filter(|at| at.y == to.y && at.x < to.x);
        let again = behind.and_then(|at| self.again(at, to.x));
        if let Some(cells) = again.clone().filter(|cells| cells.len() <= WAY_BYTES_MIN) {
            return cells;
        }
        let (row, column) = (to.y + 1, to.x + 1);
        let absolute = match column {
            1 => format!("\x1b[{row}H"),
            _ => format!("\x1b[{row};{column}H"),
        };
        let Some(at) = self.at else {
            return absolute;
        };
        let mut ways = vec![absolute];
        ways.extend(behind.map(|at| forward(to.x - at.x)));
        ways.extend(again);
        if at.y <= to.y {
            let down = "\n".repeat(usize::from(to.y - at.y));
            ways.push(format!("\r{down}{}", forward(to.x)));
            // Only for a new row: `shown` is out of date for cells of this row that were already
            // written.
            let start = Position { x: 0, y: to.y };
            let again = self.again(start, to.x).filter(|_| at.y < to.y);
            ways.extend(again.map(|cells| format!("\r{down}{cells}")));
        }
        ways.into_iter().min_by_key(String::len).unwrap_or_default()
    }

    /// The cells in between, to be written again, if they can be written with the current pen.
    /// Blanks look the same from any pen that leaves no mark.
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

impl<W: Write> Backend for Thrifty<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let width = usize::from(self.width.max(1));
        let mut next = mem::take(&mut self.next);
        // A frame should cost as much as it changes, not as much as the screen holds.
        let mut touched = vec![false; next.len() / width];
        for (x, y, cell) in content {
            let index = self.index(x, y);
            next[index].clone_from(cell);
            // The second cell of a wide character holds nothing of its own.
            let other = index + 1..(index + usize::from(columns(cell))).min(next.len());
            next[other].fill(Cell::EMPTY);
            touched[usize::from(y)] = true;
        }
        if let Some(shift) = shift::find(&self.shown, &next, &touched) {
            self.shift(shift);
            touched[usize::from(shift.first)..=usize::from(shift.last)].fill(true);
        }
        let rows = (0_u16..).zip(next.chunks(width)).zip(touched);
        for ((y, row), _) in rows.filter(|(_, touched)| *touched) {
            self.row(y, row);
            let start = self.index(0, y);
            self.shown[start..start + width].clone_from_slice(row);
        }
        self.next = next;
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

    /// Where the cursor was put last: querying a distant terminal would take too long.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        self.go(x, y);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        let Size { width, height } = self.told.get();
        self.width = width;
        self.shown = vec![Cell::EMPTY; usize::from(width) * usize::from(height)];
        self.next.clone_from(&self.shown);
        self.pen = Pen::default();
        self.at = None;
        self.cursor_shown = None;
        self.out.extend_from_slice(b"\x1b[m\x1b[2J");
        Ok(())
    }

    /// Clears everything: with a single viewport, nobody asks for less.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        let size = (self.size)()?;
        self.told.set(size);
        Ok(size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        let columns_rows = self.size()?;
        let pixels = Size::default();
        Ok(WindowSize {
            columns_rows,
            pixels,
        })
    }

    /// Sends a frame as one synchronized update; a frame without changes sends nothing.
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
mod tests;
