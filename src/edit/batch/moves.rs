//! Moves and renames: an entry leaves one place and is put into another as it is written.

use super::{Batch, Taken, missing_keys};
use crate::{
    edit::{
        Edit, EditError, Op, Outcome,
        document::Kind,
        expect,
        splice::{Splice, Splices},
        syntax::{Content, New, Spliced},
        tree::{Id, Layout, Reach},
        typed::is_plain,
    },
    model::route::{Route, Segment},
};
use serde_json::Value;

impl Batch<'_> {
    /// A rename is a move to the neighbour of the old key, done in place.
    pub(super) fn relocate(
        &mut self,
        found: &Reach,
        from: &Route,
        to: &Route,
        value: Option<&Value>,
    ) -> Taken {
        let Some(target) = self.look(to) else {
            return Ok(None);
        };
        if found.missing > 0 {
            let there = match target.elsewhere {
                Some(seen) => seen.missing == 0,
                None => target.missing == 0,
            };
            return Ok(Some(if there {
                Outcome::AlreadyDone
            } else {
                Outcome::Absent
            }));
        }
        if target.elsewhere.is_some() {
            return Err(self.stands_elsewhere(to, &target));
        }
        let id = found.last();
        if from == to {
            return match value {
                Some(value) => self.set(id, value, false),
                None => Ok(Some(Outcome::AlreadyDone)),
            };
        }
        if to.starts_with(from) {
            return Err(self.refuse(id, "an entry cannot move into itself; use wrap"));
        }
        let data = self.file.tree.data(id);
        if target.missing == 0 {
            let there = target.last();
            let is_so = self.file.tree.data(there) == *value.unwrap_or(&data);
            return match value {
                _ if is_so => self.remove(id),
                Some(value) => self.take_over(id, there, value),
                None => Err(self.file.refuse(
                    self.file.node(there).entry().start,
                    format!("`{to}` is there already, with another value than `{from}`"),
                    "decide which of the two is right and take the other out",
                )),
            };
        }
        let value = value.filter(|value| **value != data);
        if to.parent() == from.parent() && value.is_none() {
            return self.rename(id, to, &target);
        }
        self.carry(id, from, to, &target, value, &data)
    }

    /// Gives an entry another key, where it stands.
    fn rename(&mut self, id: Id, to: &Route, target: &Reach) -> Taken {
        let Some(Segment::Key(key)) = to.last() else {
            return Ok(Some(Outcome::Absent));
        };
        let splices = self.syntax.rename(self.file, id, key)?;
        if !self.splice(&splices) {
            return Ok(None);
        }
        self.mark(id);
        self.made.insert((target.last(), key.clone()));
        Ok(Some(Outcome::Changed))
    }

    /// Handles a move that names the new value, so whatever was at the new place is overwritten.
    fn take_over(&mut self, id: Id, there: Id, value: &Value) -> Taken {
        if self.inner.contains(&there) || self.would_empty(id) {
            return Ok(None);
        }
        self.needs_no_comment(there)?;
        let out = self.syntax.remove(self.file, id)?;
        let into = self.syntax.replace(self.file, there, value)?;
        let mut alone = Splices::default();
        if !(alone.add(&out) && alone.add(&into)) {
            return Err(self.refuse(
                id,
                "the entry and its new place are too close to be moved at once",
            ));
        }
        if !self.splice(&[out, into].concat()) {
            return Ok(None);
        }
        self.mark(there);
        self.mark_gone(id);
        Ok(Some(Outcome::Changed))
    }

    fn carry(
        &mut self,
        id: Id,
        from: &Route,
        to: &Route,
        target: &Reach,
        value: Option<&Value>,
        data: &Value,
    ) -> Taken {
        let Some(keys) = missing_keys(to, target) else {
            return Ok(Some(Outcome::Absent));
        };
        let parent = target.last();
        let node = self.file.node(parent);
        if node.kind != Kind::Map && !node.is_null() || keys.is_empty() || self.would_empty(id) {
            return match self.splices.is_empty() {
                true => Err(self.refuse(id, "the new place cannot hold an entry")),
                false => Ok(None),
            };
        }
        if self.has_new_header(parent) {
            return Ok(None);
        }
        let lines = match value {
            None if self.has_room(parent) => self.syntax.carry(self.file, id, parent, &keys),
            Some(_) | None => None,
        };
        if lines.is_none() && value.is_none() {
            self.needs_no_comment(id)?;
        }
        let content = match &lines {
            Some(lines) => Content::Lines(lines),
            None if is_plain(value.unwrap_or(data)) => Content::Value(value.unwrap_or(data)),
            None => return Err(self.refuse(id, "an alias or a tag stands below what is to move")),
        };
        let into = self.put_down(parent, &keys, content)?;
        let Some(now) = self.taken_up(id, parent, into)? else {
            return Ok(None);
        };
        if now == Now::Copied {
            let removal = Edit::new(from.clone(), Op::Remove);
            self.left_behind.push(removal);
        }
        self.mark_gone(id);
        self.mark_put(parent, &keys, Value::Null);
        if !self.has_room(parent) {
            self.mark(parent);
        }
        Ok(Some(Outcome::Changed))
    }

    /// Whether a new entry can stand beside others, or below a header.
    fn has_room(&self, parent: Id) -> bool {
        let node = self.file.node(parent);
        node.layout == Layout::Table || !node.children.is_empty()
    }

    /// The entry in its new place.
    fn put_down(&self, parent: Id, keys: &[String], content: Content) -> Spliced {
        if let Content::Value(value) = content
            && !self.has_room(parent)
        {
            self.needs_no_comment(parent)?;
            let whole = expect::nested(keys.iter().map(String::as_str), value.clone());
            return self.syntax.replace(self.file, parent, &whole);
        }
        let nth = self.put.get(&parent).map_or(0, Vec::len);
        let new = New { keys, content, nth };
        self.syntax.insert(self.file, parent, &new)
    }

    /// Takes the entry out of its old place as well, unless that is too close to the new one.
    fn taken_up(
        &mut self,
        id: Id,
        parent: Id,
        into: Vec<Splice>,
    ) -> Result<Option<Now>, EditError> {
        let beside = self.file.node(id).parent() == Some(parent);
        let alone = beside && self.file.node(parent).children.len() == 1;
        let out = match alone {
            true => Vec::new(),
            false => self.syntax.remove(self.file, id)?,
        };
        let mut both = Splices::default();
        let now = match !alone && both.add(&out) && both.add(&into) {
            true => Now::Moved,
            false => Now::Copied,
        };
        let splices = match now {
            Now::Moved => [out, into].concat(),
            Now::Copied => into,
        };
        Ok(self.splice(&splices).then_some(now))
    }
}

/// How far a moving entry has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Now {
    Moved,
    /// The old one is still there.
    Copied,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Format, apply};
    use serde_json::json;

    #[test]
    fn a_move_with_a_value_takes_over_a_place_that_a_later_set_names_too() {
        let to = Route::key("auth").at("secret");
        let moved = |value| {
            Edit::new(
                Route::key("old"),
                Op::Move {
                    to: to.clone(),
                    value,
                },
            )
        };
        let set = Edit::new(to.clone(), Op::Set { value: json!("w") });
        let text = "old: abc\nz: 1\nauth:\n  secret: theirs # kept\n";
        let edits = [moved(Some(json!("v"))), set];
        let edited = apply(&Format::Yaml, text, &edits).expect("the value is named");
        assert_eq!(edited.text, "z: 1\nauth:\n  secret: w # kept\n");
        assert!(apply(&Format::Yaml, text, &[moved(None)]).is_err());
    }
}
