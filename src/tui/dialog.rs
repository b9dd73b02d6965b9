//! Questions in the body's place. Each names its object; its default is the harmless answer.

pub mod emergency;
pub mod going;

use super::{
    app::App,
    field::Field,
    line::{Line, lines, one_line},
    page::Detail,
    screen::steps,
    theme::Tone,
};
use crate::{
    engine::handle,
    model::{
        ids::{CheckId, InputName, StepId},
        rule::Ask,
    },
    rules::deed,
};

#[derive(Debug)]
pub enum Dialog {
    /// Typing narrows the list.
    Filter(Field),
    /// The answer to an input.
    Value {
        input: InputName,
        field: Field,
        reveal: bool,
        problems: Vec<String>,
    },
    /// A reason that goes into the journal.
    Reason { about: Reason, field: Field },
    /// Words that must be typed whole.
    Typed { danger: Danger, field: Field },
    /// The emergency steps; the one at this place is selected.
    Emergency { at: usize },
    /// What becomes of a run that is at work when the operator leaves.
    Going,
    /// `y`, or nothing happens.
    Sure(Question),
    /// Something went wrong that needs more than a line.
    Told { title: String, text: String },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    Waive(CheckId),
    Skip(StepId),
    SkipUndo(StepId),
    StepBack(StepId),
}

