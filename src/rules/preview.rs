//! Every touched file before and after the changes that are taken now, for a screen to diff.
//! Secrets are hidden on both sides; values that are still to be asked stand as `{{input.NAME}}`.

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
    redact::Redactor,
};
use std::collections::BTreeMap;

/// Every piece costs a parse of its file; past this many the whole difference has to do.
const PIECES_MAX: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePreview {
    pub file: RelPath,
    /// Empty for a new file.
    pub before: String,
    pub after: String,
    /// Why the changes cannot be shown.
    pub fault: Option<String>,
}

pub fn preview(case: Case, assessment: &Assessment) -> Vec<FilePreview> {
    preview_with(case, assessment, Editors::REAL)
}

pub(super) fn preview_with(
    case: Case,
    assessment: &Assessment,
    editors: Editors,
) -> Vec<FilePreview> {
    let redactor = mask::redactor(case);
    let mut files: Vec<Touched> = Vec::new();
    let mut places = BTreeMap::new();
    for (_, change) in assessment.changes(case.decisions) {
        let at = *places.entry(&change.file).or_insert_with(|| {
            files.push(Touched::new(case, &change.file));
            files.len() - 1
        });
        match &change.what {
            FileChange::Create { text } => files[at].start.clone_from(text),
            FileChange::Edit(edit) => {
                files[at].edits.push((change.format.clone(), edit.clone()));
            }
        }
    }
    let shown = files
        .into_iter()
        .map(|file| file.preview(&redactor, editors));
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

/// The pieces of every finding that proposes changes. A change that cannot be made has none: the
/// finding or the file's preview says why.
pub fn pieces(case: Case, assessment: &Assessment) -> BTreeMap<RuleId, Vec<Piece>> {
    pieces_with(case, assessment, Editors::REAL)
}

pub(super) fn pieces_with(
    case: Case,
    assessment: &Assessment,
    editors: Editors,
) -> BTreeMap<RuleId, Vec<Piece>> {
    let redactor = mask::redactor(case);
    let hide = |text: &str| redactor.redact(text).into_owned();
    let mut texts = Texts::new();
    let mut pieces = BTreeMap::new();
    let changing = assessment.in_order().filter(|f| !f.changes.is_empty());
    for finding in changing.take(PIECES_MAX) {
        let taken = taken_changes(finding, case.decisions.get(&finding.id)).next();
        let mut own = Vec::new();
        for option in options(finding) {
            let of_option = |change: &&ProposedChange| change.option.as_deref() == option;
            let changes = finding.changes.iter().filter(of_option);
            let made = make(case, &texts, changes, editors);
            for (&file, after) in &made {
                own.push(Piece {
                    option: option.map(str::to_owned),
                    file: file.clone(),
                    before: hide(text_of(case, &texts, file)),
                    after: hide(after),
                });
            }
            if taken.is_some_and(|change| change.option.as_deref() == option) {
                texts.extend(made);
            }
        }
        pieces.insert(finding.id.clone(), own);
    }
    pieces
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

fn text_of<'t>(case: Case<'t>, texts: &'t Texts, file: &RelPath) -> &'t str {
    let surveyed = || case.survey.files.get(file).and_then(FileState::text);
    let text = texts.get(file).map(String::as_str);
    text.or_else(surveyed).unwrap_or_default()
}

fn make<'a>(
    case: Case,
    texts: &Texts,
    changes: impl Iterator<Item = &'a ProposedChange>,
    editors: Editors,
) -> Texts<'a> {
    let mut made = Texts::new();
    for change in changes {
        let before = made.get(&change.file).map(String::as_str);
        let before = before.unwrap_or_else(|| text_of(case, texts, &change.file));
        let after = match &change.what {
            FileChange::Create { text } => Ok(text.clone()),
            FileChange::Edit(edit) => {
                edited(editors, before, &[(change.format.clone(), edit.clone())])
            }
        };
        if let Ok(after) = after {
            made.insert(&change.file, after);
        }
    }
    made
}

struct Touched {
    file: RelPath,
    before: String,
    /// What the edits start from.
    start: String,
    edits: Vec<(String, Edit)>,
}

impl Touched {
    fn new(case: Case, file: &RelPath) -> Self {
        let text = case.survey.files.get(file).and_then(FileState::text);
        Self {
            file: file.clone(),
            before: text.unwrap_or_default().to_owned(),
            start: text.unwrap_or_default().to_owned(),
            edits: Vec::new(),
        }
    }

    fn preview(self, redactor: &Redactor, editors: Editors) -> FilePreview {
        let (after, fault) = match edited(editors, &self.start, &self.edits) {
            Ok(after) => (after, None),
            Err(why) => (self.start, Some(why)),
        };
        FilePreview {
            file: self.file,
            before: redactor.redact(&self.before).into_owned(),
            after: redactor.redact(&after).into_owned(),
            fault,
        }
    }
}
