//! Finds the rest of a row that has moved sideways, because a word before it was added, removed or
//! changed its length. It need not be sent again: every terminal can push the rest of a row to the
//! right and pull it to the left.

use super::{
    cells::{differ, is_blank},
    look::{self, Look, marked},
};
use ratatui::buffer::Cell;

/// Moving it costs about as many bytes as this many cells.
const COST_CELLS: usize = 10;
/// The longest move that is tried.
const COLUMNS_MAX: usize = 40;

/// Moves everything from a column on; the gap that this leaves is blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slide {
    pub from: usize,
    pub by: usize,
    pub right: bool,
}

impl Slide {
    pub fn make(self, row: &mut [Cell]) {
        let moved = &mut row[self.from..];
        if self.right {
            moved.rotate_right(self.by);
            moved[..self.by].fill(Cell::EMPTY);
        } else {
            moved.rotate_left(self.by);
            let gap = moved.len() - self.by;
            moved[gap..].fill(Cell::EMPTY);
        }
    }
}

/// The move that saves the most, if one saves more than it costs.
pub fn find(shown: &[Cell], next: &[Cell]) -> Option<Slide> {
    let as_it_is = differ(shown, next);
    // A word that changes in its place, or an empty row, is not worth a closer look.
    if as_it_is <= COST_CELLS || shown.iter().all(is_blank) {
        return None;
    }
    let (shown, next) = (Look::all(shown), Look::all(next));
    // Half of a wide character cannot be moved.
    if shown.iter().chain(&next).any(|look| look.is_wide()) {
        return None;
    }
    let from = shown.iter().zip(&next).position(|(a, b)| a != b)?;
    let (shown_rest, next_rest) = (&shown[from..], &next[from..]);
    if marked(shown_rest) == 0 {
        return None;
    }
    let mut best: Option<(usize, Slide)> = None;
    for by in 1..shown_rest.len().min(COLUMNS_MAX) {
        for right in [true, false] {
            let (a, b) = if right {
                (shown_rest, &next_rest[by..])
            } else {
                (&shown_rest[by..], next_rest)
            };
            // tmux 3.3 does not clear the gap if the rest moves by more than half its length.
            if right && by * 2 > shown_rest.len() {
                continue;
            }
            // The first cell must match after the move.
            if a[0] != b[0] {
                continue;
            }
            let blank = if right {
                &next_rest[..by]
            } else {
                &next_rest[next_rest.len() - by..]
            };
            let left = look::differ(a, b) + marked(blank);
            if best.is_none_or(|(least, _)| left < least) {
                best = Some((left, Slide { from, by, right }));
            }
        }
    }
    let (left, slide) = best?;
    (left + COST_CELLS < as_it_is).then_some(slide)
}
