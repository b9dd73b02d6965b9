//! The oversight gateway, both releases. V2 refuses to start, and fails behind a green health page,
//! for the reasons for which the real one does.

use super::{
    Call, Failed, container, engine,
    home::Home,
    http::{self, Answer, Request},
    python, sqlite_file,
};
use serde_json::json;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

pub(super) const DATABASE: &str = "oversight_gateway.db";

/// The database that V1 created, with some work done since.
pub(super) const V1: &str = "\
    CREATE TABLE actions (id INTEGER PRIMARY KEY, session_id VARCHAR, action VARCHAR, impact FLOAT, \
      breadth FLOAT, probability FLOAT, risk_score FLOAT, needs_checkpoint BOOLEAN); \
    CREATE TABLE near_misses (id INTEGER PRIMARY KEY); \
    CREATE TABLE sessions (id INTEGER PRIMARY KEY, session_id VARCHAR); \
    INSERT INTO actions (session_id, action) VALUES ('s1', 'send_email'), ('s1', 'delete_file')";

/// Where it runs: in the product's folder, or in a container.
struct Place {
    code: PathBuf,
    database: PathBuf,
}

impl Place {
    fn of(home: &Home) -> Self {
        let named = |name: &str| env::var_os(name).map(PathBuf::from);
        let code = named(container::CODE).unwrap_or_else(|| home.root().to_owned());
        let database = named(container::DATABASE).unwrap_or_else(|| code.join(DATABASE));
        Self { code, database }
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.code.join(file)).unwrap_or_default()
    }
}

/// Serves; the arguments are `PORT VERSION`.
pub(super) fn serve(call: Call<'_>) -> Result<(), Failed> {
    let (port, version) = engine::port_and_version(&call.args)?;
    let new = version.starts_with("2.");
    let place = Place::of(call.home);
    if new {
        start_new(call.home, &place, env::var("DATABASE_URL").ok())?;
    }
    let key = env::var("API_KEY_DEV").ok().filter(|_| new);
    let key = key.unwrap_or_else(|| "dev-key-12345".to_owned());
    http::serve(port, |request| answer(request, &place, &version, new, &key))
}

fn start_new(home: &Home, place: &Place, url: Option<String>) -> Result<(), Failed> {
    let refused = |said: &str| Err(Failed::new(said));
    let package = "opentelemetry-instrumentation-httpx";
    let installed = python::packages(home).iter().any(|name| name == package);
    // A container has what the list in its image names.
    let in_container = env::var_os(container::CODE).is_some();
    if !(installed || in_container && place.read("pyproject.toml").contains(package)) {
        return refused(
            "ModuleNotFoundError: No module named 'opentelemetry.instrumentation.httpx'",
        );
    }
    if place
        .read("oversight_gateway/logging_config.py")
        .contains("structlog.stdlib.add_logger_name,")
    {
        return refused("AttributeError: 'PrintLogger' object has no attribute 'name'");
    }
    if url.is_some_and(|url| !url.starts_with("sqlite+aiosqlite:")) {
        return refused("InvalidRequestError: The asyncio extension requires an async driver");
    }
    if !place.database.parent().is_some_and(Path::is_dir) {
        return refused("sqlite3.OperationalError: unable to open database file");
    }
    Ok(())
}

fn answer(request: &Request, place: &Place, version: &str, new: bool, key: &str) -> Answer {
    let route = (request.method.as_str(), request.path.as_str());
    if route.1 == "/health" {
        return Answer::ok(json!({ "status": "healthy", "version": version }));
    }
    // The only endpoint that asks for no key.
    if route.1 == "/ws/dashboard" && new && request.headers.contains_key("upgrade") {
        return Answer::new(101, json!(null));
    }
    if request.headers.get("x-api-key").map(String::as_str) != Some(key) {
        return Answer::error(401, "Invalid API key");
    }
    let database = &place.database;
    let rows = || -> u64 {
        let count = sqlite_file::run(database, "SELECT CAST(count(*) AS TEXT) FROM actions");
        let count = count.ok().flatten().and_then(|count| count.parse().ok());
        count.unwrap_or(0)
    };
    let column = "SELECT max(approval_channel) FROM actions";
    let complete = !new || sqlite_file::run(database, column).is_ok();
    let no_column = || Answer::error(500, "table actions has no column named approval_channel");
    match route {
        ("POST", "/evaluate" | "/approve") if !complete => no_column(),
        ("POST", "/evaluate" | "/approve") if new && has_clash(place) => {
            Answer::error(500, "meth() got multiple values for argument 'event'")
        }
        ("POST", "/evaluate") => {
            Answer::ok(json!({ "action_id": 1, "risk_score": 0.72, "needs_checkpoint": true }))
        }
        ("POST", "/approve") => Answer::ok(json!({ "action_id": 0, "approved": true })),
        ("GET", "/stats") => Answer::ok(json!({ "total_actions": rows() })),
        ("GET", "/audit/export") if new && !complete => no_column(),
        ("GET", "/audit/export") if new => {
            // The dates that the pack asks for lie long before any entry.
            let dated = request.query.contains("from_date=");
            let total = if dated { 0 } else { rows() };
            Answer::ok(json!({ "total_entries": total, "entries": [] }))
        }
        ("GET", "/config/webhooks") if new => Answer::ok(json!([])),
        ("POST", "/config/reload") if new => Answer::ok(json!({ "message": "reloaded" })),
        _ => Answer::error(404, "Not Found"),
    }
}

/// Whether the logger gets an argument that clashes with another of its own: `event=event`.
fn has_clash(place: &Place) -> bool {
    let text = place.read("oversight_gateway/webhooks.py");
    text.replace("webhook_event=event", "")
        .contains("event=event")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_release_is_green_and_fails_until_its_columns_are_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(&folder.path().join(".switchback"));
        let file = folder.path().join(DATABASE);
        sqlite_file::run(&file, V1).expect("V1");
        let place = Place::of(&home);
        let ask = |method: &str, path: &str| {
            let headers = [("x-api-key".to_owned(), "k".to_owned())].into();
            let (method, path) = (method.to_owned(), path.to_owned());
            let request = Request {
                method,
                path,
                headers,
                ..Request::default()
            };
            answer(&request, &place, "2.0.0", true, "k").status
        };
        assert_eq!(ask("GET", "/health"), 200);
        assert_eq!(ask("POST", "/evaluate"), 500);
        assert_eq!(ask("GET", "/audit/export"), 500);
        sqlite_file::run(
            &file,
            "ALTER TABLE actions ADD COLUMN approval_channel VARCHAR",
        )
        .expect("V2");
        assert_eq!(ask("POST", "/evaluate"), 200);
        assert_eq!(ask("GET", "/audit/export"), 200);
    }
}
