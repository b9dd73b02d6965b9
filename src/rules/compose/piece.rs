//! A piece is a plain step without a place in the plan yet. Whatever a rule's step expands to, and
//! whatever findings do to a file, is a piece first; only this module makes planned steps.

use super::{Made, free_name, losses};
use crate::model::{
    ids::{GuideId, StepId},
    plan::{PlannedStep, StepBody, Undo},
    rule::{Action, Ask, Probe, Step, Then, WayBack},
};

/// The part of a hop a step is in; it decides as which release a service is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Before,
    Apply,
    Rollback,
    Emergency,
}

pub(super) struct Piece {
    /// Its id below the hop's; gets a number if that is taken.
    name: String,
    title: String,
    body: StepBody,
    undo: Undo,
    done_if: Option<Probe>,
    then: Vec<Then>,
    idempotent: bool,
    because: Option<String>,
    cites: Vec<GuideId>,
    doubt: Option<String>,
}

impl Piece {
    /// A piece that does not come from a rule's step.
    pub fn new(name: String, title: String, body: StepBody) -> Self {
        Self {
            name,
            title,
            body,
            undo: Undo::Stays,
            done_if: None,
            then: Vec::new(),
            idempotent: false,
            because: None,
            cites: Vec::new(),
            doubt: None,
        }
    }

    /// A rule's step that remains a single step.
    pub fn whole(step: &Step, action: Action) -> Self {
        let body = StepBody::Do(action);
        Self::new(step.id.clone(), step.title.clone(), body).reasoned_as(step)
    }

    /// One of several pieces of a step, titled like `Restart the API: stop`.
    pub fn part(step: &Step, name: &str, words: &str, body: StepBody) -> Self {
        let title = format!("{}: {words}", step.title);
        Self::part_titled(step, name, title, body)
    }

    /// One of several pieces of a step, with a title of its own.
    pub fn part_titled(step: &Step, name: &str, title: String, body: StepBody) -> Self {
        Self::new(format!("{}/{name}", step.id), title, body).reasoned_as(step)
    }

    fn reasoned_as(self, step: &Step) -> Self {
        Self {
            idempotent: step.idempotent,
            ..self.about(step.because.clone(), step.cites.clone(), step.doubt.clone())
        }
    }

    pub fn undo(self, undo: Undo) -> Self {
        Self { undo, ..self }
    }

    pub fn done_if(self, done_if: impl Into<Option<Probe>>) -> Self {
        let done_if = done_if.into();
        Self { done_if, ..self }
    }

    pub fn then(self, then: Vec<Then>) -> Self {
        Self { then, ..self }
    }

    pub fn idempotent(self, idempotent: bool) -> Self {
        Self { idempotent, ..self }
    }

    pub fn about(
        self,
        because: Option<String>,
        cites: Vec<GuideId>,
        doubt: Option<String>,
    ) -> Self {
        Self {
            because,
            cites,
            doubt,
            ..self
        }
    }

    /// The undo of the step itself takes precedence over the piece's own, and its `done_if` must
    /// hold as well.
    pub fn with_ends_of(self, step: &Step) -> Self {
        let done_if = match (self.done_if, step.done_if.clone()) {
            (Some(own), Some(also)) => Some(Probe::All(vec![own, also])),
            (own, also) => own.or(also),
        };
        Self {
            undo: undo(step, self.undo),
            done_if,
            ..self
        }
    }

    /// Appends it to the steps planned so far.
    pub fn place(mut self, made: Made, planned: &mut Vec<PlannedStep>, hop: usize) {
        match &mut self.undo {
            Undo::Action(Action::Ask(ask)) => ask.text = made.asked(hop, &ask.text),
            Undo::Action(undo) => losses::find_losses(made, hop, undo),
            _no_action => {}
        }
        if let StepBody::Do(Action::Ask(ask)) = &mut self.body {
            settle_question(made, planned, hop, ask);
        }
        let because = self.because.map(|text| made.asked(hop, &text));
        let taken = |id: &str| planned.iter().any(|step| step.id.as_str() == id);
        let id = free_name(&format!("{}/{}", made.stem(hop), self.name), taken);
        planned.push(PlannedStep {
            id: StepId::new(id),
            hop,
            title: self.title,
            body: self.body,
            undo: self.undo,
            done_if: self.done_if,
            then: self.then,
            idempotent: self.idempotent,
            because,
            cites: self.cites,
            doubt: self.doubt,
        });
    }
}

/// The undo that a step declares, or else the default of its kind.
pub(super) fn undo(step: &Step, otherwise: Undo) -> Undo {
    match step.way_back() {
        Some(WayBack::Irreversible) => Undo::Irreversible,
        Some(WayBack::Action(action)) => Undo::Action(action.clone()),
        Some(WayBack::Restore(backup)) => Undo::Restore(backup.to_owned()),
        Some(WayBack::AtTheEnd(step)) => Undo::AtTheEnd(StepId::new(step)),
        Some(WayBack::Harmless) => Undo::Harmless,
        Some(WayBack::Stays) => Undo::Stays,
        None => otherwise,
    }
}

/// Fills in a question, and turns the step names in it into ids of planned steps.
fn settle_question(made: Made, planned: &[PlannedStep], hop: usize, ask: &mut Ask) {
    ask.text = made.asked(hop, &ask.text);
    for name in [&mut ask.shows, &mut ask.undo_to].into_iter().flatten() {
        *name = named_step(made, planned, hop, name);
    }
}

/// The planned step that a question means: the nearest one above with this name, in the same hop.
fn named_step(made: Made, planned: &[PlannedStep], hop: usize, name: &str) -> String {
    let is_it = |step: &&PlannedStep| step.hop == hop && is_called(made, step, hop, name);
    let found = planned.iter().rev().find(is_it);
    found.map_or_else(
        || format!("{}/{name}", made.stem(hop)),
        |step| step.id.as_str().to_owned(),
    )
}

/// Whether a planned step comes from the step of this name in a hop's rules.
pub(super) fn is_called(made: Made, step: &PlannedStep, hop: usize, name: &str) -> bool {
    let own = step.id.as_str().strip_prefix(made.stem(hop));
    let rest = own.and_then(|rest| rest.strip_prefix('/')?.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}
