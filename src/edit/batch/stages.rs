//! What each of several changes makes of a file that has those before it, for people to look at.
//! Here too the changes that do not depend on each other share one parse. Nothing is read back by
//! the independent reader: what is written goes through `apply`.

use super::{Batch, made};
use crate::edit::{
    Edit, EditError,
    syntax::{File, Syntax},
    tree::Tree,
};
use std::borrow::Cow;

/// Edits that belong together.
#[derive(Clone, Debug)]
pub struct Stage {
    pub edits: Vec<Edit>,
    /// Whether later stages start from the result of this one.
    pub stays: bool,
}

/// Receives the text after each stage, with the stage's index; `None` if it cannot be made.
pub type See<'s> = dyn FnMut(usize, Option<&str>) + 's;

pub fn stages(syntax: &dyn Syntax, tree: &Tree, stages: &[Stage], see: &mut See) {
    let mut tree = Cow::Borrowed(tree);
    let mut seen = 0;
    while let Some(first) = stages.get(seen) {
        let file = File::new(&tree);
        let mut batch = Batch::new(syntax, &file);
        let begin = seen;
        for stage in &stages[begin..] {
            let mut with_it = batch.clone();
            match with_it.take_all(&stage.edits) {
                Ok(true) => {
                    see(seen, Some(&with_it.splices.apply(&tree.text)));
                    if stage.stays {
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
                Err(_) => return (seen..stages.len()).for_each(|nth| see(nth, None)),
            }
        } else {
            // One parse is not enough for this stage alone.
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
