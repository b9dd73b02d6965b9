//! An undo with an unknown outcome, because whatever watched its command was killed: its probe
//! decides, or else a person; it is not begun again before that.

use super::stand::{self, ROOT};
use std::io;
use switchback::{
    engine::{
        answers::AnswersFile,
        errand::{Aim, Errand, Stop},
        link::handle::Ask,
        pursuit::{Next, Pursuit},
        worker::Worker,
    },
    model::{ids::StepId, record::RunEnd},
    run_state::StepView,
    world::{
        CommandError,
        fake::{FakeWorld, ended},
    },
};

/// `{}` is the step's probe, if it has one.
const HOP: &str = "\
apply:
  - id: count
    title: Count
    do: {run: {command: [count, up]}}
{}    undo: {run: {command: [count, down]}}
";

const SHOWN: &str = "    done_if: {file: {path: counted}}\n";

struct Stand {
    fake: FakeWorld,
    worker: Worker,
}

impl Stand {
    /// Applied, with the command that counts down about to be lost; `comes_to_its_end`: it does its
    /// work nevertheless.
    fn new(shown: &str, comes_to_its_end: bool) -> Self {
        let fake = stand::product();
        let files = fake.files.clone();
        fake.commands.script(move |command| {
            let words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
            match words[..] {
                ["count", "up"] => {
                    files.put(format!("{ROOT}/counted"), "");
                    Some(Ok(ended(0, "", "")))
                }
                ["count", "down"] => {
                    if comes_to_its_end {
                        files.take_away(format!("{ROOT}/counted"));
                    }
                    let gone = io::Error::from(io::ErrorKind::BrokenPipe);
                    Some(Err(CommandError::Lost("count".into(), gone)))
                }
                _ => None,
            }
        });
        let (mut worker, _events) = stand::begun(&fake, "", &HOP.replace("{}", shown));
        stand::meet(&mut worker, [Ask::Check, Ask::Backup, Ask::Apply]);
        Self { fake, worker }
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

    fn counted_down(&self) -> usize {
        let ran = self.fake.commands.ran();
        let down = ran.iter().filter(|it| it.argv == ["count", "down"]);
        down.count()
    }

    fn view(&self) -> &StepView {
        &self.worker.state().steps[0]
    }
}

#[test]
fn an_undo_that_was_lost_sight_of_is_seen_to_be_done() {
    let mut stand = Stand::new(SHOWN, true);
    stand.roll_back().expect("it came to its end");
    assert!(stand.view().undone().is_some());
    assert_eq!(stand.counted_down(), 1);
    assert_eq!(stand.worker.state().ended(), Some(RunEnd::RolledBack));
}

#[test]
fn what_nothing_shows_is_for_a_person_to_say_and_is_not_begun_again() {
    for undone in [true, false] {
        let mut stand = Stand::new("", true);
        stand.roll_back().expect_err("nobody knows");
        let view = stand.view();
        assert!(view.undo_failed() && view.must_be_judged(), "{view:?}");
        // Neither an impatient person nor an errand begins it again.
        stand.ask(Ask::RetryUndo).expect_err("nobody has said");
        stand.roll_back().expect_err("nobody has said");
        let aim = Aim::Back {
            reason: "test".into(),
            over_later_edits: false,
        };
        let mut errand = Errand::new(aim, &AnswersFile::default());
        let next = Pursuit::new(errand.clone()).next(stand.worker.state());
        let Next::Stop(Stop::Unknown, said) = next else {
            panic!("{next:?}");
        };
        assert!(said.contains("the undo of `Count`"), "{said}");
        assert_eq!(stand.counted_down(), 1);

        let step = StepId::new("hop/count");
        errand.judged = vec![(step.to_string(), undone)];
        let judge = Ask::Judge { step, done: undone };
        let mut pursuit = Pursuit::new(errand);
        assert_eq!(pursuit.next(stand.worker.state()), Next::Ask(judge.clone()));
        stand.ask(judge).expect("somebody has looked");
        assert!(!stand.view().must_be_judged());
        assert_eq!(
            pursuit.next(stand.worker.state()),
            Next::Ask(Ask::RetryUndo)
        );
        let again = stand.ask(Ask::RetryUndo);
        assert_eq!(again.is_ok(), undone, "{again:?}");
        assert_eq!(stand.counted_down(), if undone { 1 } else { 2 });
    }
}

/// The probe shows that it did not finish, but it may have done part of its work.
#[test]
fn an_undo_that_is_seen_not_to_be_done_is_not_begun_again_either() {
    let mut stand = Stand::new(SHOWN, false);
    stand.roll_back().expect_err("nobody knows");
    let view = stand.view();
    assert!(view.must_be_judged(), "{view:?}");
    assert!(view.because().is_some_and(|it| it.contains("partly done")));
    stand.ask(Ask::RetryUndo).expect_err("nobody has said");
    stand.roll_back().expect_err("nobody has said");
    assert_eq!(stand.counted_down(), 1);
    let (step, done) = (StepId::new("hop/count"), false);
    stand
        .ask(Ask::Judge { step, done })
        .expect("somebody has looked");
    stand.ask(Ask::RetryUndo).expect_err("it is lost again");
    assert_eq!(stand.counted_down(), 2);
}

/// It may be begun again, and its watcher is ended each time.
#[test]
fn a_step_that_is_lost_each_time_is_not_begun_again_without_end() {
    for allowed in [
        "harmless: true",
        "idempotent: true\n    undo: {run: {command: [down]}}",
    ] {
        let fake = stand::product();
        fake.commands
            .script(|command| match command.argv[0].as_str() {
                "down" => Some(Ok(ended(0, "", ""))),
                lost => {
                    let gone = io::Error::from(io::ErrorKind::BrokenPipe);
                    Some(Err(CommandError::Lost(lost.into(), gone)))
                }
            });
        let (head, _) = HOP.split_once("apply:").expect("steps");
        let step =
            "apply:\n  - id: ends\n    title: Ends its watcher\n    do: {run: {command: [up]}}";
        let (mut worker, _events) =
            stand::begun(&fake, "", &format!("{head}{step}\n    {allowed}\n"));
        let errand = Errand::new(Aim::Forward, &AnswersFile::default());
        let mut pursuit = Pursuit::new(errand);
        let stop = (0..20).find_map(|_| match pursuit.next(worker.state()) {
            Next::Ask(ask) => {
                let _met_or_not = worker.meet(ask.clone()).expect("the worker goes on");
                None
            }
            Next::Stop(stop, _) | Next::Still(stop) => Some(stop),
        });
        assert_eq!(stop, Some(Stop::Failed), "{allowed}");
        let begun = || {
            let ran = fake.commands.ran();
            ran.iter().filter(|it| it.argv == ["up"]).count()
        };
        assert_eq!(begun(), 2, "{allowed}");
        let view = worker.state().steps[0].clone();
        assert!(view.failed().is_some() && view.touched(), "{view:?}");
        // Whoever wants another try must say so.
        let retry = worker.meet(Ask::Retry(view.step.id)).expect("goes on");
        retry.expect("met");
        assert_eq!(begun(), 3, "{allowed}");
        assert!(worker.state().steps[0].failed().is_some());
    }
}
