//! Checks as rows and in detail: the checklist, verify and the end of a rollback show them.

use super::{
    parts::{choices, doubted},
    steps::{fix_lines, last_time},
};
use crate::{
    model::{
        ids::CheckId,
        plan::PlannedCheck,
        record::CheckVerdict,
        release::Release,
        rule::{Level, MetricRule, Probe},
        text::sanitize,
        units,
    },
    rules::deed,
    run_state::{CheckView, RunState},
    tui::{
        app::App,
        glyph::Sign,
        keymap::Command,
        line::{Line, lines, one_line},
        live::Checking,
        page::{GroupKey, Page, Row, RowKey},
        theme::Tone,
    },
};

/// The row of a check. If another hop has a check with the same title, the row names its hop.
pub fn row<'a>(
    app: &App,
    run: &RunState,
    list: &[PlannedCheck],
    planned: &'a PlannedCheck,
) -> Row<'a> {
    let key = RowKey::Check(planned.id.clone());
    let title = one_line(&planned.check.title);
    let alike =
        |other: &PlannedCheck| other.hop != planned.hop && other.check.title == planned.check.title;
    let hop = run.plan.hops.get(planned.hop);
    let hop = hop.filter(|_| list.iter().any(alike));
    let hop = hop.map_or(String::new(), |hop| format!("hop to {}  ", hop.to));
    // Lines tell the results, and once that checks are being made.
    if app.ui.live.makes(&planned.id).is_some() && !app.ui.in_lines {
        return Row::item(key, Sign::Running, Tone::Accent, title)
            .aside(hop + "being checked")
            .row();
    }
    let Some(view) = run.checks.get(&planned.id) else {
        let aside = match &planned.check.probe {
            Probe::Manual { text } => one_line(text),
            _made_by_switchback => "not checked yet".to_owned(),
        };
        return Row::item(key, Sign::NotYet, Tone::Plain, title)
            .aside(hop + &aside)
            .row();
    };
    if let Some((reason, by)) = &view.waived {
        return Row::item(key, Sign::Attention, Tone::Attention, title)
            .aside(format!(
                "{hop}waived by {}: {}",
                one_line(&by.user),
                one_line(reason)
            ))
            .row();
    }
    let (sign, tone) = verdict_sign(view.verdict);
    Row::item(key, sign, tone, title)
        .aside(format!(
            "{hop}{}{}",
            view.verdict.word(),
            with_detail(&view.detail)
        ))
        .row()
}

/// The checks that a release must pass, under a heading that says so.
pub fn must_pass<'a>(
    app: &App,
    run: &RunState,
    list: &'a [PlannedCheck],
    release: &Release,
) -> impl Iterator<Item = Row<'a>> {
    let heading = Row::group(GroupKey::Named("must pass"), format!("{release} must pass"));
    let rows = list.iter().map(move |check| row(app, run, list, check));
    [heading].into_iter().chain(rows)
}

/// Metrics from before the upgrade and from now, a row for each rule.
fn pictures(run: &RunState, planned: &PlannedCheck) -> Vec<Line> {
    let Probe::Metrics(metrics) = &planned.check.probe else {
        return Vec::new();
    };
    let Some(samples) = run.samples.get(&planned.id) else {
        return Vec::new();
    };
    let rules = metrics.rules.iter().enumerate();
    let picture = |(n, rule): (usize, &MetricRule)| {
        let row = samples.spark(n)?;
        let last = samples
            .last(n)
            .map_or(String::new(), |last| format!("  {last}"));
        let line = Line::toned(Tone::Accent, row)
            .and(Tone::Plain, last)
            .and(Tone::Dim, format!("  {}", one_line(&rule.shown())));
        Some(line.hang(2))
    };
    rules.filter_map(picture).collect()
}

fn with_detail(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(": {}", one_line(detail))
    }
}

fn verdict_sign(verdict: CheckVerdict) -> (Sign, Tone) {
    match verdict {
        CheckVerdict::Ok => (Sign::Done, Tone::Good),
        CheckVerdict::Warning => (Sign::Attention, Tone::Attention),
        CheckVerdict::Blocked => (Sign::Failed, Tone::Stop),
        CheckVerdict::CouldNotCheck => (Sign::Unsure, Tone::Stop),
    }
}

