//! The workflow engine: refuses to start as the real one does, and answers its health pages.

use super::{
    Call, Failed,
    http::{self, Answer, Request},
    postgres::Client,
};
use serde_json::json;

const SECRET_CHARS_MIN: usize = 32;
const TENANTS: &str = "SELECT true FROM pg_attribute \
    WHERE attrelid = to_regclass('event_store') AND attname = 'tenant_id'";

/// Serves; the arguments are `PORT VERSION`.
pub(super) fn serve(call: Call<'_>) -> Result<(), Failed> {
    let (port, version) = port_and_version(&call.args)?;
    let variable = |name: &str| std::env::var(name).ok();
    let url = start(&version, &variable)?;
    http::serve(port, |request| answer(request, &version, url.as_deref()))
}

pub(super) fn port_and_version(args: &[&str]) -> Result<(u16, String), Failed> {
    let usage = || Failed::with_code("a service is started with PORT VERSION", 2);
    let [port, version] = args else {
        return Err(usage());
    };
    Ok((port.parse().map_err(|_| usage())?, (*version).to_owned()))
}

/// Checks what the real program checks before it listens, and returns the address of its database.
/// The old release has a default for everything and is not checked.
fn start(
    version: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, Failed> {
    if version.starts_with("0.") {
        return Ok(None);
    }
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let secret = set("JWT_SECRET").ok_or_else(|| {
        Failed::new("Configuration error: Missing required environment variable: JWT_SECRET")
    })?;
    if secret.chars().count() < SECRET_CHARS_MIN {
        let said = "JWT secret is too weak (minimum 32 characters required)";
        return Err(Failed::new(said));
    }
    let missing = "Database URL not found: environment variable not found";
    let url = set("DATABASE_URL").ok_or_else(|| Failed::new(missing))?;
    // The real one waits 30 seconds before it gives up.
    Client::of_url(&url)?;
    Ok(Some(url))
}

/// Whether the database has what the new release needs.
fn migrated(url: &str) -> Result<bool, Failed> {
    let rows = Client::of_url(url)?.run(TENANTS)?;
    Ok(!rows.is_empty())
}

/// The only page that the old release serves without a token.
const OPEN: &str = "/api/v1/health";

fn answer(request: &Request, version: &str, database: Option<&str>) -> Answer {
    let path = request.path.as_str();
    // The new release has the code that asks for a token, and does not use it.
    let asks = version.starts_with("0.") && path != OPEN;
    if asks && !request.headers.contains_key("authorization") {
        return Answer::error(401, "Missing authorization header");
    }
    // 200 with a degraded body, as the real one: the status proves nothing.
    let healthy = database.is_none_or(|url| migrated(url).is_ok_and(|migrated| migrated));
    let status = if healthy { "healthy" } else { "degraded" };
    match path {
        OPEN => Answer::ok(json!({
            "status": status, "version": version, "checks": { "database": { "status": status } },
        })),
        "/health" => Answer::ok(json!({ "status": status, "version": version })),
        "/health/detailed" => Answer::ok(json!({
            "status": status, "version": version, "components": { "database": status },
        })),
        _ => Answer::error(404, "not found"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_release_refuses_what_the_real_one_refuses() {
        let good = "0123456789abcdef0123456789abcdef";
        // A port on which nothing answers.
        let url = ("DATABASE_URL", "postgresql://u:p@127.0.0.1:9/app");
        let start = |version: &str, set: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            start(version, &variable).map_err(|failed| failed.to_string())
        };
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
                vec![("JWT_SECRET", good), url],
                "could not connect to server",
            ),
        ] {
            let refused = start("1.0.0", &set).expect_err(said);
            assert!(refused.contains(said), "{refused}");
        }
        assert_eq!(start("0.5.0", &[]), Ok(None));
    }

    #[test]
    fn only_the_old_release_asks_for_a_token_and_its_one_page_does_not() {
        let ask = |version: &str, path: &str| {
            let path = path.to_owned();
            let request = Request {
                path,
                ..Request::default()
            };
            answer(&request, version, None).status
        };
        assert_eq!(ask("0.5.0", "/health"), 401);
        assert_eq!(ask("0.5.0", OPEN), 200);
        assert_eq!(ask("1.0.0", "/health"), 200);
        assert_eq!(ask("1.0.0", "/api/v1/workflows/instances"), 404);
    }
}
