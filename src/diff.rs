//! SEAM: the difference of two texts lands here.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Same,
    Gone,
    New,
    Gap,
}

pub struct Row {
    pub kind: RowKind,
    pub old_line: Option<usize>,
    pub new_line: Option<usize>,
    pub text: String,
    pub marks: Vec<Range<usize>>,
}

pub struct Diff {
    pub rows: Vec<Row>,
    pub coarse: bool,
}

pub fn rows(before: &str, after: &str, context: usize) -> Diff {
    let diff = similar::TextDiff::from_lines(before, after);
    let mut rows = Vec::new();
    for (n, group) in diff.grouped_ops(context).iter().enumerate() {
        if n > 0 {
            rows.push(Row {
                kind: RowKind::Gap,
                old_line: None,
                new_line: None,
                text: String::new(),
                marks: vec![],
            });
        }
        for op in group {
            for change in diff.iter_changes(op) {
                let kind = match change.tag() {
                    similar::ChangeTag::Equal => RowKind::Same,
                    similar::ChangeTag::Delete => RowKind::Gone,
                    similar::ChangeTag::Insert => RowKind::New,
                };
                rows.push(Row {
                    kind,
                    old_line: change.old_index().map(|n| n + 1),
                    new_line: change.new_index().map(|n| n + 1),
                    text: change.value().trim_end_matches(['\r', '\n']).to_owned(),
                    marks: vec![],
                });
            }
        }
    }
    Diff {
        rows,
        coarse: false,
    }
}