pub fn find<'r>(list: &'r [PlannedCheck], id: &CheckId) -> Option<&'r PlannedCheck> {
    list.iter().find(|planned| planned.id == *id)
}

pub fn about(app: &App, run: &RunState, planned: &PlannedCheck) -> Vec<Line> {
    let check = &planned.check;
    let level = match check.level {
        Level::Block => "blocks",
        Level::Warn => "only warns",
    };
    let mut all = vec![
        Line::toned(Tone::Strong, one_line(&check.title))
            .and(Tone::Dim, format!("  check {}, {level}", planned.id))
            .hang(2),
    ];
    if let Probe::Manual { text } = &check.probe {
        all.extend(lines(Tone::Plain, &sanitize(text)));
    }
    if let Some(because) = &check.because {
        all.extend(lines(Tone::Plain, &sanitize(because)));
    }
    all.extend(result(app, run, planned));
    all.extend(pictures(run, planned));
    let ok = run
        .checks
        .get(&planned.id)
        .is_some_and(|view| view.verdict == CheckVerdict::Ok);
    if let Some(remedy) = check.remedy.as_ref().filter(|_| !ok) {
        all.push(
            Line::toned(Tone::Strong, "what to do: ")
                .and(Tone::Plain, one_line(remedy))
                .hang(2),
        );
    }
    if let Some(fix) = check.fix.as_ref().filter(|_| !ok) {
        all.extend(fix_lines(&deed::of(&run.plan, planned.hop, fix)));
        all.extend(last_time(run.remedies_of_check(&planned.id)));
    }
    all.extend(doubted(&check.doubt));
    if !check.cites.is_empty() {
        let cites: Vec<&str> = check.cites.iter().map(|cite| cite.as_str()).collect();
        all.push(Line::toned(
            Tone::Dim,
            format!("guide {}", one_line(&cites.join(" "))),
        ));
    }
    all
}

/// What the check has come to so far.
fn result(app: &App, run: &RunState, planned: &PlannedCheck) -> Vec<Line> {
    let mut all = Vec::new();
    let view = run.checks.get(&planned.id);
    if let Some(now) = app.ui.live.makes(&planned.id) {
        all.extend(being_made(app, now, view));
    } else if let Some(view) = view {
        let (sign, tone) = verdict_sign(view.verdict);
        let words = format!("{} {}", sign.glyph(), view.verdict.word());
        let at = format!("  at {}", units::clock(view.at_ms));
        all.push(Line::toned(tone, words).and(Tone::Dim, at));
        all.extend(lines(Tone::Plain, &sanitize(&view.detail)));
        if view.verdict == CheckVerdict::CouldNotCheck {
            all.push(Line::toned(
                Tone::Dim,
                "A check that could not be made blocks like one that failed.",
            ));
        }
        if let Some((reason, by)) = &view.waived {
            let words = format!("waived by {}: {}", one_line(&by.user), one_line(reason));
            all.push(Line::warning(words));
        }
    }
    all
}

/// That the check is running, and its previous result.
fn being_made(app: &App, now: &Checking, before: Option<&CheckView>) -> Vec<Line> {
    let for_ms = app.ui.live.now_ms.saturating_sub(now.since_ms);
    let words = format!("{} being checked", Sign::Running.glyph());
    let running = format!("  running for {}", units::elapsed(for_ms));
    let mut all = vec![Line::toned(Tone::Accent, words).and(Tone::Plain, running)];
    all.extend(before.map(|view| {
        let at = units::clock(view.at_ms);
        Line::toned(
            Tone::Dim,
            format!("before, at {at}: {}", view.verdict.word()),
        )
    }));
    all
}

/// The choices for a check that is not passed.
pub fn menu(page: &Page<'_>, run: &RunState, planned: &PlannedCheck) -> Vec<Line> {
    if run.passed(&planned.id) {
        return Vec::new();
    }
    let keys = [
        (Command::Mark, ": yes, it is so"),
        (Command::Fix, ": switchback does it"),
        (Command::Retry, ""),
        (Command::Waive, " (reason): go on without it"),
    ];
    choices(page, "What now?", &keys)
}
