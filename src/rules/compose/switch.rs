//! A switch as plain steps: deploy, start, ready, switch, watch, drain. Undone in reverse they are
//! the way back: the old side is started and healthy before the proxy leads to it again, and the new
//! one is stopped when the proxy answers as the old. A second switch of the road, on a later hop,
//! begins where the first one has led to.

use super::{
    Made,
    error::Open,
    services::{self, Part, Piece},
};
use crate::{
    model::{
        edit::{Edit, Op},
        ids::InputName,
        pattern::Pattern,
        plan::{PlannedStep, StepBody, Undo},
        route::Route,
        rule::{Action, Hop, Probe, ServiceProbe, ServiceState, Start, Step, Switch, Then, Wait},
        survey::FileState,
        template::{Known, Template},
        units::Span,
    },
    rules::condition::applies,
};

const READY_IN_A_ROW: u32 = 3;
const WATCH: Span = Span::from_secs(10);
/// How long a proxy may take to answer as the other side before the watch has failed.
const WATCH_GRACE_SECS: u64 = 30;

/// The sides, once it is known which is which.
struct Sides<'a> {
    live: &'a str,
    idle: &'a str,
    live_text: String,
    idle_text: String,
}

/// Switches of the road whose live side cannot be told.
pub(super) fn unclear(made: Made) -> Vec<Open> {
    let hops = made.case.hops_on_path();
    let steps = hops.flat_map(|(_, hop): (_, &Hop)| &hop.apply);
    let steps = steps.filter(|step| applies(step.when.as_ref(), &made.facts));
    let switches = steps.filter_map(|step| match &step.action {
        Action::Switch(switch) => Some(switch),
        _another => None,
    });
    let unclear = switches.filter_map(|switch| {
        let why = sides(made, &[], switch).err()?;
        let file = switch.file.clone();
        Some(Open::NoSide { file, why })
    });
    unclear.collect()
}

fn sides<'a>(made: Made, planned: &[PlannedStep], switch: &'a Switch) -> Result<Sides<'a>, String> {
    let mut sides = switch
        .sides
        .iter()
        .map(|(name, text)| Ok::<_, String>((name.as_str(), filled(made, text)?)));
    let (Some(one), Some(other), None) = (sides.next(), sides.next(), sides.next()) else {
        return Err("it does not have two sides".to_owned());
    };
    let (one, other) = (one?, other?);
    let text = match made.case.survey.files.get(&switch.file) {
        Some(FileState::Text { text, .. }) => text,
        Some(FileState::Absent) | None => return Err("it is not there".to_owned()),
        Some(FileState::Unusable { why, .. }) => return Err(why.clone()),
    };
    let text = turned(text, planned, switch);
    let named = |side: &str| named(side).is_match(&text);
    match (named(&one.1), named(&other.1)) {
        (true, false) => Ok(Sides::of(one, other)),
        (false, true) => Ok(Sides::of(other, one)),
        (true, true) => Err(format!("it names both `{}` and `{}`", one.1, other.1)),
        (false, false) => Err(format!("it names neither `{}` nor `{}`", one.1, other.1)),
    }
}

/// The text that names a side, with what the operator answered.
fn filled(made: Made, text: &Template) -> Result<String, String> {
    let known = Known {
        root: Some(&made.case.survey.root),
        releases: None,
        input: |name: &InputName| Some(made.facts.answers.get(name)?.expose().to_owned()),
        env: |_: &str| None,
    };
    text.render(|name| known.get(name)).map_err(|name| {
        format!(
            "`{text}` speaks of {name}, which has no value yet",
            text = text.as_str()
        )
    })
}

/// The proxy's file after the switches that come before.
fn turned(text: &str, planned: &[PlannedStep], switch: &Switch) -> String {
    let mut text = text.to_owned();
    for step in planned {
        let StepBody::Edit { file, edits, .. } = &step.body else {
            continue;
        };
        for edit in edits.iter().filter(|_| *file == switch.file) {
            if let Op::Replace { pattern, with } = &edit.op {
                text = pattern.replace_all(&text, with).into_owned();
            }
        }
    }
    text
}

impl<'a> Sides<'a> {
    fn of(live: (&'a str, String), idle: (&'a str, String)) -> Self {
        Self {
            live: live.0,
            idle: idle.0,
            live_text: live.1,
            idle_text: idle.1,
        }
    }
}

