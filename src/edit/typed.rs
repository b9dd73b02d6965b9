//! A value as a person types it, read as the format of its file reads it.

use super::{Format, grammar::Grammar, located::Located, within_limits};
use crate::model::route::Route;
use serde_json::Value;

/// The key under which the text is read.
const KEY: &str = "value";

/// Parses a text as a value in such a file; an error says why it is not one.
///
/// A text that needs more than a value (a comment, a tag, a second entry) is refused: only the
/// value is set, so the rest of what was typed would be lost.
pub fn typed(format: Format, text: &str) -> Result<Value, String> {
    // Files of lines hold texts, which are written as their reader gets them back.
    let Grammar::Tree(syntax) = Grammar::of(format) else {
        return Ok(Value::String(text.to_owned()));
    };
    let (before, after, language) = match format {
        Format::Yaml => ("value: ", "\n", "YAML"),
        Format::Toml => ("value = ", "\n", "TOML"),
        Format::Json | Format::Jsonc => ("{\"value\": ", "\n}", "JSON"),
        Format::Dotenv(_) | Format::Ini(_) | Format::Text => ("", "", "text"),
    };
    let text = text.trim();
    if text.is_empty() {
        return Err("there is nothing; an empty text is \"\"".to_owned());
    }
    let file = format!("{before}{text}{after}");
    let file = within_limits(&format, &file).and_then(|()| Located::new(syntax, &file));
    // The parser's error would speak of a file, but this is not one.
    let file = file.map_err(|_| format!("the value is not {language}; a text may need quotes"))?;
    let value = file.tree.find(&Route::key(KEY));
    let whole = before.len()..before.len() + text.len();
    if value.missing > 0 || file.tree.nodes[value.last()].value() != whole {
        return Err("there is more than a value, or one over several lines".to_owned());
    }
    let data = match file.data().map_err(|error| error.why)? {
        Value::Object(entries) if entries.len() == 1 => entries.get(KEY),
        _one_value_and_more => None,
    };
    match data {
        Some(value) if is_plain(value) => Ok(value.clone()),
        Some(_) => Err("a date, an alias or a tag cannot be typed here".to_owned()),
        None => Err("there is more than one value".to_owned()),
    }
}

/// Whether a value is plain data. Anything beyond texts, numbers, booleans, null, lists and maps is
/// represented as a text that no file can contain.
pub(super) fn is_plain(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.starts_with('\0'),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(entries) => entries.values().all(is_plain),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{self, DotenvDialect, Edit, Op};
    use proptest::prelude::*;
    use serde_json::json;

    const KEY_OF_TEXT: &str = "k";

    #[test]
    fn each_format_reads_its_own_values() {
        let (yaml, toml, json) = (Format::Yaml, Format::Toml, Format::Json);
        for (format, text, value) in [
            (yaml, "600", json!(600)),
            (yaml, " \"600\" ", json!("600")),
            (yaml, "a b", json!("a b")),
            (yaml, "[a, {b: 1}]", json!(["a", {"b": 1}])),
            (yaml, "null", json!(null)),
            (toml, "1_000", json!(1000)),
            (toml, "'a'", json!("a")),
            (toml, "[1, 2]", json!([1, 2])),
            (json, "{\"a\": [true]}", json!({"a": [true]})),
            (Format::Jsonc, "-0.5", json!(-0.5)),
            (
                Format::Dotenv(DotenvDialect::Compose),
                " a #b",
                json!(" a #b"),
            ),
        ] {
            assert_eq!(typed(format, text), Ok(value), "{format:?} {text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_of_the_value_and_of_no_file() {
        for format in [Format::Yaml, Format::Toml, Format::Json] {
            let why = typed(format, "[1,").expect_err("it is not closed");
            assert!(why.starts_with("the value is not "), "{why}");
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[ -~]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..3)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_typed_is_what_the_file_says_and_the_rest_is_as_it_was(value in any_value()) {
            for (format, text) in [
                (Format::Yaml, "# top\na: 1\nk: 2 # here\nz: [3]\n"),
                (Format::Json, "{\"a\": 1,\n \"k\": 2,\n \"z\": [3]}\n"),
            ] {
                let read = typed(format, &value.to_string());
                prop_assert_eq!(read.as_ref(), Ok(&value));
                let edit = Edit::literal(Route::key(KEY_OF_TEXT), Op::Set { value: value.clone() });
                let Ok(edited) = edit::apply(&format, text, &[edit]) else {
                    prop_assert!(false, "{value} cannot be set");
                    continue;
                };
                let said = edit::read(&format, &edited.text).expect("it reads back").data();
                let said = said.expect("nothing is there twice");
                prop_assert_eq!(&said[KEY_OF_TEXT], &value);
                let (before, after) = text.split_once("2").expect("the old value");
                prop_assert!(edited.text.starts_with(before.trim_end()), "{}", edited.text);
                let after = after.trim_start_matches([' ', ',']).trim_start_matches("# here");
                prop_assert!(edited.text.ends_with(after), "{}", edited.text);
            }
        }
    }

    #[test]
    fn what_is_no_value_or_more_than_one_is_refused_in_words() {
        let (yaml, toml, json) = (Format::Yaml, Format::Toml, Format::Json);
        for (format, text) in [
            (yaml, ""),
            (yaml, "[a"),
            (yaml, "a: b"),
            (yaml, "600 # six hundred"),
            (yaml, "1\nother: 2"),
            (yaml, "*anchor"),
            (yaml, "&anchor 1"),
            (yaml, "!!str 1"),
            (toml, "abc"),
            (toml, "1 # one"),
            (toml, "1\nother = 2"),
            (toml, "1979-05-27"),
            (json, "'a'"),
            (json, "1, \"other\": 2"),
            (json, "1}, {"),
        ] {
            let refused = typed(format, text);
            assert!(
                refused.as_ref().is_err_and(|why| !why.is_empty()),
                "{format:?} {text}: {refused:?}"
            );
        }
    }
}
