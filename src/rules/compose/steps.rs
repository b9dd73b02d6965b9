//! The steps of a plan: those of the rules, and one for each file that changes are made in.

use super::{
    Made, flags, free_name, migrations,
    services::{self, Part, Piece},
    stages,
};
use crate::{
    model::{
        edit::Edit,
        finding::{FileChange, ProposedChange},
        ids::StepId,
        path::RelPath,
        plan::{PlannedStep, StepBody, Undo},
        rule::{Action, ConfigRule, Probe, Step, Then},
        survey::FileState,
    },
    rules::{assess::Assessment, condition::applies},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn steps(made: Made, assessment: &Assessment) -> Vec<PlannedStep> {
    let mut changes: BTreeMap<usize, Vec<&ProposedChange>> = BTreeMap::new();
    for (finding, change) in assessment.changes(made.case.decisions) {
        changes.entry(finding.hop).or_default().push(change);
    }
    let mut there = present(made);
    let mut planned = Vec::new();
    for (n, hop) in made.case.hops_on_path() {
        add(made, &mut planned, n, &hop.before, Part::Before);
        for (file, bodies) in by_file(changes.remove(&n).unwrap_or_default(), &mut there) {
            for body in bodies {
                let step = file_step(made, &planned, n, &file, body);
                planned.push(step);
            }
        }
        add(made, &mut planned, n, &hop.apply, Part::Apply);
    }
    planned
}

fn present(made: Made) -> BTreeSet<RelPath> {
    let files = made.case.survey.files.iter();
    files
        .filter(|(_, state)| match state {
            FileState::Absent => false,
            FileState::Text { .. } | FileState::Unusable { .. } => true,
        })
        .map(|(file, _)| file.clone())
        .collect()
}

/// What is done to each file, in the order in which the files are first touched. Changes in one
/// format make one edit; a file that is not there is made first, empty.
fn by_file(
    changes: Vec<&ProposedChange>,
    there: &mut BTreeSet<RelPath>,
) -> Vec<(RelPath, Vec<StepBody>)> {
    let mut files: Vec<(RelPath, Vec<StepBody>)> = Vec::new();
    let mut places: BTreeMap<&RelPath, usize> = BTreeMap::new();
    for change in changes {
        let at = *places.entry(&change.file).or_insert_with(|| {
            files.push((change.file.clone(), Vec::new()));
            files.len() - 1
        });
        let bodies = &mut files[at].1;
        match &change.what {
            FileChange::Write { text } => {
                let over = !there.insert(change.file.clone());
                bodies.push(write(&change.file, text, over));
            }
            FileChange::Edit(edit) => {
                if there.insert(change.file.clone()) {
                    bodies.push(write(&change.file, "", false));
                }
                add_edit(bodies, change, edit);
            }
        }
    }
    files
}

fn write(file: &RelPath, text: &str, over: bool) -> StepBody {
    StepBody::Write {
        file: file.clone(),
        text: text.to_owned(),
        over,
    }
}

fn add_edit(bodies: &mut Vec<StepBody>, change: &ProposedChange, edit: &Edit) {
    if let Some(StepBody::Edit { format, edits, .. }) = bodies.last_mut()
        && *format == change.format
    {
        edits.push(edit.clone());
        return;
    }
    bodies.push(StepBody::Edit {
        file: change.file.clone(),
        format: change.format.clone(),
        edits: vec![edit.clone()],
    });
}

fn file_step(
    made: Made,
    planned: &[PlannedStep],
    hop: usize,
    file: &RelPath,
    body: StepBody,
) -> PlannedStep {
    let verb = match &body {
        StepBody::Write { over: false, .. } => "create",
        StepBody::Write { .. } => "replace",
        StepBody::Edit { .. } | StepBody::Do(_) => "edit",
    };
    PlannedStep {
        id: step_id(made, planned, hop, &format!("{verb}/{file}")),
        hop,
        title: format!("{verb} {file}"),
        body,
        undo: Undo::File,
        done_if: None,
        then: then(made, hop, file),
        idempotent: true,
        because: None,
        cites: Vec::new(),
        doubt: None,
    }
}

/// What the rules of this hop about a file want done after it was changed, each once.
fn then(made: Made, hop: usize, file: &RelPath) -> Vec<Then> {
    let mut all: Vec<Then> = Vec::new();
    let rules = made.case.hops_on_path().filter(|(n, _)| *n == hop);
    for rule in rules.flat_map(|(_, hop)| &hop.config) {
        if let ConfigRule::Edit(edit) = rule
            && edit.file == *file
            && applies(edit.when.as_ref(), &made.facts)
        {
            let new = edit.then.as_deref().filter(|then| !all.contains(then));
            all.extend(new.cloned());
        }
    }
    all
}

/// The steps of a rules file that apply, each as the plain steps it consists of.
pub(super) fn add(
    made: Made,
    planned: &mut Vec<PlannedStep>,
    hop: usize,
    steps: &[Step],
    part: Part,
) {
    for step in steps {
        if !applies(step.when.as_ref(), &made.facts) {
            continue;
        }
        if let Action::Migrate(rule) = &step.action {
            migrations::add(made, planned, hop, step, rule);
        } else if let Action::Stage(stages) = &step.action {
            stages::add(made, planned, hop, step, stages);
        } else if let Action::Flag(flag) = &step.action {
            flags::add(made, planned, hop, step, flag, part);
        } else {
            for piece in services::pieces(made, planned, step, part) {
                let mut piece = plain(made, planned, hop, step, piece);
                if let Undo::Action(Action::Ask(ask)) = &mut piece.undo {
                    ask.text = made.asked(hop, &ask.text);
                }
                if let StepBody::Do(Action::Ask(ask)) = &mut piece.body {
                    ask.text = made.asked(hop, &ask.text);
                    let named = [&mut ask.shows, &mut ask.undo_to];
                    for name in named.into_iter().flatten() {
                        *name = named_step(made, planned, hop, name);
                    }
                }
                planned.push(piece);
            }
        }
    }
}

fn plain(
    made: Made,
    planned: &[PlannedStep],
    hop: usize,
    step: &Step,
    piece: Piece,
) -> PlannedStep {
    let name = match piece.name {
        Some(name) => format!("{}/{name}", step.id),
        None => step.id.clone(),
    };
    PlannedStep {
        id: step_id(made, planned, hop, &name),
        hop,
        title: piece.title,
        body: piece.body,
        undo: undo(step, piece.undo),
        done_if: both(piece.done_if, step.done_if.clone()),
        then: piece.then,
        idempotent: step.idempotent,
        because: step.because.clone(),
        cites: step.cites.clone(),
        doubt: step.doubt.clone(),
    }
}

fn both(one: Option<Probe>, other: Option<Probe>) -> Option<Probe> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Probe::All(vec![one, other])),
        (one, other) => one.or(other),
    }
}