/// Finds a side where it counts: not in a comment, and not as a part of a longer name.
fn named(side: &str) -> Pattern {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let before = if word(side.chars().next()) { r"\b" } else { "" };
    let after = if word(side.chars().next_back()) {
        r"\b"
    } else {
        ""
    };
    let pattern = format!("^([^#\n]*?){before}{}{after}", regex::escape(side));
    Pattern::try_from(pattern).expect("an escaped text is a pattern")
}

pub(super) fn pieces(
    made: Made,
    planned: &[PlannedStep],
    step: &Step,
    switch: &Switch,
    part: Part,
) -> Vec<Piece> {
    // A live side that cannot be told was reported before any step is made.
    let Ok(sides) = sides(made, planned, switch) else {
        return Vec::new();
    };
    let live = services::title(made, sides.live);
    let idle = services::title(made, sides.idle);
    let proxy = services::title(made, &switch.proxy);
    let start = Start {
        service: sides.idle.to_owned(),
        release: None,
    };
    let (start, started) = services::started(made, &start, part);
    let (stop, stopped) = services::stopped(made, sides.live);
    let piece = |name: &'static str, words: String, body: StepBody, undo: Undo| Piece {
        name: Some(name),
        title: format!("{}: {words}", step.title),
        body,
        done_if: None,
        undo,
        then: Vec::new(),
    };
    let deploy = switch.deploy.get(sides.idle).map(|run| {
        piece(
            "deploy",
            format!("put the new release on {idle}"),
            StepBody::Do(Action::Run(run.clone())),
            Undo::Stays,
        )
    });
    let pieces = [
        Piece {
            done_if: Some(started.clone()),
            ..piece(
                "start",
                format!("start {idle}"),
                StepBody::Do(start),
                services::stopping(sides.idle),
            )
        },
        piece(
            "ready",
            format!("{idle} is ready"),
            StepBody::Do(wait(started, READY_IN_A_ROW)),
            Undo::Action(watch(switch, "{{from}}")),
        ),
        Piece {
            then: vec![Then {
                test: Some(switch.test.clone()),
                action: Action::Run(switch.reload.clone()),
            }],
            ..piece(
                "switch",
                format!("lead {proxy} to {idle}"),
                edit(switch, &sides),
                Undo::File,
            )
        },
        piece(
            "watch",
            format!("watch {proxy}"),
            StepBody::Do(watch(switch, "{{to}}")),
            Undo::Harmless,
        ),
        Piece {
            done_if: Some(stopped),
            ..piece(
                "drain",
                format!("stop {live}"),
                StepBody::Do(stop),
                Undo::Action(Action::Start(Start {
                    service: sides.live.to_owned(),
                    release: services::release(made, sides.live, "{{from}}"),
                })),
            )
        },
    ];
    deploy.into_iter().chain(pieces).collect()
}

fn edit(switch: &Switch, sides: &Sides<'_>) -> StepBody {
    StepBody::Edit {
        file: switch.file.clone(),
        format: "text".to_owned(),
        edits: vec![Edit::new(
            Route::default(),
            Op::Replace {
                pattern: named(&sides.live_text),
                with: format!("${{1}}{}", sides.idle_text.replace('$', "$$")),
            },
        )],
    }
}

/// The proxy answers as a release, all of the time.
fn watch(switch: &Switch, release: &str) -> Action {
    let seconds = switch.watch.unwrap_or(WATCH).duration().as_secs().max(1);
    let looks = u32::try_from(seconds + 1).unwrap_or(u32::MAX);
    let through = Probe::Service(ServiceProbe {
        name: switch.proxy.clone(),
        is: ServiceState::Running,
        release: Some(Template::parse(release).expect("a fixed template")),
    });
    wait(through, looks)
}

/// Met in every look, one a second.
fn wait(until: Probe, in_a_row: u32) -> Action {
    Action::Wait(Wait {
        until,
        every: Some(Span::from_secs(1)),
        limit: Some(Span::from_secs(u64::from(in_a_row) + WATCH_GRACE_SECS)),
        in_a_row: Some(in_a_row),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_named_where_it_counts() {
        let side = named("127.0.0.1:800");
        for (text, is) in [
            ("  server 127.0.0.1:800;\n", true),
            ("  server 127.0.0.1:8000;\n", false),
            ("  # server 127.0.0.1:800;\n", false),
            ("  server 127.0.0.1:900; # was 127.0.0.1:800\n", false),
            ("x\n  server 127.0.0.1:800 max_fails=1;\n", true),
        ] {
            assert_eq!(side.is_match(text), is, "{text}");
        }
    }
}
