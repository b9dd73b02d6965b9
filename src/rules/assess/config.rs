//! Findings about keys of configuration files and about whole files.

mod change;
mod merge;

use super::{
    Walk,
    draft::{About, Source},
    texts, trouble,
};
use crate::{
    edit::{EditError, Format, Opened, Outcome},
    model::{
        edit::Edit,
        finding::{FileChange, Finding, FindingKind, Place, ProposedChange, Safety},
        path::RelPath,
        route::Route,
        rule::{Change, ConfigRule, CreateFile, EditFile, Verb},
    },
    rules::{condition::applies, ids},
};

pub(super) fn assess(walk: &mut Walk, hop: usize, index: usize, rule: &ConfigRule) {
    if !applies(rule.when(), &walk.facts) {
        return;
    }
    match rule {
        ConfigRule::Edit(rule) => edit(walk, hop, rule),
        ConfigRule::Create(rule) => create(walk, hop, rule),
        ConfigRule::Replace(rule) => texts::replace(walk, hop, index, rule),
        ConfigRule::Merge(rule) => merge::merge(walk, hop, rule),
    }
}

/// What one change would do to the file, judged without writing it.
type Judged = Result<Outcome, EditError>;

fn edit(walk: &mut Walk, hop: usize, rule: &EditFile) {
    let text = match walk.state.files.text(&rule.file) {
        Ok(Some(text)) => text,
        Ok(None) => return absent(walk, hop, &rule.file, rule.optional),
        Err(why) => return trouble::cannot_be_used(walk, hop, rule.file.as_str(), &why),
    };
    let format = Format::said_or_of(rule.format, rule.file.as_str());
    let opened = match walk.state.files.open(&rule.file, format, &text) {
        Ok(opened) => opened,
        Err(why) => {
            return trouble::cannot_be_used(walk, hop, rule.file.as_str(), &why);
        }
    };
    let Some(on_path) = walk.case.path.hops.get(hop) else {
        return;
    };
    let mut changes = Vec::new();
    for change in &rule.changes {
        match change.verb() {
            Ok(verb) => changes.push(At {
                rule,
                change,
                verb,
                edit: change::edit(verb, on_path),
                format,
            }),
            Err(fault) => {
                let why = format!("its rules are wrong, see `rules check`: {fault}");
                return trouble::cannot_be_used(walk, hop, rule.file.as_str(), &why);
            }
        }
    }
    let applies = |at: &At| {
        let only_if = at.change.only_if.as_ref();
        only_if.is_none_or(|route| opened.line(route).is_some())
    };
    let edits = changes.iter().filter(|at| applies(at));
    let edits: Vec<Edit> = edits.map(|at| at.edit.clone()).collect();
    let (judged, then) = judge(&opened, &edits);
    let also = |edit: &Edit| change::also(edit, &opened, then.as_ref());
    let also: Vec<Vec<Route>> = edits.iter().map(also).collect();
    if let Some(then) = then {
        let changed = edits.into_iter().zip(&judged);
        let changed = changed.filter(|(_, outcome)| **outcome == Ok(Outcome::Changed));
        let changed = changed.map(|(edit, _)| (format, edit)).collect();
        walk.state.files.foresee(&rule.file, changed, then);
    }
    let mut judged = judged.into_iter().zip(also);
    for at in changes {
        let judged = applies(&at).then(|| judged.next()).flatten();
        let finding = at.finding(walk, hop, &opened, judged);
        walk.push(finding);
    }
}

/// Applies all edits at once, and returns the resulting file. Only if one of them fails are they
/// applied one after the other, to tell which.
fn judge(opened: &Opened, edits: &[Edit]) -> (Vec<Judged>, Option<Opened>) {
    if let Ok(changed) = opened.apply(edits) {
        let judged = changed.outcomes.into_iter().map(Ok).collect();
        return (judged, changed.file);
    }
    let mut now: Option<Opened> = None;
    let mut judged = Vec::new();
    for edit in edits {
        let edit = std::slice::from_ref(edit);
        let changed = now.as_ref().unwrap_or(opened).apply(edit);
        judged.push(changed.map(|changed| {
            now = changed.file.or_else(|| now.take());
            let outcome = changed.outcomes.first().copied();
            outcome.unwrap_or(Outcome::AlreadyDone)
        }));
    }
    (judged, None)
}

