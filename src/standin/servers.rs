//! Real servers for the samples whose traps are those of a real database: found on this machine,
//! run on a free port of 127.0.0.1 in the sample's folder, with a password that is made for them.
//! They keep nothing for longer than the demo lasts, so they need not write durably.

use super::{
    Failed,
    home::{self, Home},
    keeper::Keeper,
    postgres::Client,
    redis::Redis,
};
use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

const START_LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Enough that nobody on this machine guesses it during a demo.
const PASSWORD_BYTES: usize = 16;

/// The owner of everything in a demo's PostgreSQL.
const USER: &str = "shannon";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Postgres,
    Redis,
}

/// A server of one demo.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub port: u16,
    pub password: String,
}

impl Server {
    pub(super) fn new(port: u16, password: &str) -> Self {
        let password = password.to_owned();
        Self { port, password }
    }

    /// The address of one of its databases.
    pub(super) fn postgres(&self, name: &str) -> String {
        let Self { port, password } = self;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{name}")
    }
}

/// Generates a password for one demo.
pub(super) fn password() -> Result<String, Failed> {
    let mut bytes = [0; PASSWORD_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Failed::new(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Kind {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        }
    }

    /// Programs that must be in one folder, because the tools of a release belong together.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["initdb", "postgres", "pg_dump", "pg_restore"],
            Self::Redis => &["redis-server", "redis-cli"],
        }
    }

    fn how_to_install(self) -> &'static str {
        match self {
            Self::Postgres => {
                "`apt install postgresql` on Debian and Ubuntu, `dnf install postgresql-server` on \
                 Fedora, `apk add postgresql` on Alpine"
            }
            Self::Redis => {
                "`apt install redis-server` on Debian and Ubuntu, `dnf install redis` on Fedora, \
                 `apk add redis` on Alpine"
            }
        }
    }

    /// The folder of its programs, or what is missing and how to get it.
    pub(super) fn find(self) -> Result<PathBuf, Failed> {
        self.find_in(&folders())
    }

    fn find_in(self, folders: &[PathBuf]) -> Result<PathBuf, Failed> {
        let whole = |folder: &&PathBuf| {
            self.programs()
                .iter()
                .all(|name| folder.join(name).is_file())
        };
        if let Some(folder) = folders.iter().find(whole) {
            return Ok(folder.clone());
        }
        let missing = |name: &&&str| !folders.iter().any(|folder| folder.join(name).is_file());
        let missing: Vec<&str> = self.programs().iter().filter(missing).copied().collect();
        let missing = if missing.is_empty() {
            "its programs lie in different folders".to_owned()
        } else {
            format!("not found: {}", missing.join(", "))
        };
        Err(Failed::new(format!(
            "this demo starts a {} of its own, which is not installed ({missing}); install it: {}; \
             its service need not run",
            self.title(),
            self.how_to_install()
        )))
    }

    /// Starts it; `wait` says when it answers.
    pub(super) fn start(self, home: &Home, server: &Server) -> Result<Keeper, Failed> {
        let programs = self.find()?;
        let user = ordinary_user()?;
        let folder = home.path().join("server");
        fs::create_dir_all(&folder)?;
        own(&folder, user)?;
        if let Some((_, gid)) = user {
            let_through(&[home.root(), home.path()], gid)?;
        }
        let (argv, signal) = match self {
            Self::Postgres => (postgres(&programs, &folder, server, user)?, "INT"),
            Self::Redis => (redis(&programs, &folder, server, user)?, "TERM"),
        };
        Keeper::meanwhile(home, &argv, &folder, signal, user)
    }

    pub(super) fn wait(self, home: &Home, server: &Server) -> Result<(), Failed> {
        let began = Instant::now();
        loop {
            let Err(failed) = self.answers(server) else {
                return Ok(());
            };
            if began.elapsed() > START_LIMIT {
                let log = home.path().join("server/log");
                let log = fs::read_to_string(log).unwrap_or_default();
                let said = format!("{} does not start: {failed}; {}", self.title(), log.trim());
                return Err(Failed::new(said));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    fn answers(self, server: &Server) -> Result<(), Failed> {
        match self {
            Self::Postgres => Client::of_url(&server.postgres("postgres")).map(drop),
            Self::Redis => Redis::open(server.port, &server.password).map(drop),
        }
    }
}

fn postgres(
    programs: &Path,
    folder: &Path,
    server: &Server,
    user: Option<(u32, u32)>,
) -> Result<Vec<String>, Failed> {
    let (data, settings) = (folder.join("data"), folder.join("settings"));
    secret(&settings, &server.password, user)?;
    let mut initdb = Command::new(programs.join("initdb"));
    initdb
        .args(["--username", USER, "--auth=scram-sha-256"])
        .args([
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ])
        .arg("--pwfile")
        .arg(&settings)
        .arg("--pgdata")
        .arg(&data)
        .current_dir("/");
    if let Some((uid, gid)) = user {
        std::os::unix::process::CommandExt::uid(&mut initdb, uid);
        std::os::unix::process::CommandExt::gid(&mut initdb, gid);
    }
    let made = initdb.output()?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr);
        return Err(Failed::new(format!("initdb: {}", said.trim())));
    }
    Ok(vec![
        text(&programs.join("postgres")),
        "-D".to_owned(),
        text(&data),
        format!("-p{}", server.port),
        "-clisten_addresses=127.0.0.1".to_owned(),
        "-cunix_socket_directories=".to_owned(),
        "-cfsync=off".to_owned(),
    ])
}

