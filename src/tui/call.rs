//! Backend calls of the screens, as data, and the answers to them.

use super::backend::{
    Backend, InputView, OpenRun, Play, Playing, ReviewView, Snippet, StartChoice, StartView,
};
use crate::{
    engine::{
        link::{
            front::Attached,
            handle::{Control, Event, RunHandle},
        },
        undo_preview::{UndoPreview, WayBack},
    },
    model::{
        finding::Decision,
        ids::{InputName, RuleId, RunId, StepId},
        text::Secret,
    },
    run_state::RunState,
};
use std::{path::PathBuf, sync::mpsc::Receiver};

#[derive(Debug)]
pub enum Call {
    Look,
    Choose(StartChoice),
    Review,
    Decide(RuleId, Decision),
    Inputs,
    TryAnswer(InputName, Secret),
    Answer(InputName, Secret),
    Generate(InputName),
    StartRun,
    OpenRun(RunId, OpenRun),
    /// What the plan of a run does to the files.
    Changes(RunId),
    /// What steps printed before this screen was opened.
    Printed(RunId, Vec<StepId>),
    /// The processes still at work on a run whose worker is gone.
    LeftOver(Box<RunState>),
    Preview(Box<RunState>, WayBack),
    /// The same for an open question, whose preview is too old.
    PreviewAgain(Box<RunState>, WayBack),
    /// The report of a run; the flag: whether it is also kept in the run's folder.
    Report(Box<RunState>, bool),
    Export,
    Play(Play),
    /// A shell; the driver hands the terminal over for it.
    Shell,
}

#[derive(Debug)]
pub enum Answer {
    Start(Result<StartView, String>),
    Review(Result<ReviewView, String>),
    /// The review after a decision that was just made.
    Decided(Result<ReviewView, String>),
    Inputs(Result<Vec<InputView>, String>),
    Generated(InputName, Result<Vec<InputView>, String>),
    Tried(InputName, Vec<String>),
    Answered(InputName, Vec<String>, Result<Vec<InputView>, String>),
    /// The run as its records tell it so far, who steers it, and what is wrong with its journal.
    Opened(
        Result<(Box<RunState>, Control, Option<String>), String>,
        OpenRun,
    ),
    Changes(Result<Option<Vec<Snippet>>, String>),
    /// The last lines of each step; empty where they cannot be read.
    Printed(Vec<(StepId, Vec<String>)>),
    LeftOver(Option<Vec<u32>>),
    /// A preview of the run as it was after this record.
    Preview(u64, WayBack, Result<UndoPreview, String>),
    PreviewAgain(u64, WayBack, Result<UndoPreview, String>),
    Report(Result<String, String>),
    Exported(Result<PathBuf, String>),
    Playing(Result<Playing, String>),
    Shell(Result<(), String>),
}

/// The hand on a run that was opened: the driver keeps it.
pub struct Hand {
    pub handle: RunHandle,
    pub events: Receiver<Event>,
}

impl Call {
    pub fn run(self, backend: &mut dyn Backend) -> (Answer, Option<Hand>) {
        let answer = match self {
            Self::StartRun => return opened(backend.start_run(), OpenRun::Resume),
            Self::OpenRun(run, how) => return opened(backend.open_run(&run, how), how),
            Self::Look => Answer::Start(backend.look()),
            Self::Choose(choice) => Answer::Start(backend.choose(choice)),
            Self::Review => Answer::Review(backend.review()),
            Self::Decide(rule, decision) => Answer::Decided(backend.decide(&rule, decision)),
            Self::Inputs => Answer::Inputs(backend.inputs()),
            Self::TryAnswer(name, value) => {
                let problems = backend.try_answer(&name, &value);
                Answer::Tried(name, problems)
            }
            Self::Answer(name, value) => {
                let problems = backend.answer(&name, value);
                Answer::Answered(name, problems, backend.inputs())
            }
            Self::Generate(name) => {
                let inputs = backend.generate(&name).and_then(|()| backend.inputs());
                Answer::Generated(name, inputs)
            }
            Self::Changes(run) => Answer::Changes(backend.changes(&run)),
            Self::Printed(run, steps) => {
                let printed = steps.into_iter().map(|step| {
                    let lines = backend.printed(&run, &step);
                    (step, lines)
                });
                Answer::Printed(printed.collect())
            }
            Self::LeftOver(state) => Answer::LeftOver(backend.left_over(&state)),
            Self::Preview(state, back) => {
                Answer::Preview(state.seq, back, backend.undo_preview(&state, back))
            }
            Self::PreviewAgain(state, back) => {
                Answer::PreviewAgain(state.seq, back, backend.undo_preview(&state, back))
            }
            Self::Report(state, keeps) => Answer::Report(backend.report(&state, keeps)),
            Self::Export => Answer::Exported(backend.export_answers()),
            Self::Play(play) => Answer::Playing(backend.play(play)),
            Self::Shell => Answer::Shell(backend.shell()),
        };
        (answer, None)
    }

