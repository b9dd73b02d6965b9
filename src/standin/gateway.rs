//! The GraphQL gateway: a health page, and the schema that shows that it is federated.

use super::{
    Call, Failed, engine,
    http::{self, Answer, Request},
};
use serde_json::json;

const SCHEMA: &str = "type Workflow @key(fields: \"id\") { id: ID! name: String! } \
                      type Query { workflows: [Workflow] _service: _Service! }";

/// Serves; the arguments are `PORT VERSION`.
pub(super) fn serve(call: Call<'_>) -> Result<(), Failed> {
    let (port, version) = engine::port_and_version(&call.args)?;
    http::serve(port, |request| answer(request, &version))
}

fn answer(request: &Request, version: &str) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        (_, "/health") => Answer::ok(json!({ "status": "healthy", "version": version })),
        // 206, like the real one: no other service of the federation runs in a demo.
        (_, "/health/detailed") => Answer::new(206, json!({ "status": "degraded" })),
        ("POST", "/graphql") if request.body.contains("_service") => {
            Answer::ok(json!({ "data": { "_service": { "sdl": SCHEMA } } }))
        }
        ("POST", "/graphql") => Answer::ok(json!({ "errors": [{ "message": "unknown query" }] })),
        _ => Answer::error(404, "not found"),
    }
}
