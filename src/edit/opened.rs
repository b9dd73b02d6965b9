//! A file's text, parsed once, to be queried and edited any number of times.

use super::{
    Document, Edit, EditError, Format, Outcome,
    batch::{self, Changeset, See},
    grammar::{Grammar, LineFormat},
    located::Located,
    syntax::File,
    tree::Tree,
    within_limits,
};
use crate::model::route::Route;
use std::{cell::OnceCell, rc::Rc};

#[derive(Clone, Debug)]
pub struct Opened {
    format: Format,
    text: Rc<str>,
    parsed: Parsed,
    document: OnceCell<Document>,
}

#[derive(Clone, Debug)]
enum Parsed {
    Tree(Box<Located>),
    /// Its entries are the document.
    Lines(LineFormat),
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
            Grammar::Tree(syntax) => Self::located(format, Located::new(syntax, text)?),
            Grammar::Lines(lines) => Self::in_lines(format, lines, text),
        })
    }

    /// The line-based editors work on the text directly: there is nothing to parse.
    fn in_lines(format: Format, lines: LineFormat, text: &str) -> Self {
        Self {
            format,
            text: Rc::from(text),
            parsed: Parsed::Lines(lines),
            document: OnceCell::new(),
        }
    }

    fn located(format: Format, file: Located) -> Self {
        Self {
            format,
            text: Rc::clone(&file.tree.text),
            parsed: Parsed::Tree(Box::new(file)),
            document: OnceCell::new(),
        }
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn document(&self) -> &Document {
        self.document.get_or_init(|| match &self.parsed {
            Parsed::Tree(file) => file.tree.document(),
            Parsed::Lines(lines) => lines.read(&self.text),
        })
    }

    pub fn into_document(self) -> Document {
        self.document();
        self.document.into_inner().unwrap_or_default()
    }

    fn tree(&self) -> Option<&Tree> {
        match &self.parsed {
            Parsed::Tree(file) => Some(&file.tree),
            Parsed::Lines(_) => None,
        }
    }

    /// The line of an entry, from 1. The document says the same, but takes much more memory.
    pub fn line(&self, route: &Route) -> Option<usize> {
        match self.tree() {
            Some(tree) => tree.line(route),
            None => self.document().get(route).map(|entry| entry.line),
        }
    }

    /// The comments inside of the list or map at a route, line by line.
    pub fn comments_inside(&self, route: &Route) -> Vec<String> {
        let Parsed::Tree(file) = &self.parsed else {
            return Vec::new();
        };
        let tree = &file.tree;
        let found = tree.find(route);
        let id = found.last();
        if found.missing > 0 || !tree.nodes[id].is_container() {
            return Vec::new();
        }
        let file = File::new(file.syntax, tree);
        let comments = file.comments_inside(id).into_iter();
        comments.map(str::to_owned).collect()
    }

    /// The other routes under which a reader finds the value at this one: a change here changes
    /// those too.
    pub fn also_read_at(&self, route: &Route) -> Vec<Route> {
        let also = |tree: &Tree| tree.also_read_at(route);
        self.tree().map(also).unwrap_or_default()
    }

    /// What each of several changes makes of the text that those before it have left. For people to
    /// look at: the result is not read back.
    pub fn preview(&self, changes: &[Changeset], see: &mut See) {
        match &self.parsed {
            Parsed::Tree(file) => batch::preview(file, changes, see),
            Parsed::Lines(_) => self.preview_one_by_one(changes, see),
        }
    }

    /// The same, but every change is made by `apply` and read back.
    pub fn preview_one_by_one(&self, changes: &[Changeset], see: &mut See) {
        let mut now: Option<Self> = None;
        for (nth, change) in changes.iter().enumerate() {
            let begins = now.as_ref().unwrap_or(self);
            let Ok(Changed { file, .. }) = begins.apply(&change.edits) else {
                see(nth, None);
                continue;
            };
            see(nth, Some(file.as_ref().unwrap_or(begins).text()));
            if change.stays && file.is_some() {
                now = file;
            }
        }
    }

    /// Applies the edits in order; on an error none is applied.
    pub fn apply(&self, edits: &[Edit]) -> Result<Changed, EditError> {
        let (file, outcomes) = match &self.parsed {
            Parsed::Tree(file) => {
                let (file, outcomes) = batch::apply(file, edits)?;
                (file.map(|file| Self::located(self.format, file)), outcomes)
            }
            Parsed::Lines(lines) => {
                let edited = lines.apply(&self.text, edits)?;
                let differs = *edited.text != *self.text;
                let file = differs.then(|| Self::in_lines(self.format, *lines, &edited.text));
                (file, edited.outcomes)
            }
        };
        Ok(Changed { file, outcomes })
    }
}
