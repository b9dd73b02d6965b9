//! A backend with nothing behind it: it answers with the product of `product.rs`, and keeps what
//! it was told.

use super::product;
use std::{io::Write, path::PathBuf, sync::mpsc};
use switchback::{
    engine::{
        link::{
            front::Attached,
            handle::{Ask, Control, Event, RunHandle},
        },
        undo_preview::{UndoPreview, WayBack},
    },
    model::{
        finding::Decision,
        ids::{InputName, RuleId, RunId, StepId},
        plan::Answered,
        text::{Secret, Shown},
    },
    run_state::RunState,
    tui::backend::{Backend, InputView, OpenRun, ReviewView, Snippet, StartChoice, StartView},
};

pub struct FakeBackend {
    pub start: StartView,
    pub review: ReviewView,
    pub inputs: Vec<InputView>,
    /// Kept so that the run's events do not end.
    pub events: Vec<mpsc::Sender<Event>>,
    /// The review panics, like a fault of ours.
    pub panics: bool,
    /// Why nothing can be read.
    pub fault: Option<String>,
    pub preview: UndoPreview,
    pub report: String,
    /// The earlier output of every step.
    pub printed: Vec<String>,
    /// Every run has the changes of the review.
    pub keeps_changes: bool,
    /// The damage of every journal.
    pub damage: Option<String>,
    /// The run to open, if not the one that failed.
    pub kept: Option<RunState>,
    /// The processes left over by a worker that is gone.
    pub left_over: Vec<u32>,
}

impl Default for FakeBackend {
    fn default() -> Self {
        Self {
            start: product::start(),
            review: product::review(),
            inputs: product::inputs(),
            events: Vec::new(),
            panics: false,
            fault: None,
            preview: product::preview(),
            report: product::REPORT.into(),
            printed: Vec::new(),
            keeps_changes: true,
            damage: None,
            kept: None,
            left_over: Vec::new(),
        }
    }
}

/// This front end holds the run.
pub fn ours() -> Control {
    Control::Yours
}

impl FakeBackend {
    fn opened(&mut self, state: RunState) -> Attached {
        let (sender, events) = mpsc::channel();
        sender.send(Event::Idle).expect("the screen listens");
        self.events.push(sender.clone());
        // A worker that does nothing but leave when told to.
        let handle = RunHandle::new(move |ask, _seen| {
            if ask == Ask::Leave {
                let _nobody_listens = sender.send(Event::Gone(None));
            }
        });
        Attached {
            handle,
            events,
            state,
            control: ours(),
            damage: self.damage.clone(),
        }
    }
}

impl Backend for FakeBackend {
    fn look(&mut self) -> Result<StartView, String> {
        self.fault.clone().map_or(Ok(self.start.clone()), Err)
    }

    fn choose(&mut self, choice: StartChoice) -> Result<StartView, String> {
        match choice {
            StartChoice::Target(release) => self.start.to = Some(release),
            StartChoice::Running(release) => self.start.from = Some(release),
            StartChoice::Pack(_) | StartChoice::Variant { .. } => {}
        }
        Ok(self.start.clone())
    }

    fn review(&mut self) -> Result<ReviewView, String> {
        assert!(!self.panics, "a fault of ours");
        self.fault.clone().map_or(Ok(self.review.clone()), Err)
    }

    fn decide(&mut self, rule: &RuleId, decision: Decision) -> Result<ReviewView, String> {
        self.review.decisions.insert(rule.clone(), decision);
        Ok(self.review.clone())
    }

    fn inputs(&mut self) -> Result<Vec<InputView>, String> {
        Ok(self.inputs.clone())
    }

    fn try_answer(&mut self, name: &InputName, value: &Secret) -> Vec<String> {
        let typed = self.review.typed.iter().any(|input| input.name == *name);
        if typed {
            let is_number = value.expose().parse::<u32>().is_ok();
            let fault = (!is_number).then(|| "there is more than a value".to_owned());
            fault.into_iter().collect()
        } else if value.expose().len() < 32 {
            vec!["it has fewer than 32 characters".into()]
        } else {
            Vec::new()
        }
    }

    fn answer(&mut self, name: &InputName, value: Secret) -> Vec<String> {
        let problems = self.try_answer(name, &value);
        let mut known = self.inputs.iter_mut().chain(&mut self.review.typed);
        if problems.is_empty()
            && let Some(input) = known.find(|input| input.name == *name)
        {
            input.answer = Some(Shown::of(&value, input.secret));
            input.how = Some(Answered::Given);
        }
        if problems.is_empty() && self.review.typed.iter().any(|input| input.name == *name) {
            self.review = product::with_limit(self.review.clone(), value.expose());
        }
        problems
    }

    fn generate(&mut self, name: &InputName) -> Result<(), String> {
        self.answer(name, Secret::new("x".repeat(64)));
        let mut inputs = self.inputs.iter_mut();
        if let Some(input) = inputs.find(|input| input.name == *name) {
            input.how = Some(Answered::Generated);
        }
        Ok(())
    }

    fn start_run(&mut self) -> Result<Attached, String> {
        let state = product::Recorder::new(product::plan()).state();
        Ok(self.opened(state))
    }

    fn open_run(&mut self, _: &RunId, how: OpenRun) -> Result<Attached, String> {
        if let Some(kept) = self.kept.clone() {
            return Ok(self.opened(kept));
        }
        let mut run = product::Recorder::new(product::plan());
        match how {
            OpenRun::Report => run.ended(),
            OpenRun::Resume | OpenRun::Watch | OpenRun::RollBack | OpenRun::Emergency => {
                run.failed()
            }
        };
        Ok(self.opened(run.state()))
    }

    fn undo_preview(&mut self, state: &RunState, back: WayBack) -> Result<UndoPreview, String> {
        if let WayBack::DownTo(first) = back {
            let steps = state.to_undo(first);
            let steps = steps.map(|place| product::undone(&self.preview, &state.steps[place]));
            return Ok(UndoPreview {
                at_ms: self.preview.at_ms,
                steps: steps.collect(),
                ..UndoPreview::default()
            });
        }
        let ended = "the run was done 9 h 12 min ago, at 2025-11-20 23:05:11 UTC; what the product wrote since is not in its backup";
        Ok(UndoPreview {
            ended: state.end.map(|_| ended.to_owned()),
            ..self.preview.clone()
        })
    }

    fn export_answers(&mut self) -> Result<PathBuf, String> {
        Ok(PathBuf::from("/srv/engine/switchback-answers.yaml"))
    }

    fn changes(&mut self, _: &RunId) -> Result<Option<Vec<Snippet>>, String> {
        Ok(self.keeps_changes.then(|| self.review.files.clone()))
    }

    fn printed(&mut self, _: &RunId, _: &StepId) -> Vec<String> {
        self.printed.clone()
    }

    fn left_over(&mut self, _: &RunState) -> Option<Vec<u32>> {
        Some(self.left_over.clone())
    }

    fn report(&mut self, _: &RunState, _: bool) -> Result<String, String> {
        Ok(self.report.clone())
    }

    fn shell(&mut self) -> Result<(), String> {
        // A minimal shell: a prompt, and a line that is read.
        let told = |error: std::io::Error| error.to_string();
        let mut out = std::io::stdout();
        out.write_all(b"shell> ")
            .and_then(|()| out.flush())
            .map_err(told)?;
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(told)?;
        Ok(())
    }
}