/// The planned step that a question names: the nearest above of its hop.
fn named_step(made: Made, planned: &[PlannedStep], hop: usize, name: &str) -> String {
    let is_it = |step: &&PlannedStep| step.hop == hop && is_called(made, step, hop, name);
    let found = planned.iter().rev().find(is_it);
    found.map_or_else(
        || format!("{}/{name}", made.stem(hop)),
        |step| step.id.as_str().to_owned(),
    )
}

/// Whether a planned step comes from the step of this name in a hop's rules.
fn is_called(made: Made, step: &PlannedStep, hop: usize, name: &str) -> bool {
    let own = step.id.as_str().strip_prefix(made.stem(hop));
    let rest = own.and_then(|rest| rest.strip_prefix('/')?.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}

/// What a step of the rollback takes back names that step. Where none of this name applies, nothing
/// takes it back.
pub(super) fn settle_ends(made: Made, planned: &mut [PlannedStep], rollback: &[PlannedStep]) {
    for step in planned {
        let Undo::AtTheEnd(name) = &step.undo else {
            continue;
        };
        let mut hops = 0..made.case.path.hops.len();
        let is_it = |back: &&PlannedStep| hops.any(|hop| is_called(made, back, hop, name.as_str()));
        let back = rollback.iter().find(is_it);
        step.undo = back.map_or(Undo::Stays, |back| Undo::AtTheEnd(back.id.clone()));
    }
}

pub(super) fn step_id(made: Made, planned: &[PlannedStep], hop: usize, name: &str) -> StepId {
    let taken = |id: &str| planned.iter().any(|step| step.id.as_str() == id);
    StepId::new(free_name(&format!("{}/{name}", made.stem(hop)), taken))
}

/// A step that is past return is so even if it says how a restore would help.
pub(super) fn undo(step: &Step, otherwise: Undo) -> Undo {
    if step.irreversible {
        Undo::Irreversible
    } else if let Some(action) = &step.undo {
        Undo::Action(action.clone())
    } else if let Some(backup) = &step.undo_by_restore {
        Undo::Restore(backup.clone())
    } else if let Some(name) = &step.undone_by {
        Undo::AtTheEnd(StepId::new(name.clone()))
    } else if step.harmless {
        Undo::Harmless
    } else {
        otherwise
    }
}
