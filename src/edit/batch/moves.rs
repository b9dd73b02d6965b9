//! Moves and renames: an entry leaves one place and is put into another as it is written.

use super::{Batch, Taken, missing_keys};
use crate::{
    edit::{
        Edit, Op, Outcome,
        document::Kind,
        expect,
        splice::Splices,
        syntax::{Content, New},
        tree::{Found, Id, Layout},
        typed::is_plain,
    },
    model::route::{Route, Segment},
};
use serde_json::Value;

impl Batch<'_> {
    /// A rename is a move to the neighbour of the old key, done in place.
    pub(super) fn relocate(
        &mut self,
        found: &Found,
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
                Some(value) => self.set(id, value),
                None => Ok(Some(Outcome::AlreadyDone)),
            };
        }
        if to.starts_with(from) {
            return Err(self.refuse(id, "an entry cannot move into itself; use wrap"));
        }
        let data = self.file.tree.data(id);
        if target.missing == 0 {
            let there = target.last();
            if self.file.tree.data(there) != *value.unwrap_or(&data) {
                if let Some(value) = value {
                    return self.take_over(id, there, value);
                }
                let why = format!("`{to}` is there already, with another value than `{from}`");
                return Err(self.file.refuse(
                    self.file.node(there).entry().start,
                    why,
                    "decide which of the two is right and take the other out",
                ));
            }
            return self.remove(id);
        }
        let value = value.filter(|value| **value != data);
        if to.parent() == from.parent() && value.is_none() {
            let Some(Segment::Key(key)) = to.last() else {
                return Ok(Some(Outcome::Absent));
            };
            let splices = self.syntax.rename(self.file, id, key)?;
            if !self.splice(&splices) {
                return Ok(None);
            }
            self.mark(id);
            self.made.insert((target.last(), key.clone()));
            return Ok(Some(Outcome::Changed));
        }
        self.carry(id, from, to, &target, value, &data)
    }

    /// A move that names its value says what the new place holds, whatever stood there.
    fn take_over(&mut self, id: Id, there: Id, value: &Value) -> Taken {
        if self.inner.contains(&there) || self.would_empty(id) {
            return Ok(None);
        }
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
        target: &Found,
        value: Option<&Value>,
        data: &Value,
    ) -> Taken {
        let Some(keys) = missing_keys(to, target) else {
            return Ok(Some(Outcome::Absent));
        };
        let parent = target.last();
        let node = self.file.node(parent);
        let room = node.layout == Layout::Table || !node.children.is_empty();
        if node.kind != Kind::Map && !node.is_null() || keys.is_empty() || self.would_empty(id) {
            return match self.splices.is_empty() {
                true => Err(self.refuse(id, "the new place cannot hold an entry")),
                false => Ok(None),
            };
        }
        let lines = match value {
            None if room => self.syntax.carry(self.file, id, parent, &keys),
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
        let nth = self.put.get(&parent).map_or(0, Vec::len);
        let into = match content {
            Content::Value(value) if !room => {
                let whole = expect::nested(keys.iter().map(String::as_str), value.clone());
                self.syntax.replace(self.file, parent, &whole)?
            }
            Content::Value(_) | Content::Lines(_) => self.syntax.insert(
                self.file,
                parent,
                &New {
                    keys: &keys,
                    content,
                    nth,
                },
            )?,
        };
        let alone = self.file.node(id).parent() == Some(parent) && node.children.len() == 1;
        let mut out = if alone {
            Vec::new()
        } else {
            self.syntax.remove(self.file, id)?
        };
        let mut both = Splices::default();
        if alone || !(both.add(&out) && both.add(&into)) {
            out.clear();
            self.left_behind = Some(Edit::new(from.clone(), Op::Remove));
        }
        if !self.splice(&[out, into].concat()) {
            self.left_behind = None;
            return Ok(None);
        }
        self.mark_gone(id);
        self.mark_put(parent, &keys, Value::Null);
        if !room {
            self.mark(parent);
        }
        Ok(Some(Outcome::Changed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Format, apply};
    use serde_json::json;

    #[test]
    fn a_move_with_a_value_takes_over_a_place_that_a_later_set_names_too() {
        let to = Route::key("auth").child(Segment::Key("secret".to_owned()));
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
