//! The pack of Shannon on its sample: four releases in one run, on a real PostgreSQL. Containers
//! are played by a script that remembers which images were asked for.

use super::servers::{Postgres, psql};
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};
use tempfile::TempDir;

/// Reads the pinned version from the variable that the current compose file uses.
const DOCKER: &str = r#"#!/bin/sh
root=$(cd "$(dirname "$0")/../.." && pwd)
name=VERSION
grep -q '{SHANNON_VERSION' "$root/docker-compose.release.yml" && name=SHANNON_VERSION
echo "$* VERSION=$VERSION" >>"$root/calls"
pin=$(sed -n "s/^$name=//p" "$root/.env" | tail -n 1)
case " $* " in
    *" up "*) echo "${pin:-latest}" >"$root/running" ;;
    *" stop "*) rm -f "$root/running" ;;
    *" ps "*) [ -e "$root/running" ] && printf '{"Image":"waylandzhang/orchestrator:%s"}\n' "$(cat "$root/running")" ;;
esac
exit 0
"#;

pub struct Sample {
    pub folder: TempDir,
    url: String,
    pub answers: String,
}

impl Sample {
    /// The sample in 0.1.0, its schema at these files, with some work that was done.
    pub fn new(files: &[&str]) -> Self {
        let server = Postgres::shared();
        let admin = server.database();
        psql(
            &admin,
            "DO $$ BEGIN CREATE ROLE shannon LOGIN SUPERUSER PASSWORD 'gear-and-lantern'; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        );
        let url = admin.replace(
            "postgres://postgres@",
            "postgres://shannon:gear-and-lantern@",
        );
        let name = url.rsplit('/').next().expect("a name");
        let health = health();
        let answers = format!(
            "inputs:\n  database_host: 127.0.0.1\n  database_port: '{}'\n  database_name: {name}\n  \
             gateway_url: {health}\n  admin_url: {health}\n  llm_url: {health}\n",
            server.server.port
        );
        let sample = Self {
            folder: tempfile::tempdir().expect("a folder"),
            url,
            answers,
        };
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/packs/shannon/demo");
        copy(&demo, &sample.path("product"));
        let env = sample
            .text(".env")
            .replace("@PASSWORD@", "gear-and-lantern");
        fs::write(sample.path("product/.env"), env).expect("written");
        let docker = sample.path("product/.switchback/bin/docker");
        fs::create_dir_all(docker.parent().expect("a folder")).expect("a folder");
        fs::write(&docker, DOCKER).expect("written");
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("a mode");
        fs::write(sample.path("product/running"), "v0.1.0").expect("written");
        fs::create_dir(sample.path("home")).expect("a folder");
        for file in files {
            sample.by_hand(file);
        }
        sample
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn by_hand(&self, file: &str) {
        let below = "product/upgrade/shannon/migrations/postgres";
        let text = fs::read_to_string(self.path(below).join(file)).expect("a migration");
        psql(&self.url, &text);
    }

    /// Files that the installer fetches beside those that are merged: one is new, one is still as 0.1
    /// shipped it, and one is the site's own.
    pub fn shipped_files(&self) {
        self.write("upgrade/shannon/config/rate_limits.yaml", "{}\n");
        for (file, here) in [(RENEWED, "of 0.1\n"), (OURS, "ours\n")] {
            self.write(&format!("upgrade/shannon/{file}"), "of 0.5\n");
            self.write(&format!("upgrade/v0.1.0/{file}"), "of 0.1\n");
            self.write(file, here);
        }
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.path(&format!("product/{file}"));
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
    }

    pub fn sql(&self, statement: &str) -> String {
        psql(&self.url, statement)
    }

    pub fn run(&self, args: &[&str], more_answers: &str) -> (i32, String) {
        let answers = self.path("home/answers.yaml");
        fs::write(&answers, format!("{}{more_answers}", self.answers)).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_switchback"))
            .args(args)
            .args(["--answers", "../home/answers.yaml"])
            .current_dir(self.path("product"))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .env("SWITCHBACK_STATE_DIR", self.path("state"))
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let said = [output.stdout, output.stderr].concat();
        let code = output.status.code().expect("no signal ended it");
        (code, String::from_utf8(said).expect("UTF-8"))
    }

    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path("product").join(file)).expect("a file")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The address of a page that reports good health until the test process ends.
fn health() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _asked = stream.read(&mut [0; 4096]);
            let body = r#"{"ready":true,"status":"healthy","models":[{"id":"haiku"}]}"#;
            let length = body.len();
            let _told = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    address
}

pub const UP_TO_011: [&str; 11] = [
    "001_initial_schema.sql",
    "002_persistence_tables.sql",
    "003_authentication.sql",
    "004_event_logs.sql",
    "005_alter_memory_system.sql",
    "006_supervisor_memory_tables.sql",
    "007_session_soft_delete.sql",
    "008_add_model_provider_to_tasks.sql",
    "009_scheduled_tasks.sql",
    "010_auth_user_link.sql",
    "011_add_agent_id_to_token_usage.sql",
];
const WORK: &str = "INSERT INTO task_executions (workflow_id, status, prompt_tokens, completion_tokens) \
    SELECT 'w' || n, 'COMPLETED', 100, 50 FROM generate_series(1, 500) n; \
    INSERT INTO token_usage (provider, prompt_tokens, completion_tokens) \
    SELECT 'anthropic', 100, 50 FROM generate_series(1, 500) n";
const RENEWED: &str = "config/templates/synthesis/normal_default.tmpl";
const OURS: &str = "config/templates/synthesis/research_concise.tmpl";
const MARKS: &str = "mark: [0.1-to-0.2/check/changelog, 0.2-to-0.3/check/changelog, \
    0.3-to-0.4/check/changelog, 0.4-to-0.5/check/changelog]\n\
    waive: {0.1-to-0.2/check/room: a small machine}\n";

#[test]
fn four_releases_in_one_run_bring_schema_pins_and_configuration_along() {
    let sample = Sample::new(&UP_TO_011);
    sample.sql(WORK);
    // Half of the migrations were applied by hand: a higher number is there, a lower one is not.
    sample.by_hand("112_add_cache_token_columns.sql");
    // A variable and a file that merging the three files does not carry over.
    let env = format!("{}XAI_API_KEY=not-a-key\n", sample.text(".env"));
    fs::write(sample.path("product/.env"), env).expect("written");
    sample.shipped_files();
    let (code, out) = sample.run(&["apply", "--yes", "--pack", "shannon"], MARKS);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains(
            "apply 112_add_cache_token_columns.sql: column token_usage.cache_read_tokens is there"
        ),
        "{out}"
    );
    assert_eq!(
        sample.sql("SELECT sum(cache_aware_total_tokens) FROM task_executions"),
        "75000"
    );
    assert_eq!(
        sample.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"),
        "0"
    );
    assert_eq!(sample.text("running").trim(), "v0.5.1");

