//! What becomes of the dialog that is open when something happens beneath it that nobody here pressed a
//! key for: what survives what stands here, and nowhere else.

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

/// What the dialog is then.
pub enum Becomes {
    AsItWas,
    Nothing,
    Another(Dialog),
}

impl Dialog {
    pub fn after(&self, beneath: Beneath) -> Becomes {
        match (self, beneath) {
            // What was told and not read yet is told whatever is shown below it.
            (Self::Told { .. }, _) => Becomes::AsItWas,
            // Nobody here says any more what becomes of the run: only leaving itself is asked about.
            (Self::Going { .. }, Beneath::OtherHand | Beneath::AtRest) => {
                Becomes::Another(Self::Sure(Question::Leave))
            }
            // It is asked on every screen; its letters mean other things to the one behind it.
            (Self::Going { .. }, Beneath::OtherScreen) | (_, Beneath::AtRest) => Becomes::AsItWas,
            // Whoever types what is to be pulled does not want to steer the next screen with it.
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

/// In the place of a field: whoever types on does not see at once that it is gone, and each letter
/// would be a command to the screen behind it.
fn not_used(why: &str) -> Becomes {
    Becomes::Another(Dialog::Told {
        title: "What you typed is not used".to_owned(),
        text: format!("{why} Nothing typed here is used."),
    })
}

impl Question {
    /// Whether something is asked of the run by a yes, which only its holder can.
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
