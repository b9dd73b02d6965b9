//! Findings of a three-way merge: one for everything that only the vendor changed, one question
//! for each key that both changed, and one for each guarded key.

mod question;
mod vendors;

use crate::{
    edit::{
        Format, Opened,
        merge::{Difference, Side, differences},
    },
    model::{
        edit::{Edit, Op},
        finding::{FileChange, Finding, FindingKind, Place, ProposedChange, Safety},
        route::Route,
        rule::{Guard, MergeFile, Severity},
        survey::StockTexts,
    },
    redact::Redactor,
    rules::{
        assess::{
            Walk,
            draft::{Source, option},
            trouble,
        },
        ids, mask,
    },
};
use question::shown;
use serde_json::Value;
use std::sync::Arc;
use vendors::Vendors;

const BY_HAND: &str = "by_hand";
const KEEP: &str = "keep_yours";
const TAKE: &str = "take_theirs";
const STRICT: &str = "make_strict";

const BOTH_CHANGED: &str =
    "yours is not what the old release ships, and the new release changes it";
const CANNOT_COME: &str = "the new release changes it, which cannot be done unasked";

pub(super) fn merge(walk: &mut Walk, hop: usize, rule: &MergeFile) {
    let own = match walk.state.files.text(&rule.file) {
        Ok(Some(text)) => text,
        Ok(None) => return super::absent(walk, hop, &rule.file, rule.optional),
        Err(why) => return trouble::cannot_be_used(walk, hop, rule.file.as_str(), &why),
    };
    let stock = walk.case.survey.stock.get(&(hop, rule.file.clone()));
    let read = match stock {
        Some(StockTexts {
            old: Ok(old),
            new: Ok(new),
        }) => Sides::read(rule, [old, new, &own]),
        Some(StockTexts { old: Err(why), .. }) => Err(format!("the old release's file: {why}")),
        Some(StockTexts { new: Err(why), .. }) => Err(format!("the new release's file: {why}")),
        None => Err("the vendor's files were not looked at".to_owned()),
    };
    let merging = Merging { rule, hop };
    match read {
        Err(why) => walk.push(merging.by_hand(walk, &why)),
        Ok(mut sides) => merging.findings(walk, &mut sides),
    }
}

/// The three files, read.
struct Sides {
    format: Format,
    /// The operator's own.
    text: Arc<str>,
    /// The new release's text, if the operator's file is the old release's byte for byte.
    replacement: Option<String>,
    opened: Opened,
    old: Value,
    new: Value,
    own: Value,
}

impl Sides {
    fn read(rule: &MergeFile, texts: [&String; 3]) -> Result<Self, String> {
        let format = Format::said_or_of(rule.format, rule.file.as_str());
        if format == Format::Text {
            return Err("`text` has no keys that could be merged".to_owned());
        }
        let read = |whose: &str, text: &str| {
            let opened = Opened::new(format, text);
            let opened = opened.map_err(|error| format!("{whose} file: {error}"))?;
            let data = opened.document().data();
            let data = data.map_err(|why| format!("{whose} file: {why}"))?;
            Ok::<_, String>((opened, data))
        };
        let [old, new, own] = texts;
        let (opened, data) = read("your", own)?;
        Ok(Self {
            replacement: (old == own && new != own).then(|| new.clone()),
            old: read("the old release's", old)?.1,
            new: read("the new release's", new)?.1,
            own: data,
            opened,
            text: own.as_str().into(),
            format,
        })
    }

    /// The line of a key in the operator's own file.
    fn line(&self, route: &Route) -> Option<usize> {
        self.opened.line(route)
    }
}

/// One rule on one hop.
#[derive(Clone, Copy)]
struct Merging<'a> {
    rule: &'a MergeFile,
    hop: usize,
}

