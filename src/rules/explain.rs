//! An id in plain words: what a statement of the guide says and what carries it out, or what a
//! rule does and why. The answer to `switchback rules explain ID`.

mod entries;

use super::{
    case::{self, PackCase},
    check::{SourceFile, is_cite},
    diagnostic::did_you_mean,
    ids,
    pack::{GUIDE_FILE, LoadedPack},
    parse::parse,
};
use crate::model::{
    ids::GuideId,
    route::{Route, Segment},
    rule::{Correction, Statement, Verdict},
    text::sanitize,
};
use entries::Entry;
use std::fmt::Write as _;

/// Keys whose text says best what an entry is, the best first.
const SAYING: [&str; 16] = [
    "title", "text", "ask", "remedy", "error", "match", "name", "to", "file", "files", "set",
    "default", "remove", "move", "rename", "search",
];

/// The explanation. `Err` says that nothing has this id, and suggests similar ones.
pub fn explain(pack: &LoadedPack, id: &str) -> Result<String, String> {
    let guide = pack.guide();
    let statement = guide.statements.iter().find(|one| one.id.as_str() == id);
    let correction = guide.corrections.iter().find(|one| one.id.as_str() == id);
    let text = if let Some(statement) = statement {
        about_statement(pack, statement)
    } else if let Some(correction) = correction {
        about_correction(pack, correction)
    } else {
        about_rule(pack, id).ok_or_else(|| unknown(pack, id))?
    };
    Ok(sanitize(&text))
}

/// Whether a rule of the pack can come into a plan under this id.
pub fn can_be_planned(pack: &LoadedPack, id: &str) -> bool {
    // A plan names a step by stem and name alone; the parts that it is split into come below that.
    let step = id.split_once('/').map(|(stem, rest)| {
        let name = rest.split('/').next().unwrap_or(rest);
        ids::step(stem, name)
    });
    let mut entries = entries::of_pack(pack).into_iter();
    entries.any(|entry| entry.id.as_str() == id || step.as_ref() == Some(&entry.id))
}

fn about_statement(pack: &LoadedPack, statement: &Statement) -> String {
    let verdict = match statement.verdict {
        Verdict::True => "true",
        Verdict::Incomplete => "incomplete",
        Verdict::False => "false",
    };
    let mut text = format!(
        "{}  {}\n  section  {}\n  verdict  {verdict}\n  stands   {}\n",
        statement.id,
        statement.says,
        statement.section,
        guide_line(pack, &statement.id),
    );
    for correction in &pack.guide().corrections {
        if correction.about.contains(&statement.id) {
            add(
                &mut text,
                format_args!("  corrected by {}: {}\n", correction.id, correction.found),
            );
        }
    }
    carried_out(pack, &statement.id, &mut text);
    text
}

fn about_correction(pack: &LoadedPack, correction: &Correction) -> String {
    let mut text = format!(
        "{}  {}\n  stands   {}\n",
        correction.id,
        correction.found,
        guide_line(pack, &correction.id),
    );
    if correction.about.is_empty() {
        text.push_str("  the guide is silent about this\n");
    }
    for id in &correction.about {
        let says = pack.guide().statements.iter().find(|one| one.id == *id);
        let says = says.map_or("not in the guide", |one| one.says.as_str());
        add(&mut text, format_args!("  corrects {id}: {says}\n"));
    }
    carried_out(pack, &correction.id, &mut text);
    text
}

/// Explains a rule, given by its id as a plan or review shows it, or by its place, `FILE:LINE`.
fn about_rule(pack: &LoadedPack, id: &str) -> Option<String> {
    let entries = entries::of_pack(pack);
    // A plan appends `#N` to an id that two of its hops share.
    let name = id.split_once('#').map_or(id, |(name, _)| name);
    let named = entries.iter().find(|entry| entry.id.as_str() == name);
    let found = named.or_else(|| standing_at(&entries, id))?;
    Some(rule_text(pack, found.id.as_str(), &found.route, found.file))
}

/// The last entry of a file that begins on the line or above it.
fn standing_at<'e, 'p>(entries: &'e [Entry<'p>], place: &str) -> Option<&'e Entry<'p>> {
    let (file, line) = place.rsplit_once(':')?;
    let line: usize = line.parse().ok()?;
    let above = entries
        .iter()
        .filter(|entry| entry.file.name == file && line_of(&entry.route, entry.file) <= line);
    above.max_by_key(|entry| line_of(&entry.route, entry.file))
}

