//! Edits that do not depend on each other share one parse. One that depends on an earlier one ends
//! the batch: the text is spliced and parsed again, and the rest continues. So the cost grows with
//! the dependent edits and the lines.

mod assignments;
mod elsewhere;
mod items;
mod moves;
mod preview;
mod whole;

pub use preview::{Changeset, See, preview};

use super::{
    Edit, EditError, Op, Outcome,
    document::Kind,
    expect,
    located::Located,
    splice::{Splice, Splices},
    syntax::{Content, File, New, Syntax},
    tree::{Id, Layout, Reach, Tree},
};
use crate::model::route::{Route, Segment};
use serde_json::{Value, json};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    rc::Rc,
};

const UNCHANGED: &str = "make this change by hand; the file was left as it was";

/// Applies edits; no file if it stays as it is. The first batch starts from the existing parse, and
/// the last one leaves a parse: the one that the result was verified with.
pub fn apply(file: &Located, edits: &[Edit]) -> Result<(Option<Located>, Vec<Outcome>), EditError> {
    let (tree, outcomes) = made(file.syntax, &file.tree, edits)?;
    // Edits may also cancel each other out; the result is then verified like any other.
    let changed = outcomes.contains(&Outcome::Changed);
    if *tree.text == *file.text() && !changed {
        // An unchanged outcome is trusted only if the independent reader can read the file too.
        if !edits.is_empty() {
            file.data()?;
        }
        return Ok((None, outcomes));
    }
    let after = Located::of(file.syntax, tree.into_owned());
    verify(file, &after, edits, &outcomes)?;
    let differs = after.text() != file.text();
    Ok((differs.then_some(after), outcomes))
}

/// The result of the edits, not yet read back.
fn made<'t>(
    syntax: &dyn Syntax,
    tree: &'t Tree,
    edits: &[Edit],
) -> Result<(Cow<'t, Tree>, Vec<Outcome>), EditError> {
    let mut tree = Cow::Borrowed(tree);
    let mut outcomes = Vec::with_capacity(edits.len());
    let mut left_behind: Vec<Edit> = Vec::new();
    while outcomes.len() < edits.len() || !left_behind.is_empty() {
        let file = File::new(syntax, &tree);
        let mut batch = Batch::new(syntax, &file);
        let before = outcomes.len();
        let finished = batch.finish(&left_behind)?;
        let mut rest = left_behind.split_off(finished);
        for edit in &edits[before..] {
            if !(rest.is_empty() && batch.left_behind.is_empty()) {
                break;
            }
            match batch.take(edit)? {
                Some(outcome) => outcomes.push(outcome),
                None => break,
            }
        }
        if outcomes.len() == before && finished == 0 {
            let route = rest.iter().chain(&edits[before..]).map(|edit| &edit.route);
            let route = route.map(Route::to_string).next().unwrap_or_default();
            return Err(EditError::at(
                &tree.text,
                0,
                format!("the change at `{route}` meets itself"),
                "make this change by hand",
            ));
        }
        left_behind = std::mem::take(&mut batch.left_behind);
        left_behind.append(&mut rest);
        if !batch.splices.is_empty() {
            let text: Rc<str> = batch.splices.apply(&tree.text).into();
            tree = Cow::Owned(syntax.locate(&text).map_err(unreadable)?);
        }
    }
    Ok((tree, outcomes))
}

fn unreadable(error: EditError) -> EditError {
    EditError {
        why: format!("the result would not be readable: {}", error.why),
        cure: UNCHANGED.to_owned(),
        ..error
    }
}