impl Merging<'_> {
    fn findings(self, walk: &mut Walk, sides: &mut Sides) {
        let mut differing = differences(&sides.old, &sides.new, &sides.own);
        let guards: Vec<(&Guard, Guarded)> = self
            .rule
            .guard
            .iter()
            .map(|guard| (guard, Guarded::of(guard, sides)))
            .collect();
        for (guard, _) in guards.iter().filter(|(_, state)| state.holds_back()) {
            // In a branch that is new, the guarded key's own change comes later and wins.
            differing.retain(|one| !one.route.starts_with(&guard.key));
        }
        if guards.iter().any(|(_, state)| self.is_apart(*state)) {
            sides.replacement = None;
        }
        let strict = guards.iter().filter(|(_, state)| state.holds_back());
        let strict: Vec<&Guard> = strict.map(|(guard, _)| *guard).collect();
        let Vendors { safe, asked } = self.vendors(walk, sides, &differing);
        let whole = self.whole(walk, sides, &safe, &strict);
        walk.push(whole);
        let both = differing.iter().filter(|one| one.side() == Side::Both);
        let both = both.map(|one| (one, BOTH_CHANGED.to_owned()));
        let asked = asked
            .into_iter()
            .map(|(one, why)| (one, format!("{CANNOT_COME}: {why}")));
        let asked: Vec<(&Difference, String)> = both.chain(asked).collect();
        if asked.is_empty() && guards.is_empty() {
            return;
        }
        // The files may hold a secret that the rules know from another place.
        let redactor = Redactor::new(mask::before_answers(walk.case));
        for (one, summary) in asked {
            let finding = self.question(walk, sides, one, summary, &redactor);
            walk.push(finding);
        }
        for (guard, state) in guards {
            if let Some(finding) = self.guarded(walk, sides, guard, state, &redactor) {
                walk.push(finding);
            }
        }
    }

    fn source(self, kind: FindingKind, walk: &Walk, key: Option<&Route>, title: String) -> Finding {
        let site = &walk.site(self.hop, |stem| match key {
            Some(key) => ids::merged_key(stem, &self.rule.file, key),
            None => ids::whole_file(stem, &self.rule.file),
        });
        let source = Source::of(site, self.rule, !self.rule.optional);
        source.finding(kind, title)
    }

    /// Whether the operator decides about a guarded key separately from the whole file, so that the
    /// file must not be replaced along with it.
    fn is_apart(self, state: Guarded) -> bool {
        match state {
            Guarded::Lax => true,
            Guarded::Unset => self.rule.optional,
            Guarded::Kept | Guarded::NotLaxer => false,
        }
    }

    /// Everything that can be done without asking. Where the new release's file replaces the
    /// operator's, its lax values are made strict at once: the operator never chose them.
    fn whole(
        self,
        walk: &Walk,
        sides: &Sides,
        safe: &[(&Difference, Edit)],
        strict: &[&Guard],
    ) -> Finding {
        let kind = if safe.is_empty() && sides.replacement.is_none() {
            FindingKind::AlreadyDone
        } else {
            FindingKind::Config
        };
        let mut finding = self.source(kind, walk, None, self.rule.file.to_string());
        finding.places = vec![Place::new(&self.rule.file, None)];
        if kind == FindingKind::AlreadyDone {
            finding.summary = "has everything the new release's file has".to_owned();
            return finding;
        }
        finding.safety = Safety::Safe {
            optional: self.rule.optional,
        };
        if let Some(text) = sides.replacement.clone() {
            finding.summary = "you never changed it: the new release's file takes its place".into();
            let strict = strict.iter().map(|guard| make_strict(guard));
            let changes = [FileChange::Write { text }].into_iter().chain(strict);
            finding.changes = changes.map(|change| self.change(sides, change)).collect();
        } else {
            finding.summary = counted(safe);
            let edits = safe.iter().map(|(_, edit)| FileChange::Edit(edit.clone()));
            finding.changes = edits.map(|edit| self.change(sides, edit)).collect();
        }
        finding
    }

    fn guarded(
        self,
        walk: &mut Walk,
        sides: &Sides,
        guard: &Guard,
        state: Guarded,
        redactor: &Redactor,
    ) -> Option<Finding> {
        let laxer = shown(guard.key.find_in(&sides.new), redactor);
        let strict = shown(Some(&guard.strict), redactor);
        let (kind, severity) = match state {
            Guarded::NotLaxer => return None,
            Guarded::Kept => (FindingKind::AlreadyDone, Severity::Info),
            Guarded::Unset | Guarded::Lax => (FindingKind::Config, Severity::Breaking),
        };
        let title = format!("{} becomes {strict}", guard.key);
        let mut finding = self.source(kind, walk, Some(&guard.key), title);
        finding.severity = severity;
        finding.because = Some(guard.because.clone());
        finding.if_left = None;
        finding.cites = guard.cites.clone();
        finding.places = vec![Place::new(&self.rule.file, sides.line(&guard.key))];
        match state {
            Guarded::NotLaxer => {}
            Guarded::Kept => {
                let own = shown(guard.key.find_in(&sides.own), redactor);
                finding.title = format!("{} stays {own}", guard.key);
                finding.summary = format!("kept: the new release's file says {laxer}");
            }
            Guarded::Unset => {
                finding.summary = format!("unset so far; the new release's file says {laxer}");
                // Otherwise it is made strict together with the whole file.
                if sides.replacement.is_none() {
                    finding.safety = Safety::Safe { optional: false };
                    finding.changes = vec![self.change(sides, make_strict(guard))];
                }
            }
            Guarded::Lax => {
                let own = guard.key.find_in(&sides.own);
                let own = self.yours(walk, sides, &guard.key, own, redactor);
                finding.title = format!("{} is {own}", guard.key);
                finding.summary = "laxer than it should be".to_owned();
                finding.safety = Safety::Decide {
                    question: format!("shall {} become {strict}?", guard.key),
                    options: vec![
                        option(STRICT, format!("make it {strict}")),
                        option(KEEP, format!("leave it {own}")),
                    ],
                    note: None,
                };
                let mut change = self.change(sides, make_strict(guard));
                change.option = Some(STRICT.to_owned());
                finding.changes = vec![change];
            }
        }
        Some(finding)
    }

    /// The vendor's files are not available, so only a person can merge.
    fn by_hand(self, walk: &Walk, why: &str) -> Finding {
        let title = self.rule.file.to_string();
        let mut finding = self.source(FindingKind::Config, walk, None, title);
        finding.summary = format!("cannot be merged: {why}");
        finding.places = vec![Place::new(&self.rule.file, None)];
        finding.safety = Safety::Decide {
            question: format!("who brings {} up to date?", self.rule.file),
            options: vec![option(
                BY_HAND,
                "I merge it by hand, before the new release starts",
            )],
            note: None,
        };
        finding
    }

    fn change(self, sides: &Sides, what: FileChange) -> ProposedChange {
        ProposedChange {
            file: self.rule.file.clone(),
            format: sides.format,
            what,
            option: None,
        }
    }
}