impl Reason {
    pub fn ask(self, reason: String) -> handle::Ask {
        match self {
            Self::Waive(check) => handle::Ask::Waive { check, reason },
            Self::Skip(step) => handle::Ask::Skip { step, reason },
            Self::SkipUndo(step) => handle::Ask::SkipUndo { step, reason },
            Self::StepBack(to) => handle::Ask::StepBack { to, reason },
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Danger {
    Rollback,
    /// The point of no return, before this step.
    Consent(StepId),
    /// An emergency step is pulled, or taken back.
    Pull(StepId),
    Release(StepId),
    /// A pack from outside.
    Trust {
        pack: String,
        digest: String,
    },
}

impl Danger {
    /// What must be typed: an act and its object.
    pub fn words(&self, app: &App) -> String {
        let host = app.run.as_ref().map_or("", |run| run.plan.host.as_str());
        match self {
            Self::Rollback => format!("roll back {}", one_line(host)),
            Self::Pull(_) => format!("pull {}", one_line(host)),
            Self::Release(_) => format!("take back {}", one_line(host)),
            Self::Consent(_) => format!("no return {}", one_line(host)),
            Self::Trust { digest, .. } => {
                format!("trust {}", digest.get(..8).unwrap_or(digest))
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    Leave,
    TakeOver,
    Interrupt(StepId),
    Judge { step: StepId, done: bool },
    Abandon,
    Confirm(StepId),
}

impl Dialog {
    /// Whether it is about an emergency: that stays open whatever the road does.
    pub fn is_emergency(&self) -> bool {
        match self {
            Self::Emergency { .. } => true,
            Self::Typed { danger, .. } => matches!(danger, Danger::Pull(_) | Danger::Release(_)),
            Self::Filter(_)
            | Self::Value { .. }
            | Self::Reason { .. }
            | Self::Going
            | Self::Sure(_)
            | Self::Told { .. } => false,
        }
    }

    /// Whether the screen stays visible and the field stands below it.
    pub fn beside(&self) -> bool {
        match self {
            Self::Filter(_) | Self::Value { .. } => true,
            Self::Typed { danger, .. } => *danger == Danger::Rollback,
            Self::Reason { .. }
            | Self::Emergency { .. }
            | Self::Going
            | Self::Sure(_)
            | Self::Told { .. } => false,
        }
    }

    pub fn field_mut(&mut self) -> Option<&mut Field> {
        match self {
            Self::Filter(field)
            | Self::Value { field, .. }
            | Self::Reason { field, .. }
            | Self::Typed { field, .. } => Some(field),
            Self::Emergency { .. } | Self::Going | Self::Sure(_) | Self::Told { .. } => None,
        }
    }

    /// What stands in the body's place.
    pub fn detail(&self, app: &App) -> Detail {
        let lines = match self {
            Self::Filter(_) | Self::Value { .. } => Vec::new(),
            Self::Reason { about, .. } => reason(app, about),
            Self::Typed { danger, .. } => typed(app, danger),
            Self::Emergency { at } => return emergency::detail(app, *at),
            Self::Going => going::lines(app),
            Self::Sure(question) => sure(app, question),
            Self::Told { title, text } => {
                let mut all = vec![Line::toned(Tone::Stop, title.as_str()), Line::empty()];
                all.extend(lines(Tone::Plain, text));
                all
            }
        };
        Detail {
            lines,
            menu: self.menu(app),
        }
    }

    /// The field, below everything else.
    pub fn menu(&self, app: &App) -> Vec<Line> {
        match self {
            Self::Filter(field) => vec![typed_line("filter: ", field)],
            Self::Value {
                input,
                field,
                reveal,
                problems,
            } => value_menu(app, input, field, *reveal, problems),
            Self::Reason { field, .. } => vec![typed_line("reason: ", field)],
            Self::Typed { danger, field } => {
                let words = danger.words(app);
                vec![
                    Line::new("Type  ")
                        .and(Tone::Strong, words)
                        .and(Tone::Plain, "  to go on:  ")
                        .and(Tone::Accent, field.text())
                        .and(Tone::Accent, "_"),
                ]
            }
            Self::Emergency { .. } | Self::Going | Self::Sure(_) | Self::Told { .. } => Vec::new(),
        }
    }

    /// What Enter does, in words.
    pub fn enter(&self, app: &App) -> String {
        match self {
            Self::Filter(_) => "Enter: keep the filter   Esc: show all again".into(),
            Self::Value { problems, .. } if !problems.is_empty() => {
                "Enter: not yet — the value is not right   Esc: leave it as it was".into()
            }
            Self::Value { field, .. } if field.text().is_empty() => {
                "Enter: not yet — nothing was typed   Esc: leave it as it was".into()
            }
            Self::Value { .. } => "Enter: use this value   Esc: leave it as it was".into(),
            Self::Reason { field, .. } if field.text().trim().is_empty() => {
                "Enter: not yet — a reason is needed   Esc: back, nothing happens".into()
            }
            Self::Reason { .. } => {
                "Enter: go on, the reason and your name go into the journal   Esc: back".into()
            }
            Self::Typed { danger, field } if field.text() == danger.words(app) => match danger {
                Danger::Rollback => "Enter: the rollback begins   Esc: back, nothing happens",
                Danger::Pull(_) => "Enter: it is pulled   Esc: back, nothing happens",
                Danger::Release(_) => "Enter: it is taken back   Esc: back, nothing happens",
                Danger::Consent(_) => "Enter: go past the point of no return   Esc: back",
                Danger::Trust { .. } => "Enter: trust this pack   Esc: back, nothing happens",
            }
            .into(),
            Self::Typed { .. } => "Enter: nothing yet   Esc: back, nothing happens".into(),
            Self::Emergency { at } => emergency::enter(app, *at),
            Self::Going => going::ENTER.into(),
            Self::Sure(_) => "Enter or Esc: back, nothing happens   y: yes".into(),
            Self::Told { .. } => "Enter: back".into(),
        }
    }
}

fn typed_line(label: &str, field: &Field) -> Line {
    let (before, after) = field.halves();
    Line::toned(Tone::Strong, label)
        .and(Tone::Accent, before)
        .and(Tone::Accent, "_")
        .and(Tone::Accent, after)
        .hang(2)
}

fn value_menu(
    app: &App,
    name: &InputName,
    field: &Field,
    reveal: bool,
    problems: &[String],
) -> Vec<Line> {
    let view = app
        .ui
        .inputs
        .iter()
        .flatten()
        .find(|view| view.name == *name);
    let secret = view.is_none_or(|view| view.secret);
    let mut menu = Vec::new();
    if secret && !reveal {
        let chars = field.text().chars().count();
        menu.push(
            Line::toned(Tone::Strong, format!("{name}: "))
                .and(Tone::Accent, "•".repeat(chars.min(24)))
                .and(Tone::Accent, "_")
                .and(
                    Tone::Dim,
                    format!("  {chars} characters, Ctrl-R shows them"),
                ),
        );
    } else {
        menu.push(typed_line(&format!("{name}: "), field));
    }
    if !field.text().is_empty() {
        for problem in problems {
            menu.push(Line::toned(Tone::Attention, format!("! {}", one_line(problem))).hang(2));
        }
    }
    menu
}

fn reason(app: &App, about: &Reason) -> Vec<Line> {
    let (title, then) = match about {
        Reason::StepBack(to) => return step_back(app, to),
        Reason::Waive(check) => (
            format!(
                "Go on although this check is not passed: {}",
                check_title(app, check)
            ),
            "The run goes on as if it had passed. The report names the waiver.",
        ),
        Reason::Skip(step) => (
            format!("Skip this step: {}", step_title(app, step)),
            "It is not run. Later steps may need what it would have done.",
        ),
        Reason::SkipUndo(step) => (
            format!("Do not undo this step: {}", step_title(app, step)),
            "What it did stays. The rollback goes on with the step before it.",
        ),
    };
    vec![
        Line::toned(Tone::Attention, title).hang(2),
        Line::empty(),
        Line::new(then),
        Line::new("Say why: the reason and your name go into the journal."),
    ]
}

/// The steps that would be undone, newest first.
fn step_back(app: &App, to: &StepId) -> Vec<Line> {
    let mut all = vec![
        Line::toned(
            Tone::Attention,
            format!("Undo the last steps, down to: {}", step_title(app, to)),
        )
        .hang(2),
        Line::empty(),
    ];
    if let Some(run) = &app.run {
        let first = run.place_of(to).unwrap_or_default();
        for view in run.to_undo(first).map(|place| &run.steps[place]) {
            let undo = deed::undo(&run.plan, &view.step);
            all.push(
                Line::new(format!("  {}", one_line(&view.step.title)))
                    .and(Tone::Dim, format!("  {}", one_line(&undo)))
                    .hang(4),
            );
        }
    }
    all.extend([
        Line::empty(),
        Line::new(
            "What was done before them stays. Then they wait: run again, skip, or roll back.",
        ),
        Line::new("Say why: the reason and your name go into the journal."),
    ]);
    all
}

fn typed(app: &App, danger: &Danger) -> Vec<Line> {
    match danger {
        Danger::Rollback => Vec::new(),
        Danger::Pull(step) => lever(app, step, "Pull this emergency step?"),
        Danger::Release(step) => lever(app, step, "Take this emergency step back?"),
        Danger::Consent(step) => {
            let mut all = vec![
                Line::toned(Tone::Stop, "The point of no return").hang(2),
                Line::empty(),
                Line::new("The next step is  ")
                    .and(Tone::Strong, step_title(app, step))
                    .hang(2),
            ];
            let view = app.run.as_ref().and_then(|run| run.step(step));
            all.extend(view.iter().flat_map(|view| steps::losses(&view.step)));
            all.push(Line::empty());
            all.push(Line::new(
                "After it a rollback cannot take it back step by step: only restoring the backup \
                 leads to the old release, and what was written in between is lost.",
            ));
            all
        }
        Danger::Trust { pack, digest } => vec![
            Line::toned(
                Tone::Attention,
                format!("Trust the pack {}", one_line(pack)),
            ),
            Line::empty(),
            Line::new("It is not part of this program. Its rules run commands on this machine."),
            Line::new("Its digest: ")
                .and(Tone::Strong, digest.as_str())
                .hang(2),
            Line::new("Compare it with the one that its author gave you."),
        ],
    }
}

/// Exactly what is about to run.
fn lever(app: &App, step: &StepId, question: &str) -> Vec<Line> {
    let at = emergency::place_of(app, step);
    let mut all = vec![Line::toned(Tone::Stop, question), Line::empty()];
    all.extend(emergency::detail(app, at).lines.into_iter().skip(1));
    all
}

fn sure(app: &App, question: &Question) -> Vec<Line> {
    let two = |question: String, then: &str| {
        vec![
            Line::toned(Tone::Strong, question).hang(2),
            Line::empty(),
            Line::new(then),
        ]
    };
    match question {
        Question::Leave => {
            let mut all = two("Leave switchback?".into(), leaving(app));
            if leaves_a_run(app) {
                all.push(Line::empty());
                all.extend(going::coming_back(app));
            }
            all
        }
        Question::TakeOver => two(
            format!("Take this run from {}?", holder(app)),
            "You decide from then on, and they watch. Your name goes into the journal.",
        ),
        Question::Interrupt(step) => two(
            format!("End this command now? {}", step_title(app, step)),
            "It is killed with everything it started, and the step fails. Then you choose: retry, skip, roll back.",
        ),
        Question::Judge { step, done } => two(
            format!(
                "{}: you say that it was {}?",
                step_title(app, step),
                if *done { "done" } else { "not done" }
            ),
            if *done {
                "The run goes on after it and does not run it. Your name goes into the journal."
            } else {
                "It counts as failed: then you choose retry, skip or roll back. Your name goes into the journal."
            },
        ),
        Question::Abandon => two(
            "Give up this run?".into(),
            "Nothing has been written to the product. The journal stays; a new run can be planned.",
        ),
        Question::Confirm(step) => {
            let view = app.run.as_ref().and_then(|run| run.step(step));
            let asked = view.and_then(steps::asked);
            let mut all = vec![Line::toned(Tone::Strong, step_title(app, step)).hang(2)];
            all.extend(asked.map(|ask| Line::new(one_line(&ask.text))));
            all.push(Line::empty());
            all.push(Line::new(if asked.is_some_and(Ask::is_question) {
                "You agree, and the run goes on. Your name goes into the journal."
            } else {
                "You have done it, and the run goes on. Your name goes into the journal."
            }));
            all
        }
    }
}

/// What goes on when the operator leaves.
fn leaving(app: &App) -> &'static str {
    match &app.run {
        None => "No run was started: nothing has been changed.",
        Some(run) if run.end.is_some() => "The run has ended. Its report stays in its folder.",
        Some(_) if app.ui.live.watch_only => "You only watched: the run goes on as before.",
        Some(run) if run.confirm_by_ms().is_some() => {
            "The run waits, and goes back by itself when its time is over."
        }
        Some(_) => "The run stays as it is and waits.",
    }
}

/// A run stays open behind the operator.
fn leaves_a_run(app: &App) -> bool {
    let run = app.run.as_ref();
    run.is_some_and(|run| run.end.is_none()) && app.ui.playing.is_none()
}

fn holder(app: &App) -> String {
    let holder = app.ui.live.holder.as_ref();
    holder.map_or("nobody".to_owned(), |who| {
        format!("{}, process {}", one_line(&who.user), who.pid)
    })
}

fn step_title(app: &App, step: &StepId) -> String {
    let view = app.run.as_ref().and_then(|run| run.step(step));
    view.map_or_else(|| step.to_string(), |view| one_line(&view.step.title))
}

fn check_title(app: &App, check: &CheckId) -> String {
    let plan = app.run.as_ref().map(|run| &run.plan);
    plan.into_iter()
        .flat_map(|plan| {
            let lists = plan.checklist.iter().chain(&plan.verify);
            lists.chain(&plan.rollback.checks)
        })
        .find(|planned| planned.id == *check)
        .map_or_else(
            || check.to_string(),
            |planned| one_line(&planned.check.title),
        )
}
