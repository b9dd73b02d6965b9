//! Three-way merge by key: applies what a vendor changed between two of its own files to the file
//! that the operator derived from the first one.
//!
//! Maps are merged key by key. A list is a single value, because nothing tells which of its items
//! correspond; if both changed it, it can be made to hold the items of both. Comments and layout
//! are ignored: they stay the operator's.

use crate::model::{
    edit::{Edit, Op},
    route::Route,
};
use serde_json::Value;

/// One key that the vendor changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub route: Route,
    /// Of the vendor's first file; `None`: it had no such key.
    pub old: Option<Value>,
    /// Of the vendor's second file; `None`: it removed the key.
    pub new: Option<Value>,
    /// What the operator has; `None`: no such key.
    pub own: Option<Value>,
}

/// Who changed a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The operator has what the vendor had: the vendor's change can be made.
    Vendor,
    /// The operator has what the vendor has now.
    Same,
    /// Both, and differently.
    Both,
}

impl Difference {
    pub fn side(&self) -> Side {
        if self.own == self.new {
            Side::Same
        } else if self.own == self.old {
            Side::Vendor
        } else {
            Side::Both
        }
    }

    /// The vendor's change as an edit.
    pub fn edit(&self) -> Edit {
        let op = match &self.new {
            Some(value) => Op::Set {
                value: value.clone(),
            },
            None => Op::Remove,
        };
        Edit::literal(self.route.clone(), op)
    }

    /// Edits that extend the operator's value by what only the vendor's has, keeping the operator's
    /// order. An error says why that is impossible.
    pub fn both(&self) -> Result<Both, &'static str> {
        let (Some(own), Some(new)) = (&self.own, &self.new) else {
            return Err("one of the two has no such key");
        };
        match (own, new) {
            (Value::Array(own), Value::Array(new)) => {
                let added = missing(own, new);
                if added.is_empty() {
                    return Err("your list has every item of the new one");
                }
                // Items are put in one by one, so that comments between the others stay.
                let append = |value: &Value| Op::Append {
                    value: value.clone(),
                };
                Ok(self.adding(added.iter().map(append).collect(), added))
            }
            (Value::String(own), Value::String(new))
                if own.contains('\n') || new.contains('\n') =>
            {
                let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
                    (own.lines().collect(), new.lines().collect());
                let added = missing(&old_lines, &new_lines);
                if added.is_empty() {
                    return Err("your text has every line of the new one");
                }
                let value = Value::String(with_lines(own, &added));
                let added = added.into_iter().map(Value::from).collect();
                Ok(self.adding(vec![Op::Set { value }], added))
            }
            (Value::Array(_), _) | (_, Value::Array(_)) => {
                Err("a list and a single value cannot stand in one place")
            }
            _two_single_values => Err("the key holds one value"),
        }
    }

    fn adding(&self, ops: Vec<Op>, added: Vec<Value>) -> Both {
        let edit = |op| Edit::literal(self.route.clone(), op);
        Both {
            edits: ops.into_iter().map(edit).collect(),
            added,
        }
    }
}

/// How to get a value that holds the operator's and the vendor's parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Both {
    pub edits: Vec<Edit>,
    /// Items or lines of the vendor's that the operator did not have.
    pub added: Vec<Value>,
}

/// What is only in the second, each once.
fn missing<T: PartialEq + Clone>(own: &[T], new: &[T]) -> Vec<T> {
    let mut added: Vec<T> = Vec::new();
    for item in new {
        if !own.contains(item) && !added.contains(item) {
            added.push(item.clone());
        }
    }
    added
}

/// The text with more lines appended, with or without a final line end as before.
fn with_lines(text: &str, lines: &[&str]) -> String {
    let ended = text.ends_with('\n');
    let body = text.strip_suffix('\n').unwrap_or(text);
    let own = (!body.is_empty()).then_some(body);
    let all: Vec<&str> = own.into_iter().chain(lines.iter().copied()).collect();
    let end = if ended { "\n" } else { "" };
    format!("{}{end}", all.join("\n"))
}

/// Every key that differs between the vendor's two files, in the order of the second, then of the
/// first.
pub fn differences(old: &Value, new: &Value, own: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(
        &Route::default(),
        [Some(old), Some(new), Some(own)],
        &mut found,
    );
    found
}

