//! What was not begun, or is known to have left nothing behind, is not taken back: its undo would take
//! back what somebody else did. What may have been begun is never begun again by itself.

use super::stand::{self, ROOT};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};
use switchback::{
    engine::{
        link::handle::{Ask, Event},
        runs,
        store::run_dir::StateDir,
        undo_preview::WayBack,
        worker::Worker,
    },
    model::{ids::StepId, record::RunEnd},
    run_state::{RunState, StepView},
    world::{
        DatabaseError, HttpError, Rows,
        fake::{FakeWorld, Fault, ended},
    },
};

const MORE: &str = "databases:\n  main: {postgres: {url: 'postgres://app:geheim@127.0.0.1/app'}}\n";

/// `{}` is what the second step does.
const HOP: &str = "\
apply:
  - id: first
    title: First
    do: {run: {command: [first, up]}}
    undo: {run: {command: [first, down]}}
  - id: count
    title: Count
    do: {}
    undo: {run: {command: [count, down]}}
";

const COUNT: &str = "{run: {command: [count, up]}}";

/// A product with commands that count their runs.
struct Stand {
    fake: FakeWorld,
    worker: Worker,
    up: Arc<AtomicUsize>,
    down: Arc<AtomicUsize>,
}

impl Stand {
    /// Backed up; `up` gives the exit code of the second step's command, by the number of earlier
    /// runs.
    fn new(does: &str, up: fn(usize) -> Option<i32>) -> Self {
        let fake = stand::product();
        let (ups, downs) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (begun, taken_back) = (ups.clone(), downs.clone());
        fake.commands.script(move |command| {
            let words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
            match words[..] {
                ["count", "up"] => {
                    let code = up(begun.load(Ordering::SeqCst))?;
                    begun.fetch_add(1, Ordering::SeqCst);
                    Some(Ok(ended(code, "", "")))
                }
                ["count", "down"] => {
                    taken_back.fetch_add(1, Ordering::SeqCst);
                    Some(Ok(ended(0, "", "")))
                }
                ["first", _] => Some(Ok(ended(0, "", ""))),
                _ => None,
            }
        });
        let (mut worker, _events) = stand::begun(&fake, MORE, &HOP.replace("{}", does));
        stand::meet(&mut worker, [Ask::Check, Ask::Backup]);
        Self {
            fake,
            worker,
            up: ups,
            down: downs,
        }
    }

    fn ask(&mut self, ask: Ask) -> Result<(), String> {
        self.worker.meet(ask).expect("the worker goes on")
    }

    fn count(&self) -> &StepView {
        &self.worker.state().steps[1]
    }

    fn counted(&self) -> (usize, usize) {
        let [up, down] = [&self.up, &self.down].map(|count| count.load(Ordering::SeqCst));
        (up, down)
    }

    fn retry(&mut self) {
        let _it_may_fail = self.ask(Ask::Retry(StepId::new("hop/count")));
    }

    fn roll_back(&mut self) -> RunState {
        let (reason, over_later_edits) = ("test".to_owned(), false);
        let end = self.ask(Ask::Rollback {
            reason,
            over_later_edits,
        });
        end.expect("back");
        assert_eq!(self.worker.state().ended(), Some(RunEnd::RolledBack));
        self.worker.state().clone()
    }
}

fn never(_: usize) -> Option<i32> {
    None
}

#[test]
fn the_undo_of_a_command_that_is_not_installed_is_not_run() {
    let mut stand = Stand::new(COUNT, never);
    let _failed = stand.ask(Ask::Apply);
    assert!(stand.count().failed_without_effect(), "{:?}", stand.count());
    let (world, state) = (stand.fake.world(), stand.worker.state().clone());
    let preview = runs::undo_preview(
        &world,
        &StateDir::new("/state".into()),
        &state,
        WayBack::Whole,
    );
    let preview = preview.expect("a preview");
    assert_eq!(preview.steps.len(), 1, "{preview:?}");
    let told = preview
        .notes
        .iter()
        .any(|note| note.contains("`Count` failed, and nothing of it"));
    assert!(told, "{preview:?}");
    let state = stand.roll_back();
    assert!(state.steps[0].undone().is_some() && state.steps[1].undone().is_none());
    assert_eq!(stand.counted(), (0, 0));
}

#[test]
fn nor_is_that_of_a_command_whose_number_before_it_could_not_be_had() {
    let does = "{run: {command: [count, up], measures: {old: {sql: {database: main, query: SELECT 1}}}, \
                require: ['old.before >= 0']}}";
    let mut stand = Stand::new(does, |_| Some(0));
    let _failed = stand.ask(Ask::Apply);
    assert!(stand.count().failed_without_effect(), "{:?}", stand.count());
    stand.roll_back();
    assert_eq!(stand.counted(), (0, 0));
}

#[test]
fn what_an_earlier_try_did_is_taken_back_though_the_last_one_was_not_begun() {
    let once = |begun: usize| (begun == 0).then_some(1);
    let retried = "{run: {command: [count, up], retry: {times: 2, wait: 1s}}}";
    for does in [COUNT, retried] {
        let mut stand = Stand::new(does, once);
        let _failed = stand.ask(Ask::Apply);
        stand.retry();
        assert!(
            stand
                .count()
                .failed()
                .is_some_and(|it| it.error().contains("not installed"))
        );
        stand.roll_back();
        assert_eq!(stand.counted(), (1, 1), "{does}");
    }
}

