//! Finds the step that somebody means. Plans and rules name a step like the rule that it comes
//! from, runs use a shorter name: both are accepted.

use super::end::{Code, Failure};
use crate::{
    engine::{answers::means_step, errand::Fix, pursuit::may_be_skipped},
    model::ids::{CheckId, StepId},
    run_state::{RunState, StepView},
};

/// A step by its id, or by that of its rule.
pub fn named<'r>(run: &'r RunState, said: &str) -> Option<&'r StepView> {
    let mut all = run.steps.iter().chain(&run.emergency);
    let meant = all.find(|view| means_step(said, view.step.id.as_str()));
    run.step(&said.into()).or(meant)
}

/// The ids of the steps that a person judges. A step that is not open to judgement is refused,
/// since the run would go on as if nothing had been said.
pub fn judged(run: &RunState, said: &[String]) -> Result<Vec<String>, Failure> {
    let ids = said.iter().map(|said| {
        let view = standing(run, said, may_be_unknown);
        let view = view.map_err(|why| {
            let cure = match lines(run, may_be_unknown) {
                None => {
                    "no step has an unknown outcome, so leave --done and --not-done out".to_owned()
                }
                Some(open) => format!("with an unknown outcome:\n  {open}"),
            };
            refused(&why, &cure)
        })?;
        Ok(view.step.id.to_string())
    });
    ids.collect()
}

/// The id of the step that a person skips. Only a step that stops the run, or was taken back, can
/// be skipped: none is left out in advance.
pub fn skipped(run: &RunState, said: &str) -> Result<StepId, Failure> {
    let view = standing(run, said, may_be_skipped).map_err(|why| {
        let cure = match lines(run, may_be_skipped) {
            None => "nothing of the run has failed, so leave --skip out".to_owned(),
            Some(open) => format!("that can be skipped:\n  {open}"),
        };
        refused(&why, &cure)
    })?;
    Ok(view.step.id.clone())
}

/// The check or the failed step whose fix a person has carried out. Nothing is fixed in advance: what
/// a fix does is said where it is needed.
pub fn fixed(run: &RunState, said: &str) -> Result<Fix, Failure> {
    let check = CheckId::from(said);
    let may = match (run.plan.check(&check), named(run, said)) {
        (Some(_), _) => run.may_fix(&check).map(|()| Fix::Check(check)),
        (None, Some(view)) => {
            let step = view.step.id.clone();
            run.may_fix_and_retry(&step).map(|()| Fix::Step(step))
        }
        (None, None) => Err("the run has no such check and no such step".to_owned()),
    };
    may.map_err(|why| {
        let cure = "`switchback status` shows what failed, and what a fix would do";
        refused(&format!("`{said}`: {why}"), cure)
    })
}

/// The named step if it fits, or why it does not.
fn standing<'r>(
    run: &'r RunState,
    said: &str,
    fits: impl Fn(&StepView) -> bool,
) -> Result<&'r StepView, String> {
    match named(run, said) {
        Some(view) if fits(view) => Ok(view),
        Some(view) => Err(format!("`{said}` is {}", view.word())),
        None => Err(format!("the run has no step `{said}`")),
    }
}

/// Whether a step may be judged. One under way was cut off if no worker is there; its outcome is
/// determined when the run is taken up.
fn may_be_unknown(view: &StepView) -> bool {
    view.is_under_way() || view.must_be_judged()
}

fn lines(run: &RunState, which: impl Fn(&StepView) -> bool) -> Option<String> {
    let all: Vec<String> = run
        .steps
        .iter()
        .filter(|view| which(view))
        .map(line)
        .collect();
    (!all.is_empty()).then(|| all.join("\n  "))
}

fn refused(why: &str, cure: &str) -> Failure {
    Failure::new(Code::Usage, format!("nothing was done: {why}; {cure}"))
}

pub fn line(view: &StepView) -> String {
    format!("{}  {}", view.step.id, view.step.title)
}
