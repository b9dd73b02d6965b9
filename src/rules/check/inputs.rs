//! Inputs can be filled: no default waits for itself, and generated values are accepted.

use super::{Sheet, config};
use crate::model::{
    route::Route,
    rule::{EnvRule, Generate, GenerateAs, Hop, Input, Pack, Valid},
    template::Template,
};
use std::collections::{BTreeMap, BTreeSet};

type Inputs = BTreeMap<String, Input>;

/// Checks the inputs of one file; `known` are all inputs that its texts may refer to.
pub(super) fn check(own: &Inputs, known: &Inputs, sheet: &mut Sheet) {
    for (name, input) in own {
        let here = Route::key("inputs").at(name);
        config::valid(input.valid.as_ref(), &here.at("valid"), sheet);
        if let Some(circle) = circle(name, known) {
            let message = format!("the defaults wait for each other: {}", circle.join(" → "));
            let help = "give one of them a default without the others, or none";
            sheet.value(&here.at("default"), message, help);
        }
        if let (Some(generate), Some(valid)) = (&input.generate, &input.valid) {
            generated(generate, valid, &here.at("generate"), sheet);
        }
    }
}

/// What is generated for an input must also suit the variables that get it.
pub(super) fn variables(hop: &Hop, known: &Inputs, sheet: &mut Sheet) {
    for (n, rule) in hop.environment.iter().enumerate() {
        let (kind, valid) = match rule {
            EnvRule::Add(add) => ("add", &add.valid),
            EnvRule::Rename(rename) => ("rename", &rename.valid),
            EnvRule::Rewrite(_) | EnvRule::Keep(_) | EnvRule::Remove(_) | EnvRule::Optional(_) => {
                continue;
            }
        };
        let input = rule.input().and_then(|name| known.get(name.as_str()));
        let generate = input.and_then(|input| input.generate.as_ref());
        if let (Some(generate), Some(valid)) = (generate, valid) {
            let here = Route::key("environment").item(n).at(kind);
            generated(generate, valid, &here.at("input"), sheet);
        }
    }
}

/// The release is looked for before anything can be asked.
pub(super) fn before_questions(pack: &Pack, sheet: &mut Sheet) {
    let detect = Route::key("detect");
    for (route, text) in sheet.index.texts() {
        let template = Template::parse(text).ok();
        let named = template.iter().flat_map(Template::inputs);
        let open = |name: &&str| {
            pack.inputs
                .get(*name)
                .is_some_and(|it| it.default.is_none())
        };
        if let Some(name) = named.filter(|_| route.starts_with(&detect)).find(open) {
            let message = format!("the release is looked for before `{name}` can be asked");
            sheet.value(route, message, "give the input a default");
        }
    }
}

fn generated(generate: &Generate, valid: &Valid, here: &Route, sheet: &mut Sheet) {
    let chars = generate.chars();
    if let Some(least) = valid.min_length.filter(|least| chars < *least) {
        let Generate { bytes, form } = generate;
        let (word, wanted) = match form {
            GenerateAs::Hex => ("hex", least.div_ceil(2)),
            GenerateAs::Base64url => ("base64url", (least * 3).div_ceil(4)),
        };
        let message = format!(
            "{bytes} bytes as {word} are {chars} characters, and `valid` wants at least {least}"
        );
        let help = format!("generate {wanted} bytes, or want less");
        sheet.key(here, message, &help);
    }
}

/// A chain of defaults that leads from an input back to itself.
fn circle<'i>(name: &'i str, known: &'i Inputs) -> Option<Vec<&'i str>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![name]];
    while let Some(way) = ways.pop() {
        let last = way.last().and_then(|last| known.get(*last));
        let default = last.and_then(|input| input.default.as_ref());
        for next in default.into_iter().flat_map(Template::inputs) {
            let longer = [way.as_slice(), &[next]].concat();
            if next == name {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push(longer);
            }
        }
    }
    None
}
