//! The five products: what a rollback has to restore of each besides its files, and what differs
//! afterwards, as the pack itself says.

use super::{super::servers::psql, picture::Picture, stand::Stand, walk::Walk};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
};
use switchback::run_state::RunState;

pub struct Product {
    pub name: &'static str,
    /// The running release, if it cannot be detected.
    pub from: Option<&'static str>,
    /// The release to reach, if not the newest.
    pub to: Option<&'static str>,
    /// The operator's answers besides those of the demo: lines of an answers file's `inputs`.
    pub inputs: &'static str,
    /// Paths below the root: databases, which are compared by their rows, and files that stand-ins
    /// and services write for themselves.
    pub left_out: &'static [&'static str],
    /// Files that the product's own tools write anew: their time is not compared.
    pub laid_anew: &'static [&'static str],
    /// Prefixes of the variables that its services were started with.
    pub settings: &'static [&'static str],
    /// What its people have done to it since it was installed.
    pub lived_in: fn(&Stand),
    pub data: fn(&Stand, Picture) -> Picture,
    pub promised: fn(&Stand, Picture, &Picture, &RunState) -> Picture,
}

const NOTHING_ELSE: fn(&Stand, Picture, &Picture, &RunState) -> Picture =
    |_stand, before, _after, _state| before;

/// The stand-ins keep its database in a file, which a restore rewrites. Its last hop is to a minor
/// release without rules of its own.
pub const WORKFLOW_ENGINE: Product = Product {
    name: "workflow-engine",
    from: None,
    to: Some("1.3.0"),
    inputs: "",
    left_out: &[],
    laid_anew: &[".switchback/databases"],
    settings: &["DATABASE_URL", "DB_", "JWT_", "RATE_LIMIT_"],
    lived_in: |_stand| {},
    data: |_stand, picture| picture,
    promised: NOTHING_ELSE,
};

/// The same, on 1.0 already, to the next patch.
pub const WORKFLOW_ENGINE_BY_A_PATCH: Product = Product {
    to: Some("1.0.3"),
    lived_in: |stand| drop(Walk::to(stand, Some("1.0.0")).undisturbed()),
    ..WORKFLOW_ENGINE
};

/// pip keeps what it installed; the code is what git checked out last.
pub const OVERSIGHT_GATEWAY: Product = Product {
    name: "oversight-gateway",
    from: None,
    to: None,
    inputs: "",
    left_out: &["oversight_gateway.db", ".switchback/packages"],
    laid_anew: &["oversight_gateway", "requirements.txt", ".switchback/head"],
    settings: &["DATABASE_URL", "API_KEY_", "OTLP_"],
    lived_in: its_code_was_edited,
    data: |stand, picture| picture.sqlite(&stand.at("oversight_gateway.db")),
    promised: NOTHING_ELSE,
};

/// The same in a container: fixes go into its image, and the database of V1 is where nothing
/// preserves it.
pub const OVERSIGHT_GATEWAY_IN_A_CONTAINER: Product = Product {
    left_out: &[
        ".switchback/container/oversight_gateway.db",
        ".switchback/built",
    ],
    laid_anew: &[
        "oversight_gateway",
        "requirements.txt",
        "Dockerfile",
        "docker-compose.yml",
        ".switchback/head",
        ".switchback/container",
    ],
    lived_in: it_is_a_container,
    data: |stand, picture| picture.sqlite(&stand.at(".switchback/container/oversight_gateway.db")),
    ..OVERSIGHT_GATEWAY
};

/// The same, where the code of V2 replaced that of V1 in place: both images have the same name, one
/// of the site's own.
pub const OVERSIGHT_GATEWAY_PUT_IN_PLACE: Product = Product {
    from: Some("V1"),
    lived_in: its_code_was_put_in_place,
    ..OVERSIGHT_GATEWAY_IN_A_CONTAINER
};

