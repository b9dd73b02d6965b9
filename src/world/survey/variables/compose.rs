//! Variables of one service of a compose file: `env_file`, then `environment`, which wins; then
//! the same of the override file that compose reads by itself.
//!
//! An entry that only passes a variable on (`KEY: ${KEY}`) is no source of its own: its value is
//! seen where it stands, in `.env` or the shell.

mod env_file;
mod environment;
mod known;
mod nodes;
#[cfg(test)]
mod tests;

use super::{At, Gather, Place};
use crate::{
    edit::{self, Document, Format},
    expand::{self, ExpandError, Expanded},
    model::{
        compose,
        path::RelPath,
        route::{Route, Segment},
    },
};
use known::Known;

pub fn read(gather: &mut Gather, file: &RelPath, service: &str) {
    let main = gather.place(gather.root, file.as_str());
    let folder = main.path.parent().unwrap_or(gather.root).to_owned();
    // What `${NAME}` stands for: the shell's value before the one in the project's `.env`.
    let known = Known::read(gather, gather.place(&folder, ".env"));
    if let Some(text) = gather.text_or_none(&main) {
        one(gather, &main, &text, service, &known, true);
    }
    if !compose::FILES.contains(&file.name()) {
        return;
    }
    for named in compose::OVERRIDES {
        let place = gather.place(&folder, named);
        if let Some(text) = gather.text_or_none(&place) {
            return one(gather, &place, &text, service, &known, false);
        }
    }
}

fn one(gather: &mut Gather, place: &Place, text: &str, service: &str, known: &Known, main: bool) {
    match edit::read(&Format::Yaml, text) {
        Ok(document) => of_document(gather, place, &document, service, known, main),
        Err(error) => gather.blind(place, error),
    }
}

fn of_document(
    gather: &mut Gather,
    place: &Place,
    document: &Document,
    service: &str,
    known: &Known,
    main: bool,
) {
    let top = Route::key("services").child(Segment::Key(service.to_owned()));
    if document.get(&top).is_none() {
        if main {
            gather.blind(place, format!("has no service `{service}`"));
        }
        return;
    }
    let part = |name: &str| top.child(Segment::Key(name.to_owned()));
    if document.get(&part("extends")).is_some() {
        gather.blind(
            place,
            format!("service `{service}` takes part of its definition from elsewhere (`extends`)"),
        );
    }
    let reader = Reader {
        document,
        place,
        source: format!("{place} (service {service})"),
        known,
    };
    reader.env_files(gather, &part("env_file"));
    reader.environment(gather, &part("environment"));
}

struct Reader<'a> {
    document: &'a Document,
    place: &'a Place,
    source: String,
    known: &'a Known,
}

impl Reader<'_> {
    fn expanded(&self, gather: &mut Gather, text: &str, line: usize) -> Option<String> {
        match self.expand(text) {
            Ok(expanded) => Some(expanded.to_string()),
            Err(error) => {
                self.unclear(gather, line, &error);
                None
            }
        }
    }

    fn expand(&self, text: &str) -> Result<Expanded, ExpandError> {
        expand::expand(text, &|name| self.known.value(name))
    }

    fn unclear(&self, gather: &mut Gather, line: usize, error: &ExpandError) {
        gather.blind(&self.source, format!("line {line}: {error}"));
    }

    fn at(&self, line: usize) -> At<'_> {
        At {
            source: &self.source,
            file: self.place.file.as_ref(),
            line: Some(line),
        }
    }
}
