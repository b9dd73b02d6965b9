//! Filling the templates of detection probes and of a vendor's files, before there is a plan and
//! a backup.

use crate::{
    model::{
        ids::InputName,
        rule::{Input, Pack},
        survey::{Survey, Variable},
        template::{Name, Template},
        text::{Secret, sanitize},
    },
    redact::{Redactor, beside_name},
    rules::{condition::Answers, pack::LoadedPack, path::PathHop},
};

#[derive(Clone, Copy)]
pub struct Fill<'a> {
    pub survey: &'a Survey,
    pub answers: &'a Answers,
    /// `None` while the path is not known.
    pub hop: Option<&'a PathHop>,
}

impl Fill<'_> {
    pub fn text(&self, template: &Template) -> Result<String, String> {
        template
            .render(|name| self.value(name))
            .map_err(|name| format!("`{{{{{name}}}}}` has no value yet"))
    }

    /// Why something could not be looked at, as it may be shown: what was filled in may hold a secret.
    pub fn told(&self, why: &str, pack: &Pack) -> String {
        let secrets = self.survey.variables.values().flat_map(Variable::hidden);
        let redactor = Redactor::new(beside_name(secrets.collect(), &pack.product));
        sanitize(&redactor.redact(why))
    }

    fn value(&self, name: &Name) -> Option<String> {
        match name {
            Name::Input(name) => {
                let answer = self.answers.get(&InputName::new(name.as_str()))?;
                Some(answer.expose().to_owned())
            }
            Name::Env(name) => {
                let sighting = self.survey.variables.get(name)?.effective()?;
                Some(sighting.value.expose().to_owned())
            }
            Name::Root => Some(self.survey.root.clone()),
            Name::From => Some(self.hop?.from.to_string()),
            Name::To => Some(self.hop?.to.to_string()),
            Name::Backup | Name::Stage(_) => None,
        }
    }
}

/// The answers, plus the defaults of inputs without one; a default that cannot be filled in yet is
/// left out. If a pack and a hop define the same input, the pack's counts.
pub fn with_defaults(pack: &LoadedPack, survey: &Survey, given: &Answers) -> Answers {
    let mut answers = given.clone();
    let of_hops = super::hops(pack).flat_map(|hop| &hop.inputs);
    let inputs: Vec<(&String, &Input)> = pack.pack.inputs.iter().chain(of_hops).collect();
    for (name, input) in inputs {
        let name = InputName::new(name.as_str());
        let Some(default) = &input.default else {
            continue;
        };
        if answers.contains_key(&name) {
            continue;
        }
        let fill = Fill {
            survey,
            answers: &answers,
            hop: None,
        };
        if let Ok(value) = fill.text(default) {
            answers.insert(name, Secret::new(value));
        }
    }
    answers
}
