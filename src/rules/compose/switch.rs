//! Expands a switch to plain steps: deploy, start, ready, switch, watch, drain. Undone in reverse
//! they are the way back: the old side is running and healthy before the proxy points to it again,
//! and the new one is stopped once the proxy answers as the old. A second switch, on a later hop,
//! starts from the side that the first one has switched to.

use super::{
    Made,
    error::Open,
    piece::{Part, Piece},
    services,
};
use crate::{
    model::{
        edit::{Edit, Op},
        format::Format,
        ids::InputName,
        pattern::Pattern,
        plan::{PlannedStep, StepBody, Undo},
        route::Route,
        rule::{Action, Hop, Probe, ServiceProbe, ServiceState, Start, Step, Switch, Then, Wait},
        template::{Known, Template},
        units::Span,
    },
    rules::{condition::applies, migrations},
};

const READY_IN_A_ROW: u32 = 3;
const WATCH: Span = Span::from_secs(10);
/// How long a proxy may take to answer as the other side before the watch has failed.
const WATCH_GRACE_SECS: u64 = 30;

/// The sides, once it is known which is which.
struct Sides<'a> {
    live: &'a str,
    idle: &'a str,
    /// The edits that point the proxy from the live side to the idle one.
    edits: Vec<Edit>,
}

/// Switches of the path whose live side is unknown.
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
    let (text, _) = migrations::text_of(made.case.survey, &switch.file)?;
    let text = turned(text, planned, switch);
    let named = |side: &str| named(side).is_match(&text);
    match (named(&one.1), named(&other.1)) {
        (true, false) => Sides::of(&text, one, other),
        (false, true) => Sides::of(&text, other, one),
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
    fn of(text: &str, live: (&'a str, String), idle: (&'a str, String)) -> Result<Self, String> {
        let edits = turning(text, &live.1, &idle.1);
        let left = || format!("it would still name `{}` after the switch", live.1);
        Ok(Self {
            live: live.0,
            idle: idle.0,
            edits: edits.ok_or_else(left)?,
        })
    }
}

/// Finds the first in a line that names a side where it counts: not in a comment, and not as a part
/// of a longer name, `llm-blue` in `llm-blue-canary`.
fn named(side: &str) -> Pattern {
    let in_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_.-".contains(c));
    let before = match in_name(side.chars().next()) {
        true => r"|[^#\n]*?[^#\n\w.-]",
        false => r"[^#\n]*?",
    };
    let after = match in_name(side.chars().next_back()) {
        true => r"$|[^\w.-]",
        false => "",
    };
    let pattern = format!("^({before}){}({after})", regex::escape(side));
    Pattern::try_from(pattern).expect("an escaped text is a pattern")
}

/// The edits that replace every mention of the live side by the idle one. Each changes the first
/// mention in every line, so a line with two takes two. `None` if that would not end.
fn turning(text: &str, live: &str, idle: &str) -> Option<Vec<Edit>> {
    let pattern = named(live);
    let with = format!("${{1}}{}${{2}}", idle.replace('$', "$$"));
    let most = text.lines().map(|line| line.matches(live).count()).max();
    let mut text = text.to_owned();
    let mut edits = Vec::new();
    while pattern.is_match(&text) {
        if Some(edits.len()) == most {
            return None;
        }
        text = pattern.replace_all(&text, &with).into_owned();
        let op = Op::Replace {
            pattern: pattern.clone(),
            with: with.clone(),
        };
        edits.push(Edit::new(Route::default(), op));
    }
    Some(edits)
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
    let turn = Turn {
        made,
        step,
        switch,
        sides,
    };
    let idle = Start {
        service: turn.sides.idle.to_owned(),
        release: None,
    };
    let (start, started) = services::started(made, &idle, part);
    let pieces = [
        turn.start(start).done_if(started.clone()),
        turn.ready(started),
        turn.turn(),
        turn.watch(),
        turn.drain(),
    ];
    let all = turn.deploy().into_iter().chain(pieces);
    all.map(|piece| piece.with_ends_of(step)).collect()
}

/// One switch, once it is known which side is live.
struct Turn<'a> {
    made: Made<'a>,
    step: &'a Step,
    switch: &'a Switch,
    sides: Sides<'a>,
}

