//! Expands a checkout to two steps: one notes what is checked out now, the other checks out the new
//! commit, and on the way back what was noted.

use super::piece::Piece;
use crate::model::{
    plan::{StepBody, Undo},
    rule::{Action, Checkout, Run, Step},
    template::Template,
};

/// Notes a branch by its name, so that the way back ends on that branch and not on a detached HEAD.
const NOTE: &str = "git -C \"$0\" symbolic-ref --quiet --short HEAD >\"$1\" || \
                    git -C \"$0\" rev-parse --verify HEAD >\"$1\"";
const BACK: &str = "git -C \"$0\" checkout \"$(cat \"$1\")\" --";

pub(super) fn pieces(step: &Step, checkout: &Checkout) -> Vec<Piece> {
    // Every hop of a path has its own target, so each keeps its own note of where it started.
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
    let id: String = step.id.chars().filter(plain).collect();
    let kept = fixed(&format!("{{{{backup}}}}/{id}-before-{{{{to}}}}"));
    let at = checkout.at.clone().unwrap_or_else(|| fixed("{{root}}"));
    let run = |command: Vec<Template>| {
        let path = checkout.path.clone();
        Action::Run(Run {
            command,
            path,
            ..Run::default()
        })
    };
    let script = |text: &str| {
        let words = [fixed("sh"), fixed("-ec"), fixed(text)];
        run(words
            .into_iter()
            .chain([at.clone(), kept.clone()])
            .collect())
    };
    let mut command = vec![fixed("git"), fixed("-C"), at.clone()];
    command.extend(["checkout", "--detach"].map(fixed));
    command.extend([checkout.commit.clone(), fixed("--")]);
    let note = StepBody::Do(script(NOTE));
    vec![
        Piece::part(step, "note", "note what is checked out now", note)
            .undo(Undo::Harmless)
            .idempotent(true),
        Piece::whole(step, run(command))
            .undo(Undo::Action(script(BACK)))
            .with_ends_of(step),
    ]
}

fn fixed(text: &str) -> Template {
    Template::parse(text).expect("a text of ours")
}
