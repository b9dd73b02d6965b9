//! What cannot be examined: the absence of evidence against it neither begins a step, nor counts an
//! undo as done, nor declares an end.

use super::stand;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use switchback::{
    engine::{link::handle::Ask, worker::Worker},
    model::{ids::StepId, record::RunEnd},
    run_state::StepView,
    world::{
        CommandError,
        fake::{FakeWorld, ended},
    },
};

const HOP: &str = "\
apply:
  - id: count
    title: Count
    do: {run: {command: [count, up]}}
    done_if: {command: {command: [see]}}
    undo: {run: {command: [count, down]}}
rollback:
  checks:
    - {id: works, title: It works, probe: {command: {command: [works]}}}
";

/// The answers to a probe; `NOT_HERE`: its command does not exist.
const YES: usize = 0;
const NO: usize = 1;
const NOT_HERE: usize = 2;

struct Stand {
    fake: FakeWorld,
    worker: Worker,
    /// The results of the step's probe, and of the old release's.
    see: Arc<AtomicUsize>,
    works: Arc<AtomicUsize>,
}

impl Stand {
    /// Backed up; `down_is_watched` says whether the undo's watcher survives.
    fn new(down_is_watched: bool) -> Self {
        let fake = stand::product();
        let [see, works] = [NO, YES].map(|looks| Arc::new(AtomicUsize::new(looks)));
        let (seen, working) = (see.clone(), works.clone());
        fake.commands.script(move |command| {
            let words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
            let look = |how: &AtomicUsize| match how.load(Ordering::SeqCst) {
                NOT_HERE => None,
                code => Some(Ok(ended(code as i32, "", ""))),
            };
            match words[..] {
                ["see"] => look(&seen),
                ["works"] => look(&working),
                ["count", "up"] => {
                    seen.store(YES, Ordering::SeqCst);
                    Some(Ok(ended(0, "", "")))
                }
                ["count", "down"] if down_is_watched => {
                    seen.store(NO, Ordering::SeqCst);
                    Some(Ok(ended(0, "", "")))
                }
                ["count", "down"] => {
                    let gone = io::Error::from(io::ErrorKind::BrokenPipe);
                    Some(Err(CommandError::Lost("count".into(), gone)))
                }
                _ => None,
            }
        });
        let (mut worker, _events) = stand::begun(&fake, "", HOP);
        stand::meet(&mut worker, [Ask::Check, Ask::Backup]);
        Self {
            fake,
            worker,
            see,
            works,
        }
    }

    fn ask(&mut self, ask: Ask) -> Result<(), String> {
        self.worker.meet(ask).expect("the worker goes on")
    }

    fn roll_back(&mut self) -> Result<(), String> {
        self.ask(Ask::Rollback {
            reason: "test".into(),
            over_later_edits: false,
        })
    }

    fn counted(&self, way: &str) -> usize {
        let ran = self.fake.commands.ran();
        ran.iter().filter(|it| it.argv == ["count", way]).count()
    }

    fn view(&self) -> &StepView {
        &self.worker.state().steps[0]
    }

    fn end(&self) -> Option<RunEnd> {
        self.worker.state().ended()
    }
}

#[test]
fn a_step_of_which_nobody_can_see_whether_it_is_done_is_not_begun() {
    let mut stand = Stand::new(true);
    stand.see.store(NOT_HERE, Ordering::SeqCst);
    let _failed = stand.ask(Ask::Apply);
    assert!(stand.view().failed().is_some(), "{:?}", stand.view());
    assert_eq!(stand.counted("up"), 0);
    stand.see.store(NO, Ordering::SeqCst);
    stand
        .ask(Ask::Retry(StepId::new("hop/count")))
        .expect("it is seen now");
    assert!(stand.view().was_done());
    assert_eq!(stand.counted("up"), 1);
}

/// A step that is not seen as done does not prove that its undo has finished.
#[test]
fn an_undo_that_was_lost_sight_of_and_cannot_be_looked_at_is_for_a_person_to_say() {
    let mut stand = Stand::new(false);
    stand.ask(Ask::Apply).expect("applied");
    assert!(stand.view().was_done());
    stand.see.store(NOT_HERE, Ordering::SeqCst);
    stand.roll_back().expect_err("nobody knows");
    assert!(stand.view().must_be_judged(), "{:?}", stand.view());
    assert_eq!(stand.view().undone(), None);
    assert_eq!((stand.counted("down"), stand.end()), (1, None));
}

#[test]
fn nothing_is_rolled_back_before_the_old_release_was_seen_to_work() {
    for looks in [NO, NOT_HERE] {
        let mut stand = Stand::new(true);
        stand.ask(Ask::Apply).expect("applied");
        stand.works.store(looks, Ordering::SeqCst);
        let why = stand.roll_back().expect_err("it does not work");
        assert!(why.contains("open checks of the old release: 1"), "{why}");
        assert!(stand.view().undone().is_some());
        assert_eq!(stand.end(), None, "{looks}");
        stand.works.store(YES, Ordering::SeqCst);
        stand.ask(Ask::Check).expect("it works now");
        stand.roll_back().expect("and this is the end");
        assert_eq!(stand.end(), Some(RunEnd::RolledBack), "{looks}");
        assert_eq!(stand.counted("down"), 1);
    }
}