/// Refuses a result unless the independent reader finds in it exactly what the edits make of the
/// old data.
fn verify(
    before: &Located,
    after: &Located,
    edits: &[Edit],
    outcomes: &[Outcome],
) -> Result<(), EditError> {
    let refused = |why: String| EditError::at(before.text(), 0, why, UNCHANGED);
    let expected = |mut data: Value| {
        for (edit, outcome) in edits.iter().zip(outcomes) {
            if *outcome == Outcome::Changed && expect::apply(&mut data, edit).is_none() {
                return Err(refused(format!(
                    "the change at `{}` makes no sense for the data there",
                    edit.route
                )));
            }
        }
        Ok(data)
    };
    let data = after.data()?;
    if expected(before.located_data()).is_ok_and(|expected| expected == *data) {
        return Ok(());
    }
    // The two readers may disagree about something no edit touches, such as an alias. Only then is
    // the old text read by both, and each reader's result compared with its own expectation.
    let as_read = expected(before.data()?.clone())? == *data;
    if as_read && expected(before.located_data())? == after.located_data() {
        return Ok(());
    }
    Err(EditError::misread(before.text()))
}

/// One parse, with the splices taken so far and which parts of it they have made outdated.
#[derive(Clone)]
struct Batch<'f> {
    syntax: &'f dyn Syntax,
    file: &'f File<'f>,
    splices: Splices,
    /// Nodes that an edit has changed as a whole.
    touched: HashSet<Id>,
    /// Nodes with a change somewhere below.
    inner: HashSet<Id>,
    /// Keys that are there now, or are no longer missing.
    made: HashSet<(Id, String)>,
    /// Lists whose indices, from this one on, refer to other items than before.
    shifted: HashMap<Id, usize>,
    /// Lists and a key of their items whose value may have changed, so `[key=text]` may differ.
    named: HashSet<(Id, String)>,
    gone: HashMap<Id, usize>,
    put: HashMap<Id, Vec<Value>>,
    /// What remains of the last edit for the next parse: removing the old entry of a move that
    /// could only be copied so far, or the other entries of a container.
    left_behind: Vec<Edit>,
}

type Taken = Result<Option<Outcome>, EditError>;

impl<'f> Batch<'f> {
    fn new(syntax: &'f dyn Syntax, file: &'f File<'f>) -> Self {
        Self {
            syntax,
            file,
            splices: Splices::default(),
            touched: HashSet::new(),
            inner: HashSet::new(),
            made: HashSet::new(),
            shifted: HashMap::new(),
            named: HashSet::new(),
            gone: HashMap::new(),
            put: HashMap::new(),
            left_behind: Vec::new(),
        }
    }

    /// Continues with what the previous parse left; returns how many of those edits are done.
    fn finish(&mut self, left: &[Edit]) -> Result<usize, EditError> {
        for (done, edit) in left.iter().enumerate() {
            if !self.left_behind.is_empty() || self.take(edit)?.is_none() {
                return Ok(done);
            }
        }
        Ok(left.len())
    }

    /// `None` when the edit must wait for the next parse.
    fn take(&mut self, edit: &Edit) -> Taken {
        let Some(found) = self.look(&edit.route) else {
            return Ok(None);
        };
        if found.elsewhere.is_some()
            && let Some(taken) = self.take_elsewhere(edit, &found)?
        {
            return Ok(Some(taken));
        }
        if let Some(taken) = self.take_assignment(edit, &found)? {
            return taken;
        }
        let missing = found.missing > 0;
        let id = found.last();
        if !missing && self.brings_another(edit, id)? {
            return Ok(None);
        }
        if !missing && self.inner.contains(&id) && self.is_whole(&edit.op) {
            return Ok(None);
        }
        match &edit.op {
            Op::Set { value } | Op::Default { value } if missing => self.make(edit, &found, value),
            Op::Default { .. } => Ok(Some(Outcome::AlreadyDone)),
            Op::Set { value } => self.set(id, value, edit.over_comments),
            Op::Append { value } if missing => self.make(edit, &found, &json!([value])),
            Op::Append { value } => self.append(id, value),
            Op::Rename { to } => {
                let Some(parent) = edit.route.parent() else {
                    return Ok(Some(Outcome::Absent));
                };
                let target = parent.at(to);
                self.relocate(&found, &edit.route, &target, None)
            }
            Op::Move { to, value } => self.relocate(&found, &edit.route, to, value.as_ref()),
            Op::Remove if missing => Ok(Some(Outcome::AlreadyDone)),
            Op::Rewrite { .. } | Op::Wrap(_) if missing => Ok(Some(Outcome::Absent)),
            Op::Remove => self.remove(id),
            Op::Rewrite { pattern, with } => {
                let node = self.file.node(id);
                if node.kind == Kind::List {
                    return self.rewrite_items(id, pattern, with);
                }
                if node.kind != Kind::Scalar {
                    return Err(self.refuse(id, "this is no text that a pattern could change"));
                }
                match expect::rewritten(&self.file.tree.data(id), pattern, with) {
                    Some(new) => self.set(id, &new, false),
                    None => Ok(Some(Outcome::AlreadyDone)),
                }
            }
            Op::Wrap(wrap) => {
                let data = self.file.tree.data(id);
                self.set_whole(id, &expect::wrapped(wrap, data))
            }
            Op::Replace { .. } => Err(self.refuse(
                0,
                "replacing by pattern is for plain text, this file has a structure",
            )),
        }
    }

