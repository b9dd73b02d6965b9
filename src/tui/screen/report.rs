//! Report: what changed, who decided what, and what is left to do by hand.

use super::reading;
use crate::{
    model::record::End,
    tui::{
        line::Line,
        page::{Act, Detail, Enter, Page},
        theme::Tone,
    },
};

pub fn detail(page: &Page<'_>) -> Detail {
    let Some(report) = &page.app.ui.report else {
        return reading(page);
    };
    let report = crate::model::text::sanitize(report);
    let lines = report.lines().map(markdown).collect();
    Detail {
        lines,
        menu: Vec::new(),
    }
}

/// Headings stand out, list items hang; the text stays what it is.
fn markdown(text: &str) -> Line {
    let text = text.replace('\t', "    ");
    if text.starts_with('#') {
        return Line::toned(Tone::Strong, text.trim_start_matches('#').trim_start());
    }
    let indent = text.len() - text.trim_start().len();
    if text[indent..].starts_with("- ") {
        return Line::new(text).hang(indent + 2);
    }
    Line::new(text)
}

pub fn enter(page: &Page<'_>) -> Enter {
    let end = page.app.run.as_ref().and_then(|run| run.end);
    let leave = match end {
        Some(End::Done) => "Enter: leave — the upgrade is done; it can still be taken back",
        Some(End::RolledBack) => "Enter: leave — the old release is back, the backup stays",
        Some(End::Abandoned) => "Enter: leave — nothing was changed",
        None => "Enter: leave — the run has not ended",
    };
    // Whoever went back wants to try again, and not to find out how.
    let again = match end {
        Some(End::RolledBack | End::Abandoned) if page.app.ui.playing.is_none() => {
            "   Esc: to the start, to try again"
        }
        Some(_) | None => "",
    };
    Enter::new(
        format!("{leave}{again}"),
        match end {
            Some(_) => Act::Quit,
            None => Act::Open(crate::tui::dialog::Dialog::Sure(
                crate::tui::dialog::Question::Leave,
            )),
        },
    )
}
