//! Things that file patterns run into: which are asked about, and which are only reported.

use super::*;
use crate::{
    model::survey::{FileState, Passed, PassedOver},
    rules::assess::is_decided,
};

const BACKUP: &str = "backup: [{files: {files: ['data/**', 'conf/*.yml']}}]";

fn link(to: &str, real: Option<&str>, folder: bool) -> Passed {
    Passed::Link {
        to: to.into(),
        real: real.map(Into::into),
        folder,
    }
}

fn found(rules: &[&str], path: &str, is: Passed) -> Vec<Finding> {
    let mut world = World::new("", rules);
    let path = path.into();
    world.survey.passed_over.insert(PassedOver { path, is });
    world.assess().findings
}

#[track_caller]
fn asked(rules: &str, path: &str, is: Passed, words: &str) {
    let findings = found(&[rules], path, is);
    let [finding] = findings.as_slice() else {
        panic!("{path}: {findings:#?}");
    };
    assert_eq!(finding.title, path);
    let Safety::Decide { question, .. } = &finding.safety else {
        panic!("{path}: {finding:#?}");
    };
    assert!(question.contains(words), "no `{words}` in: {question}");
    assert!(!is_decided(finding, None));
    let left_out = Decision::Choose("leave_out".to_owned());
    assert!(is_decided(finding, Some(&left_out)));
}

#[test]
fn what_would_not_be_saved_stops_a_plan_until_somebody_leaves_it_out() {
    let outside = link("/mnt/big", Some("/mnt/big"), true);
    asked(
        BACKUP,
        "data",
        outside.clone(),
        "would not be in the backup",
    );
    asked(BACKUP, "data", link("/mnt/big", None, false), "mount what");
    asked(BACKUP, "data/sub", outside, "put the folder itself");
    let file = |to| link(to, Some(to), false);
    asked(
        BACKUP,
        "data/x.db",
        file("/mnt/x.db"),
        "put the file itself",
    );
    // If no pattern saves the target under its own name, it is asked about.
    asked(BACKUP, "conf/a.yml", file("/srv/app/shared/a.yml"), "link");
    asked(
        BACKUP,
        "data",
        link("store", Some("/srv/app/store"), true),
        "link",
    );
    // Nor does a pattern help that descends there but matches other files.
    asked(
        "backup: [{files: {files: ['data/**', '**/*.yml']}}]",
        "data",
        link("storage/data", Some("/srv/app/storage/data"), true),
        "would not be in the backup",
    );
    asked(
        BACKUP,
        "data/d",
        Passed::Other { what: "a device" },
        "a device",
    );
    asked(BACKUP, "data/x\u{fffd}y", Passed::Name, "rename it");
    // If there are very many, the rest is only counted, and what it contains is unknown.
    let rest = Passed::More { count: 99_000 };
    asked(BACKUP, "data", rest, "99000 more below it");
}

#[test]
fn what_is_saved_under_another_name_or_holds_nothing_is_told() {
    let data = |name: &str| format!("/srv/app/data/{name}");
    for is in [
        link("v3", Some(&data("v3")), true),
        link("x.db", Some(&data("x.db")), false),
        Passed::Pipe { what: "a socket" },
    ] {
        let findings = found(&[BACKUP], "data/current", is);
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert_eq!(findings[0].safety, Safety::Nothing);
        assert_eq!(findings[0].title, "data/current");
        assert!(findings[0].summary.contains("not saved"), "{findings:#?}");
    }
}

#[test]
fn what_no_rule_means_is_not_told() {
    let outside = || link("/mnt/big", Some("/mnt/big"), true);
    let off = "backup: [{files: {files: ['data/**'], when: {dir: none}}}]";
    let optional = "config: [{replace: {files: 'data/**', match: a, with: b, optional: true}}]";
    assert!(found(&[off], "data", outside()).is_empty());
    for finding in found(&[optional], "data", outside()) {
        assert_ne!(finding.kind, FindingKind::LeftOut, "{finding:#?}");
    }
    let rest = Passed::More { count: 99_000 };
    assert!(found(&[BACKUP], "logs", rest).is_empty());
    // A pattern that leads everywhere does not make a question of each link to a program.
    let all = "backup: [{files: {files: ['**/*.yml']}}]";
    let file = link("/usr/bin/x", Some("/usr/bin/x"), false);
    assert!(found(&[all], "bin/x", file).is_empty());
    assert!(found(&[all], "bin/x", link("gone", None, false)).is_empty());
    let pnpm = link("../.pnpm/x", Some("/srv/app/.pnpm/x"), true);
    assert!(found(&[all], "node_modules/x", pnpm).is_empty());
    asked(all, "node_modules/x", outside(), "put the folder itself");
}

#[test]
fn a_link_in_the_way_of_what_is_replaced_or_applied_is_asked_about() {
    let outside = || link("/mnt/big", Some("/mnt/big"), true);
    let replace = "config: [{replace: {files: 'conf/*.yml', match: a, with: b}}]";
    let findings = found(&[replace], "conf", outside());
    let asked = |f: &&Finding| matches!(f.safety, Safety::Decide { .. });
    let questions: Vec<&Finding> = findings.iter().filter(asked).collect();
    assert_eq!(questions.len(), 1, "{findings:#?}");
    assert!(questions[0].summary.contains("not changed"));

    let migrate = "apply: [{id: m, title: M, do: {migrate: {folder: sql, database: DB}}}]";
    let findings = found(&[migrate], "sql", outside());
    let questions: Vec<&Finding> = findings.iter().filter(asked).collect();
    assert_eq!(questions.len(), 1, "{findings:#?}");
    assert!(questions[0].summary.contains("not applied"));
}

#[test]
fn a_picture_among_the_texts_that_are_replaced_is_left_out_once_for_all_rules() {
    let logo = "config: [{replace: {files: 'templates/**', match: a, with: b}}, {replace: {files: '**/logo.png', match: c, with: d}}]";
    let mut world = World::new("", &[logo]);
    let why = "not UTF-8 text".to_owned();
    let file = rel("templates/logo.png");
    world.survey.files.insert(file, FileState::Unusable { why });
    text_file(&mut world.survey, "templates/page.html", "a\n");
    let findings = world.assess().findings;
    let asked = |f: &&Finding| matches!(f.safety, Safety::Decide { .. });
    let questions: Vec<&Finding> = findings.iter().filter(asked).collect();
    assert_eq!(questions.len(), 1, "{findings:#?}");
    assert_eq!(questions[0].title, "templates/logo.png");
    let left_out = Decision::Choose("leave_out".to_owned());
    assert!(!is_decided(questions[0], None) && is_decided(questions[0], Some(&left_out)));
    let changed = findings.iter().find(|f| f.kind == FindingKind::Text);
    assert_eq!(changed.map(|f| f.changes.len()), Some(1), "{findings:#?}");
}

#[test]
fn it_is_asked_once_however_many_hops_save_it() {
    let is = link("/mnt/big", Some("/mnt/big"), true);
    assert_eq!(found(&[BACKUP, BACKUP], "data", is).len(), 1);
}

#[test]
fn many_are_asked_about_together() {
    let mut world = World::new("", &[BACKUP]);
    let entry = |n| PassedOver {
        path: format!("data/{n:03}").into(),
        is: Passed::Name,
    };
    world.survey.passed_over = (0..50).map(entry).collect();
    let findings = world.assess().findings;
    assert_eq!(findings.len(), 21);
    assert_eq!(findings[20].title, "30 more");
    let ids: std::collections::BTreeSet<_> = findings.iter().map(|f| &f.id).collect();
    assert_eq!(ids.len(), 21);
}
