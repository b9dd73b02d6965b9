//! Every input is used by something: one that nothing fills in and no condition asks for is a
//! question whose answer changes nothing, though it looks as if it did.

use super::{Found, Place, at, commands::names_input};
use crate::{
    model::{
        route::Route,
        template::{Name, Template},
    },
    rules::pack::{LoadedPack, PACK_FILE},
};
use std::collections::BTreeSet;

pub(super) fn check(pack: &LoadedPack, found: &mut Found) {
    let places = places(pack);
    let mut used = BTreeSet::new();
    for place in &places {
        for (route, text) in place.index.texts() {
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
    for place in places {
        let names = place.index.keys(&inputs);
        for name in names.filter(|name| !used.contains(*name)) {
            let message = format!("nothing uses the input `{name}`");
            let help = "fill it in as `{{input.…}}`, ask for it in a condition, or leave it out";
            found.warn(place, &at(&inputs, name), message, help);
        }
    }
}

fn places(pack: &LoadedPack) -> Vec<Place<'_>> {
    let hops = pack.sources.hops.iter();
    let hops = hops.map(|(file, parsed)| Place::of(file, parsed));
    let pack = Place::of(PACK_FILE, &pack.sources.pack);
    hops.chain([pack]).collect()
}

fn filled_from(text: &str) -> Vec<String> {
    let template = Template::parse(text).ok();
    let names = template.iter().flat_map(Template::names);
    let inputs = names.filter_map(|name| match name {
        Name::Input(input) => Some(input.clone()),
        Name::Env(_) | Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => None,
    });
    inputs.collect()
}
