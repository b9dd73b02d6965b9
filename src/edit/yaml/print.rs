//! New YAML: values as lines of a block, or on one line.

use super::{
    super::{
        document::Kind,
        syntax::File,
        tree::{Id, Layout},
    },
    scalar::{self, Quoting},
};
use serde_json::Value;

/// The indentation used by the neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns from a key to what stands below it.
    pub step: usize,
    /// Columns from a key to the dashes of its list.
    pub dash: usize,
}

impl Style {
    /// Asks the ancestors first, then the first entries of the file that can tell.
    pub fn of(file: &File, id: Id) -> Self {
        let offset = |kind: Kind| {
            let near = std::iter::once(id).chain(file.tree.ancestors(id));
            near.chain(0..file.tree.nodes.len().min(200))
                .find_map(|id| {
                    let node = file.node(id);
                    let key = node.key()?;
                    let child = node.children.first()?;
                    let told = node.layout == Layout::Block && node.kind == kind;
                    let below = file.node(*child).entry().start;
                    told.then(|| file.column(below).saturating_sub(file.column(key.start)))
                })
        };
        let step = offset(Kind::Map).unwrap_or(2).max(1);
        Self {
            step,
            dash: offset(Kind::List).unwrap_or(step),
        }
    }
}

/// Whether a value takes lines of its own.
pub fn is_block(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

pub fn inline(value: &Value, like: Quoting, flow: bool) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => scalar::write(text, like, flow),
        Value::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| inline(item, Quoting::Plain, true))
                .collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                let key = scalar::write(key, Quoting::Plain, true);
                format!("{key}: {}", inline(value, Quoting::Plain, true))
            };
            format!(
                "{{{}}}",
                map.iter().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

/// A map's or list's lines without indent; anything else on one line.
pub fn block(value: &Value, style: Style) -> Vec<String> {
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .flat_map(|(key, value)| entry(std::slice::from_ref(key), value, style))
            .collect(),
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .flat_map(|item| entry(&[], item, style))
            .collect(),
        _ => vec![inline(value, Quoting::Plain, false)],
    }
}

/// One entry under its keys, or one item of a list when there are none.
pub fn entry(keys: &[String], value: &Value, style: Style) -> Vec<String> {
    let Some((key, rest)) = keys.split_first() else {
        let lines = block(value, style);
        let lead = |(n, line): (usize, String)| {
            if n == 0 {
                format!("- {line}")
            } else {
                shifted(&line, 2)
            }
        };
        return lines.into_iter().enumerate().map(lead).collect();
    };
    let name = scalar::write(key, Quoting::Plain, false);
    if !rest.is_empty() {
        return below(name, style.step, entry(rest, value, style));
    }
    if !is_block(value) {
        return vec![format!("{name}: {}", inline(value, Quoting::Plain, false))];
    }
    let offset = if value.is_array() {
        style.dash
    } else {
        style.step
    };
    below(name, offset, block(value, style))
}

/// Lines that were an entry elsewhere, put under all keys but the last, which they contain.
pub fn under(keys: &[String], lines: &[String], style: Style) -> Vec<String> {
    match keys.split_first() {
        Some((key, rest)) if !rest.is_empty() => below(
            scalar::write(key, Quoting::Plain, false),
            style.step,
            under(rest, lines, style),
        ),
        _ => lines.to_vec(),
    }
}

fn below(name: String, offset: usize, lines: Vec<String>) -> Vec<String> {
    let head = format!("{name}:");
    std::iter::once(head)
        .chain(lines.iter().map(|line| shifted(line, offset)))
        .collect()
}

fn shifted(line: &str, columns: usize) -> String {
    if line.is_empty() {
        String::new()
    } else {
        format!("{}{line}", " ".repeat(columns))
    }
}

/// A text in the place of a block scalar; `None` when quotes are the only way.
pub fn block_scalar(
    text: &str,
    old: &str,
    comment: &str,
    indent: usize,
    eol: &str,
) -> Option<String> {
    let body = text.trim_end_matches('\n');
    let plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    if body.is_empty() || body.starts_with([' ', '\n', '\t']) || !text.chars().all(plain) {
        return None;
    }
    let folded = old.starts_with('>') && !body.contains('\n');
    let keep = match text.len() - body.len() {
        0 => "-",
        1 => "",
        _ => return None,
    };
    let mut out = format!("{}{keep}{comment}", if folded { '>' } else { '|' });
    for line in body.split('\n') {
        out.push_str(eol);
        out.push_str(&shifted(line, indent));
    }
    Some(out)
}
