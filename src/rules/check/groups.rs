//! A replacement names only groups that its pattern has. An unknown group name would silently
//! expand to nothing when the file is written.

use super::Sheet;
use crate::model::{pattern::Pattern, route::Route};

pub(super) fn check(pattern: &Pattern, with: &str, here: &Route, sheet: &mut Sheet) {
    let groups = pattern.groups();
    for named in named(with) {
        if !groups.iter().any(|group| group == named.name) {
            let message = format!(
                "`{}` names a group that the pattern does not have",
                named.text
            );
            sheet.value(here, message, &cure(&named, &groups));
        }
    }
}

/// A place for a group: `$1m`, `${name}`.
struct Named<'w> {
    text: &'w str,
    name: &'w str,
}

/// As the `regex` crate reads a replacement: without braces the longest run of letters, digits and
/// `_` is the name, and `$$` is a dollar sign.
fn named(with: &str) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    let mut rest = with;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let in_braces = after.strip_prefix('{').and_then(|inner| {
            let end = inner.find('}')?;
            Some((&inner[..end], end + 2))
        });
        let bare = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let bare = bare.unwrap_or(after.len());
        let (name, length) = match in_braces {
            Some(named) => named,
            None if after.starts_with('$') => ("", 1),
            None => (&after[..bare], bare),
        };
        if !name.is_empty() {
            let text = &rest[at..=at + length];
            all.push(Named { text, name });
        }
        rest = &after[length..];
    }
    all
}

fn cure(named: &Named<'_>, groups: &[String]) -> String {
    let is_bare = !named.text.starts_with("${");
    let begins = |group: &&String| named.name.starts_with(group.as_str());
    let longest = groups.iter().filter(begins).max_by_key(|group| group.len());
    if let (true, Some(group)) = (is_bare, longest) {
        let rest = &named.name[group.len()..];
        return format!(
            "write `${{{group}}}{rest}`: without braces the name goes on as far as letters, digits and _ do"
        );
    }
    let known: Vec<String> = groups.iter().map(|group| format!("${{{group}}}")).collect();
    let known = match known.as_slice() {
        // `$0` is the whole match.
        [_] => "the pattern has no group; put the part that is meant into parentheses".to_owned(),
        all => format!("known here: {}", all.join(", ")),
    };
    format!("{known}; a dollar sign is written `$$`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(pattern: &str, with: &str) -> Vec<String> {
        let groups = Pattern::try_from(pattern.to_owned())
            .expect(pattern)
            .groups();
        let strange = |named: &Named<'_>| !groups.iter().any(|group| group == named.name);
        let named = named(with).into_iter().filter(strange);
        named.map(|named| named.text.to_owned()).collect()
    }

    #[test]
    fn a_name_without_braces_goes_on_as_far_as_it_can() {
        for (pattern, with, strange) in [
            ("^([0-9]+)$", "$1", &[][..]),
            ("^([0-9]+)$", "${1}m", &[]),
            ("^([0-9]+)$", "$1m and $2", &["$1m", "$2"]),
            ("^([0-9]+)$", "${2}m", &["${2}"]),
            ("(?P<key>a)=(b)", "$2=${key}-$0", &[]),
            ("a", "$$1 costs 5$ or $-", &[]),
            ("a", "{{input.x}}$ü${", &[]),
        ] {
            assert_eq!(missing(pattern, with), strange, "{pattern} with {with}");
        }
    }
}
