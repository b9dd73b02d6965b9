//! A front end attaches at every record of a run, and follows it to its end: what each has
//! folded is what the journal says. The worker and the front ends are those of the program, with the socket
//! between them; only the worker runs in the test's own process, so that it holds still after each
//! record while somebody attaches.
//!
//! `SWITCHBACK_ATTACH_POINTS=1000` attaches a thousand times; without it one run is attached to.

use super::begun::{begun, exe};
use std::{
    fs,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};
use switchback::{
    engine::{
        link::{
            desk::Desk,
            front::{Attached, Front},
            handle::{Ask, Event, Sink},
        },
        runs,
        store::run_dir::StateDir,
        worker::Worker,
    },
    model::{ids::RunId, record::RunEnd},
    run_state::RunState,
    world::{World, local_socket},
};

const FILES: usize = 8;

/// One step fails once, so that the records include a pause and a retry.
const STEPS: &str = "checklist:
  - {id: there, title: There is a release, probe: {file: {path: VERSION}}}
backup:
  - files: {files: [VERSION]}
apply:
  - id: talk
    title: Talk
    do: {run: {command: [seq, '100']}}
    harmless: true
  - id: switch
    title: Switch
    do: {run: {command: [sh, -c, 'test -e failed || { touch failed; exit 3; }; echo 2.0.0 >VERSION']}}
    undo: {run: {command: [sh, -c, 'echo 1.0.0 >VERSION']}}
    idempotent: true
verify:
  - {id: new, title: The new release, probe: {file: {path: VERSION, matches: '^2'}}}
";

fn hop() -> String {
    let mut hop = "schema: 1\nfrom: '>=1.0, <2.0'\nto: 2.0.0\ntitle: Two\nconfig:\n".to_owned();
    for n in 0..FILES {
        hop += &format!(
            "  - edit: {{file: {n}.toml, changes: [{{set: a, value: 2, severity: required, because: new}}]}}\n"
        );
    }
    hop + STEPS
}

/// Passes each event to the desk; after a record, it has a front end attach before anything else
/// happens.
struct Attaching {
    desk: Desk,
    front: Front,
    run: RunId,
    points: Arc<Mutex<Vec<JoinHandle<RunState>>>>,
}

impl Sink for Attaching {
    fn send(&self, event: Event) {
        let is_record = matches!(event, Event::Record(_));
        self.desk.send(event);
        if !is_record {
            return;
        }
        let attached = self.front.attach(&self.run, true).expect("attached");
        let attached = attached.expect("a worker is at work");
        let follower = thread::spawn(move || followed(attached));
        self.points.lock().expect("points").push(follower);
    }
}

/// The state that a front end has folded when it hears of the end.
fn followed(
    Attached {
        mut state,
        events,
        handle,
        ..
    }: Attached,
) -> RunState {
    let records = events
        .iter()
        .take_while(|event| !matches!(event, Event::Gone(_)));
    for event in records {
        if let Event::Record(record) = event {
            state.apply(&record).expect("each record once, in order");
        }
    }
    drop(handle);
    state
}

/// Takes a run there and back; returns what the attached front ends say of it, and what the journal
/// says.
fn run_with_points() -> (Vec<RunState>, RunState) {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().canonicalize().expect("a real path");
    let root = base.join("product");
    fs::create_dir(&root).expect("a folder");
    fs::write(root.join("VERSION"), "1.0.0\n").expect("written");
    for n in 0..FILES {
        fs::write(root.join(format!("{n}.toml")), "a = 1\n").expect("written");
    }
    let (worker, _nobody_hears) = begun(root, base.join("state"), "", &hop());
    let (run, _, lock) = worker.hand_over();
    let lock = lock.expect("a lock on the product");
    let held = lock.file().expect("a lock that can be handed over");
    let held = held.try_clone_to_owned().expect("a second hand on it");
    drop(lock);

    let world = World::real(exe());
    let state_dir = StateDir::new(base.join("state"));
    let dir = state_dir.run(&run);
    let front = Front {
        world: world.clone(),
        state: state_dir.clone(),
        exe: exe().to_owned(),
        stays: false,
    };
    let points = Arc::<Mutex<Vec<_>>>::default();
    let mut desk = None;
    let mut worker = runs::carry_on(&world, &state_dir, &run, held, |sharing, last_seq| {
        let (opened, asks) = Desk::new(world.clone(), dir.clone(), sharing.clone(), last_seq);
        desk = Some((opened.clone(), asks));
        Box::new(Attaching {
            desk: opened,
            front: front.clone(),
            run: run.clone(),
            points: points.clone(),
        })
    })
    .expect("a worker");
    let (desk, asks) = desk.expect("a worker has a desk");
    let socket = local_socket::listen(dir.path()).expect("a socket");
    desk.open(socket).expect("a thread");
    walk(&mut worker);
    desk.shut();
    local_socket::remove(dir.path());
    drop((worker, asks));
    desk.close(None);

    let followers = std::mem::take(&mut *points.lock().expect("points"));
    let seen = followers
        .into_iter()
        .map(|follower| follower.join().expect("it followed"));
    let (told, _) = runs::look(&world, &state_dir, &run).expect("a journal");
    (seen.collect(), told)
}

/// Goes forward with a failure and a retry, then all the way back.
fn walk(worker: &mut Worker) {
    let mut ask = |ask| worker.meet(ask).expect("it goes on").expect("it may");
    ask(Ask::Check);
    ask(Ask::Backup);
    ask(Ask::Apply);
    ask(Ask::Retry("hop/switch".into()));
    ask(Ask::Verify);
    ask(Ask::Rollback {
        reason: "test".into(),
        over_later_edits: false,
    });
}

#[test]
fn whoever_attaches_at_any_record_comes_to_the_same_end() {
    let wanted = std::env::var("SWITCHBACK_ATTACH_POINTS")
        .map_or(1, |said| said.parse::<usize>().expect("a number"));
    let mut points = 0;
    while points < wanted {
        let (seen, told) = run_with_points();
        assert_eq!(told.ended(), Some(RunEnd::RolledBack));
        // One for every record except the first, which precedes the worker.
        assert_eq!(seen.len() as u64, told.seq);
        for state in &seen {
            assert_eq!(*state, told);
        }
        points += seen.len();
    }
}
