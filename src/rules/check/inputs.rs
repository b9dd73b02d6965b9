//! Inputs can be filled: no default waits for itself, and generated values are accepted.

use super::{Found, Place, at, config, item};
use crate::{
    model::{
        route::Route,
        rule::{EnvRule, Generate, GenerateAs, Hop, Input, Valid},
        template::{Name, Template},
    },
    rules::diagnostic::Gravity,
};
use std::collections::{BTreeMap, BTreeSet};

type Inputs = BTreeMap<String, Input>;

/// Checks the inputs of one file; `known` are all inputs that its texts may refer to.
pub(super) fn check(own: &Inputs, known: &Inputs, place: Place<'_>, found: &mut Found) {
    for (name, input) in own {
        let here = at(&Route::key("inputs"), name);
        config::valid(input.valid.as_ref(), &at(&here, "valid"), place, found);
        if let Some(circle) = circle(name, known) {
            let message = format!("the defaults wait for each other: {}", circle.join(" → "));
            let help = "give one of them a default without the others, or none";
            found.value(place, &at(&here, "default"), message, help);
        }
        if let (Some(generate), Some(valid)) = (&input.generate, &input.valid) {
            generated(generate, valid, &at(&here, "generate"), place, found);
        }
    }
}

/// What is generated for an input must also suit the variables that get it.
pub(super) fn variables(hop: &Hop, known: &Inputs, place: Place<'_>, found: &mut Found) {
    for (n, rule) in hop.environment.iter().enumerate() {
        let (kind, input, valid) = match rule {
            EnvRule::Add(add) => ("add", &add.input, &add.valid),
            EnvRule::Rename(rename) => ("rename", &rename.input, &rename.valid),
            EnvRule::Rewrite(_) | EnvRule::Keep(_) | EnvRule::Remove(_) | EnvRule::Optional(_) => {
                continue;
            }
        };
        let input = input.as_ref().and_then(|name| known.get(name.as_str()));
        let generate = input.and_then(|input| input.generate.as_ref());
        if let (Some(generate), Some(valid)) = (generate, valid) {
            let here = at(&item(&Route::key("environment"), n), kind);
            generated(generate, valid, &at(&here, "input"), place, found);
        }
    }
}

fn generated(
    generate: &Generate,
    valid: &Valid,
    here: &Route,
    place: Place<'_>,
    found: &mut Found,
) {
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
        found.add(
            Gravity::Error,
            place,
            place.index.span(here),
            message,
            &help,
        );
    }
}

/// A chain of defaults that leads from an input back to itself.
fn circle<'i>(name: &'i str, known: &'i Inputs) -> Option<Vec<&'i str>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![name]];
    while let Some(way) = ways.pop() {
        let last = way.last().and_then(|last| known.get(*last));
        let default = last.and_then(|input| input.default.as_ref());
        for next in default.into_iter().flat_map(needs) {
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

fn needs(default: &Template) -> impl Iterator<Item = &str> {
    default.names().filter_map(|name| match name {
        Name::Input(name) => Some(name.as_str()),
        Name::Env(_) | Name::Root | Name::Backup | Name::From | Name::To | Name::Stage(_) => None,
    })
}