#[test]
fn statements_that_were_rolled_back_have_no_undo() {
    let does = "{sql: {database: main, statement: 'ALTER TABLE t ADD COLUMN c int'}}";
    for (what, breaks, touched) in [
        ("ALTER", false, false),
        ("COMMIT", false, false),
        ("COMMIT", true, true),
    ] {
        let mut stand = Stand::new(does, never);
        stand.fake.databases.script(move |at, statement| {
            let at = at.to_owned();
            Some(match statement.starts_with(what) {
                false => Ok(Rows::default()),
                true if breaks => Err(DatabaseError::Lost {
                    at,
                    why: "reset".into(),
                }),
                true => Err(DatabaseError::TimedOut { at, ms: 7 }),
            })
        });
        let _failed = stand.ask(Ask::Apply);
        assert_eq!(
            stand.count().touched(),
            touched,
            "{what}: {:?}",
            stand.count()
        );
        assert_eq!(stand.count().unknown().is_some(), touched);
    }
}

/// Killed before, within and after each call: the next worker undoes only what was begun.
#[test]
fn wherever_it_is_killed_no_undo_is_run_of_what_was_not_begun() {
    let changes = || {
        let mut stand = Stand::new(COUNT, |_| Some(0));
        let before = stand.fake.changes();
        stand.ask(Ask::Apply).expect("applied");
        (before + 1)..=stand.fake.changes()
    };
    let (mut begun, mut not_begun) = (0, 0);
    for n in changes() {
        for fault in [Fault::CrashBefore, Fault::CrashAfter, Fault::Fail] {
            let mut stand = Stand::new(COUNT, |_| Some(0));
            stand.fake.fault_at(n, fault);
            let _killed = stand.worker.meet(Ask::Apply);
            stand.fake.revive();
            let (world, state) = (stand.fake.world(), StateDir::new("/state".into()));
            let run = stand.worker.state().run.clone();
            let open = runs::unfinished(&world, &state, Path::new(ROOT)).expect("the runs");
            assert_eq!(open.len(), 1);
            let counted = stand.counted();
            let Stand {
                fake,
                worker,
                up,
                down,
            } = stand;
            drop(worker);
            let (sink, _events) = mpsc::channel::<Event>();
            let worker = runs::take_up(&world, &state, &run, Box::new(sink), runs::Way::Back);
            let worker = worker.expect("taken up");
            let mut stand = Stand {
                fake,
                worker,
                up,
                down,
            };
            stand.worker.settle().expect("settled");
            let (reason, over_later_edits) = ("test".to_owned(), false);
            stand
                .ask(Ask::Rollback {
                    reason,
                    over_later_edits,
                })
                .expect("back");
            assert_eq!(
                stand.counted(),
                (counted.0, counted.0),
                "call {n}, {fault:?}"
            );
            match counted.0 {
                0 => not_begun += 1,
                _ => begun += 1,
            }
        }
    }
    assert!(begun > 3 && not_begun > 3, "{begun} begun, {not_begun} not");
}

#[test]
fn a_request_whose_answer_was_lost_is_not_sent_again_before_somebody_has_looked() {
    for (method, sent, unknown) in [
        ("POST", true, true),
        ("DELETE", true, true),
        ("GET", true, false),
        ("POST", false, false),
    ] {
        let does = format!(
            "{{http: {{method: {method}, url: 'http://127.0.0.1:1/migrate', retry: {{times: 3, wait: 1s}}}}}}"
        );
        let mut stand = Stand::new(&does, never);
        stand.fake.http.script(move |request| {
            let (url, why) = (request.url.clone(), "closed".to_owned());
            Some(Err(match sent {
                true => HttpError::NoAnswer { url, why },
                false => HttpError::NotReached { url, why },
            }))
        });
        let _failed = stand.ask(Ask::Apply);
        let view = stand.count();
        assert_eq!(view.unknown().is_some(), unknown, "{method}: {view:?}");
        assert_eq!(view.touched(), sent, "{method}: {view:?}");
        let requests = if unknown { 1 } else { 3 };
        assert_eq!(stand.fake.http.sent().len(), requests, "{method}");
        let again = stand.ask(Ask::Apply);
        assert!(again.is_err(), "{method}: a person says first");
        assert_eq!(stand.fake.http.sent().len(), requests, "{method}");
    }
}

#[test]
fn what_a_second_try_prints_begins_with_a_line_that_says_so() {
    let fake = stand::product();
    fake.commands.script(|command| {
        let code = i32::from(command.argv == ["count", "up"]);
        Some(Ok(ended(code, "loaded\n", "")))
    });
    let (mut worker, events) = stand::begun(&fake, MORE, &HOP.replace("{}", COUNT));
    stand::meet(&mut worker, [Ask::Check, Ask::Backup]);
    let id = StepId::new("hop/count");
    for ask in [Ask::Apply, Ask::Retry(id.clone())] {
        let _failed = worker.meet(ask).expect("the worker goes on");
    }
    let printed = ["loaded", "--- try 2 ---", "loaded"];
    let shown: Vec<String> = events
        .try_iter()
        .filter_map(|event| match event {
            Event::Output { step, line } if step == id.as_str() => Some(line),
            _other => None,
        })
        .collect();
    assert_eq!(shown, printed);
    let files = fake.files.contents();
    let log = files
        .iter()
        .find(|(path, _)| path.ends_with("output/hop+count.log"));
    let log = log.unwrap_or_else(|| panic!("{:?}", files.keys()));
    assert_eq!(String::from_utf8_lossy(log.1), printed.join("\n") + "\n");
}
