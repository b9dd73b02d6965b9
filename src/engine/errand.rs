//! What a run is to do when nobody attends it, as it was said beforehand. It travels to the worker,
//! and goes on there when the front end that sent it has gone; `pursuit` carries it out.

use super::answers::AnswersFile;
use crate::{
    model::{
        ids::{CheckId, StepId},
        record::RemedyOf,
        units::Span,
    },
    run_state::{RunState, StepView},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is to be done with the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Aim {
    Forward,
    /// Says that the run is good; does nothing else.
    Confirm,
    /// Undoes the last steps down to this one, and no more.
    StepBack {
        to: StepId,
        reason: String,
    },
    Back {
        reason: String,
        over_later_edits: bool,
    },
    /// Acts on one emergency step, and on nothing of the road.
    Emergency {
        step: StepId,
        lever: Lever,
    },
}

/// What is done with an emergency step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    Pull,
    Release,
    /// A person says whether it was done.
    Judge(bool),
}

/// Why an errand stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    Done,
    RolledBack,
    /// Blocked by a check.
    Blocked,
    /// A step failed.
    Failed,
    /// An undo failed or met later edits, or a way back was incomplete.
    Stuck,
    /// A person must say what became of a step.
    Unknown,
    /// A question without an answer, a gate, a consent.
    Waiting,
    /// What was asked for makes no sense here.
    Usage,
    /// An internal error.
    Fault,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errand {
    pub(super) aim: Aim,
    pub(super) answers: AnswersFile,
    /// What a person has said about steps with an unknown outcome.
    pub judged: Vec<(String, bool)>,
    /// The failed step or undo to go on without.
    pub skip: Option<Skip>,
    /// What the pack's fix is carried out for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// How long a person is waited for before the run goes back by itself.
    pub confirm_within: Option<Span>,
    /// The steps under way when it was sent. If one has failed since, nobody has seen that yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unseen: Vec<StepId>,
    /// The remedy under way when it was sent: it is not begun again before its end was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unseen_remedy: Option<RemedyOf>,
}

/// A failed step, or one whose undo failed, to go on without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    pub step: StepId,
    pub reason: String,
}

/// What a fix that the pack knows is carried out for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    Check(CheckId),
    Step(StepId),
}

impl Errand {
    pub fn new(aim: Aim, answers: &AnswersFile) -> Self {
        Self {
            aim,
            // The plan holds these already; secrets go no further than they must.
            answers: AnswersFile {
                inputs: BTreeMap::new(),
                ..answers.clone()
            },
            judged: Vec::new(),
            skip: None,
            fix: None,
            confirm_within: None,
            unseen: Vec::new(),
            unseen_remedy: None,
        }
    }

    /// Notes what is under way in the run as its sender sees it.
    pub fn knowing(mut self, run: &RunState) -> Self {
        let under_way = run.steps.iter().filter(|view| view.is_in_flight());
        self.unseen = under_way.map(|view| view.step.id.clone()).collect();
        self.unseen_remedy = run.open_remedy().cloned();
        self
    }

    /// Whether this failure, of a step or its undo, happened after the errand was sent: then it is
    /// reported before it is tried again.
    pub fn is_unseen(&self, view: &StepView) -> bool {
        self.unseen.contains(&view.step.id)
    }

    /// Whether the road must stop for it: an emergency step or a way back must not meet a product
    /// on which other steps are still at work.
    pub fn holds_the_road(&self) -> bool {
        match self.aim {
            Aim::Emergency { .. } | Aim::Back { .. } | Aim::StepBack { .. } => true,
            Aim::Forward | Aim::Confirm => false,
        }
    }
}
