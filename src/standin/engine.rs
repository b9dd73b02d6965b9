//! The workflow engine: refuses to start as the real one does, and answers its health pages.

use super::{
    Call, Failed,
    home::Home,
    http::{self, Answer, Request},
    store::Store,
};
use serde_json::json;

const SECRET_CHARS_MIN: usize = 32;

/// `PORT VERSION`.
pub(super) fn serve(call: Call<'_>) -> Result<(), Failed> {
    let (port, version) = port_and_version(&call.args)?;
    let variable = |name: &str| std::env::var(name).ok();
    let database = start(&version, call.home, &variable)?;
    let home = call.home;
    http::serve(port, |request| answer(request, &version, home, &database))
}

pub(super) fn port_and_version(args: &[&str]) -> Result<(u16, String), Failed> {
    let usage = || Failed::with_code("a service is started with PORT VERSION", 2);
    let [port, version] = args else {
        return Err(usage());
    };
    Ok((port.parse().map_err(|_| usage())?, (*version).to_owned()))
}

/// What the real program checks before it listens; gives the name of its database.
fn start(
    version: &str,
    home: &Home,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Failed> {
    let url = if is_old(version) {
        // It has a default for everything; the names are those of the guide's old release.
        variable("DATABASE_URL")
            .or_else(|| variable("DB_URL"))
            .unwrap_or_default()
    } else {
        let secret = variable("JWT_SECRET")
            .filter(|secret| !secret.is_empty())
            .ok_or_else(|| {
                Failed::new(
                    "Configuration error: Missing required environment variable: JWT_SECRET",
                )
            })?;
        if secret.chars().count() < SECRET_CHARS_MIN {
            return Err(Failed::new(
                "JWT secret is too weak (minimum 32 characters required)",
            ));
        }
        let missing = "Database URL not found: environment variable not found";
        variable("DATABASE_URL")
            .filter(|url| !url.is_empty())
            .ok_or_else(|| Failed::new(missing))?
    };
    let name = url.rsplit('/').next().unwrap_or_default();
    let name = name.split('?').next().unwrap_or_default().to_owned();
    if !is_old(version) && !home.database(&name).is_file() {
        let said =
            format!("connection to the server failed: FATAL: database \"{name}\" does not exist");
        return Err(Failed::new(said));
    }
    Ok(name)
}

fn is_old(version: &str) -> bool {
    version.starts_with("0.")
}

fn answer(request: &Request, version: &str, home: &Home, database: &str) -> Answer {
    // 200 with a degraded body, as the real one: the status proves nothing.
    let migrated = Store::load(&home.database(database))
        .is_ok_and(|store| store.has_column("event_store", "tenant_id"));
    let status = if migrated || is_old(version) {
        "healthy"
    } else {
        "degraded"
    };
    match request.path.as_str() {
        "/health" | "/api/v1/health" => Answer::ok(json!({ "status": status, "version": version })),
        "/health/detailed" | "/api/v1/health/detailed" => Answer::ok(json!({
            "status": status, "version": version, "components": { "database": status },
        })),
        _ => Answer::error(404, "not found"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(version: &str, set: &[(&str, &str)]) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(&folder.path().join(".switchback"));
        Store::default()
            .save(&home.database("app"))
            .expect("a database");
        let variable = |name: &str| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        start(version, &home, &variable).map_err(|failed| failed.to_string())
    }

    #[test]
    fn the_new_release_refuses_what_the_real_one_refuses() {
        let good = "0123456789abcdef0123456789abcdef";
        let url = ("DATABASE_URL", "postgresql://u:p@localhost:5432/app");
        for (set, said) in [
            (
                vec![("JWT_SECRET_KEY", good), url],
                "Missing required environment variable: JWT_SECRET",
            ),
            (
                vec![("JWT_SECRET", "your-secure-jwt-secret"), url],
                "JWT secret is too weak",
            ),
            (vec![("JWT_SECRET", good)], "Database URL not found"),
            (
                vec![
                    ("JWT_SECRET", good),
                    ("DATABASE_URL", "postgresql://h/other"),
                ],
                "does not exist",
            ),
        ] {
            let refused = outcome("1.0.0", &set).expect_err(said);
            assert!(refused.contains(said), "{refused}");
        }
        assert_eq!(
            outcome("1.0.0", &[("JWT_SECRET", good), url]),
            Ok("app".to_owned())
        );
        assert_eq!(outcome("0.5.0", &[]), Ok(String::new()));
    }
}
