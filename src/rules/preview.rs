//! Every touched file before and after the changes that are taken now, for a screen to diff.
//! Secrets are hidden on both sides; values that are still to be asked stand as `{{input.NAME}}`.

use super::{
    assess::{Assessment, Case, editors::Editors, files::edited},
    mask,
};
use crate::{
    model::{edit::Edit, finding::FileChange, path::RelPath, survey::FileState},
    redact::Redactor,
};

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
    let mut places = std::collections::BTreeMap::new();
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
