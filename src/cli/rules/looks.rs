//! What a case expects of its plan: checks, steps and notes. They are looked at, and carried out,
//! on the case's own machine.

use crate::{
    engine::trial::Trial,
    model::{
        ids::GuideId,
        plan::{Plan, PlannedCheck, PlannedStep},
    },
    rules::{
        assess::{Assessment, Case, answers_with_defaults},
        case::{Expected, ExpectedCheck, ExpectedStep},
        compose::{Seal, make_plan},
        deed, explain,
        pack::LoadedPack,
    },
    world::World,
};
use std::collections::BTreeMap;

/// The differences from the case, and the guide statements cited by what it names.
pub fn compare(
    world: World,
    pack: &LoadedPack,
    case: Case<'_>,
    assessment: &Assessment,
    expected: &Expected,
) -> Result<(Vec<String>, Vec<GuideId>), String> {
    let seal = Seal {
        program: crate::VERSION,
        pack: &pack.digest,
        host: "host",
        key: &[],
        how: &BTreeMap::new(),
    };
    let plan = make_plan(case, assessment, &seal)
        .map_err(|error| format!("of a case, case.yaml is the answers file: {error}"))?;
    let trial = Trial::new(world, plan, pack.clone(), answers_with_defaults(case));
    let trial = trial.map_err(|error| error.to_string())?;
    let plan = trial.plan();
    let mut seen = Seen {
        trial: &trial,
        wrong: Vec::new(),
        cited: Vec::new(),
    };
    for (id, wanted) in &expected.checks {
        match checks(plan).find(|planned| planned.id == *id) {
            Some(planned) => seen.check(planned, wanted),
            None => seen.wrong.push(format!("{id} is not in the plan")),
        }
    }
    let steps: Vec<&PlannedStep> = plan.all_steps().chain(&plan.emergency).collect();
    let mut from = 0;
    for wanted in &expected.steps {
        match steps.iter().position(|step| step.id == wanted.step) {
            Some(at) if at < from => {
                let before = &steps[from - 1].id;
                seen.wrong
                    .push(format!("{} stands before {before}", wanted.step));
            }
            Some(at) => {
                from = at + 1;
                seen.step(steps[at], wanted);
            }
            None => seen
                .wrong
                .push(format!("{} is not in the plan", wanted.step)),
        }
    }
    for id in &expected.told {
        let must_doubt = pack.guide().is_wrong_about(id);
        seen.told(id, must_doubt);
    }
    for id in &expected.absent {
        if !explain::can_be_planned(pack, id) {
            let said = format!("{id} is absent from every plan: no rule of the pack is called so");
            seen.wrong.push(said);
        } else if is_in(plan, id) {
            seen.wrong.push(format!("{id} is in the plan"));
        }
    }
    Ok((seen.wrong, seen.cited))
}

fn checks(plan: &Plan) -> impl Iterator<Item = &PlannedCheck> {
    plan.checklist
        .iter()
        .chain(&plan.verify)
        .chain(&plan.rollback.checks)
}

/// Whether the plan contains the id, or something derived from it.
fn is_in(plan: &Plan, id: &str) -> bool {
    let findings = plan.findings.iter().map(|finding| finding.id.as_str());
    let steps = plan.all_steps().chain(&plan.emergency);
    findings
        .chain(checks(plan).map(|planned| planned.id.as_str()))
        .chain(steps.map(|step| step.id.as_str()))
        .filter_map(|there| there.strip_prefix(id))
        .any(|rest| rest.is_empty() || rest.starts_with('/'))
}

struct Seen<'c> {
    trial: &'c Trial,
    wrong: Vec<String>,
    cited: Vec<GuideId>,
}

impl Seen<'_> {
    fn check(&mut self, planned: &PlannedCheck, wanted: &ExpectedCheck) {
        let (verdict, why) = self.trial.check(planned);
        if verdict != wanted.is {
            let (id, word) = (&planned.id, verdict.word());
            self.wrong.push(format!("{id} is {word}: {why}"));
        }
        self.stands(&planned.id, wanted.because.as_deref(), &why);
        self.cited.extend(planned.check.cites.iter().cloned());
    }

    fn step(&mut self, step: &PlannedStep, wanted: &ExpectedStep) {
        let plan = self.trial.plan();
        let (does, undo) = (deed::of_step(plan, step), deed::undo(plan, step));
        self.stands(&step.id, wanted.does.as_deref(), &does);
        self.stands(&step.id, wanted.undo.as_deref(), &undo);
        if wanted.ends.is_some() || wanted.because.is_some() {
            let (end, why) = self.trial.step(step);
            if wanted.ends.is_some_and(|wanted| wanted != end) {
                self.wrong
                    .push(format!("{} ends as {end:?}: {why}", step.id));
            }
            self.stands(&step.id, wanted.because.as_deref(), &why);
        }
        self.cited.extend(step.cites.iter().cloned());
    }

    /// Requires a note about the statement; one that doubts it counts as proof.
    fn told(&mut self, id: &GuideId, must_doubt: bool) {
        let plan = self.trial.plan();
        let notes = plan.notes.iter().chain(&plan.rollback.notes);
        let doubts: Vec<bool> = notes
            .filter(|note| note.cites.contains(id))
            .map(|note| note.doubt.is_some())
            .collect();
        if doubts.contains(&true) {
            self.cited.push(id.clone());
        } else if must_doubt {
            self.wrong
                .push(format!("no note of the plan doubts what {id} is about"));
        } else if doubts.is_empty() {
            self.wrong.push(format!("no note of the plan cites {id}"));
        }
    }

    fn stands(&mut self, of: &impl std::fmt::Display, wanted: Option<&str>, told: &str) {
        if let Some(wanted) = wanted.filter(|wanted| !told.contains(wanted)) {
            self.wrong
                .push(format!("{of}: `{wanted}` is not in `{told}`"));
        }
    }
}
