//! What the steps have printed, as far as it is told among the rows.

use super::paper::Paper;
use crate::{
    model::ids::StepId,
    tui::{
        app::App,
        line::{Line, one_line},
    },
};
use std::rc::Rc;

/// Lines told at once; the rest is only counted.
const OUTPUT_LINES_MAX: usize = 10;

#[derive(Default)]
pub struct Printed {
    /// Lines that were told or counted so far.
    told: u64,
    /// The step that printed the last told line.
    by: Option<Rc<str>>,
    /// The existence of earlier output was told.
    told_before: bool,
}

impl Printed {
    /// Skips everything that has arrived so far.
    pub fn pass_over(&mut self, app: &App) {
        *self = Self {
            told: app.ui.live.output.total,
            ..Self::default()
        };
    }

    /// Notes that a row was told: the next output names its step anew, so that it is not attributed
    /// to that row.
    pub fn apart(&mut self) {
        self.by = None;
    }

    /// Tells the output since the last time; of a lot only the end.
    pub fn tell(&mut self, app: &App, paper: &mut Paper) {
        let output = &app.ui.live.output;
        let all = output.total.saturating_sub(self.told);
        let come = output.lines().filter(|line| line.number >= self.told);
        let (before, now): (Vec<_>, Vec<_>) = come.partition(|line| line.before);
        if !before.is_empty() && !self.told_before {
            paper.say("   | … output shows what was printed before");
            self.told_before = true;
        }
        let new = usize::try_from(all).unwrap_or(usize::MAX) - before.len();
        let left_out = new.saturating_sub(OUTPUT_LINES_MAX);
        if left_out > 0 {
            paper.say(format!(
                "   | … {left_out} lines are left out; output shows them"
            ));
        }
        for line in &now[now.len().saturating_sub(OUTPUT_LINES_MAX)..] {
            // Since the rows were told, a step may have ended and the next one printed.
            if self.by.as_ref() != Some(&line.step) {
                let words = format!("   printed by {}:", printer(app, &line.step));
                paper.line(&Line::new(words).hang(5));
                self.by = Some(Rc::clone(&line.step));
            }
            paper.line(&Line::new(format!("   | {}", one_line(&line.text))).hang(5));
        }
        self.told = output.total;
    }
}

fn printer(app: &App, step: &str) -> String {
    let run = app.run.as_ref();
    let view = run.and_then(|run| run.step(&StepId::new(step)));
    match (view, step.strip_prefix("backup/")) {
        (Some(view), _) => one_line(&view.step.title),
        (None, Some(saved)) => format!("the backup of {}", one_line(saved)),
        (None, None) => one_line(step),
    }
}
