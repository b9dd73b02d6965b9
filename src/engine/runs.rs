//! Runs as a whole: starting one, taking one up again, looking at one.

mod error;
mod prune;
mod summary;

pub use error::RunError;
pub use prune::{Judged, Stays, judge, prune};
pub use summary::{RunSummary, find, list, must_be_readable, must_be_whole, unfinished};

use super::{
    deed::left_over,
    link::{
        handle::{Event, Sink},
        sharing::Sharing,
    },
    means::context::Context,
    store::{
        journal::{Decoded, Journal, JournalError, Tail},
        run_dir::{RunDir, StateDir},
    },
    undo_preview::{self, LaterEdit, UndoPreview, WayBack},
    worker::Worker,
};
use crate::{
    model::{
        ids::{InputName, RunId},
        limits,
        plan::Plan,
        record::{Body, JOURNAL_FORMAT, Record, RunEnd, Who},
        text::{Secret, inert, to_hex, with_causes},
    },
    rules::{
        diagnostic::Diagnostic,
        pack::{self, LoadedPack},
        preview::FilePreview,
        source::PackSource,
    },
    run_state::RunState,
    world::{FileError, World},
};
use std::{collections::BTreeMap, os::fd::OwnedFd, path::Path, sync::Arc};
use summary::{next_number, unfinished_of};

const RUN_ID_BYTES: usize = 16;

/// Starts a run and returns its worker, ready to be spawned, or to be driven step by step by a
/// test. `agreed`: the operator agreed beforehand that the product is changed.
pub fn start(
    world: &World,
    state_dir: &StateDir,
    plan: Plan,
    agreed: bool,
    source: &PackSource,
    answers: &BTreeMap<InputName, Secret>,
    sink: Box<dyn Sink>,
) -> Result<Worker, RunError> {
    let loaded = sealed(source, &plan)?;
    let plan = Arc::new(plan);
    let who = world.system.who();
    let root = Path::new(&plan.root);
    let id = RunId::new(to_hex(&world.system.random(RUN_ID_BYTES)));
    let lock = state_dir.lock(world, root, &note(&who, &id));
    let runs = list(world, state_dir)?;
    let lock = lock.map_err(|held| still_open(held, &runs))?;
    let number = next_number(&runs);
    refuse_if_any(world, state_dir, root, runs)?;
    let dir = state_dir.run(&id);
    let body = Body::RunStarted {
        format: JOURNAL_FORMAT,
        run: id,
        number,
        by: who,
        plan: plan.clone(),
        agreed,
    };
    let laid_out = lay_out(world, &dir, source, loaded, answers, plan, body);
    let (context, journal, record) = laid_out.map_err(|why| RunError::NotBegun {
        why: Box::new(why),
        // No list of runs would ever show what is left there, which may include secrets.
        left: dir.discard_unbegun(world, &*lock).err(),
    })?;
    let state = RunState::start(&record)?;
    sink.send(Event::Record(Box::new(record)));
    Ok(Worker::new(
        context,
        Sharing::new(journal),
        state,
        sink,
        lock,
    ))
}

/// Writes everything that a run keeps from its start, then its first record: then it is begun.
fn lay_out(
    world: &World,
    dir: &RunDir,
    source: &PackSource,
    loaded: LoadedPack,
    answers: &BTreeMap<InputName, Secret>,
    plan: Arc<Plan>,
    begins: Body,
) -> Result<(Context, Journal, Record), RunError> {
    dir.prepare(world, source, answers)?;
    let json = serde_json::to_string_pretty(&*plan).expect("plans have only text keys");
    let json = inert(&json);
    world.files.stage(&dir.plan(), json.as_bytes(), None)?;
    let context = Context::new(world.clone(), dir.clone(), plan, loaded, answers.clone())?;
    let mut journal = Journal::create(Box::new(dir.store(world)));
    let record = journal.append(world.clock.now_ms(), begins)?;
    Ok((context, journal, record))
}

/// Keeps the changes for those who return without the original session. Secrets are hidden.
pub fn keep_changes(world: &World, dir: &RunDir, changes: &[FilePreview]) -> Result<(), FileError> {
    let json = serde_json::to_string(changes).expect("texts are JSON");
    world
        .files
        .stage(&dir.changes(), inert(&json).as_bytes(), None)?;
    Ok(())
}

/// Reads them back; `None` if they were not kept.
pub fn kept_changes(
    world: &World,
    state_dir: &StateDir,
    run: &RunId,
) -> Result<Option<Vec<FilePreview>>, RunError> {
    let path = state_dir.run(run).changes();
    let Some(content) = world.files.read(&path, limits::PLAN.bytes())? else {
        return Ok(None);
    };
    let read = serde_json::from_slice(&content.bytes);
    read.map(Some).map_err(|error| RunError::Changes {
        path,
        why: error.to_string(),
    })
}

