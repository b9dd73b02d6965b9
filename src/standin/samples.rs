//! The samples: what each product needs beside its files, what was done with it before the upgrade,
//! how its old release is started, and the parameters for its pack.

use super::{
    Failed, dashboard, git,
    home::{self, Home},
    oversight, packages,
    postgres::{self, Client, Store},
    process,
    redis::Redis,
    servers::{Kind, Server},
    sqlite_file,
};
use std::{
    fs,
    net::Ipv4Addr,
    process::{Command, Stdio},
};

pub(super) struct Sample {
    pub product: &'static str,
    /// In a few words, for help.
    pub about: &'static str,
    /// The real server it needs beside the imitations.
    pub server: Option<Kind>,
    /// Starts the old release and returns the values of the pack's parameters.
    pub begin: fn(&Site) -> Result<Params, Failed>,
}

pub(super) type Params = Vec<(String, String)>;

pub(super) const SAMPLES: [Sample; 5] = [
    Sample {
        product: "workflow-engine",
        about: "three releases in one run",
        server: None,
        begin: workflow_engine,
    },
    Sample {
        product: "oversight-gateway",
        about: "a rewrite that fails behind a green health page",
        server: None,
        begin: oversight_gateway,
    },
    Sample {
        product: "loki-mode",
        about: "a global package and a dashboard",
        server: None,
        begin: loki_mode,
    },
    Sample {
        product: "shannon",
        about: "four releases, on a PostgreSQL server of its own",
        server: Some(Kind::Postgres),
        begin: shannon,
    },
    Sample {
        product: "relay",
        about: "a backfill in stages, on a Redis server of its own",
        server: Some(Kind::Redis),
        begin: relay,
    },
];

/// Where a sample was laid out.
pub(super) struct Site {
    pub home: Home,
    pub ports: [u16; 3],
    pub server: Option<Server>,
}

impl Site {
    fn url(&self, port: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[port])
    }

    fn server(&self) -> Result<&Server, Failed> {
        let none = || Failed::new("the sample has no server");
        self.server.as_ref().ok_or_else(none)
    }

    /// Starts a service through the script, as the upgrade will: it is not our child afterwards.
    fn start(&self, program: &str, args: &[&str]) -> Result<(), Failed> {
        let done = Command::new(self.home.bin().join(program))
            .args(args)
            .current_dir(self.home.root())
            .stdin(Stdio::null())
            .output()?;
        if done.status.success() {
            Ok(())
        } else {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            Err(Failed::new(format!(
                "the old release does not start: {said}"
            )))
        }
    }
}

