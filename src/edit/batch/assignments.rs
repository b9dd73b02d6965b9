//! Changes of one name in a list of assignments: each is a change of the item that assigns it, so
//! that its quotes, its comments and its place stay.

use super::{Batch, Taken};
use crate::{
    edit::{
        Edit, EditError, Op, Outcome, assigned,
        document::Kind,
        expect,
        syntax::Content,
        tree::{Id, Reach},
    },
    model::route::Route,
};
use serde_json::Value;

impl Batch<'_> {
    /// Applies an edit of a name below a list of assignments; `None` if there is no such list.
    pub(super) fn take_assignment(
        &mut self,
        edit: &Edit,
        found: &Reach,
    ) -> Result<Option<Taken>, EditError> {
        let Some(name) = assigned::asked_in(&edit.route) else {
            return Ok(None);
        };
        // The item, its list, or an alias of one.
        let end = found.last();
        let list = match found.missing {
            0 => self.file.node(end).parent(),
            1 => Some(self.file.tree.target(end).unwrap_or(end)),
            _more => None,
        };
        let list = list.filter(|&list| self.file.node(list).kind == Kind::List);
        let Some(list) = list else {
            return Ok(None);
        };
        if found.missing > 0 && list != end {
            return Err(self.stands_elsewhere(&edit.route, found));
        }
        let item = self.file.tree.assigned(list, name).map_err(|fault| {
            let item = self.file.node(list).children[fault.item()];
            self.refuse(item, fault.why())
        })?;
        Ok(Some(match item {
            Some(item) => self.change_item(edit, list, name, item),
            None => self.add_item(edit, list, name),
        }))
    }

    fn change_item(&mut self, edit: &Edit, list: Id, name: &str, item: Id) -> Taken {
        let old = assigned::value_of(&self.file.tree.plain_text(item));
        match &edit.op {
            Op::Default { .. } => Ok(Some(Outcome::AlreadyDone)),
            Op::Remove => self.remove(item),
            Op::Set { value } => {
                let new = self.item(item, name, value)?;
                self.set(item, &new, false)
            }
            Op::Rewrite { pattern, with } => {
                let Some(new) = expect::rewritten(&old, pattern, with) else {
                    return Ok(Some(Outcome::AlreadyDone));
                };
                let new = self.item(item, name, &new)?;
                self.set(item, &new, false)
            }
            Op::Rename { to } => self.rename_item(edit, list, item, &old, to),
            Op::Move { .. } | Op::Append { .. } | Op::Wrap(_) | Op::Replace { .. } => Err(self
                .refuse(
                    item,
                    "this is an item of a list: it can be set, rewritten, renamed or removed",
                )),
        }
    }

    fn rename_item(&mut self, edit: &Edit, list: Id, item: Id, old: &Value, to: &str) -> Taken {
        let there = sibling(&edit.route, to);
        let Some(target) = self.look(&there) else {
            return Ok(None);
        };
        if target.missing > 0 {
            let new = self.item(item, to, old)?;
            let taken = self.set(item, &new, false)?;
            if taken.is_some() {
                self.made.insert((list, to.to_owned()));
            }
            return Ok(taken);
        }
        let other = target.last();
        if other == item {
            return Ok(Some(Outcome::AlreadyDone));
        }
        if assigned::value_of(&self.file.tree.plain_text(other)) != *old {
            let (from, at) = (&edit.route, self.file.node(other).entry().start);
            let why = format!("`{there}` is there already, with another value than `{from}`");
            let cure = "decide which of the two is right and take the other out";
            return Err(self.file.refuse(at, why, cure));
        }
        self.remove(item)
    }

    fn add_item(&mut self, edit: &Edit, list: Id, name: &str) -> Taken {
        match &edit.op {
            Op::Set { value } | Op::Default { value } => {
                let new = self.item(list, name, value)?;
                let done = self.put_entry(list, &[], Content::Value(&new))?;
                if done {
                    self.made.insert((list, name.to_owned()));
                }
                Ok(done.then_some(Outcome::Changed))
            }
            Op::Remove => Ok(Some(Outcome::AlreadyDone)),
            Op::Rename { to } => {
                let Some(target) = self.look(&sibling(&edit.route, to)) else {
                    return Ok(None);
                };
                Ok(Some(match target.missing {
                    0 => Outcome::AlreadyDone,
                    _ => Outcome::Absent,
                }))
            }
            Op::Rewrite { .. } | Op::Wrap(_) | Op::Move { .. } => Ok(Some(Outcome::Absent)),
            Op::Append { .. } | Op::Replace { .. } => {
                Err(self.refuse(list, "an item of this list holds one value and no list"))
            }
        }
    }

    fn item(&self, at: Id, name: &str, value: &Value) -> Result<Value, EditError> {
        let why = || format!("no item of this list can give `{name}` that value");
        assigned::item(name, value).ok_or_else(|| self.refuse(at, &why()))
    }
}

