//! Backs up a database of the pack, whatever its kind, restores it, and compares it with what is
//! there now.

use super::{
    postgres, redis,
    since::{self, Since},
    sqlite,
};
use crate::{
    engine::means::{
        context::Context,
        database::{
            address,
            job::{Job, JobError},
        },
    },
    model::{address::Address, record::SavedDatabase, rule::BackupDatabase},
    world::Access,
};
use std::collections::BTreeMap;

pub fn save(job: &mut Job<'_>, rule: &BackupDatabase) -> Result<SavedDatabase, JobError> {
    let end = match address(job)? {
        Address::Postgres(server) => postgres::save(job, &server, rule.only_read_back),
        Address::Sqlite(file) => sqlite::save(job, &file),
        Address::Redis(server) => redis::save(job, &server, rule.only_read_back),
    };
    // These contain text from outside: names from the database, errors of the server.
    end.map(|saved| SavedDatabase {
        of: job.context.clean(&saved.of),
        doubt: saved.doubt.map(|doubt| job.context.clean(&doubt)),
        ..saved
    })
}

/// Restores it and says so in a few words. The caller has verified the backup's digest.
pub fn restore(job: &mut Job<'_>, saved: &SavedDatabase) -> Result<String, JobError> {
    match address(job)? {
        Address::Postgres(server) => postgres::restore(job, &server, saved),
        Address::Sqlite(file) => sqlite::restore(job, &file, saved),
        Address::Redis(server) => redis::restore(job, &server),
    }
}

/// Plain shell commands that restore the database.
pub fn by_hand(context: &Context, saved: &SavedDatabase) -> Result<String, JobError> {
    let last = context.plan.last_hop();
    Ok(match context.database(&saved.name, last)? {
        Address::Postgres(server) => postgres::by_hand(saved, &server),
        Address::Sqlite(file) => sqlite::by_hand(saved, &file),
        Address::Redis(server) => redis::by_hand(saved, &server),
    })
}

/// Every table whose row count differs from the backup's, or that was written to since.
pub fn since(job: &mut Job<'_>, saved: &SavedDatabase) -> Result<Since, JobError> {
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
    let records = since::records(&job.context.plan, &saved.name);
    Ok(Since::of(saved, &now, &written, &records))
}
