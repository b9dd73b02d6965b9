//! Placeholders in commands and requests exist, and show no secret to other processes.
//!
//! They are found through the index, not the types: templates occur in many kinds of entries, and
//! kinds that are added later are covered as well.

use super::{
    Found, Place,
    measures::{in_stages, stage_place},
};
use crate::model::{
    route::{Route, Segment},
    rule::{Database, EnvRule, Hop, Input, Pack},
    template::{Name, Template},
};
use crate::rules::{diagnostic::nearest, pack::LoadedPack};
use std::collections::{BTreeMap, BTreeSet};

type Inputs = BTreeMap<String, Input>;

/// What may be named, and what must not be shown.
pub(super) struct Names<'p> {
    pub inputs: &'p Inputs,
    /// Variables of the product.
    pub secrets: &'p BTreeSet<&'p str>,
    /// All variables that the pack and its hops name.
    pub variables: &'p BTreeSet<&'p str>,
    /// Variant → its choices.
    pub pack: &'p Pack,
}

pub(super) fn check(names: &Names<'_>, place: Place<'_>, found: &mut Found) {
    for (route, text) in place.index.texts() {
        match Template::parse(text) {
            Ok(template) => {
                for name in template.names() {
                    known(name, route, names, place, found);
                    told(name, route, names.inputs, place, found);
                }
                for template in in_stages(template, route, place) {
                    for name in template.names() {
                        unseen(name, route, names, place, found);
                    }
                }
            }
            Err(why) => unfilled(text, &why, route, place, found),
        }
        if names_input(route) {
            known_input(text, route, names.inputs, place, found);
        }
        if let Some(kinds) = names_database(route) {
            known_database(text, route, kinds, names.pack, place, found);
        }
        if let Some(variant) = variant_of(route) {
            known_choice(variant, text, route, names.pack, place, found);
        }
    }
}

/// Variables that a pack or one of its hops names: those are looked for in every source.
pub(super) fn variables(pack: &LoadedPack) -> BTreeSet<&str> {
    let of_pack = pack.pack.known.iter();
    let of_pack = of_pack
        .chain(&pack.pack.secrets)
        .chain(&pack.pack.addresses);
    let of_hops = pack.hops.iter().flat_map(|hop| &hop.hop.environment);
    let of_pack = of_pack.map(String::as_str);
    of_pack.chain(of_hops.flat_map(EnvRule::names)).collect()
}

/// Variables that a hop or its pack calls secret, or that may hold a password.
pub(super) fn secrets<'p>(pack: &'p Pack, hops: &[&'p Hop]) -> BTreeSet<&'p str> {
    let private = pack.secrets.iter().chain(&pack.addresses);
    let rules = hops.iter().flat_map(|hop| &hop.environment);
    let secret = rules.filter(|rule| rule.is_secret());
    let private = private.map(String::as_str);
    private.chain(secret.flat_map(EnvRule::names)).collect()
}

/// Other braces are left alone, and the whole text with them: nothing in it would be filled.
fn unfilled(text: &str, why: &str, route: &Route, place: Place<'_>, found: &mut Found) {
    if let Some(ours) = Template::place_in(text) {
        let message = format!("`{{{{{ours}}}}}` would not be filled: {why}");
        let help = "a text is filled as a whole: keep other braces out of a text with places";
        found.value(place, route, message, help);
    }
}

/// `because` and `remedy` are for people: only a few names are filled in there, and only in what
/// becomes a step, a check or a hint.
fn told(name: &Name, route: &Route, inputs: &Inputs, place: Place<'_>, found: &mut Found) {
    const FILLED: [&str; 8] = [
        "checklist",
        "before",
        "apply",
        "verify",
        "watch",
        "rollback",
        "emergency",
        "hints",
    ];
    let key = |segment: Option<&Segment>| match segment {
        Some(Segment::Key(key)) => key.clone(),
        Some(Segment::Index(_) | Segment::Find { .. }) | None => String::new(),
    };
    if !["because", "remedy"].contains(&key(route.last()).as_str()) {
        return;
    }
    let filled = match name {
        Name::Input(input) => inputs.get(input).is_none_or(|input| !input.secret),
        Name::From | Name::To => true,
        Name::Env(_) | Name::Root | Name::Backup | Name::Stage(_) => false,
    };
    if !filled {
        let message = format!("`{{{{{name}}}}}` is not filled in what people read");
        let help = "name an input that is no secret, `from` or `to`";
        found.value(place, route, message, help);
    } else if !FILLED.contains(&key(route.0.first()).as_str()) {
        let message = format!("`{{{{{name}}}}}` is not filled here");
        let help = "it is in the words of steps, checks and hints";
        found.value(place, route, message, help);
    }
}

/// The name in a placeholder exists.
fn known(name: &Name, route: &Route, names: &Names<'_>, place: Place<'_>, found: &mut Found) {
    match name {
        Name::Input(input) => known_input(input, route, names.inputs, place, found),
        Name::Env(variable) => known_variable(variable, route, names, place, found),
        Name::Stage(parameter) => stage_place(parameter, route, place, found),
        Name::Root | Name::Backup | Name::From | Name::To => {}
    }
}

/// The placeholder holds no secret that others could see.
fn unseen(name: &Name, route: &Route, names: &Names<'_>, place: Place<'_>, found: &mut Found) {
    let secret = match name {
        Name::Input(input) => names.inputs.get(input).is_some_and(|input| input.secret),
        Name::Env(variable) => names.secrets.contains(variable.as_str()),
        Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => false,
    };
    if let (true, Some(seen)) = (secret, shown_by(route)) {
        let message =
            format!("the secret `{{{{{name}}}}}` stands in {seen}, where others can read it");
        let help = "hand it over in `env`, `stdin`, a header or a body";
        found.value(place, route, message, help);
    }
}

/// A variable that the pack does not name is not looked for in every source: with a misspelt name
/// the fallback would always be used.
fn known_variable(
    name: &str,
    route: &Route,
    names: &Names<'_>,
    place: Place<'_>,
    found: &mut Found,
) {
    let prefixes = &names.pack.prefixes;
    if names.variables.contains(name) || prefixes.iter().any(|prefix| name.starts_with(prefix)) {
        return;
    }
    let help = match nearest(name, names.variables.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "add it to `known` in pack.yaml, so that every source is searched for it".to_owned()
        }
    };
    let message = format!("the pack knows no variable `{name}`");
    found.value(place, route, message, &help);
}

