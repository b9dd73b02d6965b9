//! Turns an assessment with its decisions and answers into a plan: ordered steps, what is backed up
//! and checked, what a way back does, and the digests of everything the plan was made from.
//!
//! Each hop contributes its `before` steps, one step for each touched file, then its `apply` steps.
//! Verify holds the checks of the last hop only, because those of an earlier hop are about a
//! release that no longer runs; whatever has to hold between two hops is a `wait` step of the
//! earlier one. The way back runs the hops in reverse. Where two entries have the same id and text
//! (from a file that both hops include), one is kept.

mod checkouts;
mod checks;
mod error;
mod flags;
mod losses;
mod migrations;
mod piece;
mod services;
pub(in crate::rules) mod stages;
mod steps;
mod switch;
mod usages;
mod world;

pub use error::{Open, PlanError};
use piece::Part;
pub(super) use world::{fingerprint, sealed};

use super::{
    assess::{Assessment, Case, answers_with_defaults, find_input},
    condition::{Facts, applies},
    ids, mask, variants,
};
use crate::model::{
    digest::Digest,
    ids::{CheckId, InputName, RuleId},
    plan::{
        Answered, PLAN_FORMAT, Plan, PlanHop, PlanInput, PlannedCheck, PlannedRollback, PlannedStep,
    },
    rule::{Check, Hint, Hop, Note, Rollback, Step},
    template::{Name, Template},
};
use checks::Checks;
use std::collections::{BTreeMap, BTreeSet};

/// What a plan is bound to besides the rules and the survey.
#[derive(Clone, Copy, Debug)]
pub struct Seal<'s> {
    pub program: &'s str,
    pub pack: &'s Digest,
    pub host: &'s str,
    /// Secret of this state folder: it makes digests of variables and files useless elsewhere.
    pub key: &'s [u8],
    pub how: &'s BTreeMap<InputName, Answered>,
}

pub fn make_plan(case: Case, assessment: &Assessment, seal: &Seal) -> Result<Plan, PlanError> {
    let answers = answers_with_defaults(case);
    let facts = case.facts(&answers);
    let made = Made { case, facts };
    let variants = variants::judge(case.pack, &facts).into_iter();
    let unclear = variants.filter(|variant| variant.chosen.is_none());
    let mut open: Vec<Open> = unclear.map(Open::Variant).collect();
    open.extend(error::open(case, assessment, &answers));
    open.extend(services::without_a_way(made));
    open.extend(switch::unclear(made));
    open.extend(losses::unclear(made));
    if !open.is_empty() {
        return Err(PlanError::Open(open));
    }
    let redactor = mask::redactor(case, assessment);
    let mut steps = steps::steps(made, assessment);
    let rollback = rollback(made, &steps);
    steps::settle_ends(made, &mut steps, &rollback.steps);
    Ok(Plan {
        format: PLAN_FORMAT,
        program: seal.program.to_owned(),
        product: case.pack.product.clone(),
        title: case.pack.title.clone(),
        pack: seal.pack.clone(),
        signed: None,
        host: seal.host.to_owned(),
        root: case.survey.root.clone(),
        from: case.path.from.clone(),
        to: case.path.to.clone(),
        hops: hops(case),
        targets: world::targets(case, seal.key, steps.iter().chain(&rollback.steps)),
        variables: world::variables(case, seal.key),
        findings: assessment.findings.clone(),
        decisions: decisions(case, assessment),
        inputs: inputs(made, assessment, seal),
        variants: chosen(case),
        services: services::services(made),
        databases: case.pack.databases.clone(),
        checklist: made.checks(|hop| &hop.checklist),
        backup: world::backup(made, steps.iter().chain(&rollback.steps)),
        steps,
        verify: verify(made),
        rollback,
        emergency: emergency(made),
        hints: hints(made),
        notes: notes(made),
        usages: usages::found(case, &redactor),
        usages_after: usages::after(case, assessment, &redactor),
        remedies: usages::remedies(case),
    })
}

/// What every part of a plan is made from.
#[derive(Clone, Copy)]
struct Made<'a> {
    case: Case<'a>,
    facts: Facts<'a>,
}

impl<'a> Made<'a> {
    fn stem(&self, hop: usize) -> &'a str {
        ids::stem(&self.case.path.hops[hop].file)
    }

    /// Fills in a text for people: the releases of its hop, and the answers that are not secret.
    fn asked(&self, hop: usize, text: &str) -> String {
        let text = self.case.path.hops[hop].fill(text);
        let Ok(template) = Template::parse(&text) else {
            return text;
        };
        template.render_known(|name| match name {
            Name::Input(name) => {
                let name = InputName::new(name.as_str());
                find_input(self.case, &name).filter(|input| !input.secret)?;
                Some(self.facts.answers.get(&name)?.expose().to_owned())
            }
            Name::Env(_) | Name::Root | Name::Backup | Name::From | Name::To | Name::Stage(_) => {
                None
            }
        })
    }

    /// The checks of every hop that apply.
    fn checks(&self, of: impl Fn(&'a Hop) -> &'a [Check]) -> Vec<PlannedCheck> {
        let mut checks = Checks::default();
        for (n, hop) in self.case.hops_on_path() {
            checks.add(self, n, of(hop));
        }
        checks.planned
    }
}

/// The name itself, or with a number: a rules file can be on the path twice.
fn free_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|n| format!("{name}#{n}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|name| !taken(name))
        .expect("there is always one more number")
}

fn hops(case: Case) -> Vec<PlanHop> {
    let hop = |hop: &super::path::PathHop| PlanHop {
        file: hop.file.clone(),
        from: hop.from.clone(),
        to: hop.to.clone(),
        title: hop.title.clone(),
        why: hop.why.clone(),
    };
    case.path.hops.iter().map(hop).collect()
}