    fn is_whole(&self, op: &Op) -> bool {
        match op {
            Op::Rename { .. } | Op::Default { .. } | Op::Append { .. } => false,
            Op::Set { .. } | Op::Remove | Op::Move { .. } => true,
            Op::Rewrite { .. } | Op::Wrap(_) | Op::Replace { .. } => true,
        }
    }

    fn refuse(&self, id: Id, why: &str) -> EditError {
        self.file.refuse(
            self.file.node(id).entry().start,
            why,
            "change the rule, or make this change by hand",
        )
    }

    /// Where a route leads in this parse; `None` when an edit of the batch lies on the way.
    fn look(&self, route: &Route) -> Option<Reach> {
        let found = self.file.tree.find(route);
        for (n, &id) in found.path.iter().enumerate() {
            if self.touched.contains(&id) {
                return None;
            }
            let blocked = match route.0.get(n) {
                Some(Segment::Index(at)) => self.shifted.get(&id).is_some_and(|from| from <= at),
                Some(Segment::Find { key, .. }) => {
                    self.shifted.contains_key(&id)
                        || self.named.contains(&(id, key.clone()))
                        || self.file.tree.has_aliases() && !self.splices.is_empty()
                }
                Some(Segment::Key(_)) | None => false,
            };
            if blocked {
                return None;
            }
        }
        if found.missing == 0 {
            return Some(found);
        }
        let end = found.last();
        if self.is_read_elsewhere(end) && !self.splices.is_empty() {
            return None;
        }
        let waits = match &route.0[found.path.len() - 1] {
            Segment::Key(key) => self.made.contains(&(end, key.clone())),
            Segment::Index(_) | Segment::Find { .. } => self.put.contains_key(&end),
        };
        (!waits).then_some(found)
    }

    /// Takes all splices of an edit or, on a conflict, none: it then waits for the next parse.
    fn splice(&mut self, splices: &[Splice]) -> bool {
        self.splices.add(splices)
    }

    fn mark(&mut self, id: Id) {
        self.touched.insert(id);
        self.mark_above(id);
        if let (Some(item), Some(Segment::Key(key))) =
            (self.file.node(id).parent(), self.file.tree.segment(id))
            && let Some(list) = self.file.node(item).parent()
        {
            self.named.insert((list, key));
        }
    }

    fn mark_above(&mut self, id: Id) {
        for above in self.file.tree.ancestors(id) {
            if !self.inner.insert(above) {
                break;
            }
        }
    }

    fn make(&mut self, edit: &Edit, found: &Reach, value: &Value) -> Taken {
        let Some(keys) = missing_keys(&edit.route, found) else {
            return Ok(Some(Outcome::Absent));
        };
        let done = self.put_entry(found.last(), &keys, Content::Value(value))?;
        Ok(done.then_some(Outcome::Changed))
    }

