//! Opt-in variables: those of one feature are set together or not at all.

use super::{
    Walk,
    draft::{About, Site, Source},
    variable::{faults, show, write},
};
use crate::{
    model::{
        finding::{Finding, FindingKind, Safety},
        rule::{EnvRule, Hop, OptionalVariable},
    },
    rules::condition::applies,
};

pub(super) fn assess(
    walk: &mut Walk,
    site: &Site,
    rules: &Hop,
    rule: &OptionalVariable,
) -> Finding {
    let faults = match walk.state.value(&rule.name) {
        Some(value) => faults(rule.valid.as_ref(), value),
        None => Vec::new(),
    };
    let is_set = walk.state.value(&rule.name).is_some();
    let half_set = !is_set && rule.default.is_none() && in_use(walk, rules, rule);
    let kind = match (is_set, faults.is_empty()) {
        (true, true) => FindingKind::Unchanged,
        (true, false) => FindingKind::Invalid,
        (false, _) if half_set => FindingKind::HalfSet,
        (false, _) => FindingKind::Addition,
    };
    let about = About {
        because: rule.because.as_ref(),
        cites: &rule.cites,
        doubt: rule.doubt.as_ref(),
        ..About::default()
    };
    let source = Source::of(site, about, false);
    let mut finding = source.finding(kind, &rule.name);
    show(walk, &mut finding, &rule.name, rule.secret);
    finding.summary = words(rule, kind, &faults);
    if !is_set && let Some(value) = &rule.value {
        finding.safety = Safety::OptIn;
        write(walk, &mut finding, &rule.name, value.as_str());
    }
    finding
}

fn words(rule: &OptionalVariable, kind: FindingKind, faults: &[String]) -> String {
    let of_feature = match &rule.feature {
        Some(feature) => format!(" of {feature}"),
        None => String::new(),
    };
    if !faults.is_empty() {
        return faults.join(", ");
    }
    match (kind, &rule.default) {
        (FindingKind::HalfSet, _) => format!("not set, other variables{of_feature} are"),
        (FindingKind::Unchanged, _) => format!("set{of_feature}"),
        (_, Some(default)) => format!("opt-in{of_feature}, the product uses {default}"),
        (_, None) => format!("opt-in{of_feature}, not set"),
    }
}

/// Whether another variable of the same feature is set.
fn in_use(walk: &Walk, rules: &Hop, rule: &OptionalVariable) -> bool {
    let Some(feature) = &rule.feature else {
        return false;
    };
    rules.environment.iter().any(|other| match other {
        EnvRule::Optional(other) => {
            other.feature.as_ref() == Some(feature)
                && applies(other.when.as_ref(), &walk.facts)
                && walk.state.value(&other.name).is_some()
        }
        EnvRule::Rename(_)
        | EnvRule::Rewrite(_)
        | EnvRule::Add(_)
        | EnvRule::Keep(_)
        | EnvRule::Remove(_) => false,
    })
}
