//! The laws of a three-way merge, over real YAML: whose value stays, what is asked, what is shouted.

use super::World;
use crate::{
    model::{
        finding::{Decision, FindingKind, Safety},
        ids::RuleId,
        rule::Severity,
        survey::StockTexts,
    },
    rules::{
        assess::{Assessment, assess},
        preview::preview,
        testing::{rel, text_file},
    },
};

const RULES: &str = "config:\n- merge:\n    file: app.yaml\n    old: [{file: old.yaml}]\n    new: [{file: new.yaml}]\n    guard: [{key: gateway.skip_auth, strict: false, because: anybody could come in}]";

const OLD: &str =
    "# the vendor's\ngateway:\n  skip_auth: false\n  rpm: 60\nqdrant:\n  host: q\nmodels: [a]\n";
const NEW: &str =
    "# the vendor's, newer\ngateway:\n  skip_auth: true\n  rpm: 0\n  burst: 5\nmodels: [a, b]\n";

/// A product with this file, and the vendor's two.
fn merging(own: &str, old: Result<&str, &str>) -> World {
    let mut world = World::new("", &[RULES]);
    text_file(&mut world.survey, "app.yaml", own);
    let texts = StockTexts {
        old: old.map(str::to_owned).map_err(str::to_owned),
        new: Ok(NEW.to_owned()),
    };
    world.survey.stock.insert((0, rel("app.yaml")), texts);
    world
}

fn assessed(world: &World) -> Assessment {
    assess(world.case())
}

fn after(world: &World) -> String {
    let previews = preview(world.case(), &assessed(world), |file| file);
    match previews.as_slice() {
        [] => String::new(),
        [one] => {
            assert_eq!(one.fault, None);
            one.after.clone()
        }
        more => panic!("one file is expected, not {more:?}"),
    }
}

#[test]
fn an_untouched_file_becomes_the_new_one_but_for_the_guard() {
    let world = merging(OLD, Ok(OLD));
    assert_eq!(
        after(&world),
        NEW.replace("skip_auth: true", "skip_auth: false")
    );
    let found = assessed(&world).findings;
    let guard = found
        .iter()
        .find(|one| one.id.as_str().ends_with("gateway.skip_auth"));
    let guard = guard.expect("the guard speaks");
    assert_eq!(guard.severity, Severity::Breaking);
    assert_eq!(
        guard.summary,
        "the new release's file says true: kept strict"
    );
}

#[test]
fn what_only_the_vendor_changed_comes_and_comments_stay() {
    let own = "# ours\ngateway:\n  skip_auth: false # never\n  rpm: 60\n  extra: 1\nqdrant:\n  host: q\nmodels: [a]\n";
    let world = merging(own, Ok(OLD));
    let text = after(&world);
    let expected = "# ours\ngateway:\n  skip_auth: false # never\n  rpm: 0\n  extra: 1\n  burst: 5\nmodels: [a, b]\n";
    assert_eq!(text, expected);
    let whole = &assessed(&world).findings;
    let whole = whole.iter().find(|one| one.id.as_str() == "h1/app.yaml");
    let summary = whole.map(|one| one.summary.as_str());
    assert_eq!(
        summary,
        Some("keys: 1 added, 2 changed, 1 removed; none that you changed")
    );
}

#[test]
fn what_both_changed_is_asked_and_either_answer_is_made() {
    let own = OLD
        .replace("rpm: 60", "rpm: 600")
        .replace("host: q", "host: mine");
    let mut world = merging(&own, Ok(OLD));
    let asked: Vec<String> = assessed(&world)
        .findings
        .iter()
        .filter(|one| matches!(one.safety, Safety::Decide { .. }))
        .map(|one| one.id.to_string())
        .collect();
    assert_eq!(asked, ["h1/app.yaml/gateway.rpm", "h1/app.yaml/qdrant"]);
    for (id, choice) in [("gateway.rpm", "take_theirs"), ("qdrant", "keep_yours")] {
        let id = RuleId::new(format!("h1/app.yaml/{id}"));
        world.decisions.insert(id, Decision::Choose(choice.into()));
    }
    let text = after(&world);
    assert!(
        text.contains("rpm: 0\n") && text.contains("host: mine\n"),
        "{text}"
    );
}

#[test]
fn a_lax_value_is_a_question_and_never_a_merge() {
    let own = OLD.replace("skip_auth: false", "skip_auth: \"maybe\"");
    let mut world = merging(&own, Ok(OLD));
    assert!(after(&world).contains("skip_auth: \"maybe\""));
    let id = RuleId::new("h1/app.yaml/gateway.skip_auth");
    world
        .decisions
        .insert(id, Decision::Choose("make_strict".into()));
    assert!(after(&world).contains("skip_auth: false"));
}

#[test]
fn a_key_that_was_never_set_is_set_before_the_default_changes() {
    let own = OLD.replace("  skip_auth: false\n", "");
    let world = merging(&own, Ok(OLD));
    assert!(
        after(&world).contains("skip_auth: false"),
        "{}",
        after(&world)
    );
}

#[test]
fn without_the_vendors_file_a_person_merges_and_says_so() {
    let mut world = merging(OLD, Err("git show: unknown revision"));
    let found = assessed(&world).findings;
    assert_eq!(found.len(), 1);
    assert!(found[0].summary.contains("unknown revision"), "{found:?}");
    assert!(matches!(found[0].safety, Safety::Decide { .. }));
    let id = found[0].id.clone();
    world
        .decisions
        .insert(id, Decision::Choose("by_hand".into()));
    assert_eq!(after(&world), "");
    assert!(world.plan().is_ok());
}

#[test]
fn after_the_merge_there_is_nothing_left_to_merge() {
    let mut world = merging(OLD, Ok(OLD));
    let text = after(&world);
    text_file(&mut world.survey, "app.yaml", &text);
    let found = assessed(&world).findings;
    assert!(found.iter().all(|one| one.changes.is_empty()), "{found:#?}");
    // The guard goes on shouting: the vendor's file still says otherwise.
    let kinds: Vec<FindingKind> = found.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [FindingKind::Config, FindingKind::AlreadyDone]);
}
