//! ASCII replacements for the signs used in texts, for terminals and logs without Unicode.

use std::borrow::Cow;

/// Whether the locale is UTF-8; `None` if no variable sets one.
pub fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> Option<bool> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set)?;
    let locale = locale.to_ascii_lowercase();
    Some(locale.contains("utf-8") || locale.contains("utf8"))
}

/// The ASCII replacement for one of our signs; `None` for any other character.
pub fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '✓' => "+",
        '✗' | '×' => "x",
        '·' | '░' => ".",
        '▸' | '›' => ">",
        '⟳' | '•' => "*",
        '↶' | '‹' => "<",
        '─' | '–' | '—' => "-",
        '│' => "|",
        '█' => "#",
        '…' => "...",
        '→' => "->",
        '←' => "<-",
        '↑' => "^",
        '↓' => "v",
        _ => return None,
    })
}

/// The text with those signs replaced. Other characters stay, so that a path is still the path.
pub fn signs(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| sign(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match sign(c) {
            Some(sign) => out.push_str(sign),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::signs;

    #[test]
    fn only_signs_are_written_otherwise() {
        assert_eq!(signs("1.0 → 2.0 — in /srv/é…"), "1.0 -> 2.0 - in /srv/é...");
        assert_eq!(signs("naïve"), "naïve");
    }
}
