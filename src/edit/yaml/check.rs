//! The data of a YAML file as an independent reader sees it.

use super::{
    super::{
        document::Kind,
        error::EditError,
        splice::{Splice, apply_to},
        tree::Tree,
    },
    alias_mark,
    scalar::number_value,
};
use serde::de::Deserialize;
use serde_json::{Map, Value};

/// The reader expands aliases, which would hide where a change goes and makes bombs possible;
/// so each alias is handed to it as a text that names it.
pub fn data(text: &str, tree: &Tree) -> Result<Value, EditError> {
    let mut aliases: Vec<Splice> = Vec::new();
    for node in &tree.nodes {
        if node.kind == Kind::Alias {
            let name = &text[node.value.clone()];
            aliases.push(Splice::replace(node.value.clone(), quoted_mark(name)));
        }
        for key in &node.keys {
            if text[key.clone()].starts_with('*') {
                aliases.push(Splice::replace(
                    key.clone(),
                    quoted_mark(&text[key.clone()]),
                ));
            }
        }
    }
    aliases.sort_by_key(|splice| splice.range.start);
    let plain = apply_to(text, 0, &aliases);
    let mut documents = serde_yaml::Deserializer::from_str(&plain);
    let Some(first) = documents.next() else {
        return Ok(Value::Null);
    };
    let value = serde_yaml::Value::deserialize(first).map_err(|error| {
        let line = error.location().map_or(1, |place| place.line());
        let column = error.location().map_or(1, |place| place.column());
        EditError {
            line,
            column,
            why: format!("the file is not YAML: {error}"),
            cure: "mend the file by hand, then start again".to_owned(),
        }
    })?;
    Ok(convert(value))
}

fn quoted_mark(name: &str) -> String {
    format!("\"{}\"", alias_mark(name).replace('\0', "\\0"))
}

fn convert(value: serde_yaml::Value) -> Value {
    match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(bool) => Value::Bool(bool),
        serde_yaml::Value::Number(number) => number_value(&number),
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => items.into_iter().map(convert).collect(),
        serde_yaml::Value::Mapping(map) => {
            let entry = |(key, value)| (key_text(key), convert(value));
            Value::Object(map.into_iter().map(entry).collect::<Map<_, _>>())
        }
        serde_yaml::Value::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            match convert(tagged.value) {
                Value::Object(inner) => Value::Object(inner),
                Value::Array(inner) => Value::Array(inner),
                Value::String(text) => Value::String(super::tagged(&tag, &text)),
                other => Value::String(super::tagged(&tag, &other.to_string())),
            }
        }
    }
}

/// Keys that are numbers or switches are known by their text.
fn key_text(key: serde_yaml::Value) -> String {
    match convert(key) {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
