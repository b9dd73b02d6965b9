//! Shannon's gateway, orchestrator and LLM service, of any release, over a real PostgreSQL. Their
//! health pages are green whatever the schema is; requests fail if the release uses a column that
//! no migration has created. The gateway's page names 0.1.0 in every release, like the real one.

use super::{
    Call, Failed, engine,
    home::Home,
    http::{self, Answer, Request},
    postgres::Client,
    servers::Server,
};
use serde_json::{Value, json};

/// From this release on the sums of tokens are written.
const WRITES_SUMS: [u32; 2] = [0, 5];

/// Metrics of an orchestrator without requests so far; the real one has a port for them.
const METRICS: &str = "\
    # TYPE go_goroutines gauge\n\
    go_goroutines 12\n\
    # TYPE shannon_workflows_completed_total counter\n\
    shannon_workflows_completed_total{status=\"FAILED\"} 0\n";

/// `PORT VERSION`.
pub(super) fn gateway(call: Call<'_>) -> Result<(), Failed> {
    let (port, version) = engine::port_and_version(&call.args)?;
    let (home, new) = (call.home, is_at_least(&version, WRITES_SUMS));
    let lets_all_in = std::env::var("GATEWAY_SKIP_AUTH").is_ok_and(|set| set == "1");
    http::serve(port, |request| {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/health") => Answer::ok(json!({ "status": "healthy", "version": "0.1.0" })),
            ("POST", "/api/v1/tasks") if !lets_all_in && !skips(home) && !has_key(request) => {
                Answer::error(401, "API key is required")
            }
            ("POST", "/api/v1/tasks") => task(new),
            _ => Answer::error(404, "not found"),
        }
    })
}

/// `PORT VERSION`.
pub(super) fn orchestrator(call: Call<'_>) -> Result<(), Failed> {
    let (port, version) = engine::port_and_version(&call.args)?;
    if is_at_least(&version, WRITES_SUMS) && call.home.fails_now() {
        return Err(Failed::new(format!(
            "listen tcp 127.0.0.1:{port}: bind: address already in use"
        )));
    }
    http::serve(port, |request| match request.path.as_str() {
        "/health" | "/health/live" => Answer::ok(json!({ "status": "healthy" })),
        "/health/ready" => match ask("SELECT 1") {
            Ok(()) => Answer::ok(json!({ "status": "ready" })),
            Err(failed) => Answer::error(503, &failed.to_string()),
        },
        "/health/detailed" => Answer::ok(json!({
            "status": "healthy", "components": { "postgres": ask("SELECT 1").is_ok() },
        })),
        "/metrics" => Answer::text(METRICS.to_owned()),
        _ => Answer::error(404, "not found"),
    })
}

/// `PORT VERSION`.
pub(super) fn llm_service(call: Call<'_>) -> Result<(), Failed> {
    let (port, _) = engine::port_and_version(&call.args)?;
    // Read at startup: a price changed later takes effect with a restart.
    let models = models(&call.home.read("config/models.yaml"));
    http::serve(port, |request| match request.path.as_str() {
        "/health/live" => Answer::ok(json!({ "alive": true })),
        "/health/" | "/health/ready" => Answer::ok(json!({
            "ready": true, "checks": { "providers": true, "models": !models.is_empty() },
        })),
        "/providers/models" => Answer::ok(json!({ "models": models })),
        _ => Answer::error(404, "Not Found"),
    })
}

/// All models of all tiers.
fn models(catalogue: &str) -> Vec<Value> {
    let catalogue: serde_yaml::Value = serde_yaml::from_str(catalogue).unwrap_or_default();
    let tiers = catalogue["model_tiers"].as_mapping().into_iter().flatten();
    let models = tiers.flat_map(|(_, tier)| tier.as_sequence().into_iter().flatten());
    let text = |value: &serde_yaml::Value| value.as_str().unwrap_or_default().to_owned();
    models
        .map(|model| {
            json!({
                "id": text(&model["model"]), "provider": text(&model["provider"]),
                "available": true, "context_window": 200_000,
                "supports_streaming": true, "supports_tools": true,
            })
        })
        .collect()
}

/// Whether the features file skips authentication, as the one shipped with the new release does.
fn skips(home: &Home) -> bool {
    let features = home.read("config/features.yaml");
    let features: serde_yaml::Value = serde_yaml::from_str(&features).unwrap_or_default();
    features["gateway"]["skip_auth"].as_bool() == Some(true)
}

fn has_key(request: &Request) -> bool {
    request.headers.contains_key("x-api-key")
}

/// Records one task in the database.
fn task(new: bool) -> Answer {
    let (column, sum) = if new {
        (", cache_aware_total_tokens", ", 150")
    } else {
        ("", "")
    };
    let done = ask(&format!(
        "INSERT INTO task_executions (workflow_id, status, prompt_tokens, completion_tokens{column}) \
         VALUES (gen_random_uuid()::text, 'COMPLETED', 100, 50{sum}); \
         INSERT INTO token_usage (provider, prompt_tokens, completion_tokens{column}) \
         VALUES ('anthropic', 100, 50{sum})"
    ));
    match done {
        Ok(()) => Answer::ok(json!({ "status": "COMPLETED" })),
        Err(failed) => Answer::error(500, &failed.to_string()),
    }
}

/// Runs a statement on the database that the compose file gives to the service.
fn ask(sql: &str) -> Result<(), Failed> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let port = variable("POSTGRES_PORT").parse();
    let server = Server {
        port: port.map_err(|_| Failed::new("POSTGRES_PORT is not set"))?,
        password: variable("POSTGRES_PASSWORD"),
    };
    Client::of_url(&server.postgres("shannon"))?
        .run(sql)
        .map(drop)
}

/// Whether a version is at least `wanted`; `latest` always is.
fn is_at_least(version: &str, wanted: [u32; 2]) -> bool {
    let parts: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    parts.is_none_or(|parts| parts.get(..2) >= Some(&wanted[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_apart() {
        for (version, new) in [
            ("0.1.0", false),
            ("0.4.1", false),
            ("0.5.0", true),
            ("latest", true),
        ] {
            assert_eq!(is_at_least(version, WRITES_SUMS), new, "{version}");
        }
    }

    #[test]
    fn the_catalogue_is_that_of_every_tier() {
        let said = models("model_tiers:\n  small:\n    - {provider: p, model: m}\n  large: []\n");
        assert_eq!(said.len(), 1);
        assert_eq!(
            (&said[0]["id"], &said[0]["provider"]),
            (&json!("m"), &json!("p"))
        );
        assert!(models("").is_empty());
    }
}
