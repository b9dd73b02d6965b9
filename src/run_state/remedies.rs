//! The remedies that people had switchback carry out, for checks and for failed steps.

use super::{RunState, StepBack, StepView};
use crate::model::{
    ids::{CheckId, StepId},
    record::{RemedyEnd, RemedyOf, Who},
    rule::Hint,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    pub of: RemedyOf,
    pub by: Who,
    pub at_ms: u64,
    /// `None` while it is under way, or if nobody saw it end.
    pub end: Option<RemedyEnd>,
}

impl Remedy {
    /// Whether it failed.
    pub fn failed(&self) -> bool {
        matches!(self.end, Some(RemedyEnd::Failed { .. }))
    }

    /// How it ended, for whoever may have it carried out once more; `None` before its end.
    pub fn last_time(&self) -> Option<String> {
        Some(match self.end.as_ref()? {
            RemedyEnd::Done { detail } => format!("the last time it was done: {detail}"),
            RemedyEnd::Failed { error } => format!("the last time it failed: {error}"),
        })
    }
}

impl RunState {
    /// What the pack knows of the failure of a step.
    pub fn hint(&self, view: &StepView) -> Option<&Hint> {
        self.plan.hints.get(view.failed()?.hint()?)
    }

    pub(super) fn begin_remedy(
        &mut self,
        of: &RemedyOf,
        by: &Who,
        at_ms: u64,
    ) -> Result<(), &'static str> {
        if let RemedyOf::Step { step, .. } = of {
            self.view(step)?;
        }
        self.known.remedies.push(Remedy {
            of: of.clone(),
            by: by.clone(),
            at_ms,
            end: None,
        });
        Ok(())
    }

    pub(super) fn end_remedy(
        &mut self,
        of: &RemedyOf,
        end: &RemedyEnd,
    ) -> Result<(), &'static str> {
        let last = self.known.remedies.last_mut();
        let begun = last.filter(|remedy| remedy.of == *of && remedy.end.is_none());
        let begun = begun.ok_or("a remedy has ended that was not begun")?;
        begun.end = Some(end.clone());
        Ok(())
    }

    /// How a run that was given up stands, and what was done beside its steps and not taken back.
    pub fn given_up_words(&self) -> String {
        let mut words = match self.steps_back.iter().all(|back| back.undone.is_empty()) {
            true => "given up before any step changed anything",
            false => "given up after every step that was done had been undone again",
        }
        .to_owned();
        if let Some(stays) = self.stays_beside() {
            words.push_str(&format!("; {stays}"));
        }
        words
    }

    /// What no way back takes back: remedies, and emergency steps that are pulled.
    pub fn stays_beside(&self) -> Option<String> {
        let remedies = match self.remedies.len() as u64 {
            0 => None,
            1 => Some("what 1 remedy did stays".to_owned()),
            some => Some(format!("what {some} remedies did stays")),
        };
        let (overtaken, holds): (Vec<_>, Vec<_>) =
            self.in_force().partition(|it| it.is_overtaken());
        let told = |what: &str, views: &[&StepView]| {
            let titles = views.iter().map(|view| format!("`{}`", view.step.title));
            let titles: Vec<String> = titles.collect();
            (!titles.is_empty()).then(|| format!("{what}: {}", titles.join(", ")))
        };
        let holds = told("still pulled", &holds);
        let overtaken = told(
            "pulled before other steps ran, and not taken back",
            &overtaken,
        );
        let all: Vec<String> = [remedies, holds, overtaken].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Whether no step, remedy or emergency step has changed the product.
    pub fn is_as_found(&self) -> bool {
        let undone = |back: &StepBack| !back.undone.is_empty();
        !self.touched() && !self.steps_back.iter().any(undone) && self.stays_beside().is_none()
    }

    /// The one that was begun and of which no end is recorded.
    pub fn open_remedy(&self) -> Option<&RemedyOf> {
        let last = self.remedies.last()?;
        last.end.is_none().then_some(&last.of)
    }

    pub fn remedies_of_check(&self, id: &CheckId) -> impl Iterator<Item = &Remedy> {
        let of_it = move |of: &RemedyOf| matches!(of, RemedyOf::Check(check) if check == id);
        self.remedies.iter().filter(move |remedy| of_it(&remedy.of))
    }

    pub fn remedies_of_step(&self, id: &StepId) -> impl Iterator<Item = &Remedy> {
        let of_it = move |of: &RemedyOf| matches!(of, RemedyOf::Step { step, .. } if step == id);
        self.remedies.iter().filter(move |remedy| of_it(&remedy.of))
    }
}
