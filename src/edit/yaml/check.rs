//! The data of a YAML file as an independent reader sees it.

use super::{
    super::{
        document::Kind,
        error::EditError,
        splice::{Splice, apply_to},
        tree::Tree,
    },
    alias_mark,
    scalar::float_value,
};
use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value};
use serde_yaml::value::Tag;
use std::fmt;

/// The reader expands aliases, which would hide which place an edit changes and allow exponential
/// blow-up, so each alias is replaced by a text that names it.
pub fn data(tree: &Tree) -> Result<Value, EditError> {
    let text = &*tree.text;
    let mut aliases: Vec<Splice> = Vec::new();
    for node in &tree.nodes {
        if node.kind == Kind::Alias {
            let name = &text[node.value()];
            aliases.push(Splice::replace(node.value(), quoted_mark(name)));
        }
        if let Some(key) = node.key()
            && text[key.clone()].starts_with('*')
        {
            let name = quoted_mark(&text[key.clone()]);
            aliases.push(Splice::replace(key, name));
        }
    }
    aliases.sort_by_key(|splice| splice.range.start);
    let plain = apply_to(text, 0, &aliases);
    let mut documents = serde_yaml::Deserializer::from_str(&plain);
    let Some(first) = documents.next() else {
        return Ok(Value::Null);
    };
    let Said(value) = Said::deserialize(first).map_err(|error| {
        let line = error.location().map_or(1, |place| place.line());
        let column = error.location().map_or(1, |place| place.column());
        EditError {
            line,
            column,
            why: format!("the file is not YAML: {error}"),
            cure: "fix the file by hand, then start again".to_owned(),
        }
    })?;
    Ok(value)
}

fn quoted_mark(name: &str) -> String {
    format!("\"{}\"", alias_mark(name).replace('\0', "\\0"))
}

/// Data in JSON's terms, built while reading: a large file is not held in memory twice.
struct Said(Value);

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading).map(Self)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    /// A file without a value.
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    /// Too large for a JSON number, so it becomes a text of its digits.
    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        Ok(Value::String(number.to_string()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(Value::String(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(float_value(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Said(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((Said(key), Said(value))) = entries.next_entry()? {
            if map.insert(key_text(key), value).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(Value::Object(map))
    }

    /// A custom tag: a map or a list keeps its value; a scalar becomes a text that no file without
    /// the tag could contain.
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (tag, tagged): (String, _) = data.variant()?;
        if tag.is_empty() {
            return Err(A::Error::custom("a tag has no name"));
        }
        let tag = Tag::new(tag).to_string();
        let Said(value) = tagged.newtype_variant()?;
        Ok(match value {
            Value::Object(_) | Value::Array(_) => value,
            Value::String(text) => Value::String(super::tagged(&tag, &text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                Value::String(super::tagged(&tag, &value.to_string()))
            }
        })
    }
}

/// The text of a key; numbers and booleans are identified by their text.
fn key_text(key: Value) -> String {
    match key {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
