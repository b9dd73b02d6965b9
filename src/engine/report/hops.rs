//! Titles that occur in several hops, which are shown with their hop.

use crate::run_state::RunState;
use std::collections::BTreeSet;

pub struct Repeated {
    titles: BTreeSet<String>,
}

impl Repeated {
    /// The titles that stand in more than one hop of a list.
    pub fn among<'t>(all: impl Iterator<Item = (&'t str, usize)>) -> Self {
        let once: BTreeSet<(&str, usize)> = all.collect();
        let mut titles = BTreeSet::new();
        let mut before = None;
        for (title, _) in once {
            if before.replace(title) == Some(title) {
                titles.insert(title.to_owned());
            }
        }
        Self { titles }
    }

    /// `Stop the service`, or `Stop the service (hop to 1.2.0)`.
    pub fn named(&self, state: &RunState, title: &str, hop: usize) -> String {
        match state.plan.hops.get(hop) {
            Some(hop) if self.titles.contains(title) => format!("{title} (hop to {})", hop.to),
            Some(_) | None => title.to_owned(),
        }
    }
}
