//! What an edit writes, as far as this is known before the run: answers, variables, the folder and
//! the releases. Secrets are masked; what is still unknown stays a placeholder.

use crate::{
    model::{
        edit::Edit,
        finding::{FileChange, ProposedChange},
        ids::InputName,
        privacy::Privacy,
        route::Route,
        template::{self, Name},
        text::Shown,
    },
    redact::MASK,
    rules::{
        assess::{Assessment, Case, answers_with_defaults, find_input},
        condition::Answers,
        mask,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

pub struct Known<'a> {
    pub case: Case<'a>,
    answers: Answers,
    secret: BTreeSet<&'a str>,
    /// The first hop that writes a variable; later hops read the new value, unknown here.
    written: BTreeMap<Route, usize>,
}

impl<'a> Known<'a> {
    pub fn of(case: Case<'a>, assessment: &Assessment) -> Self {
        let mut written = BTreeMap::new();
        for (finding, change) in assessment.changes(case.decisions) {
            if let ProposedChange {
                what: FileChange::Edit(edit),
                ..
            } = change
            {
                let first = written.entry(edit.route.clone()).or_insert(finding.hop);
                *first = finding.hop.min(*first);
            }
        }
        Self {
            case,
            answers: answers_with_defaults(case),
            secret: mask::secret_names(case),
            written,
        }
    }

    /// The edit as a hop makes it.
    pub fn filled(&self, edit: &Edit, hop: usize) -> Edit {
        let filled: Result<_, Infallible> = edit.filled(|template, form| {
            let value = |name: &Name| self.value(name, hop).map(form);
            let whole = template.render(value);
            // A fallback is for an unset variable, and whether this one is unset is not known yet.
            Ok(whole.unwrap_or_else(|_| template.render_known(value)))
        });
        let Ok(filled) = filled;
        filled
    }

    fn value(&self, name: &Name, hop: usize) -> Option<String> {
        let on_path = self.case.path.hops.get(hop);
        let known = template::Known {
            root: Some(&self.case.survey.root),
            releases: on_path.map(|hop| (&hop.from, &hop.to)),
            input: |name: &InputName| {
                let answer = self.answers.get(name)?;
                let secret = find_input(self.case, name).is_none_or(|input| input.secret);
                Some(masked(answer.expose(), secret))
            },
            env: |name: &str| {
                let written = self.written.get(&Route::key(name));
                if written.is_some_and(|first| *first < hop) {
                    return None;
                }
                let variable = self.case.survey.variables.get(name)?;
                let value = &variable.effective()?.value;
                let privacy = variable.privacy.max(self.case.pack.privacy(name));
                Some(match privacy {
                    _ if self.secret.contains(name) => MASK.to_owned(),
                    Privacy::Open => value.expose().to_owned(),
                    Privacy::Address | Privacy::Secret => match privacy.shown(value) {
                        Shown::Clear(text) => text,
                        Shown::Masked { .. } => MASK.to_owned(),
                    },
                })
            },
        };
        known.get(name)
    }
}

fn masked(value: &str, secret: bool) -> String {
    if secret { MASK } else { value }.to_owned()
}
