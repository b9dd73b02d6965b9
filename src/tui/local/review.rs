//! The findings of a session, with the piece of the difference that each of them makes.

use crate::{
    diff,
    engine::session::Session,
    rules::preview::{FilePreview, Piece},
    tui::backend::{DiffKind, DiffRow, ReviewView, Snippet},
};

const CONTEXT_LINES: usize = 3;
/// Lines a finding's own piece may have.
const SNIPPET_ROWS_MAX: usize = 40;

pub fn view(session: &Session) -> ReviewView {
    let findings = session.assessment().findings.clone();
    let guide = session.pack.guide();
    let statements = guide
        .statements
        .iter()
        .map(|said| (said.id.clone(), said.says.clone()));
    let corrections = guide
        .corrections
        .iter()
        .map(|found| (found.id.clone(), found.found.clone()));
    ReviewView {
        snippets: session.pieces(snippet),
        decisions: session.decisions.clone(),
        notes: session.notes(),
        statements: statements.chain(corrections).collect(),
        files: session.previews(whole),
        findings,
    }
}

fn whole(preview: FilePreview) -> Snippet {
    Snippet {
        file: preview.file.to_string(),
        option: None,
        rows: match preview.fault {
            None => rows(&preview.before, &preview.after, CONTEXT_LINES),
            Some(fault) => vec![DiffRow {
                kind: DiffKind::Gap,
                line: None,
                text: fault,
                marks: Vec::new(),
            }],
        },
    }
}

pub fn rows(before: &str, after: &str, context: usize) -> Vec<DiffRow> {
    let rows = diff::rows(before, after, context).rows.into_iter();
    rows.map(|row| DiffRow {
        kind: match row.kind {
            diff::Kind::Same => DiffKind::Same,
            diff::Kind::Gone => DiffKind::Gone,
            diff::Kind::New => DiffKind::New,
            diff::Kind::Gap => DiffKind::Gap,
        },
        line: row.new_line.or(row.old_line),
        text: row.text,
        marks: row.marks,
    })
    .collect()
}

/// The lines that the finding takes away or makes, without those around them.
fn snippet(piece: Piece) -> Option<Snippet> {
    let changed = |row: &DiffRow| matches!(row.kind, DiffKind::Gone | DiffKind::New);
    let mut rows = rows(&piece.before, &piece.after, 0);
    rows.retain(changed);
    rows.truncate(SNIPPET_ROWS_MAX);
    (!rows.is_empty()).then(|| Snippet {
        file: piece.file.to_string(),
        option: piece.option,
        rows,
    })
}
