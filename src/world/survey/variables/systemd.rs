//! Variables of a systemd unit: `Environment=`, then `EnvironmentFile=`, which wins whatever the
//! order in the file; drop-ins are read after the unit, by name.

use super::{At, Gather, Place, Unreadable, dotenv};
use crate::edit::DotenvDialect;
use std::{collections::BTreeMap, path::Path};

/// Searched in this order; the first that has the unit (or a drop-in of that name) counts.
const FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
const BELOW_ROOT: &str = "etc/systemd/system";

struct Assignment {
    name: String,
    value: String,
    place: usize,
    line: usize,
}

/// What unit and drop-ins say together.
#[derive(Default)]
struct Unit {
    places: Vec<Place>,
    assigned: Vec<Assignment>,
    files: Vec<String>,
}

pub fn read(gather: &mut Gather, unit: &str) {
    let below = gather.root.join(BELOW_ROOT);
    let folders: Vec<_> = std::iter::once(below)
        .chain(FOLDERS.map(Into::into))
        .collect();
    let mut read = Unit::default();
    for folder in &folders {
        let place = gather.place(folder, unit);
        match gather.text(&place) {
            Ok(Some(text)) => {
                read.add(place, &text);
                break;
            }
            Ok(None) => {}
            // One from a weaker folder must not replace it.
            Err(Unreadable) => break,
        }
    }
    for place in drop_ins(gather, &folders, unit) {
        if let Some(text) = gather.text_or_none(&place) {
            read.add(place, &text);
        }
    }
    for found in &read.assigned {
        let place = &read.places[found.place];
        let at = At {
            source: &format!("{place} (unit {unit})"),
            file: place.file.as_ref(),
            line: Some(found.line),
        };
        gather.see(&found.name, found.value.as_str(), at);
    }
    for named in &read.files {
        environment_file(gather, unit, named);
    }
}

/// The drop-ins of a unit; of two with the same name, the one in the earlier folder wins.
fn drop_ins(gather: &mut Gather, folders: &[std::path::PathBuf], unit: &str) -> Vec<Place> {
    let mut by_name = BTreeMap::new();
    for folder in folders {
        let folder = folder.join(format!("{unit}.d"));
        match gather.world.files.list(&folder) {
            Ok(names) => {
                for name in names.into_iter().filter(|name| name.ends_with(".conf")) {
                    let place = gather.place(&folder, &name);
                    by_name.entry(name).or_insert(place);
                }
            }
            Err(error) => gather.blind(folder.display(), super::why(&error)),
        }
    }
    by_name.into_values().collect()
}

/// Its own grammar, neither that of a unit nor that of `.env`: no expansion, no comment after a value.
fn environment_file(gather: &mut Gather, unit: &str, named: &str) {
    let (named, optional) = match named.strip_prefix('-') {
        Some(named) => (named, true),
        None => (named, false),
    };
    let place = gather.place(Path::new("/"), named);
    match dotenv::lines(gather, &place, DotenvDialect::Systemd) {
        Ok(Some(lines)) => {
            let source = format!("{place} (EnvironmentFile of {unit})");
            gather.see_lines(&source, &place, lines);
        }
        Ok(None) if !optional => {
            gather.blind(&place, format!("unit {unit} names it, and it is not there"));
        }
        Ok(None) | Err(Unreadable) => {}
    }
}

impl Unit {
    fn add(&mut self, place: Place, text: &str) {
        let index = self.places.len();
        self.places.push(place);
        let mut in_service = false;
        for (line, text) in joined(text) {
            if let Some(section) = text.strip_prefix('[') {
                in_service = section.trim_end_matches(']') == "Service";
                continue;
            }
            let Some((key, value)) = text.split_once('=').filter(|_| in_service) else {
                continue;
            };
            match (key.trim(), value.trim()) {
                // An empty assignment takes back all before it.
                ("Environment", "") => self.assigned.clear(),
                ("EnvironmentFile", "") => self.files.clear(),
                ("Environment", value) => {
                    let words = words(value).into_iter();
                    self.assigned.extend(words.filter_map(|word| {
                        let (name, value) = word.split_once('=')?;
                        Some(Assignment {
                            name: name.to_owned(),
                            value: value.replace("%%", "%"),
                            place: index,
                            line,
                        })
                    }));
                }
                ("EnvironmentFile", value) => self.files.push(value.to_owned()),
                _ => {}
            }
        }
    }
}

/// Lines without comments, with the ones that end in `\` joined; numbered by their first.
fn joined(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with(['#', ';']) || (line.is_empty() && !open) {
            continue;
        }
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| open) {
            Some((_, before)) => {
                before.push(' ');
                before.push_str(part.trim());
            }
            None => lines.push((index + 1, part.trim().to_owned())),
        }
        open = goes_on;
    }
    lines
}

/// Split at spaces; quotes of either kind hold a word together, a backslash takes the next
/// character as it is (outside single quotes).
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => word
                .get_or_insert_default()
                .push(chars.next().unwrap_or('\\')),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fake::FakeWorld;

    #[test]
    fn words_are_split_as_systemd_splits_them() {
        let text = r#"A=1 "B=two words" 'C=it\s' D="x y" E=\"q EMPTY="#;
        let expected = ["A=1", "B=two words", r"C=it\s", "D=x y", "E=\"q", "EMPTY="];
        assert_eq!(words(text), expected);
        assert!(words("  ").is_empty());
    }

    #[test]
    fn an_environment_file_is_no_unit() {
        let fake = FakeWorld::new();
        let text = "A=it's\nB=a  b\nC='x y' \"z\" # no comment\nD=one \\\n  two\n";
        fake.files.put("/srv/unit.env", text);
        let world = fake.world();
        let mut gather = Gather::for_tests(&world, Path::new("/srv"));
        environment_file(&mut gather, "app.service", "/srv/unit.env");
        let seen = gather.found.values();
        let seen: Vec<&str> = seen
            .map(|variable| variable.effective().map_or("", |seen| seen.value.expose()))
            .collect();
        assert_eq!(seen, ["it's", "a  b", "x yz# no comment", "one   two"]);
        assert!(gather.blind.is_empty());
    }

    #[test]
    fn continued_lines_are_one_and_keep_their_first_number() {
        let text = "# note\nA=1 \\\n  B=2\n\n; other\nC=3\n";
        let expected = [(2, "A=1 B=2".to_owned()), (6, "C=3".to_owned())];
        assert_eq!(joined(text), expected);
    }
}
