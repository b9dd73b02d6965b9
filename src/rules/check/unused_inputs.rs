//! Every input is used by something: one that nothing fills in and no condition asks for is never
//! asked, or is a question whose answer changes nothing, though it looks as if it did.

use super::{Sheet, SourceFile};
use crate::{
    model::{
        route::Route,
        rule::{EnvRule, Hop, Pack},
        template::Template,
    },
    rules::{
        diagnostic::Diagnostic,
        filled::{Part, inputs_in, inputs_of, parts},
        pack::LoadedPack,
    },
};
use std::collections::BTreeSet;

pub(super) fn check(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    let mut used = by_pack(&pack.pack);
    let hops = pack.sources.hops.values();
    used.extend(hops.flat_map(|parsed| by_hop(&parsed.value)));
    // A file that a rule creates can use inputs anywhere in its text.
    used.extend(pack.texts().values().flat_map(|text| filled_from(text)));
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

fn by_pack(pack: &Pack) -> BTreeSet<String> {
    let texts = (&pack.inputs, &pack.detect, &pack.services, &pack.databases);
    let mut used = inputs_in(&texts);
    let variants = pack.variants.values().flatten();
    let variants = variants.map(|variant| &variant.when);
    used.extend(inputs_of(pack.conditions().chain(variants)));
    used
}

fn by_hop(hop: &Hop) -> BTreeSet<String> {
    let mut used = inputs_in(&(&hop.inputs, &hop.environment, &hop.config));
    used.extend(parts(hop).iter().flat_map(Part::inputs));
    let conditions = hop.conditions().chain(hop.conditions_of_inputs());
    used.extend(inputs_of(conditions));
    let named = hop.environment.iter().filter_map(EnvRule::input);
    used.extend(named.map(|name| name.as_str().to_owned()));
    used
}

fn filled_from(text: &str) -> Vec<String> {
    let template = Template::parse(text).ok();
    let inputs = template.iter().flat_map(Template::inputs);
    inputs.map(str::to_owned).collect()
}
