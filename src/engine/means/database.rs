//! Looks at a database of the pack: where it is, how large it is, how many of its keys match a
//! pattern. How it is backed up and restored is in [`super::backup`].

pub mod job;
pub mod redis;

use super::{context::Context, listener::unheard};
use crate::{
    model::{address::Address, units::Size},
    world::{Cancel, DatabaseError, DatabaseSession},
};
use job::{Job, JobError};
use std::path::{Path, PathBuf};

/// Names the database that an error is about.
#[derive(Debug, thiserror::Error)]
#[error("the database `{name}`")]
pub struct OfDatabase {
    name: String,
    #[source]
    error: Box<JobError>,
}

impl OfDatabase {
    pub fn named(name: &str) -> impl FnOnce(JobError) -> Self {
        let name = name.to_owned();
        move |error| Self {
            name,
            error: Box::new(error),
        }
    }
}

/// The address of the job's database, for the last hop: its template may name the hop's release.
pub fn address(job: &Job<'_>) -> Result<Address, JobError> {
    let last = job.context.plan.last_hop();
    Ok(job.context.database(job.name, last)?)
}

/// Looks at a database without any output or progress.
pub fn looking<T>(
    context: &Context,
    name: &str,
    cancel: &Cancel,
    look: impl FnOnce(&mut Job<'_>) -> Result<T, JobError>,
) -> Result<T, OfDatabase> {
    let looked = unheard(|listener| look(&mut Job::new(context, name, cancel, listener)));
    looked.map_err(OfDatabase::named(name))
}

/// The size of a database in place: its backup, and the test restore on its own server, take less.
pub fn size(context: &Context, name: &str, cancel: &Cancel) -> Result<Size, OfDatabase> {
    looking(context, name, cancel, |job| {
        let bytes = match address(job)? {
            address @ Address::Postgres(_) => of_postgres(&mut *job.look(&address)?, cancel)?,
            Address::Sqlite(file) => of_sqlite(job, &file),
            Address::Redis(server) => redis::size(job, &server)?,
        };
        Ok(Size::from_bytes(bytes))
    })
}

/// How many keys of a Redis database match a pattern and, if given, have a type.
pub fn count_keys(
    context: &Context,
    name: &str,
    names: &str,
    of_type: Option<&str>,
    cancel: &Cancel,
) -> Result<u64, OfDatabase> {
    looking(context, name, cancel, |job| match address(job)? {
        Address::Redis(server) => redis::count_keys(job, &server, names, of_type),
        Address::Postgres(_) | Address::Sqlite(_) => {
            Err(JobError::Unfit("only Redis has keys".to_owned()))
        }
    })
}

/// The size in bytes.
pub fn of_postgres(
    session: &mut dyn DatabaseSession,
    cancel: &Cancel,
) -> Result<u64, DatabaseError> {
    let size = session.run("SELECT pg_database_size(current_database())", cancel)?;
    Ok(size.number().unwrap_or(0))
}

/// The size in bytes, including what has not yet been moved into the main file.
pub fn of_sqlite(job: &Job<'_>, file: &Path) -> u64 {
    let files = &job.context.world.files;
    let bytes = |path: &Path| files.look(path).ok()?.bytes();
    bytes(file).unwrap_or(0) + bytes(&beside(file, "-wal")).unwrap_or(0)
}

/// The path with this ending beside an SQLite file.
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{name}{ending}"))
}
