//! What becomes of an open dialog when something happens beneath it without a key being pressed
//! here. The rules for what survives are here and nowhere else.

use super::{Danger, Dialog, Question};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beneath {
    /// Another screen is shown.
    OtherScreen,
    /// Somebody else holds the run now, or nobody does.
    OtherHand,
    /// Nothing is at work any more: the worker waits, or has ended.
    AtRest,
}

/// What the dialog becomes.
pub enum Becomes {
    AsItWas,
    Nothing,
    Another(Dialog),
}

impl Dialog {
    pub fn after(&self, beneath: Beneath) -> Becomes {
        match (self, beneath) {
            // A message that has not been read yet stays, whatever is shown below it.
            (Self::Told { .. }, _) => Becomes::AsItWas,
            // This front end no longer decides what becomes of the run: all that is left to ask is
            // whether to leave.
            (Self::Going { .. }, Beneath::OtherHand | Beneath::AtRest) => {
                Becomes::Another(Self::Sure(Question::Leave))
            }
            // It is asked on every screen, and its letters mean other things to the screen behind
            // it.
            (Self::Going { .. }, Beneath::OtherScreen) | (_, Beneath::AtRest) => Becomes::AsItWas,
            // Somebody typing what to pull must not steer the next screen with those keys.
            (
                Self::Emergency { .. }
                | Self::Typed {
                    danger: Danger::Pull(_) | Danger::Release(_),
                    ..
                },
                Beneath::OtherScreen,
            ) => Becomes::AsItWas,
            (Self::Filter(_) | Self::Value { .. }, Beneath::OtherHand) => Becomes::AsItWas,
            (
                Self::Filter(_) | Self::Value { .. } | Self::Reason { .. } | Self::Typed { .. },
                Beneath::OtherScreen,
            ) => not_used("What it was about is no longer on the screen."),
            (Self::Reason { .. } | Self::Typed { .. }, Beneath::OtherHand) => {
                not_used("You no longer hold this run.")
            }
            (Self::Sure(question), Beneath::OtherHand) if !question.asks_the_run() => {
                Becomes::AsItWas
            }
            (Self::Emergency { .. } | Self::Sure(_), _) => Becomes::Nothing,
        }
    }
}

/// A message in place of a field: somebody still typing does not notice at once that it is gone,
/// and each letter would be a command to the screen behind it.
fn not_used(why: &str) -> Becomes {
    Becomes::Another(Dialog::Told {
        title: "What you typed is not used".to_owned(),
        text: format!("{why} Nothing typed here is used."),
    })
}

impl Question {
    /// Whether a yes asks something of the run, which only its holder may do.
    fn asks_the_run(&self) -> bool {
        match self {
            Self::Interrupt(_)
            | Self::Judge { .. }
            | Self::Abandon
            | Self::Confirm(_)
            | Self::Finish
            | Self::Begin(_) => true,
            Self::Leave | Self::TakeOver | Self::Replace(_) => false,
        }
    }
}
