//! Every touched file before and after the changes that are taken now, for a screen to diff; handed
//! over file by file.
//! Secrets are hidden on both sides; values that are still to be asked stand as `{{input.NAME}}`.

mod known;

use super::{
    assess::{Assessment, Case, editors::Editors, files::edited, taken_changes},
    mask,
};
use crate::{
    model::{
        edit::Edit,
        finding::{FileChange, Finding, ProposedChange, Safety},
        ids::RuleId,
        path::RelPath,
        survey::FileState,
    },
    redact::MASK,
};
use known::Known;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// Said behind a line whose hidden value changes.
const CHANGES_HIDDEN: &str = "  (hidden, and it changes)";

/// Every piece costs a parse of its file; past this many the whole difference has to do.
const PIECES_MAX: usize = 300;

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
    preview_with(case, assessment, Editors::REAL, see)
}

pub(super) fn preview_with<S>(
    case: Case,
    assessment: &Assessment,
    editors: Editors,
    see: impl Fn(FilePreview) -> S,
) -> Vec<S> {
    let redactor = mask::redactor(case, assessment);
    let hide = |text: &str| redactor.redact(text).into_owned();
    let known = Known::of(case, assessment);
    let mut files: Vec<(&RelPath, Touched)> = Vec::new();
    let mut places = BTreeMap::new();
    for (finding, change) in assessment.changes(case.decisions) {
        let at = *places.entry(&change.file).or_insert_with(|| {
            let before = surveyed(case, &change.file);
            files.push((&change.file, Touched::new(before)));
            files.len() - 1
        });
        files[at].1.follow(change, &known, finding.hop);
    }
    let shown = files.into_iter().map(|(file, touched)| {
        let (after, fault) = match touched.after(editors) {
            Ok(after) => (after, None),
            Err(why) => (touched.start.to_owned(), Some(why)),
        };
        let before = hide(touched.before);
        see(FilePreview {
            file: file.clone(),
            after: told_apart((touched.before, &before), (&after, &hide(&after))),
            before,
            fault,
        })
    });
    shown.collect()
}

/// What one finding makes of a file that has every change before it, itself taken or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The answer that makes it, if the finding is a question.
    pub option: Option<String>,
    pub file: RelPath,
    pub before: String,
    pub after: String,
}

/// What is made of each piece, of every finding that proposes changes. A change that cannot be made
/// has no piece: the finding or the file's preview says why. Each piece is a whole file twice, so
/// they are handed over one by one, and none is kept.
pub fn pieces<S>(
    case: Case,
    assessment: &Assessment,
    see: impl Fn(Piece) -> Option<S>,
) -> BTreeMap<RuleId, Vec<S>> {
    pieces_with(case, assessment, Editors::REAL, see)
}

pub(super) fn pieces_with<S>(
    case: Case,
    assessment: &Assessment,
    editors: Editors,
    see: impl Fn(Piece) -> Option<S>,
) -> BTreeMap<RuleId, Vec<S>> {
    let redactor = mask::redactor(case, assessment);
    let hide = |text: &str| redactor.redact(text).into_owned();
    let known = Known::of(case, assessment);
    let mut texts = Texts::new();
    // The files as they are shown now: what one finding makes is what the next one begins with.
    let mut shown_now = Texts::new();
    let mut pieces = BTreeMap::new();
    let changing = assessment.in_order().filter(|f| !f.changes.is_empty());
    for finding in changing.take(PIECES_MAX) {
        let taken = taken_changes(finding, case.decisions.get(&finding.id)).next();
        let mut own = Vec::new();
        for option in options(finding) {
            let of_option = |change: &&ProposedChange| change.option.as_deref() == option;
            let changes = finding.changes.iter().filter(of_option);
            let hop = finding.hop;
            let made = make(&known, &texts, changes.map(|change| (hop, change)), editors);
            let shown: Texts = made
                .iter()
                .map(|(&file, after)| (file, hide(after)))
                .collect();
            own.extend(shown.iter().filter_map(|(&file, after)| {
                let raw = text_of(case, &texts, file);
                let before = shown_now.entry(file).or_insert_with(|| hide(raw));
                see(Piece {
                    option: option.map(str::to_owned),
                    file: file.clone(),
                    before: before.clone(),
                    after: told_apart((raw, before), (&made[file], after)),
                })
            }));
            if taken.is_some_and(|change| change.option.as_deref() == option) {
                texts.extend(made);
                shown_now.extend(shown);
            }
        }
        pieces.insert(finding.id.clone(), own);
    }
    pieces
}

/// The new side as it is shown. Each side is a text and the same with its secrets hidden. Where a hidden
/// value changes, its two lines would read the same: the new one says that it changes.
fn told_apart((before, shown_before): (&str, &str), (after, shown_after): (&str, &str)) -> String {
    let lines = |text: &'_ str| text.split_inclusive('\n').count();
    // A secret of several lines may be hidden as one: then nobody knows which line is which.
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

/// The files that differ from those surveyed.
type Texts<'a> = BTreeMap<&'a RelPath, String>;

/// The answers that lead to changes; what is no question has one way only.
fn options(finding: &Finding) -> Vec<Option<&str>> {
    match &finding.safety {
        Safety::Decide { options, .. } => options.iter().map(|o| Some(o.id.as_str())).collect(),
        Safety::Safe { .. } | Safety::OptIn | Safety::Nothing | Safety::Blocks => vec![None],
    }
}

fn surveyed<'t>(case: Case<'t>, file: &RelPath) -> &'t str {
    let state = case.survey.files.get(file);
    state.and_then(FileState::text).unwrap_or_default()
}

fn text_of<'t>(case: Case<'t>, texts: &'t Texts, file: &RelPath) -> &'t str {
    let text = texts.get(file).map(String::as_str);
    text.unwrap_or_else(|| surveyed(case, file))
}

fn make<'a>(
    known: &Known,
    texts: &Texts,
    changes: impl Iterator<Item = (usize, &'a ProposedChange)>,
    editors: Editors,
) -> Texts<'a> {
    let mut made: BTreeMap<&RelPath, Touched> = BTreeMap::new();
    for (hop, change) in changes {
        let touched = made
            .entry(&change.file)
            .or_insert_with(|| Touched::new(text_of(known.case, texts, &change.file)));
        touched.follow(change, known, hop);
    }
    let made = made.into_iter();
    made.filter_map(|(file, touched)| Some((file, touched.after(editors).ok()?)))
        .collect()
}

/// A file under its changes; all edits are made at once.
struct Touched<'t> {
    before: &'t str,
    /// What the edits start from.
    start: &'t str,
    edits: Vec<(String, Edit)>,
}

impl<'t> Touched<'t> {
    fn new(before: &'t str) -> Self {
        Self {
            before,
            start: before,
            edits: Vec::new(),
        }
    }

    fn follow(&mut self, change: &'t ProposedChange, known: &Known, hop: usize) {
        match &change.what {
            FileChange::Write { text } => {
                self.start = text;
                self.edits.clear();
            }
            FileChange::Edit(edit) => {
                let edit = known.filled(edit, hop);
                self.edits.push((change.format.clone(), edit));
            }
        }
    }

    fn after(&self, editors: Editors) -> Result<String, String> {
        edited(editors, self.start.to_owned(), &self.edits)
    }
}
