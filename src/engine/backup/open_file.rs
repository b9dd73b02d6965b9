//! Finds the SQLite file that a service really has open. The product may use another file than its
//! configuration names: then the open file is backed up, and the operator is warned.

use crate::{
    engine::means::{
        database::job::{Job, JobError},
        service,
    },
    model::{address::Address, rule::Database, text::with_causes},
};
use std::path::{Path, PathBuf};

/// The smallest page size of SQLite; a database has at least one page.
const PAGE_BYTES_MIN: u64 = 512;

pub struct OpenFile {
    pub path: PathBuf,
    /// A warning about the choice of the file.
    pub doubt: Option<String>,
}

/// Finds the file to back up; `configured` is the path from the database's address.
pub fn find(job: &mut Job<'_>, configured: &Path) -> Result<OpenFile, JobError> {
    let as_configured = |doubt| OpenFile {
        path: configured.to_owned(),
        doubt,
    };
    let Some(Database::Sqlite(sqlite)) = job.context.plan.databases.get(job.name) else {
        return Ok(as_configured(None));
    };
    let Some(name) = &sqlite.open_by else {
        return Ok(as_configured(None));
    };
    let last = job.context.plan.last_hop();
    let processes = match service::processes(job.context.scope(last, job.cancel), name) {
        Ok(processes) => processes,
        Err(error) => {
            let why = with_causes(&error);
            let doubt = format!("which file `{name}` has open cannot be told: {why}");
            return Ok(as_configured(Some(doubt)));
        }
    };
    let mut open = Vec::new();
    for process in &processes {
        let files = job.context.world.processes.open_files(process.pid);
        let files = files.map_err(|error| JobError::Unfit(with_causes(&error)))?;
        for file in files.into_iter().flatten() {
            if !open.contains(&file) && is_database(job, &file) {
                open.push(file);
            }
        }
    }
    let same = |file: &PathBuf| {
        let real = |path: &Path| job.context.world.files.canonical(path).ok().flatten();
        real(file).is_some() && real(file) == real(configured)
    };
    let names = |files: &[PathBuf]| -> Vec<String> {
        files.iter().map(|file| job.context.name_of(file)).collect()
    };
    let configured_name = job.context.name_of(configured);
    match open.as_slice() {
        [] => Ok(as_configured(None)),
        files if files.iter().any(same) => Ok(as_configured(None)),
        [file] => Ok(OpenFile {
            path: file.clone(),
            doubt: Some(format!(
                "`{name}` has {} open, and the configuration says {configured_name}: the open one was backed up",
                job.context.name_of(file)
            )),
        }),
        files => Err(JobError::Unfit(format!(
            "`{name}` has several databases open, and none is the {configured_name} of the \
             configuration: {}",
            names(files).join(", ")
        ))),
    }
}

/// Whether `file` opens as a SQLite database. SQLite's own files beside it (`-wal`, `-shm`) do not.
fn is_database(job: &Job<'_>, file: &Path) -> bool {
    let standing = job.context.world.files.look(file);
    let bytes = standing.ok().and_then(|standing| standing.bytes());
    bytes.is_some_and(|bytes| bytes >= PAGE_BYTES_MIN)
        && job.look(&Address::Sqlite(file.to_owned())).is_ok()
}
