//! Texts and names as both databases read them in a statement.

pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

pub fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
