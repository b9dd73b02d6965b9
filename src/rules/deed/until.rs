//! What is waited for, in words.

use super::command;
use crate::model::{path::RelPath, pattern::Pattern, plan::Plan, route::Route, rule::Probe};

/// For probes without words of their own; several of them share one mention.
const AS_THE_TITLE_SAYS: &str = "what its title says is so";

pub fn until(plan: &Plan, hop: usize, probe: &Probe) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in leaves(probe) {
        let words = of_one(plan, hop, part);
        if !parts.contains(&words) {
            parts.push(words);
        }
    }
    parts.join(", and ")
}

/// The probes that must all hold.
fn leaves(probe: &Probe) -> Vec<&Probe> {
    match probe {
        Probe::All(parts) => parts.iter().flat_map(leaves).collect(),
        one => vec![one],
    }
}

fn of_one(plan: &Plan, hop: usize, probe: &Probe) -> String {
    match probe {
        Probe::Http(http) => format!("{} answers as expected", plan.shown(&http.url, hop)),
        Probe::Command(run) => format!("this ends as expected: {}", command(plan, hop, run)),
        Probe::Service(service) => format!("{} is as expected", service.name),
        Probe::Port { port, open: true } => {
            format!("something listens on port {}", plan.shown(port, hop))
        }
        Probe::Port { port, open: false } => {
            format!("nothing listens on port {}", plan.shown(port, hop))
        }
        Probe::Schema(schema) => {
            let thing = schema.thing();
            let there = if thing.wanted() {
                "is there"
            } else {
                "is gone"
            };
            let named = thing.named().map(|named| format!("{named} {there}"));
            named.unwrap_or_else(|_it_names_nothing| AS_THE_TITLE_SAYS.to_owned())
        }
        Probe::Variable { name, set, matches } => variable(name, *set, matches.as_ref()),
        Probe::File {
            path,
            at,
            exists: None | Some(true),
            matches: None,
            never: None,
        } => format!("{} is there", place_of(path, at.as_ref())),
        Probe::File {
            path,
            at,
            exists: Some(false),
            ..
        } => format!("{} is not there", place_of(path, at.as_ref())),
        Probe::Manual { .. }
        | Probe::File { .. }
        | Probe::Metrics(_)
        | Probe::Tool(_)
        | Probe::Disk { .. }
        | Probe::Release { .. }
        | Probe::Sql(_)
        | Probe::Keys(_)
        | Probe::Applied(_)
        | Probe::ShellTimeout {}
        | Probe::Clock {}
        | Probe::All(_)
        | Probe::Any(_)
        | Probe::Not(_) => AS_THE_TITLE_SAYS.to_owned(),
    }
}

fn place_of(path: &RelPath, at: Option<&Route>) -> String {
    match at {
        Some(at) => format!("{at} of {path}"),
        None => path.to_string(),
    }
}

fn variable(name: &str, set: Option<bool>, matches: Option<&Pattern>) -> String {
    match (set, matches.map(Pattern::one_value)) {
        (Some(false), _) => format!("{name} is not set"),
        (_, None) => format!("{name} is set"),
        (_, Some(Some(text))) => format!("{name} is `{text}`"),
        (_, Some(None)) => format!("{name} is as expected"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::Digest;

    #[test]
    fn it_is_said_what_is_waited_for_and_nothing_twice() {
        let plan = serde_json::json!({
            "format": 1, "program": "test", "product": "product", "title": "Product",
            "pack": Digest::of(b"pack"), "host": "host", "root": "/srv", "from": "1", "to": "2",
            "hops": [], "targets": {}, "variables": {}, "findings": [], "decisions": {},
            "inputs": {}, "variants": {}, "checklist": [], "backup": {"files": [], "commands": []},
            "steps": [], "verify": [], "rollback": {"steps": [], "checks": [], "notes": []},
            "hints": [], "notes": [], "usages": [], "remedies": {},
        });
        let plan: Plan = serde_json::from_value(plan).expect("a plan");
        for (probe, words) in [
            (
                serde_json::json!({"all": [
                    {"schema": {"database": "main", "table": "scheduled_tasks"}},
                    {"schema": {"database": "main", "table": "users", "exists": false}},
                ]}),
                "table scheduled_tasks is there, and table users is gone",
            ),
            (
                serde_json::json!({"all": [
                    {"variable": {"name": "READ", "matches": "^on$"}},
                    {"all": [{"clock": {}}, {"not": {"clock": {}}}, {"any": []}]},
                    {"variable": {"name": "URL", "matches": "^https?:"}},
                ]}),
                "READ is `on`, and what its title says is so, and URL is as expected",
            ),
        ] {
            let probe: Probe = serde_json::from_value(probe).expect("a probe");
            assert_eq!(until(&plan, 0, &probe), words);
        }
    }
}