fn params<const N: usize>(all: [(&str, String); N]) -> Result<Params, Failed> {
    let all = all.into_iter();
    Ok(all.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn workflow_engine(site: &Site) -> Result<Params, Failed> {
    const WORK: &str = "\
        INSERT INTO agents (name, endpoint) VALUES ('tutor', 'http://tutor:3001');\
        INSERT INTO events (event_type, event_data) VALUES \
            ('workflow_started', '{\"workflow\": 17}'), ('workflow_completed', '{\"workflow\": 17}');";
    // What the compose file's initdb made, and some work that was done since.
    let mut store = Store::default();
    store.run(&site.home.read("scripts/init-db.sql"))?;
    store.run(WORK)?;
    let database = postgres::file(&site.home, "ai_workflow");
    store.save(&database.ok_or_else(|| Failed::new("no place for the database"))?)?;
    site.start("docker", &["compose", "up", "--detach"])?;
    params([
        ("app_url", site.url(0)),
        ("app_port", site.ports[0].to_string()),
        ("gateway_url", site.url(1)),
        ("gateway_port", site.ports[1].to_string()),
        ("database_host", Ipv4Addr::LOCALHOST.to_string()),
        ("database_port", site.ports[2].to_string()),
    ])
}

fn oversight_gateway(site: &Site) -> Result<Params, Failed> {
    let (home, root) = (&site.home, site.home.root());
    git::init(home, "df9d04a")?;
    fs::create_dir_all(root.join(".venv"))?;
    sqlite_file::run(&root.join(oversight::DATABASE), oversight::V1)?;
    home::write(&home.path().join("port"), site.ports[0].to_string())?;
    site.start("systemctl", &["start", "oversight-gateway.service"])?;
    params([("url", site.url(0)), ("port", site.ports[0].to_string())])
}

fn loki_mode(site: &Site) -> Result<Params, Failed> {
    let (home, root) = (&site.home, site.home.root());
    packages::install(home, &packages::npm_folder(home), "5.50.0")?;
    let database = dashboard::database(home);
    fs::create_dir_all(database.with_file_name("dashboard"))?;
    dashboard::make_tables(&database, false)?;
    sqlite_file::run(
        &database,
        "INSERT INTO projects (name) VALUES ('alpha'), ('beta'); INSERT INTO tasks (project_id, title) VALUES (1, 'first')",
    )?;
    let port = site.ports[0].to_string();
    site.start("loki", &["dashboard", "start", "--port", &port])?;
    let data = root.join("home/.loki").display().to_string();
    params([("port", port), ("data_dir", data)])
}

/// Shannon, with its schema half migrated by hand: a migration with a higher number is applied, one
/// with a lower number is not.
fn shannon(site: &Site) -> Result<Params, Failed> {
    const APPLIED: [&str; 12] = [
        "001_initial_schema",
        "002_persistence_tables",
        "003_authentication",
        "004_event_logs",
        "005_alter_memory_system",
        "006_supervisor_memory_tables",
        "007_session_soft_delete",
        "008_add_model_provider_to_tasks",
        "009_scheduled_tasks",
        "010_auth_user_link",
        "011_add_agent_id_to_token_usage",
        "112_add_cache_token_columns",
    ];
    const WORK: &str = "\
        INSERT INTO task_executions (workflow_id, status, prompt_tokens, completion_tokens) \
        SELECT 'w' || n, 'COMPLETED', 100, 50 FROM generate_series(1, 500) n; \
        INSERT INTO token_usage (provider, prompt_tokens, completion_tokens) \
        SELECT 'anthropic', 100, 50 FROM generate_series(1, 500) n";
    let server = site.server()?;
    Client::of_url(&server.postgres("postgres"))?.run("CREATE DATABASE shannon")?;
    let mut own = Client::of_url(&server.postgres("shannon"))?;
    for name in APPLIED {
        let file = format!("upgrade/shannon/migrations/postgres/{name}.sql");
        own.run(&site.home.read(&file))?;
    }
    own.run(WORK)?;
    let up = [
        "compose",
        "--file",
        "docker-compose.release.yml",
        "up",
        "--detach",
    ];
    site.start("docker", &up)?;
    params([
        ("database_host", "127.0.0.1".to_owned()),
        ("database_port", server.port.to_string()),
        ("gateway_url", site.url(0)),
        ("admin_url", site.url(1)),
        ("metrics_url", site.url(1)),
        ("llm_url", site.url(2)),
    ])
}

/// Jobs of three workspaces under their old keys; two jobs name none, or an invalid one.
fn relay(site: &Site) -> Result<Params, Failed> {
    const JOBS: usize = 1200;
    const WORKSPACES: [&str; 6] = ["ws_test", "acme", "acme", "acme", "globex", "globex"];
    git::init(&site.home, "v0.1.5-phase1")?;
    let server = site.server()?;
    let mut redis = Redis::open(server.port, &server.password)?;
    for n in 0..JOBS {
        let workspace = match n {
            7 => "",
            8 => "WS_TEST",
            _ => WORKSPACES[n % WORKSPACES.len()],
        };
        redis.ask(&[
            "HSET",
            &format!("ai:jobs:job-{n:04}"),
            "job_id",
            &format!("job-{n:04}"),
            "workspace_id",
            workspace,
            "status",
            "completed",
            "action_provider",
            "mail",
            "action_name",
            "send",
            "params",
            "{}",
        ])?;
    }
    let port = site.ports[0].to_string();
    // As the pack starts it: it is nobody's child afterwards.
    let began = Command::new("setsid")
        .arg("--fork")
        .arg(site.home.bin().join("python"))
        .args(["-m", "uvicorn", "src.webapi:app", "--host", "127.0.0.1"])
        .args(["--port", &port])
        .current_dir(site.home.root())
        .envs(site.home.dotenv())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !began.success() || !process::listens(site.ports[0]) {
        return Err(Failed::new("the old release does not start"));
    }
    params([
        ("service", "uvicorn".to_owned()),
        ("port", port),
        ("url", site.url(0)),
        ("canary_keys", "300".to_owned()),
    ])
}
