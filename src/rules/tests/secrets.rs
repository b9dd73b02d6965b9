//! What a rule or the pack calls secret is hidden however the operator has written it, also where it
//! only stands beside what changes.

use super::*;
use crate::{
    model::{
        finding::Safety,
        survey::{StockTexts, UsageHit},
    },
    redact::MASK,
    rules::{
        assess::assess,
        ids,
        preview::preview,
        testing::{rel, text_file, variable},
    },
};

/// All that is said of the case before and in a plan.
fn told(world: &World) -> String {
    let assessment = assess(world.case());
    let shown = preview(world.case(), &assessment, |file| file);
    let plan = world.plan_by(&assessment);
    let plan = plan.map(|plan| serde_json::to_string(&plan).expect("JSON"));
    format!("{shown:?} {plan:?}")
}

#[test]
fn a_secret_of_a_file_is_hidden_as_it_is_written_there() {
    let moved = "{move: jwt.secret, to: auth.secret, secret: true}";
    for (file, text, change) in [
        (".env", "TOKEN=pa$$c4n4ry\nA=1\n", "{set: A, value: 2}"),
        (".env", "TOKEN='c4n4ry\\'s'\nA=1\n", "{set: A, value: 2}"),
        ("a.yaml", "jwt:\n  secret: 'it''s c4n4ry'\na: 1\n", moved),
        ("a.yaml", "jwt:\n  secret: c4n4ry # why\na: 1\n", moved),
        (
            "a.yaml",
            "jwt:\n  secret: |\n    one\n    of c4n4ry\n",
            moved,
        ),
        (
            "a.json",
            "{\"jwt\": {\"secret\": \"\\u00e4-c4n4ry\"}}\n",
            moved,
        ),
        ("a.toml", "[jwt]\nsecret = 'c4n4ry'\n", moved),
        (
            "compose.yml",
            "services:\n  app:\n    environment:\n    - TOKEN=pa$$c4n4ry\n    image: a\n",
            "{set: services.app.image, value: b}",
        ),
        (
            "compose.yml",
            "services:\n  app:\n    environment: {TOKEN: \"\\x63c4n4ry\"}\n    image: a\n",
            "{set: services.app.image, value: b}",
        ),
    ] {
        let rules = format!("config: [{{edit: {{file: {file}, changes: [{change}]}}}}]");
        let mut world = World::new("", &[&rules]);
        text_file(&mut world.survey, file, text);
        if text.contains("TOKEN") {
            variable(&mut world.survey, "TOKEN", file, 1, "otherwise-read");
        }
        let told = told(&world);
        assert!(told.contains(MASK), "{told}");
        assert!(!told.contains("c4n4ry"), "{text}\n{told}");
    }
}

/// A rule about an address, in a file that holds it.
fn address(text: &str, means: &str, secret: bool) -> String {
    let rules = format!(
        "environment: [{{rewrite: {{name: DB, secret: {secret}, match: '^old:', with: 'new:'}}}}]"
    );
    let mut world = World::new("", &[&rules]);
    text_file(&mut world.survey, ".env", text);
    variable(&mut world.survey, "DB", ".env", 1, means);
    told(&world)
}

#[test]
fn of_an_address_the_password_alone_is_hidden_and_nothing_where_there_is_none() {
    let told = address("DB=old:///./app.db\n", "old:///./app.db", false);
    assert!(told.contains("old:///./app.db") && told.contains("new:///./app.db"));
    assert!(!told.contains(MASK), "{told}");
    let url = "old://app:c4n4ry@db/app";
    for written in [
        url.to_owned(),
        format!("'{url}' # ours"),
        format!("\"{url}\""),
    ] {
        let told = address(&format!("DB={written}\n"), url, false);
        let shown = format!("://app:{MASK}@db/app");
        assert!(told.contains(&format!("old{shown}")), "{told}");
        assert!(told.contains(&format!("new{shown}")), "{told}");
        assert!(!told.contains("c4n4ry"), "{told}");
    }
}