fn redis(
    programs: &Path,
    folder: &Path,
    server: &Server,
    user: Option<(u32, u32)>,
) -> Result<Vec<String>, Failed> {
    let settings = folder.join("settings");
    // In a file, because everybody can read arguments.
    let lines = format!(
        "port {}\nbind 127.0.0.1\nsave \"\"\nrequirepass {}\ndir \"{}\"\n",
        server.port,
        server.password,
        text(folder)
    );
    secret(&settings, &lines, user)?;
    Ok(vec![text(&programs.join("redis-server")), text(&settings)])
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Where to look for programs of servers: the path, the usual folders, and those in which
/// distributions keep the releases of PostgreSQL side by side, newest first.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(["/usr/local/bin", "/usr/bin", "/usr/sbin"].map(PathBuf::from));
    let releases = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut releases: Vec<(u32, PathBuf)> = releases
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    releases.sort_by_key(|(release, _)| std::cmp::Reverse(*release));
    folders.extend(releases.into_iter().map(|(_, folder)| folder.join("bin")));
    folders
}

/// The user for servers: `nobody` if we are root, which PostgreSQL refuses and neither needs.
fn ordinary_user() -> Result<Option<(u32, u32)>, Failed> {
    if !rustix::process::getuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let nobody = users.lines().find(|line| line.starts_with("nobody:"));
    let mut ids = nobody.into_iter().flat_map(|line| line.split(':').skip(2));
    let mut id = || ids.next().and_then(|id| id.parse().ok());
    match (id(), id()) {
        (Some(uid), Some(gid)) => Ok(Some((uid, gid))),
        _ => Err(Failed::new(
            "its server does not run as root, and there is no user `nobody` to run it as; \
             run the demo as an ordinary user",
        )),
    }
}

/// Opens the folders on the way to the server's to its group, which may pass but not list them.
fn let_through(folders: &[&Path], gid: u32) -> Result<(), Failed> {
    for folder in folders {
        chown(folder, None, Some(gid))?;
        fs::set_permissions(folder, Permissions::from_mode(0o710))?;
    }
    Ok(())
}

fn own(path: &Path, user: Option<(u32, u32)>) -> Result<(), Failed> {
    match user {
        Some((uid, gid)) => Ok(chown(path, Some(uid), Some(gid))?),
        None => Ok(()),
    }
}

/// Writes a file that only the server can read.
fn secret(path: &Path, text: &str, user: Option<(u32, u32)>) -> Result<(), Failed> {
    home::write(path, "")?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    fs::write(path, text)?;
    own(path, user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_cure() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = [folder.path().to_owned()];
        fs::write(folder.path().join("pg_dump"), "").expect("written");
        let missing = Kind::Postgres.find_in(&folders).expect_err("not whole");
        let said = missing.to_string();
        assert!(
            said.contains("not found: initdb, postgres, pg_restore"),
            "{said}"
        );
        assert!(said.contains("`apt install postgresql`"), "{said}");
        for name in Kind::Redis.programs() {
            fs::write(folder.path().join(name), "").expect("written");
        }
        assert_eq!(Kind::Redis.find_in(&folders).ok().as_ref(), folders.first());
    }

    #[test]
    fn every_demo_has_a_password_of_its_own() {
        let [one, other] = [(); 2].map(|()| password().expect("a password"));
        assert_ne!(one, other);
        let address = Server::new(1, &one).postgres("shop");
        assert!(address.ends_with(&format!("{one}@127.0.0.1:1/shop")));
    }
}
