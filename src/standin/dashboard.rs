//! The dashboard of Loki Mode, both releases, over a real SQLite file. The new one creates missing
//! tables and alters none: its health is green while projects answer 500, as with the real one.

use super::{
    Call, Failed, engine,
    home::Home,
    http::{self, Answer, Request},
    process, sqlite_file,
};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};
use tokio::signal::unix::SignalKind;

/// The tables that 5.50.0 creates at startup.
const OLD_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS projects (
        id INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL, description TEXT,
        status VARCHAR(50) NOT NULL DEFAULT 'active',
        created_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL);
    CREATE TABLE IF NOT EXISTS tasks (
        id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL REFERENCES projects (id),
        title VARCHAR(255) NOT NULL, status VARCHAR(11) NOT NULL DEFAULT 'pending');";

/// The tables that 5.51.0 creates in addition.
const NEW_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS tenants (
        id INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL UNIQUE, slug VARCHAR(100) NOT NULL UNIQUE,
        description TEXT, settings TEXT,
        created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
        updated_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL);
    CREATE TABLE IF NOT EXISTS runs (
        id INTEGER PRIMARY KEY, session_id INTEGER, project_id INTEGER NOT NULL REFERENCES projects (id),
        status VARCHAR(50) NOT NULL DEFAULT 'running', \"trigger\" VARCHAR(50) NOT NULL DEFAULT 'manual',
        config TEXT, result_summary TEXT, parent_run_id INTEGER REFERENCES runs (id),
        started_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, ended_at DATETIME,
        created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL);
    CREATE TABLE IF NOT EXISTS run_events (
        id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs (id),
        event_type VARCHAR(50) NOT NULL, phase VARCHAR(50), details TEXT,
        timestamp DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL);";

/// How long the real one takes to end after it was asked to.
const LINGERS: Duration = Duration::from_millis(400);

/// Serves; the arguments are `PORT VERSION`.
pub(super) fn serve(call: Call<'_>) -> Result<(), Failed> {
    let (port, version) = engine::port_and_version(&call.args)?;
    let database = database(call.home);
    let is_new = version.starts_with("5.51.");
    make_tables(&database, is_new)?;
    process::on_signal(SignalKind::terminate(), end_slowly);
    let token_wanted = std::env::var("LOKI_ENTERPRISE_AUTH").is_ok_and(|set| set == "true");
    let page = Page {
        database,
        version,
        is_new,
        token_wanted,
    };
    http::serve(port, |request| page.answer(request))
}

/// The database, which all projects of a user share; the demo's user has a home of its own.
pub(super) fn database(home: &Home) -> std::path::PathBuf {
    home.root().join("home/.loki/dashboard.db")
}

/// Creates missing tables and leaves existing ones as they are, like the real one.
pub(super) fn make_tables(database: &Path, is_new: bool) -> Result<(), Failed> {
    sqlite_file::run(database, OLD_TABLES)?;
    if is_new {
        sqlite_file::run(database, NEW_TABLES)?;
    }
    Ok(())
}

/// Like the real one, goes on answering for a moment after it was asked to end.
fn end_slowly() {
    std::thread::sleep(LINGERS);
    std::process::exit(0);
}

struct Page {
    database: std::path::PathBuf,
    version: String,
    is_new: bool,
    token_wanted: bool,
}

impl Page {
    fn answer(&self, request: &Request) -> Answer {
        let path = request.path.as_str();
        if let Some(below) = path.strip_prefix("/api/v2/").filter(|_| self.is_new) {
            if self.token_wanted && !has_token(request) {
                return Answer::error(401, "Authentication required");
            }
            return self.control_plane(&request.method, below);
        }
        match (request.method.as_str(), path) {
            ("GET", "/health") => {
                Answer::ok(json!({ "status": "healthy", "service": "loki-dashboard" }))
            }
            ("GET", "/api/status") => Answer::ok(json!({
                "status": "stopped", "version": self.version, "database_connected": true,
            })),
            ("GET", "/api/projects") => self.projects(),
            ("POST", "/api/projects") => self.new_project(&request.body),
            ("GET", "/api/tasks" | "/api/enterprise/audit") => Answer::ok(json!([])),
            ("GET", "/api/enterprise/status") => Answer::ok(json!({
                "auth_enabled": self.token_wanted, "oidc_enabled": false,
                "audit_enabled": true, "enterprise_mode": true,
            })),
            _ => Answer::error(404, "Not Found"),
        }
    }