#[test]
fn an_address_that_holds_a_secret_elsewhere_or_that_a_rule_calls_secret_is_hidden_whole() {
    for url in [
        "old://db/app?password=c4n4ry",
        "old://app:c4n/4ry@db",
        "old:c4n4ry",
    ] {
        let told = address(&format!("DB={url}\n"), url, false);
        assert!(told.contains(MASK), "{told}");
        assert!(!told.contains("4ry") && !told.contains("c4n"), "{told}");
    }
    let told = address("DB=old://c4n4ry\n", "old://c4n4ry", true);
    assert!(told.contains(MASK) && !told.contains("c4n4ry"), "{told}");
}

#[test]
fn what_a_rule_makes_of_a_secret_is_hidden_as_it_is_written_too() {
    let rules = "environment: [{rewrite: {name: TOKEN, match: '^(.*)-(.*)$', with: '$2{{to}}$1'}}]";
    let mut world = World::new("", &[rules]);
    text_file(&mut world.survey, ".env", "TOKEN=pa$$c4n4ry-more\n");
    variable(&mut world.survey, "TOKEN", ".env", 1, "pa$c4n4ry-more");
    let told = told(&world);
    assert!(told.contains(MASK) && !told.contains("c4n4ry"), "{told}");
}

#[test]
fn where_a_secret_comes_from_is_none() {
    let rules =
        "config: [{edit: {file: a.yaml, changes: [{set: secret, value: '${KEY}', secret: true}]}}]";
    let mut world = World::new("", &[rules]);
    text_file(
        &mut world.survey,
        "a.yaml",
        "secret: ${OLD_KEY}\ntrue: ${KEY}\n",
    );
    let told = told(&world);
    assert!(
        told.contains("${OLD_KEY}") && told.contains("${KEY}"),
        "{told}"
    );
}

/// A merge of three texts by this rule.
fn merging(rule: &str, [old, new, own]: [&str; 3]) -> World {
    let rules = format!(
        "config: [{{merge: {{file: app.yaml, old: [{{file: o}}], new: [{{file: n}}], {rule}}}}}]"
    );
    let mut world = World::new("", &[&rules]);
    text_file(&mut world.survey, "app.yaml", own);
    let texts = StockTexts {
        old: Ok(old.to_owned()),
        new: Ok(new.to_owned()),
    };
    world.survey.stock.insert((0, rel("app.yaml")), texts);
    world
}

#[test]
fn a_secret_of_a_merged_file_is_hidden_beside_what_changes() {
    let own = "key: c4n4ry-and-more\nrpm: 1\n";
    let world = merging(
        "secret: [key]",
        ["key: x\nrpm: 1\n", "key: x\nrpm: 2\n", own],
    );
    let told = told(&world);
    assert!(
        told.contains("rpm: 2") && !told.contains("c4n4ry"),
        "{told}"
    );
}

#[test]
fn a_text_with_a_secret_is_not_made_longer_in_a_plan() {
    let own = "key: |\n  c4n4ry-line\n  more\n";
    for (rule, token) in [
        ("secret: [key]", "other"),
        ("optional: true", "c4n4ry-line"),
    ] {
        let mut world = merging(rule, ["key: a\n", "key: |\n  a\n  b\n", own]);
        variable(&mut world.survey, "TOKEN", ".env", 1, token);
        let assessment = assess(world.case());
        let said = format!("{:?}", assessment.findings);
        assert!(said.contains("both is not offered"), "{said}");
        assert!(!said.contains("c4n4ry"), "{said}");
    }
}

