//! The findings of a session, each with the piece of the difference that it makes.

use crate::{
    diff,
    engine::session::Session,
    model::{
        finding::Finding,
        ids::{InputName, RuleId},
        plan::Answered,
        text::{Secret, Shown, sanitize},
    },
    rules::{
        assess::{self, AskedInput},
        preview::{FilePreview, Piece},
    },
    tui::backend::{InputView, ReviewView, Snippet},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

const CONTEXT_LINES: usize = 3;
/// Maximum lines of a finding's own piece.
const SNIPPET_ROWS_MAX: usize = 40;

pub fn view(session: &Session) -> ReviewView {
    let findings = session.assessment().findings.clone();
    let citable = session.pack.guide().citable();
    let typed = session.assessment().typed.iter();
    let answered = |name: &str| session.answers.contains_key(&InputName::new(name));
    ReviewView {
        typed: typed
            .map(|asked| input(session, asked, session.answers.get(&asked.name)))
            .collect(),
        hops: told_apart(&findings, |hop| {
            session.path.hops.get(hop).map(|hop| hop.to.to_string())
        }),
        snippets: session.pieces(|piece| snippet(piece, &answered)),
        decisions: session.decisions.clone(),
        notes: session.notes(),
        statements: citable
            .map(|one| (one.id.clone(), one.says.to_owned()))
            .collect(),
        files: session.previews(|preview| whole(preview, &answered)),
        findings,
    }
}

/// An input with its answer.
pub fn input(session: &Session, asked: &AskedInput, answer: Option<&Secret>) -> InputView {
    let how = session.how(&asked.name);
    let how = how.or(answer.map(|_| Answered::Default));
    let changes = session.assessment().changes(&session.decisions);
    let files = assess::files_with(changes.map(|(_, change)| change), &asked.name);
    InputView {
        name: asked.name.clone(),
        ask: sanitize(&asked.input.ask),
        because: asked
            .input
            .because
            .clone()
            .or_else(|| (!asked.why.is_empty()).then(|| format!("needed for: {}", asked.why))),
        secret: asked.input.secret,
        needed: asked.needed,
        rule: asked.in_words(),
        can_generate: asked.input.generate.is_some(),
        answer: answer.map(|answer| Shown::of(answer, asked.input.secret)),
        how,
        files: files.into_iter().map(ToString::to_string).collect(),
        problems: answer.map_or_else(Vec::new, |answer| asked.faults(answer.expose())),
    }
}

/// The whole difference of a file; `answered` tells which inputs have an answer.
pub fn whole(preview: FilePreview, answered: &dyn Fn(&str) -> bool) -> Snippet {
    Snippet {
        file: preview.file.to_string(),
        option: None,
        rows: match preview.fault {
            None => rows(&preview.before, &preview.after, answered, CONTEXT_LINES),
            Some(fault) => vec![diff::Row {
                kind: diff::Kind::Gap,
                old_line: None,
                new_line: None,
                text: fault,
                marks: Vec::new(),
                open_end: false,
                left_out: String::new(),
            }],
        },
    }
}

/// The hop of each finding that reads like a finding of another hop.
fn told_apart(
    findings: &[Finding],
    to: impl Fn(usize) -> Option<String>,
) -> BTreeMap<RuleId, String> {
    let mut alike: HashMap<_, Vec<&Finding>> = HashMap::new();
    for finding in findings {
        // By title alone: neither a line number nor the summary tells the hops of two findings
        // apart.
        alike.entry(&finding.title).or_default().push(finding);
    }
    let several = |same: &&Vec<&Finding>| same.iter().any(|one| one.hop != same[0].hop);
    let same = alike.values().filter(several).flatten();
    let named = same
        .filter_map(|finding| Some((finding.id.clone(), format!("hop to {}", to(finding.hop)?))));
    named.collect()
}

fn rows(
    before: &str,
    after: &str,
    answered: &dyn Fn(&str) -> bool,
    context: usize,
) -> Vec<diff::Row> {
    // The text a finding starts from still holds placeholders that earlier findings left.
    let (before, after) = (
        open_answers(before, answered),
        open_answers(after, answered),
    );
    diff::rows(&before, &after, context).rows
}

/// Shows a placeholder that is filled in at staging as such, not in the syntax of the rules.
fn open_answers<'t>(text: &'t str, answered: &dyn Fn(&str) -> bool) -> Cow<'t, str> {
    let how = |name: &str| {
        if answered(name) {
            "as it was answered"
        } else {
            "asked under Inputs"
        }
    };
    let asked = in_words(text, "{{input.", how);
    match in_words(&asked, "{{env.", |_| "as it is set then") {
        Cow::Borrowed(_) => asked,
        Cow::Owned(shown) => Cow::Owned(shown),
    }
}

/// Replaces every placeholder of one kind with its name and what fills it.
fn in_words<'t>(text: &'t str, opens: &str, what: impl Fn(&str) -> &'static str) -> Cow<'t, str> {
    if !text.contains(opens) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(opens);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("}}") {
            Some((name, rest)) => {
                let what = what(name);
                shown.push_str(&format!("‹{name}, {what}›"));
                shown.push_str(rest);
            }
            None => shown.extend([opens, part]),
        }
    }
    Cow::Owned(shown)
}

/// The lines that the finding removes or adds, without context.
fn snippet(piece: Piece, answered: &dyn Fn(&str) -> bool) -> Option<Snippet> {
    let changed = |row: &diff::Row| matches!(row.kind, diff::Kind::Gone | diff::Kind::New);
    let mut rows = rows(&piece.before, &piece.after, answered, 0);
    rows.retain(changed);
    rows.truncate(SNIPPET_ROWS_MAX);
    (!rows.is_empty()).then(|| Snippet {
        file: piece.file.to_string(),
        option: piece.option,
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(id: &str, hop: usize, title: &str) -> Finding {
        let json = serde_json::json!({
            "id": id, "hop": hop, "title": title, "summary": "replaced",
            "severity": "required", "kind": "new_file", "safety": "nothing",
            "places": [], "sources": [], "changes": [], "cites": [],
        });
        serde_json::from_value(json).expect("a finding")
    }

    #[test]
    fn findings_of_several_hops_that_read_the_same_name_their_hop() {
        let findings = [
            finding("1/a", 0, "compose.yml"),
            finding("1/b", 0, "app.toml"),
            finding("1/c", 0, "app.toml"),
            finding("2/a", 1, "compose.yml"),
        ];
        let hops = told_apart(&findings, |hop| Some(format!("{}.0", hop + 1)));
        let named: Vec<(&str, &str)> = hops
            .iter()
            .map(|(id, hop)| (id.as_str(), hop.as_str()))
            .collect();
        assert_eq!(named, [("1/a", "hop to 1.0"), ("2/a", "hop to 2.0")]);
    }

    #[test]
    fn an_answer_that_is_filled_in_later_is_no_text_of_the_file() {
        let given = |name: &str| name == "b";
        let shown = |text: &str| open_answers(text, &given).into_owned();
        assert_eq!(
            shown("A={{input.a}} B={{input.b}}!"),
            "A=‹a, asked under Inputs› B=‹b, as it was answered›!"
        );
        assert_eq!(shown("A={{env.B}}"), "A=‹B, as it is set then›");
        for text in ["A=1", "{{root}}", "{{input.a"] {
            assert_eq!(shown(text), text);
        }
    }
}
