//! Replaces a pattern in the texts of a list: item by item, each keeping its quotes and position.

use super::{Batch, Taken};
use crate::{
    edit::{Outcome, document::Kind, expect, tree::Id},
    model::pattern::Pattern,
};
use serde_json::Value;

impl Batch<'_> {
    pub(super) fn rewrite_items(&mut self, list: Id, pattern: &Pattern, with: &str) -> Taken {
        // What an earlier edit of the batch put or changed here is known only after the next parse.
        if self.inner.contains(&list) {
            return Ok(None);
        }
        let mut splices = Vec::new();
        let mut changed = Vec::new();
        for &item in &self.file.node(list).children {
            let old = self.file.tree.data(item);
            let is_text = self.file.node(item).kind == Kind::Scalar;
            let new = expect::rewritten_item(&old, pattern, with).filter(|_| is_text);
            if let Some(new) = new {
                let new = Value::String(new);
                splices.extend(self.syntax.replace(self.file, item, &new)?);
                changed.push(item);
            }
        }
        if changed.is_empty() {
            return Ok(Some(Outcome::AlreadyDone));
        }
        if !self.splice(&splices) {
            return Ok(None);
        }
        for item in changed {
            self.mark(item);
        }
        Ok(Some(Outcome::Changed))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        edit::{Edit, Format, Op, Outcome, apply},
        model::{pattern::Pattern, route::Route},
    };

    fn rewrite(text: &str) -> (Outcome, String) {
        let pattern = Pattern::try_from("^old:(/.*)$".to_owned()).expect("a pattern");
        let with = "./new:${1}".to_owned();
        let route = Route::parse("s.volumes").expect("a route");
        let edit = Edit::new(route, Op::Rewrite { pattern, with });
        let edited = apply(&Format::Yaml, text, &[edit]).expect(text);
        (edited.outcomes[0], edited.text)
    }

    #[test]
    fn each_text_of_a_list_is_rewritten_where_it_stands() {
        let text =
            "s:\n  volumes:\n  # data\n  - \"old:/a\" # quoted\n  - other:/b\n  - old:/c\n  - 3\n";
        let left = text
            .replace("\"old:/a\"", "\"./new:/a\"")
            .replace("old:/c", "./new:/c");
        assert_eq!(rewrite(text), (Outcome::Changed, left.clone()));
        assert_eq!(rewrite(&left), (Outcome::AlreadyDone, left));
        let flow = "s: {volumes: [old:/a, {source: old:/b}]}\n";
        let left = "s: {volumes: [\"./new:/a\", {source: old:/b}]}\n";
        assert_eq!(rewrite(flow), (Outcome::Changed, left.to_owned()));
    }
}