/// One change of one rule.
struct At<'a> {
    rule: &'a EditFile,
    change: &'a Change,
    verb: Verb<'a>,
    edit: Edit,
    format: Format,
}

impl At<'_> {
    /// `judged`: what it would do, and the other routes at which a reader of the file finds what
    /// is changed; `None` if it does not apply.
    fn finding(
        self,
        walk: &Walk,
        hop: usize,
        opened: &Opened,
        judged: Option<(Judged, Vec<Route>)>,
    ) -> Finding {
        let (judged, also) = judged.unzip();
        let kind = match &judged {
            None | Some(Ok(Outcome::Absent)) => FindingKind::Unchanged,
            Some(Ok(Outcome::AlreadyDone)) => FindingKind::AlreadyDone,
            Some(Ok(Outcome::Changed) | Err(_)) => FindingKind::Config,
        };
        let site = &walk.site(hop, |stem| ids::change(stem, &self.rule.file, self.change));
        let source = Source::of(site, self.change, !self.change.optional);
        let mut finding = source.finding(kind, change::title(self.verb));
        finding.places = vec![Place::new(&self.rule.file, opened.line(&self.edit.route))];
        match judged {
            None => finding.summary = "does not apply here".to_owned(),
            Some(Ok(Outcome::AlreadyDone)) if walk.state.files.changes(&self.rule.file) => {
                finding.summary = "so once the changes before it are made".to_owned();
            }
            Some(Ok(Outcome::AlreadyDone)) if matches!(self.verb, Verb::Remove { .. }) => {
                finding.summary = "not there".to_owned();
            }
            Some(Ok(Outcome::Absent)) => finding.summary = "not there".to_owned(),
            Some(Ok(Outcome::AlreadyDone)) => finding.summary = "already so".to_owned(),
            Some(Err(error)) => {
                finding.summary = format!("cannot be changed: {error}");
                finding.safety = if self.change.optional {
                    Safety::Nothing
                } else {
                    Safety::Blocks
                };
            }
            Some(Ok(Outcome::Changed)) => {
                finding.summary = change::words(self.verb).to_owned();
                finding.summary += &change::also_in_words(&also.unwrap_or_default());
                finding.input = self.edit.first_input();
                finding.safety = Safety::opt_in_if(self.change.optional);
                finding.changes.push(ProposedChange {
                    file: self.rule.file.clone(),
                    format: self.format,
                    what: FileChange::Edit(self.edit),
                    option: None,
                });
            }
        }
        finding
    }
}

fn absent(walk: &mut Walk, hop: usize, file: &RelPath, optional: bool) {
    let site = &walk.site(hop, |stem| ids::whole_file(stem, file));
    let source = Source::of(site, About::default(), !optional);
    let kind = if optional {
        FindingKind::Unchanged
    } else {
        FindingKind::Missing
    };
    let mut finding = source.finding(kind, file.as_str());
    finding.places = vec![Place::new(file, None)];
    if optional {
        finding.summary = "not there, nothing to change".to_owned();
    } else {
        finding.summary = "required, but the file is not there".to_owned();
        finding.safety = Safety::Blocks;
    }
    walk.push(finding);
}

fn create(walk: &mut Walk, hop: usize, rule: &CreateFile) {
    let there = match walk.state.files.text(&rule.file) {
        Ok(text) => text.is_some(),
        Err(why) => return trouble::cannot_be_used(walk, hop, rule.file.as_str(), &why),
    };
    let site = &walk.site(hop, |stem| ids::whole_file(stem, &rule.file));
    let source = Source::of(site, rule, !rule.optional);
    let kind = if there {
        FindingKind::AlreadyDone
    } else {
        FindingKind::NewFile
    };
    let mut finding = source.finding(kind, rule.file.as_str());
    finding.places = vec![Place::new(&rule.file, None)];
    let text = walk.case.pack_files.get(&rule.from);
    match text {
        _ if there => finding.summary = "there already, it stays as it is".to_owned(),
        None => {
            finding.summary = format!("the pack has no text {}", rule.from);
            finding.safety = Safety::Blocks;
        }
        Some(text) => {
            finding.summary = "new file".to_owned();
            finding.safety = Safety::opt_in_if(rule.optional);
            finding.changes.push(ProposedChange {
                file: rule.file.clone(),
                format: Format::Text,
                what: FileChange::Write { text: text.clone() },
                option: None,
            });
        }
    }
    walk.push(finding);
}
