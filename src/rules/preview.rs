//! Every touched file before and after the changes that are currently accepted, for a screen to
//! diff; handed over one by one. Secrets are masked on both sides; inputs without an answer appear
//! as `{{input.NAME}}`.

mod known;
mod pieces;

pub use pieces::{Piece, pieces};

use super::{
    assess::{
        Assessment, Case,
        files::{Change, Edited, edited},
    },
    mask,
};
use crate::{
    model::{
        finding::{FileChange, ProposedChange},
        path::RelPath,
        survey::FileState,
    },
    redact::MASK,
};
use known::Known;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// Appended to a line whose masked value changes.
const CHANGES_HIDDEN: &str = "  (hidden, and it changes)";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePreview {
    pub file: RelPath,
    /// Empty for a new file.
    pub before: String,
    pub after: String,
    /// Why the changes cannot be shown.
    pub fault: Option<String>,
}

pub fn preview<S>(case: Case, assessment: &Assessment, see: impl Fn(FilePreview) -> S) -> Vec<S> {
    let redactor = mask::redactor(case, assessment);
    let hide = |text: &str| redactor.redact(text).into_owned();
    let known = Known::of(case, assessment);
    let mut files: Vec<(&RelPath, Touched)> = Vec::new();
    let mut places = BTreeMap::new();
    for (finding, change) in assessment.changes(case.decisions) {
        let at = *places.entry(&change.file).or_insert_with(|| {
            files.push((&change.file, Touched::default()));
            files.len() - 1
        });
        files[at].1.follow(change, &known, finding.hop);
    }
    let shown = files.into_iter().map(|(file, touched)| {
        let raw = surveyed(case, file);
        let (after, fault) = match touched.made(raw, assessment.edited.get(file)) {
            Ok(after) => (after, None),
            Err(why) => (touched.start(raw).to_owned(), Some(why)),
        };
        let before = hide(raw);
        see(FilePreview {
            file: file.clone(),
            after: told_apart((raw, &before), (&after, &hide(&after))),
            before,
            fault,
        })
    });
    shown.collect()
}

/// The new side as it is shown. Each side is a text and the same with its secrets hidden. Where a hidden
/// value changes, its two lines would read the same: the new one says that it changes.
fn told_apart((before, shown_before): (&str, &str), (after, shown_after): (&str, &str)) -> String {
    let lines = |text: &'_ str| text.split_inclusive('\n').count();
    // A secret of several lines may be masked as one; lines can then no longer be paired.
    if !shown_after.contains(MASK) || lines(after) != lines(shown_after) {
        return shown_after.to_owned();
    }
    let was: HashSet<&str> = before.split_inclusive('\n').collect();
    let showed: HashSet<&str> = shown_before.split_inclusive('\n').collect();
    let mut told = String::with_capacity(shown_after.len());
    let both = after
        .split_inclusive('\n')
        .zip(shown_after.split_inclusive('\n'));
    for (line, shown) in both {
        let text = shown.trim_end_matches(['\r', '\n']);
        told.push_str(text);
        if shown.contains(MASK) && !was.contains(line) && showed.contains(shown) {
            told.push_str(CHANGES_HIDDEN);
        }
        told.push_str(&shown[text.len()..]);
    }
    told
}

fn surveyed<'t>(case: Case<'t>, file: &RelPath) -> &'t str {
    let state = case.survey.files.get(file);
    state.and_then(FileState::text).unwrap_or_default()
}

/// The changes to a file; all edits are applied at once.
#[derive(Default)]
struct Touched<'t> {
    /// The new text of the whole file, if it is written as a whole before the edits.
    written: Option<&'t str>,
    edits: Vec<Change>,
}

impl<'t> Touched<'t> {
    fn follow(&mut self, change: &'t ProposedChange, known: &Known, hop: usize) {
        match &change.what {
            FileChange::Write { text } => {
                self.written = Some(text);
                self.edits.clear();
            }
            FileChange::Edit(edit) => {
                let edit = known.filled(edit, hop);
                self.edits.push((change.format, edit));
            }
        }
    }

    /// What the edits start from.
    fn start<'s>(&self, before: &'s str) -> &'s str
    where
        't: 's,
    {
        self.written.unwrap_or(before)
    }

    /// The same as `after`, which need not be worked out again if the assessment made these edits.
    fn made(&self, before: &str, assessed: Option<&Edited>) -> Result<String, String> {
        match assessed {
            Some(edited) if edited.by == self.edits => Ok(edited.text.clone()),
            Some(_) | None => self.after(before),
        }
    }

    fn after(&self, before: &str) -> Result<String, String> {
        edited(self.start(before).to_owned(), &self.edits)
    }
}