    let env = sample.text(".env");
    assert!(env.contains("SHANNON_VERSION=v0.5.1"), "{env}");
    for gone in [
        "\nVERSION=",
        "QDRANT_URL=",
        "SEED_DATA=",
        "MISTRAL_API_KEY=",
    ] {
        assert!(!env.contains(gone), "{gone}: {env}");
    }
    assert!(env.contains("ENVIRONMENT=prod      # dev | prod"), "{env}");
    assert!(
        sample
            .text("config/features.yaml")
            .contains("skip_auth: false")
    );
    let models = sample.text("config/models.yaml");
    assert!(
        models.contains("ours: 0.0  # our own") && models.contains("haiku: 0.001"),
        "{models}"
    );
    assert!(!sample.text("docker-compose.release.yml").contains("qdrant"));
    assert!(out.contains("reach nobody: XAI_API_KEY"), "{out}");
    assert_eq!(sample.text("config/rate_limits.yaml"), "{}\n");
    assert_eq!(sample.text(RENEWED), "of 0.5\n");
    assert_eq!(sample.text(OURS), "ours\n");
    // Where the next new database looks for them; 010 to 012 were not there either.
    for file in [
        "012_workspace_quotas.sql",
        "121_cache_aware_total_tokens.sql",
    ] {
        let brought = sample.text(&format!("migrations/postgres/{file}"));
        assert_eq!(
            brought,
            sample.text(&format!("upgrade/shannon/migrations/postgres/{file}"))
        );
    }
    let calls = sample.text("calls");
    assert!(!calls.contains("--remove-orphans"), "{calls}");
    assert_eq!(
        calls.matches(" rm --stop --force qdrant").count(),
        1,
        "{calls}"
    );
    let first = |part: &str| calls.lines().position(|call| call.contains(part));
    let pulled = first(" pull gateway orchestrator llm-service agent-core VERSION=v0.2.0");
    assert!(pulled.is_some() && pulled < first(" stop "), "{calls}");
}

