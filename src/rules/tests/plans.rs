//! What is shown of the findings, the plan that is made of them, and whether it still fits.

use super::*;

#[test]
fn a_piece_is_what_one_finding_alone_changes_taken_or_not() {
    let rules = "environment:
  - rename: {from: A, to: B}
  - add: {name: C, value: c, doubt: why}
  - remove: {name: D}
  - rename: {from: E, to: F}";
    let env = "A=1\nD=1\nE=1\nF=2\n";
    let world = World::new(env, &[rules]);
    let pieces = pieces(world.case(), &world.assess(), Some);
    let piece = |id: &str, n: usize| {
        let piece = &pieces[&RuleId::new(id)][n];
        (
            piece.option.as_deref(),
            piece.before.as_str(),
            piece.after.as_str(),
        )
    };
    let renamed = "B=1\nD=1\nE=1\nF=2\n";
    assert_eq!(piece("h1/env/B", 0), (None, env, renamed));
    assert_eq!(
        piece("h1/env/C", 0),
        (None, renamed, "B=1\nD=1\nE=1\nF=2\nC=c\n")
    );
    let left = "B=1\nE=1\nF=2\n";
    assert_eq!(
        piece("h1/env/D", 0),
        (None, renamed, left),
        "C was not taken"
    );
    assert_eq!(piece("h1/env/F", 0), (Some("keep_new"), left, "B=1\nF=2\n"));
    assert_eq!(piece("h1/env/F", 1), (Some("take_old"), left, "B=1\nF=1\n"));
}

#[test]
fn an_open_question_is_named_with_its_cure() {
    let world = World::new("OLD=good\nNEW=other\n", &[RENAME]);
    let PlanError::Open(open) = world.plan().expect_err("nothing was decided");
    let id = RuleId::new("h1/env/NEW");
    assert!(
        matches!(&open[0], Open::Undecided { id: found, options, .. }
        if *found == id && *options == ["keep_new", "take_old"])
    );
    let mut world = World::new("", &[RENAME]);
    let PlanError::Open(open) = world.plan().expect_err("nothing was answered");
    assert!(matches!(&open[0], Open::Unanswered { name, .. } if name.as_str() == "new"));
    world
        .answers
        .insert(InputName::new("new"), Secret::new("good"));
    assert!(world.plan().is_ok());
}

#[test]
fn a_plan_is_the_same_each_time_and_reads_back() {
    let mut world = World::new("OLD=good\nURL=a:1\n", &[RENAME]);
    world.survey.files.insert(rel("x.txt"), FileState::Absent);
    let plan = world.plan().expect("a plan");
    assert_eq!(plan, world.plan().expect("a plan"));
    let json = serde_json::to_string(&plan).expect("a plan as JSON");
    let back: Plan = serde_json::from_str(&json).expect("the plan again");
    assert_eq!(back, plan);
}

#[test]
fn a_drift_is_named() {
    let mut world = World::new("OLD=good\n", &[RENAME]);
    let plan = world.plan().expect("a plan");
    let pack = Digest::of(b"pack");
    let now = |survey: &Survey| drift(&plan, survey, b"key", &pack, "1", "host");
    assert!(now(&world.survey).is_empty());
    variable(&mut world.survey, "OLD", "process", 0, "other");
    assert_eq!(now(&world.survey), ["the variable OLD changed"]);
    text_file(&mut world.survey, ".env", "OLD=else\n");
    assert_eq!(now(&world.survey).len(), 2);
    let others = drift(&plan, &world.survey, b"key", &Digest::of(b"x"), "2", "h");
    assert_eq!(others.len(), 5);
}

#[test]
fn a_plan_is_bound_to_every_variable_that_it_uses() {
    let rules = "inputs:
  name: {ask: Which?, default: '{{env.NAME}}', when: {set: ASKED}}
config: [{edit: {file: a.toml, changes: [{set: a, value: '{{env.VALUE}}'}]}}]
apply:
  - id: one
    title: One
    harmless: true
    do: {run: {command: [app, '{{env.ARGUMENT | x}}'], env: {B: '{{env.PASSED}}'}}}
  - {id: two, title: Two, harmless: true, do: {http: {url: 'http://a:{{env.PORT}}/'}}}";
    let mut world = World::new("", &[rules]);
    text_file(&mut world.survey, "a.toml", "a = 1\n");
    let pack = "
variants: {kind: [{id: a, title: A, when: {set: VARIANT}}]}
inputs: {port: {ask: Which?, default: '{{env.OF_PACK}}', when: {set: ASKED_TOO}}}
databases: {main: {sqlite: {file: '{{env.DATABASE}}'}}}
services: {app: {title: app, port: '{{env.SERVED}}'}}";
    world.pack = serde_saphyr::from_str(&format!("{PACK}{pack}")).expect("a pack");
    world.variants = BTreeMap::from([("kind".to_owned(), "a".to_owned())]);
    let plan = world.plan().expect("a plan");
    for name in [
        "NAME",
        "ASKED",
        "VALUE",
        "ARGUMENT",
        "PASSED",
        "PORT",
        "VARIANT",
        "OF_PACK",
        "ASKED_TOO",
        "DATABASE",
        "SERVED",
    ] {
        let mut survey = world.survey.clone();
        variable(&mut survey, name, "process", 0, "other");
        let pack = Digest::of(b"pack");
        let changed = drift(&plan, &survey, b"key", &pack, "1", "host");
        assert_eq!(changed, [format!("the variable {name} changed")]);
    }
}

