//! What was written to a database since its backup and is lost by a restore: reported before the
//! restore, and once more after it.

use crate::model::{
    plan::{Plan, StepBody},
    record::SavedDatabase,
    rule::Action,
    units::count,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    data: Vec<Difference>,
    /// Tables in which a tool or a run records what it applied: they are rolled back together with
    /// what was applied, and nobody has entered data there.
    records: Vec<Difference>,
}

/// How one table, or one database of keys, differs from the backup.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Difference {
    what: String,
    /// Rows or keys in the backup; `None` if it does not have the table or database.
    then: Option<u64>,
    now: Option<u64>,
    /// The number of writes since, where the server counts them. It does not say whose they were.
    writes: Option<u64>,
    /// What is counted, and where: rows of a table, keys of a database.
    units: (&'static str, &'static str),
}

/// Whether the restore is still ahead: only until then is `now` true.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Restore {
    Ahead,
    Made,
}

impl Since {
    /// Compares the backup with `now` and `written`, which are keyed by the backup's names. The
    /// names in `records` have no schema.
    pub fn of(
        saved: &SavedDatabase,
        now: &BTreeMap<String, u64>,
        written: &BTreeMap<String, u64>,
        records: &BTreeSet<&str>,
    ) -> Self {
        let names: BTreeSet<&String> = saved.counts.keys().chain(now.keys()).collect();
        let all = names.into_iter().map(|name| Difference {
            what: name.clone(),
            then: saved.counts.get(name).copied(),
            now: now.get(name).copied(),
            units: saved.units(),
            // A server reset restarts its counters: then they say nothing.
            writes: match (saved.written.get(name), written.get(name)) {
                (Some(then), Some(now)) => now.checked_sub(*then),
                (Some(_) | None, _) => None,
            },
        });
        let is_record = |one: &Difference| {
            let table = one.what.rsplit_once('.');
            records.contains(table.map_or(one.what.as_str(), |(_, table)| table))
        };
        let (records, data) = all.filter(Difference::counts).partition(is_record);
        Self { data, records }
    }

    pub fn loses_data(&self) -> bool {
        !self.data.is_empty()
    }

    /// What a restore still ahead would lose.
    pub fn to_be_lost(&self) -> String {
        told(&self.data, Restore::Ahead)
    }

    /// What the restore has lost.
    pub fn was_lost(&self) -> String {
        told(&self.data, Restore::Made)
    }

    /// The tables of records, whose loss concerns nobody.
    pub fn records(&self) -> Option<String> {
        let names: Vec<&str> = self.records.iter().map(|one| one.what.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// The tables of a database in which is written down what was applied.
pub fn records<'p>(plan: &'p Plan, database: &str) -> BTreeSet<&'p str> {
    let named = plan.databases.get(database);
    let named = named.into_iter().flat_map(|known| known.records());
    let of_steps = plan.all_steps().filter_map(|step| match &step.body {
        StepBody::Do(Action::SqlFile(file)) if file.database == database => file.record.as_ref(),
        StepBody::Do(_) | StepBody::Edit { .. } | StepBody::Write { .. } => None,
    });
    let of_steps = of_steps.map(|row| row.table.as_str());
    named.map(String::as_str).chain(of_steps).collect()
}

fn told(differences: &[Difference], restore: Restore) -> String {
    let told: Vec<String> = differences.iter().map(|one| one.told(restore)).collect();
    told.join("; ")
}

impl Difference {
    /// Whether a restore changes the table's contents. A table that the run itself created and that
    /// is still empty is no loss.
    fn counts(&self) -> bool {
        let rows = |count: Option<u64>| count.unwrap_or(0);
        rows(self.then) != rows(self.now) || self.writes.is_some_and(|writes| writes > 0)
    }

