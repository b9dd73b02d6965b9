//! The variables of a service: as compose files write them, and as its process has them.

use serde_yaml::Value;
use std::{collections::BTreeMap, fs};

/// The `environment` of a service, given as a map or as a list, without substitution.
pub(super) fn written(service: &Value) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (name, value) in service["environment"].as_mapping().into_iter().flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => String::new(),
        };
        let name = name.as_str().unwrap_or_default().to_owned();
        variables.insert(name, text);
    }
    let list = service["environment"].as_sequence().into_iter().flatten();
    for (name, value) in list.filter_map(|item| item.as_str()?.split_once('=')) {
        variables.insert(name.to_owned(), value.to_owned());
    }
    variables
}

/// Merges a service of a later file over the earlier one: its variables are added, everything else
/// is replaced.
pub(super) fn lay_over(service: &mut Value, later: &Value) {
    let mut variables = written(service);
    variables.extend(written(later));
    for (key, value) in later.as_mapping().into_iter().flatten() {
        if let Some(key) = key.as_str() {
            service[key] = value.clone();
        }
    }
    let variables = variables.into_iter();
    let pairs = variables.map(|(name, value)| (name.into(), value.into()));
    service["environment"] = Value::Mapping(pairs.collect());
}

/// Those that a process was started with.
pub(super) fn of_process(pid: i32) -> BTreeMap<String, String> {
    let all = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let all = String::from_utf8_lossy(&all);
    let pairs = all.split('\0').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_file_adds_its_variables() {
        let mut service: Value =
            serde_yaml::from_str("image: a:1\nenvironment: [A=1, 'B=${C}']").expect("YAML");
        let later: Value = serde_yaml::from_str("environment: {A: 2, D: true}").expect("YAML");
        lay_over(&mut service, &later);
        let pairs: Vec<String> = written(&service)
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(pairs, ["A=2", "B=${C}", "D=true"]);
        assert_eq!(service["image"].as_str(), Some("a:1"));
    }
}
