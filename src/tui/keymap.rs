//! The keys: one table for the screens, and one for the questions that take the place of their
//! body. Only here does a key become a command; the last line of the screen, the help and the words
//! of plain mode come from the same tables.

mod bindings;
mod questions;

use super::{
    app::App,
    backend::Play,
    dialog::Going,
    page::{Act, Page},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};

pub use bindings::BINDINGS;
pub use questions::QUESTIONS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Into,
    Out,
    OtherPane,
    Fold,
    Enter,
    Back,
    Filter,
    /// Takes or leaves a change.
    Choose,
    /// Chooses among the answers to a finding.
    Decide,
    Mark,
    Unmark,
    Generate,
    Edit,
    Diff,
    Output,
    Fix,
    Retry,
    Waive,
    Skip,
    /// Puts later edits aside, so that the way back can overwrite them.
    PutAside,
    StepBack,
    WasDone,
    WasNotDone,
    LookAgain,
    Shell,
    OneStep,
    Pause,
    Interrupt,
    MoreTime,
    Rollback,
    Emergency,
    Export,
    Watch,
    TakeOver,
    Runs,
    Before,
    After,
    Copy,
    Play(Play),
    Help,
    Leave,
    /// Closes a question.
    Close,
    Yes,
    Go(Going),
    TakeBack,
    EmptyLine,
    Reveal,
}

pub struct Binding {
    pub keys: &'static [Pressed],
    pub command: Command,
    /// How the keys are written.
    pub shown: &'static str,
    /// One or two words for the last line; if empty, the key is only in the help.
    pub label: &'static str,
    pub help: &'static str,
    pub does: Does,
}

