//! The backup of a database of the pack, whatever its kind: made, put back, and compared with what
//! is there now.

use super::{postgres, redis, sqlite};
use crate::{
    engine::{
        context::Context,
        database::{
            address,
            job::{Job, JobError},
        },
    },
    model::{address::Address, record::SavedDatabase, rule::BackupDatabase, units::count},
    world::Access,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

pub fn save(job: &mut Job<'_>, rule: &BackupDatabase) -> Result<SavedDatabase, JobError> {
    let end = match address(job)? {
        Address::Postgres(server) => postgres::save(job, &server, rule.only_read_back),
        Address::Sqlite(file) => sqlite::save(job, &file),
        Address::Redis(server) => redis::save(job, &server, rule.only_read_back),
    };
    // A name of the database, an error of the server: texts from outside.
    end.map(|saved| SavedDatabase {
        of: job.context.clean(&saved.of),
        doubt: saved.doubt.map(|doubt| job.context.clean(&doubt)),
        ..saved
    })
}

/// Puts it back, in a few words. The caller has compared the backup's digest.
pub fn restore(job: &mut Job<'_>, saved: &SavedDatabase) -> Result<String, JobError> {
    match address(job)? {
        Address::Postgres(server) => postgres::restore(job, &server, saved),
        Address::Sqlite(file) => sqlite::restore(job, &file, saved),
        Address::Redis(server) => redis::restore(job, &server),
    }
}

/// Plain shell commands that put it back.
pub fn by_hand(context: &Context, saved: &SavedDatabase) -> Result<String, JobError> {
    let last = context.plan.last_hop();
    Ok(match context.database(&saved.name, last)? {
        Address::Postgres(server) => postgres::by_hand(saved, &server),
        Address::Sqlite(file) => sqlite::by_hand(context, saved, &file),
        Address::Redis(server) => redis::by_hand(saved, &server),
    })
}

/// What a restore would lose: how one table, or one database of keys, differs from the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Since {
    pub what: String,
    /// Rows or keys in the backup; `None`: it is not there.
    pub then: Option<u64>,
    pub now: Option<u64>,
    /// How often it was written since, where the server counts that. It does not say by whom.
    pub writes: Option<u64>,
    /// What is counted, and where: rows of a table, keys of a database.
    pub units: (&'static str, &'static str),
}

impl Since {
    /// Whether a restore changes what it holds. A table that the run itself made, and that holds
    /// nothing yet, is none to worry about.
    fn differs(&self) -> bool {
        let rows = |count: Option<u64>| count.unwrap_or(0);
        rows(self.then) != rows(self.now) || self.writes.is_some_and(|writes| writes > 0)
    }
}

impl std::fmt::Display for Since {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = &self.what;
        let (unit, place) = self.units;
        let counted = |n: u64| match n {
            1 => format!("1 {}", unit.trim_end_matches('s')),
            n => format!("{n} {unit}"),
        };
        match (self.then, self.now) {
            (Some(then), Some(now)) if then == now => {
                write!(f, "{what}: {} as then", counted(now))?
            }
            (Some(then), Some(now)) => {
                write!(f, "{what}: {} now, {then} in the backup", counted(now))?
            }
            (None, Some(now)) => {
                let now = counted(now);
                write!(f, "{what}: {now} now, the backup has no such {place}")?;
            }
            (then, None) => {
                let then = counted(then.unwrap_or(0));
                write!(f, "{what}: gone, {then} in the backup")?;
            }
        }
        match self.writes {
            Some(writes) if writes > 0 => {
                let writes = count(writes, "write");
                write!(f, ", {writes} since, by the run's steps or by others")
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Every table whose rows differ from the backup's in number, or that was written since.
pub fn since(job: &mut Job<'_>, saved: &SavedDatabase) -> Result<Vec<Since>, JobError> {
    let (now, written) = match address(job)? {
        address @ Address::Postgres(_) => {
            let mut session = job.look(&address)?;
            let written = postgres::written(&mut *session, job.cancel)?;
            let now = postgres::now(&mut *session, job.cancel)?.into_iter();
            // What takes too long to count is judged by its writes alone.
            let known = |(table, count): (String, Option<u64>)| {
                let count = count.or_else(|| saved.counts.get(&table).copied())?;
                Some((table, count))
            };
            (now.filter_map(known).collect(), written)
        }
        Address::Sqlite(file) => {
            let mut session = job.work(&Address::Sqlite(file), Access::Look)?;
            (sqlite::counts(&mut *session, job.cancel)?, BTreeMap::new())
        }
        Address::Redis(server) => (redis::counts(job, &server)?, BTreeMap::new()),
    };
    Ok(differences(saved, &now, &written))
}

fn differences(
    saved: &SavedDatabase,
    now: &BTreeMap<String, u64>,
    written: &BTreeMap<String, u64>,
) -> Vec<Since> {
    let names: BTreeSet<&String> = saved.counts.keys().chain(now.keys()).collect();
    let all = names.into_iter().map(|name| Since {
        what: name.clone(),
        then: saved.counts.get(name).copied(),
        now: now.get(name).copied(),
        units: saved.units(),
        // Counters begin anew when a server was reset: then they tell nothing.
        writes: match (saved.written.get(name), written.get(name)) {
            (Some(then), Some(now)) => now.checked_sub(*then),
            (Some(_) | None, _) => None,
        },
    });
    all.filter(Since::differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{digest::Digest, record::Proof};

    #[test]
    fn only_what_is_lost_is_told_and_counters_that_began_anew_are_not_believed() {
        let map = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
            pairs
                .iter()
                .map(|(name, n)| ((*name).to_owned(), *n))
                .collect()
        };
        let saved = SavedDatabase {
            name: "main".into(),
            file: "main.dump".into(),
            digest: Digest::of(b""),
            bytes: 1,
            of: String::new(),
            counts: map(&[
                ("gone", 1),
                ("more", 2),
                ("reset", 3),
                ("same", 4),
                ("touched", 5),
            ]),
            written: map(&[("more", 2), ("reset", 9), ("same", 4), ("touched", 5)]),
            keys: BTreeMap::new(),
            proof: Proof::Restored,
            place: None,
            doubt: None,
        };
        let now = map(&[
            ("made", 0),
            ("more", 4),
            ("new", 7),
            ("reset", 3),
            ("same", 4),
            ("touched", 5),
        ]);
        let written = map(&[
            ("more", 4),
            ("new", 7),
            ("reset", 1),
            ("same", 4),
            ("touched", 6),
        ]);
        let told: Vec<String> = differences(&saved, &now, &written)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "gone: gone, 1 row in the backup",
                "more: 4 rows now, 2 in the backup, 2 writes since, by the run's steps or by others",
                "new: 7 rows now, the backup has no such table",
                "touched: 5 rows as then, 1 write since, by the run's steps or by others",
            ]
        );
        let one = SavedDatabase {
            counts: map(&[("gone", 1)]),
            ..saved
        };
        assert_eq!(one.held(), "1 row in 1 table");
    }
}
