//! One change of a rules file as an edit, and in words.

use crate::{
    edit::Opened,
    model::{
        edit::{Edit, Op},
        route::{Route, Segment},
        rule::Verb,
        units::count,
    },
    rules::path::PathHop,
};
use serde_json::Value;

pub(super) fn edit(verb: Verb<'_>, hop: &PathHop) -> Edit {
    let value = |value: &Value| of_hop(value, hop);
    let (route, op) = match verb {
        Verb::Set { at, value: new } => (at, Op::Set { value: value(new) }),
        Verb::Default { at, value: new } => (at, Op::Default { value: value(new) }),
        Verb::Remove { at } => (at, Op::Remove),
        Verb::Rename { at, to } => (at, Op::Rename { to: to.to_owned() }),
        Verb::Move { at, to, value: new } => {
            let (to, value) = (to.clone(), new.map(value));
            (at, Op::Move { to, value })
        }
        Verb::Append { at, value: new } => (at, Op::Append { value: value(new) }),
        Verb::Rewrite { at, pattern, with } => {
            let (pattern, with) = (pattern.clone(), hop.fill_with(with));
            (at, Op::Rewrite { pattern, with })
        }
        Verb::Wrap { at, how } => (at, Op::Wrap(how.clone())),
    };
    Edit::new(route.clone(), op)
}

/// Fills in the releases of the hop, so that the same rule on a later hop is a different edit.
/// Answers are filled in only when the file is staged.
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

/// `jwt.secret → auth.jwt_secret`
pub(super) fn title(verb: Verb<'_>) -> String {
    match verb {
        Verb::Rename { at, to } => format!("{at} → {}", Route::key(to)),
        Verb::Move { at, to, .. } => format!("{at} → {to}"),
        Verb::Set { .. }
        | Verb::Default { .. }
        | Verb::Remove { .. }
        | Verb::Append { .. }
        | Verb::Rewrite { .. }
        | Verb::Wrap { .. } => verb.at().to_string(),
    }
}

pub(super) fn words(verb: Verb<'_>) -> &'static str {
    match verb {
        Verb::Set { .. } => "gets a value",
        Verb::Default { .. } => "new, not set",
        Verb::Remove { .. } => "no longer read",
        Verb::Rename { .. } => "renamed",
        Verb::Move { .. } => "moved",
        Verb::Append { .. } => "one more item",
        Verb::Rewrite { .. } | Verb::Wrap { .. } => "its value changes",
    }
}

/// Other routes at which a reader sees what an edit removes or creates (aliases, merge keys).
pub(super) fn also(edit: &Edit, before: &Opened, after: Option<&Opened>) -> Vec<Route> {
    let to = match &edit.op {
        Op::Rename { to } => edit.route.parent().map(|parent| {
            let key = Segment::Key(to.clone());
            parent.child(key)
        }),
        Op::Move { to, .. } => Some(to.clone()),
        Op::Set { .. }
        | Op::Default { .. }
        | Op::Remove
        | Op::Append { .. }
        | Op::Rewrite { .. }
        | Op::Wrap(_)
        | Op::Replace { .. } => None,
    };
    let mut also = before.also_read_at(&edit.route);
    let made = after.map(|after| after.also_read_at(to.as_ref().unwrap_or(&edit.route)));
    for route in made.into_iter().flatten() {
        if !also.contains(&route) {
            also.push(route);
        }
    }
    also
}

/// `; read from here too: web.image, job.image`
pub(super) fn also_in_words(also: &[Route]) -> String {
    const TOLD_MAX: usize = 3;
    let told: Vec<String> = also.iter().take(TOLD_MAX).map(Route::to_string).collect();
    let more = match also.len().saturating_sub(TOLD_MAX) {
        0 => String::new(),
        more => format!(" and {}", count(more, "more place")),
    };
    match told.as_slice() {
        [] => String::new(),
        _ => format!("; read from here too: {}{more}", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::format::Format;
    use serde_json::json;

    #[test]
    fn a_change_names_the_places_that_read_it_too() {
        let text = "web: {image: &img app:1}\njob: {image: *img}\nx: &x {a: 1}\ny: {<<: *x}\n";
        let before = Opened::new(Format::Yaml, text).expect("it is YAML");
        let route = |text: &str| Route::parse(text).expect(text);
        let told = |at: &str, op: Op| {
            let edit = Edit::new(route(at), op);
            let after = before
                .apply(std::slice::from_ref(&edit))
                .expect("it is made");
            also_in_words(&also(&edit, &before, after.file.as_ref()))
        };
        let set = || Op::Set { value: json!(2) };
        assert_eq!(told("web.image", set()), "; read from here too: job.image");
        assert_eq!(told("x.new", set()), "; read from here too: y.new");
        assert_eq!(told("x.a", Op::Remove), "; read from here too: y.a");
        let to = "b".to_owned();
        assert_eq!(
            told("x.a", Op::Rename { to }),
            "; read from here too: y.a, y.b"
        );
        assert_eq!(told("y.own", set()), "");
        let five = [route("a"), route("b"), route("c"), route("d"), route("e")];
        let words = also_in_words(&five);
        assert_eq!(words, "; read from here too: a, b, c and 2 more places");
    }
}