/// Whether a key does something here and now. Where it acts on the selected row, the act itself
/// decides, so that no key is offered that does nothing.
#[derive(Clone, Copy)]
pub enum Does {
    /// The command always does the same, whenever this holds.
    Where(fn(&Page<'_>) -> bool),
    /// The act for this page; `None`: the key does nothing.
    Act(fn(&Page<'_>) -> Option<Act>),
}

impl Binding {
    /// A key that always does the same, and has no word for the last line.
    const fn new(keys: &'static [Pressed], shown: &'static str, command: Command) -> Self {
        Self {
            keys,
            command,
            shown,
            label: "",
            help: "",
            does: Does::Where(|_| true),
        }
    }

    const fn label(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    const fn only_where(self, holds: fn(&Page<'_>) -> bool) -> Self {
        let does = Does::Where(holds);
        Self { does, ..self }
    }

    const fn acts(self, act: fn(&Page<'_>) -> Option<Act>) -> Self {
        let does = Does::Act(act);
        Self { does, ..self }
    }

    pub fn works(&self, page: &Page<'_>) -> bool {
        match self.does {
            Does::Where(holds) => holds(page),
            Does::Act(_) => self.act(page).is_some(),
        }
    }

    fn act(&self, page: &Page<'_>) -> Option<Act> {
        match self.does {
            Does::Where(_) => None,
            Does::Act(act) => act(page),
        }
    }
}

/// A key as it is meant: a letter with Ctrl or Alt is not that letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressed {
    Alone(KeyCode),
    WithControl(KeyCode),
    /// With Alt or other modifiers: bound to nothing.
    WithMore,
}

const fn alone(code: KeyCode) -> Pressed {
    Pressed::Alone(code)
}

const fn key(c: char) -> Pressed {
    alone(KeyCode::Char(c))
}

const fn ctrl(c: char) -> Pressed {
    Pressed::WithControl(KeyCode::Char(c))
}

/// Whether Alt is held, which is also how Esc followed by a key looks: on a slow line both arrive
/// in one piece.
pub fn is_behind_escape(key: KeyEvent) -> bool {
    key.modifiers.difference(KeyModifiers::SHIFT) == KeyModifiers::ALT
}

pub fn pressed(key: KeyEvent) -> Pressed {
    let beside = key.modifiers.difference(KeyModifiers::SHIFT);
    if beside.is_empty() {
        Pressed::Alone(key.code)
    } else if beside == KeyModifiers::CONTROL {
        Pressed::WithControl(key.code)
    } else {
        Pressed::WithMore
    }
}

/// Ctrl-Z stops the program, as it does everywhere; `fg` brings it back.
pub fn is_suspend(key: KeyEvent) -> bool {
    pressed(key) == Pressed::WithControl(KeyCode::Char('z'))
}

/// Ctrl-L repaints, as it does everywhere: another program may have written over the screen.
pub fn is_repaint(key: KeyEvent) -> bool {
    pressed(key) == Pressed::WithControl(KeyCode::Char('l'))
}

/// Whether the mouse event means something here: a press of the first button, or the wheel.
pub fn is_pointed(kind: MouseEventKind) -> bool {
    kind == MouseEventKind::Down(MouseButton::Left) || wheel(kind).is_some()
}

/// The command of the wheel: like the arrow keys, it moves what has the focus.
pub fn wheel(kind: MouseEventKind) -> Option<Command> {
    match kind {
        MouseEventKind::ScrollUp => Some(Command::Up),
        MouseEventKind::ScrollDown => Some(Command::Down),
        MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight
        | MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved => None,
    }
}

/// The name of a key, for people.
pub fn name(key: KeyEvent) -> String {
    let beside = match pressed(key) {
        Pressed::Alone(code) => return code.to_string(),
        Pressed::WithControl(_) => "Ctrl",
        Pressed::WithMore if key.modifiers.contains(KeyModifiers::CONTROL) => "Ctrl-Alt",
        Pressed::WithMore => "Alt",
    };
    match key.code {
        KeyCode::Char(c) => format!("{beside}-{}", c.to_ascii_uppercase()),
        code => format!("{beside}-{code}"),
    }
}

/// The command of a key on this page.
pub fn command(page: &Page<'_>, key: KeyEvent) -> Option<Command> {
    binding(page, pressed(key)).map(|binding| binding.command)
}

/// The table in force: that of the open question, else that of the screen.
fn table(app: &App) -> &'static [Binding] {
    match app.ui.dialog {
        Some(_) => QUESTIONS,
        None => BINDINGS,
    }
}

/// The binding of a key on this page.
pub fn binding(page: &Page<'_>, key: Pressed) -> Option<&'static Binding> {
    table(page.app)
        .iter()
        .find(|binding| binding.keys.contains(&key) && binding.works(page))
}

fn of_question(command: Command) -> Option<&'static Binding> {
    QUESTIONS.iter().find(|binding| binding.command == command)
}

/// The key of a question's command, whatever is open now.
pub fn shown(command: Command) -> &'static str {
    of_question(command).map_or("", |binding| binding.shown)
}

/// The same; in lines, its word.
pub fn on_a_question(app: &App, command: Command) -> &'static str {
    let binding = of_question(command).filter(|_| app.ui.in_lines);
    binding.map_or_else(|| shown(command), |binding| binding.label)
}

fn of_screens(command: Command) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.command == command)
}

/// The letter of a command of the screens, whether it works now or not. It is also typed in lines.
pub fn letter(command: Command) -> &'static str {
    of_screens(command).map_or("", |binding| binding.shown)
}

/// How a command of the screens is given, whether it works now or not.
pub fn on_a_screen(app: &App, command: Command) -> &'static str {
    of_screens(command).map_or("", |binding| called(app, binding))
}