/// The dashboard writes its pid and its port; each release creates its Python environment when
/// first started; npm writes its package anew.
pub const LOKI_MODE: Product = Product {
    name: "loki-mode",
    from: None,
    to: None,
    inputs: "",
    left_out: &[
        "home/.loki/dashboard.db",
        "home/.loki/dashboard-venv",
        ".loki/dashboard",
    ],
    laid_anew: &[".switchback/npm"],
    settings: &[],
    lived_in: |_stand| {},
    data: |stand, picture| picture.sqlite(&stand.at("home/.loki/dashboard.db")),
    promised: tables_of_the_new_release_stay,
};

/// The same, installed by Homebrew, which keeps what it has installed.
pub const LOKI_MODE_BY_BREW: Product = Product {
    left_out: &[
        "home/.loki/dashboard.db",
        "home/.loki/dashboard-venv",
        ".loki/dashboard",
        ".switchback/Cellar",
    ],
    lived_in: |stand| {
        stand.run("brew", &["install", "loki-mode@5.50.0"]);
    },
    ..LOKI_MODE
};

/// The same, as a checkout, in which 5.50.0 makes its Python environment.
pub const LOKI_MODE_BY_GIT: Product = Product {
    left_out: &[
        "home/.loki/dashboard.db",
        "home/.loki/dashboard-venv",
        ".loki/dashboard",
        "dashboard",
    ],
    laid_anew: &["VERSION", "autonomy", ".switchback/head"],
    lived_in: it_is_a_checkout,
    ..LOKI_MODE
};

/// The same, as an image named in a compose file, with its data in a mounted folder.
pub const LOKI_MODE_BY_DOCKER: Product = Product {
    left_out: &[".switchback/images", "home/.loki/dashboard.db"],
    laid_anew: &[".switchback/loki-container"],
    lived_in: it_is_a_container_of_an_image,
    promised: NOTHING_ELSE,
    ..LOKI_MODE
};

pub const SHANNON: Product = Product {
    name: "shannon",
    from: None,
    to: None,
    inputs: "",
    left_out: &[".switchback/server"],
    laid_anew: &[],
    settings: &["POSTGRES_", "GATEWAY_"],
    lived_in: |_stand| {},
    data: |stand, picture| picture.postgres(&shannons(stand, "shannon")),
    promised: NOTHING_ELSE,
};

/// From the sources before the first release, with images that are not pinned.
pub const SHANNON_BEFORE_ITS_FIRST_RELEASE: Product = Product {
    to: Some("0.1.0"),
    lived_in: it_was_never_released,
    ..SHANNON
};

/// Installed as 0.5.0, by the script that forgets a migration.
pub const SHANNON_BY_A_PATCH: Product = Product {
    lived_in: its_installer_forgot_a_migration,
    ..SHANNON
};

/// It has few jobs, so a rate limit would only delay the test.
pub const RELAY: Product = Product {
    name: "relay",
    from: None,
    to: None,
    inputs: "  rate: '100000'\n",
    left_out: &[".switchback/server"],
    laid_anew: &["src", "scripts", "monitoring", ".switchback/head"],
    settings: &["AI_JOBS_", "READ_"],
    lived_in: |_stand| {},
    data: |stand, picture| picture.redis(&stand.setting("REDIS_URL")),
    promised: copies_stay_and_reads_fall_back,
};

/// Edited twice: the first edit was stashed by hand, and nobody else may pop it.
fn its_code_was_edited(stand: &Stand) {
    let code = "oversight_gateway/risk_engine.py";
    stand.replace(code, "= 300", "= 600");
    stand.run("git", &["stash", "push"]);
    stand.replace(code, "= 0.55", "= 0.7");
}

fn shannons(stand: &Stand, name: &str) -> String {
    let (port, password) = (
        stand.param("database_port"),
        stand.setting("POSTGRES_PASSWORD"),
    );
    format!("postgres://shannon:{password}@127.0.0.1:{port}/{name}")
}

const COMPOSE: [&str; 3] = ["compose", "--file", "docker-compose.release.yml"];