impl Turn<'_> {
    fn piece(&self, name: &str, words: &str, action: Action) -> Piece {
        Piece::part(self.step, name, words, StepBody::Do(action))
    }

    fn idle(&self) -> &str {
        services::title(self.made, self.sides.idle)
    }

    fn proxy(&self) -> &str {
        services::title(self.made, &self.switch.proxy)
    }

    /// Has no undo: the deployed side serves nobody once it is stopped again.
    fn deploy(&self) -> Option<Piece> {
        let run = self.switch.deploy.get(self.sides.idle)?;
        let words = format!("put the new release on {}", self.idle());
        Some(self.piece("deploy", &words, Action::Run(run.clone())))
    }

    fn start(&self, start: Action) -> Piece {
        let words = format!("start {}", self.idle());
        let piece = self.piece("start", &words, start);
        piece.undo(services::stopping(self.sides.idle))
    }

    /// Its undo waits for the proxy, which must answer as the old release at this point.
    fn ready(&self, started: Probe) -> Piece {
        let words = format!("{} is ready", self.idle());
        let piece = self.piece("ready", &words, wait(started, READY_IN_A_ROW));
        piece.undo(Undo::Action(watch(self.switch, "{{from}}")))
    }

    fn turn(&self) -> Piece {
        let words = format!("lead {} to {}", self.proxy(), self.idle());
        let body = StepBody::Edit {
            file: self.switch.file.clone(),
            format: Format::Text,
            edits: self.sides.edits.clone(),
        };
        Piece::part(self.step, "switch", &words, body)
            .undo(Undo::File)
            .then(vec![Then {
                test: Some(self.switch.test.clone()),
                action: Action::Run(self.switch.reload.clone()),
            }])
    }

    fn watch(&self) -> Piece {
        let words = format!("watch {}", self.proxy());
        let piece = self.piece("watch", &words, watch(self.switch, "{{to}}"));
        piece.undo(Undo::Harmless)
    }

    fn drain(&self) -> Piece {
        let live = self.sides.live;
        let (stop, stopped) = services::stopped(self.made, live);
        let words = format!("stop {}", services::title(self.made, live));
        self.piece("drain", &words, stop)
            .undo(services::starting_again(self.made, live))
            .done_if(stopped)
    }
}

/// Waits until the proxy has answered as a release throughout the watch.
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

/// Waits for `in_a_row` successful looks, one per second.
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
            ("127.0.0.1:800\r\n", true),
            ("  server 127.0.0.1:8000;\n", false),
            ("  server 127.0.0.1:800.example;\n", false),
            ("  server 10.127.0.0.1:800;\n", false),
            ("  # server 127.0.0.1:800;\n", false),
            ("  server 127.0.0.1:900; # was 127.0.0.1:800\n", false),
            ("x\n  server 127.0.0.1:800 max_fails=1;\n", true),
        ] {
            assert_eq!(side.is_match(text), is, "{text}");
        }
        assert!(named("/blue/").is_match("root /srv/blue/app;"));
    }

    #[test]
    fn every_name_of_the_live_side_is_turned_and_no_longer_one() {
        let turned = |text: &str, live: &str, idle: &str| {
            let edits = turning(text, live, idle)?;
            let edited = crate::edit::apply(&Format::Text, text, &edits);
            Some(edited.expect("replacements").text)
        };
        let (blue, green) = ("llm-blue", "llm-green");
        for (before, after) in [
            (
                "reverse_proxy llm-blue:8000 llm-blue:8001\r\n",
                "reverse_proxy llm-green:8000 llm-green:8001\r\n",
            ),
            (
                "to llm-blue llm-blue-canary x.llm-blue llm-blue # llm-blue\n",
                "to llm-green llm-blue-canary x.llm-blue llm-green # llm-blue\n",
            ),
        ] {
            assert_eq!(turned(before, blue, green).as_deref(), Some(after));
        }
        assert_eq!(turned("to blue;\n", "blue", "blue green"), None);
        assert_eq!(turned("to a;\n", "a", "$a").as_deref(), None);
    }
}
