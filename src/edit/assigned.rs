//! Lists of assignments: `- NAME=value` and `- NAME`, which Compose accepts in place of a map.
//!
//! A route that names a key below such a list refers to the item that assigns it, and a change
//! there changes that item. Since most lists are just lists, three conditions must hold: the list
//! stands under a key for which Compose accepts either form, every item is an assignment, and the
//! route asks for a name and not for an index.

use crate::model::route::{Route, Segment, plain_text};
use serde_json::Value;
use std::collections::HashSet;

/// Where Compose reads a list of assignments as the map that they make.
const HOMES: [&str; 3] = ["environment", "args", "labels"];

/// Why a list in such a place is not one of assignments, with the offending item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    NoAssignment(usize),
    Twice(usize),
}

impl Fault {
    pub fn item(self) -> usize {
        match self {
            Self::NoAssignment(item) | Self::Twice(item) => item,
        }
    }

    pub fn why(self) -> &'static str {
        match self {
            Self::NoAssignment(_) => {
                "this item is neither NAME nor NAME=value, so its list says no names"
            }
            Self::Twice(_) => "this name is assigned twice in its list",
        }
    }
}

pub fn is_home(key: &str) -> bool {
    HOMES.contains(&key)
}

/// The name that a route asks for where a list of assignments may stand.
pub fn asked_in(route: &Route) -> Option<&str> {
    match route.0.as_slice() {
        [.., Segment::Key(home), Segment::Key(name)] if is_home(home) => Some(name),
        _another_place => None,
    }
}

/// The index of the item that assigns the name; `None` among the items is one that is not a text.
pub fn place<'i>(
    items: impl Iterator<Item = Option<&'i str>>,
    name: &str,
) -> Result<Option<usize>, Fault> {
    let mut names = HashSet::new();
    let mut found = None;
    for (at, item) in items.enumerate() {
        let own = item.and_then(name_of).ok_or(Fault::NoAssignment(at))?;
        if !names.insert(own) {
            return Err(Fault::Twice(at));
        }
        if own == name {
            found = Some(at);
        }
    }
    Ok(found)
}

/// The value that an item assigns; null if it only passes the name on.
pub fn value_of(item: &str) -> Value {
    let value = item.split_once('=').map(|(_, value)| value);
    value.map_or(Value::Null, Value::from)
}

/// The item for an assignment; `None` for a list or map, or a name that no item can have.
pub fn item(name: &str, value: &Value) -> Option<Value> {
    let text = match value {
        Value::Null => name.to_owned(),
        Value::Array(_) | Value::Object(_) => return None,
        single => format!("{name}={}", plain_text(single)),
    };
    (name_of(&text) == Some(name)).then_some(Value::String(text))
}

fn name_of(item: &str) -> Option<&str> {
    let name = item.split_once('=').map_or(item, |(name, _)| name);
    let strange = |c: char| c.is_whitespace() || c.is_control();
    (!name.is_empty() && !name.contains(strange)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts<'t>(items: &'t [&'t str]) -> impl Iterator<Item = Option<&'t str>> {
        items.iter().copied().map(Some)
    }

    #[test]
    fn a_name_is_what_stands_before_the_first_sign() {
        let items = ["A=1", "URL=postgres://h/d?x=y", "BARE", "EMPTY="];
        for (name, at, value) in [
            ("A", 0, json!("1")),
            ("URL", 1, json!("postgres://h/d?x=y")),
            ("BARE", 2, Value::Null),
            ("EMPTY", 3, json!("")),
        ] {
            assert_eq!(place(texts(&items), name), Ok(Some(at)));
            assert_eq!(value_of(items[at]), value);
            assert_eq!(item(name, &value), Some(json!(items[at])));
        }
        assert_eq!(place(texts(&items), "B"), Ok(None));
    }

    #[test]
    fn what_is_no_list_of_assignments_is_told() {
        let fault = |items: &[&str]| place(texts(items), "A").err();
        assert_eq!(fault(&["A=1", "B=2", "A=3"]), Some(Fault::Twice(2)));
        assert_eq!(fault(&["A=1", "two words"]), Some(Fault::NoAssignment(1)));
        assert_eq!(fault(&["=1"]), Some(Fault::NoAssignment(0)));
        let mixed = [Some("A=1"), None];
        assert_eq!(place(mixed.into_iter(), "A"), Err(Fault::NoAssignment(1)));
        assert_eq!(item("A", &json!(["x"])), None);
        assert_eq!(item("A=B", &json!("x")), None);
    }

    #[test]
    fn only_some_keys_may_hold_either() {
        let asked = |text: &str| asked_in(&Route::parse(text).expect(text)).map(str::to_owned);
        assert_eq!(asked("services.app.environment.A"), Some("A".to_owned()));
        assert_eq!(asked("services.app.build.args.A"), Some("A".to_owned()));
        assert_eq!(asked("services.app.command.A"), None);
        assert_eq!(asked("services.app.environment[0]"), None);
        assert_eq!(asked("environment"), None);
    }
}