fn it_was_never_released(stand: &Stand) {
    const WORK: &str =
        "INSERT INTO task_executions (workflow_id, status) VALUES ('w1', 'COMPLETED')";
    stand.run("docker", &[&COMPOSE[..], &["stop"]].concat());
    psql(&shannons(stand, "postgres"), "DROP DATABASE shannon");
    psql(&shannons(stand, "postgres"), "CREATE DATABASE shannon");
    let folder = stand.at("upgrade/shannon/migrations/postgres");
    let files = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    for file in &files[..8] {
        let text = fs::read_to_string(file).expect("text");
        psql(&shannons(stand, "shannon"), &text);
        let name = file.file_name().expect("a name").to_string_lossy();
        stand.put(&format!("migrations/postgres/{name}"), &text);
    }
    psql(&shannons(stand, "shannon"), WORK);
    stand.replace(".env", "VERSION=v0.1.0\n", "");
    stand.run("docker", &[&COMPOSE[..], &["up", "--detach"]].concat());
}

fn its_installer_forgot_a_migration(stand: &Stand) {
    drop(Walk::new(stand).undisturbed());
    for table in ["token_usage", "task_executions"] {
        let drop = format!("ALTER TABLE {table} DROP COLUMN cache_aware_total_tokens");
        psql(&shannons(stand, "shannon"), &drop);
    }
    stand.replace(".env", "SHANNON_VERSION=v0.5.1", "SHANNON_VERSION=v0.5.0");
    stand.run("docker", &[&COMPOSE[..], &["up", "--detach"]].concat());
}

fn it_is_a_container(stand: &Stand) {
    const V1: &str =
        "FROM python\nCOPY requirements.txt .\nCOPY oversight_gateway/ ./oversight_gateway/\n";
    const V2: &str =
        "FROM python\nCOPY pyproject.toml ./\nCOPY oversight_gateway ./oversight_gateway\n";
    const LIST: &str = "\
        [project]\nname = \"oversight-gateway\"\nversion = \"2.0.0\"\nreadme = \"README.md\"\n\
        dependencies = [\n    \"httpx>=0.28.0\",\n]\n";
    let compose = |own: &str| {
        let port = stand.param("port");
        format!(
            "services:\n  oversight-gateway:\n    build: .\n    ports:\n      - \"{port}:8001\"\n{own}"
        )
    };
    let old = "    image: oversight-gateway:latest\n    environment:\n      \
        - DATABASE_URL=sqlite:///./data/oversight_gateway.db\n    volumes:\n      \
        - oversight-data:/app/data\n";
    let new = "    environment:\n      \
        - DATABASE_URL=sqlite+aiosqlite:///data/oversight_gateway.db\n      \
        - API_KEY_DEV=dev-key-12345\n    volumes:\n      - ./data:/data\n      \
        - ./policies:/app/policies\n";
    for (commit, dockerfile, compose) in
        [("df9d04a", V1, compose(old)), ("19c440e", V2, compose(new))]
    {
        let commit = format!(".switchback/commits/{commit}");
        stand.put(&format!("{commit}/Dockerfile"), dockerfile);
        stand.put(&format!("{commit}/docker-compose.yml"), &compose);
    }
    stand.put(".switchback/commits/19c440e/pyproject.toml", LIST);
    stand.run("systemctl", &["stop", "oversight-gateway.service"]);
    stand.run("git", &["checkout", "df9d04a"]);
    stand.run("docker", &["compose", "build", "oversight-gateway"]);
    stand.run(
        "docker",
        &["compose", "up", "--detach", "oversight-gateway"],
    );
    let to = "oversight-gateway:/app/oversight_gateway.db";
    stand.run("docker", &["compose", "cp", "oversight_gateway.db", to]);
    fs::remove_file(stand.at("oversight_gateway.db")).expect("gone");
    fs::remove_dir(stand.at(".venv")).expect("gone");
}