#[test]
fn a_change_that_says_two_things_is_not_made_and_nothing_is_planned() {
    for (change, why) in [
        ("{set: A, remove: B, value: x}", "2 operations: set, remove"),
        ("{rewrite: A}", "`rewrite` needs `match` and `with`"),
        ("{rename: A, to: b.c}", "`b.c` is a route"),
    ] {
        let rules = format!("config: [{{edit: {{file: a.env, changes: [{change}]}}}}]");
        let mut world = World::new("", &[&rules]);
        text_file(&mut world.survey, "a.env", "A=1\nB=1\n");
        let found = world.assess();
        let told = only(&found).because.clone().unwrap_or_default();
        assert!(told.contains(why), "{told}");
        assert!(world.plan().is_err());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures itself")]
fn a_thousand_findings_do_not_keep_anyone_waiting() {
    let mut rules = "environment:\n".to_owned();
    let mut env = String::new();
    for n in 0..1000 {
        rules.push_str(&format!(
            "  - rename: {{from: APP_OLD_{n}, to: APP_NEW_{n}}}\n"
        ));
        env.push_str(&format!("APP_OLD_{n}=value\n"));
    }
    let world = World::new(&env, &[&rules]);
    let start = Instant::now();
    let plan = world.plan().expect("a plan");
    let took = start.elapsed();
    assert_eq!(plan.findings.len(), 1000);
    assert_eq!(plan.steps.len(), 1);
    // Without optimisation; a release build is many times faster.
    assert!(took.as_millis() < 2_000, "{took:?}");
}

#[test]
fn a_condition_on_what_cannot_be_read_blocks_the_plan_whichever_way_it_asks() {
    let of_rule =
        |when: &str| format!("environment: [{{add: {{name: NEW, value: x, when: {{{when}}}}}}}]");
    let of_step = |when: &str| {
        format!("apply: [{{id: a, title: A, do: {{run: {{command: [a]}}}}, when: {{{when}}}}}]")
    };
    let plain = "file: {path: latin1.yml, matches: 'image: app:2'}";
    let turned = format!("not: {{{plain}}}");
    for rules in [
        of_rule(plain),
        of_rule(&turned),
        of_step(plain),
        of_step(&turned),
    ] {
        let mut world = World::new("", &[&rules]);
        assert!(world.plan().is_ok(), "{rules}");
        let why = "not UTF-8 text".to_owned();
        let unusable = FileState::Unusable { why };
        world.survey.files.insert(rel("latin1.yml"), unusable);
        let assessment = world.assess();
        let finding = only(&assessment);
        assert_eq!(finding.kind, FindingKind::Unreadable, "{rules}");
        assert_eq!(finding.safety, Safety::Blocks, "{rules}");
        let error = world.plan().expect_err("nobody knows whether it applies");
        assert!(error.to_string().contains("not UTF-8 text"), "{error}");
    }
}

#[test]
fn reasons_and_remedies_name_what_was_answered() {
    let rules = "inputs: {port: {ask: 'Port?', default: '8080'}, key: {ask: 'Key?', secret: true}}
checklist:
  - {id: port, title: Port, probe: {port: {port: '1', open: false}}, because: '{{to}} listens on {{input.port}}.', remedy: 'ss -ltnp says who has {{input.port}}; {{input.key}}'}
apply:
  - {id: go, title: Go, do: {run: {command: [go]}}, harmless: true, because: 'It takes {{input.port}}.'}
hints:
  - {error: used, remedy: 'Free {{input.port}}.'}
notes:
  - {kind: by_hand, text: 'Open {{input.port}} for {{to}}.'}";
    let mut world = World::new("", &[rules]);
    world
        .answers
        .insert(InputName::new("key"), Secret::new("hunter2"));
    let plan = world.plan().expect("a plan");
    let check = &plan.checklist[0].check;
    assert_eq!(check.because.as_deref(), Some("1.0.0 listens on 8080."));
    // A secret is not shown to people.
    let remedy = "ss -ltnp says who has 8080; {{input.key}}";
    assert_eq!(check.remedy.as_deref(), Some(remedy));
    assert_eq!(plan.steps[0].because.as_deref(), Some("It takes 8080."));
    assert_eq!(plan.hints[0].remedy, "Free 8080.");
    assert_eq!(plan.notes[0].text, "Open 8080 for 1.0.0.");
}

#[test]
fn a_checkout_is_taken_back_to_what_was_checked_out() {
    let step = "{id: code, title: Code, do: {checkout: {commit: 'v{{to}}'}}}";
    let rules = format!("apply: [{step}]");
    let plan = World::new("", &[&rules, &rules]).plan().expect("a plan");
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["h1/code/note", "h1/code", "h2/code/note", "h2/code"]);
    let shown = |n: usize| {
        let step = &plan.steps[n];
        (deed::of_step(&plan, step), deed::way_back(&plan, step))
    };
    // Each hop notes where it began, in a place of its own.
    let (note, nothing) = shown(2);
    assert!(
        note.ends_with("/srv/app '‹backup folder›/code-before-2.0.0'"),
        "{note}"
    );
    assert!(nothing.starts_with("none needed"), "{nothing}");
    let (does, undo) = shown(3);
    assert_eq!(does, "runs: git -C /srv/app checkout --detach v2.0.0 --");
    assert!(undo.contains("checkout \"$(cat \"$1\")\""), "{undo}");
    assert!(
        undo.ends_with("/srv/app '‹backup folder›/code-before-2.0.0'"),
        "{undo}"
    );
}
