//! The JSON Schema of rules files, for editors: one document, `$defs` in it for each kind of file.
//! `assets/rules.schema.json` holds its text; after a change to the vocabulary it is written anew
//! with `switchback rules schema > assets/rules.schema.json`.

use super::case::PackCase;
use crate::model::rule::{Guide, Hop, Pack};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// The operations of a change: the types cannot say that exactly one of them is given.
const OPERATIONS: [&str; 8] = [
    "set", "default", "remove", "rename", "move", "append", "rewrite", "wrap",
];

/// A document of rules is a pack, a hop, a guide or one of the cases that test them.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum RulesFile {
    Pack(Box<Pack>),
    Hop(Box<Hop>),
    Guide(Guide),
    Case(Box<PackCase>),
}

/// The text of the schema, always the same for the same vocabulary.
pub fn text() -> String {
    let mut text = format!("{:#}", whole());
    text.push('\n');
    text
}

/// The schema.
pub fn whole() -> Value {
    let schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RulesFile>();
    let mut schema = schema.to_value();
    schema["title"] = json!("switchback rules file");
    let one_of = OPERATIONS.map(|name| json!({ "required": [name] }));
    if let Some(change) = schema.pointer_mut("/$defs/Change") {
        change["oneOf"] = Value::from(one_of.to_vec());
    }
    schema
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_schema_is_the_vocabulary() {
        let published = include_str!("../../assets/rules.schema.json");
        assert!(
            published == super::text(),
            "run `switchback rules schema > assets/rules.schema.json`"
        );
    }

    #[test]
    fn a_change_is_one_of_its_operations() {
        let schema: serde_json::Value = serde_json::from_str(&super::text()).expect("json");
        let one_of = schema.pointer("/$defs/Change/oneOf").expect("oneOf");
        assert_eq!(one_of.as_array().map(Vec::len), Some(8));
        for kind in ["Pack", "Hop", "Guide", "PackCase"] {
            assert!(
                schema.pointer(&format!("/$defs/{kind}")).is_some(),
                "{kind}"
            );
        }
    }
}
