//! One change of a rules file as an edit, and in words.

use crate::{
    model::{
        edit::{Edit, Op},
        ids::InputName,
        route::{Route, Segment},
        rule::Change,
        template::{Name, Template},
    },
    rules::path::PathHop,
};
use serde_json::Value;

/// The edit; none if the change says too little, which `rules check` reports.
pub(super) fn edit(change: &Change, hop: &PathHop) -> Option<Edit> {
    let value = || change.value.as_ref().map(|value| of_hop(value, hop));
    let (route, op) = if let Some(route) = &change.set {
        (route, Op::Set { value: value()? })
    } else if let Some(route) = &change.default {
        (route, Op::Default { value: value()? })
    } else if let Some(route) = &change.remove {
        (route, Op::Remove)
    } else if let Some(route) = &change.rename {
        let to = last_key(change.to.as_ref()?)?;
        (route, Op::Rename { to })
    } else if let Some(route) = &change.move_from {
        let to = change.to.clone()?;
        (route, Op::Move { to, value: value() })
    } else if let Some(route) = &change.append {
        (route, Op::Append { value: value()? })
    } else if let Some(route) = &change.rewrite {
        let op = Op::Rewrite {
            pattern: change.matches.clone()?,
            with: hop.fill_with(change.with.as_ref()?),
        };
        (route, op)
    } else {
        (change.wrap.as_ref()?, Op::Wrap(change.wrap_as.clone()?))
    };
    Some(Edit::new(route.clone(), op))
}

/// The value with the releases of its hop, so that the same rule on a later hop is another edit.
/// What the operator answers is filled when the file is staged.
fn of_hop(value: &Value, hop: &PathHop) -> Value {
    match value {
        Value::String(text) => Value::String(hop.fill(text)),
        Value::Array(items) => items.iter().map(|item| of_hop(item, hop)).collect(),
        Value::Object(entries) => {
            let filled = entries
                .iter()
                .map(|(key, item)| (key.clone(), of_hop(item, hop)));
            Value::Object(filled.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn last_key(route: &Route) -> Option<String> {
    match route.last()? {
        Segment::Key(key) => Some(key.clone()),
        Segment::Index(_) | Segment::Find { .. } => None,
    }
}

/// `jwt.secret → auth.jwt_secret`
pub(super) fn title(change: &Change) -> String {
    let from = change.route().map(Route::to_string).unwrap_or_default();
    match &change.to {
        Some(to) => format!("{from} → {to}"),
        None => from,
    }
}

pub(super) fn words(change: &Change) -> &'static str {
    if change.set.is_some() {
        "gets a value"
    } else if change.default.is_some() {
        "new, not set"
    } else if change.remove.is_some() {
        "no longer read"
    } else if change.rename.is_some() {
        "renamed"
    } else if change.move_from.is_some() {
        "moved"
    } else if change.append.is_some() {
        "one more item"
    } else {
        "its value changes"
    }
}

/// The first input that a value speaks of.
pub(in crate::rules::assess) fn input(edit: &Edit) -> Option<InputName> {
    match &edit.op {
        Op::Set { value } | Op::Default { value } | Op::Append { value } => of_value(value),
        Op::Move { value, .. } => of_value(value.as_ref()?),
        Op::Rewrite { with, .. } | Op::Replace { with, .. } => of_text(with),
        Op::Remove | Op::Rename { .. } | Op::Wrap(_) => None,
    }
}

fn of_value(value: &Value) -> Option<InputName> {
    match value {
        Value::String(text) => of_text(text),
        Value::Array(items) => items.iter().find_map(of_value),
        Value::Object(entries) => entries.values().find_map(of_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn of_text(text: &str) -> Option<InputName> {
    let template = Template::parse(text).ok()?;
    template.names().find_map(|name| match name {
        Name::Input(input) => Some(InputName::new(input.as_str())),
        Name::Env(_) | Name::Root | Name::Backup | Name::From | Name::To | Name::Stage(_) => None,
    })
}