fn rule_text(pack: &LoadedPack, id: &str, entry: &Route, file: SourceFile<'_>) -> String {
    let mut text = format!(
        "{id}  {}\n  stands   {}\n",
        saying(entry, file),
        line(entry, file)
    );
    for (label, key) in [
        ("default", "default"),
        ("because", "because"),
        ("if left", "if_left"),
        ("doubt", "doubt"),
    ] {
        let found = below(entry, file).find(|(route, _)| is_key(route, key));
        if let Some((_, why)) = found {
            add(&mut text, format_args!("  {label:8} {why}\n"));
        }
    }
    for (_, cite) in below(entry, file).filter(|(route, _)| is_cite(route)) {
        let cited = pack.guide().citable().find(|one| one.id.as_str() == cite);
        let says = cited.map_or("not in the guide", |one| one.says);
        add(&mut text, format_args!("  cites    {cite}: {says}\n"));
    }
    text
}

/// Every entry that cites the id, with a sentence about what it does.
fn carried_out(pack: &LoadedPack, id: &GuideId, text: &mut String) {
    let mut entries = String::new();
    for file in SourceFile::rules(pack) {
        let cites = file.index.texts().filter(|(route, _)| is_cite(route));
        for (route, _) in cites.filter(|(_, cited)| *cited == id.as_str()) {
            let entry = route
                .parent()
                .and_then(|cites| cites.parent())
                .unwrap_or_default();
            let (line, says) = (line(&entry, file), saying(&entry, file));
            add(
                &mut entries,
                format_args!("    {line}  {}: {says}\n", kind(&entry)),
            );
        }
    }
    if entries.is_empty() {
        text.push_str("  nothing carries it out\n");
    } else {
        text.push_str("  carried out by\n");
        text.push_str(&entries);
    }
    proved(pack, id, text);
}

/// The cases that would fail if the pack believed the guide.
fn proved(pack: &LoadedPack, id: &GuideId, text: &mut String) {
    for (name, file) in case::names(pack.files.keys()) {
        let parsed = parse::<PackCase>(file, &pack.files[file]);
        if let Ok(case) = parsed.map(|parsed| parsed.value)
            && case.proves.contains(id)
        {
            let title = case.title.trim_end();
            add(text, format_args!("  proved by the case {name}: {title}\n"));
        }
    }
}

/// What kind of entry it is: `environment rename`, `apply`.
fn kind(entry: &Route) -> String {
    let keys = entry.0.iter().filter_map(|segment| match segment {
        Segment::Key(key) => Some(key.as_str()),
        Segment::Index(_) | Segment::Find { .. } => None,
    });
    let words: Vec<&str> = keys.collect();
    if words.is_empty() {
        return "pack".to_owned();
    }
    words.join(" ")
}

/// The entry in a few words: from what to what, or the text that names it.
fn saying(entry: &Route, file: SourceFile<'_>) -> String {
    let texts: Vec<(&Route, &str)> = below(entry, file).collect();
    let direct = |key: &str| {
        let depth = entry.0.len();
        let found = texts
            .iter()
            .filter(|(route, _)| is_key(route, key))
            .min_by_key(|(route, _)| route.0.len().saturating_sub(depth));
        found.map(|(_, text)| *text)
    };
    if let (Some(from), Some(to)) = (direct("from"), direct("to")) {
        return format!("{from} → {to}");
    }
    let found = SAYING.iter().find_map(|key| direct(key));
    found
        .unwrap_or("an entry without words of its own")
        .to_owned()
}

fn below<'p>(entry: &Route, file: SourceFile<'p>) -> impl Iterator<Item = (&'p Route, &'p str)> {
    let texts = file.index.texts();
    texts.filter(move |(route, _)| route.starts_with(entry))
}

fn is_key(route: &Route, key: &str) -> bool {
    matches!(route.last(), Some(Segment::Key(last)) if last == key)
}

fn guide_line(pack: &LoadedPack, id: &GuideId) -> String {
    let one = pack.guide().citable().find(|one| one.id == id);
    match (one, SourceFile::guide(pack)) {
        (Some(one), Some(file)) => line(&one.route(), file),
        (_, _) => GUIDE_FILE.to_owned(),
    }
}

fn line(route: &Route, file: SourceFile<'_>) -> String {
    format!("{}:{}", file.name, line_of(route, file))
}

fn line_of(route: &Route, file: SourceFile<'_>) -> usize {
    let start = file.index.span(route).start;
    file.text[..start].matches('\n').count() + 1
}

fn unknown(pack: &LoadedPack, id: &str) -> String {
    let citable = pack.guide().citable().map(|one| one.id.to_string());
    let rules = entries::of_pack(pack).into_iter();
    let known: Vec<String> = citable
        .chain(rules.map(|entry| entry.id.to_string()))
        .collect();
    let near = did_you_mean(id, known.iter().map(String::as_str));
    format!("nothing in this pack is called `{}`{near}", sanitize(id))
}

fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line)
        .expect("writing into a String cannot fail");
}
