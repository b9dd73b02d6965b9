//! No value from outside becomes part of a program: what a shell, an interpreter or a database runs
//! comes from the pack alone. Otherwise a value with a quote in it could inject commands.

use super::{Sheet, measures::in_stages, vocabulary::Text};
use crate::{
    model::{
        route::{Route, Segment},
        rule::{Database, Dialect, Input, Valid},
        template::{Name, Template},
    },
    rules::index::Index,
    sql::ends_of_open_quote,
};
use std::collections::BTreeMap;

/// Programs that take a program as an argument, and the letter of the option before it.
const TAKE_PROGRAMS: [(&[&str], char); 4] = [
    (&["sh", "bash", "dash", "ash", "ksh", "zsh", "fish"], 'c'),
    (&["python", "psql"], 'c'),
    (&["perl", "ruby"], 'e'),
    (&["node", "nodejs"], 'e'),
];
/// Long forms of that option.
const LONG: [&str; 2] = ["--command", "--eval"];

pub(super) fn check(
    inputs: &BTreeMap<String, Input>,
    databases: &BTreeMap<String, Database>,
    sheet: &mut Sheet,
) {
    for Text {
        route, words, text, ..
    } in sheet.texts()
    {
        let Ok(template) = Template::parse(text) else {
            continue;
        };
        if is_program(route, sheet.index) {
            for name in outside(&in_stages(template, route, sheet.index)) {
                let seen = "a program or of the text of a shell";
                let help = "hand it over in `env` and write \"$NAME\" there";
                tell(name, seen, help, route, sheet);
            }
        } else if is_statement(&words) {
            let dialect = dialect(route, databases, sheet.index);
            for template in in_stages(template, route, sheet.index) {
                statement(&template, dialect, inputs, route, sheet);
            }
        }
    }
}

fn outside(templates: &[Template]) -> impl Iterator<Item = &Name> {
    let names = templates.iter().flat_map(Template::names);
    names.filter(|name| from_outside(name))
}

/// The nearest database that is named above a statement: beside it, or beside the files of `known`.
fn dialect(route: &Route, databases: &BTreeMap<String, Database>, index: &Index) -> Dialect {
    let mut above = std::iter::successors(route.parent(), Route::parent);
    let named = above.find_map(|above| index.text(&above.at("database")));
    let known = named.and_then(|name| databases.get(name)?.dialect());
    // An unknown database is reported elsewhere.
    known.unwrap_or(Dialect::Postgres)
}

fn statement(
    template: &Template,
    dialect: Dialect,
    inputs: &BTreeMap<String, Input>,
    route: &Route,
    sheet: &mut Sheet,
) {
    for (before, name) in template.places().filter(|(_, name)| from_outside(name)) {
        let ends = ends_of_open_quote(&before, dialect);
        if is_bounded(name, ends, inputs) {
            continue;
        }
        let help = match ends {
            Some(_) => "ask for it as an input whose `valid` takes no quote",
            None => "ask for it as an input whose `valid` takes only a number, or a-z, 0-9 and _",
        };
        tell(name, "a statement", help, route, sheet);
    }
}

fn tell(name: &Name, seen: &str, help: &str, route: &Route, sheet: &mut Sheet) {
    let message = format!("`{{{{{name}}}}}` becomes part of {seen}, whatever it holds");
    sheet.value(route, message, help);
}

/// Whether the value comes from a file, a shell or an answer, so that somebody else may choose it.
fn from_outside(name: &Name) -> bool {
    match name {
        Name::Input(_) | Name::Env(_) => true,
        Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => false,
    }
}

/// Whether an argument follows the `-c` of a shell or an interpreter, also one that another program
/// starts: `docker exec db sh -c`.
fn is_program(route: &Route, index: &Index) -> bool {
    let arguments = arguments(route, index);
    let Some((this, before)) = arguments.split_last() else {
        return false;
    };
    before.iter().enumerate().any(|(n, program)| {
        let Some(letter) = option_of(program) else {
            return false;
        };
        let is_option = |option: &str| {
            let short = option.starts_with('-') && !option.starts_with("--");
            short && option.contains(letter) || LONG.contains(&option)
        };
        let in_one = |option: &str| this.starts_with(&format!("{option}="));
        before[n + 1..].last().is_some_and(|last| is_option(last))
            || LONG.into_iter().any(in_one)
            || this.starts_with(&format!("-{letter}"))
    })
}

/// The letter of the option after which a program (`/usr/bin/python3.12`) takes a program text.
fn option_of(program: &str) -> Option<char> {
    let name = program.rsplit('/').next().unwrap_or(program);
    let name = name.trim_end_matches(|c: char| c == '.' || c.is_ascii_digit());
    let (_, letter) = TAKE_PROGRAMS
        .iter()
        .find(|(names, _)| names.contains(&name))?;
    Some(*letter)
}

/// The arguments of a command up to the one at a route; those of a stage come after the command's own.
fn arguments<'p>(route: &Route, index: &'p Index) -> Vec<&'p str> {
    let [above @ .., Segment::Key(key), Segment::Index(last)] = route.0.as_slice() else {
        return Vec::new();
    };
    let above = Route(above.to_vec());
    let listed = |list: Route, count: usize| {
        let texts = (0..count).map(move |n| index.text(&list.item(n)));
        texts.map_while(|text| text)
    };
    let until_this = listed(above.at(key), last + 1);
    match key.as_str() {
        "command" => until_this.collect(),
        "args" => {
            let stage = above.parent().and_then(|list| list.parent());
            let command = stage.map(|stage| stage.at("run").at("command"));
            let command = command
                .into_iter()
                .flat_map(|list| listed(list, usize::MAX));
            command.chain(until_this).collect()
        }
        _no_command => Vec::new(),
    }
}

fn is_statement(route: &Route) -> bool {
    match route.0.as_slice() {
        [.., Segment::Key(kind), Segment::Key(key)] => {
            kind == "sql" && ["statement", "query"].contains(&key.as_str())
        }
        // The statement that undoes a file of a migration.
        [
            ..,
            Segment::Key(files),
            Segment::Index(_),
            Segment::Key(key),
        ] => files == "known" && key == "undo",
        _ => false,
    }
}

/// Whether every valid value of an input is harmless there: between quotes it cannot end them,
/// elsewhere it is a number or a word.
fn is_bounded(name: &Name, ends: Option<&[char]>, inputs: &BTreeMap<String, Input>) -> bool {
    let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let fits = |text: &str| match ends {
        Some(ends) => !text.contains(ends),
        None => text.chars().all(is_word),
    };
    let bounds = |valid: &Valid| {
        let number = valid.at_least.is_some() || valid.at_most.is_some();
        let listed = !valid.one_of.is_empty() && valid.one_of.iter().all(|one| fits(one));
        let pattern = valid.pattern.as_ref().is_some_and(|pattern| match ends {
            Some(ends) => ends.iter().all(|end| pattern.keeps_out(*end)),
            None => pattern.takes_only(is_word),
        });
        number || listed || pattern
    };
    match name {
        Name::Input(input) => {
            let valid = inputs.get(input).and_then(|input| input.valid.as_ref());
            valid.is_some_and(bounds)
        }
        Name::Env(_) | Name::Stage(_) | Name::Root | Name::Backup | Name::From | Name::To => false,
    }
}
