//! The server's own tools, in a release that fits the server.

use super::environment;
use crate::{
    engine::means::{
        database::job::{Job, JobError, Tool},
        watched::Meanwhile,
    },
    model::{address::ServerAddress, text::Secret},
    world::{CommandError, DatabaseSession},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// From this release on a backup begins with a setting that older servers do not know.
const NEW_SETTING: u32 = 17;

pub struct Tools {
    /// The server's release, as it says it.
    pub server: String,
    path: Vec<PathBuf>,
    env: BTreeMap<String, Secret>,
    dir: PathBuf,
}

impl Tools {
    pub fn find(
        job: &mut Job<'_>,
        session: &mut dyn DatabaseSession,
        server: &ServerAddress,
    ) -> Result<Self, JobError> {
        let number = session.run("SHOW server_version_num", job.cancel)?;
        let number: u32 = number.first().and_then(|n| n.parse().ok()).unwrap_or(0);
        let version = session.run("SHOW server_version", job.cancel)?;
        let version = version.first().unwrap_or_default();
        let release = number / 10_000;
        let tools = Self {
            server: version.split(' ').next().unwrap_or_default().to_owned(),
            path: search(job, release),
            env: environment::of_tools(server),
            dir: job.context.dir.backup(),
        };
        tools.fit(job, release)?;
        Ok(tools)
    }

    fn fit(&self, job: &mut Job<'_>, server: u32) -> Result<(), JobError> {
        let mut said = String::new();
        let tool = self.tool(&["pg_dump", "--version"]);
        let asked = job.run(tool, &mut |_, seen| {
            if let Meanwhile::Line(_, line) = seen {
                said.push_str(line);
            }
        });
        let cure = format!("install postgresql-client-{server}");
        match asked {
            Ok(_) => {}
            Err(JobError::Command(CommandError::NotFound(tool))) => {
                return Err(JobError::Unfit(format!(
                    "`{tool}` is not installed; {cure}"
                )));
            }
            Err(error) => return Err(error),
        }
        // `pg_dump (PostgreSQL) 15.8 (Debian 15.8-1)`, `pg_dump (PostgreSQL) 17beta1`
        let release = said.split(' ').nth(2).unwrap_or_default();
        let digits = release
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(release.len());
        let found: u32 = release[..digits].parse().unwrap_or(0);
        if found < server {
            let why =
                format!("pg_dump {found} cannot back up a PostgreSQL {server} server; {cure}");
            return Err(JobError::Unfit(why));
        }
        if found >= NEW_SETTING && server < NEW_SETTING {
            let why = format!(
                "what pg_dump {found} writes cannot be restored into a PostgreSQL {server} server; {cure}"
            );
            return Err(JobError::Unfit(why));
        }
        Ok(())
    }

    pub fn tool<'t>(&'t self, argv: &[&'t str]) -> Tool<'t> {
        Tool {
            argv: argv.to_vec(),
            env: self.env.clone(),
            path: &self.path,
            dir: Path::new(&self.dir),
            stdin: None,
            pieces: false,
        }
    }
}

/// The pack's own folders, then where distributions put the tools of one release beside those of
/// others.
fn search(job: &Job<'_>, release: u32) -> Vec<PathBuf> {
    let mut path = job.tool_path();
    path.extend([
        PathBuf::from(format!("/usr/lib/postgresql/{release}/bin")),
        PathBuf::from(format!("/usr/pgsql-{release}/bin")),
        PathBuf::from(format!("/usr/libexec/postgresql{release}")),
    ]);
    path
}
