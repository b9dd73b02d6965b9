//! What is secret in a case: the values of secret variables, in every source, those of secret keys,
//! in every file, and secret answers.
//! Hiding them in a text is the redactor's business.

mod written;

use super::assess::{Assessment, Case, answers_with_defaults, find_input, known};
use crate::{
    model::{
        edit::filled_with,
        finding::{Finding, Safety},
        path::RelPath,
        privacy::Privacy,
        rule::{EnvRule, Hop, Pack},
        survey::Variable,
        template::Name,
        text::{Secret, Shown},
    },
    redact::{Redactor, beside_name},
};
use std::{collections::BTreeSet, convert::Infallible};

pub(super) fn redactor(case: Case, assessment: &Assessment) -> Redactor {
    let mut secrets = before_answers(case);
    secrets.extend_from_slice(&assessment.secrets);
    for (name, answer) in answers_with_defaults(case) {
        let typed = || assessment.typed(&name).map(|asked| &asked.input);
        if find_input(case, &name)
            .or_else(typed)
            .is_none_or(|input| input.secret)
        {
            secrets.push(answer);
        }
    }
    Redactor::new(beside_name(secrets, &case.pack.product))
}

/// Masks secrets in the texts of a finding, also where a secret is part of a value that is not
/// secret itself. What the finding would write stays as it is.
pub(super) fn hide(finding: &mut Finding, redactor: &Redactor) {
    let hide = |text: &mut String| *text = redactor.redact(text).into_owned();
    for source in &mut finding.sources {
        if let Shown::Clear(text) = &mut source.value {
            hide(text);
        }
    }
    hide(&mut finding.title);
    hide(&mut finding.summary);
    let more = [
        &mut finding.because,
        &mut finding.if_left,
        &mut finding.doubt,
    ];
    more.into_iter().flatten().for_each(hide);
    if let Safety::Decide {
        question,
        options,
        note,
    } = &mut finding.safety
    {
        hide(question);
        options
            .iter_mut()
            .for_each(|option| hide(&mut option.label));
        note.iter_mut().for_each(hide);
    }
}

/// What is secret before anything was answered.
pub(super) fn before_answers(case: Case) -> Vec<Secret> {
    let mut secrets = values(case, secret_names(case), Privacy::Secret);
    let addresses = case.pack.addresses.iter().map(String::as_str);
    let addresses = values(case, addresses.collect(), Privacy::Address);
    let passwords = addresses.iter().flat_map(|it| Privacy::Address.hidden(it));
    secrets.extend(passwords);
    secrets.extend(case.survey.variables.values().flat_map(Variable::hidden));
    beside_name(secrets, &case.pack.product)
}

/// What is secret in the product's files, as `text` gives them: under the names that the pack and
/// these hops call secret, and at their secret keys. For a run, whose files change under it, and
/// whose backup holds what they were; `edited` are those that it edits.
pub fn in_texts<'p>(
    pack: &'p Pack,
    hops: &[&'p Hop],
    edited: &[&'p RelPath],
    text: impl Fn(&RelPath) -> Option<String>,
) -> Vec<Secret> {
    let (hops, edited) = (hops.iter().copied(), edited.iter().copied());
    let under = |names| written::in_texts(pack, hops.clone(), edited.clone(), &names, &text);
    let mut secrets = under(names_of(pack, hops.clone()));
    if !pack.addresses.is_empty() {
        let addresses = under(pack.addresses.iter().map(String::as_str).collect());
        secrets.extend(addresses.iter().flat_map(|it| Privacy::Address.hidden(it)));
    }
    secrets
}

/// Every value of these variables, and of those that the survey found to have this privacy.
fn values<'a>(case: Case<'a>, mut names: BTreeSet<&'a str>, privacy: Privacy) -> Vec<Secret> {
    let variables = case.survey.variables.values();
    let private = variables.filter(|variable| variable.privacy == privacy);
    names.extend(private.map(|variable| variable.name.as_str()));
    let mut values: Vec<Secret> = Vec::new();
    for name in &names {
        if let Some(variable) = case.survey.variables.get(*name) {
            values.extend(variable.sightings.iter().map(|s| s.value.clone()));
        }
    }
    values.extend(written::in_files(case, &names));
    values.extend(rewritten(case, &names, &values));
    values
}

/// What the rules of the path, one after the other, turn secret values into: the result is just as
/// secret, and need not contain the old value.
fn rewritten(case: Case, names: &BTreeSet<&str>, secrets: &[Secret]) -> Vec<Secret> {
    let mut now = secrets.to_vec();
    let mut made = Vec::new();
    let answers = answers_with_defaults(case);
    for (n, hop) in case.hops_on_path() {
        for rule in &hop.environment {
            let EnvRule::Rewrite(rule) = rule else {
                continue;
            };
            if !names.contains(rule.name.as_str()) {
                continue;
            }
            let with = case.path.hops[n].fill_with(&rule.with);
            let with = filled_with(&with, |template, form| {
                let known = |name: &Name| known(case, &answers, name).map(form);
                Ok::<_, Infallible>(template.render_known(known))
            });
            let Ok(with) = with;
            for value in &mut now {
                let new = rule.matches.replace_all(value.expose(), &with).into_owned();
                *value = Secret::new(new);
            }
            made.extend_from_slice(&now);
        }
    }
    made
}

/// The variables that the pack or a rule calls secret; both names of a renamed one.
pub(super) fn secret_names(case: Case<'_>) -> BTreeSet<&str> {
    names_of(case.pack, case.hops_on_path().map(|(_, hop)| hop))
}

fn names_of<'p>(pack: &'p Pack, hops: impl IntoIterator<Item = &'p Hop>) -> BTreeSet<&'p str> {
    let mut names: BTreeSet<&str> = pack.secrets.iter().map(String::as_str).collect();
    let rules = hops.into_iter().flat_map(|hop| &hop.environment);
    let secret = rules.filter(|rule| rule.is_secret());
    names.extend(secret.flat_map(EnvRule::names));
    names
}
