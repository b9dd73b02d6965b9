//! Refuses routes into files whose format has no keys.

use super::{Found, Place, at};
use crate::{
    edit::Format,
    model::route::{Route, Segment},
};

pub(super) fn check(place: Place<'_>, found: &mut Found) {
    for (route, _) in place.index.texts() {
        let [.., Segment::Key(kind), Segment::Key(key)] = route.0.as_slice() else {
            continue;
        };
        if kind == "file" && key == "at" {
            has_keys(route, place, found);
        }
    }
}

fn has_keys(route: &Route, place: Place<'_>, found: &mut Found) {
    let of = route.parent().map(|file| at(&file, "path"));
    let Some(path) = of.and_then(|path| place.index.text(&path)) else {
        return;
    };
    match Format::of(path) {
        None | Some(Format::Text) => {
            let message = format!("the name of `{path}` does not say how its keys are written");
            let help = "leave `at` out, and look for a line with `matches`";
            found.value(place, route, message, help);
        }
        Some(_) => {}
    }
}
