//! Which of a finding's changes are made, given the operator's decision. Only this module decides.

use crate::model::{
    finding::{Decision, Finding, ProposedChange, Safety},
    ids::{InputName, RuleId},
};
use std::collections::{BTreeMap, BTreeSet};

/// The changes that are made. A question without an answer takes none.
pub fn taken_changes<'a>(
    finding: &'a Finding,
    decision: Option<&Decision>,
) -> impl Iterator<Item = &'a ProposedChange> + use<'a> {
    let chosen = chosen(finding, decision);
    finding.changes.iter().filter(move |change| match &chosen {
        Chosen::Nothing => false,
        Chosen::All => true,
        Chosen::Option(id) => change.option.as_ref() == Some(id),
    })
}

enum Chosen {
    Nothing,
    All,
    Option(String),
}

fn chosen(finding: &Finding, decision: Option<&Decision>) -> Chosen {
    match (&finding.safety, decision) {
        (Safety::Safe { optional: true }, Some(Decision::Leave)) => Chosen::Nothing,
        (Safety::Safe { .. }, _) | (Safety::OptIn, Some(Decision::Take)) => Chosen::All,
        (Safety::OptIn, _) => Chosen::Nothing,
        (Safety::Decide { options, .. }, Some(Decision::Choose(id)))
            if options.iter().any(|option| option.id == *id) =>
        {
            Chosen::Option(id.clone())
        }
        (Safety::Decide { .. } | Safety::Nothing | Safety::Blocks, _) => Chosen::Nothing,
    }
}

/// How many findings change something as things stand, and how many files.
pub fn count_changing(
    findings: &[Finding],
    decisions: &BTreeMap<RuleId, Decision>,
) -> (usize, usize) {
    let mut files = BTreeSet::new();
    let changing = findings.iter().filter(|finding| {
        let changes = taken_changes(finding, decisions.get(&finding.id));
        let before = changes.map(|change| files.insert(&change.file));
        before.count() > 0
    });
    (changing.count(), files.len())
}

/// The input whose answer the chosen option needs.
pub fn typed_in<'a>(finding: &'a Finding, decision: Option<&Decision>) -> Option<&'a InputName> {
    match (&finding.safety, decision) {
        (Safety::Decide { options, .. }, Some(Decision::Choose(id))) => {
            let chosen = options.iter().find(|option| option.id == *id)?;
            chosen.typed.as_ref()
        }
        (_, _) => None,
    }
}

/// Whether this finding leaves nothing open that a plan needs.
pub fn is_decided(finding: &Finding, decision: Option<&Decision>) -> bool {
    match &finding.safety {
        Safety::Safe { .. } | Safety::OptIn | Safety::Nothing => true,
        Safety::Decide { options, .. } => matches!(
            decision,
            Some(Decision::Choose(id)) if options.iter().any(|option| option.id == *id)
        ),
        Safety::Blocks => false,
    }
}
