//! A renamed variable: the old name, the new one, both or neither may be set, validly or not.

use super::super::{
    Walk,
    draft::{Site, Source, for_option, option, set, variable_change},
    variable::{add_words, by_hand, faults, show, take_away, write_input},
};
use crate::model::{
    edit::Op,
    finding::{Finding, FindingKind, ProposedChange, Safety},
    rule::RenameVariable,
};

const KEEP_NEW: &str = "keep_new";
const TAKE_OLD: &str = "take_old";

pub(super) fn assess(walk: &mut Walk, site: &Site, rule: &RenameVariable) -> Finding {
    let old = walk.state.value(&rule.from).map(str::to_owned);
    let new = walk.state.value(&rule.to).map(str::to_owned);
    match (old, new) {
        (Some(old), None) => renamed(walk, site, rule, &old),
        (Some(old), Some(_)) if walk.state.is_stand_in(&rule.to, &rule.from) => {
            renamed(walk, site, rule, &old)
        }
        (Some(old), Some(new)) if old == new => both_equal(walk, site, rule, &new),
        (Some(old), Some(new)) => both_differ(walk, site, rule, &old, &new),
        (None, Some(new)) => already(walk, site, rule, &new),
        (None, None) => neither(walk, site, rule),
    }
}

fn begin(walk: &Walk, site: &Site, rule: &RenameVariable, kind: FindingKind) -> Finding {
    let title = format!("{} → {}", rule.from, rule.to);
    let source = Source::of(site, rule, rule.required);
    let mut finding = source.finding(kind, title);
    show(walk, &mut finding, &rule.from, rule.secret);
    show(walk, &mut finding, &rule.to, rule.secret);
    finding
}

fn renamed(walk: &Walk, site: &Site, rule: &RenameVariable, old: &str) -> Finding {
    let mut finding = begin(walk, site, rule, FindingKind::Renamed);
    finding.summary = match rule.keep_old {
        true => "under a second name too, the old one stays".to_owned(),
        false => "renamed".to_owned(),
    };
    if rule.required {
        add_words(&mut finding, "required");
    }
    finding.changes = carry_over(walk, rule);
    finding.safety = Safety::Safe { optional: false };
    let elsewhere = walk.state.elsewhere(&rule.from);
    if walk.state.winner_elsewhere(&rule.from).is_some() && !rule.keep_old {
        let places = elsewhere.join(" and ");
        add_words(&mut finding, format!("the old name stays in {places}"));
    }
    let faults = faults(rule.valid.as_ref(), old);
    if !faults.is_empty() {
        add_words(&mut finding, faults.join(", "));
        write_answer(walk, &mut finding, rule);
    }
    finding
}

/// Moves the value to its new name. The old line keeps its place, quotes and comment; if the value
/// comes from elsewhere, a new line is written.
fn carry_over(walk: &Walk, rule: &RenameVariable) -> Vec<ProposedChange> {
    let files = walk.state.files_with(&rule.from);
    let elsewhere = walk.state.winner_elsewhere(&rule.from).is_some();
    let mut changes = Vec::new();
    if elsewhere || rule.keep_old {
        let file = walk.state.file_for(&rule.from);
        changes.push(variable_change(&file, &rule.to, copied(&rule.from)));
    }
    if rule.keep_old {
        return changes;
    }
    for file in files {
        let op = if elsewhere {
            Op::Remove
        } else {
            Op::Rename {
                to: rule.to.clone(),
            }
        };
        changes.push(variable_change(&file, &rule.from, op));
    }
    changes
}

/// Writes the answer in place of an invalid value.
fn write_answer(walk: &Walk, finding: &mut Finding, rule: &RenameVariable) {
    let Some(input) = &rule.input else {
        write_input(walk, finding, &rule.from, None);
        return;
    };
    finding.input = Some(input.clone());
    let file = match finding.changes.last() {
        Some(change) => change.file.clone(),
        None => walk.state.write_to.clone(),
    };
    // An invalid value need not be copied first.
    let copy = variable_change(&file, &rule.to, copied(&rule.from));
    finding.changes.retain(|change| *change != copy);
    let answer = set(format!("{{{{input.{input}}}}}"));
    let change = variable_change(&file, &rule.to, answer);
    finding.changes.push(change);
}