    fn told(&self, restore: Restore) -> String {
        let what = &self.what;
        let (unit, place) = self.units;
        let counted = |n: u64| match n {
            1 => format!("1 {}", unit.trim_end_matches('s')),
            n => format!("{n} {unit}"),
        };
        let (had, now, gone) = match restore {
            Restore::Ahead => ("", " now", "gone"),
            Restore::Made => ("had ", "", "was gone"),
        };
        let counts = match (self.then, self.now) {
            (Some(then), Some(rows)) if then == rows => format!("{had}{} as then", counted(rows)),
            (Some(then), Some(rows)) => {
                format!("{had}{}{now}, {then} in the backup", counted(rows))
            }
            (None, Some(rows)) => {
                let rows = counted(rows);
                format!("{had}{rows}{now}, the backup has no such {place}")
            }
            (then, None) => {
                let then = counted(then.unwrap_or(0));
                format!("{gone}, {then} in the backup")
            }
        };
        let writes = match self.writes {
            Some(writes) if writes > 0 => {
                let writes = count(writes, "write");
                format!(", {writes} since, by the run's steps or by others")
            }
            Some(_) | None => String::new(),
        };
        format!("{what}: {counts}{writes}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{digest::Digest, record::Proof};

    fn map(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
        let pairs = pairs.iter();
        pairs.map(|(name, n)| ((*name).to_owned(), *n)).collect()
    }

    fn saved(counts: &[(&str, u64)], written: &[(&str, u64)]) -> SavedDatabase {
        SavedDatabase {
            name: "main".into(),
            file: "main.dump".into(),
            digest: Digest::of(b""),
            bytes: 1,
            of: String::new(),
            counts: map(counts),
            written: map(written),
            keys: BTreeMap::new(),
            proof: Proof::Restored,
            place: None,
            meta: None,
            doubt: None,
            outside: None,
        }
    }

    #[test]
    fn only_what_is_lost_is_told_and_counters_that_began_anew_are_not_believed() {
        let counts = [
            ("gone", 1),
            ("more", 2),
            ("reset", 3),
            ("same", 4),
            ("touched", 5),
        ];
        let written = [("more", 2), ("reset", 9), ("same", 4), ("touched", 5)];
        let now = map(&[
            ("made", 0),
            ("more", 4),
            ("new", 7),
            ("reset", 3),
            ("same", 4),
            ("touched", 5),
        ]);
        let writes = map(&[
            ("more", 4),
            ("new", 7),
            ("reset", 1),
            ("same", 4),
            ("touched", 6),
        ]);
        let since = Since::of(&saved(&counts, &written), &now, &writes, &BTreeSet::new());
        assert_eq!(
            since.to_be_lost().split("; ").collect::<Vec<_>>(),
            [
                "gone: gone, 1 row in the backup",
                "more: 4 rows now, 2 in the backup, 2 writes since, by the run's steps or by others",
                "new: 7 rows now, the backup has no such table",
                "touched: 5 rows as then, 1 write since, by the run's steps or by others",
            ]
        );
        assert_eq!(saved(&[("gone", 1)], &[]).held(), "1 row in 1 table");
    }

    #[test]
    fn of_a_restore_that_was_made_nothing_is_said_to_be_so_now() {
        let then = saved(&[("gone", 1), ("more", 2)], &[]);
        let now = map(&[("more", 4), ("new", 1)]);
        let since = Since::of(&then, &now, &BTreeMap::new(), &BTreeSet::new());
        assert_eq!(
            since.was_lost(),
            "gone: was gone, 1 row in the backup; more: had 4 rows, 2 in the backup; \
             new: had 1 row, the backup has no such table"
        );
    }

    #[test]
    fn what_was_applied_is_no_data_of_anybody() {
        let then = saved(&[("public.users", 2)], &[]);
        let now = map(&[("public.users", 2), ("public._applied", 1)]);
        let records = BTreeSet::from(["_applied"]);
        let since = Since::of(&then, &now, &BTreeMap::new(), &records);
        assert!(!since.loses_data());
        assert_eq!(since.records().as_deref(), Some("public._applied"));
        let unnamed = Since::of(&then, &now, &BTreeMap::new(), &BTreeSet::new());
        assert!(unnamed.loses_data() && unnamed.records().is_none());
    }
}
