//! Runs as a whole: starting one, taking one up again, listing them.

use super::{
    context::{Context, ContextError},
    handle::Sink,
    journal::{Decoded, Journal, JournalError, Tail},
    run_dir::{RunDir, StateDir},
    undo_preview::UndoPreview,
    worker::Worker,
};
use crate::{
    model::{
        ids::{InputName, RunId},
        plan::Plan,
        record::{Body, JOURNAL_FORMAT, Record},
        text::{Secret, sanitize, to_hex},
    },
    rules::{
        diagnostic::Diagnostic,
        pack::{self, PackSource},
    },
    run_state::{Illegal, RunState},
    world::{FileError, World},
};
use std::{collections::BTreeMap, path::Path};

const RUN_ID_BYTES: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("there is no run `{0}`; `switchback runs` lists them")]
    NoRun(String),
    #[error("no run was begun yet; `switchback apply` begins one")]
    NoRuns,
    #[error("`{prefix}` fits several runs: {runs}; give more of it", runs = .runs.join(", "))]
    ManyRuns { prefix: String, runs: Vec<String> },
    #[error(
        "run {0} has ended: nothing is left to do or to take back; `switchback restore {0} --to DIR` \
         lays its backup out"
    )]
    Ended(RunId),
    #[error("run {0} never began; nothing was changed")]
    Empty(RunId),
    #[error("the pack that the run keeps cannot be read: {0}")]
    Pack(String),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error("the journal holds what cannot have happened: {0}")]
    Illegal(#[from] Illegal),
}

/// A worker that is ready to be spawned, or to be driven step by step by a test.
pub fn start(
    world: &World,
    state_dir: &StateDir,
    plan: Plan,
    source: &PackSource,
    answers: &BTreeMap<InputName, Secret>,
    sink: Box<dyn Sink>,
) -> Result<Worker, RunError> {
    let loaded = pack::load(source).map_err(|errors| RunError::Pack(first(&errors)))?;
    let who = world.system.who();
    let root = plan.root.clone();
    let id = RunId::new(to_hex(&world.system.random(RUN_ID_BYTES)));
    let note = format!(
        "{} on {} (process {}), run {id}",
        who.user, who.host, who.pid
    );
    let lock = state_dir.lock(world, Path::new(&root), &note)?;
    let dir = state_dir.run(&id);
    dir.prepare(world, source, answers)?;
    let context = Context::new(
        world.clone(),
        dir.clone(),
        plan.clone(),
        loaded,
        answers.clone(),
    )?;
    let json = serde_json::to_vec_pretty(&plan).expect("plans have only text keys");
    world
        .files
        .stage(&dir.path().join("plan.json"), &json, None)?;
    let mut journal = Journal::create(Box::new(dir.store(world)));
    let body = Body::RunStarted {
        format: JOURNAL_FORMAT,
        run: id,
        by: who,
        plan: Box::new(plan),
    };
    let record = journal.append(world.clock.now_ms(), body)?;
    let state = RunState::start(&record)?;
    sink.send(super::handle::Event::Record(Box::new(record)));
    Ok(Worker::new(context, journal, state, sink, lock))
}

/// Takes a run up where its records end.
pub fn resume(
    world: &World,
    state_dir: &StateDir,
    id: &RunId,
    sink: Box<dyn Sink>,
) -> Result<Worker, RunError> {
    let dir = state_dir.run(id);
    let before = state_of(world, &dir, id)?;
    if before.end.is_some() {
        return Err(RunError::Ended(id.clone()));
    }
    let who = world.system.who();
    let note = format!(
        "{} on {} (process {}), run {id}",
        who.user, who.host, who.pid
    );
    let lock = state_dir.lock(world, Path::new(&before.plan.root), &note)?;
    let (mut journal, mut records) = Journal::open(Box::new(dir.store(world)))?;
    records.push(journal.append(world.clock.now_ms(), Body::Resumed { by: who })?);
    let state = RunState::fold(&records)?;
    let context = context(world, dir, &state)?;
    for record in records {
        sink.send(super::handle::Event::Record(Box::new(record)));
    }
    Ok(Worker::new(context, journal, state, sink, lock))
}

