//! Setting a list or a map as a whole. One that spans several lines is changed entry by entry, so
//! that comments, quotes and order of what stays are kept. If that is impossible, it is rewritten;
//! then no comment may stand inside it, unless the edit allows comments to go.

use super::{Batch, Taken};
use crate::{
    edit::{
        Edit, EditError, Op, Outcome,
        document::Kind,
        places::MERGE,
        tree::{Id, Layout},
    },
    model::route::Segment,
};
use serde_json::{Map, Value};

impl Batch<'_> {
    pub(super) fn set(&mut self, id: Id, value: &Value, over_comments: bool) -> Taken {
        if self.file.tree.says(id, value) {
            return Ok(Some(Outcome::AlreadyDone));
        }
        let over_comments = over_comments && self.file.comment_inside(id);
        let whole = |batch: &mut Self| match over_comments {
            true => batch.write_anew(id, value),
            false => batch.set_whole(id, value),
        };
        let Some(mut edits) = self.entry_by_entry(id, value, over_comments) else {
            return whole(self);
        };
        for edit in &mut edits {
            edit.over_comments = over_comments;
        }
        let before = self.clone();
        self.take_in_turn(&edits).or_else(|_| {
            *self = before;
            whole(self)
        })
    }

    pub(super) fn set_whole(&mut self, id: Id, value: &Value) -> Taken {
        self.needs_no_comment(id)?;
        self.write_anew(id, value)
    }

    fn write_anew(&mut self, id: Id, value: &Value) -> Taken {
        let splices = self.syntax.replace(self.file, id, value)?;
        if !self.splice(&splices) {
            return Ok(None);
        }
        self.mark(id);
        Ok(Some(Outcome::Changed))
    }

    /// Refuses a container with comments inside: rewriting it from its data would lose them.
    pub(super) fn needs_no_comment(&self, id: Id) -> Result<(), EditError> {
        if self.file.node(id).is_container() && self.file.comment_inside(id) {
            return Err(self.refuse(
                id,
                "comments stand inside of this value, they would be lost",
            ));
        }
        Ok(())
    }

    /// Takes the parts of one edit in order; what this parse cannot handle is left to the next.
    fn take_in_turn(&mut self, edits: &[Edit]) -> Taken {
        for (n, edit) in edits.iter().enumerate() {
            let taken = self.take(edit)?.is_some();
            if !taken && n == 0 {
                return Ok(None);
            }
            if !taken || !self.left_behind.is_empty() {
                let rest = &edits[n + usize::from(taken)..];
                self.left_behind.extend_from_slice(rest);
                break;
            }
        }
        Ok(Some(Outcome::Changed))
    }

    /// The edits that turn the entries of a container into those of the value. New entries are
    /// added before old ones are removed, so that it is never empty.
    fn entry_by_entry(&self, id: Id, value: &Value, over_comments: bool) -> Option<Vec<Edit>> {
        let node = self.file.node(id);
        let has_lines = self.file.text[node.value()].contains('\n');
        if !has_lines || node.layout == Layout::Table || node.children.is_empty() {
            return None;
        }
        match (node.kind, value) {
            (Kind::Map, Value::Object(new)) if !new.is_empty() => self.of_map(id, new),
            (Kind::List, Value::Array(new)) if !new.is_empty() => {
                // The item at an index may be a different one, which would inherit a wrong comment.
                let in_place = (!over_comments).then(|| self.of_items(id, new)).flatten();
                in_place.or_else(|| self.of_list(id, new))
            }
            _another_kind_or_nothing => None,
        }
    }

    fn of_map(&self, id: Id, new: &Map<String, Value>) -> Option<Vec<Edit>> {
        let tree = self.file.tree;
        // Merged keys can be neither set nor removed one by one, so a map with any is rewritten.
        if tree.child(id, MERGE).is_some() {
            return None;
        }
        let here = tree.route(id);
        let mut edits = Vec::new();
        for (key, value) in new {
            let child = tree.child(id, key);
            if child.is_none_or(|child| !tree.says(child, value)) {
                let value = value.clone();
                let route = here.at(key);
                edits.push(Edit::literal(route, Op::Set { value }));
            }
        }
        for &child in &self.file.node(id).children {
            let step = tree.segment(child)?;
            let stays = matches!(&step, Segment::Key(key) if new.contains_key(key));
            if !stays {
                edits.push(Edit::literal(here.child(step), Op::Remove));
            }
        }
        Some(edits)
    }

    /// The edits if only lists and maps differ, each at the same index.
    fn of_items(&self, id: Id, new: &[Value]) -> Option<Vec<Edit>> {
        let tree = self.file.tree;
        let items = &self.file.node(id).children;
        if items.len() != new.len() {
            return None;
        }
        let here = tree.route(id);
        let mut edits = Vec::new();
        for (n, (&item, value)) in items.iter().zip(new).enumerate() {
            if tree.says(item, value) {
                continue;
            }
            let same_kind = match self.file.node(item).kind {
                Kind::Map => value.is_object(),
                Kind::List => value.is_array(),
                Kind::Scalar | Kind::Alias => false,
            };
            let value = same_kind.then(|| value.clone())?;
            edits.push(Edit::literal(here.item(n), Op::Set { value }));
        }
        Some(edits)
    }

    /// The edits if items are removed, and others appended after those that stay. The last are
    /// removed first, so that the indices of the others stay valid.
    fn of_list(&self, id: Id, new: &[Value]) -> Option<Vec<Edit>> {
        let tree = self.file.tree;
        let here = tree.route(id);
        let mut coming = new.iter().peekable();
        let mut gone = Vec::new();
        for (n, &item) in self.file.node(id).children.iter().enumerate() {
            if coming.next_if(|value| tree.says(item, value)).is_none() {
                // What looks like another item may be the same, changed.
                self.needs_no_comment(item).ok()?;
                gone.push((n, item));
            }
        }
        let added: Vec<&Value> = coming.collect();
        let is_twice = |(n, value): (usize, &&Value)| {
            let children = &self.file.node(id).children;
            added[..n].contains(value) || children.iter().any(|&item| tree.says(item, value))
        };
        if added.iter().enumerate().any(is_twice) {
            return None;
        }
        let added = added.into_iter().map(|value| {
            let value = value.clone();
            Edit::literal(here.clone(), Op::Append { value })
        });
        let gone = gone.into_iter().rev();
        let gone = gone.map(|(n, _)| Edit::literal(here.item(n), Op::Remove));
        Some(added.chain(gone).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        edit::{Format, apply},
        model::route::Route,
    };
    use serde_json::json;

    fn set(format: Format, text: &str, value: Value) -> Option<String> {
        let edit = Edit::literal(Route::key("k"), Op::Set { value });
        Some(apply(&format, text, &[edit]).ok()?.text)
    }

    #[test]
    fn a_list_keeps_the_comments_of_the_items_that_stay() {
        let yaml = "k:\n  # office\n  - 'a' # a\n  # old, ask Bob\n  - b\n# z\nz: 1\n";
        let toml = "k = [\n  'a', # office\n  # old, ask Bob\n  \"b\",\n]\nz = 1\n";
        let json = "{\n  \"k\": [\n    \"a\", // office\n    // old, ask Bob\n    \"b\"\n  ]\n}\n";
        for (format, text, more, less) in [
            (
                Format::Yaml,
                yaml,
                yaml.replace("  - b\n", "  - b\n  - c\n"),
                yaml.replace("  # old, ask Bob\n  - b\n", "  - c\n"),
            ),
            (
                Format::Toml,
                toml,
                toml.replace("\"b\",\n", "\"b\",\n  \"c\",\n"),
                toml.replace("  # old, ask Bob\n  \"b\",\n", "  \"c\",\n"),
            ),
            (
                Format::Jsonc,
                json,
                json.replace("\"b\"\n", "\"b\",\n    \"c\"\n"),
                json.replace("    // old, ask Bob\n    \"b\"\n", "    \"c\"\n"),
            ),
        ] {
            assert_eq!(set(format, text, json!(["a", "b", "c"])), Some(more));
            assert_eq!(set(format, text, json!(["a", "c"])), Some(less));
            // It would be unclear to which items the comments then belong.
            for value in [
                json!(["b", "a"]),
                json!(["a", "c", "b"]),
                json!([]),
                json!("a"),
            ] {
                assert_eq!(set(format, text, value), None, "{text}");
            }
        }
    }

    #[test]
    fn a_map_keeps_the_comments_of_the_keys_that_stay() {
        let yaml = "k:\n  # why a\n  a: '1' # so\n  b: {x: 1}\n  # c\n  c: 3\n";
        let value = json!({"a": "2", "b": {"x": 1}, "d": [1]});
        let left = "k:\n  # why a\n  a: '2' # so\n  b: {x: 1}\n  d:\n    - 1\n";
        assert_eq!(set(Format::Yaml, yaml, value), Some(left.to_owned()));
        let items = "k:\n- name: a # first\n  v: 1\n- name: b\n  v: 2 # two\n";
        let value = json!([{"name": "a", "v": 1}, {"name": "b", "v": 3}]);
        let left = items.replace("v: 2", "v: 3");
        assert_eq!(set(Format::Yaml, items, value), Some(left));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it measures itself")]
    fn many_items_come_in_one_parse() {
        let items: String = (0..1_000).map(|n| format!("- old{n}\n")).collect();
        let append = |n: usize| {
            let value = json!(format!("new{n}"));
            Edit::literal(Route::key("k"), Op::Append { value })
        };
        let edits: Vec<Edit> = (0..1_000).chain(0..10).map(append).collect();
        let start = std::time::Instant::now();
        let edited = apply(&Format::Yaml, &format!("k:\n{items}"), &edits).expect("they fit");
        // Without optimisation.
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
        let added: String = (0..1_000).map(|n| format!("- new{n}\n")).collect();
        assert_eq!(edited.text, format!("k:\n{items}{added}"));
        assert_eq!(edited.outcomes[1_000..], [Outcome::AlreadyDone; 10]);
    }
}