fn sibling(route: &Route, name: &str) -> Route {
    let list = route.parent().unwrap_or_default();
    list.at(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        edit::{Format, apply},
        model::pattern::Pattern,
    };
    use serde_json::json;

    const COMPOSE: &str = "\
services:
  app:
    environment:
      # the secret
      - JWT_SECRET_KEY # passed on
      - \"DB_URL=postgres://db/app\" # ours
      - RUST_LOG=info
  billing:
    environment:
      - DB_URL=postgres://pg/billing # theirs
";

    fn at(name: &str) -> Route {
        Route::parse(&format!("services.app.environment.{name}")).expect(name)
    }

    fn made(text: &str, edits: &[Edit]) -> String {
        apply(&Format::Yaml, text, edits).expect("they fit").text
    }

    fn set(name: &str, value: Value) -> Edit {
        Edit::new(at(name), Op::Set { value })
    }

    fn rename(name: &str, to: &str) -> Edit {
        let to = to.to_owned();
        Edit::new(at(name), Op::Rename { to })
    }

    #[test]
    fn an_item_keeps_its_quotes_its_comments_and_its_place() {
        let pattern = Pattern::try_from("^postgres:".to_owned()).expect("a pattern");
        let with = "postgresql:".to_owned();
        let edits = [
            rename("JWT_SECRET_KEY", "JWT_SECRET"),
            rename("DB_URL", "DATABASE_URL"),
            Edit::new(at("DATABASE_URL"), Op::Rewrite { pattern, with }),
            set("RUST_LOG", json!("a: b")),
            set("PORT", json!(8080)),
            Edit::new(at("PORT"), Op::Default { value: json!(1) }),
        ];
        let left = COMPOSE
            .replace("JWT_SECRET_KEY #", "JWT_SECRET #")
            .replace("\"DB_URL=postgres:", "\"DATABASE_URL=postgresql:")
            .replace("RUST_LOG=info\n", "\"RUST_LOG=a: b\"\n      - PORT=8080\n");
        assert_eq!(made(COMPOSE, &edits), left);
        let own = "      # the secret\n      - JWT_SECRET_KEY # passed on\n";
        let gone = [Edit::new(at("JWT_SECRET_KEY"), Op::Remove)];
        assert_eq!(made(COMPOSE, &gone), COMPOSE.replace(own, ""));
        let flow = "services: {app: {environment: [A=1, 'B=2']}}\n";
        let edits = [set("B", json!("${B}")), set("C", json!(null))];
        let left = "services: {app: {environment: [A=1, 'B=${B}', C]}}\n";
        assert_eq!(made(flow, &edits), left);
    }

    #[test]
    fn what_is_no_list_of_assignments_is_refused_with_its_line() {
        for (items, line) in [
            ("[A=1, B=2, A=3]", 4),
            ("[A=1, two words]", 4),
            ("[A=1, {B: 2}]", 4),
        ] {
            let items = items.replace(", ", ",\n      ");
            let text = format!("services:\n  app:\n    environment: {items}\n");
            for op in [Op::Remove, Op::Set { value: json!(1) }] {
                let error = apply(&Format::Yaml, &text, &[Edit::new(at("A"), op)]);
                let error = error.expect_err(&text);
                assert!(error.line >= line, "{error}");
            }
        }
        let text = COMPOSE.replace("environment", "command");
        let route = Route::parse("services.app.command.RUST_LOG").expect("a route");
        let set = Edit::new(route, Op::Set { value: json!(1) });
        assert!(apply(&Format::Yaml, &text, &[set]).is_err());
        let wrap = Edit::new(at("RUST_LOG"), Op::Wrap(crate::edit::Wrap::List));
        assert!(apply(&Format::Yaml, COMPOSE, &[wrap]).is_err());
        let both = COMPOSE.replace("RUST_LOG=info", "DATABASE_URL=x");
        let rename = rename("DB_URL", "DATABASE_URL");
        assert!(apply(&Format::Yaml, &both, &[rename]).is_err());
    }

    #[test]
    fn a_list_that_is_read_here_and_written_elsewhere_is_not_changed_from_here() {
        let text = "x: &x [A=1]\nservices: {app: {environment: *x}}\n";
        for op in [Op::Remove, Op::Set { value: json!(2) }] {
            assert!(apply(&Format::Yaml, text, &[Edit::new(at("A"), op)]).is_err());
        }
        let merged = "x: &x {environment: [A=1]}\nservices: {app: {<<: *x}}\n";
        assert!(apply(&Format::Yaml, merged, &[set("A", json!(2))]).is_err());
        let edited = apply(&Format::Yaml, merged, &[set("A", json!("1"))]);
        let outcomes = edited.expect("it says so").outcomes;
        assert_eq!(outcomes, [Outcome::AlreadyDone]);
    }
}