/// The binding that gives a command on this page.
pub fn of(page: &Page<'_>, command: Command) -> Option<&'static Binding> {
    let mut all = BINDINGS.iter();
    all.find(|binding| binding.command == command && binding.works(page))
}

/// What a command does now with the selected row.
pub fn act(page: &Page<'_>, command: Command) -> Option<Act> {
    let mut all = table(page.app).iter().filter(|of| of.command == command);
    all.find_map(|binding| binding.act(page))
}

/// How the binding is given on this page.
pub fn named(page: &Page<'_>, binding: &Binding) -> &'static str {
    called(page.app, binding)
}

/// By its key; in lines by its word, unless the key is a single character.
fn called(app: &App, binding: &Binding) -> &'static str {
    if app.ui.in_lines && binding.shown.chars().count() > 1 {
        binding.label
    } else {
        binding.shown
    }
}

/// The bindings that at least one of their keys reaches now.
pub fn meant(page: &Page<'_>) -> Vec<&'static Binding> {
    let first = |key: &Pressed| binding(page, *key);
    let meant = |binding: &&Binding| {
        let mut keys = binding.keys.iter().filter_map(first);
        keys.any(|found| std::ptr::eq(found, *binding))
    };
    table(page.app).iter().filter(meant).collect()
}

/// The bindings that work now and have a word for the last line.
pub fn working(page: &Page<'_>) -> Vec<&'static Binding> {
    let mut working: Vec<&'static Binding> = Vec::new();
    for binding in table(page.app) {
        let known = working.iter().any(|other| other.command == binding.command);
        if !binding.label.is_empty() && !known && binding.works(page) {
            working.push(binding);
        }
    }
    working
}

/// Whether it has a word in plain mode. Moving between panes and scrolling only make sense on a
/// screen.
pub fn is_said(binding: &Binding) -> bool {
    match binding.command {
        Command::Up
        | Command::Down
        | Command::PageUp
        | Command::PageDown
        | Command::Home
        | Command::End
        | Command::Into
        | Command::Out
        | Command::OtherPane
        | Command::Copy
        | Command::EmptyLine
        | Command::Reveal => false,
        Command::Enter
        | Command::Fold
        | Command::Back
        | Command::Filter
        | Command::Choose
        | Command::Decide
        | Command::Mark
        | Command::Unmark
        | Command::Generate
        | Command::Edit
        | Command::Diff
        | Command::Output
        | Command::Fix
        | Command::Retry
        | Command::Waive
        | Command::Skip
        | Command::PutAside
        | Command::StepBack
        | Command::WasDone
        | Command::WasNotDone
        | Command::LookAgain
        | Command::Shell
        | Command::OneStep
        | Command::Pause
        | Command::Interrupt
        | Command::MoreTime
        | Command::Rollback
        | Command::Emergency
        | Command::Export
        | Command::Watch
        | Command::TakeOver
        | Command::Runs
        | Command::Before
        | Command::After
        | Command::Play(_)
        | Command::Help
        | Command::Leave
        | Command::Close
        | Command::Yes
        | Command::Go(_)
        | Command::TakeBack => true,
    }
}

/// The way out is always written down: help, leave and the way back.
pub fn always_shown(binding: &Binding) -> bool {
    matches!(
        binding.command,
        Command::Help
            | Command::Leave
            | Command::Back
            | Command::Close
            | Command::Rollback
            | Command::Emergency
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that is held, or arrives twice on a slow line, must not confirm the question it has
    /// just opened.
    #[test]
    fn a_key_that_answers_a_question_stands_for_nothing_else() {
        let all = || BINDINGS.iter().chain(QUESTIONS);
        let answers = |binding: &Binding| matches!(binding.command, Command::Yes);
        let yes: Vec<Pressed> = all()
            .filter(|binding| answers(binding))
            .flat_map(|binding| binding.keys.iter().copied())
            .collect();
        assert_eq!(yes, [key('y')]);
        for binding in all().filter(|binding| !answers(binding)) {
            let both = binding.keys.iter().any(|key| yes.contains(key));
            assert!(!both, "{:?} is opened by a yes", binding.command);
        }
    }

    #[test]
    fn every_binding_says_what_it_does() {
        for binding in BINDINGS.iter().chain(QUESTIONS) {
            assert!(
                !binding.help.is_empty() && !binding.keys.is_empty() && !binding.shown.is_empty()
            );
        }
    }
}
