//! Rules about variables and files: each change says one thing, with the fields it needs.

use super::{Found, Place, at, groups, item};
use crate::{
    model::{
        route::{Route, Segment},
        rule::{Change, ConfigRule, EnvRule, Hop, Stock, Valid, Verb, VerbFault},
    },
    rules::{pack::LoadedPack, valid},
};

const PACK_PATHS: &str = "paths start at the pack's folder: files/…";

pub(super) fn check(pack: &LoadedPack, hop: &Hop, place: Place<'_>, found: &mut Found) {
    for (n, rule) in hop.environment.iter().enumerate() {
        variable(rule, &item(&Route::key("environment"), n), place, found);
    }
    for (n, rule) in hop.config.iter().enumerate() {
        let here = item(&Route::key("config"), n);
        match rule {
            ConfigRule::Edit(edit) => {
                let route = at(&at(&here, "edit"), "changes");
                for (m, one) in edit.changes.iter().enumerate() {
                    change(one, &item(&route, m), place, found);
                }
            }
            ConfigRule::Create(create) if pack.text(&create.from).is_none() => {
                let route = at(&at(&here, "create"), "from");
                let message = format!("the pack has no text file `{}`", create.from);
                found.value(place, &route, message, PACK_PATHS);
            }
            ConfigRule::Merge(merge) => {
                let here = at(&here, "merge");
                stock(pack, &merge.old, &at(&here, "old"), place, found);
                stock(pack, &merge.new, &at(&here, "new"), place, found);
            }
            ConfigRule::Replace(replace) => {
                let route = at(&at(&here, "replace"), "with");
                groups::check(&replace.matches, &replace.with, &route, place, found);
            }
            ConfigRule::Create(_) => {}
        }
    }
}

/// Where the files of a vendor come from.
fn stock(pack: &LoadedPack, places: &[Stock], here: &Route, place: Place<'_>, found: &mut Found) {
    if places.is_empty() {
        let message = "nowhere to find the vendor's file".to_owned();
        found.key(
            place,
            here,
            message,
            "give at least one of file, pack, command",
        );
    }
    for (n, one) in places.iter().enumerate() {
        if let Stock::Pack(file) = one
            && pack.text(file).is_none()
        {
            let message = format!("the pack has no text file `{file}`");
            let route = at(&item(here, n), "pack");
            found.value(place, &route, message, PACK_PATHS);
        }
    }
}

fn variable(rule: &EnvRule, here: &Route, place: Place<'_>, found: &mut Found) {
    for name in rule.names().filter(|name| !may_be_variable(name)) {
        let message = format!("`{name}` cannot be the name of a variable");
        let help = "a name has letters, digits and `_`, some products allow `.` and `-`, and no digit first";
        found.key(place, here, message, help);
    }
    let (kind, checked) = match rule {
        EnvRule::Rename(rename) => {
            if rename.from == rename.to {
                let route = at(&at(here, "rename"), "to");
                let message = format!("`{}` is renamed to itself", rename.from);
                found.value(place, &route, message, "give the new name, or write `keep`");
            }
            ("rename", rename.valid.as_ref())
        }
        EnvRule::Add(add) => ("add", add.valid.as_ref()),
        EnvRule::Keep(keep) => ("keep", keep.valid.as_ref()),
        EnvRule::Optional(optional) => ("optional", optional.valid.as_ref()),
        EnvRule::Rewrite(rewrite) => {
            let route = at(&at(here, "rewrite"), "with");
            return groups::check(&rewrite.matches, &rewrite.with, &route, place, found);
        }
        EnvRule::Remove(_) => return,
    };
    valid(checked, &at(&at(here, kind), "valid"), place, found);
}

/// Whether some reader of `.env` files accepts the name; each dialect is stricter when editing.
fn may_be_variable(name: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || "_.-[]".contains(c);
    name.chars().all(of_name) && name.starts_with(|c: char| !c.is_ascii_digit())
}

pub(super) fn valid(valid: Option<&Valid>, here: &Route, place: Place<'_>, found: &mut Found) {
    let Some(valid) = valid else {
        return;
    };
    if let (Some(least), Some(most)) = (valid.at_least, valid.at_most)
        && least > most
    {
        let message = format!("no number is {least} or more and {most} or less");
        found.value(place, &at(here, "at_most"), message, "exchange the two");
    }
    let rest = Valid {
        one_of: Vec::new(),
        ..valid.clone()
    };
    for (n, value) in valid.one_of.iter().enumerate() {
        if !valid::faults(&rest, value).is_empty() {
            let message = format!("`{value}` may be chosen and is refused by the rest of `valid`");
            found.value(
                place,
                &item(&at(here, "one_of"), n),
                message,
                "remove it from one of the two",
            );
        }
    }
}

fn change(change: &Change, here: &Route, place: Place<'_>, found: &mut Found) {
    for (verb, field) in change.idle_fields() {
        let message = format!("`{field}` means nothing to `{verb}`");
        found.key(place, &at(here, field.word()), message, "remove it");
    }
    match change.verb() {
        Ok(Verb::Rewrite { pattern, with, .. }) => {
            groups::check(pattern, with, &at(here, "with"), place, found);
        }
        Ok(verb) => destination(verb, here, place, found),
        Err(fault @ (VerbFault::None | VerbFault::Several(_))) => {
            let help =
                "give exactly one of set, default, remove, rename, move, append, rewrite, wrap";
            found.key(place, here, fault.to_string(), help);
        }
        Err(VerbFault::Lacks { name, fields }) => {
            for field in fields {
                let message = format!("`{name}` needs `{field}`");
                let help = format!("add `{field}: …`");
                found.key(place, &at(here, name.word()), message, &help);
            }
        }
        Err(fault @ VerbFault::NotAKey { .. }) => {
            let help = "write the key alone, or use `move`";
            found.value(place, &at(here, "to"), fault.to_string(), help);
        }
    }
}

/// The target of a move must be a different place.
fn destination(verb: Verb<'_>, here: &Route, place: Place<'_>, found: &mut Found) {
    let (itself, into_itself) = match verb {
        Verb::Rename { at, to } => (at.last() == Some(&Segment::Key(to.to_owned())), false),
        Verb::Move { at, to, .. } => (at == to, to.starts_with(at)),
        Verb::Set { .. }
        | Verb::Default { .. }
        | Verb::Remove { .. }
        | Verb::Append { .. }
        | Verb::Rewrite { .. }
        | Verb::Wrap { .. } => (false, false),
    };
    let (route, to) = (verb.at(), at(here, "to"));
    if itself {
        let message = format!("`{route}` becomes itself");
        found.value(place, &to, message, "give the new name");
    } else if into_itself {
        let message = format!("`{route}` cannot be moved into itself");
        found.value(place, &to, message, "use `wrap`");
    }
}
