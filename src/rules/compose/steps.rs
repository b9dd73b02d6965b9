//! The steps of a plan: those of the rules, and one for each file that changes are made in.

use super::{
    Made, checkouts, flags, losses, migrations,
    piece::{Part, Piece, is_called},
    services, stages, switch,
};
use crate::{
    model::{
        edit::Edit,
        finding::{FileChange, ProposedChange},
        path::RelPath,
        plan::{PlannedStep, StepBody, Undo},
        rule::{Action, ConfigRule, Step, Then},
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
                of_file(made, n, &file, body).place(made, &mut planned, n);
            }
        }
        add(made, &mut planned, n, &hop.apply, Part::Apply);
    }
    planned
}

fn present(made: Made) -> BTreeSet<RelPath> {
    let files = made.case.survey.files.iter();
    files
        .filter(|(_, state)| state.is_there())
        .map(|(file, _)| file.clone())
        .collect()
}

/// The edits of each file, in the order in which the files are first touched. Changes in one format
/// are one edit; a missing file is created first, empty.
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
        format: change.format,
        edits: vec![edit.clone()],
    });
}

fn of_file(made: Made, hop: usize, file: &RelPath, body: StepBody) -> Piece {
    let verb = match &body {
        StepBody::Write { over: false, .. } => "create",
        StepBody::Write { .. } => "replace",
        StepBody::Edit { .. } | StepBody::Do(_) => "edit",
    };
    Piece::new(format!("{verb}/{file}"), format!("{verb} {file}"), body)
        .undo(Undo::File)
        .then(then(made, hop, file))
        .idempotent(true)
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
        if applies(step.when.as_ref(), &made.facts) {
            for piece in pieces(made, planned, hop, step, part) {
                piece.place(made, planned, hop);
            }
        }
    }
}

/// What a step expands to: itself, or parts that can be judged one by one.
fn pieces(made: Made, planned: &[PlannedStep], hop: usize, step: &Step, part: Part) -> Vec<Piece> {
    let whole = |action: Action| {
        let piece = Piece::whole(step, action).with_ends_of(step);
        vec![services::at_its_place(made, planned, step, piece, part)]
    };
    match &step.action {
        Action::Run(_) | Action::Http(_) | Action::Wait(_) | Action::Ask(_) => {
            whole(step.action.clone())
        }
        Action::Sql(_) | Action::SqlFile(_) => whole(losses::with_losses(made, hop, step)),
        Action::Start(start) => vec![services::start(made, step, start, part)],
        Action::Stop(name) => vec![services::stop(made, planned, step, name, part)],
        Action::Restart(start) => services::restart(made, step, start, part),
        Action::Switch(switch) => switch::pieces(made, planned, step, switch, part),
        Action::Stage(stages) => stages::pieces(step, stages),
        Action::Flag(flag) => flags::pieces(made, planned, step, flag, part),
        Action::Checkout(checkout) => checkouts::pieces(step, checkout),
        Action::Migrate(rule) => migrations::pieces(made, step, rule),
    }
}

/// Resolves the rollback step that undoes a step, if one was named. If no such step applies,
/// nothing undoes it.
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