    fn put_entry(
        &mut self,
        parent: Id,
        keys: &[String],
        content: Content,
    ) -> Result<bool, EditError> {
        let node = self.file.node(parent);
        let empty = node.children.is_empty() && node.is_null();
        let takes = node.kind == Kind::Map || (node.kind == Kind::List && keys.is_empty());
        if !takes && !empty {
            let here = self.file.tree.route(parent);
            return Err(self.refuse(
                parent,
                &format!("`{here}` has a value and cannot hold an entry"),
            ));
        }
        if empty && node.layout != Layout::Table {
            let Content::Value(value) = content else {
                return Ok(false);
            };
            let whole = match keys.is_empty() {
                true => json!([value]),
                false => expect::nested(keys.iter().map(String::as_str), value.clone()),
            };
            return Ok(self.set_whole(parent, &whole)?.is_some());
        }
        if self.has_new_header(parent) {
            return Ok(false);
        }
        let nth = self.put.get(&parent).map_or(0, Vec::len);
        let splices = self
            .syntax
            .insert(self.file, parent, &New { keys, content, nth })?;
        if !self.splice(&splices) {
            return Ok(false);
        }
        let item = match content {
            Content::Value(value) => value.clone(),
            Content::Lines(_) => Value::Null,
        };
        self.mark_put(parent, keys, item);
        Ok(true)
    }

    /// Whether the table may have got its first header, below which the next entry would stand.
    fn has_new_header(&self, parent: Id) -> bool {
        let node = self.file.node(parent);
        let is_table = node.layout == Layout::Table && node.kind == Kind::Map;
        let named = !self.file.tree.sections(parent).is_empty();
        is_table && !named && self.put.contains_key(&parent)
    }

    fn mark_put(&mut self, parent: Id, keys: &[String], item: Value) {
        self.inner.insert(parent);
        self.mark_above(parent);
        if let Some(key) = keys.first() {
            self.made.insert((parent, key.clone()));
            if let Some(list) = self.file.node(parent).parent() {
                self.named.insert((list, key.clone()));
            }
        }
        self.put.entry(parent).or_default().push(item);
    }

    fn append(&mut self, list: Id, value: &Value) -> Taken {
        let node = self.file.node(list);
        if node.is_null() && node.kind == Kind::Scalar {
            return self.set_whole(list, &json!([value]));
        }
        if node.kind != Kind::List {
            return Err(self.refuse(list, "this is no list that an item could be added to"));
        }
        for item in &node.children {
            // A changed item's value is known only after the next parse.
            if self.touched.contains(item) || self.inner.contains(item) {
                return Ok(None);
            }
            if self.file.tree.says(*item, value) {
                return Ok(Some(Outcome::AlreadyDone));
            }
        }
        if self.put.get(&list).is_some_and(|put| put.contains(value)) {
            return Ok(Some(Outcome::AlreadyDone));
        }
        let done = self.put_entry(list, &[], Content::Value(value))?;
        Ok(done.then_some(Outcome::Changed))
    }

    fn remove(&mut self, id: Id) -> Taken {
        if self.would_empty(id) {
            return Ok(None);
        }
        let splices = self.syntax.remove(self.file, id)?;
        if !self.splice(&splices) {
            return Ok(None);
        }
        self.mark_gone(id);
        Ok(Some(Outcome::Changed))
    }

    /// Whether removing this would empty its parent, given what this batch already removed or added
    /// there; that needs a fresh parse.
    fn would_empty(&self, id: Id) -> bool {
        self.file.node(id).parent().is_some_and(|parent| {
            let gone = self.gone.get(&parent).copied().unwrap_or(0);
            let stale = gone > 0 || self.put.contains_key(&parent);
            stale && self.file.node(parent).children.len() - gone == 1
        })
    }

    fn mark_gone(&mut self, id: Id) {
        self.mark(id);
        let Some(parent) = self.file.node(id).parent() else {
            return;
        };
        *self.gone.entry(parent).or_default() += 1;
        if let Some(Segment::Index(at)) = self.file.tree.segment(id) {
            let from = self.shifted.entry(parent).or_insert(at);
            *from = at.min(*from);
        }
        if self.file.node(parent).children.len() == 1 {
            self.touched.insert(parent);
        }
    }
}

fn missing_keys(route: &Route, found: &Reach) -> Option<Vec<String>> {
    let missing = &route.0[route.0.len() - found.missing..];
    let key = |segment: &Segment| match segment {
        Segment::Key(key) => Some(key.clone()),
        Segment::Index(_) | Segment::Find { .. } => None,
    };
    missing.iter().map(key).collect()
}
