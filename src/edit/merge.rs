//! Three-way merge by key: what a vendor changed between two files of its own, held against the
//! file the operator has made of the first one.
//!
//! Maps are merged key by key; a list is one value, because nothing tells which of its items are
//! meant to be the same. Comments and layout are not looked at: they stay the operator's.

use crate::model::{
    edit::{Edit, Op},
    route::{Route, Segment},
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
        Edit {
            route: self.route.clone(),
            op,
        }
    }
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
    // A map on both living sides is merged inside; the old side may have been something else.
    if let (Some(Value::Object(into)), Some(Value::Object(_))) = (new, own) {
        let from = old.and_then(Value::as_object);
        let gone = from.into_iter().flatten().map(|(key, _)| key);
        let gone = gone.filter(|key| !into.contains_key(*key));
        for key in into.keys().chain(gone) {
            let below = sides.map(|side| side.and_then(|value| value.get(key)));
            walk(&route.child(Segment::Key(key.clone())), below, found);
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

    #[test]
    fn a_list_is_one_value() {
        let told = sides(json!({"l": [1]}), json!({"l": [1, 2]}), json!({"l": [1]}));
        assert_eq!(told, [("l".to_owned(), Side::Vendor)]);
    }
}
