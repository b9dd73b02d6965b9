//! Applies the rules of a path to a survey: yields findings with the changes they propose, and the
//! inputs that must be asked.
//!
//! The hops are walked in order over a virtual product (`state`): a later hop sees what the
//! accepted changes of the earlier hops leave behind. Conditions (`when`) refer to the product as
//! it was surveyed. Findings are sorted by hop, then by severity, then by their place in the rules
//! file.
//!
//! Nothing here decides for the operator: choices about findings come in as decisions.

mod config;
mod draft;
mod environment;
mod features;
pub(super) mod files;
mod inputs;
mod migrations;
mod passed_over;
mod state;
mod taken;
mod texts;
mod trouble;
mod typed;
mod unknown;
mod variable;

pub(super) use inputs::known;
pub use inputs::{
    AskedInput, answers_with_defaults, files_with, find_input, input_names, is_filled_into,
};
pub use taken::{count_changing, is_decided, taken_changes, typed_in};
pub use texts::CHANGED_BY_RUN;
pub use typed::Typed;

use super::{
    condition::{Answers, Facts},
    ids, mask,
    pack::LoadedHop,
    path::Path,
    valid,
};
use crate::model::{
    finding::{Decision, Finding, ProposedChange},
    ids::{InputName, RuleId},
    path::RelPath,
    rule::{Hop, Pack},
    survey::{Survey, Variable},
    text::Secret,
};
use draft::Site;
use files::Edited;
use state::State;
use std::collections::BTreeMap;

/// Everything an assessment is made from.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub pack: &'a Pack,
    /// The texts of the pack's files, for rules that make a file.
    pub pack_files: &'a BTreeMap<RelPath, String>,
    /// Every hop of the pack, whether the path goes over it or not.
    pub hops: &'a [LoadedHop],
    pub path: &'a Path,
    pub survey: &'a Survey,
    /// Only what the operator answered.
    pub answers: &'a Answers,
    pub variants: &'a BTreeMap<String, String>,
    pub decisions: &'a BTreeMap<RuleId, Decision>,
}

impl<'a> Case<'a> {
    /// The rules of one hop of the path; `None` if the path was planned from other rules.
    pub fn hop(&self, index: usize) -> Option<&'a Hop> {
        let file = &self.path.hops.get(index)?.file;
        let found = self.hops.iter().find(|loaded| loaded.file == *file);
        found.map(|loaded| &*loaded.hop)
    }

    /// What conditions look at; `answers` hold the defaults of what was not answered.
    pub fn facts(&self, answers: &'a Answers) -> Facts<'a> {
        Facts {
            survey: self.survey,
            answers,
            variants: self.variants,
        }
    }

    /// The hops of the path, in order, with their place on it.
    pub fn hops_on_path(self) -> impl Iterator<Item = (usize, &'a Hop)> {
        (0..self.path.hops.len()).filter_map(move |n| Some((n, self.hop(n)?)))
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    pub findings: Vec<Finding>,
    pub inputs: Vec<AskedInput>,
    /// Values that the operator may type in answer to a question. An entry is listed in `inputs`
    /// too once the operator has chosen to type it.
    pub typed: Vec<AskedInput>,
    /// The operator's values of secret keys, from the files that were examined.
    pub(super) secrets: Vec<Secret>,
    /// The changed files: nothing in them is masked, and inputs appear as `{{input.NAME}}`.
    pub(super) edited: BTreeMap<RelPath, Edited>,
    /// Indices into `findings` in the order in which their changes are applied, which is the order
    /// of the rules; `findings` itself is in reading order.
    order: Vec<usize>,
}

impl Assessment {
    /// Every change that is made, in order, with the finding it belongs to.
    pub fn changes<'a>(
        &'a self,
        decisions: &'a BTreeMap<RuleId, Decision>,
    ) -> impl Iterator<Item = (&'a Finding, &'a ProposedChange)> {
        self.in_order().flat_map(move |finding| {
            let taken = taken_changes(finding, decisions.get(&finding.id));
            taken.map(move |change| (finding, change))
        })
    }

    /// The value with this name that can be typed.
    pub fn typed(&self, name: &InputName) -> Option<&AskedInput> {
        self.typed.iter().find(|asked| asked.name == *name)
    }

    /// The findings in the order in which their changes are made.
    pub fn in_order(&self) -> impl Iterator<Item = &Finding> {
        self.order.iter().map(|&at| &self.findings[at])
    }
}

