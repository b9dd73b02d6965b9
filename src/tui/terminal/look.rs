//! What a cell looks like, as a number: cheap to compare a row with many others. Cells that look alike
//! have the same number. Two that differ may share one by chance, so it only serves to guess which move
//! saves bytes; what is sent is decided by the cells themselves.

use super::{
    cells::{columns, is_blank},
    pen::Pen,
};
use foldhash::fast::FixedState;
use ratatui::buffer::Cell;
use std::hash::BuildHasher;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look(u64);

impl Look {
    pub const BLANK: Self = Self(0);
    const WIDE: u64 = 1 << 63;
    /// Set for every other look, so that none of them is zero.
    const MARKED: u64 = 1;

    pub fn of(cell: &Cell) -> Self {
        if is_blank(cell) {
            return Self::BLANK;
        }
        let hash = FixedState::default().hash_one((cell.symbol(), Pen::of(cell)));
        let wide = if columns(cell) > 1 { Self::WIDE } else { 0 };
        Self(hash & !Self::WIDE | Self::MARKED | wide)
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

/// How many cells have to be written where the row is blank.
pub fn marked(row: &[Look]) -> usize {
    row.iter().filter(|look| **look != Look::BLANK).count()
}