    fn control_plane(&self, method: &str, below: &str) -> Answer {
        match (method, below) {
            ("GET", "tenants") => self.list("SELECT json_group_array(name) FROM tenants"),
            ("GET", "runs") => self.list("SELECT json_group_array(status) FROM runs"),
            ("GET", "api-keys" | "audit") => Answer::ok(json!([])),
            ("GET", "policies") => Answer::ok(json!({})),
            ("GET", "audit/verify") => {
                // The real one takes each day's file for the start of a chain, although the chain
                // continues from day to day: from the second day on it calls an intact log broken.
                Answer::ok(json!({ "valid": false, "files_checked": 2 }))
            }
            ("GET" | "POST", run) if run.starts_with("runs/") => {
                Answer::error(404, "Run not found")
            }
            ("GET" | "DELETE", tenant) if tenant.starts_with("tenants/") => {
                Answer::error(404, "Tenant not found")
            }
            ("POST", key) if key.starts_with("api-keys/") => Answer::error(400, "Key not found"),
            ("DELETE", key) if key.starts_with("api-keys/") => {
                Answer::error(404, "API key not found")
            }
            _ => Answer::error(404, "Not Found"),
        }
    }

    /// The new release asks for every column that its code knows.
    fn projects(&self) -> Answer {
        let columns = if self.is_new {
            "'id', projects.id, 'name', projects.name, 'tenant_id', projects.tenant_id"
        } else {
            "'id', projects.id, 'name', projects.name"
        };
        self.list(&format!(
            "SELECT json_group_array(json_object({columns})) FROM projects"
        ))
    }

    fn new_project(&self, body: &str) -> Answer {
        let asked: Value = serde_json::from_str(body).unwrap_or_default();
        let Some(name) = asked["name"].as_str() else {
            return Answer::error(422, "Field required");
        };
        let columns = if self.is_new {
            "name, tenant_id"
        } else {
            "name"
        };
        let values = format!("'{}'", name.replace('\'', "''"));
        let values = if self.is_new {
            format!("{values}, NULL")
        } else {
            values
        };
        let sql = format!("INSERT INTO projects ({columns}) VALUES ({values})");
        match sqlite_file::run(&self.database, &sql) {
            Ok(_) => Answer::new(201, json!({ "name": name })),
            Err(failed) => broken(&failed),
        }
    }

    fn list(&self, sql: &str) -> Answer {
        match sqlite_file::run(&self.database, sql) {
            Ok(text) => {
                Answer::ok(serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default())
            }
            Err(failed) => broken(&failed),
        }
    }
}

/// The real one tells its clients no more than this; the reason is in its log.
fn broken(failed: &Failed) -> Answer {
    let _ = std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("sqlite3.OperationalError: {failed}\n").as_bytes(),
    );
    Answer::new(500, json!("Internal Server Error"))
}

fn has_token(request: &Request) -> bool {
    let header = request.headers.get("authorization");
    header.is_some_and(|header| header.starts_with("Bearer loki_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_release_is_green_and_shows_no_project_until_its_column_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("dashboard.db");
        make_tables(&database, false).expect("the old release");
        sqlite_file::run(&database, "INSERT INTO projects (name) VALUES ('alpha')").expect("work");
        make_tables(&database, true).expect("the new release");
        let page = Page {
            database: database.clone(),
            version: "5.51.0".to_owned(),
            is_new: true,
            token_wanted: false,
        };
        let ask = |path: &str| {
            let request = Request {
                method: "GET".to_owned(),
                path: path.to_owned(),
                ..Request::default()
            };
            page.answer(&request)
        };
        assert_eq!(ask("/health").status, 200);
        assert_eq!(ask("/api/v2/tenants").status, 200);
        assert_eq!(ask("/api/projects").status, 500);
        for unknown in [
            "/api/audit",
            "/api/audit/verify",
            "/api/v2/keys",
            "/api/v2/projects",
        ] {
            assert_eq!(ask(unknown).status, 404, "{unknown}");
        }
        sqlite_file::run(
            &database,
            "ALTER TABLE projects ADD COLUMN tenant_id INTEGER",
        )
        .expect("the column");
        assert_eq!(ask("/api/projects").json[0]["name"], "alpha");
        let enterprise = ask("/api/enterprise/status").json;
        assert_eq!(enterprise["enterprise_mode"], true, "with nothing set");
    }
}