fn walk(route: &Route, sides: [Option<&Value>; 3], found: &mut Vec<Difference>) {
    let [old, new, own] = sides;
    if old == new {
        return;
    }
    // A map in both current files is merged inside; the old value may have been something else.
    if let (Some(Value::Object(into)), Some(Value::Object(_))) = (new, own) {
        let from = old.and_then(Value::as_object);
        let gone = from.into_iter().flatten().map(|(key, _)| key);
        let gone = gone.filter(|key| !into.contains_key(*key));
        for key in into.keys().chain(gone) {
            let below = sides.map(|side| side.and_then(|value| value.get(key)));
            walk(&route.at(key), below, found);
        }
        return;
    }
    found.push(Difference {
        route: route.clone(),
        old: old.cloned(),
        new: new.cloned(),
        own: own.cloned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{self, Format};
    use proptest::prelude::*;
    use serde_json::json;

    fn sides(old: Value, new: Value, own: Value) -> Vec<(String, Side)> {
        let all = differences(&old, &new, &own);
        let told = all.iter().map(|one| (one.route.to_string(), one.side()));
        told.collect()
    }

    #[test]
    fn a_key_only_the_vendor_changed_is_the_vendors() {
        let told = sides(
            json!({"rpm": 60, "own": 1}),
            json!({"rpm": 0, "own": 1}),
            json!({"rpm": 60, "own": 2}),
        );
        assert_eq!(told, [("rpm".to_owned(), Side::Vendor)]);
    }

    #[test]
    fn a_key_both_changed_is_a_conflict_unless_they_agree() {
        let told = sides(
            json!({"a": 1, "b": 1}),
            json!({"a": 2, "b": 2}),
            json!({"a": 3, "b": 2}),
        );
        let expected = [("a".to_owned(), Side::Both), ("b".to_owned(), Side::Same)];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_new_branch_is_one_difference_and_a_grown_one_is_told_inside() {
        let told = sides(
            json!({"x": {"a": 1}}),
            json!({"x": {"a": 1, "b": 2}, "y": {"c": {"d": 1}}}),
            json!({"x": {"a": 1}}),
        );
        let expected = [
            ("x.b".to_owned(), Side::Vendor),
            ("y".to_owned(), Side::Vendor),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_removed_branch_the_operator_changed_inside_is_a_conflict() {
        let old = json!({"qdrant": {"host": "q", "port": 1}, "k": 1});
        let new = json!({"k": 1});
        let untouched = sides(old.clone(), new.clone(), old.clone());
        assert_eq!(untouched, [("qdrant".to_owned(), Side::Vendor)]);
        let touched = sides(
            old,
            new,
            json!({"qdrant": {"host": "mine", "port": 1}, "k": 1}),
        );
        assert_eq!(touched, [("qdrant".to_owned(), Side::Both)]);
    }

    fn conflict(old: Value, new: Value, own: Value) -> Difference {
        Difference {
            route: Route::key("k"),
            old: Some(old),
            new: Some(new),
            own: Some(own),
        }
    }

    #[test]
    fn both_adds_to_what_is_the_operators() {
        let lists = conflict(json!([1]), json!([2, 1, 3, 2]), json!([4, 1])).both();
        let added = |both: Result<Both, _>| both.map(|both| both.added);
        assert_eq!(added(lists), Ok(vec![json!(2), json!(3)]));
        for (own, text) in [("a\nb\n", "a\nb\nc\n"), ("a\nb", "a\nb\nc"), ("", "a\nc")] {
            let both = conflict(json!("a"), json!("a\nc\n"), json!(own)).both();
            let set = both.map(|both| both.edits[0].op.clone());
            assert_eq!(set, Ok(Op::Set { value: json!(text) }), "{own:?}");
        }
    }

    proptest! {
        #[test]
        fn both_holds_both_in_the_operators_order_and_touches_no_line(
            own in prop::collection::vec("[a-f]", 1..6),
            new in prop::collection::vec("[a-f]", 1..6),
        ) {
            let items: String = own.iter().map(|item| format!("- {item} # ours\n")).collect();
            let text = format!("# top\nk:\n{items}# below\nz: 1\n");
            match conflict(json!(0), json!(new), json!(own)).both() {
                Err(_) => prop_assert!(new.iter().all(|item| own.contains(item))),
                Ok(both) => {
                    let edited = edit::apply(&Format::Yaml, &text, &both.edits);
                    let edited = edited.expect("items can be added").text;
                    let said = edit::read(&Format::Yaml, &edited).expect("YAML").data();
                    let said = said.expect("nothing is there twice");
                    let all: Vec<String> = serde_json::from_value(said["k"].clone()).expect("a list");
                    prop_assert!(all.starts_with(&own));
                    prop_assert!(new.iter().all(|item| all.contains(item)));
                    let kept: Vec<&str> = edited.lines().filter(|line| text.contains(line)).collect();
                    prop_assert_eq!(kept, text.lines().collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn where_both_cannot_stand_the_reason_is_said() {
        for (new, own, why) in [
            (json!(2), json!(3), "one value"),
            (json!("a b"), json!("c"), "one value"),
            (json!([2]), json!(3), "a list and"),
            (json!([2]), json!([3, 2]), "every item"),
            (json!("b\n"), json!("b\nc\n"), "every line"),
        ] {
            let both = conflict(json!(1), new.clone(), own.clone()).both();
            assert!(both.is_err_and(|said| said.contains(why)), "{new} {own}");
        }
        let gone = Difference {
            own: None,
            ..conflict(json!([1]), json!([2]), json!(0))
        };
        assert_eq!(gone.both(), Err("one of the two has no such key"));
    }

    #[test]
    fn a_list_is_one_value() {
        let told = sides(json!({"l": [1]}), json!({"l": [1, 2]}), json!({"l": [1]}));
        assert_eq!(told, [("l".to_owned(), Side::Vendor)]);
    }
}
