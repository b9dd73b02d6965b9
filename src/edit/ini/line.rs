//! Cuts an INI file into lines without losing a byte. A setting that goes on in indented lines is
//! one of ours.

use crate::edit::IniDialect;
use std::ops::Range;

#[derive(Clone, Debug)]
pub struct Line {
    /// With its line end.
    pub text: String,
    /// The section it stands in, or begins; empty before any.
    pub section: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Section(String),
    Setting(Setting),
    Comment,
    Blank,
    /// Nothing that the dialect knows; kept.
    Other,
}

#[derive(Clone, Debug)]
pub struct Setting {
    pub key: String,
    /// Bytes of the key in the line.
    pub key_at: Range<usize>,
    /// The sign with the blanks around it.
    pub between: String,
    /// Bytes of the value in the line, with its quotes.
    pub value: Range<usize>,
    pub decoded: String,
}

pub fn split(dialect: IniDialect, text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut section = String::new();
    for raw in text.split_inclusive('\n') {
        if continues(dialect, raw)
            && let Some(last) = lines.last_mut()
            && matches!(last.what, What::Setting(_))
        {
            last.text.push_str(raw);
            last.what = setting(dialect, &last.text).map_or(What::Other, What::Setting);
            continue;
        }
        let what = what_of(dialect, raw);
        if let What::Section(name) = &what {
            section.clone_from(name);
        }
        lines.push(Line {
            text: raw.to_owned(),
            section: section.clone(),
            what,
        });
    }
    lines
}

/// An indented line with something in it belongs to the value above, for configparser alone.
fn continues(dialect: IniDialect, raw: &str) -> bool {
    let indented = raw.starts_with([' ', '\t']);
    let bare = raw.trim();
    dialect == IniDialect::Python && indented && !bare.is_empty() && !bare.starts_with(['#', ';'])
}

fn what_of(dialect: IniDialect, raw: &str) -> What {
    let bare = raw.trim();
    if bare.is_empty() {
        return What::Blank;
    }
    if bare.starts_with(['#', ';']) {
        return What::Comment;
    }
    if let Some(name) = bare.strip_prefix('[') {
        return match name.find(']') {
            Some(end) => What::Section(name[..end].to_owned()),
            None => What::Other,
        };
    }
    setting(dialect, raw).map_or(What::Other, What::Setting)
}

fn setting(dialect: IniDialect, raw: &str) -> Option<Setting> {
    let first = raw.lines().next().unwrap_or_default();
    let sign = match dialect {
        IniDialect::Python => first.find(['=', ':'])?,
        IniDialect::Plain | IniDialect::Php => first.find('=')?,
    };
    let key_start = first.len() - first.trim_start().len();
    let key_end = first[..sign].trim_end().len();
    if key_end <= key_start {
        return None;
    }
    let body = raw.trim_end_matches(['\r', '\n']);
    let after = &body[sign + 1..];
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let start = sign + 1 + blanks;
    let end = start + value_length(dialect, &body[start..]);
    Some(Setting {
        key: raw[key_start..key_end].to_owned(),
        key_at: key_start..key_end,
        between: raw[key_end..start].to_owned(),
        value: start..end,
        decoded: decode(dialect, &body[start..end]),
    })
}

/// php.ini ends a value at a `;` that is not in quotes; the others have no comment after a value.
fn value_length(dialect: IniDialect, value: &str) -> usize {
    let mut end = value.len();
    if dialect == IniDialect::Php {
        let mut quote = None;
        for (at, c) in value.char_indices() {
            match (quote, c) {
                (Some(open), _) if c == open => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, ';') => {
                    end = at;
                    break;
                }
                (Some(_) | None, _) => {}
            }
        }
    }
    value[..end].trim_end().len()
}

fn decode(dialect: IniDialect, raw: &str) -> String {
    match dialect {
        IniDialect::Plain => raw.to_owned(),
        IniDialect::Php => {
            let inside = |quote| {
                raw.strip_prefix(quote)
                    .and_then(|rest| rest.strip_suffix(quote))
            };
            inside('"')
                .or_else(|| inside('\''))
                .unwrap_or(raw)
                .to_owned()
        }
        IniDialect::Python => {
            let lines: Vec<&str> = raw.lines().map(str::trim).collect();
            lines.join("\n")
        }
    }
}

impl Line {
    /// The line with another value, if the dialect reads that back; the old quotes are kept when
    /// they can be.
    pub fn with_value(&self, dialect: IniDialect, value: &str, line_end: &str) -> Option<Self> {
        let What::Setting(setting) = &self.what else {
            return None;
        };
        let old = &self.text[setting.value.clone()];
        let quote = old
            .chars()
            .next()
            .filter(|c| dialect == IniDialect::Php && "\"'".contains(*c));
        let plain = match dialect {
            IniDialect::Python => {
                let indent: String = old.lines().nth(1).map_or("    ".to_owned(), |line| {
                    line.chars().take_while(|c| c.is_whitespace()).collect()
                });
                value
                    .lines()
                    .collect::<Vec<_>>()
                    .join(&format!("{line_end}{indent}"))
            }
            IniDialect::Plain | IniDialect::Php => value.to_owned(),
        };
        let quoted = quote.map(|quote| format!("{quote}{value}{quote}"));
        let last = (dialect == IniDialect::Php).then(|| format!("\"{value}\""));
        quoted
            .into_iter()
            .chain([plain])
            .chain(last)
            .find_map(|raw| {
                let text = format!(
                    "{}{raw}{}",
                    &self.text[..setting.value.start],
                    &self.text[setting.value.end..]
                );
                self.reads(dialect, text, &setting.key, value)
            })
    }

    /// The line with another key, if the dialect reads that back.
    pub fn with_key(&self, dialect: IniDialect, key: &str) -> Option<Self> {
        let What::Setting(setting) = &self.what else {
            return None;
        };
        let (before, after) = (
            &self.text[..setting.key_at.start],
            &self.text[setting.key_at.end..],
        );
        self.reads(
            dialect,
            format!("{before}{key}{after}"),
            key,
            &setting.decoded,
        )
    }

    fn reads(&self, dialect: IniDialect, text: String, key: &str, value: &str) -> Option<Self> {
        let mut lines = split(dialect, &text);
        let line = (lines.len() == 1).then(|| lines.remove(0))?;
        let same = |read: &Setting| read.key == key && read.decoded == value;
        match &line.what {
            What::Setting(read) if same(read) => Some(Self {
                text,
                section: self.section.clone(),
                what: line.what,
            }),
            What::Section(_) | What::Setting(_) | What::Comment | What::Blank | What::Other => None,
        }
    }
}
