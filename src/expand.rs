//! Variables inside values, as compose writes them: `$A`, `${A}`, `${A:-default}`, `${A:?message}`,
//! `${A:+instead}` and `$$` for a dollar. Tells where each piece of the result came from.
//!
//! Does not know where variables live: a function gives their values.

use std::fmt;

/// How deep defaults may be nested; deeper nesting is an accident or an attack.
const DEPTH_MAX: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written in the text itself.
    Text,
    Variable(String),
    /// The default written in the text, because the variable has no value (or an empty one).
    Default(String),
    /// The text after `+`, because the variable has a value.
    Instead(String),
    /// Nothing: the variable has no value and the text gives no default.
    Unset(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    pub origin: Origin,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    pub parts: Vec<Part>,
}

impl fmt::Display for Expanded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts
            .iter()
            .try_for_each(|part| f.write_str(&part.text))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    #[error("variable {name} is required{}{message}; give it a value", if message.is_empty() { "" } else { ": " })]
    Required { name: String, message: String },
    #[error("no variable begins after the `$` at character {column}; write `$$` for a dollar")]
    Dollar { column: usize },
    #[error("`${{` at character {column} has no `}}`; close it, or write `$$` for a dollar")]
    Open { column: usize },
    #[error("defaults stand inside defaults {DEPTH_MAX} times; write the value plainly")]
    Deep,
}

/// The text with every variable replaced by its value.
pub fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<Expanded, ExpandError> {
    let mut parts = Vec::new();
    expand_into(text, value, &Origin::Text, DEPTH_MAX, &mut parts)?;
    Ok(Expanded { parts })
}

/// The text with each `$$` turned into `$`; `None` if it uses a variable.
pub fn literal(text: &str) -> Option<String> {
    if !text.contains('$') {
        return Some(text.to_owned());
    }
    let halves: Vec<&str> = text.split("$$").collect();
    halves
        .iter()
        .all(|half| !half.contains('$'))
        .then(|| halves.join("$"))
}

/// One use of a variable, taken apart.
struct Use<'t> {
    name: &'t str,
    /// A `:` was written, so an empty value counts as none.
    or_empty: bool,
    /// `-`, `?` or `+`, with the text after it.
    otherwise: Option<(char, &'t str)>,
}

fn expand_into(
    text: &str,
    value: &dyn Fn(&str) -> Option<String>,
    plain: &Origin,
    depth: usize,
    parts: &mut Vec<Part>,
) -> Result<(), ExpandError> {
    if depth == 0 {
        return Err(ExpandError::Deep);
    }
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        push(parts, &rest[..at], plain);
        let here = &rest[at + 1..];
        let column = || text[..text.len() - here.len()].chars().count();
        if let Some(after) = here.strip_prefix('$') {
            push(parts, "$", plain);
            rest = after;
            continue;
        }
        let (found, after) = match here.strip_prefix('{') {
            Some(inside) => {
                let end = closing(inside).ok_or_else(|| ExpandError::Open { column: column() })?;
                (take_use(&inside[..end]), &inside[end + 1..])
            }
            None => {
                let end = name_end(here);
                let bare = Use {
                    name: &here[..end],
                    or_empty: false,
                    otherwise: None,
                };
                ((end > 0).then_some(bare), &here[end..])
            }
        };
        let found = found.ok_or_else(|| ExpandError::Dollar { column: column() })?;
        replace(&found, value, depth, parts)?;
        rest = after;
    }
    push(parts, rest, plain);
    Ok(())
}

fn replace(
    found: &Use,
    value: &dyn Fn(&str) -> Option<String>,
    depth: usize,
    parts: &mut Vec<Part>,
) -> Result<(), ExpandError> {
    let name = found.name.to_owned();
    let known = value(found.name).filter(|known| !(found.or_empty && known.is_empty()));
    match (found.otherwise, known) {
        (None | Some(('-' | '?', _)), Some(known)) => {
            parts.push(Part {
                text: known,
                origin: Origin::Variable(name),
            });
            Ok(())
        }
        (Some(('-', default)), None) => {
            expand_into(default, value, &Origin::Default(name), depth - 1, parts)
        }
        (Some(('+', instead)), Some(_)) => {
            expand_into(instead, value, &Origin::Instead(name), depth - 1, parts)
        }
        (Some(('?', message)), None) => {
            let mut told = Vec::new();
            expand_into(message, value, &Origin::Text, depth - 1, &mut told)?;
            Err(ExpandError::Required {
                name,
                message: Expanded { parts: told }.to_string(),
            })
        }
        (None | Some(_), _) => {
            parts.push(Part {
                text: String::new(),
                origin: Origin::Unset(name),
            });
            Ok(())
        }
    }
}

