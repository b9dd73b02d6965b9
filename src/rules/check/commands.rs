//! Placeholders in commands and requests exist, and show no secret to other processes.
//!
//! They are found through the index, not the types: templates occur in many kinds of entries, and
//! kinds that are added later are covered as well.

use super::{
    Sheet, meant,
    measures::{in_stages, stage_place},
    vocabulary::{self, Text},
};
use crate::model::{
    route::{Route, Segment},
    rule::{Database, EnvRule, Hop, Input, Pack},
    template::{Name, Template},
};
use crate::rules::pack::LoadedPack;
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

pub(super) fn check(names: &Names<'_>, sheet: &mut Sheet) {
    for said in sheet.texts() {
        let (route, text) = (said.route, said.text);
        match Template::parse(text) {
            Ok(template) => {
                for name in template.names() {
                    known(name, route, names, sheet);
                    told(name, &said, names.inputs, sheet);
                }
                for template in in_stages(template, route, sheet.index) {
                    for name in template.names() {
                        unseen(name, &said, names, sheet);
                    }
                }
            }
            Err(why) => unfilled(text, &why, route, sheet),
        }
        vocabulary::taken_as_it_is(&said, sheet);
        if names_input(&said.words) {
            known_input(text, route, names.inputs, sheet);
        }
        if let Some(kinds) = names_database(&said.words) {
            known_database(text, route, kinds, names.pack, sheet);
        }
        if let Some(variant) = variant_of(&said) {
            known_choice(variant, text, route, names.pack, sheet);
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
fn unfilled(text: &str, why: &str, route: &Route, sheet: &mut Sheet) {
    if let Some(ours) = Template::place_in(text) {
        let message = format!("`{{{{{ours}}}}}` would not be filled: {why}");
        let help = "a text is filled as a whole: keep other braces out of a text with places";
        sheet.value(route, message, help);
    }
}

/// Words for people: in `text`, `because` and `remedy` only a few names are filled in, in the last two
/// only in what becomes a step, a check or a hint; in a title none is.
fn told(name: &Name, said: &Text<'_>, inputs: &Inputs, sheet: &mut Sheet) {
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
    let here = key(said.words.last());
    match here.as_str() {
        "title" => {
            let message = format!("`{{{{{name}}}}}` is not filled in a title");
            return sheet.value(said.route, message, "write it without places");
        }
        "text" | "because" | "remedy" => {}
        _not_for_people => return,
    }
    let filled = match name {
        Name::Input(input) => inputs.get(input).is_none_or(|input| !input.secret),
        Name::From | Name::To => true,
        Name::Env(_) | Name::Root | Name::Backup | Name::Stage(_) => false,
    };
    if !filled {
        let message = format!("`{{{{{name}}}}}` is not filled in what people read");
        let help = "name an input that is no secret, `from` or `to`";
        sheet.value(said.route, message, help);
    } else if here != "text" && !FILLED.contains(&key(said.words.0.first()).as_str()) {
        let message = format!("`{{{{{name}}}}}` is not filled here");
        let help = "it is in the words of steps, checks and hints";
        sheet.value(said.route, message, help);
    }
}

/// The name in a placeholder exists.
fn known(name: &Name, route: &Route, names: &Names<'_>, sheet: &mut Sheet) {
    match name {
        Name::Input(input) => known_input(input, route, names.inputs, sheet),
        Name::Env(variable) => known_variable(variable, route, names, sheet),
        Name::Stage(parameter) => stage_place(parameter, route, sheet),
        Name::Root | Name::Backup | Name::From | Name::To => {}
    }
}

/// The placeholder holds no secret that others could see.
fn unseen(name: &Name, said: &Text<'_>, names: &Names<'_>, sheet: &mut Sheet) {
    let secret = match name {
        Name::Input(input) => names.inputs.get(input).is_some_and(|input| input.secret),
        Name::Env(variable) => names.secrets.contains(variable.as_str()),
        Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => false,
    };
    if let (true, Some(seen)) = (secret, shown_by(said)) {
        let message =
            format!("the secret `{{{{{name}}}}}` stands in {seen}, where others can read it");
        let help = "hand it over in `env`, `stdin`, a header or a body";
        sheet.value(said.route, message, help);
    }
}

/// A variable that the pack does not name is not looked for in every source: with a misspelt name
/// the fallback would always be used.
fn known_variable(name: &str, route: &Route, names: &Names<'_>, sheet: &mut Sheet) {
    let prefixes = &names.pack.prefixes;
    if names.variables.contains(name) || prefixes.iter().any(|prefix| name.starts_with(prefix)) {
        return;
    }
    let add = "add it to `known` in pack.yaml, so that every source is searched for it";
    let help = meant(name, names.variables.iter().copied(), "", add);
    let message = format!("the pack knows no variable `{name}`");
    sheet.value(route, message, &help);
}

fn known_input(name: &str, route: &Route, inputs: &Inputs, sheet: &mut Sheet) {
    if inputs.contains_key(name) {
        return;
    }
    let stand = "inputs stand below `inputs`, here or in pack.yaml";
    let add = "add it below `inputs`, here or in pack.yaml";
    let help = meant(name, inputs.keys().map(String::as_str), stand, add);
    sheet.value(route, format!("no input is called `{name}`"), &help);
}

fn known_database(name: &str, route: &Route, kinds: Kinds, pack: &Pack, sheet: &mut Sheet) {
    let by_statements = |database: &Database| database.dialect().is_some();
    match (pack.databases.get(name), kinds) {
        (None, _) => {
            let known = pack.databases.keys().map(String::as_str);
            let add = "name it in pack.yaml, below `databases`";
            let help = meant(name, known, "databases stand in pack.yaml", add);
            let message = format!("no database is called `{name}`");
            sheet.value(route, message, &help);
        }
        (Some(database), Kinds::Statements) if !by_statements(database) => {
            let message = format!("`{name}` is a {} database", database.kind());
            let help = "statements are for PostgreSQL and SQLite";
            sheet.value(route, message, help);
        }
        (Some(database), Kinds::Keys) if by_statements(database) => {
            let message = format!("`{name}` is a {} database", database.kind());
            let help = "only Redis has keys; ask the others with `sql`";
            sheet.value(route, message, help);
        }
        (Some(_), Kinds::Statements | Kinds::Keys | Kinds::All) => {}
    }
}

fn known_choice(variant: &str, choice: &str, route: &Route, pack: &Pack, sheet: &mut Sheet) {
    let message = match pack.variants.get(variant) {
        None => format!("no variant is called `{variant}`"),
        Some(choices) if !choices.iter().any(|one| one.id == choice) => {
            format!("the variant `{variant}` has no choice `{choice}`")
        }
        Some(_) => return,
    };
    sheet.value(
        route,
        message,
        "variants stand in pack.yaml, below `variants`",
    );
}

/// Whether the text there is the name of an input: `input: NAME`, `input: {name: NAME}`.
fn names_input(route: &Route) -> bool {
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
fn variant_of<'p>(said: &Text<'p>) -> Option<&'p str> {
    match (said.words.0.as_slice(), said.route.last()?) {
        ([.., Segment::Key(kind), _], Segment::Key(name)) if kind == "variant" => Some(name),
        _another => None,
    }
}

/// Who else sees it: arguments are in the process list, also those of a command in a file of the
/// product; addresses in logs of servers and proxies.
fn shown_by(said: &Text<'_>) -> Option<&'static str> {
    match (said.route.0.as_slice(), said.words.0.as_slice()) {
        ([.., Segment::Key(key), Segment::Index(_)], _) if key == "command" || key == "args" => {
            Some("an argument of a command")
        }
        // A database address goes to its driver, and is displayed without its password.
        (_, [Segment::Key(top), ..]) if top == "databases" => None,
        (_, [.., Segment::Key(key)]) if key == "url" => Some("an address"),
        _ => None,
    }
}
