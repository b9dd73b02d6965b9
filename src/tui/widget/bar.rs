//! How far something is, as words and as a bar.

use crate::{
    engine::handle::Progress,
    model::units::Size,
    tui::{
        line::{Line, one_line},
        theme::Tone,
    },
};

const BAR_COLUMNS: u64 = 30;

pub fn progress(progress: Option<&Progress>) -> Vec<Line> {
    let Some(progress) = progress else {
        return Vec::new();
    };
    let doing = Line::new(one_line(&progress.doing)).hang(2);
    if progress.total == 0 {
        return vec![doing];
    }
    let done = progress.done.min(progress.total);
    let filled =
        usize::try_from(u128::from(done) * u128::from(BAR_COLUMNS) / u128::from(progress.total))
            .unwrap_or_default();
    let rest = usize::try_from(BAR_COLUMNS).unwrap_or_default() - filled;
    let percent = u128::from(done) * 100 / u128::from(progress.total);
    let bar = Line::toned(Tone::Good, "█".repeat(filled))
        .and(Tone::Dim, "░".repeat(rest))
        .and(
            Tone::Plain,
            format!(
                "  {percent} %  {} of {}",
                count(done, progress.unit),
                amount(progress.total, progress.unit)
            ),
        );
    vec![doing, bar]
}

/// The unit is said once, with the whole.
fn count(count: u64, unit: &str) -> String {
    if unit == "bytes" {
        amount(count, unit)
    } else {
        count.to_string()
    }
}

fn amount(count: u64, unit: &str) -> String {
    if unit == "bytes" {
        Size::from_bytes(count).to_string()
    } else {
        format!("{count} {unit}")
    }
}
