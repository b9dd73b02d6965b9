//! The API of the relay, in whichever release is checked out, over a real Redis. Flags are read once,
//! when it starts; both reading flags off find nothing; with the fallback on, lists show copied jobs
//! twice; every release calls itself 1.0.0.

use super::{
    Failed,
    home::Home,
    http::{self, Answer, Request},
    lifeline,
    process::{self, Service},
    redis::Redis,
};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap};

const NAME: &str = "api";
const VERSION: &str = "1.0.0";

/// `--host 127.0.0.1 --port N`, as `python -m uvicorn src.webapi:app` is called.
pub(super) fn serve(home: &Home, options: &[&str]) -> Result<(), Failed> {
    let port = options.windows(2).find(|pair| pair[0] == "--port");
    let port: u16 = port
        .and_then(|pair| pair[1].parse().ok())
        .ok_or_else(|| Failed::with_code("Error: Invalid value for '--port'", 2))?;
    let pid = i32::try_from(std::process::id());
    let service = Service {
        pid: pid.map_err(|error| Failed::new(error.to_string()))?,
        port,
        version: VERSION.to_owned(),
    };
    lifeline::follow(home)?;
    process::register(home, NAME, &service)?;
    let api = Api::new(home);
    http::serve(port, |request| api.counted(request))
}

struct Api {
    /// New jobs are written under both keys.
    writes_new: bool,
    reads_new: bool,
    reads_old: bool,
    telemetry: bool,
    answered: RefCell<BTreeMap<u16, u64>>,
}

impl Api {
    fn new(home: &Home) -> Self {
        let code = home.read("src/queue/simple_queue.py");
        let flag = |name: &str, default: &str| {
            let set = std::env::var(name).unwrap_or_else(|_| default.to_owned());
            code.contains(name) && set == "on"
        };
        let routes = code.contains("READ_FALLBACK_OLD");
        let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|set| set == wanted);
        Self {
            writes_new: flag("AI_JOBS_NEW_SCHEMA", "off"),
            reads_new: flag("READ_PREFERS_NEW", "on"),
            // A release without routing knows only the old keys.
            reads_old: !routes || flag("READ_FALLBACK_OLD", "on"),
            telemetry: is("TELEMETRY_ENABLED", "true") && is("TELEMETRY_BACKEND", "prom"),
            answered: RefCell::default(),
        }
    }

    fn counted(&self, request: &Request) -> Answer {
        let answer = self
            .answer(request)
            .unwrap_or_else(|failed| Answer::error(500, &failed.to_string()));
        *self.answered.borrow_mut().entry(answer.status).or_default() += 1;
        answer
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failed> {
        let path = request.path.as_str();
        if let Some(id) = path.strip_prefix("/ai/jobs/") {
            return Ok(match self.job(workspace(request), id)? {
                Some(job) => Answer::ok(job),
                None => Answer::error(404, "job not found"),
            });
        }
        Ok(match (request.method.as_str(), path) {
            ("GET", "/version") => Answer::ok(json!({ "version": VERSION })),
            ("GET", "/ready") => {
                let redis = Redis::of_environment().is_ok();
                let status = if redis { 200 } else { 503 };
                Answer::new(
                    status,
                    json!({ "ready": redis, "checks": { "redis": redis } }),
                )
            }
            ("GET", "/metrics") => Answer::text(self.metrics()),
            ("GET", "/ai/jobs") => Answer::ok(json!({ "items": self.jobs(workspace(request))? })),
            ("POST", "/ai/execute") => {
                self.enqueue(workspace(request), &request.body)?;
                Answer::new(202, json!({ "job_id": request.body }))
            }
            _ => Answer::error(404, "Not Found"),
        })
    }

    /// The metrics; empty unless both telemetry variables are set.
    fn metrics(&self) -> String {
        if !self.telemetry {
            return String::new();
        }
        let mut text = "# TYPE http_requests_total counter\n".to_owned();
        for (status, count) in self.answered.borrow().iter() {
            text.push_str(&format!(
                "http_requests_total{{status_code=\"{status}\"}} {count}\n"
            ));
        }
        text
    }

    fn job(&self, workspace: &str, id: &str) -> Result<Option<Value>, Failed> {
        let mut redis = Redis::of_environment()?;
        let new = format!("ai:job:{workspace}:{id}");
        let old = format!("ai:jobs:{id}");
        for (key, read) in [(new, self.reads_new), (old, self.reads_old)] {
            let fields = if read { redis.hash(&key)? } else { Vec::new() };
            let job = object(&fields);
            if job["workspace_id"] == workspace {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    fn jobs(&self, workspace: &str) -> Result<Vec<Value>, Failed> {
        let mut redis = Redis::of_environment()?;
        let mut all = Vec::new();
        for (names, read) in [
            (format!("ai:job:{workspace}:*"), self.reads_new),
            ("ai:jobs:*".to_owned(), self.reads_old),
        ] {
            let keys = if read {
                redis.keys(&names)?
            } else {
                Vec::new()
            };
            for key in keys {
                let job = object(&redis.hash(&key)?);
                if job["workspace_id"] == workspace {
                    all.push(job);
                }
            }
        }
        Ok(all)
    }

    fn enqueue(&self, workspace: &str, id: &str) -> Result<(), Failed> {
        let mut redis = Redis::of_environment()?;
        let fields = ["job_id", id, "workspace_id", workspace, "status", "pending"];
        let new = format!("ai:job:{workspace}:{id}");
        let old = format!("ai:jobs:{id}");
        for (key, write) in [(old, true), (new, self.writes_new)] {
            if write {
                redis.ask(&[&["HSET", key.as_str()], &fields[..]].concat())?;
            }
        }
        Ok(())
    }
}

fn workspace(request: &Request) -> &str {
    let header = request.headers.get("x-workspace-id");
    header.map_or("", String::as_str)
}

fn object(fields: &[String]) -> Value {
    let pairs = fields.chunks_exact(2);
    pairs
        .map(|pair| (pair[0].clone(), Value::from(pair[1].as_str())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
