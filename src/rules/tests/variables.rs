//! What is found about variables, and where they are written.

use super::*;
use crate::rules::assess::answers_with_defaults;

#[test]
fn a_default_may_speak_of_an_input_that_stands_behind_it() {
    let inputs = "inputs: {a: {ask: A?, default: 'x{{input.b}}'}, b: {ask: B?, default: '{{input.c}}'}, \
                  c: {ask: C?, default: '1'}}";
    let world = World::new("", &[inputs]);
    let answers = answers_with_defaults(world.case());
    let a = answers.get(&InputName::new("a")).map(Secret::expose);
    assert_eq!(a, Some("x1"));
}

#[test]
fn every_state_of_a_variable_has_its_finding() {
    use FindingKind::*;
    let rewrite = "environment: [{rewrite: {name: URL, match: '^a:', with: 'b:'}}]";
    let add = "environment: [{add: {name: NEW, value: x, required: true}}]";
    let doubted = "environment: [{add: {name: NEW, value: x, doubt: nobody reads it}}]";
    let keep = "environment: [{keep: {name: NEW, valid: {one_of: [a]}}}]";
    let remove = "environment: [{remove: {name: OLD}}]";
    for (env, rules, kind, changes) in [
        ("OLD=good\n", RENAME, Renamed, 1),
        ("OLD=bad\n", RENAME, Renamed, 2),
        ("NEW=good\n", RENAME, AlreadyDone, 0),
        ("NEW=bad\n", RENAME, Invalid, 1),
        ("OLD=good\nNEW=good\n", RENAME, StillSet, 1),
        ("OLD=good\nNEW=other\n", RENAME, BothSet, 3),
        ("", RENAME, Missing, 1),
        ("URL=a:1\n", rewrite, Rewritten, 1),
        ("URL=b:1\n", rewrite, AlreadyDone, 0),
        ("", rewrite, Unchanged, 0),
        ("", add, Missing, 1),
        ("NEW=\n", add, Missing, 1),
        ("NEW=y\n", add, AlreadyDone, 0),
        ("", doubted, Addition, 1),
        ("NEW=a\n", keep, Unchanged, 0),
        ("NEW=b\n", keep, Invalid, 0),
        ("OLD=1\n", remove, StillSet, 1),
        ("", remove, AlreadyDone, 0),
        ("APP_PROT=1\n", "", Unknown, 0),
    ] {
        let assessment = World::new(env, &[rules]).assess();
        let finding = only(&assessment);
        assert_eq!(finding.kind, kind, "{env:?} {rules}");
        assert_eq!(finding.changes.len(), changes, "{env:?} {finding:#?}");
        assert!(!finding.summary.is_empty(), "{finding:#?}");
    }
}

#[test]
fn a_doubted_addition_is_never_written_unasked() {
    let rules = "environment: [{add: {name: NEW, value: x, required: true, doubt: why}}]";
    let mut world = World::new("", &[rules]);
    let finding = only(&world.assess()).clone();
    assert_eq!(finding.safety, Safety::OptIn);
    assert_eq!(taken_changes(&finding, None).count(), 0);
    world.decisions.insert(finding.id, Decision::Take);
    let steps = world.plan().expect("a plan").steps;
    assert_eq!(steps.len(), 1);
}

#[test]
fn a_value_that_wins_elsewhere_is_changed_by_a_person() {
    let rules = "environment: [{rewrite: {name: URL, match: '^a:', with: 'b:'}}]";
    let mut world = World::new("URL=a:1\n", &[rules]);
    variable(&mut world.survey, "URL", "compose.yml", 7, "a:2");
    let assessment = world.assess();
    let finding = only(&assessment);
    assert!(
        finding.summary.contains("compose.yml, line 7"),
        "{finding:#?}"
    );
    assert!(finding.sources[1].wins && !finding.sources[0].wins);
    let error = world.plan().expect_err("nobody said that it was changed");
    assert!(error.to_string().contains("by_hand"), "{error}");
}

/// Sets the variable from this line of the compose file, which passes it on in this way.
fn see_in_compose(world: &mut World, name: &str, value: &str, stands: Stands) {
    variable(&mut world.survey, name, "compose.yml", 7, value);
    let seen = world.survey.variables.get_mut(name).expect("just seen");
    seen.sightings.last_mut().expect("just seen").stands = stands;
}

#[test]
fn what_gives_way_to_our_file_is_written_there() {
    let mut world = World::new("", &[RENAME]);
    see_in_compose(&mut world, "NEW", "bad", Stands::Default);
    let finding = only(&world.assess()).clone();
    assert_eq!(finding.kind, FindingKind::Invalid);
    assert_eq!(finding.safety, Safety::Safe { optional: false });
    assert_eq!(finding.changes[0].file, rel(".env"));
}

#[test]
fn a_name_that_only_passes_the_old_one_on_is_renamed_in_place() {
    for stands in [Stands::Default, Stands::As("OLD".into())] {
        let mut world = World::new("A=1\nOLD=good\nB=2\n", &[RENAME]);
        see_in_compose(&mut world, "NEW", "good", stands);
        let assessment = world.assess();
        assert_eq!(only(&assessment).kind, FindingKind::Renamed);
        let previews = preview(world.case(), &assessment, |file| file);
        assert_eq!(previews[0].after, "A=1\nNEW=good\nB=2\n");
    }
}

#[test]
fn half_a_feature_is_a_finding() {
    let rules =
        "environment: [{optional: {name: A, feature: f}}, {optional: {name: B, feature: f}}]";
    let kinds = |env: &str| -> Vec<FindingKind> {
        let found = World::new(env, &[rules]).assess().findings;
        found.iter().map(|finding| finding.kind).collect()
    };
    assert_eq!(kinds(""), [FindingKind::Addition; 2]);
    assert_eq!(
        kinds("A=1\n"),
        [FindingKind::HalfSet, FindingKind::Unchanged]
    );
    assert_eq!(kinds("A=1\nB=1\n"), [FindingKind::Unchanged; 2]);
}

#[test]
fn an_unknown_name_is_told_the_nearest_one() {
    let assessment = World::new("APP_PROT=1\n", &[""]).assess();
    assert!(only(&assessment).summary.contains("APP_PORT"));
}

#[test]
fn a_variable_that_a_text_of_the_pack_is_filled_from_is_known() {
    let rules =
        "verify: [{id: a, title: A, probe: {port: {port: '{{env.APP_LISTEN}}', open: true}}}]";
    let mut world = World::new("APP_LISTEN=1\nAPP_DB=2\nAPP_OTHER=3\n", &[rules]);
    let database = "databases: {main: {redis: {url: 'redis://{{env.APP_DB | a}}'}}}";
    world.pack = serde_saphyr::from_str(&format!("{PACK}{database}")).expect("a pack");
    assert_eq!(only(&world.assess()).title, "APP_OTHER");
}
