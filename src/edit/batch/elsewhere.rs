//! Entries that are visible in places where they are not written, through YAML aliases and merge
//! keys. If such an entry already has what an edit asks for, nothing is to be done. Changing it
//! would change all places that read it, which was not asked for, so it is refused, naming the
//! place where the entry is written.

use super::{Batch, Taken};
use crate::{
    edit::{
        Edit, EditError, Op, Outcome,
        assigned::{asked_in, item},
        document::Kind,
        places::{MERGE, Places},
        tree::{Id, Reach},
    },
    model::route::{Route, Segment},
};

impl Batch<'_> {
    /// Decides an edit of such a place. `None`: the edit can proceed as if nothing were there.
    pub(super) fn take_elsewhere(&self, edit: &Edit, found: &Reach) -> Taken {
        let Some(seen) = found.elsewhere else {
            return Ok(None);
        };
        if seen.missing > 0 {
            return match &edit.op {
                // A new entry would hide everything merged there, or appear at every alias.
                Op::Set { .. } | Op::Default { .. } | Op::Append { .. } => {
                    Err(self.stands_elsewhere(&edit.route, found))
                }
                Op::Remove | Op::Rename { .. } | Op::Move { .. } => Ok(None),
                Op::Rewrite { .. } | Op::Wrap(_) | Op::Replace { .. } => Ok(None),
            };
        }
        if self.is_so(edit, seen.at) {
            return Ok(Some(Outcome::AlreadyDone));
        }
        match edit.op {
            // A map's own entry takes precedence over a merged one.
            Op::Set { .. } if found.missing == 1 && !self.is_alias(found.last()) => Ok(None),
            _ => Err(self.stands_elsewhere(&edit.route, found)),
        }
    }

    /// Whether the entry seen there already has what is asked for.
    fn is_so(&self, edit: &Edit, at: Id) -> bool {
        let tree = self.file.tree;
        let assigned = asked_in(&edit.route).filter(|_| self.file.node(at).is_item());
        match (&edit.op, assigned) {
            (Op::Set { value }, Some(name)) => {
                item(name, value).is_some_and(|item| tree.says(at, &item))
            }
            (Op::Default { .. }, Some(_)) => true,
            (_another, Some(_)) => false,
            (op, None) => self.says_so(op, at),
        }
    }

    fn says_so(&self, op: &Op, at: Id) -> bool {
        let tree = self.file.tree;
        match op {
            Op::Default { .. } => true,
            Op::Set { value } => tree.says(at, value),
            Op::Append { value } => {
                let mut items = self.file.node(at).children.iter();
                let is_list = self.file.node(at).kind == Kind::List;
                is_list && items.any(|&item| tree.says(item, value))
            }
            Op::Rewrite { pattern, with } => {
                let old = tree.plain_text(at);
                let is_text = self.file.node(at).kind == Kind::Scalar;
                is_text && pattern.replace_all(&old, with.as_str()) == old
            }
            Op::Remove | Op::Rename { .. } | Op::Move { .. } | Op::Wrap(_) | Op::Replace { .. } => {
                false
            }
        }
    }

    pub(super) fn stands_elsewhere(&self, route: &Route, found: &Reach) -> EditError {
        let end = found.last();
        let at = self.file.node(end).entry().start;
        let Some(seen) = found.elsewhere else {
            return self.refuse(end, "this is not where the entry is written");
        };
        let there = self.file.tree.route(seen.at);
        if self.is_alias(end) {
            let here = self.file.tree.route(end);
            let target = self.file.tree.target(end);
            let there = target.map_or(there, |target| self.file.tree.route(target));
            let why = format!("`{here}` is an alias; what it says stands at `{there}`");
            let cure = format!("edit `{there}`, which changes it for every alias");
            return self.file.refuse(at, why, cure);
        }
        let here = Route(route.0[..route.0.len() - seen.missing].to_vec());
        let why = format!("`{here}` comes by a merge key; it stands at `{there}`");
        let cure = format!("edit `{there}`, which changes it wherever it is merged");
        self.file.refuse(at, why, cure)
    }

    /// Whether removing a map's entry would expose one from a merge key, so that the key would have
    /// another value instead; `true` if only the next parse can tell.
    pub(super) fn brings_another(&self, edit: &Edit, id: Id) -> Result<bool, EditError> {
        let takes_away = matches!(edit.op, Op::Remove | Op::Rename { .. } | Op::Move { .. });
        let Some(map) = self.file.node(id).parent() else {
            return Ok(false);
        };
        let key = self.file.tree.segment(id);
        let is_merge = key.is_none_or(|key| key == Segment::Key(MERGE.to_owned()));
        if !takes_away || is_merge || self.file.tree.child(map, MERGE).is_none() {
            return Ok(false);
        }
        if !self.splices.is_empty() {
            return Ok(true);
        }
        let here = self.file.tree.route(id);
        let Some(hidden) = self.file.tree.hidden(&here) else {
            return Ok(false);
        };
        let there = self.file.tree.route(hidden);
        let why = format!("without this, a merge key brings `{there}` to `{here}`");
        let cure = format!("take `{there}` away first, or decide by hand what `{here}` is to be");
        let at = self.file.node(id).entry().start;
        Err(self.file.refuse(at, why, cure))
    }

    /// Whether a key missing below a node may still be read there, by an alias or a merge key.
    pub(super) fn is_read_elsewhere(&self, id: Id) -> bool {
        self.is_alias(id) || self.file.tree.child(id, MERGE).is_some()
    }

    fn is_alias(&self, id: Id) -> bool {
        self.file.tree.target(id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        edit::{Format, apply},
        model::pattern::Pattern,
    };
    use serde_json::{Value, json};

    const COMPOSE: &str = "\
x-common: &common
  links: [db]
  grace: 90s
  env:
    A: 1
app:
  <<: *common
  image: app:1
job:
  <<: [*common]
  grace: 5s
copy: *common
";

    fn at(route: &str) -> Route {
        Route::parse(route).expect(route)
    }

    fn one(route: &str, op: Op) -> Result<(Outcome, String), EditError> {
        let edited = apply(&Format::Yaml, COMPOSE, &[Edit::new(at(route), op)])?;
        Ok((edited.outcomes[0], edited.text))
    }

    fn rewrite(pattern: &str) -> Op {
        let with = "80s".to_owned();
        let pattern = Pattern::try_from(pattern.to_owned()).expect(pattern);
        Op::Rewrite { pattern, with }
    }

    #[test]
    fn what_a_merge_key_brings_is_there() {
        let value = json!("10s");
        let done = |route, op| one(route, op).map(|(outcome, _)| outcome);
        for (route, op) in [
            ("app.grace", Op::Default { value }),
            ("app.env.A", Op::Default { value: json!(2) }),
            ("copy.grace", Op::Default { value: json!(2) }),
            (
                "app.grace",
                Op::Set {
                    value: json!("90s"),
                },
            ),
            ("job.links", Op::Append { value: json!("db") }),
            ("app.grace", rewrite("^x")),
            ("app.env.B", Op::Remove),
        ] {
            let (outcome, text) = one(route, op.clone()).expect(route);
            assert_eq!(outcome, Outcome::AlreadyDone, "{route} {op:?}");
            assert_eq!(text, COMPOSE);
        }
        let to = "b".to_owned();
        assert_eq!(done("app.a", Op::Rename { to }), Ok(Outcome::Absent));
        assert_eq!(done("app.env.B", rewrite("x")), Ok(Outcome::Absent));
    }

    #[test]
    fn what_stands_elsewhere_is_not_changed_from_here() {
        let to = || "user".to_owned();
        for (route, op, stands) in [
            ("app.links", Op::Remove, "x-common.links"),
            ("app.grace", Op::Rename { to: to() }, "x-common.grace"),
            ("app.grace", rewrite("^90s$"), "x-common.grace"),
            (
                "job.links",
                Op::Append { value: json!("q") },
                "x-common.links",
            ),
            ("app.env.B", Op::Set { value: json!(1) }, "x-common.env"),
            ("app.env.B", Op::Default { value: json!(1) }, "x-common.env"),
            ("copy.grace", Op::Remove, "x-common"),
            ("copy.new", Op::Set { value: json!(1) }, "x-common"),
            (
                "app.image",
                Op::Move {
                    to: at("job.env.X"),
                    value: None,
                },
                "x-common.env",
            ),
            // The map's own entry hides a merged one, which would reappear.
            ("job.grace", Op::Remove, "x-common.grace"),
            ("job.grace", Op::Rename { to: to() }, "x-common.grace"),
        ] {
            let error = one(route, op.clone()).expect_err(route);
            assert!(
                error.to_string().contains(&format!("`{stands}`")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_value_of_its_own_comes_before_a_merged_one() {
        let value = json!("10s");
        let (outcome, text) = one("app.grace", Op::Set { value }).expect("it is set here");
        assert_eq!(outcome, Outcome::Changed);
        let own = "  image: app:1\n  grace: 10s\n";
        assert_eq!(text, COMPOSE.replace("  image: app:1\n", own));
    }

    #[test]
    fn what_an_edit_before_has_made_is_seen_by_the_merge() {
        let set = |route: &str, value: Value| Edit::new(at(route), Op::Set { value });
        let value = json!(2);
        let edits = [
            set("x-common.new", json!(1)),
            Edit::new(at("app.new"), Op::Default { value }),
            Edit::new(at("x-common.links"), Op::Remove),
            Edit::new(at("app.links"), Op::Remove),
        ];
        let edited = apply(&Format::Yaml, COMPOSE, &edits).expect("each is seen by the next");
        let (made, there) = (Outcome::Changed, Outcome::AlreadyDone);
        assert_eq!(edited.outcomes, [made, there, made, there]);
    }

    #[test]
    fn an_item_that_a_merge_key_names_is_the_item_that_its_reader_finds() {
        let text = "d: &d {name: a}\nl:\n  - <<: *d\n    v: 1\n  - name: a\n    v: 3\n";
        let edit = Edit::new(at("l[name=a].v"), Op::Set { value: json!(2) });
        assert!(apply(&Format::Yaml, text, &[edit]).is_err());
        let there = Edit::new(at("l[name=a].v"), Op::Default { value: json!(2) });
        let edited = apply(&Format::Yaml, text, &[there]).expect("it is there");
        assert_eq!(edited.outcomes, [Outcome::AlreadyDone]);
    }
}
