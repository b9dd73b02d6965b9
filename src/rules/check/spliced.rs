//! No value from outside becomes part of a program: what a shell or a database is told is the pack's
//! alone. A value with a quote in it would else be commands.

use super::{Found, Place};
use crate::model::{
    route::{Route, Segment},
    rule::{Input, Valid},
    template::{Name, Template},
};
use std::collections::BTreeMap;

/// Programs whose argument after `-c` is a program.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "zsh", "fish"];

pub(super) fn check(inputs: &BTreeMap<String, Input>, place: Place<'_>, found: &mut Found) {
    for (route, text) in place.index.texts() {
        let Ok(template) = Template::parse(text) else {
            continue;
        };
        for name in template.names().filter(|name| from_outside(name)) {
            let (seen, help) = if is_script(route, place) {
                let help = "hand it over in `env` and write \"$NAME\" there";
                ("the text of a shell", help)
            } else if is_statement(route) && !is_bounded(name, inputs) {
                let help = "ask for it as an input whose `valid` takes no quote";
                ("a statement", help)
            } else {
                continue;
            };
            let message = format!("`{{{{{name}}}}}` becomes part of {seen}, whatever it holds");
            found.value(place, route, message, help);
        }
    }
}

/// A value that somebody can write into a file, a shell or an answer.
fn from_outside(name: &Name) -> bool {
    match name {
        Name::Input(_) | Name::Env(_) => true,
        Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => false,
    }
}

/// An argument behind the `-c` of a shell.
fn is_script(route: &Route, place: Place<'_>) -> bool {
    let [above @ .., Segment::Key(key), Segment::Index(at)] = route.0.as_slice() else {
        return false;
    };
    if key != "command" || *at == 0 {
        return false;
    }
    let argument = |n: usize| {
        let mut of = above.to_vec();
        of.extend([Segment::Key(key.clone()), Segment::Index(n)]);
        let of = Route(of);
        let mut texts = place.index.texts();
        texts.find_map(|(route, text)| (*route == of).then_some(text))
    };
    let program = argument(0).and_then(|path| path.rsplit('/').next());
    let runs_text = |option: &str| option.starts_with('-') && option.contains('c');
    program.is_some_and(|program| SHELLS.contains(&program))
        && argument(at - 1).is_some_and(runs_text)
}

fn is_statement(route: &Route) -> bool {
    match route.0.as_slice() {
        [.., Segment::Key(kind), Segment::Key(key)] => {
            kind == "sql" && ["statement", "query"].contains(&key.as_str())
        }
        _ => false,
    }
}

/// An input of which every value that is taken can stand between quotes.
fn is_bounded(name: &Name, inputs: &BTreeMap<String, Input>) -> bool {
    const QUOTE: char = '\'';
    let takes_no_quote = |valid: &Valid| {
        let listed =
            !valid.one_of.is_empty() && !valid.one_of.iter().any(|one| one.contains(QUOTE));
        let pattern = valid.pattern.as_ref();
        listed || pattern.is_some_and(|pattern| pattern.keeps_out(QUOTE))
    };
    match name {
        Name::Input(input) => {
            let valid = inputs.get(input).and_then(|input| input.valid.as_ref());
            valid.is_some_and(takes_no_quote)
        }
        Name::Env(_) | Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => false,
    }
}
