//! Finds rows that have moved up or down by one because a list or a text was scrolled. They need
//! not be sent again: every terminal can move rows by itself.
//!
//! Only moves by one row count: a longer move changes most rows anyway.

use super::{
    cells::{differ, is_blank},
    look::{self, Look, marked},
};
use ratatui::buffer::Cell;

/// Moving rows costs about as many bytes as this many cells.
const COST_CELLS: usize = 24;

/// A move by one of the rows from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    pub first: u16,
    pub last: u16,
    pub up: bool,
}

/// The move that saves the most, if it saves more than it costs. An untouched row is the same in
/// both.
pub fn find(shown: &[Cell], next: &[Cell], touched: &[bool]) -> Option<Shift> {
    let width = next.len().checked_div(touched.len())?;
    let rows = shown.chunks(width).zip(next.chunks(width)).zip(touched);
    let as_it_is: Vec<usize> = rows
        .map(|((a, b), touched)| if *touched { differ(a, b) } else { 0 })
        .collect();
    // If little changes, or nothing is there to move, a move is not worth looking for.
    if as_it_is.iter().sum::<usize>() <= COST_CELLS || shown.iter().all(is_blank) {
        return None;
    }
    let (shown, next) = (Look::all(shown), Look::all(next));
    let shown: Vec<&[Look]> = shown.chunks(width).collect();
    let next: Vec<&[Look]> = next.chunks(width).collect();
    let rows = u16::try_from(next.len()).ok()?;
    let all: Vec<u16> = (0..rows).collect();
    let upwards = best(&all, &shown, &next, &as_it_is);
    let backwards: Vec<u16> = (0..rows).rev().collect();
    let downwards = best(&backwards, &shown, &next, &as_it_is);
    let up = upwards >= downwards;
    let (saved, from, to) = if up { upwards } else { downwards }?;
    (saved > COST_CELLS).then(|| Shift {
        first: from.min(to),
        last: from.max(to),
        up,
    })
}

/// The best run of rows in which each takes the place of the one before it: how many cells it
/// saves, and its first and last row. `order` lists the rows in the direction of the move.
fn best(
    order: &[u16],
    shown: &[&[Look]],
    next: &[&[Look]],
    as_it_is: &[usize],
) -> Option<(usize, u16, u16)> {
    let row = |at: u16| usize::from(at);
    let mut best: Option<(usize, u16, u16)> = None;
    // What the run that ends before the current row saves, and its first row.
    let mut run: (usize, u16) = (0, *order.first()?);
    for pair in order.windows(2) {
        let (to, from) = (pair[0], pair[1]);
        if run.0 == 0 {
            run.1 = to;
        }
        let before = run.0 + as_it_is[row(to)];
        if before > 0 {
            run.0 = before.saturating_sub(look::differ(shown[row(from)], next[row(to)]));
        }
        let most = best.map_or(0, |(most, ..)| most);
        if run.0 + as_it_is[row(from)] <= most {
            continue;
        }
        // The last row of a run is left blank and must be filled.
        let saved = (run.0 + as_it_is[row(from)]).saturating_sub(marked(next[row(from)]));
        if saved > most {
            best = Some((saved, run.1, from));
        }
    }
    best
}
