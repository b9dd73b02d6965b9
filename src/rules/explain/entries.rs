//! Every rule of a hop that has an id, with its place, including those that have no name and are
//! numbered. Included files are numbered before the hop's own.

use crate::{
    model::{
        ids::RuleId,
        route::{Route, Segment},
        rule::{BackupRule, ConfigRule, Hop},
    },
    rules::{
        check::{SourceFile, rule_ids},
        ids, include,
        pack::{LoadedHop, LoadedPack, PACK_FILE},
    },
};

pub struct Entry<'p> {
    pub id: RuleId,
    pub route: Route,
    pub file: SourceFile<'p>,
}

/// The stem of the inputs that every hop of a pack shares.
const OF_PACK: &str = "pack";

pub fn of_pack(pack: &LoadedPack) -> Vec<Entry<'_>> {
    let file = SourceFile::of(PACK_FILE, &pack.sources.pack);
    let inputs = pack.sources.pack.value.inputs.keys();
    let mut all: Vec<Entry<'_>> = inputs
        .map(|name| input(OF_PACK, name.as_str(), file))
        .collect();
    all.extend(pack.hops.iter().flat_map(|hop| of_hop(pack, hop)));
    all
}

fn input<'p>(stem: &str, name: &str, file: SourceFile<'p>) -> Entry<'p> {
    Entry {
        id: ids::input(stem, name),
        route: Route::key("inputs").at(name),
        file,
    }
}

fn of_hop<'p>(pack: &'p LoadedPack, hop: &LoadedHop) -> Vec<Entry<'p>> {
    let stem = ids::stem(&hop.file);
    let mut all = Vec::new();
    let mut counted = Counted::default();
    let order = include::order(&hop.file, &pack.sources.hops);
    let files = order
        .iter()
        .filter_map(|file| pack.sources.hops.get_key_value(file));
    let files: Vec<(SourceFile<'p>, &Hop)> = files
        .map(|(file, parsed)| (SourceFile::of(file, parsed), &*parsed.value))
        .collect();
    for (file, rules) in &files {
        let named = rule_ids(stem, rules).into_iter();
        all.extend(named.map(|(id, route)| Entry {
            id,
            route: whole(route),
            file: *file,
        }));
        all.extend(
            rules
                .inputs
                .keys()
                .map(|name| input(stem, name.as_str(), *file)),
        );
        counted.add(stem, rules, *file, &mut all);
    }
    // The notes of the way back follow all others.
    for (file, rules) in &files {
        let rollback = rules
            .rollback
            .as_ref()
            .map_or(0, |rollback| rollback.notes.len());
        let route = Route::key("rollback").at("notes");
        counted.notes(stem, &route, rollback, *file, &mut all);
    }
    all
}

/// A route to the name of a rule, as a route to the rule.
fn whole(route: Route) -> Route {
    let named = match route.0.as_slice() {
        [.., Segment::Key(last)] if last == "id" => true,
        // A database has no id of its own there.
        [Segment::Key(list), .., Segment::Key(last)] => list == "backup" && last == "name",
        _ => false,
    };
    route.parent().filter(|_| named).unwrap_or(route)
}

/// How many of each kind the earlier files had.
#[derive(Default)]
struct Counted {
    notes: usize,
    config: usize,
    backup: usize,
    hints: usize,
    usages: usize,
}

impl Counted {
    fn add<'p>(&mut self, stem: &str, hop: &Hop, file: SourceFile<'p>, all: &mut Vec<Entry<'p>>) {
        let item = |list: &str, n: usize| Route::key(list).item(n);
        let mut push = |id: RuleId, route: Route| all.push(Entry { id, route, file });
        for (n, rule) in hop.config.iter().enumerate() {
            if let ConfigRule::Replace(_) = rule {
                push(ids::replace(stem, self.config + n), item("config", n));
            }
        }
        for (n, rule) in hop.backup.iter().enumerate() {
            if let BackupRule::Files { .. } = rule {
                push(ids::backup_files(stem, self.backup + n), item("backup", n));
            }
        }
        for n in 0..hop.hints.len() {
            push(ids::hint(stem, self.hints + n), item("hints", n));
        }
        for n in 0..hop.usages.len() {
            push(ids::usage(stem, self.usages + n), item("usages", n));
        }
        self.config += hop.config.len();
        self.backup += hop.backup.len();
        self.hints += hop.hints.len();
        self.usages += hop.usages.len();
        self.notes(stem, &Route::key("notes"), hop.notes.len(), file, all);
    }

    fn notes<'p>(
        &mut self,
        stem: &str,
        list: &Route,
        count: usize,
        file: SourceFile<'p>,
        all: &mut Vec<Entry<'p>>,
    ) {
        all.extend((0..count).map(|n| Entry {
            id: ids::note(stem, self.notes + n),
            route: list.item(n),
            file,
        }));
        self.notes += count;
    }
}
