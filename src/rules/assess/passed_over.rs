//! Things that match a rule's file patterns but that no rule can include: links, devices, names
//! that cannot be written in a plan. To skip them silently would make a partial backup look
//! complete.
//!
//! Where something with contents is left out, the operator has to agree. A link whose target is
//! found under its own name leaves out nothing but itself, and a FIFO or a socket has no contents:
//! these are only reported.

use super::{
    Walk,
    draft::{About, Source, option},
};
use crate::{
    model::{
        finding::{Finding, FindingKind, Place, Safety},
        glob::{Below, Glob, Globs},
        ids::RuleId,
        rule::{Action, BackupRule, ConfigRule, Severity},
        survey::{Passed, PassedOver},
        text::sanitize,
        units::count,
    },
    rules::{condition::applies, ids, migrations},
};
use std::{collections::BTreeSet, path::Path};

pub const LEAVE_OUT: &str = "leave_out";

/// How many get a question of their own, and how many are listed by name.
const APART_MAX: usize = 20;

/// What a rule does with the files that its patterns mean.
#[derive(Clone, Copy)]
enum Use {
    Saved,
    Replaced,
    Applied,
}

impl Use {
    fn words(self) -> &'static str {
        match self {
            Self::Saved => "not saved",
            Self::Replaced => "not changed",
            Self::Applied => "not applied",
        }
    }

    fn loss(self) -> &'static str {
        match self {
            Self::Saved => "it would not be in the backup, and no rollback would bring it back",
            Self::Replaced => "nothing in it would be replaced",
            Self::Applied => "none of its statements would be applied",
        }
    }

    fn left_out(self) -> &'static str {
        match self {
            Self::Saved => "leave it out of the backup; I see to it myself",
            Self::Replaced => "leave it as it is; I change it myself",
            Self::Applied => "leave it out; I see to it myself",
        }
    }
}

/// What becomes of something that is passed over.
enum Fate {
    /// The patterns do not mean it after all.
    Nothing,
    Told,
    Asked,
}

/// Decides what to report. `all` are all patterns with the same use: they may cover a target.
fn fate(one: &PassedOver, root: &Path, own: &Globs, all: &Globs) -> Fate {
    let meant = own.is_match(&one.path);
    let (real, folder) = match &one.is {
        Passed::Pipe { .. } if meant => return Fate::Told,
        Passed::Other { .. } | Passed::Name if meant => return Fate::Asked,
        Passed::Pipe { .. } | Passed::Other { .. } | Passed::Name => return Fate::Nothing,
        Passed::More { .. } if own.below(&one.path) == Below::Never => return Fate::Nothing,
        Passed::More { .. } => return Fate::Asked,
        Passed::Link { real, folder, .. } => (real, *folder),
    };
    let below = own.below(&one.path);
    // What a dangling link was for is unknown, so it counts only if a pattern names it.
    let through = match real {
        Some(_) => folder && below != Below::Never,
        None => below == Below::Named,
    };
    let there = real.as_ref().and_then(|real| real.strip_prefix(root).ok());
    let found = there.is_some_and(|there| match folder {
        true => all.take_all(there) || own.lead_alike(&one.path, there),
        false => all.is_match(there),
    });
    match (meant, through, found) {
        (true, _, true) => Fate::Told,
        (true, _, false) | (false, true, false) => Fate::Asked,
        (false, true, true) | (false, false, _) => Fate::Nothing,
    }
}

pub(super) fn assess(walk: &mut Walk) {
    if walk.case.survey.passed_over.is_empty() {
        return;
    }
    let facts = walk.facts;
    let of_backup = |rule: &BackupRule| match rule {
        BackupRule::Files { files, when, .. } if applies(when.as_ref(), &facts) => files.clone(),
        BackupRule::Files { .. } | BackupRule::Command(_) | BackupRule::Database(_) => Vec::new(),
    };
    let hops: Vec<_> = walk.case.hops_on_path().collect();
    let rules = hops.iter().flat_map(|(_, hop)| &hop.backup);
    let saved: Vec<Glob> = rules.flat_map(of_backup).collect();
    // Most hops save the same files, so each thing is reported for the first hop only.
    let mut told = BTreeSet::new();
    for (n, hop) in hops {
        for (index, rule) in hop.backup.iter().enumerate() {
            let rule = Rule {
                hop: n,
                id: &|stem| ids::backup_files(stem, index),
                own: &of_backup(rule),
                all: &saved,
                used: Use::Saved,
            };
            of_rule(walk, &rule, &mut told);
        }
        for (index, rule) in hop.config.iter().enumerate() {
            if let ConfigRule::Replace(rule) = rule
                && !rule.optional
                && applies(rule.when.as_ref(), &facts)
            {
                let files = std::slice::from_ref(&rule.files);
                let rule = Rule {
                    hop: n,
                    id: &|stem| ids::replace(stem, index),
                    own: files,
                    all: files,
                    used: Use::Replaced,
                };
                of_rule(walk, &rule, &mut BTreeSet::new());
            }
        }
        for step in hop.before.iter().chain(&hop.apply) {
            if let Action::Migrate(rule) = &step.action
                && !rule.only_known
                && applies(step.when.as_ref(), &facts)
            {
                let files = &[migrations::glob(rule)];
                let rule = Rule {
                    hop: n,
                    id: &|stem| ids::step(stem, &step.id),
                    own: files,
                    all: files,
                    used: Use::Applied,
                };
                of_rule(walk, &rule, &mut BTreeSet::new());
            }
        }
    }
}

