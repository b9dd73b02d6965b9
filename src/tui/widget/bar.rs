//! Progress, in words and as a bar.

use crate::{
    engine::means::progress::Progress,
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
    let mut lines = Vec::new();
    if !progress.doing.is_empty() {
        lines.push(Line::new(one_line(&progress.doing)).hang(2));
    }
    let pace = progress
        .pace()
        .map_or_else(String::new, |pace| format!("  {pace}"));
    if progress.total == 0 {
        if progress.per_second.is_some() {
            lines.push(Line::new(format!(
                "{}{pace}",
                amount(progress.done, &progress.unit)
            )));
        }
        return lines;
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
                "  {percent} %  {} of {}{pace}",
                count(done, &progress.unit),
                amount(progress.total, &progress.unit)
            ),
        )
        .hang(2);
    lines.push(bar);
    lines
}

/// The count without its unit, which the total names.
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
    } else if unit.is_empty() {
        count.to_string()
    } else {
        format!("{count} {unit}")
    }
}