fn its_code_was_put_in_place(stand: &Stand) {
    const DATABASE: &str = "oversight-gateway:/app/oversight_gateway.db";
    it_is_a_container(stand);
    let shipped = fs::read_to_string(stand.at("docker-compose.yml")).expect("text");
    let compose = shipped.replace("oversight-gateway:latest", "oversight-gateway:1");
    stand.run("docker", &["compose", "cp", DATABASE, "kept.db"]);
    stand.run(
        "docker",
        &["tag", "oversight-gateway:latest", "oversight-gateway:1"],
    );
    stand.run("docker", &["image", "rm", "oversight-gateway:latest"]);
    stand.put("docker-compose.yml", &compose);
    stand.run(
        "docker",
        &["compose", "up", "--detach", "oversight-gateway"],
    );
    stand.run("docker", &["compose", "cp", "kept.db", DATABASE]);
    fs::remove_file(stand.at("kept.db")).expect("gone");
    stand.put("docker-compose.yml", &shipped);
    stand.run("git", &["checkout", "19c440e"]);
    stand.put("docker-compose.yml", &compose);
    fs::remove_dir(stand.at(".git")).expect("gone");
}

fn it_is_a_checkout(stand: &Stand) {
    let bin = stand.at(".switchback/bin/loki");
    let script = fs::read_to_string(&bin).expect("a script");
    for release in ["5.50.0", "5.51.0"] {
        let commit = format!(".switchback/commits/v{release}");
        stand.put(&format!("{commit}/VERSION"), &format!("{release}\n"));
        let program = format!("{commit}/autonomy/loki");
        stand.put(&program, &format!("{script}# Loki Mode\n"));
        fs::set_permissions(stand.at(&program), Permissions::from_mode(0o755)).expect("a mode");
    }
    stand.put(".switchback/head", "v5.51.0");
    fs::create_dir(stand.at(".git")).expect("made");
    stand.run("git", &["checkout", "v5.50.0"]);
    fs::remove_file(&bin).expect("gone");
    symlink(stand.at("autonomy/loki"), bin).expect("linked");
}

fn it_is_a_container_of_an_image(stand: &Stand) {
    fs::remove_file(stand.at(".switchback/bin/loki")).expect("gone");
    let compose = "services:\n  loki:\n    image: asklokesh/loki-mode:5.50.0   # pinned\n    volumes:\n      - ./home/.loki:/home/loki/.loki\n";
    stand.put("docker-compose.yml", compose);
    stand.run("docker", &["compose", "up", "--detach", "loki"]);
}

/// 5.51.0 makes them when it starts, and 5.50.0 does not look at them.
fn tables_of_the_new_release_stay(
    _stand: &Stand,
    before: Picture,
    after: &Picture,
    state: &RunState,
) -> Picture {
    let start = state.step(&"5.50.0-to-5.51.0/start".into());
    if !start.expect("a step of the pack").touched() {
        return before;
    }
    let made = ["tenants", "runs", "run_events"].map(|table| format!("table {table}"));
    let indexes = ["tenants_1", "tenants_2"].map(|name| format!("index sqlite_autoindex_{name}"));
    let made = made.iter().chain(&indexes);
    let there = made.filter_map(|what| Some((what, after.0.get(what)?)));
    there.fold(before, |picture, (what, is)| picture.with(what, is))
}

/// The copies of jobs stay under their new keys, with the position that each stage keeps for
/// itself; the way back sets the two flags for reading, and starts the API with them.
fn copies_stay_and_reads_fall_back(
    stand: &Stand,
    before: Picture,
    after: &Picture,
    state: &RunState,
) -> Picture {
    let mut promised = before.clone();
    for (key, held) in &after.0 {
        let copied = key
            .strip_prefix("key ai:job:")
            .and_then(|name| name.split_once(':'));
        let original = copied.and_then(|(_, id)| before.0.get(&format!("key ai:jobs:{id}")));
        let noted = key.starts_with("key ai:backfill:");
        if original == Some(held) || noted {
            promised = promised.with(key, held);
        }
    }
    if state.touched() {
        let flags = "READ_FALLBACK_OLD=on\nREAD_PREFERS_NEW=off\n";
        let env = fs::read_to_string(stand.at(".env")).expect("text");
        let others = env
            .strip_suffix(flags)
            .expect("the way back sets its flags");
        assert!(before.0["file .env"].ends_with(others), "{env}");
        let api = before.0["service api"].clone() + flags;
        promised = promised
            .with("file .env", &after.0["file .env"])
            .with("service api", api);
    }
    promised
}