/// Sets the effective value of the old name, wherever that comes from.
fn copied(from: &str) -> Op {
    set(format!("{{{{env.{from}}}}}"))
}

fn both_equal(walk: &Walk, site: &Site, rule: &RenameVariable, new: &str) -> Finding {
    if rule.keep_old || walk.state.files_with(&rule.from).is_empty() {
        return already(walk, site, rule, new);
    }
    let mut finding = begin(walk, site, rule, FindingKind::StillSet);
    finding.summary = format!("{} is set too, to the same value", rule.from);
    take_away(walk, &mut finding, &rule.from);
    judge_new(walk, &mut finding, rule, new);
    finding
}

fn already(walk: &Walk, site: &Site, rule: &RenameVariable, new: &str) -> Finding {
    let good = faults(rule.valid.as_ref(), new).is_empty();
    let kind = if good {
        FindingKind::AlreadyDone
    } else {
        FindingKind::Invalid
    };
    let mut finding = begin(walk, site, rule, kind);
    if good {
        finding.summary = format!("{} is already set", rule.to);
    }
    judge_new(walk, &mut finding, rule, new);
    finding
}

/// If the value under the new name is not good, the answer takes its place.
fn judge_new(walk: &Walk, finding: &mut Finding, rule: &RenameVariable, new: &str) {
    let faults = faults(rule.valid.as_ref(), new);
    if !faults.is_empty() {
        add_words(finding, faults.join(", "));
        write_input(walk, finding, &rule.to, rule.input.as_ref());
    }
}

fn both_differ(walk: &Walk, site: &Site, rule: &RenameVariable, old: &str, new: &str) -> Finding {
    let mut finding = begin(walk, site, rule, FindingKind::BothSet);
    finding.summary = "both are set, to different values".to_owned();
    if let Some(place) = walk.state.out_of_reach(&rule.to) {
        by_hand(walk, &mut finding, &rule.to, &place);
        return finding;
    }
    let mut keep = Vec::new();
    let mut take = Vec::new();
    for file in walk.state.files_with(&rule.to) {
        take.push(variable_change(&file, &rule.to, Op::Remove));
    }
    take.extend(carry_over(walk, rule));
    if !rule.keep_old {
        for file in walk.state.files_with(&rule.from) {
            keep.push(variable_change(&file, &rule.from, Op::Remove));
        }
    }
    if let Some(input) = &rule.input {
        let file = walk.state.file_for(&rule.to);
        for (value, changes) in [(new, &mut keep), (old, &mut take)] {
            if !faults(rule.valid.as_ref(), value).is_empty() {
                finding.input = Some(input.clone());
                let value = set(format!("{{{{input.{input}}}}}"));
                changes.push(variable_change(&file, &rule.to, value));
            }
        }
    }
    finding.changes = for_option(keep, KEEP_NEW);
    finding.changes.extend(for_option(take, TAKE_OLD));
    finding.safety = Safety::Decide {
        question: format!("Which value should {} have?", rule.to),
        options: vec![
            option(KEEP_NEW, format!("keep the value of {}", rule.to)),
            option(TAKE_OLD, format!("take the value of {}", rule.from)),
        ],
        note: None,
    };
    finding
}

fn neither(walk: &Walk, site: &Site, rule: &RenameVariable) -> Finding {
    if !rule.required {
        let mut finding = begin(walk, site, rule, FindingKind::Unchanged);
        finding.summary = walk.not_set(&rule.from).to_owned();
        return finding;
    }
    let mut finding = begin(walk, site, rule, FindingKind::Missing);
    finding.title.clone_from(&rule.to);
    finding.summary = format!("required, {}", walk.not_set(&rule.from));
    write_input(walk, &mut finding, &rule.to, rule.input.as_ref());
    finding
}
