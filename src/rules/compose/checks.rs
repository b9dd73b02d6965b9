//! The checks of a plan: those of each hop that apply, each asked once.

use super::{Made, free_name};
use crate::{
    model::{
        ids::CheckId,
        plan::PlannedCheck,
        rule::{Check, Probe},
        template::{Name, Template},
    },
    rules::{condition::applies, ids},
};

/// Checks as they are gathered over the hops; of equal ones with one id only the first stays.
#[derive(Default)]
pub(super) struct Checks<'a> {
    pub(super) planned: Vec<PlannedCheck>,
    /// What each was made from.
    rules: Vec<&'a Check>,
}

impl<'a> Checks<'a> {
    pub(super) fn add(&mut self, made: &Made<'a>, hop: usize, checks: &'a [Check]) {
        for rule in checks {
            if !applies(rule.when.as_ref(), &made.facts) {
                continue;
            }
            let check = made.of_hop(hop, rule);
            if self.planned.iter().any(|other| other.check == check) || self.asked(rule, &check) {
                continue;
            }
            let id = ids::check(made.stem(hop), &rule.id);
            let taken = |id: &str| self.planned.iter().any(|other| other.id.as_str() == id);
            let id = CheckId::new(free_name(id.as_str(), taken));
            self.planned.push(PlannedCheck { id, hop, check });
            self.rules.push(rule);
        }
    }

    /// A person is not asked twice for what two hops include: what differs by their releases is
    /// added to the question that stands.
    fn asked(&mut self, rule: &Check, check: &Check) -> bool {
        let Some(n) = self.rules.iter().position(|other| *other == rule) else {
            return false;
        };
        let (Probe::Manual { text: said }, Probe::Manual { text }) =
            (&mut self.planned[n].check.probe, &check.probe)
        else {
            return false;
        };
        said.push(' ');
        said.push_str(text);
        true
    }
}

impl Made<'_> {
    /// What a person reads names the releases of its hop.
    fn of_hop(&self, hop: usize, check: &Check) -> Check {
        let mut check = check.clone();
        if let Probe::Manual { text } = &mut check.probe
            && let Ok(template) = Template::parse(text)
        {
            let hop = &self.case.path.hops[hop];
            *text = template.render_known(|name| match name {
                Name::From => Some(hop.from.to_string()),
                Name::To => Some(hop.to.to_string()),
                Name::Input(_) | Name::Env(_) | Name::Root | Name::Backup | Name::Stage(_) => None,
            });
        }
        check
    }
}
