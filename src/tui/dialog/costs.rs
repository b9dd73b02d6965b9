//! What a rollback costs: what is lost by it, and what stays.

use crate::{
    engine::undo_preview::Fate,
    model::ids::StepId,
    tui::{
        app::App,
        dialog::Dialog,
        line::{Line, one_line},
        preview::Preview,
        theme::Tone,
    },
};

/// How many of a rollback's costs are repeated above the words to type.
const COSTS_MAX: usize = 3;

/// A step whose rollback costs something.
pub struct Cost {
    pub step: StepId,
    pub title: String,
    pub becomes: String,
    /// It has no undo: that comes before any other cost.
    pub stays: bool,
    /// What is lost or put aside.
    pub lost: Vec<String>,
}

/// What a rollback costs, step by step: what is lost, newest first, then what is put aside.
pub fn costs(app: &App) -> impl Iterator<Item = Cost> {
    let preview = app.ui.views.preview.iter();
    let steps = preview.flat_map(|preview| {
        let steps = preview.undo.worst_first();
        steps.map(move |undo| (undo, preview.changed_since(&undo.step)))
    });
    let told = |words: &String| one_line(words);
    let costs = steps.map(move |(undo, changed)| Cost {
        step: undo.step.clone(),
        title: match changed {
            Some(changed) => format!("{}, {changed}", one_line(&undo.title)),
            None => told(&undo.title),
        },
        becomes: told(&undo.becomes),
        stays: matches!(undo.fate, Fate::Stays | Fate::PastReturn),
        lost: undo.warnings.iter().map(told).collect(),
    });
    costs.filter(|cost| cost.stays || !cost.lost.is_empty())
}

/// Whether all that a rollback loses at this step stands above the words that are typed now: it need
/// not stand on the screen twice more.
pub fn stands_above_the_words(app: &App, step: &StepId) -> bool {
    let asked = app.ui.dialog.as_ref();
    let asked = asked.is_some_and(Dialog::is_about_a_rollback) && !app.ui.in_lines;
    let mut told = costs(app).take(COSTS_MAX);
    asked && told.any(|cost| cost.step == *step && !cost.stays && cost.lost.len() == 1)
}

/// What is lost by a rollback and what stays, shown to whoever types the words that begin it.
pub(super) fn of_a_rollback(app: &App) -> Vec<Line> {
    let costs = costs(app).filter_map(|cost| {
        let first = if cost.stays {
            cost.becomes
        } else {
            cost.lost.into_iter().next()?
        };
        let words = format!("! {}: {first}", cost.title);
        Some(Line::toned(Tone::Stop, words).hang(2))
    });
    let mut all: Vec<Line> = costs.collect();
    if all.len() > COSTS_MAX {
        let more = all.len() - COSTS_MAX;
        all.truncate(COSTS_MAX);
        let words = format!("! and {more} more: the list above names them");
        all.push(Line::toned(Tone::Stop, words));
    }
    all.extend(app.ui.views.preview.as_ref().and_then(counted_at));
    all
}

/// When the counts were made: the product goes on writing while somebody reads and types.
pub fn counted_at(preview: &Preview) -> Option<Line> {
    let words = preview.counted_at()?;
    Some(Line::toned(Tone::Attention, words).hang(2))
}
