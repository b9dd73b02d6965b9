//! What will become of each file of statements: findings before anything is done.

use super::{
    Walk,
    draft::{About, Source},
};
use crate::{
    model::{
        finding::{Finding, FindingKind, Place, Safety},
        rule::{Action, Hop, KnownFile, Migrate, Severity, Step},
        survey::AppliedSeen,
        units,
    },
    rules::{
        condition::applies,
        ids,
        migrations::{self, File, Text},
    },
    sql::Loss,
};

pub(super) fn assess_hop(walk: &mut Walk, hop: usize, rules: &Hop) {
    for step in rules.before.iter().chain(&rules.apply) {
        if let Action::Migrate(rule) = &step.action
            && applies(step.when.as_ref(), &walk.facts)
        {
            for file in migrations::files(rule, &walk.case.pack.databases, walk.case.survey) {
                let finding = of_file(walk, hop, step, rule, &file);
                walk.push(finding);
            }
        }
    }
}

fn of_file(walk: &Walk, hop: usize, step: &Step, rule: &Migrate, file: &File) -> Finding {
    let site = &walk.site(hop, |stem| ids::migration(stem, &step.id, &file.name));
    let empty = KnownFile::default();
    let known = file.known.unwrap_or(&empty);
    let about = About {
        because: known.because.as_ref().or(step.because.as_ref()),
        cites: match known.cites.as_slice() {
            [] => &step.cites,
            own => own,
        },
        doubt: known.doubt.as_ref(),
        ..About::default()
    };
    let source = Source::of(site, about, true);
    let title = format!("{} → {}", file.name, rule.database);
    let mut finding = match (&file.text, file.seen(rule, walk.case.survey)) {
        (_, Some(AppliedSeen::Applied(told))) => {
            let mut finding = source.finding(FindingKind::AlreadyDone, title);
            finding.summary = format!("applied: {told}");
            finding
        }
        (Ok(_), Some(AppliedSeen::Unrecorded(told))) => {
            let mut finding = source.finding(FindingKind::AlreadyDone, title);
            finding.summary = format!("applied: {told}; will be recorded");
            finding
        }
        (_, Some(AppliedSeen::Half(told))) => blocking(&source, title, "half applied", told),
        (Err(why), _) => blocking(&source, title, "cannot be applied", why),
        (Ok(text), Some(AppliedSeen::Unclear(why))) => {
            let told = format!("could not be looked at: {why}");
            will_run(&source, title, text, &told)
        }
        (Ok(text), Some(AppliedSeen::Not(told))) => will_run(&source, title, text, told),
        (Ok(text), None) => {
            let told = "nothing shows whether it was applied";
            will_run(&source, title, text, told)
        }
    };
    finding.places = vec![Place::new(&file.file, None)];
    finding
}

fn blocking(source: &Source, title: String, summary: &str, why: &str) -> Finding {
    let mut finding = source.finding(FindingKind::Unreadable, title);
    finding.summary = summary.to_owned();
    finding.because = Some(why.to_owned());
    finding.safety = Safety::Blocks;
    finding
}

fn will_run(source: &Source, title: String, text: &Text, told: &str) -> Finding {
    let mut finding = source.finding(FindingKind::Migration, title);
    let count = units::count(text.statements, "statement");
    let (digest, manner) = (text.digest.short(), text.manner_words());
    let sent = format!("{count}, {manner}; blake3 {digest}");
    finding.summary = match text.losses.as_slice() {
        [] => format!("will run: {told}; {sent}"),
        losses => {
            finding.severity = Severity::Breaking;
            let lost: Vec<String> = losses.iter().map(Loss::to_string).collect();
            finding.if_left = Some(format!("Data that it destroys: {}.", lost.join(", ")));
            format!("destroys data: {}; will run: {told}; {sent}", lost[0])
        }
    };
    finding
}
