//! Ids are unique: of statements and corrections in the guide, of steps, checks, backups and
//! every other rule in a hop.

use super::{Sheet, SourceFile};
use crate::{
    model::{
        ids::{GuideId, RuleId},
        route::{Route, Segment},
        rule::{BackupRule, ConfigRule, Hop},
    },
    rules::{
        diagnostic::Diagnostic,
        ids,
        pack::{LoadedHop, LoadedPack},
    },
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    guide(pack, found);
    for (file, parsed) in &pack.sources.hops {
        let mut sheet = Sheet::of(SourceFile::of(file, parsed), found);
        let mut seen = BTreeSet::new();
        for (id, route) in rule_ids(ids::stem(file), &parsed.value) {
            if !seen.insert(id.clone()) {
                let message = format!("the rule id `{id}` is given twice");
                sheet.value(&route, message, apart(&route));
            }
        }
    }
    for hop in &pack.hops {
        across_includes(pack, hop, found);
    }
}

/// How to tell apart two rules with the same id, depending on where the second one stands.
fn apart(route: &Route) -> &'static str {
    match route.0.as_slice() {
        [.., Segment::Key(list), Segment::Index(_)] if list == "changes" => {
            "give one of the two changes an `id`, or make them one"
        }
        [Segment::Key(list), Segment::Index(_)] if list == "environment" => {
            "a variable has one rule in a hop: keep one of the two"
        }
        [Segment::Key(list), Segment::Index(_)] if list == "config" => {
            "a file is created or merged once in a hop: make them one rule"
        }
        _ => "give one of the two another id, or make them one rule",
    }
}

/// Between a hop and what it includes; within one file it was reported above.
fn across_includes(pack: &LoadedPack, hop: &LoadedHop, found: &mut Vec<Diagnostic>) {
    let Some(parsed) = pack.sources.hops.get(&hop.file) else {
        return;
    };
    let stem = ids::stem(&hop.file);
    let own: BTreeMap<RuleId, Route> = rule_ids(stem, &parsed.value).into_iter().collect();
    let mut counts: BTreeMap<RuleId, usize> = BTreeMap::new();
    for (id, _) in rule_ids(stem, &hop.hop) {
        *counts.entry(id).or_default() += 1;
    }
    let named = |id: &RuleId| counts.get(id).is_some_and(|count| *count > 1);
    let mut sheet = Sheet::of(SourceFile::of(&hop.file, parsed), found);
    for (id, route) in own.iter().filter(|(id, _)| named(id)) {
        if !hop.hop.include.is_empty() {
            let help = format!("an included file has it too: {}", apart(route));
            sheet.value(route, format!("the rule id `{id}` is given twice"), &help);
        }
    }
}

fn guide(pack: &LoadedPack, found: &mut Vec<Diagnostic>) {
    let Some(file) = SourceFile::guide(pack) else {
        return;
    };
    let mut sheet = Sheet::of(file, found);
    let mut seen: BTreeSet<&GuideId> = BTreeSet::new();
    for one in pack.guide().citable().filter(|one| !seen.insert(one.id)) {
        let message = format!("`{}` is given twice", one.id);
        sheet.value(&one.route().at("id"), message, "every id names one thing");
    }
}

/// The rules of a hop that are named, with the place of the name.
pub(in crate::rules) fn rule_ids(stem: &str, hop: &Hop) -> Vec<(RuleId, Route)> {
    let mut all = Vec::new();
    for (n, rule) in hop.environment.iter().enumerate() {
        all.push((ids::env(stem, rule), Route::key("environment").item(n)));
    }
    for (n, rule) in hop.config.iter().enumerate() {
        let here = Route::key("config").item(n);
        match rule {
            ConfigRule::Edit(edit) => {
                let changes = here.at("edit").at("changes");
                for (m, change) in edit.changes.iter().enumerate() {
                    all.push((ids::change(stem, &edit.file, change), changes.item(m)));
                }
            }
            ConfigRule::Create(create) => all.push((ids::whole_file(stem, &create.file), here)),
            ConfigRule::Merge(merge) => all.push((ids::whole_file(stem, &merge.file), here)),
            ConfigRule::Replace(_) => {}
        }
    }
    for (n, rule) in hop.backup.iter().enumerate() {
        let here = Route::key("backup").item(n);
        match rule {
            BackupRule::Command(command) => {
                let route = here.at("command").at("id");
                all.push((ids::backup(stem, &command.id), route));
            }
            BackupRule::Database(database) => {
                let route = here.at("database").at("name");
                all.push((ids::backup(stem, &database.name), route));
            }
            BackupRule::Files { .. } => {}
        }
    }
    for (route, step) in hop.steps_at() {
        all.push((ids::step(stem, &step.id), route.at("id")));
    }
    for (n, watch) in hop.watch.iter().enumerate() {
        let route = Route::key("watch").item(n).at("id");
        all.push((ids::check(stem, &watch.id), route));
    }
    for (route, check) in hop.checks_at() {
        all.push((ids::check(stem, &check.id), route.at("id")));
    }
    all
}
