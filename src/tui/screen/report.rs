//! Report: what changed, who decided what, and what is left to do by hand.

use super::parts::reading;
use crate::{
    model::record::RunEnd,
    run_state::RunState,
    tui::{
        app::Screen,
        dialog::{Dialog, Question},
        keymap::Command,
        line::{Line, whole},
        page::{Act, Detail, Enter, Page},
        theme::Tone,
    },
};

pub fn detail(page: &Page<'_>) -> Detail {
    let Some(report) = &page.app.ui.views.report else {
        return reading(page);
    };
    let report = crate::model::text::sanitize(report);
    let lines = report.lines().map(markdown).collect();
    Detail::of(lines)
}

/// A line of Markdown: headings stand out, list items hang, and code and emphasis become tones.
fn markdown(text: &str) -> Line {
    let text = text.replace('\t', "    ");
    if text.starts_with('#') {
        return Line::heading(text.trim_start_matches('#').trim_start());
    }
    let indent = text.len() - text.trim_start().len();
    let hang = if text[indent..].starts_with("- ") {
        indent + 2
    } else {
        0
    };
    let mut line = Line::empty().hang(hang);
    let mut rest = text.as_str();
    while let Some((before, said, after)) = next_sign(rest) {
        line = line.and(Tone::Plain, before);
        line = match said {
            Said::Code(code) => line.and(Tone::Strong, whole(code)),
            Said::Loud(words) => line.and(Tone::Attention, words.replace('`', "")),
        };
        rest = after;
    }
    line.and(Tone::Plain, rest)
}

/// The text within a pair of Markdown signs.
enum Said<'t> {
    /// A path or a command.
    Code(&'t str),
    Loud(&'t str),
}

/// The text before the first pair of signs, the text within it, and the rest.
fn next_sign(text: &str) -> Option<(&str, Said<'_>, &str)> {
    let pair = |sign: &str| {
        let (before, rest) = text.split_once(sign)?;
        let (between, after) = rest.split_once(sign)?;
        Some((before, between, after))
    };
    let code = pair("`").map(|(before, code, after)| (before, Said::Code(code), after));
    let loud = pair("**").map(|(before, words, after)| (before, Said::Loud(words), after));
    let found = code.into_iter().chain(loud);
    found.min_by_key(|(before, ..)| before.len())
}

pub fn enter(page: &Page<'_>) -> Enter {
    if page.app.ui.live.to_read {
        let says = match page.app.ui.back.last() {
            Some(Screen::Runs) => "Enter: back to the past runs",
            Some(_) | None => "Enter: back to the start",
        };
        return Enter::new(says, Act::Back);
    }
    let run = page.app.run.as_ref();
    let end = run.and_then(RunState::ended);
    let stands = match end {
        Some(RunEnd::Done) if page.app.is_sample() => {
            "the upgrade is done; the sample's services end with it, so it can be rolled back only now"
        }
        Some(RunEnd::Done) => "the upgrade is done; it can still be rolled back",
        Some(RunEnd::RolledBack) if run.is_some_and(RunState::is_back_in_part) => {
            "rolled back in part: the head of this report says what is not"
        }
        Some(RunEnd::RolledBack) => "the old release is back, the backup stays",
        Some(RunEnd::Abandoned) if run.is_some_and(RunState::is_as_found) => "nothing was changed",
        Some(RunEnd::Abandoned) => "given up: the head of this report says what was done",
        None => "the run has not ended",
    };
    // Whoever went back wants to try again, and not to find out how.
    let start = match end {
        // Escape leaves the filter or the recording first.
        _ if page.app.ui.playing.is_some() || page.filter.is_some() => None,
        Some(RunEnd::RolledBack | RunEnd::Abandoned) => Some("to the start, to try again"),
        Some(RunEnd::Done) => Some("to the start"),
        None => None,
    };
    // Enter asks first: this screen often appears by itself while somebody is about to press Enter.
    let leave = Enter::new(
        format!("Enter: leave — {stands}"),
        Act::Open(Dialog::Sure(Question::Leave)),
    );
    match start {
        Some(start) => leave.or(Command::Back, start),
        None => leave,
    }
}