#[test]
fn a_site_that_began_before_the_first_release_is_what_its_pin_says() {
    let sample = Sample::new(&UP_TO_011);
    let folder = sample.path("product/migrations/postgres");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("008_add_model_provider_to_tasks.sql"), "").expect("written");
    let (_, out) = sample.run(&["plan", "--pack", "shannon"], "");
    assert!(out.contains("0.1.0 → 0.2.0"), "{out}");
}

#[test]
fn of_several_pins_the_last_counts() {
    let sample = Sample::new(&UP_TO_011);
    sample.write(".env", "VERSION=v0.1.0\r\nexport VERSION=\"v0.2.0\"\r\n");
    sample.write("running", "v0.2.0");
    let (_, out) = sample.run(&["plan", "--pack", "shannon"], "");
    assert!(out.contains("0.2.0 → 0.3.1"), "{out}");
}

#[test]
fn an_image_that_the_new_pin_does_not_reach_is_not_fetched() {
    let sample = Sample::new(&UP_TO_011);
    let own = sample
        .text("docker-compose.release.yml")
        .replace("waylandzhang/orchestrator", "reg.example.com/orchestrator");
    fs::write(sample.path("product/docker-compose.release.yml"), own).expect("written");
    let image = "0.3-to-0.4/docker-compose.release.yml/services.orchestrator.image";
    let answers = format!("{MARKS}decisions: {{{image}: keep_yours}}\n");
    let (code, out) = sample.run(&["apply", "--yes", "--pack", "shannon"], &answers);
    assert_eq!(code, 5, "{out}");
    let why = "services.orchestrator.image of docker-compose.release.yml is not as it should be";
    assert!(out.contains(why), "{out}");
    assert!(
        out.contains("Write NAME:${SHANNON_VERSION:-latest} there"),
        "{out}"
    );
    // What was stopped is not started from it.
    assert!(!sample.path("product/running").exists());
}

#[test]
fn going_back_restores_the_schema_the_rows_and_every_file() {
    let sample = Sample::new(&UP_TO_011);
    sample.sql(WORK);
    sample.shipped_files();
    let env = sample.text(".env");
    // Two rows that the new schema of 0.5 cannot hold: the last migration fails.
    sample.sql("CREATE FUNCTION no() RETURNS trigger AS $$ BEGIN RAISE 'not now'; END $$ LANGUAGE plpgsql; \
        CREATE TRIGGER no BEFORE UPDATE ON token_usage FOR EACH STATEMENT EXECUTE FUNCTION no()");
    let (code, out) = sample.run(&["apply", "--yes", "--pack", "shannon"], MARKS);
    assert_eq!(code, 5, "{out}");
    assert!(
        out.contains("statement 3 of 5 (line 4)") && out.contains("not now"),
        "{out}"
    );
    assert_eq!(sample.sql("SELECT count(*) FROM pg_attribute WHERE attname = 'cache_aware_total_tokens' AND NOT attisdropped"), "0");
    let (code, out) = sample.run(&["rollback", "--yes"], MARKS);
    assert_eq!(code, 0, "{out}");
    assert_eq!(sample.sql("SELECT count(*) FROM pg_attribute WHERE attname IN ('cache_read_tokens', 'call_sequence') AND NOT attisdropped"), "0");
    assert_eq!(sample.sql("SELECT count(*) FROM task_executions"), "500");
    assert_eq!(sample.text(".env"), env);
    assert_eq!(sample.text("running").trim(), "v0.1.0");
    let brought = sample.path("product/migrations/postgres");
    assert!(!brought.join("012_workspace_quotas.sql").exists());
    assert!(!sample.path("product/config/rate_limits.yaml").exists());
    assert_eq!(sample.text(RENEWED), "of 0.1\n");
    assert_eq!(sample.text(OURS), "ours\n");
}
