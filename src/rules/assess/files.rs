//! The texts of the virtual product. Changes are collected and applied to a file at once, when
//! its text is asked for: a file with a thousand changes is parsed once a hop, not a thousand times.

use super::{Case, editors::Editors};
use crate::{
    edit::Format,
    model::{
        edit::Edit,
        finding::{FileChange, ProposedChange},
        path::RelPath,
        survey::FileState,
    },
};
use std::collections::BTreeMap;

pub(super) struct Files<'a> {
    surveyed: &'a BTreeMap<RelPath, FileState>,
    editors: Editors,
    texts: BTreeMap<RelPath, String>,
    /// With the format they are made in.
    waiting: BTreeMap<RelPath, Vec<(String, Edit)>>,
}

impl<'a> Files<'a> {
    pub fn new(case: Case<'a>, editors: Editors) -> Self {
        Self {
            surveyed: &case.survey.files,
            editors,
            texts: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    pub fn follow(&mut self, change: &ProposedChange) {
        match &change.what {
            FileChange::Edit(edit) => {
                let waiting = self.waiting.entry(change.file.clone()).or_default();
                waiting.push((change.format.clone(), edit.clone()));
            }
            FileChange::Write { text } => {
                self.waiting.remove(&change.file);
                self.texts.insert(change.file.clone(), text.clone());
            }
        }
    }

    /// The text with every change so far; `None` if the file is not there.
    pub fn text(&mut self, file: &RelPath) -> Result<Option<String>, String> {
        let surveyed = match self.surveyed.get(file) {
            Some(FileState::Unusable { why }) => return Err(why.clone()),
            Some(FileState::Text { text, .. }) => Some(text),
            Some(FileState::Absent) | None => None,
        };
        let waiting = self.waiting.remove(file).unwrap_or_default();
        let present = self.texts.get(file).or(surveyed).cloned();
        if waiting.is_empty() {
            return Ok(present);
        }
        let text = edited(self.editors, present.as_deref().unwrap_or(""), &waiting)?;
        self.texts.insert(file.clone(), text.clone());
        Ok(Some(text))
    }
}

/// Changes of one file in order, those of one format that follow one another at once.
pub(in crate::rules) fn edited(
    editors: Editors,
    text: &str,
    changes: &[(String, Edit)],
) -> Result<String, String> {
    let mut text = text.to_owned();
    for run in changes.chunk_by(|(one, _), (other, _)| one == other) {
        let name = run.first().map_or("", |(format, _)| format);
        let format = Format::named(name)
            .ok_or_else(|| format!("`{name}` is no format that can be edited"))?;
        let edits: Vec<Edit> = run.iter().map(|(_, edit)| edit.clone()).collect();
        let edited = (editors.apply)(&format, &text, &edits).map_err(|error| error.to_string())?;
        text = edited.text;
    }
    Ok(text)
}
