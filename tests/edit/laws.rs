//! The laws that every edit obeys, whatever the text says. The generated documents of
//! `edit_laws.rs` and `edit_lines.rs` are checked against them, and those of the fuzzer (`fuzz/`),
//! which includes this file as well.

use serde_json::Value;
use switchback::{
    edit::{self, Edit, EditError, Edited, Format, Op, Outcome},
    model::route::{Route, Segment},
};

/// One edit by itself.
pub fn one(format: &Format, text: &str, route: &Route, op: Op) -> Result<Edited, EditError> {
    let route = route.clone();
    edit::apply(format, text, &[Edit::new(route, op)])
}

pub fn says(format: &Format, text: &str, route: &Route) -> Option<Value> {
    let document = edit::read(format, text).expect("the file can be read");
    document.get(route).map(|entry| entry.value.clone())
}

/// Everything that a file says.
fn leaves(format: &Format, text: &str) -> Vec<(Route, Value)> {
    let document = edit::read(format, text).expect("the file can be read");
    let leaves = document.leaves();
    leaves
        .map(|entry| (entry.route.clone(), entry.value.clone()))
        .collect()
}

/// The same, without what is at a route or below it.
pub fn others(format: &Format, text: &str, except: &Route) -> Vec<(Route, Value)> {
    let mut leaves = leaves(format, text);
    leaves.retain(|(route, _)| !route.starts_with(except));
    leaves
}

pub fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

pub fn no_edit_is_no_change(format: &Format, text: &str) {
    if let Ok(edited) = edit::apply(format, text, &[]) {
        assert_eq!(edited.text, text);
    }
}

/// One after the other, each on what the one before it has left.
pub fn one_by_one(format: &Format, text: &str, edits: &[Edit]) -> Result<Edited, EditError> {
    let mut now = Edited {
        text: text.to_owned(),
        outcomes: Vec::new(),
    };
    for edit in edits {
        let done = edit::apply(format, &now.text, std::slice::from_ref(edit))?;
        now.text = done.text;
        now.outcomes.extend(done.outcomes);
    }
    Ok(now)
}

/// For a text with only line feeds.
pub fn line_ends_stay(format: &Format, text: &str, edits: &[Edit]) {
    let plain = edit::apply(format, text, edits);
    let with_cr = edit::apply(format, &crlf(text), edits);
    match (plain, with_cr) {
        (Ok(plain), Ok(with_cr)) => assert_eq!(crlf(&plain.text), with_cr.text),
        (Err(_), Err(_)) => {}
        (plain, with_cr) => panic!("{plain:?}\n{with_cr:?}\n{text}"),
    }
}

/// For a text that does not end with a line end.
pub fn an_open_end_stays_open(format: &Format, text: &str, edits: &[Edit]) {
    if let Ok(done) = edit::apply(format, text, edits) {
        assert!(!done.text.ends_with('\n'), "{text}\n=>\n{}", done.text);
    }
}

/// For a text without a byte order mark.
pub fn a_byte_order_mark_stays(format: &Format, text: &str, edits: &[Edit]) {
    let marked = format!("\u{feff}{text}");
    let plain = edit::apply(format, text, edits);
    if let (Ok(plain), Ok(done)) = (plain, edit::apply(format, &marked, edits)) {
        assert_eq!(format!("\u{feff}{}", plain.text), done.text);
    }
}

/// A value that is set is read back, everything else stays the same, and a second time changes
/// nothing. Or it is refused.
pub fn a_value_is_read_back_or_refused(
    format: &Format,
    text: &str,
    route: &Route,
    value: &Value,
) -> Option<String> {
    let set = || Op::Set {
        value: value.clone(),
    };
    let edited = one(format, text, route, set()).ok()?.text;
    assert_eq!(says(format, &edited, route).as_ref(), Some(value), "{text}");
    assert_eq!(
        others(format, &edited, route),
        others(format, text, route),
        "{text}"
    );
    let again = one(format, &edited, route, set()).expect("the same value");
    assert_eq!(again.outcomes, [Outcome::AlreadyDone], "{edited}");
    assert_eq!(again.text, edited);
    Some(edited)
}

/// What is removed is gone, and nothing else is. The later items of a list move up.
pub fn a_removal_takes_nothing_else(format: &Format, text: &str, route: &Route) -> Option<String> {
    let edited = one(format, text, route, Op::Remove).ok()?.text;
    let place = match route.last() {
        Some(Segment::Key(_)) => {
            let left = edit::read(format, &edited).expect("the file can be read");
            let stands = |entry: &edit::Entry| entry.route == *route;
            assert!(!left.entries().iter().any(stands), "{text}\n=>\n{edited}");
            route.clone()
        }
        Some(Segment::Index(_) | Segment::Find { .. }) | None => route.parent()?,
    };
    assert_eq!(
        others(format, &edited, &place),
        others(format, text, &place),
        "{text}\n=>\n{edited}"
    );
    Some(edited)
}

/// A renamed key stays in its place with its value, and all else is unchanged. Renamed back, it
/// leaves no trace, except that this one key may be written in another way, and only the first
/// time.
pub fn renamed_back_leaves_no_trace(
    format: &Format,
    text: &str,
    route: &Route,
    to: &str,
) -> Option<String> {
    let (Some(Segment::Key(key)), Some(parent)) = (route.last(), route.parent()) else {
        return None;
    };
    let rename = |text: &str, from: &Route, to: &str| {
        one(format, text, from, Op::Rename { to: to.to_owned() })
    };
    let new = parent.child(Segment::Key(to.to_owned()));
    // If both have the same value, the old one is dropped, so there is nothing to rename back.
    let there = rename(text, route, to).ok()?;
    if there.outcomes != [Outcome::Changed] || says(format, text, &new).is_some() {
        return None;
    }
    let mut expected = leaves(format, text);
    for (of_leaf, _) in &mut expected {
        if of_leaf.starts_with(route) {
            let below = of_leaf.0.split_off(route.0.len());
            *of_leaf = Route([new.0.clone(), below].concat());
        }
    }
    assert_eq!(leaves(format, &there.text), expected, "{text}");
    // An implausible name is refused.
    let back = rename(&there.text, &new, key).ok()?.text;
    let again = rename(&back, route, to).expect("a free name").text;
    let twice = rename(&again, &new, key).expect("its old name").text;
    assert_eq!(twice, back, "{text}");
    assert_eq!(leaves(format, &back), leaves(format, text), "{text}");
    Some(back)
}
