use super::*;
use crate::{
    edit::{Entry, Kind},
    model::survey::{BlindSpot, Sighting, Stands, Variable},
    world::{fake::FakeWorld, survey::variables::dotenv},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The entries of a YAML text, all on line 1; `*NAME` as a text stands for an alias of the
/// top-level entry of that name.
fn document(text: &str) -> Document {
    let value = serde_yaml::from_str(text).expect("YAML");
    let mut entries = Vec::new();
    add(&mut entries, Route::default(), &value);
    Document::new(entries)
}

fn add(entries: &mut Vec<Entry>, route: Route, value: &Value) {
    let alias = value.as_str().and_then(|text| text.strip_prefix('*'));
    entries.push(Entry {
        route: route.clone(),
        kind: match value {
            _ if alias.is_some() => Kind::Alias,
            Value::Object(_) => Kind::Map,
            Value::Array(_) => Kind::List,
            _ => Kind::Scalar,
        },
        line: 1,
        span: 0..0,
        text: value.to_string(),
        value: match value {
            Value::Object(_) | Value::Array(_) => Value::Null,
            scalar => scalar.clone(),
        },
        target: alias.map(Route::key),
    });
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                add(entries, route.child(Segment::Key(key.clone())), value);
            }
        }
        Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                add(entries, route.child(Segment::Index(n)), value);
            }
        }
        _ => {}
    }
}

fn seen(text: &str) -> (Vec<String>, Vec<BlindSpot>) {
    let (found, blind) = survey(text);
    let values = found.values().flat_map(|variable| {
        let line = |s: &Sighting| format!("{}={}", variable.name, s.value.expose());
        variable.sightings.iter().map(line).collect::<Vec<_>>()
    });
    (values.collect(), blind)
}

fn survey(text: &str) -> (BTreeMap<String, Variable>, Vec<BlindSpot>) {
    let world = FakeWorld::new().world();
    let mut gather = Gather::for_tests(&world, Path::new("/srv"));
    let place = Place {
        path: PathBuf::from("/srv/compose.yml"),
        file: RelPath::try_from("compose.yml").ok(),
    };
    let line = |(n, (name, value)): (usize, (&str, &str))| dotenv::Line {
        name: name.to_owned(),
        value: value.to_owned(),
        line: n + 1,
    };
    let lines = [("A", "a"), ("TOKEN", "t"), ("OLD", "o")].into_iter();
    let lines = lines.enumerate().map(line);
    let known = Known {
        shell: [("SHELL".to_owned(), "s".to_owned())].into(),
        lines: lines.map(|line| (line.name.clone(), line)).collect(),
        beside: gather.place(Path::new("/srv"), ".env"),
    };
    let document = document(text);
    of_document(&mut gather, &place, &document, "app", &known, true);
    (gather.found, gather.blind)
}

#[test]
fn what_is_only_passed_on_is_seen_where_it_stands() {
    for (entry, source, line, stands) in [
        ("TOKEN", ".env", Some(2), Stands::Itself),
        ("TOKEN=$TOKEN", ".env", Some(2), Stands::Itself),
        ("TOKEN=${TOKEN:-weak}", ".env", Some(2), Stands::Itself),
        ("TOKEN=${TOKEN:?say}", ".env", Some(2), Stands::Itself),
        (
            "TOKEN=${OLD}",
            ".env (OLD, passed on by compose.yml)",
            Some(3),
            Stands::As("OLD".to_owned()),
        ),
        ("SHELL=${SHELL}", "this shell", None, Stands::Itself),
        (
            "NEW=${NEW:-weak}",
            "compose.yml (default)",
            Some(1),
            Stands::Default,
        ),
        (
            "NEW=${NEW}",
            "compose.yml (default)",
            Some(1),
            Stands::Default,
        ),
        (
            "NEW=x${TOKEN}",
            "compose.yml (service app)",
            Some(1),
            Stands::Itself,
        ),
        (
            "NEW=${GONE:-weak}",
            "compose.yml (service app)",
            Some(1),
            Stands::Itself,
        ),
    ] {
        let (found, blind) = survey(&format!("services: {{app: {{environment: ['{entry}']}}}}"));
        assert!(blind.is_empty(), "{entry}: {blind:?}");
        let variable = found.values().next().expect(entry);
        let [seen] = variable.sightings.as_slice() else {
            panic!("{entry}: {:?}", variable.sightings);
        };
        let told = (seen.source.as_str(), seen.line, &seen.stands);
        assert_eq!(told, (source, line, &stands), "{entry}");
    }
    let required = "services: {app: {environment: ['NEW=${NEW:?say}']}}";
    assert_eq!(seen(required), (Vec::new(), Vec::new()));
}

#[test]
fn map_and_list_say_the_same() {
    let map =
        "services: {app: {environment: {X: '${A:-d}/${B:-d}', N: 5, TOKEN: null, GONE: null}}}";
    let list = "services: {app: {environment: ['X=${A:-d}/${B:-d}', N=5, TOKEN, GONE]}}";
    let expected = ["N=5", "TOKEN=t", "X=a/d"];
    assert_eq!(seen(map).0, expected);
    assert_eq!(seen(list).0, expected);
}

#[test]
fn merged_and_aliased_maps_count_and_the_own_entry_wins() {
    let text =
        "common: {X: theirs, Y: y}\nservices: {app: {environment: {'<<': '*common', X: own}}}";
    assert_eq!(seen(text).0, ["X=own", "Y=y"]);
    let text = "common: {Y: y}\nservices: {app: {environment: '*common'}}";
    assert_eq!(seen(text).0, ["Y=y"]);
    let cycle = "a: {'<<': '*a'}\nservices: {app: {environment: '*a'}}";
    assert!(seen(cycle).0.is_empty());
}

/// Each level names the one below it eight times: one after the other these are millions.
#[test]
fn what_many_merge_keys_lead_to_is_gathered_once() {
    let mut text = "m0: {X: deep, Y: deep}\nm1: {'<<': '*m0', Y: first}\n".to_owned();
    for level in 2..=8 {
        let below = format!("'*m{}', ", level - 1).repeat(8);
        text.push_str(&format!("m{level}: {{'<<': [{below}'*m0']}}\n"));
    }
    text.push_str("services: {app: {environment: {'<<': '*m8', Z: own}}}");
    let began = Instant::now();
    assert_eq!(seen(&text).0, ["X=deep", "Y=first", "Z=own"]);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_cannot_be_followed_is_said() {
    for (text, why) in [
        ("services: {other: {}}", "has no service `app`"),
        ("services: {app: {extends: {service: x}}}", "extends"),
        (
            "services: {app: {environment: {X: '${B:?say}'}}}",
            "B is required",
        ),
        ("services: {app: {env_file: gone.env}}", "not there"),
        (
            "services: {app: {env_file: [{path: gone.env}]}}",
            "not there",
        ),
    ] {
        let (values, blind) = seen(text);
        assert!(values.is_empty(), "{text}");
        assert!(
            blind.len() == 1 && blind[0].why.contains(why),
            "{text}: {blind:?}"
        );
    }
    let optional = "services: {app: {env_file: [{path: gone.env, required: false}]}}";
    assert!(seen(optional).1.is_empty());
}