pub fn assess(case: Case) -> Assessment {
    let answers = answers_with_defaults(case);
    let mut walk = Walk {
        case,
        facts: case.facts(&answers),
        state: State::new(case, &answers),
        findings: Vec::new(),
        typed: Vec::new(),
        secrets: Vec::new(),
        ids: BTreeMap::new(),
        blind: false,
    };
    trouble::of_variables(&mut walk);
    trouble::of_conditions(&mut walk);
    for (n, hop) in case.hops_on_path() {
        environment::assess_hop(&mut walk, n, hop);
        for (index, rule) in hop.config.iter().enumerate() {
            config::assess(&mut walk, n, index, rule);
        }
        migrations::assess_hop(&mut walk, n, hop);
    }
    passed_over::assess(&mut walk);
    unknown::assess(&mut walk);
    let edited = walk.state.files.take_edited();
    for (n, hop) in case.hops_on_path() {
        texts::usages(&mut walk, n, hop, &edited);
    }
    let mut numbered: Vec<(usize, Finding)> = walk.findings.into_iter().enumerate().collect();
    numbered.sort_by_key(|(_, finding)| (finding.hop, finding.severity));
    let mut order = vec![0; numbered.len()];
    for (at, (made, _)) in numbered.iter().enumerate() {
        order[*made] = at;
    }
    let findings: Vec<Finding> = numbered.into_iter().map(|(_, finding)| finding).collect();
    let mut inputs = inputs::asked(case, &answers, &findings);
    inputs.extend(inputs::chosen(case, &walk.typed, &findings));
    let mut assessment = Assessment {
        findings,
        inputs,
        typed: walk.typed,
        secrets: walk.secrets,
        edited,
        order,
    };
    let redactor = mask::redactor(case, &assessment);
    for finding in &mut assessment.findings {
        mask::hide(finding, &redactor);
    }
    assessment
}

/// One assessment under way.
struct Walk<'a> {
    case: Case<'a>,
    facts: Facts<'a>,
    state: State<'a>,
    findings: Vec<Finding>,
    typed: Vec<AskedInput>,
    secrets: Vec<Secret>,
    /// How many findings were made for a rule's id.
    ids: BTreeMap<RuleId, usize>,
    /// A source of variables could not be looked into.
    blind: bool,
}

impl Walk<'_> {
    /// Why a variable is not set, as far as we can know: an earlier change may have removed it.
    fn not_set(&self, name: &str) -> &'static str {
        let found = self.case.survey.variables.get(name);
        match found.and_then(Variable::effective) {
            Some(_) => "not set by then",
            None if self.blind => "not found in what can be read",
            None => "not set",
        }
    }

    /// The hop and the id of a rule; numbered if its rules file is on the path more than once.
    fn site(&self, hop: usize, id: impl Fn(&str) -> RuleId) -> Site {
        let file = self.case.path.hops.get(hop).map(|hop| hop.file.as_str());
        let id = id(ids::stem(file.unwrap_or_default()));
        let id = match self.ids.get(&id) {
            None => id,
            Some(times) => RuleId::new(format!("{id}#{}", times + 1)),
        };
        Site { hop, id }
    }

    /// Records a finding and applies its accepted changes to the virtual product.
    fn push(&mut self, finding: Finding) {
        let decision = self.case.decisions.get(&finding.id);
        for change in taken_changes(&finding, decision) {
            let hop = self.case.path.hops.get(finding.hop);
            self.state.follow(change, hop);
        }
        let plain = finding.id.as_str().split('#').next().unwrap_or_default();
        *self.ids.entry(RuleId::new(plain)).or_default() += 1;
        self.findings.push(finding);
    }
}
