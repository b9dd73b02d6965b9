//! Every input is used by something: one that nothing fills in and no condition asks for is a
//! question whose answer changes nothing, though it looks as if it did.

use super::{Sheet, SourceFile, commands::names_input};
use crate::{
    model::{route::Route, template::Template},
    rules::{diagnostic::Diagnostic, pack::LoadedPack},
};
use std::collections::BTreeSet;

pub(super) fn check(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    let mut used = BTreeSet::new();
    for file in SourceFile::rules(pack) {
        for (route, text) in file.index.texts() {
            if names_input(route) {
                used.insert(text.to_owned());
            }
            used.extend(filled_from(text));
        }
    }
    // A file that a rule creates can use inputs anywhere in its text.
    let texts = pack.texts();
    used.extend(texts.values().flat_map(|text| filled_from(text)));
    let inputs = Route::key("inputs");
    for file in SourceFile::rules(pack) {
        let mut sheet = Sheet::of(file, found);
        let names = sheet.index.keys(&inputs);
        for name in names.filter(|name| !used.contains(*name)) {
            let message = format!("nothing uses the input `{name}`");
            let help = "fill it in as `{{input.…}}`, ask for it in a condition, or leave it out";
            sheet.warn(&inputs.at(name), message, help);
        }
    }
}

fn filled_from(text: &str) -> Vec<String> {
    let template = Template::parse(text).ok();
    let inputs = template.iter().flat_map(Template::inputs);
    inputs.map(str::to_owned).collect()
}