fn push(parts: &mut Vec<Part>, text: &str, origin: &Origin) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.origin == *origin && *origin == Origin::Text => last.text.push_str(text),
        Some(_) | None => parts.push(Part {
            text: text.to_owned(),
            origin: origin.clone(),
        }),
    }
}

fn name_end(text: &str) -> usize {
    let inside = |(at, c): (usize, char)| {
        c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit())
    };
    text.char_indices()
        .find(|&place| !inside(place))
        .map_or(text.len(), |(at, _)| at)
}

fn take_use(inside: &str) -> Option<Use<'_>> {
    let end = name_end(inside);
    let (name, rest) = inside.split_at(end);
    let or_empty = rest.starts_with(':');
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let otherwise = match rest.chars().next() {
        Some(sign @ ('-' | '?' | '+')) => Some((sign, &rest[1..])),
        None if !or_empty => None,
        Some(_) | None => return None,
    };
    (end > 0).then_some(Use {
        name,
        or_empty,
        otherwise,
    })
}

/// The position of the brace that closes an open `${`; each `${` inside opens another.
fn closing(inside: &str) -> Option<usize> {
    let mut open = 1;
    let mut before = ' ';
    for (at, c) in inside.char_indices() {
        match c {
            '{' if before == '$' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "A" => Some("a".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn text(source: &str) -> Result<String, ExpandError> {
        expand(source, &lookup).map(|expanded| expanded.to_string())
    }

    #[test]
    fn every_form_reads_as_compose_reads_it() {
        for (source, wanted) in [
            ("x${A}y$A-$$A", "xaya-$A"),
            ("${A:-d}${B:-d}${B-d}${EMPTY:-d}${EMPTY-d}", "addd"),
            ("${A:+x}${A+x}${B:+x}${EMPTY:+x}${EMPTY+x}", "xxx"),
            ("${A:?m}${A?m}${EMPTY?m}", "aa"),
            ("$B|$EMPTY|${B}", "||"),
            ("${B:-${EMPTY:-${A}}}/x", "a/x"),
            ("${B:-a:b-c?d}", "a:b-c?d"),
            ("{A} é}", "{A} é}"),
        ] {
            assert_eq!(text(source).as_deref(), Ok(wanted), "{source}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let required = ExpandError::Required {
            name: "B".into(),
            message: "say a".into(),
        };
        assert_eq!(text("${B:?say $A}"), Err(required.clone()));
        assert_eq!(
            required.to_string(),
            "variable B is required: say a; give it a value"
        );
        assert_eq!(text("é $1"), Err(ExpandError::Dollar { column: 3 }));
        assert_eq!(text("${A"), Err(ExpandError::Open { column: 1 }));
        assert_eq!(text("${}"), Err(ExpandError::Dollar { column: 1 }));
        assert_eq!(text("${A!}"), Err(ExpandError::Dollar { column: 1 }));
        let deep = format!("{}x{}", "${B:-".repeat(40), "}".repeat(40));
        assert_eq!(text(&deep), Err(ExpandError::Deep));
    }

    #[test]
    fn each_part_tells_its_origin() {
        let parts = expand("p${A}${B:-d}$C", &lookup).expect("valid").parts;
        let origins: Vec<_> = parts.into_iter().map(|part| part.origin).collect();
        let wanted = [
            Origin::Text,
            Origin::Variable("A".into()),
            Origin::Default("B".into()),
            Origin::Unset("C".into()),
        ];
        assert_eq!(origins, wanted);
    }

    proptest! {
        #[test]
        fn doubled_dollars_are_the_text_itself(plain in "[ -~é]{0,40}") {
            let doubled = plain.replace('$', "$$");
            let expanded = text(&doubled);
            prop_assert_eq!(expanded.as_deref(), Ok(plain.as_str()));
            prop_assert_eq!(literal(&doubled), Some(plain));
        }

        #[test]
        fn any_text_is_expanded_or_refused(source in "[$A-C{}:?+\\-é ]{0,40}") {
            let _ = text(&source);
        }
    }
}