fn known_input(name: &str, route: &Route, inputs: &Inputs, place: Place<'_>, found: &mut Found) {
    if inputs.contains_key(name) {
        return;
    }
    let help = match nearest(name, inputs.keys().map(String::as_str)) {
        Some(near) => {
            format!("did you mean `{near}`? inputs stand below `inputs`, here or in pack.yaml")
        }
        None => "add it below `inputs`, here or in pack.yaml".to_owned(),
    };
    found.value(place, route, format!("no input is called `{name}`"), &help);
}

fn known_database(
    name: &str,
    route: &Route,
    kinds: Kinds,
    pack: &Pack,
    place: Place<'_>,
    found: &mut Found,
) {
    let by_statements = |database: &Database| database.dialect().is_some();
    match (pack.databases.get(name), kinds) {
        (None, _) => {
            let near = nearest(name, pack.databases.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean `{near}`? databases stand in pack.yaml"),
                None => "name it in pack.yaml, below `databases`".to_owned(),
            };
            let message = format!("no database is called `{name}`");
            found.value(place, route, message, &help);
        }
        (Some(database), Kinds::Statements) if !by_statements(database) => {
            let message = format!("`{name}` is a {} database", database.kind());
            let help = "statements are for PostgreSQL and SQLite";
            found.value(place, route, message, help);
        }
        (Some(database), Kinds::Keys) if by_statements(database) => {
            let message = format!("`{name}` is a {} database", database.kind());
            let help = "only Redis has keys; ask the others with `sql`";
            found.value(place, route, message, help);
        }
        (Some(_), Kinds::Statements | Kinds::Keys | Kinds::All) => {}
    }
}

fn known_choice(
    variant: &str,
    choice: &str,
    route: &Route,
    pack: &Pack,
    place: Place<'_>,
    found: &mut Found,
) {
    let message = match pack.variants.get(variant) {
        None => format!("no variant is called `{variant}`"),
        Some(choices) if !choices.iter().any(|one| one.id == choice) => {
            format!("the variant `{variant}` has no choice `{choice}`")
        }
        Some(_) => return,
    };
    found.value(
        place,
        route,
        message,
        "variants stand in pack.yaml, below `variants`",
    );
}

/// Whether the text there is the name of an input: `input: NAME`, `input: {name: NAME}`.
pub(super) fn names_input(route: &Route) -> bool {
    match route.0.as_slice() {
        [.., Segment::Key(kind), Segment::Key(name)] if kind == "input" && name == "name" => true,
        [.., Segment::Key(above), Segment::Key(last)] => last == "input" && above != "inputs",
        _ => false,
    }
}

/// Which databases may be named in a place.
#[derive(Clone, Copy)]
enum Kinds {
    /// Those that take statements.
    Statements,
    /// Those that have keys.
    Keys,
    All,
}

/// Whether the text there is the name of a database: `database: NAME`, `database: {name: NAME}`.
fn names_database(route: &Route) -> Option<Kinds> {
    match route.0.as_slice() {
        [.., Segment::Key(above), Segment::Key(last)] if last == "database" => {
            Some(match above.as_str() {
                "keys" => Kinds::Keys,
                // Anything else that names a database sends statements to it.
                _ => Kinds::Statements,
            })
        }
        [.., Segment::Key(kind), Segment::Key(name)] if kind == "database" && name == "name" => {
            Some(Kinds::All)
        }
        _ => None,
    }
}

/// The variant that a condition `variant: {NAME: choice}` asks for.
fn variant_of(route: &Route) -> Option<&str> {
    match route.0.as_slice() {
        [.., Segment::Key(kind), Segment::Key(name)] if kind == "variant" => Some(name),
        _ => None,
    }
}

/// Who else sees it: arguments are in the process list, addresses in logs of servers and proxies.
fn shown_by(route: &Route) -> Option<&'static str> {
    match route.0.as_slice() {
        [.., Segment::Key(key), Segment::Index(_)] if key == "command" || key == "args" => {
            Some("an argument of a command")
        }
        // A database address goes to its driver, and is displayed without its password.
        [Segment::Key(top), ..] if top == "databases" => None,
        [.., Segment::Key(key)] if key == "url" => Some("an address"),
        _ => None,
    }
}
