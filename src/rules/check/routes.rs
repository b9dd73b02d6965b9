//! Refuses routes into files whose format has no keys.

use super::{Sheet, vocabulary::Text};
use crate::{
    edit::Format,
    model::route::{Route, Segment},
};

pub(super) fn check(sheet: &mut Sheet) {
    for Text { route, words, .. } in sheet.texts() {
        let [.., Segment::Key(kind), Segment::Key(key)] = words.0.as_slice() else {
            continue;
        };
        if kind == "file" && key == "at" {
            has_keys(route, sheet);
        }
    }
}

fn has_keys(route: &Route, sheet: &mut Sheet) {
    let of = route.parent().map(|file| file.at("path"));
    let Some(path) = of.and_then(|path| sheet.index.text(&path)) else {
        return;
    };
    match Format::of(path) {
        None | Some(Format::Text) => {
            let message = format!("the name of `{path}` does not say how its keys are written");
            let help = "leave `at` out, and look for a line with `matches`";
            sheet.value(route, message, help);
        }
        Some(_) => {}
    }
}