    /// What is being waited for until the answer comes; `None`: the answer comes at once and
    /// nothing waits.
    pub fn pending(&self) -> Option<Pending> {
        Some(match self {
            Self::Look => Pending::Look,
            Self::Choose(_) => Pending::Choice,
            Self::Review => Pending::Review,
            Self::Decide(..) => Pending::Decision,
            Self::Inputs => Pending::Inputs,
            Self::TryAnswer(..) | Self::Printed(..) | Self::LeftOver(_) | Self::Play(_) => {
                return None;
            }
            Self::Answer(..) => Pending::Answer,
            Self::Generate(_) => Pending::Value,
            Self::StartRun => Pending::Plan,
            Self::OpenRun(..) => Pending::Journal,
            Self::Changes(_) => Pending::Changes,
            Self::Preview(_, back) => Pending::Preview(*back),
            Self::PreviewAgain(..) => Pending::PreviewAgain,
            Self::Report(..) => Pending::Report,
            Self::Export => Pending::Export,
            Self::Shell => Pending::Shell,
        })
    }
}

/// A call that has not been answered yet. There is one at a time, and only its own answer ends it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pending {
    Look,
    Choice,
    Review,
    Decision,
    Inputs,
    Answer,
    Value,
    Plan,
    Journal,
    Changes,
    Preview(WayBack),
    PreviewAgain,
    Report,
    Export,
    Shell,
}

impl Pending {
    /// What the screen says in the meantime.
    pub fn doing(self) -> &'static str {
        match self {
            Self::Look => "reading what is here",
            Self::Choice => "reading again",
            Self::Review => "comparing with the rules",
            Self::Decision => "planning again",
            Self::Inputs => "reading the questions",
            Self::Answer | Self::Value => "checking the value",
            Self::Plan => "sealing the plan",
            Self::Journal => "reading the journal",
            Self::Changes => "reading the plan",
            Self::Preview(WayBack::Whole) => "working out what a rollback would do",
            Self::Preview(WayBack::DownTo(_)) => "working out what this would undo",
            Self::PreviewAgain => "counting again what would be lost",
            Self::Report => "writing the report",
            Self::Export => "writing the answers",
            Self::Shell => "the shell has the terminal",
        }
    }
}

impl Answer {
    /// What could not be done, in a title, and why. What a recording or a missing difference says is
    /// told in their own way.
    pub fn failure(&self) -> Option<(&'static str, &str)> {
        Some(match self {
            Self::Start(Err(why)) => ("This folder could not be read", why),
            Self::Review(Err(why)) | Self::Decided(Err(why)) => {
                ("The findings could not be made", why)
            }
            Self::Inputs(Err(why)) => ("The questions could not be read", why),
            Self::Generated(_, Err(why)) => ("No value was generated", why),
            Self::Opened(Err(why), _) => ("The run was not opened", why),
            Self::Preview(_, WayBack::Whole, Err(why)) => {
                ("The preview of the rollback could not be made", why)
            }
            Self::Preview(_, WayBack::DownTo(_), Err(why)) => {
                ("What would be undone could not be worked out", why)
            }
            Self::PreviewAgain(_, _, Err(why)) => {
                ("What would be lost could not be counted again", why)
            }
            Self::Report(Err(why)) => ("The report could not be made", why),
            Self::Exported(Err(why)) => ("The answers were not written", why),
            Self::Shell(Err(why)) => ("The shell did not start", why),
            _done_or_told_in_its_own_way => return None,
        })
    }

    /// Whether this answers the pending call.
    pub fn ends(&self, pending: Pending) -> bool {
        match self {
            Self::Start(_) => matches!(pending, Pending::Look | Pending::Choice),
            Self::Review(_) => pending == Pending::Review,
            Self::Decided(_) => pending == Pending::Decision,
            Self::Inputs(_) => pending == Pending::Inputs,
            Self::Generated(..) => pending == Pending::Value,
            Self::Tried(..) | Self::Printed(_) | Self::LeftOver(_) | Self::Playing(_) => false,
            Self::Answered(..) => pending == Pending::Answer,
            Self::Opened(..) => matches!(pending, Pending::Plan | Pending::Journal),
            Self::Changes(_) => pending == Pending::Changes,
            Self::Preview(_, back, _) => pending == Pending::Preview(*back),
            Self::PreviewAgain(..) => pending == Pending::PreviewAgain,
            Self::Report(_) => pending == Pending::Report,
            Self::Exported(_) => pending == Pending::Export,
            Self::Shell(_) => pending == Pending::Shell,
        }
    }
}

fn opened(attached: Result<Attached, String>, how: OpenRun) -> (Answer, Option<Hand>) {
    match attached {
        Ok(Attached {
            handle,
            events,
            state,
            control,
            damage,
        }) => {
            let answer = Answer::Opened(Ok((Box::new(state), control, damage)), how);
            (answer, Some(Hand { handle, events }))
        }
        Err(why) => (Answer::Opened(Err(why), how), None),
    }
}
