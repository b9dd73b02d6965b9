//! Every bundled pack is read, checked, and held against its own cases.

use serde_json::Value;
use switchback::{
    model::rule::{BackupRule, DetectProbe, Level},
    rules::{
        bundled, check,
        diagnostic::Diagnostic,
        explain::explain,
        pack::{LoadedPack, load},
        path::plan_path,
    },
};

fn packs() -> Vec<LoadedPack> {
    let loaded = bundled::whole_packs().into_iter().map(|source| {
        load(&source).unwrap_or_else(|wrong| panic!("{:?}:\n{}", source.origin, shown(&wrong)))
    });
    loaded.collect()
}

fn shown(all: &[Diagnostic]) -> String {
    let each: Vec<String> = all.iter().map(|one| one.render(false)).collect();
    each.join("\n")
}

#[test]
fn every_bundled_pack_can_be_read() {
    let packs = packs();
    let names: Vec<&str> = packs
        .iter()
        .map(|pack| pack.pack.product.as_str())
        .collect();
    for product in [
        "workflow-engine",
        "oversight-gateway",
        "loki-mode",
        "relay",
        "shannon",
    ] {
        assert!(names.contains(&product), "{product}");
    }
}

#[test]
fn no_bundled_pack_has_an_error_or_a_doubtful_rule() {
    for pack in packs() {
        let found = check::check(&pack);
        assert!(
            found.is_empty(),
            "{}:\n{}",
            pack.pack.product,
            shown(&found)
        );
    }
}