/// A rule with file patterns.
struct Rule<'r> {
    hop: usize,
    /// Its id, by the stem of its hop.
    id: &'r dyn Fn(&str) -> RuleId,
    own: &'r [Glob],
    /// All patterns with the same use.
    all: &'r [Glob],
    used: Use,
}

fn of_rule<'w>(walk: &mut Walk<'w>, rule: &Rule, known: &mut BTreeSet<&'w Path>) {
    let (own, all) = (Globs::new(rule.own), Globs::new(rule.all));
    let survey = walk.case.survey;
    let (mut told, mut asked) = (Vec::new(), Vec::new());
    for one in &survey.passed_over {
        let into = match fate(one, Path::new(&survey.root), &own, &all) {
            Fate::Nothing => continue,
            Fate::Told => &mut told,
            Fate::Asked => &mut asked,
        };
        if known.insert(&one.path) {
            into.push(one);
        }
    }
    let (apart, rest) = asked.split_at(asked.len().min(APART_MAX));
    for one in apart {
        ask(walk, rule, &[one]);
    }
    ask(walk, rule, rest);
    tell(walk, rule, &told);
}

fn ask(walk: &mut Walk, rule: &Rule, these: &[&PassedOver]) {
    let title = match these {
        [] => return,
        [one] => shown(&one.path),
        many => format!("{} more", many.len()),
    };
    let site = &walk.site(rule.hop, |stem| ids::left_out(&(rule.id)(stem), &title));
    let mut finding = Source::of(site, About::default(), true).finding(FindingKind::LeftOut, title);
    finding.summary = match these {
        [one] => format!("{}, {}", what(&one.is), rule.used.words()),
        _many => format!("links, names or devices, {}", rule.used.words()),
    };
    finding.safety = Safety::Decide {
        question: match these {
            [one] => format!(
                "{} {}: {}; {}, and plan again, or leave it out",
                shown(&one.path),
                what(&one.is),
                rule.used.loss(),
                cure(&one.is)
            ),
            many => format!(
                "no rule can handle {}: {}; fix them, and plan again, or leave them out",
                count(many.len(), "more name"),
                rule.used.loss()
            ),
        },
        options: vec![option(LEAVE_OUT, rule.used.left_out())],
        note: None,
    };
    walk.push(named(finding, these));
}

fn tell(walk: &mut Walk, rule: &Rule, these: &[&PassedOver]) {
    let title = match these {
        [] => return,
        [one] => shown(&one.path),
        many => format!("{} links or sockets", many.len()),
    };
    let site = &walk.site(rule.hop, |stem| ids::left_out(&(rule.id)(stem), "links"));
    let mut finding =
        Source::of(site, About::default(), false).finding(FindingKind::LeftOut, title);
    finding.severity = Severity::Info;
    let itself = "what it leads to is found under its own name";
    finding.summary = match these {
        [one] if matches!(one.is, Passed::Link { .. }) => {
            format!("{}, {}; {itself}", what(&one.is), rule.used.words())
        }
        [one] => format!("{}, {}", what(&one.is), rule.used.words()),
        _many => format!(
            "{}; what the links lead to is found under its own name",
            rule.used.words()
        ),
    };
    walk.push(named(finding, these));
}

/// Adds what each one is, and where: the first of them by name, the others as a count.
fn named(mut finding: Finding, these: &[&PassedOver]) -> Finding {
    let (first, rest) = these.split_at(these.len().min(APART_MAX));
    let each = first.iter();
    let mut lines: Vec<String> = each
        .map(|one| format!("{}: {}", shown(&one.path), what(&one.is)))
        .collect();
    if !rest.is_empty() {
        lines.push(format!("and {} more", rest.len()));
    }
    finding.because = Some(lines.join("; "));
    let place = |one: &&PassedOver| Place::new(shown(&one.path), None);
    finding.places = first.iter().map(place).collect();
    finding
}

fn shown(path: &Path) -> String {
    sanitize(&path.to_string_lossy())
}

fn what(is: &Passed) -> String {
    match is {
        Passed::Link { to, real, .. } => {
            let to = shown(to);
            match real {
                Some(_) => format!("a link to {to}"),
                None => format!("a link to {to}, where nothing can be found"),
            }
        }
        Passed::Pipe { what } | Passed::Other { what } => (*what).to_owned(),
        Passed::Name => "a name that is not UTF-8".to_owned(),
        Passed::More { count } => {
            format!(
                "{count} more below it (links, devices, names that are not UTF-8), only counted"
            )
        }
    }
}

fn cure(is: &Passed) -> &'static str {
    match is {
        Passed::Link { real: None, .. } => "mount what it leads to, or remove the link",
        Passed::Link { folder: true, .. } => {
            "put the folder itself in the link's place (`mount --bind` does)"
        }
        Passed::Link { .. } => "put the file itself in the link's place",
        Passed::Pipe { .. } | Passed::Other { .. } => "remove it",
        Passed::Name => "rename it",
        Passed::More { .. } => "fix those that are named first",
    }
}
