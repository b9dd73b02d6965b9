//! The road of a sealed plan: its steps, and what must be answered beforehand if nobody can be
//! asked.

use super::print::Printer;
use crate::{
    model::{
        plan::{Plan, PlannedCheck, PlannedStep, StepBody},
        rule::{Action, NoteKind},
    },
    rules::deed,
};

/// Prints what is lost or breaks, every step with its undo, and the ids that an answers file needs.
pub fn print(plan: &Plan, head: &dyn Fn(String) -> String, printer: &mut Printer<'_>) {
    let breaking = plan
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Breaking);
    let breaking: Vec<&str> = breaking.map(|note| note.text.as_str()).collect();
    if !breaking.is_empty() {
        printer.line("");
        printer.line(head(format!("read this first ({})", breaking.len())));
        for text in breaking {
            printer.line(format!("- {}", text.trim_end()));
        }
    }
    printer.line("");
    printer.line(head(format!("the steps ({})", plan.steps.len())));
    for step in &plan.steps {
        printer.line(format!("- {}", step.title));
        printer.line(format!("    {}", step.id));
        for told in [deed::of_step(plan, step), deed::undo(plan, step)] {
            // A script stays in its lines.
            printer.line(format!("    {}", told.trim_end().replace('\n', "\n      ")));
        }
    }
    let said = to_be_said(plan);
    if said.is_empty() {
        return;
    }
    printer.line("");
    printer.line(head(
        "without a screen, these go into the answers file".to_owned(),
    ));
    for (section, id, title) in said {
        printer.line(format!("- {section}: [{id}]  {title}"));
    }
}

/// What must be said, as section, id and title, in the order of the road.
fn to_be_said(plan: &Plan) -> Vec<(&'static str, &str, &str)> {
    let manual = |planned: &&PlannedCheck| planned.check.is_manual();
    let marks = plan.checklist.iter().filter(manual);
    let mut said: Vec<_> = marks
        .map(|check| ("mark", check.id.as_str(), check.check.title.as_str()))
        .collect();
    let section = |step: &PlannedStep| match &step.body {
        StepBody::Do(Action::Ask(_)) => Some("confirm"),
        _ if step.asks_consent() && !deed::is_applied(plan, step) => Some("consent"),
        _ => None,
    };
    let steps = plan.steps.iter();
    said.extend(
        steps.filter_map(|step| Some((section(step)?, step.id.as_str(), step.title.as_str()))),
    );
    let manual = plan.verify.iter().filter(manual);
    said.extend(manual.map(|check| ("mark", check.id.as_str(), check.check.title.as_str())));
    said
}
