//! The terminal's current colours and attributes, and the shortest way to change them.

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};
use std::fmt::Write as _;

/// Attributes with the codes that begin and end them; some share the code that ends them.
const ATTRIBUTES: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Attributes that are visible on a blank.
const ON_BLANKS: Modifier = Modifier::UNDERLINED
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pen {
    front: Color,
    back: Color,
    attributes: Modifier,
}

impl Pen {
    pub fn of(cell: &Cell) -> Self {
        Self {
            front: cell.fg,
            back: cell.bg,
            attributes: cell.modifier,
        }
    }

    /// Whether a blank written with it looks like any other.
    pub fn leaves_no_mark(self) -> bool {
        self.back == Color::Reset && !self.attributes.intersects(ON_BLANKS)
    }

    /// Changes to a pen that erases to plain blanks.
    pub fn unmarked(&mut self, out: &mut Vec<u8>) {
        if !self.leaves_no_mark() {
            self.plain(out);
        }
    }

    pub fn plain(&mut self, out: &mut Vec<u8>) {
        self.change(Self::default(), out);
    }

    pub fn change(&mut self, to: Self, out: &mut Vec<u8>) {
        if *self == to {
            return;
        }
        let changed = self.codes(to);
        let anew = format!("0;{}", Self::default().codes(to));
        // An empty code means 0.
        let anew = anew.trim_end_matches(';').trim_start_matches('0');
        let codes = if anew.len() < changed.len() {
            anew
        } else {
            &changed
        };
        out.extend_from_slice(format!("\x1b[{codes}m").as_bytes());
        *self = to;
    }

    /// The codes for the change.
    fn codes(self, to: Self) -> String {
        let mut codes = String::new();
        let mut say = |code: &str| {
            let between = if codes.is_empty() { "" } else { ";" };
            write!(codes, "{between}{code}").expect("writing into a String cannot fail");
        };
        let lost = self.attributes - to.attributes;
        let mut ended = Vec::new();
        for (attribute, _, end) in ATTRIBUTES {
            if lost.contains(attribute) && !ended.contains(&end) {
                say(&end.to_string());
                ended.push(end);
            }
        }
        for (attribute, begin, end) in ATTRIBUTES {
            let had = self.attributes.contains(attribute) && !ended.contains(&end);
            if to.attributes.contains(attribute) && !had {
                say(&begin.to_string());
            }
        }
        if self.front != to.front {
            say(&colour(to.front, 30));
        }
        if self.back != to.back {
            say(&colour(to.back, 40));
        }
        codes
    }
}

/// The codes of a colour; foreground colours start at 30, background colours at 40.
fn colour(colour: Color, base: u8) -> String {
    let of_sixteen = match colour {
        Color::Reset => 9,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Indexed(index) => return format!("{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue}", base + 8),
    };
    (base + of_sixteen).to_string()
}
