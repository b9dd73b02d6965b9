//! What all patterns of a pack cost together. Each one is small, but a pack can hold thousands, and
//! all that a plan uses are in memory at once.

use super::{
    diagnostic::{Diagnostic, Fault, Gravity},
    index::Index,
};
use crate::model::pattern::Pattern;

/// In states, of which each takes some tens of bytes.
const WEIGHT_MAX: usize = 500_000;

#[derive(Debug, Default)]
pub(super) struct Budget {
    spent: usize,
}

impl Budget {
    /// Charges every text that could be a pattern: only the types know where patterns stand, and
    /// prose costs little.
    pub fn spend(&mut self, file: &str, text: &str, index: &Index) -> Result<(), Box<Diagnostic>> {
        let heavy = |text: &str| text.contains(['\\', '[', '{']);
        for (route, scalar) in index.texts().filter(|(_, scalar)| heavy(scalar)) {
            self.spent += Pattern::weight_of(scalar).unwrap_or(0);
            if self.spent > WEIGHT_MAX {
                let fault = Fault {
                    span: index.value(route),
                    message: "the patterns of this pack repeat too much together".to_owned(),
                    label: "more than all may ask for".to_owned(),
                    help: Some("write lower bounds, or fewer classes".to_owned()),
                };
                let wrong = Diagnostic::new(Gravity::Error, file, text, fault);
                return Err(Box::new(wrong));
            }
        }
        Ok(())
    }
}