/// The pack that the plan was made from, and no other: that is the one a person agreed to.
fn sealed(source: &PackSource, plan: &Plan) -> Result<LoadedPack, RunError> {
    let loaded = pack::load(source).map_err(|errors| RunError::Pack(first(&errors)))?;
    if loaded.digest == plan.pack {
        Ok(loaded)
    } else {
        Err(RunError::OtherPack)
    }
}

/// Refuses a second run on one product: they would undo each other's files.
pub fn refuse_a_second(world: &World, state_dir: &StateDir, root: &Path) -> Result<(), RunError> {
    refuse_if_any(world, state_dir, root, list(world, state_dir)?)
}

fn refuse_if_any(
    world: &World,
    state_dir: &StateDir,
    root: &Path,
    runs: Vec<RunSummary>,
) -> Result<(), RunError> {
    let mut here = runs.iter().filter(|run| run.is_of(root));
    here.try_for_each(|run| run.must_be_whole(state_dir))?;
    match unfinished_of(world, state_dir, root, runs)?.first() {
        None => Ok(()),
        Some(run) => Err(RunError::Unfinished {
            run: run.run.clone(),
            word: run.word(),
        }),
    }
}

/// Takes over, in a process of its own, a run that another process began or took up, with the lock
/// that it handed over. `listens` makes the sink for the worker's events.
pub fn carry_on(
    world: &World,
    state_dir: &StateDir,
    id: &RunId,
    lock: OwnedFd,
    listens: impl FnOnce(&Sharing, u64) -> Box<dyn Sink>,
) -> Result<Worker, RunError> {
    let dir = state_dir.run(id);
    let before = state_of(world, &dir, id)?;
    // From now on the lock's note names this process to others who want the product.
    let note = note(&world.system.who(), id);
    let lock = state_dir.adopt(Path::new(&before.plan.root), lock, &note)?;
    let (journal, records) = Journal::open(Box::new(dir.store(world)))?;
    let state = RunState::fold(&records)?;
    let context = context(world, dir, &state)?;
    let sharing = Sharing::new(journal);
    let sink = listens(&sharing, state.seq);
    Ok(Worker::new(context, sharing, state, sink, lock))
}

/// Whether a run can be taken back, given all runs. A done run cannot if steps of a later run on
/// the same product build on it; one that was rolled back or given up left nothing behind.
pub fn may_go_back(runs: &[RunSummary], state: &RunState) -> Result<(), RunError> {
    if state.is_over() {
        return Err(RunError::Ended(state.run.clone()));
    }
    let begun = runs.iter().filter_map(|run| run.state.as_ref().ok());
    let mut later = begun.filter(|run| {
        run.run != state.run && run.plan.root == state.plan.root && run.order() >= state.order()
    });
    let in_the_way = later.find(|run| match run.ended() {
        None | Some(RunEnd::Done) => true,
        Some(RunEnd::RolledBack | RunEnd::Abandoned) => false,
    });
    match in_the_way {
        Some(later) if state.ended() == Some(RunEnd::Done) => Err(RunError::Later {
            run: state.run.clone(),
            later: later.run.clone(),
            word: later.word(),
        }),
        Some(_) | None => Ok(()),
    }
}

/// The purpose of taking up a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To continue where its records end; the run must not have ended.
    On,
    /// To go back, or to pull an emergency step; the run must not have ended, or be done and the
    /// newest of its product. On a full disk, its ballast is dropped to make room for the journal.
    Back,
    /// To undo a pulled emergency step, whatever became of the run.
    Release,
}

fn may_be_taken_up(
    world: &World,
    state_dir: &StateDir,
    state: &RunState,
    way: Way,
) -> Result<(), RunError> {
    match (way, state.ended()) {
        (Way::Release, Some(_)) if state.is_pulled() => Ok(()),
        (Way::Back | Way::Release, _) => may_go_back(&list(world, state_dir)?, state),
        (Way::On, None) => Ok(()),
        (Way::On, Some(RunEnd::Done)) if !state.is_over() => Err(RunError::Done(state.run.clone())),
        (Way::On, Some(RunEnd::Done | RunEnd::RolledBack | RunEnd::Abandoned)) => {
            Err(RunError::Ended(state.run.clone()))
        }
    }
}

/// The note on the lock, for others who want the product.
fn note(who: &Who, run: &RunId) -> String {
    let Who { user, host, pid } = who;
    format!(
        "{user} on {host} (process {pid}), run {run}, which `switchback attach {run} --watch` shows"
    )
}

/// Explains a lock that is held although no run of this state folder is under way: the report of an
/// ended run may still be open, from where it can be taken back.
fn still_open(held: FileError, runs: &[RunSummary]) -> RunError {
    let FileError::Locked { holder, .. } = &held else {
        return held.into();
    };
    let begun = runs.iter().filter_map(|run| run.state.as_ref().ok());
    let mut ended = begun.filter(|run| run.end.is_some());
    match ended.find(|run| holder.contains(run.run.as_str())) {
        None => held.into(),
        Some(run) => RunError::StillOpen {
            run: run.run.clone(),
            word: run.word(),
            holder: holder.clone(),
        },
    }
}

