//! What each finding alone does to its files, whether it is taken or not, file by file: a file is
//! read once however many findings change it.

use super::{Touched, known::Known, surveyed, told_apart};
use crate::{
    edit::{Changeset, Format, Opened},
    model::{
        finding::{Finding, Safety},
        ids::RuleId,
        path::RelPath,
    },
    rules::{
        assess::{Assessment, Case, taken_changes},
        mask,
    },
};
use std::collections::BTreeMap;

/// Each piece compares a whole file with itself; findings beyond this many get no piece.
const PIECES_MAX: usize = 300;

/// What one finding makes of a file that has all earlier taken changes, whether it is taken or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The answer that makes it, if the finding is a question.
    pub option: Option<String>,
    pub file: RelPath,
    pub before: String,
    pub after: String,
}

/// What `see` makes of each piece, for every finding that proposes changes. A change that cannot be
/// made has no piece; the finding or the file's preview says why. Each piece holds a whole file
/// twice, so they are handed over one by one and not kept.
pub fn pieces<S>(
    case: Case,
    assessment: &Assessment,
    see: impl Fn(Piece) -> Option<S>,
) -> BTreeMap<RuleId, Vec<S>> {
    let redactor = mask::redactor(case, assessment);
    let hide = |text: &str| redactor.redact(text).into_owned();
    let changing = assessment.in_order().filter(|f| !f.changes.is_empty());
    let findings: Vec<&Finding> = changing.take(PIECES_MAX).collect();
    let known = Known::of(case, assessment);
    let mut seen = BTreeMap::new();
    for (file, ways) in ways_by_file(&findings, &known) {
        let surveyed = surveyed(case, file);
        let mut before = hide(surveyed);
        follow(surveyed, &ways, |way, raw, after| {
            let shown = hide(after);
            let piece = see(Piece {
                option: way.option.map(str::to_owned),
                file: file.clone(),
                before: before.clone(),
                after: told_apart((raw, &before), (after, &shown)),
            });
            seen.extend(piece.map(|piece| ((way.finding, way.nth, file), piece)));
            if way.taken {
                before = shown;
            }
        });
    }
    let empty = findings
        .iter()
        .map(|finding| (finding.id.clone(), Vec::new()));
    let mut pieces: BTreeMap<RuleId, Vec<S>> = empty.collect();
    for ((finding, ..), piece) in seen {
        let id = &findings[finding].id;
        pieces.entry(id.clone()).or_default().push(piece);
    }
    pieces
}

/// One way in which a finding changes a file: the only one, or that of an answer.
struct Way<'a> {
    finding: usize,
    /// Which of the finding's answers.
    nth: usize,
    option: Option<&'a str>,
    taken: bool,
    touched: Touched<'a>,
}

impl Way<'_> {
    /// The format of its edits, if it consists only of edits in one format.
    fn format(&self) -> Option<Format> {
        let (first, _) = self.touched.edits.first()?;
        let alike = self.touched.edits.iter().all(|(format, _)| format == first);
        let edits_only = alike && self.touched.written.is_none();
        edits_only.then_some(*first)
    }

    fn changeset(&self) -> Changeset {
        let edits = self.touched.edits.iter();
        Changeset {
            edits: edits.map(|(_, edit)| edit.clone()).collect(),
            stays: self.taken,
        }
    }
}

/// The ways for every file, in the order in which they are applied. The taken way of a finding
/// comes last, so that its other ways start from the same text.
fn ways_by_file<'a>(
    findings: &[&'a Finding],
    known: &Known,
) -> BTreeMap<&'a RelPath, Vec<Way<'a>>> {
    let mut files: BTreeMap<&RelPath, Vec<Way>> = BTreeMap::new();
    for (at, &finding) in findings.iter().enumerate() {
        let taken = taken_changes(finding, known.case.decisions.get(&finding.id)).next();
        let is_taken = |option| taken.is_some_and(|change| change.option.as_deref() == option);
        let mut options: Vec<_> = options(finding).into_iter().enumerate().collect();
        options.sort_by_key(|(_, option)| is_taken(*option));
        for (nth, option) in options {
            let changes = finding.changes.iter();
            for change in changes.filter(|change| change.option.as_deref() == option) {
                let ways = files.entry(&change.file).or_default();
                if ways
                    .last()
                    .is_none_or(|way| (way.finding, way.nth) != (at, nth))
                {
                    ways.push(Way {
                        finding: at,
                        nth,
                        option,
                        taken: is_taken(option),
                        touched: Touched::default(),
                    });
                }
                let way = ways.last_mut().expect("one was put there");
                way.touched.follow(change, known, finding.hop);
            }
        }
    }
    files
}

/// The answers of a question; a finding that is no question has exactly one way.
fn options(finding: &Finding) -> Vec<Option<&str>> {
    match &finding.safety {
        Safety::Decide { options, .. } => options.iter().map(|o| Some(o.id.as_str())).collect(),
        Safety::Safe { .. } | Safety::OptIn | Safety::Nothing | Safety::Blocks => vec![None],
    }
}

/// Calls `tell` with the text before and after each way that can be applied.
fn follow(surveyed: &str, ways: &[Way], mut tell: impl FnMut(&Way, &str, &str)) {
    let mut now = surveyed.to_owned();
    let mut made = |way: &Way, now: &mut String, after: &str| {
        tell(way, now, after);
        if way.taken {
            after.clone_into(now);
        }
    };
    for run in ways.chunk_by(|one, next| one.format().is_some() && one.format() == next.format()) {
        if let Some(format) = run[0].format() {
            let Ok(opened) = Opened::new(format, &now) else {
                continue;
            };
            let changes: Vec<Changeset> = run.iter().map(Way::changeset).collect();
            opened.preview(&changes, &mut |nth, after| {
                if let Some(after) = after {
                    made(&run[nth], &mut now, after);
                }
            });
            continue;
        }
        for way in run {
            if let Ok(after) = way.touched.after(&now) {
                made(way, &mut now, &after);
            }
        }
    }
}