fn make_strict(guard: &Guard) -> FileChange {
    let value = guard.strict.clone();
    FileChange::Edit(Edit::new(guard.key.clone(), Op::Set { value }))
}

/// How a guarded key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guarded {
    /// The new release's value is strict already.
    NotLaxer,
    /// The operator has the strict value.
    Kept,
    /// The operator's file says nothing: what holds is what the old release did.
    Unset,
    /// The operator has something else.
    Lax,
}

impl Guarded {
    fn of(guard: &Guard, sides: &Sides) -> Self {
        let new = guard.key.find_in(&sides.new);
        match guard.key.find_in(&sides.own) {
            _ if new.is_some_and(|new| guard.is_strict(new)) => Self::NotLaxer,
            Some(own) if guard.is_strict(own) => Self::Kept,
            Some(_) => Self::Lax,
            None => Self::Unset,
        }
    }

    /// Whether the vendor's value must not be merged.
    fn holds_back(self) -> bool {
        match self {
            Self::Kept | Self::Unset | Self::Lax => true,
            Self::NotLaxer => false,
        }
    }
}

/// `12 keys added, 3 changed, 1 removed, none of them yours`
fn counted(safe: &[(&Difference, Edit)]) -> String {
    let count = |what: fn(&Difference) -> bool| safe.iter().filter(|(one, _)| what(one)).count();
    let parts = [
        (count(|one| one.old.is_none()), "added"),
        (
            count(|one| one.old.is_some() && one.new.is_some()),
            "changed",
        ),
        (count(|one| one.new.is_none()), "removed"),
    ];
    let told = parts.iter().filter(|(n, _)| *n > 0);
    let told: Vec<String> = told.map(|(n, what)| format!("{n} {what}")).collect();
    format!("keys: {}; none that you changed", told.join(", "))
}
