//! What the data must be after an edit, computed from the data alone: every result of splicing is
//! compared with this. Knows nothing of text.

use super::{Edit, Op, Wrap, assigned};
use crate::model::{
    pattern::Pattern,
    route::{Route, Segment, is_called, plain_text},
};
use serde_json::{Map, Value, json};

/// Applies one edit to the data; `None` when the edit has no sense here.
pub fn apply(data: &mut Value, edit: &Edit) -> Option<()> {
    let route = &edit.route;
    if let Some((list, name)) = assignments(data, route) {
        return assign(list, name, &edit.op);
    }
    match &edit.op {
        Op::Set { value } => set(data, route, value.clone()),
        Op::Default { value } => match find(data, route) {
            Some(_) => Some(()),
            None => set(data, route, value.clone()),
        },
        Op::Remove => take(data, route).map(drop),
        Op::Rename { to } => {
            let target = route.parent()?.at(to);
            relocate(data, route, &target, None)
        }
        Op::Move { to, value } => relocate(data, route, to, value.clone()),
        Op::Append { value } => append(data, route, value),
        Op::Rewrite { pattern, with } => {
            let old = find(data, route)?;
            if let Value::Array(items) = old {
                for item in items {
                    if let Some(new) = rewritten_item(item, pattern, with) {
                        *item = Value::String(new);
                    }
                }
                return Some(());
            }
            if let Some(new) = rewritten(old, pattern, with) {
                *old = new;
            }
            Some(())
        }
        Op::Wrap(wrap) => {
            let old = find(data, route)?;
            let inner = old.take();
            *old = wrapped(wrap, inner);
            Some(())
        }
        Op::Replace { .. } => None,
    }
}

/// The list of assignments in which a route asks for a name.
fn assignments<'d, 'r>(
    data: &'d mut Value,
    route: &'r Route,
) -> Option<(&'d mut Vec<Value>, &'r str)> {
    let name = assigned::asked_in(route)?;
    let list = find(data, &route.parent()?)?.as_array_mut()?;
    Some((list, name))
}

fn assign(list: &mut Vec<Value>, name: &str, op: &Op) -> Option<()> {
    let place = |list: &[Value], name: &str| {
        let items = list.iter().map(Value::as_str);
        assigned::place(items, name).ok()
    };
    let at = place(list, name)?;
    let old = at.and_then(|at| list[at].as_str().map(assigned::value_of));
    match (op, at) {
        (Op::Default { .. }, Some(_)) => {}
        (Op::Set { value }, Some(at)) => list[at] = assigned::item(name, value)?,
        (Op::Set { value } | Op::Default { value }, None) => {
            list.push(assigned::item(name, value)?);
        }
        (Op::Remove, Some(at)) => drop(list.remove(at)),
        (Op::Rename { to }, Some(at)) if to != name && place(list, to)?.is_some() => {
            list.remove(at);
        }
        (Op::Rename { to }, Some(at)) => list[at] = assigned::item(to, &old?)?,
        (Op::Rewrite { pattern, with }, Some(at)) => {
            if let Some(new) = rewritten(&old?, pattern, with) {
                list[at] = assigned::item(name, &new)?;
            }
        }
        _no_sense_here => return None,
    }
    Some(())
}

/// A value after a pattern was replaced in its text; `None` if it stays. A number or boolean stays
/// one if the new text parses as one.
pub fn rewritten(old: &Value, pattern: &Pattern, with: &str) -> Option<Value> {
    let text = plain_text(old);
    let new = pattern.replace_all(&text, with);
    (new != text).then(|| match serde_json::from_str(&new) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) if !old.is_string() => value,
        _ => Value::String(new.into_owned()),
    })
}

/// An item after a pattern was replaced in it; `None` if it stays. Only plain texts are replaced,
/// not dates, aliases or tagged scalars.
pub fn rewritten_item(item: &Value, pattern: &Pattern, with: &str) -> Option<String> {
    let old = item.as_str().filter(|text| !text.starts_with('\0'))?;
    let new = pattern.replace_all(old, with).into_owned();
    (new != old).then_some(new)
}

pub fn wrapped(wrap: &Wrap, inner: Value) -> Value {
    match wrap {
        Wrap::List => json!([inner]),
        Wrap::Map(key) => nested([key.as_str()].into_iter(), inner),
    }
}

/// `a`, `b`, value → `{a: {b: value}}`.
pub fn nested<'k>(keys: impl DoubleEndedIterator<Item = &'k str>, value: Value) -> Value {
    keys.rev().fold(value, |inner, key| {
        Value::Object(Map::from_iter([(key.to_owned(), inner)]))
    })
}

fn step<'d>(data: &'d mut Value, segment: &Segment) -> Option<&'d mut Value> {
    match segment {
        Segment::Key(key) => data.as_object_mut()?.get_mut(key),
        Segment::Index(index) => data.as_array_mut()?.get_mut(*index),
        Segment::Find { key, text } => data
            .as_array_mut()?
            .iter_mut()
            .find(|item| is_called(item, key, text)),
    }
}

fn find<'d>(data: &'d mut Value, route: &Route) -> Option<&'d mut Value> {
    route.0.iter().try_fold(data, step)
}

fn set(data: &mut Value, route: &Route, value: Value) -> Option<()> {
    let mut at = data;
    for segment in &route.0 {
        if let Segment::Key(key) = segment {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            at = at
                .as_object_mut()?
                .entry(key.clone())
                .or_insert(Value::Null);
        } else {
            at = step(at, segment)?;
        }
    }
    *at = value;
    Some(())
}

fn take(data: &mut Value, route: &Route) -> Option<Value> {
    let (last, above) = route.0.split_last()?;
    let parent = above.iter().try_fold(data, step)?;
    match last {
        Segment::Key(key) => parent.as_object_mut()?.swap_remove(key),
        Segment::Index(index) => {
            let list = parent.as_array_mut()?;
            (*index < list.len()).then(|| list.remove(*index))
        }
        Segment::Find { key, text } => {
            let list = parent.as_array_mut()?;
            let at = list.iter().position(|item| is_called(item, key, text))?;
            Some(list.remove(at))
        }
    }
}

fn relocate(data: &mut Value, from: &Route, to: &Route, value: Option<Value>) -> Option<()> {
    let old = take(data, from)?;
    set(data, to, value.unwrap_or(old))
}

fn append(data: &mut Value, route: &Route, value: &Value) -> Option<()> {
    match find(data, route) {
        Some(Value::Null) | None => set(data, route, json!([value])),
        Some(list) => {
            let list = list.as_array_mut()?;
            if !list.contains(value) {
                list.push(value.clone());
            }
            Some(())
        }
    }
}
