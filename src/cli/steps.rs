//! The step of a run that somebody means. Plans and rules name a step as the rule that it comes from,
//! runs name it shorter: either name is understood.

use super::end::{Code, Failure};
use crate::{
    engine::answers::means_step,
    run_state::{RunState, StepView},
};

/// By its id, or by that of its rule.
pub fn named<'r>(run: &'r RunState, said: &str) -> Option<&'r StepView> {
    let mut all = run.steps.iter().chain(&run.emergency);
    let meant = all.find(|view| means_step(said, view.step.id.as_str()));
    run.step(&said.into()).or(meant)
}

/// The ids of the steps of which a person says what became. Whoever names another one would see the
/// run go on as if nothing had been said.
pub fn judged(run: &RunState, said: &[String]) -> Result<Vec<String>, Failure> {
    let ids = said.iter().map(|said| match named(run, said) {
        Some(view) if may_be_unknown(view) => Ok(view.step.id.to_string()),
        Some(view) => Err(not_open(run, &format!("`{said}` is {}", view.told()))),
        None => Err(not_open(run, &format!("the run has no step `{said}`"))),
    });
    ids.collect()
}

/// One that is at work was cut off if no worker is there: what became of it is found out when the run
/// is taken up.
fn may_be_unknown(view: &StepView) -> bool {
    view.is_under_way() || view.must_be_judged()
}

fn not_open(run: &RunState, why: &str) -> Failure {
    let open = run.steps.iter().filter(|view| may_be_unknown(view));
    let open: Vec<String> = open.map(line).collect();
    let cure = match open.as_slice() {
        [] => "no step waits to be judged, so leave --done and --not-done out".to_owned(),
        open => format!("to be judged:\n  {}", open.join("\n  ")),
    };
    Failure::new(Code::Usage, format!("nothing was done: {why}; {cure}"))
}

pub fn line(view: &StepView) -> String {
    format!("{}  {}", view.step.id, view.step.title)
}