#[test]
fn a_line_of_code_is_cut_after_its_secret_is_hidden() {
    let rules = "usages: [{in: [a.js], search: url, remedy: Write it anew.}]";
    let mut world = World::new("", &[rules]);
    let long = "c4n4ry-".repeat(30);
    variable(&mut world.survey, "TOKEN", ".env", 1, &long);
    world.survey.usages = vec![UsageHit {
        rule: ids::usage("h1", 0),
        file: "a.js".into(),
        line: 1,
        text: format!("url = '{long}'; {}", "x".repeat(500)),
    }];
    let plan = world.plan_by(&assess(world.case())).expect("a plan");
    let text = &plan.usages[0].text;
    assert!(text.contains(MASK) && !text.contains("c4n4ry"), "{text}");
    assert_eq!(text.chars().count(), 200);
}

#[test]
fn a_question_hides_a_secret_before_it_is_cut() {
    let long = "c4n4ry-".repeat(12);
    let own = format!("url: http://{long}@h\n");
    let guard = "guard: [{key: url, strict: none, because: why}]";
    for rule in ["optional: true", guard] {
        let mut world = merging(rule, ["url: a\n", "url: b\n", &own]);
        variable(&mut world.survey, "TOKEN", ".env", 1, &long);
        let assessment = assess(world.case());
        let asked = assessment.findings.iter();
        let asked: Vec<_> = asked
            .filter(|one| matches!(one.safety, Safety::Decide { .. }))
            .collect();
        let said = format!("{asked:?}");
        assert!(said.contains(MASK) && !said.contains("c4n4ry"), "{said}");
    }
}

#[test]
fn a_hidden_value_that_changes_says_so() {
    let rules = "environment: [{rewrite: {name: TOKEN, secret: true, match: '^a', with: 'b'}}]";
    let mut world = World::new("", &[rules]);
    text_file(&mut world.survey, ".env", "TOKEN=a-c4n4ry\nA=1\n");
    variable(&mut world.survey, "TOKEN", ".env", 1, "a-c4n4ry");
    let assessment = assess(world.case());
    let shown = preview(world.case(), &assessment, |file| (file.before, file.after));
    let [(before, after)] = &shown[..] else {
        panic!("{shown:?}");
    };
    assert_eq!(before, &format!("TOKEN={MASK}\nA=1\n"));
    assert_eq!(
        after,
        &format!("TOKEN={MASK}  (hidden, and it changes)\nA=1\n")
    );
}

#[test]
fn no_secret_is_in_a_plan() {
    let keep = RENAME.replace("environment: [", "environment: [{keep: {name: URL}}, ");
    let rules = format!("{keep}\nverify: []");
    let env = "OLD=c4n4ry-old\nTOKEN=c4n4ry-token\nURL=http://u:c4n4ry-token@h\n";
    let mut world = World::new(
        env,
        &[&rules.replace("required: true", "required: true, secret: true")],
    );
    world
        .answers
        .insert("new".into(), Secret::new("c4n4ry-answer"));
    let json = serde_json::to_string(&world.plan().expect("a plan")).expect("JSON");
    assert!(!json.contains("c4n4ry"), "{json}");
    let told = format!("{:?}", world.assess().findings);
    assert!(!told.contains("c4n4ry"), "{told}");
    // With a bare digest of the whole file, guesses could be verified.
    assert!(json.contains(".env") && !json.contains(Digest::of(env.as_bytes()).as_str()));
    let previews = preview(world.case(), &world.assess(), |file| file);
    assert!(!format!("{previews:?}").contains("c4n4ry"), "{previews:?}");
}

#[test]
fn what_a_rule_makes_of_a_secret_is_as_secret() {
    let rewrite =
        "environment: [{rewrite: {name: TOKEN, match: '^v1-(\\w+)-(\\w+)$', with: 'v2:$2:$1'}}]";
    let world = World::new("TOKEN=v1-kiln-otter58\n", &[rewrite]);
    let shown = format!("{:?}", preview(world.case(), &world.assess(), |file| file));
    assert!(shown.contains(MASK), "{shown}");
    for part in ["kiln", "otter58"] {
        assert!(!shown.contains(part), "{shown}");
    }
}
