//! Undoing only the last steps: which ones, and what is lost.

use super::{costs::counted_at, step_title};
use crate::{
    model::ids::StepId,
    tui::{
        app::App,
        line::{Line, one_line},
        preview::Preview,
        theme::Tone,
    },
};

#[derive(Clone, Debug, PartialEq)]
pub struct LastSteps {
    /// The first of them in the order of the run.
    pub to: StepId,
    /// Where the operator wanted to go back to; a restore may lead further back.
    pub chosen: StepId,
    pub preview: Preview,
}

/// The steps that would be undone, newest first, and what is lost.
pub(super) fn lines(app: &App, last: &LastSteps) -> Vec<Line> {
    let title = format!(
        "Undo the last steps, including: {}",
        step_title(app, &last.to)
    );
    let mut all = vec![Line::toned(Tone::Attention, title).hang(2), Line::empty()];
    if last.chosen != last.to {
        let words = match last.preview.undo.steps.iter().any(|undo| undo.restores) {
            true => {
                "This goes further than the step you chose: the restore also undoes what earlier \
                 steps did to its database."
            }
            false => {
                "This goes further than the step you chose: these steps belong together and are \
                 undone as one."
            }
        };
        all.extend([Line::warning(words), Line::empty()]);
    }
    for undo in &last.preview.undo.steps {
        let row = Line::new(format!("  {}", one_line(&undo.title)));
        let becomes = format!("  {}", one_line(&undo.becomes));
        let changed = last.preview.changed_since(&undo.step);
        let changed = changed.map_or(String::new(), |changed| format!("  {changed}"));
        let row = row.and(Tone::Dim, becomes).and(Tone::Stop, changed);
        all.push(row.hang(4));
        let good = undo.nothing_lost.iter().map(|told| ("✓", Tone::Good, told));
        let bad = undo.warnings.iter().map(|told| ("!", Tone::Stop, told));
        all.extend(good.chain(bad).map(|(sign, tone, told)| {
            Line::toned(tone, format!("    {sign} {}", one_line(told))).hang(6)
        }));
    }
    all.extend(counted_at(&last.preview));
    all.extend([
        Line::empty(),
        Line::new(
            "Earlier steps stay done. These then wait for you: run them again, skip them, or roll back.",
        ),
    ]);
    all
}
