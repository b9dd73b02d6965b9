//! Findings about variables: rename, rewrite, add, keep and remove.

mod rename;

use super::{
    Walk,
    draft::{About, Site, Source, variable_change},
    features,
    state::is_pending,
    variable::{by_hand, faults, show, take_away, write, write_input},
};
use crate::{
    model::{
        edit::Op,
        finding::{Finding, FindingKind, Safety},
        ids::InputName,
        rule::{AddVariable, EnvRule, Hop, KeepVariable, RemoveVariable, RewriteVariable},
    },
    rules::{condition::applies, ids},
};

pub(super) fn assess_hop(walk: &mut Walk, hop: usize, rules: &Hop) {
    let facts = walk.facts;
    for rule in rules
        .environment
        .iter()
        .filter(|rule| applies(rule.when(), &facts))
    {
        let site = &walk.site(hop, |stem| ids::env(stem, rule));
        let finding = match rule {
            EnvRule::Rename(rule) => rename::assess(walk, site, rule),
            EnvRule::Rewrite(rule) => rewrite(walk, site, rule),
            EnvRule::Add(rule) => add(walk, site, rule),
            EnvRule::Keep(rule) => keep(walk, site, rule),
            EnvRule::Remove(rule) => remove(walk, site, rule),
            EnvRule::Optional(rule) => features::assess(walk, site, rules, rule),
        };
        walk.push(finding);
    }
}

fn rewrite(walk: &mut Walk, site: &Site, rule: &RewriteVariable) -> Finding {
    let source = Source::of(site, rule, true);
    let hop = walk.case.path.hops.get(site.hop);
    let with = hop.map_or_else(|| rule.with.clone(), |hop| hop.fill_with(&rule.with));
    let changes =
        |value: &str| !is_pending(value) && rule.matches.replace_all(value, &with) != value;
    let kind = match walk.state.value(&rule.name) {
        None => FindingKind::Unchanged,
        Some(value) if changes(value) => FindingKind::Rewritten,
        Some(_) => FindingKind::AlreadyDone,
    };
    let mut finding = source.finding(kind, &rule.name);
    show(walk, &mut finding, &rule.name, rule.secret);
    if kind == FindingKind::Rewritten {
        finding.summary = "its value changes".to_owned();
        if let Some(place) = walk.state.winner_elsewhere(&rule.name) {
            by_hand(walk, &mut finding, &rule.name, &place);
        } else {
            finding.safety = Safety::Safe { optional: false };
        }
        for file in walk.state.files_with(&rule.name) {
            let op = Op::Rewrite {
                pattern: rule.matches.clone(),
                with: with.clone(),
            };
            finding.changes.push(variable_change(&file, &rule.name, op));
        }
    } else {
        finding.summary = match kind {
            FindingKind::Unchanged => walk.not_set(&rule.name).to_owned(),
            _ => "already in its new form".to_owned(),
        };
    }
    finding
}

fn add(walk: &mut Walk, site: &Site, rule: &AddVariable) -> Finding {
    let source = Source::of(site, rule, rule.required);
    let present = walk.state.value(&rule.name).map(str::to_owned);
    let Some(value) = present else {
        return add_missing(walk, source, rule);
    };
    let faults = faults(rule.valid.as_ref(), &value);
    let kind = if faults.is_empty() {
        FindingKind::AlreadyDone
    } else {
        FindingKind::Invalid
    };
    let mut finding = source.finding(kind, &rule.name);
    show(walk, &mut finding, &rule.name, rule.secret);
    if faults.is_empty() {
        finding.summary = "already set".to_owned();
    } else {
        finding.summary = faults.join(", ");
        write_input(walk, &mut finding, &rule.name, rule.input.as_ref());
    }
    finding
}

fn add_missing(walk: &Walk, source: Source, rule: &AddVariable) -> Finding {
    let (kind, word) = if rule.required {
        (FindingKind::Missing, "required")
    } else {
        (FindingKind::Addition, "new")
    };
    let mut finding = source.finding(kind, &rule.name);
    show(walk, &mut finding, &rule.name, rule.secret);
    finding.summary = format!("{word}, {}", walk.not_set(&rule.name));
    match (&rule.value, &rule.input) {
        (Some(value), _) => {
            finding.input = value.inputs().next().map(InputName::new);
            finding.safety = Safety::Safe {
                optional: !rule.required,
            };
            write(walk, &mut finding, &rule.name, value.as_str());
        }
        (None, Some(input)) => {
            finding.safety = Safety::opt_in_if(!rule.required);
            write_input(walk, &mut finding, &rule.name, Some(input));
        }
        (None, None) if rule.required => {
            write_input(walk, &mut finding, &rule.name, None);
        }
        (None, None) => {}
    }
    if rule.doubt.is_some() && !finding.changes.is_empty() {
        finding.safety = Safety::OptIn;
    }
    finding
}

fn keep(walk: &mut Walk, site: &Site, rule: &KeepVariable) -> Finding {
    let about = About {
        because: rule.because.as_ref(),
        cites: &rule.cites,
        doubt: rule.doubt.as_ref(),
        ..About::default()
    };
    let faults = match walk.state.value(&rule.name) {
        Some(value) => faults(rule.valid.as_ref(), value),
        None => Vec::new(),
    };
    let kind = if faults.is_empty() {
        FindingKind::Unchanged
    } else {
        FindingKind::Invalid
    };
    let mut finding = Source::of(site, about, false).finding(kind, &rule.name);
    show(walk, &mut finding, &rule.name, rule.secret);
    finding.summary = match (walk.state.value(&rule.name), &rule.default) {
        (Some(_), _) if !faults.is_empty() => faults.join(", "),
        (Some(_), _) => "stays as it is".to_owned(),
        (None, Some(default)) => {
            format!("{}, the product uses {default}", walk.not_set(&rule.name))
        }
        (None, None) => walk.not_set(&rule.name).to_owned(),
    };
    finding
}

fn remove(walk: &mut Walk, site: &Site, rule: &RemoveVariable) -> Finding {
    let source = Source::of(site, rule, false);
    if !walk.state.stands_somewhere(&rule.name) {
        let mut finding = source.finding(FindingKind::AlreadyDone, &rule.name);
        finding.summary = walk.not_set(&rule.name).to_owned();
        return finding;
    }
    let mut finding = source.finding(FindingKind::StillSet, &rule.name);
    show(walk, &mut finding, &rule.name, rule.secret);
    finding.summary = "no longer read".to_owned();
    take_away(walk, &mut finding, &rule.name);
    finding
}
