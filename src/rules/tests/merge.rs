//! The laws of a three-way merge, over real YAML: whose value stays, what is asked, what is shouted.

use super::World;
use crate::{
    model::{
        finding::{Decision, FindingKind, Safety},
        format::Format,
        ids::{InputName, RuleId},
        plan::Plan,
        rule::Severity,
        survey::StockTexts,
        text::Secret,
    },
    rules::{
        assess::{Assessment, assess},
        compose::PlanError,
        preview::{pieces, preview},
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
    merging_by(RULES, own, old)
}

fn merging_by(rules: &str, own: &str, old: Result<&str, &str>) -> World {
    let mut world = World::new("", &[rules]);
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

fn plan(world: &World) -> Result<Plan, PlanError> {
    world.plan_by(&assessed(world))
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
    // The key stays as it was: the finding proposes no change of its own beside that of the file.
    assert_eq!(guard.kind, FindingKind::AlreadyDone);
    assert_eq!(guard.severity, Severity::Info);
    assert_eq!(guard.summary, "kept: the new release's file says true");
    assert!(guard.changes.is_empty(), "{guard:?}");
}

#[test]
fn of_a_limit_every_number_that_is_one_is_kept() {
    let guard = "{key: gateway.rpm, strict: 60, at_least: 1, because: a bill}";
    let (before, _) = RULES.split_once("guard:").expect("a guard");
    let rules = format!("{before}guard: [{guard}]");
    for own in ["60", "30", "400"] {
        let own = OLD.replace("rpm: 60", &format!("rpm: {own}"));
        let world = merging_by(&rules, &own, Ok(OLD));
        let line = own.lines().find(|line| line.contains("rpm:"));
        assert!(after(&world).contains(line.expect("a limit")), "{own}");
        let found = assessed(&world).findings;
        let guard = found.iter().find(|one| one.id.as_str().ends_with(".rpm"));
        let guard = guard.expect("the guard speaks");
        assert_eq!(guard.kind, FindingKind::AlreadyDone, "{guard:?}");
        assert_eq!(guard.summary, "kept: the new release's file says 0");
    }
    // The operator is asked about `-1`, no limit at all.
    let none = OLD.replace("rpm: 60", "rpm: -1");
    let found = assessed(&merging_by(&rules, &none, Ok(OLD))).findings;
    let guard = found.iter().find(|one| one.id.as_str().ends_with(".rpm"));
    let Safety::Decide { question, .. } = &guard.expect("the guard asks").safety else {
        panic!("{found:?}");
    };
    assert!(question.contains("gateway.rpm become 60"), "{question}");
}

#[test]
fn the_old_side_of_every_difference_is_the_operators_file() {
    let unset = OLD.replace("  skip_auth: false\n", "");
    for old in [OLD, &unset] {
        let world = merging(old, Ok(old));
        let pieces = pieces(world.case(), &assessed(&world), Some);
        let all: Vec<_> = pieces.values().flatten().collect();
        assert_eq!(all.len(), 1, "{all:#?}");
        assert_eq!(all[0].before, old);
        assert!(all[0].after.contains("skip_auth: false"), "{all:#?}");
    }
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
    let found = assessed(&world).findings;
    let guard = found.iter().find(|one| one.id == rule("gateway.skip_auth"));
    let title = guard.map(|guard| guard.title.as_str());
    assert_eq!(title, Some("gateway.skip_auth becomes false"));
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
    assert!(plan(&world).is_ok());
}

#[test]
fn after_the_merge_there_is_nothing_left_to_merge() {
    let mut world = merging(OLD, Ok(OLD));
    let text = after(&world);
    text_file(&mut world.survey, "app.yaml", &text);
    let found = assessed(&world).findings;
    assert!(found.iter().all(|one| one.changes.is_empty()), "{found:#?}");
    // The guard still reports it, because the vendor's file still says otherwise.
    let kinds: Vec<FindingKind> = found.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [FindingKind::AlreadyDone, FindingKind::AlreadyDone]);
}

fn rule(key: &str) -> RuleId {
    RuleId::new(format!("h1/app.yaml/{key}"))
}

fn choose(world: &mut World, key: &str, option: &str) {
    let choice = Decision::Choose(option.into());
    world.decisions.insert(rule(key), choice);
}

/// Types a value for a key that both changed.
fn type_in(world: &mut World, key: &str, text: &str) {
    choose(world, key, "edit");
    let name = InputName::new(rule(key).as_str());
    world.answers.insert(name, Secret::new(text));
}

/// The question about a key: its options, and why there are no others.
fn question(world: &World, key: &str) -> (Vec<String>, Option<String>) {
    let found = assessed(world).findings;
    let finding = found.iter().find(|one| one.id == rule(key));
    match finding.map(|finding| &finding.safety) {
        Some(Safety::Decide { options, note, .. }) => {
            let labels = options.iter();
            let labels = labels.map(|option| format!("{}: {}", option.id, option.label));
            (labels.collect(), note.clone())
        }
        other => panic!("{key} is a question, not {other:?}"),
    }
}

const OWN: &str = "# ours\ngateway:\n  skip_auth: false\n  rpm: 600 # a minute\nqdrant:\n  host: q\nmodels: # mine\n- c # the cheap one\n- a\n";

/// What becomes of `OWN` once everything that only the vendor changed has come.
fn merged(rpm: &str, models: &str) -> String {
    format!(
        "# ours\ngateway:\n  skip_auth: false\n  rpm: {rpm} # a minute\n  burst: 5\nmodels: # mine\n{models}"
    )
}

#[test]
fn both_keeps_the_operators_items_and_their_comments_and_adds_the_vendors() {
    let mut world = merging(OWN, Ok(OLD));
    let (options, note) = question(&world, "models");
    assert_eq!(
        options,
        [
            "keep_yours: yours: [\"c\",\"a\"]",
            "take_theirs: the new release's: [\"a\",\"b\"]",
            "both: both: yours, then \"b\"",
            "edit: a value that you type",
        ]
    );
    assert_eq!(
        note.as_deref(),
        Some("replacing the value may drop comments of yours: # the cheap one")
    );
    choose(&mut world, "models", "both");
    choose(&mut world, "gateway.rpm", "keep_yours");
    assert_eq!(
        after(&world),
        merged("600", "- c # the cheap one\n- a\n- b\n")
    );
}

/// The vendor's lists with comments between their items, written anew by the new release.
fn commented(inside: &str) -> World {
    let list = |items: &str| format!("models:\n# large\n{items}# ours follow\nrpm: 60\n");
    let old = list("- a # first\n# small\n- b\n");
    let new = list("- b\n# small\n- c\n- a\n");
    let own = format!("# mine\n{}", old.replace("- a # first\n", inside));
    let mut world = merging_by(RULES, &own, Ok(&old));
    let stock = world.survey.stock.values_mut().next();
    stock.expect("the vendor's files").new = Ok(new);
    world
}

#[test]
fn a_list_with_the_vendors_comments_gives_way_and_one_with_the_operators_is_asked() {
    let world = commented("- a # first\n");
    let text = after(&world);
    assert!(text.starts_with("# mine\nmodels:\n"), "{text}");
    assert!(!text.contains("first"), "{text}");
    let data = serde_json::json!(["b", "c", "a"]);
    let read = |text: &str| crate::edit::read(&Format::Yaml, text).expect("YAML").data();
    assert_eq!(read(&text).expect("no key twice")["models"], data);
    assert!(plan(&world).is_ok());

    let mut world = commented("- a # first\n# never d: it lies\n");
    let found = assessed(&world).findings;
    assert!(
        found.iter().all(|one| one.kind != FindingKind::Unreadable),
        "{found:#?}"
    );
    let (options, note) = question(&world, "models");
    assert!(
        options
            .iter()
            .any(|option| option.starts_with("take_theirs")),
        "{options:?}"
    );
    let note = note.expect("what is lost is said");
    assert!(
        note.ends_with("may drop comments of yours: # never d: it lies"),
        "{note}"
    );
    choose(&mut world, "models", "keep_yours");
    assert!(after(&world).contains("- a # first\n# never d: it lies\n# small\n- b\n"));
    choose(&mut world, "models", "take_theirs");
    assert_eq!(read(&after(&world)).expect("no key twice")["models"], data);
}

#[test]
fn a_single_value_cannot_be_both_and_the_question_says_so() {
    let (options, note) = question(&merging(OWN, Ok(OLD)), "gateway.rpm");
    assert!(!options.iter().any(|option| option.starts_with("both")));
    assert_eq!(
        note.as_deref(),
        Some("both is not offered: the key holds one value")
    );
}

#[test]
fn what_is_typed_stands_in_the_file_and_in_the_plan_and_nothing_else_changes() {
    let mut world = merging(OWN, Ok(OLD));
    choose(&mut world, "models", "keep_yours");
    choose(&mut world, "gateway.rpm", "edit");
    let open = plan(&world).expect_err("nothing was typed yet").to_string();
    assert!(open.contains("the value of gateway.rpm"), "{open}");
    for (typed, stands) in [("90", "90"), ("{{root}}", "{{root}}"), ("\"90\"", "\"90\"")] {
        type_in(&mut world, "gateway.rpm", typed);
        if typed.starts_with('{') {
            // What would be a placeholder in our rules is literal text when the operator types it.
            type_in(&mut world, "gateway.rpm", &format!("\"{typed}\""));
        }
        let text = after(&world);
        let line = text.lines().find(|line| line.contains("rpm:"));
        let line = line.unwrap_or_default().replace('\'', "\"");
        assert!(line.contains(stands), "{line}");
        assert_eq!(
            text.lines()
                .filter(|line| !line.contains("rpm:"))
                .collect::<Vec<_>>(),
            merged("", "- c # the cheap one\n- a\n")
                .lines()
                .filter(|line| !line.contains("rpm:"))
                .collect::<Vec<_>>()
        );
    }
    let plan = plan(&world).expect("everything was said");
    let typed = &plan.inputs[&InputName::new("h1/app.yaml/gateway.rpm")];
    assert_eq!(typed.value.as_deref(), Some("\"90\""));
}

#[test]
fn what_is_no_value_of_the_file_or_loosens_a_guard_is_no_answer() {
    let old = "gateway:\n  skip_auth: false\n  rpm: 60\n";
    let mut world = merging("gateway: none\n", Ok(old));
    let faults = |world: &World, text: &str| {
        let assessment = assessed(world);
        let asked = assessment.typed(&InputName::new("h1/app.yaml/gateway"));
        asked.expect("it can be typed").faults(text)
    };
    assert_eq!(
        faults(&world, "{rpm: 5, skip_auth: false}"),
        Vec::<String>::new()
    );
    assert_eq!(
        faults(&world, "{rpm: 5, skip_auth: true}"),
        ["gateway.skip_auth has to stay false"]
    );
    assert_eq!(faults(&world, "[1").len(), 1);
    assert_eq!(faults(&world, "1 # one").len(), 1);
    type_in(&mut world, "gateway", "{skip_auth: true}");
    let refused = plan(&world).expect_err("it is laxer").to_string();
    assert!(refused.contains("has to stay false"), "{refused}");
}

#[test]
fn a_secret_that_is_typed_is_seen_nowhere() {
    let rules = RULES.replace("    guard:", "    secret: [gateway.key]\n    guard:");
    let (old, own) = (
        "gateway:\n  key: one\n",
        "gateway:\n  key: mine-and-mine-alone # k\n",
    );
    let mut world = merging_by(&rules, own, Ok(old));
    let taken = |world: &World| {
        let plan = plan(world).expect("a plan");
        (serde_json::to_string(&plan).expect("JSON"), after(world))
    };
    let (options, _) = question(&world, "gateway.key");
    assert_eq!(options[0], "keep_yours: yours: •••••• (19 chars)");
    type_in(&mut world, "gateway.key", "typed-and-unseen");
    let (options, _) = question(&world, "gateway.key");
    let typed = options.last().map(String::as_str);
    assert_eq!(
        typed,
        Some("edit: the value that you typed: •••••• (16 chars)")
    );
    let (plan, shown) = taken(&world);
    for seen in [plan.as_str(), shown.as_str()] {
        assert!(
            !seen.contains("mine-alone") && !seen.contains("unseen"),
            "{seen}"
        );
    }
    assert!(plan.contains("{{input.h1/app.yaml/gateway.key}}"), "{plan}");
}
