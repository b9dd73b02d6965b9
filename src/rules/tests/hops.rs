//! Several hops: each finds what those before it leave.

use super::*;

#[test]
fn a_later_hop_sees_what_an_earlier_one_leaves() {
    let first = "environment: [{rename: {from: A, to: B}}]";
    let second = "environment: [{rename: {from: B, to: C}}]";
    let world = World::new("A=1\n", &[first, second]);
    let findings = world.assess().findings;
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|f| f.kind == FindingKind::Renamed));
    let previews = preview(world.case(), &world.assess(), |file| file);
    assert_eq!(previews[0].after, "C=1\n");
}

#[test]
fn a_change_that_was_made_is_not_found_again() {
    let rules = "
environment:
  - rename: {from: OLD, to: NEW, required: true, valid: {min_length: 4}, input: new}
  - rewrite: {name: URL, match: '^a:', with: 'b:'}
  - add: {name: MORE, value: x, required: true}
  - remove: {name: GONE}
config:
  - edit: {file: app.ini, changes: [{rename: k, to: l}, {default: m, value: 1}, {remove: n}]}
inputs: {new: {ask: new?, secret: true}}";
    for env in [
        "",
        "OLD=good\nURL=a:1\nGONE=1\n",
        "OLD=bad\nNEW=bad\nMORE=y\n",
        "OLD=good\nNEW=good\nURL=b:1\n",
    ] {
        let mut world = World::new(env, &[rules]);
        text_file(&mut world.survey, "app.ini", "k=1\nn=2\n");
        world
            .answers
            .insert("new".into(), Secret::new("a good answer"));
        world.after();
        let again = world.assess();
        let left: Vec<_> = again
            .findings
            .iter()
            .filter(|f| !f.changes.is_empty())
            .collect();
        assert!(left.is_empty(), "{env:?} {left:#?}");
    }
}

#[test]
fn a_later_hop_judges_what_an_earlier_one_really_writes() {
    let add = "environment: [{add: {name: DATA, value: '{{root}}/data-{{to}}', required: true}}]";
    let rename = "environment: [{rename: {from: DATA, to: DIR, valid: {pattern: '^/.*-1.0.0$'}}}]";
    let world = World::new("", &[add, rename]);
    let found = world.assess().findings;
    assert!(
        found
            .iter()
            .all(|one| matches!(one.safety, Safety::Safe { .. })),
        "{found:#?}"
    );
    assert!(world.plan().is_ok());
}

#[test]
fn a_release_stands_behind_a_group_of_a_pattern() {
    let rules = "environment: [{rewrite: {name: IMAGE, match: '^(notes:)[0-9.]+$', with: '$1{{to}}'}}]
config:
- replace: {files: compose.yml, match: '(image: notes:)[0-9.]+', with: '$1{{to}}'}
- edit: {file: app.yaml, changes: [{rewrite: image, match: '^(notes:).*$', with: '$1{{input.tag}}'}]}
inputs: {tag: {ask: Which?, default: 7-$1}}";
    let mut world = World::new("IMAGE=notes:0.9\n", &[rules]);
    text_file(&mut world.survey, "compose.yml", "image: notes:0.9\n");
    text_file(&mut world.survey, "app.yaml", "image: notes:0.9\n");
    let after = preview(world.case(), &assess(world.case()), |file| file.after);
    assert_eq!(
        after,
        [
            "IMAGE=notes:1.0.0\n",
            "image: notes:1.0.0\n",
            "image: notes:7-$1\n"
        ]
    );
    let rules =
        "environment: [{rewrite: {name: TOKEN, match: '^v1-(\\w+)-(\\w+)$', with: '$2{{to}}$1'}}]";
    let world = World::new("TOKEN=v1-kiln-otter58\n", &[rules]);
    let after = preview(world.case(), &assess(world.case()), |file| file.after);
    assert_eq!(after, [format!("TOKEN={MASK}  (hidden, and it changes)\n")]);
}

#[test]
fn a_manual_check_that_two_hops_include_is_asked_once_and_names_both_releases() {
    let asked = "checklist:
- {id: read, title: Read, probe: {manual: {text: 'Read {{to}}.'}}}
- {id: tell, title: Tell, probe: {manual: {text: 'Tell {{from}} from {{to}}.'}}}\n";
    let own = "checklist: [{id: read, title: Read, probe: {manual: {text: 'Tell all.'}}}]\n";
    let plan = World::new("", &[asked, asked, own]).plan().expect("a plan");
    let texts: Vec<_> = plan.checklist.iter().map(|one| &one.check.probe).collect();
    let manual = |text: &str| crate::model::rule::Probe::Manual { text: text.into() };
    assert_eq!(
        texts,
        [
            &manual("Read 1.0.0 and 2.0.0."),
            &manual("Tell 0.0.0 from 1.0.0. Tell 1.0.0 from 2.0.0."),
            &manual("Tell all.")
        ]
    );
}
