//! New TOML: keys, values on one line, sections.

use crate::edit::quoted::double;
use serde_json::Value;

/// A null, or another value that TOML cannot express.
pub struct Null;

pub fn key(key: &str, like: &str) -> String {
    let bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if like.starts_with('\'') && !key.contains(['\'', '\n']) {
        format!("'{key}'")
    } else if bare && !like.starts_with('"') {
        key.to_owned()
    } else {
        basic(key)
    }
}

pub fn path(keys: &[String]) -> String {
    keys.iter()
        .map(|part| key(part, ""))
        .collect::<Vec<_>>()
        .join(".")
}

/// A value on one line; a string keeps the quoting of the old one if possible.
pub fn inline(value: &Value, like: &str) -> Result<String, Null> {
    Ok(match value {
        Value::Null => return Err(Null),
        Value::Bool(_) => value.to_string(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => int.to_string(),
            (None, Some(float)) => float_text(float),
            (None, None) => return Err(Null),
        },
        Value::String(text) => string(text, like),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| inline(item, "")).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entry = |(name, value): (&String, &Value)| {
                Ok(format!("{} = {}", key(name, ""), inline(value, "")?))
            };
            let entries: Result<Vec<_>, _> = map.iter().map(entry).collect();
            format!("{{ {} }}", entries?.join(", "))
        }
    })
}

fn float_text(float: f64) -> String {
    let text = format!("{float:?}");
    if text.contains(['.', 'e']) {
        text
    } else {
        format!("{text}.0")
    }
}

fn string(text: &str, like: &str) -> String {
    let plain = !text.chars().any(char::is_control);
    if like.starts_with("'''")
        && !text.contains("'''")
        && !text.ends_with('\'')
        && !text.contains('\r')
        && like.contains('\n')
    {
        return format!("'''\n{text}'''");
    }
    if like.starts_with('\'') && plain && !text.contains('\'') {
        return format!("'{text}'");
    }
    if like.starts_with("\"\"\"") && text.contains('\n') && !text.contains('\r') {
        let body = text.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("\"\"\"\n{body}\"\"\"");
    }
    basic(text)
}

fn basic(text: &str) -> String {
    double(text, |c| {
        c.is_control().then(|| format!("\\u{:04X}", c as u32))
    })
}

/// A map as a section with its header, and the maps in it as further sections after it.
pub fn section(path_keys: &[String], value: &Value) -> Result<Vec<String>, Null> {
    let Value::Object(map) = value else {
        return Err(Null);
    };
    let mut lines = vec![format!("[{}]", path(path_keys))];
    let is_map = |value: &Value| value.as_object().is_some_and(|map| !map.is_empty());
    for (name, value) in map.iter().filter(|(_, value)| !is_map(value)) {
        lines.push(format!("{} = {}", key(name, ""), inline(value, "")?));
    }
    if lines.len() == 1 && !map.is_empty() {
        lines.clear();
    }
    for (name, value) in map.iter().filter(|(_, value)| is_map(value)) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let below: Vec<_> = path_keys.iter().chain([name]).cloned().collect();
        lines.extend(section(&below, value)?);
    }
    Ok(lines)
}
