//! How long a run still waits for a confirmation, shown above what Enter does.

use crate::{
    model::units,
    tui::{app::App, line::Line, theme::Tone},
};

/// Below this every second counts. Above it, a line that changes each second is only noise, and
/// bytes on a slow line.
const SECONDS_MATTER_MS: u64 = 2 * 60_000;

/// The time left until the waiting run goes back by itself.
pub fn line(app: &App) -> Option<Line> {
    let left_ms = app.goes_back_at_ms()?.saturating_sub(app.ui.live.now_ms);
    let left = match left_ms {
        0 => "now".to_owned(),
        1..SECONDS_MATTER_MS => format!("in {}", units::elapsed(left_ms.next_multiple_of(1000))),
        SECONDS_MATTER_MS.. => format!("in {} min", left_ms / 60_000),
    };
    Some(Line::toned(
        Tone::Attention,
        format!("! {}", words(app, &left)),
    ))
}

/// The same for lines, which cannot be updated: the time of day instead.
pub fn told(app: &App) -> Option<String> {
    let at = format!("at {}", units::time(app.goes_back_at_ms()?));
    Some(words(app, &at))
}

fn words(app: &App, when: &str) -> String {
    let open = app.run.as_ref().is_some_and(|run| {
        run.next_step().is_some() || !run.open_checks(&run.plan.verify).is_empty()
    });
    let unless = if open {
        "nobody goes on"
    } else {
        "nobody confirms"
    };
    format!("rolls back by itself {when} if {unless}")
}
