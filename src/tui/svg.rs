//! A painted screen as a picture: SVG, light or dark, with the sixteen colours of an ordinary
//! terminal. It knows cells and nothing of what they say.

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Width of one cell, in the picture's own units.
const COLUMN: f32 = 8.4;
const ROW: f32 = 18.0;
const MARGIN: f32 = 12.0;
/// Distance from the top of a row to the text baseline.
const BASELINE: f32 = 13.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shade {
    Light,
    Dark,
}

/// The style that adjacent cells share.
#[derive(Clone, PartialEq)]
struct Pen {
    ink: &'static str,
    paper: Option<&'static str>,
    bold: bool,
    dim: bool,
    underlined: bool,
}

pub fn svg(buffer: &Buffer, shade: Shade) -> String {
    let area = buffer.area;
    let width = f32::from(area.width) * COLUMN + 2.0 * MARGIN;
    let height = f32::from(area.height) * ROW + 2.0 * MARGIN;
    let (ink, paper) = (shade.ink(), shade.paper());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" font-size=\"14\" fill=\"{ink}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{paper}\"/>\n"
    );
    for y in area.top()..area.bottom() {
        row(buffer, y, shade, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// Draws a row; cells with the same pen become one text, stretched to their columns whatever the
/// font is.
fn row(buffer: &Buffer, y: u16, shade: Shade, out: &mut String) {
    let area = buffer.area;
    let mut x = area.left();
    while x < area.right() {
        let pen = shade.pen(&buffer[(x, y)]);
        let begin = x;
        let mut text = String::new();
        while x < area.right() && shade.pen(&buffer[(x, y)]) == pen {
            let symbol = buffer[(x, y)].symbol();
            text.push_str(symbol);
            x += u16::try_from(symbol.width()).unwrap_or(1).max(1);
        }
        piece(&pen, (begin, y - area.top()), x - begin, &text, out);
    }
}

fn piece(pen: &Pen, (x, y): (u16, u16), columns: u16, text: &str, out: &mut String) {
    let (left, top) = (MARGIN + f32::from(x) * COLUMN, MARGIN + f32::from(y) * ROW);
    let width = f32::from(columns) * COLUMN;
    if let Some(paper) = pen.paper {
        let _endless = writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{ROW}\" fill=\"{paper}\"/>"
        );
    }
    // Blanks at the ends need no ink.
    let blank = text.len() - text.trim_start().len();
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let left = left + blank as f32 * COLUMN;
    let width = text.width() as f32 * COLUMN;
    let baseline = top + BASELINE;
    let _endless = write!(
        out,
        "<text xml:space=\"preserve\" x=\"{left:.1}\" y=\"{baseline:.1}\" textLength=\"{width:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"",
        pen.ink
    );
    for (there, attribute) in [
        (pen.bold, " font-weight=\"bold\""),
        (pen.dim, " opacity=\"0.65\""),
        (pen.underlined, " text-decoration=\"underline\""),
    ] {
        out.push_str(if there { attribute } else { "" });
    }
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _endless = writeln!(out, ">{text}</text>");
}

impl Shade {
    fn ink(self) -> &'static str {
        match self {
            Self::Light => "#24292f",
            Self::Dark => "#d6dde6",
        }
    }

    fn paper(self) -> &'static str {
        match self {
            Self::Light => "#fbfcfd",
            Self::Dark => "#10151c",
        }
    }

    fn pen(self, cell: &Cell) -> Pen {
        let ink = self.colour(cell.fg).unwrap_or(self.ink());
        let paper = self.colour(cell.bg);
        let has = |modifier| cell.modifier.contains(modifier);
        let (ink, paper) = if has(Modifier::REVERSED) {
            (paper.unwrap_or(self.paper()), Some(ink))
        } else {
            (ink, paper)
        };
        Pen {
            ink,
            paper,
            bold: has(Modifier::BOLD),
            dim: has(Modifier::DIM),
            underlined: has(Modifier::UNDERLINED),
        }
    }

    /// The colour in the picture. Screens use only the terminal's own palette.
    fn colour(self, colour: Color) -> Option<&'static str> {
        let (light, dark) = match colour {
            Color::Red | Color::LightRed => ("#b42318", "#ff7b72"),
            Color::Green | Color::LightGreen => ("#1a7f37", "#56d364"),
            Color::Yellow | Color::LightYellow => ("#8a6100", "#e3b341"),
            Color::Cyan | Color::LightCyan => ("#0b6e7f", "#56d4dd"),
            Color::Blue | Color::LightBlue => ("#0550ae", "#79c0ff"),
            Color::Magenta | Color::LightMagenta => ("#8250df", "#d2a8ff"),
            Color::Gray | Color::DarkGray => ("#6e7781", "#8b949e"),
            Color::Black => ("#24292f", "#010409"),
            Color::White => ("#ffffff", "#f0f6fc"),
            _the_terminals_own => return None,
        };
        Some(match self {
            Self::Light => light,
            Self::Dark => dark,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{layout::Rect, style::Style};

    #[test]
    fn what_is_written_is_in_the_picture_and_cannot_leave_its_text() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 2));
        buffer.set_string(2, 1, "a<b & 中>", Style::new().fg(Color::Red));
        let picture = svg(&buffer, Shade::Dark);
        assert!(picture.contains(">a&lt;b &amp; 中&gt;</text>"), "{picture}");
        assert!(picture.contains("#ff7b72") && picture.ends_with("</svg>\n"));
        assert_ne!(picture, svg(&buffer, Shade::Light));
    }
}
