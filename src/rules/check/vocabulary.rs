//! What stands at a place of a rules file, as the schema says: a key of the vocabulary, a name that
//! the author chose, or what is written into somebody else's file. The schema is made from the types,
//! so a map whose keys are names is known here as soon as there is one.

use super::{GUIDE_FILE, PACK_FILE, Sheet};
use crate::{
    model::{
        route::{Route, Segment},
        template::Template,
    },
    rules::schema,
};
use serde_json::Value;
use std::sync::LazyLock;

static SCHEMA: LazyLock<Value> = LazyLock::new(schema::whole);

/// Stands for a name that the author chose: of an input, a variable, a header.
const NAMED: &str = "*";

/// A text of a rules file.
pub(super) struct Text<'p> {
    pub route: &'p Route,
    /// The route in the words of the vocabulary, with `*` for names; it ends where a value of another
    /// file begins.
    pub words: Route,
    pub text: &'p str,
    /// The name of its type, if it has one.
    of: Option<&'static str>,
}

impl Text<'_> {
    /// What it is, if no place in it is ever filled, and what to write instead.
    fn without_places(&self) -> Option<(&'static str, &'static str)> {
        let below = "write it from the product's folder on, without places";
        match self.of? {
            "Pattern" => Some(("a pattern", "write a pattern of what may stand there")),
            "RelPath" => Some(("a path", below)),
            "Glob" | "InOrOut" => Some(("a file pattern", below)),
            "Route" => Some(("a route", "write the keys as they stand in the file")),
            _filled_or_without_places => None,
        }
    }
}

impl<'p> Sheet<'p, '_> {
    pub(super) fn texts(&self) -> impl Iterator<Item = Text<'p>> + use<'p> {
        let file = self.file;
        self.index.texts().map(move |(route, text)| {
            let (words, schemas) = place(file, route);
            let of = schemas.into_iter().flatten().flat_map(types).last();
            Text {
                route,
                words,
                text,
                of,
            }
        })
    }

    /// A route in the words of the vocabulary.
    pub(super) fn words(&self, route: &Route) -> Route {
        place(self.file, route).0
    }
}

/// A place that is never filled would be looked for as it is written.
pub(super) fn taken_as_it_is(text: &Text, sheet: &mut Sheet) {
    if let (Some((what, help)), Some(place)) =
        (text.without_places(), Template::place_in(text.text))
    {
        let message = format!("`{{{{{place}}}}}` is not filled in {what}");
        sheet.value(text.route, message, help);
    }
}

/// The words of a route, and the schemas of what stands there; none where it is inside of a value of
/// another file.
fn place(file: &str, route: &Route) -> (Route, Option<Vec<&'static Value>>) {
    let kind = match file {
        PACK_FILE => "Pack",
        GUIDE_FILE => "Guide",
        _hop => "Hop",
    };
    let mut here = vec![&SCHEMA["$defs"][kind]];
    let mut words = Route::default();
    for segment in &route.0 {
        let shapes: Vec<&Value> = here.into_iter().flat_map(shapes).collect();
        if shapes.iter().any(|shape| takes_anything(shape)) {
            return (words, None);
        }
        let below = |key: &str| -> Vec<&'static Value> {
            shapes.iter().filter_map(|shape| shape.get(key)).collect()
        };
        let mut word = segment.clone();
        here = match segment {
            Segment::Key(key) => {
                let known = below("properties").into_iter();
                let known: Vec<&Value> = known.filter_map(|of| of.get(key)).collect();
                if known.is_empty() {
                    word = Segment::Key(NAMED.to_owned());
                    below("additionalProperties")
                } else {
                    known
                }
            }
            Segment::Index(_) | Segment::Find { .. } => below("items"),
        };
        words.0.push(word);
    }
    (words, Some(here))
}

/// What a schema allows, with references and choices resolved.
fn shapes(schema: &'static Value) -> Vec<&'static Value> {
    if let Some(name) = named(schema) {
        return shapes(&SCHEMA["$defs"][name]);
    }
    match choices(schema) {
        Some(choices) => choices.iter().flat_map(shapes).collect(),
        None => vec![schema],
    }
}

/// The names of the types that a schema refers to, without those inside of them.
fn types(schema: &'static Value) -> Vec<&'static str> {
    let inside = choices(schema).into_iter().flatten();
    named(schema)
        .into_iter()
        .chain(inside.flat_map(types))
        .collect()
}

fn named(schema: &'static Value) -> Option<&'static str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
}

fn choices(schema: &'static Value) -> Option<&'static Vec<Value>> {
    let one = ["anyOf", "oneOf"]
        .into_iter()
        .find_map(|key| schema.get(key));
    // Beside properties it says only which of them go together.
    one.filter(|_| schema.get("properties").is_none())?
        .as_array()
}

/// Whether nothing is said of a value: it goes into a file that has words of its own.
fn takes_anything(schema: &Value) -> bool {
    let says = ["type", "enum", "const"];
    *schema == Value::Bool(true)
        || schema.is_object() && says.iter().all(|key| schema.get(key).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{bundled, check::SourceFile, pack};

    fn words(file: &str, route: &str) -> String {
        let route: Route = route.parse().expect("a route");
        let words = place(file, &route).0.0;
        let words = words.iter().map(|segment| match segment {
            Segment::Key(key) => key.clone(),
            Segment::Index(_) | Segment::Find { .. } => "-".to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_and_values_of_other_files_are_no_words() {
        for (route, said) in [
            ("apply[0].do.run.command[1]", "apply - do run command -"),
            ("apply[0].do.run.env.url", "apply - do run env *"),
            (
                "apply[0].do.run.measures.input.output",
                "apply - do run measures * output",
            ),
            ("apply[0].when.variant.input", "apply - when variant *"),
            (
                "apply[0].when.all[0].input.name",
                "apply - when all - input name",
            ),
            ("inputs.input.ask", "inputs * ask"),
            (
                "config[0].edit.changes[0].set",
                "config - edit changes - set",
            ),
            (
                "config[0].edit.changes[0].value.a.command[0]",
                "config - edit changes - value",
            ),
        ] {
            assert_eq!(words("1-to-2.yaml", route), said, "{route}");
        }
        let release = "services.database.release.names.input";
        assert_eq!(words(PACK_FILE, release), "services * release names *");
    }

    #[test]
    fn the_schema_knows_every_place_of_the_bundled_packs() {
        for source in bundled::whole_packs() {
            let pack = pack::load(&source).expect("a bundled pack");
            for file in SourceFile::rules(&pack) {
                let mut found = Vec::new();
                for text in Sheet::of(file, &mut found).texts() {
                    let (_, schemas) = place(file.name, text.route);
                    let is_known = schemas.is_none_or(|schemas| !schemas.is_empty());
                    assert!(is_known, "{}: {}", file.name, text.route);
                }
            }
        }
    }
}
