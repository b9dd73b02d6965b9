//! What a cell looks like, as a number, for whoever compares a row with many others. Cells that look
//! alike have the same one. Others may have it by chance, so it is for a guess of what is cheap to
//! send; what is sent goes by the cells.

use super::{
    pen::Pen,
    thrifty::{columns, is_blank},
};
use ratatui::buffer::Cell;
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look(u64);

impl Look {
    pub const BLANK: Self = Self(0);
    const WIDE: u64 = 1 << 63;
    /// No other is zero.
    const MARKED: u64 = 1;

    pub fn of(cell: &Cell) -> Self {
        if is_blank(cell) {
            return Self::BLANK;
        }
        let mut hasher = DefaultHasher::new();
        (cell.symbol(), Pen::of(cell)).hash(&mut hasher);
        let wide = if columns(cell) > 1 { Self::WIDE } else { 0 };
        Self(hasher.finish() & !Self::WIDE | Self::MARKED | wide)
    }

    pub fn all(cells: &[Cell]) -> Vec<Self> {
        cells.iter().map(Self::of).collect()
    }

    pub fn is_wide(self) -> bool {
        self.0 & Self::WIDE != 0
    }
}

/// How many cells two rows differ in, as far as both go.
pub fn differ(shown: &[Look], next: &[Look]) -> usize {
    let pairs = shown.iter().zip(next);
    pairs.filter(|(shown, next)| shown != next).count()
}

/// How many cells of a row have to be written where it was erased.
pub fn marked(row: &[Look]) -> usize {
    row.iter().filter(|look| **look != Look::BLANK).count()
}
