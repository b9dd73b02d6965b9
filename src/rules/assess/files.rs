//! The texts of the virtual product. Changes are collected and applied to a file together when its
//! text is needed: a file with a thousand changes is parsed once per hop, not a thousand times. A
//! file that was opened or changed to judge one rule is reused for the next rule on the same file.
//! The index of an opened file takes much more memory than the file, so only the last one that was
//! opened or foreseen is kept.

use crate::{
    edit::{self, Format, Opened},
    model::{
        edit::Edit,
        finding::{FileChange, ProposedChange},
        path::RelPath,
        survey::FileState,
    },
};
use std::{collections::BTreeMap, rc::Rc};

pub(super) struct Files<'a> {
    surveyed: &'a BTreeMap<RelPath, FileState>,
    texts: BTreeMap<RelPath, Edited>,
    waiting: BTreeMap<RelPath, Vec<Change>>,
    /// The last one that was opened as it stands, or as it was foreseen.
    opened: Option<(RelPath, Rc<Opened>)>,
    /// The text that a file will have after exactly these changes.
    foreseen: BTreeMap<RelPath, (Vec<Change>, String)>,
}

/// An edit, with the format it is made in.
pub(in crate::rules) type Change = (Format, Edit);

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::rules) struct Edited {
    pub text: String,
    /// The edits that made it, since the file was surveyed or written as a whole.
    pub by: Vec<Change>,
}

impl<'a> Files<'a> {
    pub fn new(surveyed: &'a BTreeMap<RelPath, FileState>) -> Self {
        Self {
            surveyed,
            texts: BTreeMap::new(),
            waiting: BTreeMap::new(),
            opened: None,
            foreseen: BTreeMap::new(),
        }
    }

    pub fn follow(&mut self, change: &ProposedChange) {
        match &change.what {
            FileChange::Edit(edit) => {
                let waiting = self.waiting.entry(change.file.clone()).or_default();
                waiting.push((change.format, edit.clone()));
            }
            FileChange::Write { text } => {
                self.waiting.remove(&change.file);
                self.foreseen.remove(&change.file);
                let (text, by) = (text.clone(), Vec::new());
                self.texts.insert(change.file.clone(), Edited { text, by });
            }
        }
    }

    pub fn changes(&self, file: &RelPath) -> bool {
        self.waiting.contains_key(file) || self.texts.contains_key(file)
    }

    /// The text with every change so far; `None` if the file is not there.
    pub fn text(&mut self, file: &RelPath) -> Result<Option<String>, String> {
        let surveyed = match self.surveyed.get(file) {
            Some(FileState::Unusable { why }) => return Err(why.clone()),
            Some(FileState::Text { text, .. }) => Some(text),
            Some(FileState::Absent) | None => None,
        };
        let waiting = self.waiting.remove(file).unwrap_or_default();
        let foreseen = self.foreseen.remove(file);
        let present = self.texts.get(file).map(|edited| &edited.text);
        let present = present.or(surveyed).cloned();
        if waiting.is_empty() {
            return Ok(present);
        }
        let present = present.unwrap_or_default();
        let text = match foreseen {
            Some((changes, then)) if waiting.starts_with(&changes) => {
                edited(then, &waiting[changes.len()..])?
            }
            Some(_) | None => edited(present, &waiting)?,
        };
        let became = self.texts.entry(file.clone()).or_default();
        became.text.clone_from(&text);
        became.by.extend(waiting);
        Ok(Some(text))
    }

    /// Every file that the changes touch, once no more of them follow. One that cannot be edited is
    /// reported elsewhere, and left out here.
    pub fn take_edited(&mut self) -> BTreeMap<RelPath, Edited> {
        let waiting: Vec<RelPath> = self.waiting.keys().cloned().collect();
        for file in waiting {
            if self.text(&file).is_err() {
                self.texts.remove(&file);
            }
        }
        std::mem::take(&mut self.texts)
    }

