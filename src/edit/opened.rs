//! A file's text, parsed once, to be queried and edited any number of times.

use super::{
    Document, Edit, EditError, Format, Outcome, See, Stage, batch,
    grammar::Grammar,
    syntax::{File, Syntax},
    tree::Tree,
    within_limits,
};
use crate::model::route::Route;
use serde_json::Value;
use std::{cell::OnceCell, rc::Rc};

#[derive(Clone, Debug)]
pub struct Opened {
    format: Format,
    text: Rc<str>,
    /// The places of everything, for formats that are read as a tree.
    pub(super) tree: Option<Tree>,
    /// What the independent reader says, once it was asked.
    data: OnceCell<Value>,
    document: OnceCell<Document>,
}

/// What edits make of a file.
#[derive(Clone, Debug)]
pub struct Changed {
    /// `None` if it stays as it is, byte for byte.
    pub file: Option<Opened>,
    pub outcomes: Vec<Outcome>,
}

impl Opened {
    pub fn new(format: Format, text: &str) -> Result<Self, EditError> {
        within_limits(&format, text)?;
        Ok(match Grammar::of(format) {
            Grammar::Tree(syntax) => Self::located(format, syntax.locate(&Rc::from(text))?),
            Grammar::Lines(lines) => Self::read(format, text, lines.read(text)),
        })
    }

    pub(super) fn located(format: Format, tree: Tree) -> Self {
        Self {
            format,
            text: Rc::clone(&tree.text),
            tree: Some(tree),
            data: OnceCell::new(),
            document: OnceCell::new(),
        }
    }

    /// A text whose document another reader has made.
    pub fn read(format: Format, text: &str, document: Document) -> Self {
        Self {
            format,
            text: Rc::from(text),
            tree: None,
            data: OnceCell::new(),
            document: OnceCell::from(document),
        }
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn document(&self) -> &Document {
        let read = || self.tree.as_ref().map(Tree::document).unwrap_or_default();
        self.document.get_or_init(read)
    }

    /// The line of an entry, from 1. The document says the same, but takes much more memory.
    pub fn line(&self, route: &Route) -> Option<usize> {
        match &self.tree {
            Some(tree) => tree.line(route),
            None => self.document().get(route).map(|entry| entry.line),
        }
    }

    /// The comments inside of the list or map at a route, line by line.
    pub fn comments_inside(&self, route: &Route) -> Vec<String> {
        let (Grammar::Tree(syntax), Some(tree)) = (Grammar::of(self.format), &self.tree) else {
            return Vec::new();
        };
        let found = tree.find(route);
        let id = found.last();
        if found.missing > 0 || !tree.nodes[id].is_container() {
            return Vec::new();
        }
        let file = File::new(tree);
        let comments = file.comments_inside(id, syntax.comment());
        comments.into_iter().map(str::to_owned).collect()
    }

    /// The other routes under which a reader finds the value at this one: a change here changes
    /// those too.
    pub fn also_read_at(&self, route: &Route) -> Vec<Route> {
        let also = |tree: &Tree| tree.also_read_at(route);
        self.tree.as_ref().map(also).unwrap_or_default()
    }

    /// The text's data according to the reader that located everything.
    pub(super) fn located_data(&self) -> Value {
        let whole = |tree: &Tree| tree.data(0);
        self.tree.as_ref().map(whole).unwrap_or_default()
    }

    /// The text's data according to the format's independent reader.
    pub(super) fn data(&self, syntax: &dyn Syntax) -> Result<&Value, EditError> {
        if let Some(data) = self.data.get() {
            return Ok(data);
        }
        let data = match &self.tree {
            Some(tree) => syntax.data(tree)?,
            None => Value::Null,
        };
        Ok(self.data.get_or_init(|| data))
    }

    pub fn into_document(self) -> Document {
        self.document();
        self.document.into_inner().unwrap_or_default()
    }

    /// What each of several changes makes of the text that those before it have left. For people to
    /// look at: the result is not read back.
    pub fn stages(&self, stages: &[Stage], see: &mut See) {
        match (Grammar::of(self.format), &self.tree) {
            (Grammar::Tree(syntax), Some(tree)) => batch::stages(syntax, tree, stages, see),
            (Grammar::Tree(_), None) | (Grammar::Lines(_), _) => {
                one_by_one(self, Self::apply, stages, see);
            }
        }
    }

    /// Applies the edits in order; on an error none is applied.
    pub fn apply(&self, edits: &[Edit]) -> Result<Changed, EditError> {
        let edited = match (Grammar::of(self.format), &self.tree) {
            (Grammar::Tree(syntax), Some(tree)) => {
                return batch::apply(syntax, self, tree, edits);
            }
            // The text has not been located yet.
            (Grammar::Tree(_), None) => return Self::new(self.format, &self.text)?.apply(edits),
            (Grammar::Lines(lines), _) => lines.apply(&self.text, edits)?,
        };
        let file = match *edited.text == *self.text {
            true => None,
            false => Some(Self::new(self.format, &edited.text)?),
        };
        Ok(Changed {
            file,
            outcomes: edited.outcomes,
        })
    }
}

/// Like `Opened::stages`, but applies every change by reading the text again.
pub fn one_by_one(
    opened: &Opened,
    apply: fn(&Opened, &[Edit]) -> Result<Changed, EditError>,
    stages: &[Stage],
    see: &mut See,
) {
    let mut now: Option<Opened> = None;
    for (nth, stage) in stages.iter().enumerate() {
        let begins = now.as_ref().unwrap_or(opened);
        let Ok(Changed { file, .. }) = apply(begins, &stage.edits) else {
            see(nth, None);
            continue;
        };
        see(nth, Some(file.as_ref().unwrap_or(begins).text()));
        if stage.stays && file.is_some() {
            now = file;
        }
    }
}
