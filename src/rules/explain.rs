//! An id in plain words: what a statement of the guide says and what carries it out, or what a
//! rule does and why. The answer to `switchback rules explain ID`.

use super::{
    check::{Place, is_cite, rule_ids},
    diagnostic::nearest,
    ids,
    pack::{GUIDE_FILE, LoadedPack, PACK_FILE},
};
use crate::model::{
    ids::GuideId,
    route::{Route, Segment},
    rule::{Correction, Statement, Verdict},
    text::sanitize,
};
use std::fmt::Write as _;

/// Keys whose text says best what an entry is, the best first.
const SAYING: [&str; 14] = [
    "title", "text", "ask", "remedy", "name", "to", "file", "files", "set", "default", "remove",
    "move", "rename", "search",
];

/// The explanation; `Err` says that nothing has this id and what is near.
pub fn explain(pack: &LoadedPack, id: &str) -> Result<String, String> {
    let guide_id = GuideId::new(id);
    let statement = pack
        .guide
        .statements
        .iter()
        .position(|one| one.id == guide_id);
    let correction = pack
        .guide
        .corrections
        .iter()
        .position(|one| one.id == guide_id);
    let text = if let Some(n) = statement {
        about_statement(pack, n, &pack.guide.statements[n])
    } else if let Some(n) = correction {
        about_correction(pack, n, &pack.guide.corrections[n])
    } else {
        about_rule(pack, id).ok_or_else(|| unknown(pack, id))?
    };
    Ok(sanitize(&text))
}

fn about_statement(pack: &LoadedPack, n: usize, statement: &Statement) -> String {
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
        guide_line(pack, "statements", n),
    );
    for correction in &pack.guide.corrections {
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

fn about_correction(pack: &LoadedPack, n: usize, correction: &Correction) -> String {
    let mut text = format!(
        "{}  {}\n  stands   {}\n",
        correction.id,
        correction.found,
        guide_line(pack, "corrections", n),
    );
    if correction.about.is_empty() {
        text.push_str("  the guide is silent about this\n");
    }
    for id in &correction.about {
        let says = pack.guide.statements.iter().find(|one| one.id == *id);
        let says = says.map_or("not in the guide", |one| one.says.as_str());
        add(&mut text, format_args!("  corrects {id}: {says}\n"));
    }
    carried_out(pack, &correction.id, &mut text);
    text
}

fn about_rule(pack: &LoadedPack, id: &str) -> Option<String> {
    for hop in &pack.hops {
        let stem = ids::stem(&hop.file);
        let files =
            std::iter::once(hop.file.as_str()).chain(hop.hop.include.iter().map(|f| f.as_str()));
        for file in files {
            let Some(parsed) = pack.sources.hops.get(file) else {
                continue;
            };
            let place = Place::of(file, parsed);
            let all = rule_ids(stem, &parsed.value);
            if let Some((id, route)) = all.into_iter().find(|(one, _)| one.as_str() == id) {
                let entry = if route.last() == Some(&Segment::Key("id".to_owned())) {
                    route.parent().unwrap_or(route)
                } else {
                    route
                };
                return Some(rule_text(pack, id.as_str(), &entry, place));
            }
        }
    }
    None
}

fn rule_text(pack: &LoadedPack, id: &str, entry: &Route, place: Place<'_>) -> String {
    let mut text = format!(
        "{id}  {}\n  stands   {}\n",
        saying(entry, place),
        line(entry, place)
    );
    for (label, key) in [
        ("because", "because"),
        ("if left", "if_left"),
        ("doubt", "doubt"),
    ] {
        let found = below(entry, place).find(|(route, _)| is_key(route, key));
        if let Some((_, why)) = found {
            add(&mut text, format_args!("  {label:8} {why}\n"));
        }
    }
    for (_, cite) in below(entry, place).filter(|(route, _)| is_cite(route)) {
        let says = pack
            .guide
            .statements
            .iter()
            .find(|one| one.id.as_str() == cite);
        let found = pack
            .guide
            .corrections
            .iter()
            .find(|one| one.id.as_str() == cite);
        let says = says.map(|one| &one.says).or(found.map(|one| &one.found));
        let says = says.map_or("not in the guide", String::as_str);
        add(&mut text, format_args!("  cites    {cite}: {says}\n"));
    }
    text
}

/// Every entry that cites the id, with a sentence about what it does.
fn carried_out(pack: &LoadedPack, id: &GuideId, text: &mut String) {
    let mut entries = String::new();
    let pack_place = Place::of(PACK_FILE, &pack.sources.pack);
    let hops = pack
        .sources
        .hops
        .iter()
        .map(|(file, parsed)| Place::of(file, parsed));
    for place in std::iter::once(pack_place).chain(hops) {
        let cites = place.index.texts().filter(|(route, _)| is_cite(route));
        for (route, _) in cites.filter(|(_, cited)| *cited == id.as_str()) {
            let entry = route
                .parent()
                .and_then(|cites| cites.parent())
                .unwrap_or_default();
            let (line, says) = (line(&entry, place), saying(&entry, place));
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
fn saying(entry: &Route, place: Place<'_>) -> String {
    let texts: Vec<(&Route, &str)> = below(entry, place).collect();
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

fn below<'p>(entry: &Route, place: Place<'p>) -> impl Iterator<Item = (&'p Route, &'p str)> {
    let texts: Vec<_> = place
        .index
        .texts()
        .filter(|(route, _)| route.starts_with(entry))
        .collect();
    texts.into_iter()
}

fn is_key(route: &Route, key: &str) -> bool {
    matches!(route.last(), Some(Segment::Key(last)) if last == key)
}

fn guide_line(pack: &LoadedPack, list: &str, n: usize) -> String {
    let route = Route::key(list).child(Segment::Index(n));
    Place::guide(pack).map_or_else(|| GUIDE_FILE.to_owned(), |place| line(&route, place))
}

fn line(route: &Route, place: Place<'_>) -> String {
    let start = place.index.span(route).start;
    let line = place.text[..start].matches('\n').count() + 1;
    format!("{}:{line}", place.file)
}

fn unknown(pack: &LoadedPack, id: &str) -> String {
    let mut known: Vec<String> = Vec::new();
    known.extend(pack.guide.statements.iter().map(|one| one.id.to_string()));
    known.extend(pack.guide.corrections.iter().map(|one| one.id.to_string()));
    for hop in &pack.hops {
        let rules = rule_ids(ids::stem(&hop.file), &hop.hop);
        known.extend(rules.into_iter().map(|(id, _)| id.to_string()));
    }
    let near = match nearest(id, known.iter().map(String::as_str)) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    format!("nothing in this pack is called `{}`{near}", sanitize(id))
}

fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line)
        .expect("writing into a String cannot fail");
}