    /// The same, opened for reading and editing.
    pub fn open(
        &mut self,
        file: &RelPath,
        format: Format,
        text: &str,
    ) -> Result<Rc<Opened>, String> {
        if let Some((of, opened)) = &self.opened
            && of == file
            && opened.format() == format
            && opened.text() == text
        {
            return Ok(Rc::clone(opened));
        }
        self.opened = None;
        let opened = Opened::new(format, text).map_err(|error| error.to_string())?;
        let opened = Rc::new(opened);
        self.opened = Some((file.clone(), Rc::clone(&opened)));
        Ok(opened)
    }

    /// Remembers what a file becomes should these changes follow before any other.
    pub fn foresee(&mut self, file: &RelPath, changes: Vec<Change>, then: Opened) {
        let text = then.text().to_owned();
        self.foreseen.insert(file.clone(), (changes, text));
        self.opened = Some((file.clone(), Rc::new(then)));
    }
}

/// Applies changes to one file in order; runs of changes in one format are applied together.
pub(in crate::rules) fn edited(mut text: String, changes: &[Change]) -> Result<String, String> {
    for run in changes.chunk_by(|(one, _), (other, _)| one == other) {
        let edits: Vec<Edit> = run.iter().map(|(_, edit)| edit.clone()).collect();
        let edited = edit::apply(&run[0].0, &text, &edits).map_err(|error| error.to_string())?;
        text = edited.text;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{edit::Op, route::Route},
        rules::testing::{rel, survey, text_file},
    };

    fn set(key: &str, value: &str) -> Change {
        let op = Op::Set {
            value: value.into(),
        };
        let route = Route::key(key);
        (Format::DOTENV, Edit::new(route, op))
    }

    /// The text after changes of which others were foreseen, with a result no editor would make.
    fn text_after(foreseen: &[Change], changes: &[Change]) -> String {
        let mut survey = survey();
        text_file(&mut survey, ".env", "A=1\n");
        let file = rel(".env");
        let mut files = Files::new(&survey.files);
        let then = Opened::new(Format::DOTENV, "SEEN=before\n").expect("lines");
        files.foresee(&file, foreseen.to_vec(), then);
        for (format, edit) in changes {
            files.follow(&ProposedChange {
                file: file.clone(),
                format: *format,
                what: FileChange::Edit(edit.clone()),
                option: None,
            });
        }
        let text = files.text(&file).expect("readable").expect("there");
        let again = files.text(&file).expect("readable").expect("there");
        assert_eq!(text, again);
        let edited = files.take_edited().remove(&file);
        let by = edited.map(|edited| (edited.by, edited.text));
        let wanted = (changes.to_vec(), text.clone());
        assert_eq!(by, (!changes.is_empty()).then_some(wanted));
        text
    }

    #[test]
    fn what_was_foreseen_counts_only_after_exactly_those_changes() {
        let (one, other) = (set("A", "2"), set("B", "3"));
        let both = [one.clone(), other.clone()];
        assert_eq!(text_after(&both, &both), "SEEN=before\n");
        assert_eq!(text_after(&both, std::slice::from_ref(&one)), "A=2\n");
        let first = std::slice::from_ref(&one);
        assert_eq!(text_after(first, &both), "SEEN=before\nB=3\n");
        assert_eq!(
            text_after(std::slice::from_ref(&other), &both),
            "A=2\nB=3\n"
        );
        assert_eq!(text_after(std::slice::from_ref(&other), &[one]), "A=2\n");
        assert_eq!(text_after(&[other], &[]), "A=1\n");
    }

    #[test]
    fn what_is_written_as_a_whole_forgets_the_edits_before_it() {
        let mut survey = survey();
        text_file(&mut survey, ".env", "A=1\n");
        let mut files = Files::new(&survey.files);
        let change = |what| ProposedChange {
            file: rel(".env"),
            format: Format::DOTENV,
            what,
            option: None,
        };
        let text = "A=3\n".to_owned();
        let (before, behind) = (set("A", "2"), set("B", "4"));
        files.follow(&change(FileChange::Edit(before.1)));
        files.follow(&change(FileChange::Write { text }));
        files.follow(&change(FileChange::Edit(behind.1.clone())));
        let wanted = Edited {
            text: "A=3\nB=4\n".to_owned(),
            by: vec![behind],
        };
        assert_eq!(files.take_edited(), BTreeMap::from([(rel(".env"), wanted)]));
    }
}