/// What a rollback would do now; changes nothing.
pub fn undo_preview(
    world: &World,
    state_dir: &StateDir,
    state: &RunState,
) -> Result<UndoPreview, RunError> {
    let context = context(world, state_dir.run(&state.run), state)?;
    Ok(UndoPreview::of(&context, state))
}

/// What the steps of a run may use, as the run keeps it.
fn context(world: &World, dir: RunDir, state: &RunState) -> Result<Context, RunError> {
    let source = dir.pinned_pack(world)?;
    let loaded = pack::load(&source).map_err(|errors| RunError::Pack(first(&errors)))?;
    let answers = dir.answers(world)?;
    let mut context = Context::new(world.clone(), dir, state.plan.clone(), loaded, answers)?;
    context.found(&state.saved);
    Ok(context)
}

/// What a run is, from its records alone; without a lock.
pub fn look(world: &World, state_dir: &StateDir, id: &RunId) -> Result<(RunState, Tail), RunError> {
    let decoded = peek(world, &state_dir.run(id), id)?;
    Ok((RunState::fold(&decoded.records)?, decoded.tail))
}

/// The records themselves, as far as they are whole.
pub fn records(world: &World, state_dir: &StateDir, id: &RunId) -> Result<Vec<Record>, RunError> {
    Ok(peek(world, &state_dir.run(id), id)?.records)
}

fn state_of(world: &World, dir: &RunDir, id: &RunId) -> Result<RunState, RunError> {
    Ok(RunState::fold(&peek(world, dir, id)?.records)?)
}

fn peek(world: &World, dir: &RunDir, id: &RunId) -> Result<Decoded, RunError> {
    let decoded = Journal::peek(&dir.store(world))?;
    if decoded.records.is_empty() {
        return match decoded.tail {
            Tail::Clean | Tail::Torn => Err(RunError::Empty(id.clone())),
            Tail::Damaged { line, why } => Err(JournalError::Damaged { line, why }.into()),
        };
    }
    Ok(decoded)
}

/// A line of the list of runs.
#[derive(Clone, Debug)]
pub struct RunSummary {
    pub id: RunId,
    /// Or why it cannot be told.
    pub state: Result<RunState, String>,
}

/// Every run, newest first; those that cannot be read last.
pub fn list(world: &World, state_dir: &StateDir) -> Result<Vec<RunSummary>, RunError> {
    let mut runs = Vec::new();
    for id in state_dir.runs(world)? {
        let state = match state_of(world, &state_dir.run(&id), &id) {
            Ok(state) => Ok(state),
            // A crash before the first record: nothing was written outside its folder.
            Err(RunError::Empty(_)) => continue,
            Err(error) => Err(error.to_string()),
        };
        runs.push(RunSummary { id, state });
    }
    runs.sort_by_key(|run| {
        let at_ms = run.state.as_ref().map_or(0, |state| state.started_at_ms);
        (std::cmp::Reverse(at_ms), run.id.clone())
    });
    Ok(runs)
}

/// The newest run on this root that has not ended.
pub fn unfinished(
    world: &World,
    state_dir: &StateDir,
    root: &Path,
) -> Result<Vec<RunState>, RunError> {
    let mut open = Vec::new();
    for run in list(world, state_dir)? {
        if let Ok(state) = run.state
            && state.end.is_none()
            && Path::new(&state.plan.root) == root
        {
            open.push(state);
        }
    }
    Ok(open)
}

/// A run by its id, by the beginning of it, or the newest one.
pub fn find(world: &World, state_dir: &StateDir, prefix: Option<&str>) -> Result<RunId, RunError> {
    let Some(prefix) = prefix else {
        let newest = list(world, state_dir)?.into_iter().next().map(|run| run.id);
        return newest.ok_or(RunError::NoRuns);
    };
    let mut fits: Vec<RunId> = state_dir.runs(world)?;
    fits.retain(|id| id.as_str().starts_with(prefix));
    match fits.as_slice() {
        [] => Err(RunError::NoRun(sanitize(prefix))),
        [id] => Ok(id.clone()),
        many => Err(RunError::ManyRuns {
            prefix: sanitize(prefix),
            runs: many
                .iter()
                .map(|id| id.as_str().chars().take(12).collect())
                .collect(),
        }),
    }
}

fn first(errors: &[Diagnostic]) -> String {
    errors
        .first()
        .map(|error| error.render(false))
        .unwrap_or_default()
}
