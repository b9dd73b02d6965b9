//! The parts that screens are painted with. None of them handles keys.

pub mod bar;
pub mod countdown;
pub mod footer;
pub mod header;
pub mod list;
pub mod text;

use super::{
    line::{Line, unglued},
    theme::{Look, Tone},
};
use crate::model::text::sanitize;
use ratatui::buffer::Buffer;

/// Paints one line of toned text, at most `width` columns of it.
fn put(look: Look, buffer: &mut Buffer, (x, y): (u16, u16), line: &Line, width: u16) {
    let end = x.saturating_add(width);
    let mut at = x;
    for (tone, text) in &line.pieces {
        at = put_text(look, buffer, (at, y), text, *tone, end.saturating_sub(at));
    }
}

/// Paints text in one tone; returns the column after it. Everything that is painted passes here, so
/// text unfit for a terminal gets no further.
fn put_text(
    look: Look,
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    text: &str,
    tone: Tone,
    width: u16,
) -> u16 {
    if width == 0 || !buffer.area.contains((x, y).into()) {
        return x;
    }
    let text = sanitize(text);
    let text = look.text(&text);
    let (x, _) = buffer.set_stringn(x, y, &*unglued(&text), usize::from(width), look.style(tone));
    x
}
