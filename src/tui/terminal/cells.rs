//! What the cells of two rows show, and where they look different.

use super::pen::Pen;
use ratatui::buffer::Cell;
use unicode_width::UnicodeWidthStr;

/// How wide its text is.
pub fn columns(cell: &Cell) -> u16 {
    if cell.symbol().len() == 1 {
        return 1;
    }
    u16::try_from(cell.symbol().width()).unwrap_or(1).max(1)
}

/// Whether nothing is to be seen in it.
pub fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Pen::of(cell).leaves_no_mark()
}

fn looks_other(shown: &Cell, next: &Cell) -> bool {
    shown != next && !(is_blank(shown) && is_blank(next))
}

/// How many cells of two rows look different, over the length of the shorter one.
pub fn differ(shown: &[Cell], next: &[Cell]) -> usize {
    let pairs = shown.iter().zip(next);
    pairs
        .filter(|(shown, next)| looks_other(shown, next))
        .count()
}

/// The columns of a row that must be written.
pub fn changed(shown: &[Cell], next: &[Cell]) -> Vec<u16> {
    let mut changed = Vec::new();
    // Cells next to an overwritten wide character: terminals differ in what they leave there.
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

/// The column after the last non-blank cell of a row.
pub fn end_of_text(row: &[Cell]) -> u16 {
    let text = (0_u16..).zip(row).filter(|(_, cell)| !is_blank(cell));
    text.last().map_or(0, |(x, cell)| x + columns(cell))
}
