//! The table of keys, and when each means something.

use super::{Binding, Command};
use crate::tui::{
    app::{Focus, Screen},
    backend::Play,
    page::Page,
    screen::keys as of_screen,
    view::areas,
};
use crossterm::event::KeyCode;

const fn key(c: char) -> KeyCode {
    KeyCode::Char(c)
}

fn always(_: &Page<'_>) -> bool {
    true
}

fn has_rows(page: &Page<'_>) -> bool {
    !page.rows.is_empty()
}

fn selects(page: &Page<'_>) -> bool {
    !page.scrolls()
}

fn narrow(page: &Page<'_>) -> bool {
    has_rows(page) && areas::is_narrow(page.app.ui.size)
}

/// The first binding of a key that does something now is taken, so a key may mean one thing on a
/// failed step and another elsewhere. The order is also that of the last line.
pub static BINDINGS: &[Binding] = &[
    Binding {
        keys: &[KeyCode::Enter],
        command: Command::Enter,
        shown: "Enter",
        label: "",
        help: "does what the line that begins with Enter says",
        when: always,
    },
    Binding {
        keys: &[key(' ')],
        command: Command::Play(Play::Pause),
        shown: "Space",
        label: "pause",
        help: "of a recording: stop the clock, or let it go on",
        when: of_screen::plays,
    },
    Binding {
        keys: &[key('.')],
        command: Command::Play(Play::Step),
        shown: ".",
        label: "step",
        help: "of a recording: the next record at once",
        when: of_screen::plays,
    },
    Binding {
        keys: &[key('+'), key('=')],
        command: Command::Play(Play::Faster),
        shown: "+",
        label: "faster",
        help: "of a recording: twice as fast",
        when: of_screen::plays,
    },
    Binding {
        keys: &[key('-')],
        command: Command::Play(Play::Slower),
        shown: "-",
        label: "slower",
        help: "of a recording: half as fast",
        when: of_screen::plays,
    },
    Binding {
        keys: &[key('t')],
        command: Command::TakeOver,
        shown: "t",
        label: "take over",
        help: "on a run that you watch: take it from whoever holds it; asks first",
        when: of_screen::can_take_over,
    },
    Binding {
        keys: &[key('r')],
        command: Command::Retry,
        shown: "r",
        label: "retry",
        help: "on a step that failed: do it again, or undo it again",
        when: of_screen::failed,
    },
    Binding {
        keys: &[key('r')],
        command: Command::Retry,
        shown: "r",
        label: "check all again",
        help: "in Verify: make every check again; what is mended for one may break another",
        when: of_screen::can_check_all_again,
    },
    Binding {
        keys: &[key('r')],
        command: Command::Retry,
        shown: "r",
        label: "check again",
        help: "on a check that does not hold: make it again",
        when: of_screen::can_check_again,
    },
    Binding {
        keys: &[key('f')],
        command: Command::Fix,
        shown: "f",
        label: "fix",
        help: "carry out the remedy that is shown, then try again",
        when: of_screen::can_fix,
    },
    Binding {
        keys: &[key('w')],
        command: Command::Waive,
        shown: "w",
        label: "waive",
        help: "on a check that does not hold: go on in spite of it, with a reason",
        when: of_screen::can_waive,
    },
    Binding {
        keys: &[key('k')],
        command: Command::Skip,
        shown: "k",
        label: "skip",
        help: "on a failed step: go on without it, with a reason",
        when: of_screen::can_skip,
    },
    Binding {
        keys: &[key('u')],
        command: Command::StepBack,
        shown: "u",
        label: "undo to here",
        help: "undo the last steps down to this one, with a reason; the ones before it stay",
        when: of_screen::can_step_back,
    },
    Binding {
        keys: &[key('y')],
        command: Command::WasDone,
        shown: "y",
        label: "was done",
        help: "on an unknown outcome: you looked, and it was done",
        when: of_screen::can_judge,
    },
    Binding {
        keys: &[key('n')],
        command: Command::WasNotDone,
        shown: "n",
        label: "was not done",
        help: "on an unknown outcome: you looked, and it was not done",
        when: of_screen::can_judge,
    },
    Binding {
        keys: &[key('s')],
        command: Command::OneStep,
        shown: "s",
        label: "one step",
        help: "run only the next step",
        when: of_screen::can_step,
    },
    Binding {
        keys: &[key('p')],
        command: Command::Pause,
        shown: "p",
        label: "pause",
        help: "what runs now is finished, then the run waits",
        when: of_screen::can_pause,
    },
    Binding {
        keys: &[key('i')],
        command: Command::Interrupt,
        shown: "i",
        label: "interrupt",
        help: "end the running command now; asks first",
        when: of_screen::can_interrupt,
    },
    Binding {
        keys: &[key('+'), key('=')],
        command: Command::MoreTime,
        shown: "+",
        label: "more time",
        help: "where a run goes back by itself: let the time begin anew",
        when: of_screen::can_wait_longer,
    },
    Binding {
        keys: &[key('g')],
        command: Command::Generate,
        shown: "g",
        label: "generate",
        help: "make a random value that fits",
        when: of_screen::can_generate,
    },
    Binding {
        keys: &[key('e')],
        command: Command::Edit,
        shown: "e",
        label: "edit",
        help: "answer an input, or answer it again",
        when: of_screen::can_edit,
    },
    Binding {
        keys: &[key(' ')],
        command: Command::Mark,
        shown: "Space",
        label: "mark",
        help: "take or leave a change; mark what you have seen or done",
        when: of_screen::can_mark,
    },
    Binding {
        keys: &[KeyCode::Down, key('j')],
        command: Command::Down,
        shown: "↑↓",
        label: "select",
        help: "one row up, one row down; so do k and j, but on a failed step k skips it",
        when: selects,
    },
    Binding {
        keys: &[KeyCode::Down, key('j')],
        command: Command::Down,
        shown: "↑↓",
        label: "scroll",
        help: "where there is no list, or in the other pane: scroll the text",
        when: always,
    },
    Binding {
        keys: &[KeyCode::Up, key('k')],
        command: Command::Up,
        shown: "↑↓",
        label: "",
        help: "one row up, one row down; so do k and j, but on a failed step k skips it",
        when: selects,
    },
    Binding {
        keys: &[KeyCode::Up, key('k')],
        command: Command::Up,
        shown: "↑↓",
        label: "",
        help: "where there is no list, or in the other pane: scroll the text",
        when: always,
    },
    Binding {
        keys: &[KeyCode::Right],
        command: Command::Into,
        shown: "→",
        label: "detail",
        help: "to the detail, or open a group",
        when: narrow,
    },
    Binding {
        keys: &[KeyCode::Right],
        command: Command::Into,
        shown: "→",
        label: "",
        help: "to the detail, or open a group",
        when: has_rows,
    },
    Binding {
        keys: &[KeyCode::Left],
        command: Command::Out,
        shown: "←",
        label: "",
        help: "back to the list, or close a group",
        when: has_rows,
    },
    Binding {
        keys: &[KeyCode::Tab, KeyCode::BackTab],
        command: Command::OtherPane,
        shown: "Tab",
        label: "other pane",
        help: "between the list and the detail, to scroll it",
        when: has_rows,
    },
    Binding {
        keys: &[key('d')],
        command: Command::Diff,
        shown: "d",
        label: "full diff",
        help: "the whole difference of every file",
        when: of_screen::can_diff,
    },
    Binding {
        keys: &[key('o')],
        command: Command::Output,
        shown: "o",
        label: "output",
        help: "the output of the steps, to scroll and search",
        when: of_screen::has_output,
    },
    Binding {
        keys: &[key('/')],
        command: Command::Filter,
        shown: "/",
        label: "filter",
        help: "show only the rows that hold a text",
        when: has_list,
    },
    Binding {
        keys: &[key('x')],
        command: Command::Export,
        shown: "x",
        label: "export",
        help: "write decisions and answers (no secrets) to a file for other hosts",
        when: of_screen::can_export,
    },
    Binding {
        keys: &[key('w')],
        command: Command::Watch,
        shown: "w",
        label: "watch",
        help: "on a run at work: look on without holding it",
        when: of_screen::can_watch,
    },
    Binding {
        keys: &[key('h')],
        command: Command::Runs,
        shown: "h",
        label: "past runs",
        help: "the runs that were made on this host",
        when: of_screen::can_see_runs,
    },
    Binding {
        keys: &[key('c')],
        command: Command::Copy,
        shown: "c",
        label: "",
        help: "copy the text that is shown of the selected row to your own clipboard",
        when: always,
    },
    Binding {
        keys: &[key('r')],
        command: Command::LookAgain,
        shown: "r",
        label: "read again",
        help: "before a run: read the product again and compare anew; what was said is kept",
        when: of_screen::can_look_again,
    },
    Binding {
        keys: &[key('!')],
        command: Command::Shell,
        shown: "!",
        label: "shell",
        help: "a shell in the product's folder; leaving it comes back here",
        when: of_screen::can_shell,
    },
    Binding {
        keys: &[key('b')],
        command: Command::Rollback,
        shown: "b",
        label: "roll back",
        help: "what a rollback would do; words must be typed before it begins",
        when: of_screen::can_roll_back,
    },
    Binding {
        keys: &[key('E')],
        command: Command::Emergency,
        shown: "E",
        label: "emergency",
        help: "the emergency steps of this run; words must be typed before one is pulled",
        when: of_screen::has_emergency,
    },
    Binding {
        keys: &[key('['), key('<')],
        command: Command::Before,
        shown: "[",
        label: "",
        help: "look at the screen before this one on the road",
        when: always,
    },
    Binding {
        keys: &[key(']'), key('>')],
        command: Command::After,
        shown: "]",
        label: "",
        help: "look at the next screen of the road, as far as the run is",
        when: always,
    },
    Binding {
        keys: &[KeyCode::PageUp],
        command: Command::PageUp,
        shown: "PgUp",
        label: "",
        help: "one page up; so do Ctrl-B and Ctrl-U",
        when: always,
    },
    Binding {
        keys: &[KeyCode::PageDown],
        command: Command::PageDown,
        shown: "PgDn",
        label: "",
        help: "one page down; so do Ctrl-F and Ctrl-D",
        when: always,
    },
    Binding {
        keys: &[KeyCode::Home, key('g')],
        command: Command::Home,
        shown: "Home",
        label: "",
        help: "to the first",
        when: always,
    },
    Binding {
        keys: &[KeyCode::End, key('G')],
        command: Command::End,
        shown: "End",
        label: "",
        help: "to the last",
        when: always,
    },
    Binding {
        keys: &[KeyCode::Esc, KeyCode::Backspace],
        command: Command::Back,
        shown: "Esc",
        label: "back",
        help: "back to where you came from; show all rows again",
        when: can_go_back,
    },
    Binding {
        keys: &[key('?'), KeyCode::F(1)],
        command: Command::Help,
        shown: "?",
        label: "help",
        help: "this page",
        when: not_help,
    },
    Binding {
        keys: &[key('q')],
        command: Command::Leave,
        shown: "q",
        label: "leave",
        help: "asks, and says what goes on without you; so does Ctrl-C. Ctrl-Z suspends, Ctrl-L paints the screen anew",
        when: always,
    },
];

fn has_list(page: &Page<'_>) -> bool {
    has_rows(page) || page.nothing_matches
}

fn can_go_back(page: &Page<'_>) -> bool {
    let ended = page.app.run.as_ref().is_some_and(|run| run.end.is_some());
    if ended && !of_screen::plays(page) {
        return true;
    }
    !page.app.ui.back.is_empty()
        || !page.app.list().filter.is_empty()
        || page.app.ui.focus == Focus::Detail
        || of_screen::only_looks_back(page)
}

fn not_help(page: &Page<'_>) -> bool {
    page.app.ui.screen != Screen::Help
}
