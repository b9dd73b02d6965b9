//! A command that falls behind the output of a step reads the journal on, and may read its end when
//! the worker has gone: it says the same last words as if it had heard them.

use super::stand;
use std::sync::mpsc;
use switchback::{
    engine::{
        answers::AnswersFile,
        errand::{Aim, Errand, Lever, Stop},
        link::handle::{Ask, Event},
        pursuit::Pursuit,
        store::run_dir::StateDir,
        worker::Worker,
    },
    model::{ids::StepId, record::Record},
    run_state::RunState,
    world::fake::{FakeWorld, ended},
};

const HOP: &str = "\
apply:
  - {id: one, title: One, do: {run: {command: [one]}}, undo: {run: {command: [undo, one]}}}
  - {id: two, title: Two, do: {run: {command: [two]}}, undo: {run: {command: [undo, two]}}}
verify:
  - {id: works, title: It works, probe: {command: {command: [works]}}}
emergency:
  - {id: hold, title: Hold, do: {run: {command: [hold]}}, undo: {run: {command: [undo, hold]}}}
";

struct Stand {
    fake: FakeWorld,
    worker: Worker,
    events: mpsc::Receiver<Event>,
}

impl Stand {
    /// A run of which the commands that begin so fail.
    fn new(fails: &'static str) -> Self {
        let fake = stand::product();
        fake.commands.script(move |command| {
            let fails = !fails.is_empty() && command.argv.join(" ").starts_with(fails);
            Some(Ok(ended(i32::from(fails), "", "")))
        });
        let (worker, events) = stand::begun(&fake, "", HOP);
        Self {
            fake,
            worker,
            events,
        }
    }

    fn records(&self) -> Vec<Record> {
        let state = StateDir::new(stand::STATE.into());
        let run = state.run(&self.worker.state().run);
        run.records(&self.fake.world()).expect("a journal")
    }

    /// Sends it on an errand; what a front end hears of it last, and what one finds that did not.
    fn sent(&mut self, aim: Aim) -> [Option<(Stop, String)>; 2] {
        let errand = Errand::new(aim, &AnswersFile::default());
        stand::meet(&mut self.worker, [Ask::Errand(Box::new(errand.clone()))]);
        let said = self.events.try_iter().find_map(|event| match event {
            Event::Stopped { stop, why } => Some((stop, why)),
            _another => None,
        });
        [said, Pursuit::new(errand).stopped_with(self.worker.state())]
    }
}

fn back() -> Aim {
    Aim::Back {
        reason: "test".into(),
        over_later_edits: false,
    }
}

fn lever(lever: Lever) -> Aim {
    let step = StepId::new("hop/hold");
    Aim::Emergency { step, lever }
}

#[test]
fn the_last_words_of_an_errand_are_in_the_records_too() {
    let down_to_two = Aim::StepBack {
        to: StepId::new("hop/two"),
        reason: "test".into(),
    };
    let ways = [
        ("", vec![(Aim::Forward, Stop::Done, "done, and verified")]),
        (
            "works",
            vec![
                (Aim::Forward, Stop::Blocked, "blocked by checks"),
                (Aim::Confirm, Stop::Blocked, "not confirmed"),
                (down_to_two, Stop::Waiting, "undone down to there"),
                (back(), Stop::Done, "rolled back"),
            ],
        ),
        ("two", vec![(Aim::Forward, Stop::Failed, "`Two` failed")]),
        (
            "undo one",
            vec![
                (Aim::Forward, Stop::Done, "done"),
                (back(), Stop::Stuck, "`One` could not be undone"),
                (Aim::Forward, Stop::Stuck, "`One` could not be undone"),
            ],
        ),
        (
            "",
            vec![
                (lever(Lever::Pull), Stop::Done, "`Hold` is pulled"),
                (lever(Lever::Release), Stop::Done, "is taken back"),
            ],
        ),
        (
            "hold",
            vec![(lever(Lever::Pull), Stop::Failed, "`Hold` was not done")],
        ),
    ];
    for (fails, errands) in ways {
        let mut stand = Stand::new(fails);
        for (aim, stop, words) in errands {
            let [said, found] = stand.sent(aim);
            let told = said.as_ref().expect("it stops");
            assert!(told.0 == stop && told.1.contains(words), "{told:?}");
            assert_eq!(found, said);
        }
    }
}

/// A worker that was killed has stopped nowhere, wherever that was.
#[test]
fn an_errand_whose_worker_was_killed_has_no_last_words() {
    let mut stand = Stand::new("");
    let [_heard, _found] = stand.sent(Aim::Forward);
    let records = stand.records();
    for through in 1..records.len() {
        let records = &records[..through];
        let state = RunState::fold(records).expect("a run");
        let errand = Errand::new(Aim::Forward, &AnswersFile::default());
        assert_eq!(
            Pursuit::new(errand).stopped_with(&state),
            None,
            "{:?}",
            records.last()
        );
    }
}