fn decisions(
    case: Case,
    assessment: &Assessment,
) -> BTreeMap<RuleId, crate::model::finding::Decision> {
    let known: BTreeSet<&RuleId> = assessment.findings.iter().map(|f| &f.id).collect();
    let made = case.decisions.iter().filter(|(id, _)| known.contains(id));
    made.map(|(id, decision)| (id.clone(), decision.clone()))
        .collect()
}

fn inputs(made: Made, assessment: &Assessment, seal: &Seal) -> BTreeMap<InputName, PlanInput> {
    let planned = |name: &InputName, input: &crate::model::rule::Input| {
        let answer = made.facts.answers.get(name)?;
        let value = (!input.secret).then(|| answer.expose().to_owned());
        Some(PlanInput {
            ask: input.ask.clone(),
            secret: input.secret,
            how: seal.how.get(name).copied().unwrap_or(Answered::Default),
            value,
        })
    };
    let asked = assessment.inputs.iter();
    asked
        .filter_map(|asked| Some((asked.name.clone(), planned(&asked.name, &asked.input)?)))
        .collect()
}

fn chosen(case: Case) -> BTreeMap<String, String> {
    let mut variants = case.survey.variants.clone();
    variants.extend(case.variants.clone());
    variants
}

fn verify(made: Made) -> Vec<PlannedCheck> {
    let mut checks = Checks::default();
    if let Some((n, hop)) = made.case.hops_on_path().last() {
        checks.add(&made, n, &hop.verify);
        let watched = hop.watch.iter();
        let watched = watched.filter(|watch| applies(watch.when.as_ref(), &made.facts));
        checks.planned.extend(watched.map(|watch| PlannedCheck {
            id: CheckId::new(ids::check(made.stem(n), &watch.id).as_str()),
            hop: n,
            check: made.of_hops(&[n], &watch.check()),
        }));
    }
    checks.planned
}

/// The way back leads to where the whole path began. So if several hops have a step with the same
/// id, the first hop's step counts, and the checks afterwards are those of the first hop that has
/// any: a later hop's are about a release at which this way back does not end.
fn rollback(made: Made, applied: &[PlannedStep]) -> PlannedRollback {
    let mut planned = PlannedRollback::default();
    let hops = made.case.hops_on_path();
    let backs: Vec<(usize, &Rollback)> = hops
        .filter_map(|(n, hop)| Some((n, hop.rollback.as_ref()?)))
        .collect();
    for (place, (n, rollback)) in backs.iter().enumerate().rev() {
        let earlier = backs[..place].iter().flat_map(|(_, back)| &back.steps);
        let earlier: BTreeSet<&str> = earlier.map(|step| step.id.as_str()).collect();
        let own = |step: &&Step| !earlier.contains(step.id.as_str());
        let steps: Vec<Step> = rollback.steps.iter().filter(own).cloned().collect();
        steps::add(made, &mut planned.steps, *n, &steps, Part::Rollback);
        add_notes(made, &mut planned.notes, *n, &rollback.notes);
    }
    let mut checks = Checks::default();
    let mut checked = backs.iter().filter(|(_, back)| !back.checks.is_empty());
    if let Some((n, rollback)) = checked.next() {
        checks.add(&made, *n, &rollback.checks);
    }
    planned.checks = checks.planned;
    if let Some(last) = made.case.path.hops.len().checked_sub(1) {
        let steps = services::steps_at_the_end(made, applied);
        steps::add(made, &mut planned.steps, last, &steps, Part::Rollback);
    }
    planned.steps.iter_mut().for_each(|step| step.hop = 0);
    planned.checks.iter_mut().for_each(|check| check.hop = 0);
    planned
}

/// The emergency steps of the whole path; of steps with the same id, the latest hop's is kept.
fn emergency(made: Made) -> Vec<PlannedStep> {
    let mut planned = Vec::new();
    let mut seen = BTreeSet::new();
    let hops: Vec<_> = made.case.hops_on_path().collect();
    for (n, hop) in hops.into_iter().rev() {
        let fresh = |step: &&Step| seen.insert(step.id.clone());
        let steps: Vec<Step> = hop.emergency.iter().filter(fresh).cloned().collect();
        steps::add(made, &mut planned, n, &steps, Part::Emergency);
    }
    planned
}

fn hints(made: Made) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    for (n, hop) in made.case.hops_on_path() {
        for hint in &hop.hints {
            let hint = Hint {
                remedy: made.asked(n, &hint.remedy),
                ..hint.clone()
            };
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    hints
}

/// What the operator should know about this path.
pub fn notes_of(case: Case) -> Vec<Note> {
    let answers = answers_with_defaults(case);
    let facts = case.facts(&answers);
    notes(Made { case, facts })
}

fn notes(made: Made) -> Vec<Note> {
    let mut notes = Vec::new();
    for (n, hop) in made.case.hops_on_path() {
        add_notes(made, &mut notes, n, &hop.notes);
        add_notes(made, &mut notes, n, &flags::notes(&hop.apply));
        add_notes(made, &mut notes, n, &losses::notes(made, n, hop));
    }
    notes
}

/// Fills the notes in for people: see `Made::asked`.
fn add_notes(made: Made, notes: &mut Vec<Note>, hop: usize, more: &[Note]) {
    for note in more
        .iter()
        .filter(|note| applies(note.when.as_ref(), &made.facts))
    {
        let text = made.asked(hop, &note.text);
        let note = Note {
            text,
            ..note.clone()
        };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}
