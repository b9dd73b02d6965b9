//! What each of several changes makes of a file that has those before it, for people to look at.
//! Here too the changes that do not depend on each other share one parse. Nothing is read back by
//! the independent reader: what is written goes through `apply`.

use super::{Batch, made};
use crate::edit::{Edit, EditError, located::Located, syntax::File};
use std::borrow::Cow;

/// Edits that belong together.
#[derive(Clone, Debug)]
pub struct Changeset {
    pub edits: Vec<Edit>,
    /// Whether the later ones start from the result of this one.
    pub stays: bool,
}

/// Receives the text after each of them, with its index; `None` if it cannot be made.
pub type See<'s> = dyn FnMut(usize, Option<&str>) + 's;

pub fn preview(file: &Located, changes: &[Changeset], see: &mut See) {
    let syntax = file.syntax;
    let mut tree = Cow::Borrowed(&file.tree);
    let mut seen = 0;
    while let Some(first) = changes.get(seen) {
        let file = File::new(syntax, &tree);
        let mut batch = Batch::new(syntax, &file);
        let begin = seen;
        for change in &changes[begin..] {
            let mut with_it = batch.clone();
            match with_it.take_all(&change.edits) {
                Ok(true) => {
                    see(seen, Some(&with_it.splices.apply(&tree.text)));
                    if change.stays {
                        batch = with_it;
                    }
                }
                Ok(false) => break,
                Err(_) => see(seen, None),
            }
            seen += 1;
        }
        if seen > begin {
            let text = batch.splices.apply(&tree.text).into();
            match syntax.locate(&text) {
                Ok(next) => tree = Cow::Owned(next),
                // The difference of the whole file says why.
                Err(_) => return (seen..changes.len()).for_each(|nth| see(nth, None)),
            }
        } else {
            // One parse is not enough for this one alone.
            let alone = made(syntax, &tree, &first.edits).map(|(after, _)| after.into_owned());
            see(begin, alone.as_ref().ok().map(|after| &*after.text));
            if let Ok(after) = alone
                && first.stays
            {
                tree = Cow::Owned(after);
            }
            seen += 1;
        }
    }
}

impl Batch<'_> {
    /// Takes all edits into this batch; `false` if one of them needs another parse.
    fn take_all(&mut self, edits: &[Edit]) -> Result<bool, EditError> {
        for edit in edits {
            if self.take(edit)?.is_none() || !self.left_behind.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
