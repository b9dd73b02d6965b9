//! Counts the rows in a backup from the SQL script that `pg_restore` makes of it.

use std::collections::BTreeMap;

/// The size from which a line arrives in pieces, see [`crate::world::Command::pieces`].
const PIECE_BYTES: usize = 64 << 10;

/// Counts the rows between `COPY … FROM stdin;` and `\.`.
#[derive(Default)]
pub struct Rows {
    counts: BTreeMap<String, u64>,
    /// Single-column tables with a line in pieces: their rows cannot be told apart.
    unclear: Vec<String>,
    current: Option<Copy>,
}

struct Copy {
    table: String,
    columns: u64,
    lines: u64,
    tabs: u64,
    pieces: bool,
}

impl Rows {
    pub fn line(&mut self, line: &str) {
        match &mut self.current {
            None => self.current = Copy::begun_by(line),
            Some(_) if line == "\\." => {
                if let Some(copy) = self.current.take() {
                    match copy.rows() {
                        Some(rows) => _ = self.counts.insert(copy.table, rows),
                        None => self.unclear.push(copy.table),
                    }
                }
            }
            Some(copy) => {
                copy.lines += 1;
                copy.tabs += line.bytes().filter(|&byte| byte == b'\t').count() as u64;
                copy.pieces |= line.len() >= PIECE_BYTES;
            }
        }
    }

    pub fn finish(mut self, expected: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        for table in self.unclear {
            if let Some(&count) = expected.get(&table) {
                self.counts.insert(table, count);
            }
        }
        self.counts
    }
}

impl Copy {
    fn begun_by(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("COPY ")?.strip_suffix(" FROM stdin;")?;
        let (schema, rest) = identifier(rest)?;
        let (table, mut rest) = identifier(rest.strip_prefix('.')?)?;
        let mut columns = 0;
        while let Some(after) = rest.trim_start().strip_prefix(['(', ',']) {
            let Some((_, left)) = identifier(after.trim_start()) else {
                break;
            };
            columns += 1;
            rest = left;
        }
        Some(Self {
            table: format!("{schema}.{table}"),
            columns,
            lines: 0,
            tabs: 0,
            pieces: false,
        })
    }

    /// The number of rows. Tabs in values are escaped as `\t`, so literal ones separate columns.
    fn rows(&self) -> Option<u64> {
        match self.columns {
            0 | 1 if self.pieces => None,
            0 | 1 => Some(self.lines),
            columns => Some(self.tabs / (columns - 1)),
        }
    }
}

/// Splits the SQL identifier off the beginning of a text.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if chars.next_if(|(_, next)| *next == '"').is_some() => name.push('"'),
            '"' => return Some((name, &quoted[at + 1..])),
            _ => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> BTreeMap<String, u64> {
        let mut rows = Rows::default();
        lines.iter().for_each(|line| rows.line(line));
        rows.finish(&[("public.long".to_owned(), 7)].into())
    }

    #[test]
    fn rows_are_counted_whatever_tables_and_values_are_called() {
        let long = "x".repeat(PIECE_BYTES);
        let found = counted(&[
            "SET x = 1;",
            "COPY public.orders (id, \"a,(b\") FROM stdin;",
            "1\tone\\ttab",
            "2\t\\\\.",
            "\\.",
            "COPY audit.\"we \"\"(ird\" (id, text) FROM stdin;",
            // One row in three pieces.
            "1\t",
            &long,
            &long,
            "\\.",
            "COPY public.long (text) FROM stdin;",
            &long,
            "\\.",
            "COPY public.none (id) FROM stdin;",
            "\\.",
        ]);
        let expected = [
            ("audit.we \"(ird", 1),
            ("public.long", 7),
            ("public.none", 0),
            ("public.orders", 2),
        ];
        let expected = expected.map(|(table, count)| (table.to_owned(), count));
        assert_eq!(found, expected.into());
    }
}
