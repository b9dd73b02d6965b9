//! The laws of findings and plans, over small products and rules written as a pack writes them.

mod ends;
mod merge;
mod secrets;

use super::{
    assess::{Assessment, Case, assess, assess_with, taken_changes},
    compose::{Open, PlanError, Seal, make_plan},
    condition::Answers,
    drift::drift,
    pack::LoadedHop,
    path::{Path, PathHop},
    preview::{pieces_with, preview, preview_with},
    testing::{LINES, rel, survey, text_file, variable},
};
use crate::{
    model::{
        digest::Digest,
        finding::{Decision, Finding, FindingKind, Safety},
        ids::{InputName, RuleId},
        path::RelPath,
        plan::Plan,
        release::Release,
        rule::{Hop, Pack},
        survey::{Stands, Survey},
        text::Secret,
    },
    redact::MASK,
};
use std::{collections::BTreeMap, time::Instant};

/// Everything a case borrows.
struct World {
    pack: Pack,
    pack_files: BTreeMap<RelPath, String>,
    hops: Vec<LoadedHop>,
    path: Path,
    survey: Survey,
    answers: Answers,
    variants: BTreeMap<String, String>,
    decisions: BTreeMap<RuleId, Decision>,
}

const PACK: &str = "
schema: 1
product: app
title: App
releases: semver
recognise: {file: {path: .env}}
detect: []
environment: [{process: {}}, {dotenv: {file: .env}}, {compose: {file: compose.yml, service: app}}]
write_to: {dotenv: {file: .env}}
prefixes: [APP_]
known: [APP_PORT]
secrets: [TOKEN]
addresses: [DB]
";

impl World {
    /// A product with these lines in `.env`, and hops with these rules.
    fn new(env: &str, hops: &[&str]) -> Self {
        let mut survey = survey();
        text_file(&mut survey, ".env", env);
        see_variables(&mut survey, env);
        let hops: Vec<LoadedHop> = hops
            .iter()
            .enumerate()
            .map(|(n, rules)| {
                let text = format!(
                    "schema: 1\nfrom: '>=0.1'\nto: {}.0.0\ntitle: hop\n{rules}",
                    n + 1
                );
                let hop: Hop = serde_saphyr::from_str(&text).expect("rules that can be read");
                let file = format!("h{}.yaml", n + 1);
                LoadedHop {
                    file,
                    hop: hop.into(),
                }
            })
            .collect();
        let release = |n: usize| Release::try_from(format!("{n}.0.0")).expect("a release");
        let path = Path {
            from: release(0),
            to: release(hops.len()),
            hops: (0..hops.len())
                .map(|n| PathHop {
                    file: hops[n].file.clone(),
                    title: "hop".into(),
                    from: release(n),
                    to: release(n + 1),
                    why: "because".into(),
                })
                .collect(),
        };
        Self {
            pack: serde_saphyr::from_str(PACK).expect("a pack that can be read"),
            pack_files: BTreeMap::new(),
            hops,
            path,
            survey,
            answers: Answers::new(),
            variants: BTreeMap::new(),
            decisions: BTreeMap::new(),
        }
    }

    fn case(&self) -> Case<'_> {
        Case {
            pack: &self.pack,
            pack_files: &self.pack_files,
            hops: &self.hops,
            path: &self.path,
            survey: &self.survey,
            answers: &self.answers,
            variants: &self.variants,
            decisions: &self.decisions,
        }
    }

    fn assess(&self) -> Assessment {
        assess_with(self.case(), LINES)
    }

    fn plan(&self) -> Result<Plan, PlanError> {
        self.plan_by(&self.assess())
    }

    fn plan_by(&self, assessment: &Assessment) -> Result<Plan, PlanError> {
        let seal = Seal {
            program: "1",
            pack: &Digest::of(b"pack"),
            host: "host",
            key: b"key",
            how: &BTreeMap::new(),
        };
        make_plan(self.case(), assessment, &seal)
    }

    /// The product after the changes that are taken now, answers filled in.
    fn after(&mut self) {
        let previews = preview_with(self.case(), &self.assess(), LINES, |file| file);
        for file in previews {
            let mut text = file.after;
            for (name, answer) in &self.answers {
                text = text.replace(&format!("{{{{input.{name}}}}}"), answer.expose());
            }
            text_file(&mut self.survey, file.file.as_str(), &text);
            if file.file.as_str() == ".env" {
                self.survey.variables.clear();
                see_variables(&mut self.survey, &text);
            }
        }
    }
}

fn see_variables(survey: &mut Survey, env: &str) {
    for (n, line) in env.lines().enumerate() {
        if let Some((name, value)) = line.split_once('=') {
            variable(survey, name, ".env", n + 1, value);
        }
    }
}

fn only(assessment: &Assessment) -> &Finding {
    match assessment.findings.as_slice() {
        [finding] => finding,
        other => panic!("one finding is expected, not {other:?}"),
    }
}

const RENAME: &str = "environment: [{rename: {from: OLD, to: NEW, required: true, \
                      valid: {min_length: 4}, input: new}}]\ninputs: {new: {ask: new?, secret: true}}";

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

/// The variable gets its value from this line of the compose file, which stands for it so.
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
        let previews = preview_with(world.case(), &assessment, LINES, |file| file);
        assert_eq!(previews[0].after, "A=1\nNEW=good\nB=2\n");
    }
}

#[test]
fn a_piece_is_what_one_finding_alone_changes_taken_or_not() {
    let rules = "environment:
  - rename: {from: A, to: B}
  - add: {name: C, value: c, doubt: why}
  - remove: {name: D}
  - rename: {from: E, to: F}";
    let env = "A=1\nD=1\nE=1\nF=2\n";
    let world = World::new(env, &[rules]);
    let pieces = pieces_with(world.case(), &world.assess(), LINES, Some);
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
fn a_later_hop_sees_what_an_earlier_one_leaves() {
    let first = "environment: [{rename: {from: A, to: B}}]";
    let second = "environment: [{rename: {from: B, to: C}}]";
    let world = World::new("A=1\n", &[first, second]);
    let findings = world.assess().findings;
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|f| f.kind == FindingKind::Renamed));
    let previews = preview_with(world.case(), &world.assess(), LINES, |file| file);
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
    world
        .survey
        .files
        .insert(rel("x.txt"), crate::model::survey::FileState::Absent);
    let plan = world.plan().expect("a plan");
    assert_eq!(plan, world.plan().expect("a plan"));
    let json = serde_json::to_string(&plan).expect("a plan as JSON");
    let back: Plan = serde_json::from_str(&json).expect("the plan again");
    assert_eq!(back, plan);
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
    // A bare digest of the whole file would let guesses at it be tried.
    assert!(json.contains(".env") && !json.contains(Digest::of(env.as_bytes()).as_str()));
    let previews = preview_with(world.case(), &world.assess(), LINES, |file| file);
    assert!(!format!("{previews:?}").contains("c4n4ry"), "{previews:?}");
}

#[test]
fn what_a_rule_makes_of_a_secret_is_as_secret() {
    let rewrite =
        "environment: [{rewrite: {name: TOKEN, match: '^v1-(\\w+)-(\\w+)$', with: 'v2:$2:$1'}}]";
    let world = World::new("TOKEN=v1-kiln-otter58\n", &[rewrite]);
    let shown = format!(
        "{:?}",
        preview_with(world.case(), &world.assess(), LINES, |file| file)
    );
    assert!(shown.contains(MASK), "{shown}");
    for part in ["kiln", "otter58"] {
        assert!(!shown.contains(part), "{shown}");
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
