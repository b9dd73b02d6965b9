//! The remedies that a person had carried out, of checks and of failed steps.

use super::RunState;
use crate::model::{
    ids::{CheckId, StepId},
    record::{RemedyEnd, RemedyOf, Who},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    pub of: RemedyOf,
    pub by: Who,
    pub at_ms: u64,
    /// `None` while it is under way, and if nobody saw its end.
    pub end: Option<RemedyEnd>,
}

impl RunState {
    pub(super) fn begin_remedy(
        &mut self,
        of: &RemedyOf,
        by: &Who,
        at_ms: u64,
    ) -> Result<(), &'static str> {
        if let RemedyOf::Step { step, .. } = of {
            self.view(step)?;
        }
        self.remedies.push(Remedy {
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
        let last = self.remedies.last_mut();
        let begun = last.filter(|remedy| remedy.of == *of && remedy.end.is_none());
        let begun = begun.ok_or("a remedy has ended that was not begun")?;
        begun.end = Some(end.clone());
        Ok(())
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