/// Takes a run up and returns its worker, which holds the lock.
pub fn take_up(
    world: &World,
    state_dir: &StateDir,
    id: &RunId,
    sink: Box<dyn Sink>,
    way: Way,
) -> Result<Worker, RunError> {
    let dir = state_dir.run(id);
    let before = state_of(world, &dir, id)?;
    may_be_taken_up(world, state_dir, &before, way)?;
    let who = world.system.who();
    let lock = state_dir.lock(world, Path::new(&before.plan.root), &note(&who, id))?;
    // Somebody may have ended the run or begun another one before we got the lock.
    may_be_taken_up(world, state_dir, &state_of(world, &dir, id)?, way)?;
    let open = || -> Result<(Journal, Vec<Record>), JournalError> {
        let (mut journal, mut records) = Journal::open(Box::new(dir.store(world)))?;
        let by = who.clone();
        records.push(journal.append(world.clock.now_ms(), Body::Resumed { by })?);
        Ok((journal, records))
    };
    let needs_its_ballast = way != Way::On || before.rollback.is_some();
    let (journal, records) = match open() {
        Err(JournalError::File(error)) if error.wants_room() && needs_its_ballast => {
            dir.drop_ballast(world)?;
            open()?
        }
        opened => opened?,
    };
    let state = RunState::fold(&records)?;
    let context = context(world, dir, &state)?;
    for record in records {
        sink.send(Event::Record(Box::new(record)));
    }
    Ok(Worker::new(
        context,
        Sharing::new(journal),
        state,
        sink,
        lock,
    ))
}

/// What a way back would do now; changes nothing.
pub fn undo_preview(
    world: &World,
    state_dir: &StateDir,
    state: &RunState,
    back: WayBack,
) -> Result<UndoPreview, RunError> {
    let context = context(world, state_dir.run(&state.run), state)?;
    Ok(UndoPreview::of(&context, state, back))
}

/// The later edits that would stop a way back. Only files are looked at, no database is counted.
pub fn later_edits(
    world: &World,
    state_dir: &StateDir,
    state: &RunState,
    back: WayBack,
) -> Result<Vec<LaterEdit>, RunError> {
    let context = context(world, state_dir.run(&state.run), state)?;
    Ok(undo_preview::later_edits(&context, state, back)?)
}

/// The pack with which a run was begun, from the run's own copy.
pub fn pack_of(
    world: &World,
    state_dir: &StateDir,
    state: &RunState,
) -> Result<LoadedPack, RunError> {
    let source = state_dir.run(&state.run).pinned_pack(world)?;
    sealed(&source, &state.plan)
}

/// The context for the steps of a run, from what the run keeps.
fn context(world: &World, dir: RunDir, state: &RunState) -> Result<Context, RunError> {
    let source = dir.pinned_pack(world)?;
    let loaded = sealed(&source, &state.plan)?;
    let answers = dir.answers(world)?;
    let mut context = Context::new(world.clone(), dir, state.plan.clone(), loaded, answers)?;
    context.found(&state.saved);
    Ok(context)
}

/// The cut-off processes of a run that may still be running; `None` if nobody can tell.
pub fn left_over(world: &World, state_dir: &StateDir, state: &RunState) -> Option<Vec<u32>> {
    if !state.is_in_flight() {
        return Some(Vec::new());
    }
    left_over::at_work(world, &state_dir.run(&state.run)).ok()
}

/// The state of a run, from its records alone; takes no lock.
pub fn look(world: &World, state_dir: &StateDir, id: &RunId) -> Result<(RunState, Tail), RunError> {
    let decoded = peek(world, &state_dir.run(id), id)?;
    Ok((RunState::fold(&decoded.records)?, decoded.tail))
}

/// The records themselves, up to the first damage.
pub fn records(world: &World, state_dir: &StateDir, id: &RunId) -> Result<Vec<Record>, RunError> {
    Ok(peek(world, &state_dir.run(id), id)?.records)
}

fn state_of(world: &World, dir: &RunDir, id: &RunId) -> Result<RunState, RunError> {
    Ok(RunState::fold(&peek(world, dir, id)?.records)?)
}

fn peek(world: &World, dir: &RunDir, id: &RunId) -> Result<Decoded, RunError> {
    // The error is the same whether the run was named or found by a search.
    let decoded = Journal::peek(&dir.store(world)).map_err(|error| RunError::Unreadable {
        run: id.clone(),
        why: with_causes(&error),
    })?;
    if !decoded.records.is_empty() {
        return Ok(decoded);
    }
    let why = match decoded.tail.damage() {
        Some(damage) => damage,
        None if dir.has_traces(world)? => "line 1: it is gone".to_owned(),
        None => return Err(RunError::Empty(id.clone())),
    };
    Err(RunError::Damaged {
        run: id.clone(),
        why,
        folder: dir.path().to_owned(),
        is_told: false,
    })
}

fn first(errors: &[Diagnostic]) -> String {
    errors
        .first()
        .map(|error| error.render(false))
        .unwrap_or_default()
}
