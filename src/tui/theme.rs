//! Tones and how they look. A tone only repeats what the text says: nothing is lost without colour.
//! Only the sixteen colours of the operator's own terminal are used.

use super::glyph;
use crate::model::ascii;
use ratatui::style::{Color, Modifier, Style};
use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Headings, names.
    Strong,
    Good,
    Attention,
    Stop,
    /// Selection and keys.
    Accent,
    /// Less important text.
    Dim,
    /// The changed words of a line.
    Marked,
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub colour: bool,
    pub unicode: bool,
}

impl Look {
    /// Reads the environment: `NO_COLOR`, and whether the locale is UTF-8. The Linux console has
    /// too few glyphs whatever the locale says.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let utf8 = ascii::is_utf8(set) == Some(true);
        Self {
            colour: set("NO_COLOR").is_none() && term != "dumb",
            unicode: utf8 && term != "linux" && term != "dumb",
        }
    }

    pub fn style(self, tone: Tone) -> Style {
        let style = Style::new();
        let coloured = |colour| if self.colour { style.fg(colour) } else { style };
        match tone {
            Tone::Plain => style,
            Tone::Strong => style.add_modifier(Modifier::BOLD),
            Tone::Good => coloured(Color::Green),
            Tone::Attention => coloured(Color::Yellow),
            Tone::Stop => coloured(Color::Red),
            Tone::Accent => coloured(Color::Cyan).add_modifier(Modifier::BOLD),
            Tone::Dim => style.add_modifier(Modifier::DIM),
            Tone::Marked => style.add_modifier(Modifier::UNDERLINED),
        }
    }

    /// The text as this terminal can show it.
    pub fn text<'t>(self, text: &'t str) -> Cow<'t, str> {
        if self.unicode {
            Cow::Borrowed(text)
        } else {
            glyph::plain(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Look;

    fn look(environment: &[(&str, &str)]) -> Look {
        Look::of(|name| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_decides() {
        let good = look(&[("LANG", "de_DE.UTF-8"), ("TERM", "xterm")]);
        assert!(good.colour && good.unicode);
        assert!(!look(&[("LANG", "de_DE.UTF-8"), ("NO_COLOR", "1")]).colour);
        assert!(look(&[("LANG", "C.utf8"), ("NO_COLOR", "")]).colour);
        assert!(!look(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).unicode);
        assert!(!look(&[]).unicode);
        assert!(!look(&[("LANG", "C.UTF-8"), ("TERM", "linux")]).unicode);
    }
}
