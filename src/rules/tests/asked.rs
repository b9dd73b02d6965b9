//! What is asked before a run: whatever the road needs, and nothing else.

use super::{PACK, World, text_file};
use crate::model::{ids::InputName, text::Secret};
use std::collections::BTreeMap;

const OF_PACK: &str = "
inputs:
  host: {ask: Host?}
  password: {ask: Password?, secret: true}
  unit: {ask: Unit?}
  file: {ask: File?}
  pool: {ask: Pool?}
  mode: {ask: Mode?}
databases:
  main: {postgres: {host: '{{input.host}}', password: '{{input.password}}'}}
  notes: {sqlite: {file: '{{input.file}}', open_by: web}}
services:
  by: {title: another, ways: [{when: {input: {name: mode, is: x}}, by: {systemd: {unit: x}}}]}
  app: {title: the app, ways: [{when: {file: {path: compose.yml}}, by: {compose: {file: compose.yml, service: app}}}, {by: {systemd: {unit: '{{input.unit}}'}}}]}
  web: {title: the site, port: '{{input.pool}}', ways: [{by: {systemd: {unit: web}}}]}
";

/// The inputs that are asked, each with what needs it.
fn asked(world: &mut World) -> BTreeMap<String, String> {
    world.pack = serde_saphyr::from_str(&format!("{PACK}{OF_PACK}")).expect("a pack");
    let asked = world.assess().inputs.into_iter();
    let needed = asked.filter(|asked| asked.needed);
    needed
        .map(|asked| (asked.name.to_string(), asked.why))
        .collect()
}

fn asked_by(hop: &str) -> BTreeMap<String, String> {
    asked(&mut World::new("OLD=1\n", &[hop]))
}

fn because<const N: usize>(all: [(&str, &str); N]) -> BTreeMap<String, String> {
    all.map(|(name, why)| (name.to_owned(), why.to_owned()))
        .into()
}

#[test]
fn what_only_a_database_or_a_service_names_is_asked_where_the_road_uses_it() {
    let of_main = because([
        ("host", "the database `main`"),
        ("password", "the database `main`"),
    ]);
    for hop in [
        "backup: [{database: {name: main}}]",
        "apply: [{id: a, title: A, do: {sql: {database: main, statement: select 1}}, stays: true}]",
        "checklist: [{id: a, title: A, probe: {sql: {database: main, query: select 1, is: '1'}}}]",
    ] {
        assert_eq!(asked_by(hop), of_main, "{hop}");
    }
    let stop = "apply: [{id: a, title: A, do: {stop: app}}]";
    assert_eq!(asked_by(stop), because([("unit", "the app")]));
    let says = "verify: [{id: a, title: A, probe: {service: {name: web, is: running}}}]";
    assert_eq!(asked_by(says), because([("pool", "the site")]));
    // The service that has the file open is looked at as well.
    let notes = "backup: [{database: {name: notes}}]";
    assert_eq!(
        asked_by(notes),
        because([("file", "the database `notes`"), ("pool", "the site")])
    );
    let neither = "apply: [{id: a, title: A, do: {run: {command: [a]}}, stays: true}]";
    assert_eq!(asked_by(neither), because([]));
    let elsewhere = "apply: [{id: a, title: A, do: {stop: app}, when: {set: NOT_SET}}]";
    assert_eq!(asked_by(elsewhere), because([]));
}

#[test]
fn only_the_way_that_applies_is_asked_about() {
    let stop = "apply: [{id: a, title: A, do: {stop: app}}]";
    let mut world = World::new("", &[stop]);
    text_file(&mut world.survey, "compose.yml", "services: {}\n");
    assert_eq!(asked(&mut world), because([]));
    // Which way applies is a question of its own.
    let stop = "apply: [{id: a, title: A, do: {stop: by}}]";
    assert_eq!(asked_by(stop), because([("mode", "another")]));
}

#[test]
fn what_follows_a_change_or_helps_after_an_error_is_asked_about() {
    let then = "config: [{edit: {file: .env, changes: [{set: OLD, value: '2'}], \
                then: {do: {run: {command: [reload, '{{input.mode}}']}}}}}]";
    assert_eq!(asked_by(then), because([("mode", ".env")]));
    // Nothing is changed.
    let mut world = World::new("OLD=2\n", &[then]);
    assert_eq!(asked(&mut world), because([]));
    let hint = "hints: [{error: x, remedy: x, fix: {run: {command: [a, '{{input.mode}}']}}}]";
    assert_eq!(
        asked_by(hint),
        because([("mode", "a fix for a known error")])
    );
    let merge = "config: [{merge: {file: a.yaml, old: [{command: {command: [show, '{{input.mode}}']}}], \
                 new: [{pack: files/a.yaml}]}}]";
    assert_eq!(asked_by(merge), because([("mode", "a.yaml")]));
}

#[test]
fn what_a_default_is_made_of_is_asked_and_not_the_default() {
    let hop = "inputs: {url: {ask: 'Url?', default: 'http://{{input.mode}}/'}}
apply: [{id: a, title: Ask it, do: {http: {url: '{{input.url}}'}}, stays: true}]";
    assert_eq!(asked_by(hop), because([("mode", "Ask it")]));
    let mut world = World::new("", &[hop]);
    let said = Secret::new("http://localhost/");
    world.answers.insert(InputName::new("url"), said);
    assert_eq!(asked(&mut world), because([]));
    let unused = "inputs: {url: {ask: 'Url?', default: 'http://{{input.mode}}/'}}";
    assert_eq!(asked_by(unused), because([]));
}

#[test]
fn what_decides_whether_another_input_is_asked_is_asked() {
    let hop = "inputs: {more: {ask: More?, when: {input: {name: mode, is: full}}}}
apply: [{id: a, title: Take it, do: {run: {command: [a, '{{input.more}}']}}, stays: true}]";
    let mut world = World::new("", &[hop]);
    assert_eq!(asked(&mut world), because([("mode", "what applies here")]));
    world
        .answers
        .insert(InputName::new("mode"), Secret::new("full"));
    assert_eq!(
        asked(&mut world),
        because([("mode", "what applies here"), ("more", "Take it")])
    );
}
