//! Proves a backup: restores it the way a rollback would, into a scratch database that is dropped
//! afterwards.

use super::{
    counts::{self, back_up_again},
    environment,
    script::{self, Contents},
    shape::Shape,
    tools::Tools,
};
use crate::{
    engine::means::database::job::{Job, JobError, Tool},
    model::{
        address::{Address, ServerAddress},
        ids::RunId,
        record::Proof,
    },
    sql::quote,
    world::{Access, Cancel, DatabaseError, DatabaseSession},
};
use std::collections::BTreeMap;

/// SQLSTATE `insufficient_privilege`.
const NOT_ALLOWED: &str = "42501";

/// Restores the backup and counts its rows; also returns what the restore recreated differently.
pub fn prove(
    job: &mut Job<'_>,
    tools: &Tools,
    server: &ServerAddress,
    contents: &Contents,
    counts: &BTreeMap<String, u64>,
) -> Result<(Proof, Option<String>), JobError> {
    let run = RunId::new(job.context.dir.name());
    let name = format!("switchback_test_{}", run.short());
    let mut scratch = server.clone();
    scratch.name = Some(name.clone());
    job.begin("restoring it into a scratch database");
    let cancel = job.cancel;
    let mut session = job.work(&Address::Postgres(server.clone()), Access::Change)?;
    let drop = format!("DROP DATABASE IF EXISTS \"{name}\"");
    let mut make = || {
        session.run(&drop, cancel)?;
        let create = create(&mut *session, &name, cancel)?;
        session.run(&create, cancel)
    };
    if let Err(error) = make() {
        return match error {
            DatabaseError::Statement { message, .. } => {
                Ok((Proof::ReadBack { why: message }, None))
            }
            other => Err(other.into()),
        };
    }
    let end = within(job, tools, &scratch, contents, counts);
    if let Err(error) = session.run(&drop, &Cancel::default()) {
        let error = job.context.clean(&error.to_string());
        job.note(&format!(
            "the scratch database {name} is left over: {error}"
        ));
    }
    end
}

/// The statement that makes an empty database of the same kind.
fn create(
    session: &mut dyn DatabaseSession,
    name: &str,
    cancel: &Cancel,
) -> Result<String, DatabaseError> {
    let like = session.run(
        "SELECT format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(encoding), \
         datcollate, datctype) FROM pg_database WHERE datname = current_database()",
        cancel,
    )?;
    let like = like.first().unwrap_or_default();
    Ok(format!(
        "CREATE DATABASE \"{name}\" TEMPLATE template0 {like}"
    ))
}

fn within(
    job: &mut Job<'_>,
    tools: &Tools,
    scratch: &ServerAddress,
    contents: &Contents,
    counts: &BTreeMap<String, u64>,
) -> Result<(Proof, Option<String>), JobError> {
    let address = Address::Postgres(scratch.clone());
    let mut session = job.work(&address, Access::Change)?;
    if let Some(why) = extensions_refused(&mut *session, contents, job.cancel)? {
        return Ok((Proof::ReadBack { why }, None));
    }
    drop(session);
    restore_over_itself(job, tools, scratch, contents).map_err(|error| match error {
        // It was really tried: a rollback, with a changed product, would fail the same way.
        JobError::Ended { said, .. } => JobError::Unfit(format!(
            "it cannot be restored over what it holds, as a rollback would: {said}; fix that, then \
             back up again"
        )),
        error => error,
    })?;
    let mut session = job.work(&address, Access::Look)?;
    let found = counts::of_all(&mut *session, job.cancel)?;
    drop(session);
    counts::compare(&found, counts).map_err(back_up_again)?;
    Ok((Proof::Restored, made_otherwise(job, tools, scratch)?))
}

/// Why this role cannot create the backup's extensions in a new database. That says nothing about a
/// rollback, which leaves existing extensions in place.
fn extensions_refused(
    session: &mut dyn DatabaseSession,
    contents: &Contents,
    cancel: &Cancel,
) -> Result<Option<String>, DatabaseError> {
    let mut refused = None;
    session.run("BEGIN", cancel)?;
    for name in &contents.extensions {
        let name = quote::name(name);
        let make = format!("CREATE EXTENSION IF NOT EXISTS {name} CASCADE");
        match session.run(&make, cancel) {
            Ok(_) => {}
            Err(DatabaseError::Statement {
                code,
                message,
                more,
                ..
            }) => {
                // Any other error will come up in the restore itself.
                refused = (code == NOT_ALLOWED).then(|| format!("{message}{more}"));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    session.run("ROLLBACK", cancel)?;
    Ok(refused)
}

/// Does what a rollback does: restores the whole backup over a database that already holds all of
/// it. Restoring into an empty one would not show what the restore fails to drop.
fn restore_over_itself(
    job: &mut Job<'_>,
    tools: &Tools,
    scratch: &ServerAddress,
    contents: &Contents,
) -> Result<(), JobError> {
    let objects = job.place(script::OBJECTS);
    let files = job.context.world.files.clone();
    files.stage(&objects, contents.objects.as_bytes(), None)?;
    script::run(job, tools, scratch, script::OBJECTS)?;
    files.discard(&objects)?;
    script::run(job, tools, scratch, script::WHOLE)
}

/// Reports what was recreated differently: row counts do not show owners and privileges.
fn made_otherwise(
    job: &mut Job<'_>,
    tools: &Tools,
    scratch: &ServerAddress,
) -> Result<Option<String>, JobError> {
    let dump = job.place(".dump");
    let dump = dump.to_string_lossy();
    let held = ["pg_restore", "--schema-only", "-f", "-", &dump];
    let held = Shape::read(job, tools.tool(&held))?;
    let made = [
        "pg_dump",
        "--schema-only",
        "--no-password",
        "--no-subscriptions",
    ];
    let made = Tool {
        env: environment::of_tools(scratch),
        ..tools.tool(&made)
    };
    let difference = held.difference(&Shape::read(job, made)?);
    Ok(difference.map(|difference| {
        format!("restored for a test, it came out {difference}: a restore may leave it like that")
    }))
}
