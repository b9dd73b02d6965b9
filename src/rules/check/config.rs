//! Rules about variables and files: each change says one thing, with the fields it needs.

use super::{Sheet, groups};
use crate::{
    model::{
        route::{Route, Segment},
        rule::{Change, ConfigRule, EnvRule, Hop, Stock, Valid, Verb, VerbFault},
    },
    rules::{pack::LoadedPack, valid},
};

const PACK_PATHS: &str = "paths start at the pack's folder: files/…";

pub(super) fn check(pack: &LoadedPack, hop: &Hop, sheet: &mut Sheet) {
    for (n, rule) in hop.environment.iter().enumerate() {
        variable(rule, &Route::key("environment").item(n), sheet);
    }
    for (n, rule) in hop.config.iter().enumerate() {
        let here = Route::key("config").item(n);
        match rule {
            ConfigRule::Edit(edit) => {
                let route = here.at("edit").at("changes");
                for (m, one) in edit.changes.iter().enumerate() {
                    change(one, &route.item(m), sheet);
                }
            }
            ConfigRule::Create(create) if pack.text(&create.from).is_none() => {
                let route = here.at("create").at("from");
                let message = format!("the pack has no text file `{}`", create.from);
                sheet.value(&route, message, PACK_PATHS);
            }
            ConfigRule::Merge(merge) => {
                let here = here.at("merge");
                stock(pack, &merge.old, &here.at("old"), sheet);
                stock(pack, &merge.new, &here.at("new"), sheet);
            }
            ConfigRule::Replace(replace) => {
                let route = here.at("replace").at("with");
                groups::check(&replace.matches, &replace.with, &route, sheet);
            }
            ConfigRule::Create(_) => {}
        }
    }
}

/// Where the files of a vendor come from.
fn stock(pack: &LoadedPack, places: &[Stock], here: &Route, sheet: &mut Sheet) {
    if places.is_empty() {
        let message = "nowhere to find the vendor's file".to_owned();
        sheet.key(here, message, "give at least one of file, pack, command");
    }
    for (n, one) in places.iter().enumerate() {
        if let Stock::Pack(file) = one
            && pack.text(file).is_none()
        {
            let message = format!("the pack has no text file `{file}`");
            let route = here.item(n).at("pack");
            sheet.value(&route, message, PACK_PATHS);
        }
    }
}

fn variable(rule: &EnvRule, here: &Route, sheet: &mut Sheet) {
    for name in rule.names().filter(|name| !may_be_variable(name)) {
        let message = format!("`{name}` cannot be the name of a variable");
        let help = "a name has letters, digits and `_`, some products allow `.` and `-`, and no digit first";
        sheet.key(here, message, help);
    }
    let (kind, checked) = match rule {
        EnvRule::Rename(rename) => {
            if rename.from == rename.to {
                let route = here.at("rename").at("to");
                let message = format!("`{}` is renamed to itself", rename.from);
                sheet.value(&route, message, "give the new name, or write `keep`");
            }
            ("rename", rename.valid.as_ref())
        }
        EnvRule::Add(add) => ("add", add.valid.as_ref()),
        EnvRule::Keep(keep) => ("keep", keep.valid.as_ref()),
        EnvRule::Optional(optional) => ("optional", optional.valid.as_ref()),
        EnvRule::Rewrite(rewrite) => {
            let route = here.at("rewrite").at("with");
            return groups::check(&rewrite.matches, &rewrite.with, &route, sheet);
        }
        EnvRule::Remove(_) => return,
    };
    valid(checked, &here.at(kind).at("valid"), sheet);
}

/// Whether some reader of `.env` files accepts the name; each dialect is stricter when editing.
fn may_be_variable(name: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || "_.-[]".contains(c);
    name.chars().all(of_name) && name.starts_with(|c: char| !c.is_ascii_digit())
}

pub(super) fn valid(valid: Option<&Valid>, here: &Route, sheet: &mut Sheet) {
    let Some(valid) = valid else {
        return;
    };
    if let (Some(least), Some(most)) = (valid.at_least, valid.at_most)
        && least > most
    {
        let message = format!("no number is {least} or more and {most} or less");
        sheet.value(&here.at("at_most"), message, "exchange the two");
    }
    let rest = Valid {
        one_of: Vec::new(),
        ..valid.clone()
    };
    for (n, value) in valid.one_of.iter().enumerate() {
        if !valid::faults(&rest, value).is_empty() {
            let message = format!("`{value}` may be chosen and is refused by the rest of `valid`");
            sheet.value(
                &here.at("one_of").item(n),
                message,
                "remove it from one of the two",
            );
        }
    }
}

fn change(change: &Change, here: &Route, sheet: &mut Sheet) {
    for (verb, field) in change.idle_fields() {
        let message = format!("`{field}` means nothing to `{verb}`");
        sheet.key(&here.at(field.word()), message, "remove it");
    }
    match change.verb() {
        Ok(Verb::Rewrite { pattern, with, .. }) => {
            groups::check(pattern, with, &here.at("with"), sheet);
        }
        Ok(verb) => destination(verb, here, sheet),
        Err(fault @ (VerbFault::None | VerbFault::Several(_))) => {
            let help =
                "give exactly one of set, default, remove, rename, move, append, rewrite, wrap";
            sheet.key(here, fault.to_string(), help);
        }
        Err(VerbFault::Lacks { name, fields }) => {
            for field in fields {
                let message = format!("`{name}` needs `{field}`");
                let help = format!("add `{field}: …`");
                sheet.key(&here.at(name.word()), message, &help);
            }
        }
        Err(fault @ VerbFault::NotAKey { .. }) => {
            let help = "write the key alone, or use `move`";
            sheet.value(&here.at("to"), fault.to_string(), help);
        }
    }
}

/// The target of a move must be a different place.
fn destination(verb: Verb<'_>, here: &Route, sheet: &mut Sheet) {
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
    let (route, to) = (verb.at(), here.at("to"));
    if itself {
        let message = format!("`{route}` becomes itself");
        sheet.value(&to, message, "give the new name");
    } else if into_itself {
        let message = format!("`{route}` cannot be moved into itself");
        sheet.value(&to, message, "use `wrap`");
    }
}