/// What a value must be, wherever a rule says so.
fn valids<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get("valid"));
            entries.values().for_each(|value| valids(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| valids(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn what_a_pattern_asks_an_operator_for_is_told_in_words() {
    for pack in packs() {
        let mut texts = vec![serde_json::to_value(&*pack.pack)];
        texts.extend(pack.hops.iter().map(|hop| serde_json::to_value(&*hop.hop)));
        for text in texts {
            let text = text.expect("rules become JSON");
            let mut found = Vec::new();
            valids(&text, &mut found);
            for valid in found {
                let bare = valid.get("pattern").is_some() && valid.get("in_words").is_none();
                assert!(!bare, "{}: {valid}", pack.pack.product);
            }
        }
    }
}

/// Whoever meets a failed check at night has only these words.
#[test]
fn every_check_that_stops_a_run_says_what_to_do() {
    let mut seen = 0;
    for pack in packs() {
        for hop in &pack.hops {
            let (before, after) = (&hop.hop.checklist, &hop.hop.verify);
            let back = hop.hop.rollback.iter().flat_map(|back| &back.checks);
            let stops = before.iter().chain(after).chain(back);
            for check in stops.filter(|check| check.level == Level::Block && !check.is_manual()) {
                seen += 1;
                let what = format!("{}: {}/{}", pack.pack.product, hop.file, check.id);
                assert!(check.remedy.is_some(), "{what}");
            }
        }
    }
    assert!(seen > 50, "the bundled packs have many");
}

/// A product's own tests write into the live product.
#[test]
fn tests_of_a_product_run_only_where_somebody_says_so() {
    let mut seen = 0;
    for pack in packs() {
        for hop in &pack.hops {
            for check in &hop.hop.verify {
                let check = serde_json::to_value(check).expect("a check becomes JSON");
                let command = &check["probe"]["command"]["command"];
                let words: Vec<&str> = command.as_array().map_or_else(Vec::new, |words| {
                    words.iter().filter_map(Value::as_str).collect()
                });
                let tests = [
                    "cargo",
                    "npm",
                    "pytest",
                    "make",
                    "scripts/test-federation.sh",
                ];
                if !tests.iter().any(|test| words.contains(test)) {
                    continue;
                }
                seen += 1;
                let when = check["when"].to_string();
                let asked = when.contains(r#"{"input":{"#) && when.contains(r#""is":"yes""#);
                assert!(asked, "{}: {words:?}: {when}", pack.pack.product);
            }
        }
    }
    assert!(seen > 5, "the bundled packs have some");
}

#[test]
fn the_release_of_an_image_is_read_whatever_registry_it_comes_from() {
    let packs = packs();
    let engine = packs
        .iter()
        .find(|pack| pack.pack.product == "workflow-engine")
        .expect("a bundled pack");
    let pattern = engine.pack.detect.iter().find_map(|one| match &one.probe {
        DetectProbe::File { path, pattern } if path.as_str() == "docker-compose.yml" => {
            Some(pattern)
        }
        _another => None,
    });
    let pattern = pattern.expect("the image is looked at");
    for (image, named) in [
        ("image: workflow-engine:v1.0", Some("1.0")),
        (
            "image: \"registry.example.com:5000/team/workflow-engine:1.1.0@sha256:00\"",
            Some("1.1.0"),
        ),
        ("image: 'localhost/workflow-engine:v1.2.4'", Some("1.2.4")),
        ("image: example.com/not-workflow-engine:v1.0", None),
        ("image: workflow-engine-gateway:v1.0", None),
    ] {
        assert_eq!(pattern.capture(image), named, "{image}");
    }
}

/// The files of the hops that lead from one release to another.
fn road(product: &str, from: &str, to: Option<&str>) -> Vec<String> {
    let packs = packs();
    let pack = packs
        .iter()
        .find(|pack| pack.pack.product == product)
        .expect("a bundled pack");
    let release = |text: &str| pack.pack.releases.parse(text).expect("a release");
    let to = to.map(release);
    let path = plan_path(
        &pack.pack.releases,
        &pack.heads(),
        &release(from),
        to.as_ref(),
    );
    path.expect("a path")
        .hops
        .into_iter()
        .map(|hop| hop.file)
        .collect()
}

#[test]
fn the_hops_of_the_engine_chain_from_major_over_minor_to_patch() {
    let engine = |from: &str, to: &str| road("workflow-engine", from, Some(to));
    let all = ["0.x-to-1.0.yaml", "1.0-to-1.1.yaml", "1.1-to-1.2.yaml"];
    assert_eq!(engine("0.5.0", "1.2.0"), all);
    assert_eq!(engine("0.6.0", "1.0.0"), all[..1]);
    assert_eq!(engine("1.0.3", "1.1.0"), all[1..2]);
    assert_eq!(engine("1.2.0", "1.2.4"), ["patch.yaml"]);
    assert_eq!(engine("1.2.1", "1.3.0"), ["minor.yaml"]);
    assert_eq!(engine("0.5.0", "1.0.2"), ["0.x-to-1.0.yaml", "patch.yaml"]);
    assert_eq!(road("workflow-engine", "0.5.0", None), all);
    assert_eq!(
        engine("0.5.0", "1.3.0"),
        [&all[..], &["minor.yaml"]].concat()
    );
    assert_eq!(
        road("oversight-gateway", "0.1.0", Some("2.0.0")),
        ["V1-to-V2.yaml"]
    );
}

#[test]
fn every_entry_without_a_name_is_explained_by_its_number_and_by_its_place() {
    for pack in packs() {
        let explained = |id: &str| explain(&pack, id).unwrap_or_else(|why| panic!("{why}"));
        for hop in &pack.hops {
            let stem = hop.file.trim_end_matches(".yaml");
            let notes = hop.hop.notes.iter().map(|note| &note.text);
            let usages = hop.hop.usages.iter().map(|usage| &usage.remedy);
            let hints = hop.hop.hints.iter().map(|hint| &hint.remedy);
            let all = [
                ("note", notes.collect::<Vec<_>>()),
                ("usage", usages.collect()),
                ("hint", hints.collect()),
            ];
            for (kind, texts) in all {
                // The first and the last show how the ones in between are counted.
                let ends = texts.len().saturating_sub(1);
                for (n, text) in texts
                    .into_iter()
                    .enumerate()
                    .filter(|(n, _)| n % ends.max(1) == 0)
                {
                    let id = format!("{stem}/{kind}/{}", n + 1);
                    let said = explained(&id);
                    let first = said.lines().next().unwrap_or_default();
                    assert_eq!(first, format!("{id}  {}", text.trim_end()));
                    let stands = said.lines().find_map(|line| line.split("stands   ").nth(1));
                    assert_eq!(
                        explained(stands.expect("a place")).lines().nth(1),
                        said.lines().nth(1)
                    );
                }
            }
            for name in hop.hop.inputs.keys() {
                explained(&format!("{stem}/input/{name}"));
            }
        }
        for name in pack.pack.inputs.keys() {
            explained(&format!("pack/input/{name}"));
        }
    }
}

#[test]
fn a_database_that_is_backed_up_is_explained_with_what_it_cites_and_its_doubt() {
    let mut seen = 0;
    for pack in packs() {
        for hop in &pack.hops {
            let stem = hop.file.trim_end_matches(".yaml");
            for rule in &hop.hop.backup {
                let BackupRule::Database(database) = rule else {
                    continue;
                };
                let id = format!("{stem}/backup/{}", database.name);
                let said = explain(&pack, &id).unwrap_or_else(|why| panic!("{why}"));
                for cite in &database.cites {
                    assert!(said.contains(&format!("cites    {cite}: ")), "{said}");
                }
                if let Some(doubt) = &database.doubt {
                    assert!(said.contains(doubt.as_str()), "{said}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 1, "the bundled packs have some");
}

#[test]
fn the_hops_of_shannon_chain_from_the_first_sources_to_the_patch() {
    let all = [
        "0.0-to-0.1.yaml",
        "0.1-to-0.2.yaml",
        "0.2-to-0.3.yaml",
        "0.3-to-0.4.yaml",
        "0.4-to-0.5.yaml",
    ];
    assert_eq!(road("shannon", "0.0.8", None), all);
    assert_eq!(road("shannon", "v0.3.0", Some("v0.5.1")), all[3..]);
    assert_eq!(road("shannon", "0.5.0", None), ["0.5-patch.yaml"]);
}
