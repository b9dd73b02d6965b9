//! The checks of a plan: those of each hop that apply, each asked once.

use super::{Made, free_name};
use crate::{
    model::{
        ids::CheckId,
        plan::PlannedCheck,
        release::Release,
        rule::{Check, Probe},
        template::{Name, Template},
    },
    rules::{condition::applies, ids, path::PathHop},
};

/// Checks as collected over the hops; of equal ones with the same id only the first is kept.
#[derive(Default)]
pub(super) struct Checks<'a> {
    pub(super) planned: Vec<PlannedCheck>,
    /// The rule behind each planned check, and the hops that have it.
    rules: Vec<(&'a Check, Vec<usize>)>,
}

impl<'a> Checks<'a> {
    pub(super) fn add(&mut self, made: &Made<'a>, hop: usize, checks: &'a [Check]) {
        for rule in checks {
            if !applies(rule.when.as_ref(), &made.facts) {
                continue;
            }
            let check = made.of_hops(&[hop], rule);
            if self.planned.iter().any(|other| other.check == check) || self.asked(made, hop, rule)
            {
                continue;
            }
            let id = ids::check(made.stem(hop), &rule.id);
            let taken = |id: &str| self.planned.iter().any(|other| other.id.as_str() == id);
            let id = CheckId::new(free_name(id.as_str(), taken));
            self.planned.push(PlannedCheck { id, hop, check });
            self.rules.push((rule, vec![hop]));
        }
    }

    /// Merges a question to a person that two hops include: it is asked once, and names the
    /// releases of both.
    fn asked(&mut self, made: &Made<'a>, hop: usize, rule: &Check) -> bool {
        let standing = self.rules.iter().position(|(other, _)| *other == rule);
        let Some(n) = standing.filter(|_| rule.is_manual()) else {
            return false;
        };
        let hops = &mut self.rules[n].1;
        hops.push(hop);
        self.planned[n].check = made.of_hops(hops, rule);
        true
    }
}

impl Made<'_> {
    /// Fills in texts for people: the releases of the hops, and the answers.
    pub(super) fn of_hops(&self, hops: &[usize], check: &Check) -> Check {
        let mut check = check.clone();
        if let [hop] = hops {
            for text in [&mut check.because, &mut check.remedy]
                .into_iter()
                .flatten()
            {
                *text = self.asked(*hop, text);
            }
        }
        if let Probe::Manual { text } = &mut check.probe
            && let Ok(template) = Template::parse(text)
        {
            let has = |wanted: Name| template.names().any(|name| *name == wanted);
            *text = if has(Name::From) && has(Name::To) {
                // Keep each `from` together with its `to`.
                let each = hops
                    .iter()
                    .map(|hop| self.with_releases(&template, &[*hop]));
                each.collect::<Vec<_>>().join(" ")
            } else {
                self.with_releases(&template, hops)
            };
        }
        check
    }

    fn with_releases(&self, template: &Template, hops: &[usize]) -> String {
        let all = |release: fn(&PathHop) -> &Release| {
            let hops = hops.iter().map(|hop| &self.case.path.hops[*hop]);
            listed(&hops.map(|hop| release(hop).to_string()).collect::<Vec<_>>())
        };
        template.render_known(|name| match name {
            Name::From => Some(all(|hop| &hop.from)),
            Name::To => Some(all(|hop| &hop.to)),
            Name::Input(_) | Name::Env(_) | Name::Root | Name::Backup | Name::Stage(_) => None,
        })
    }
}

/// `1.0.0, 1.1.0 and 1.2.0`
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
