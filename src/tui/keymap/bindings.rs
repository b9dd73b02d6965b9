//! The key table of the screens. The conditions under which each key works are with the screens.

use super::{Binding, Command, alone, ctrl, key};
use crate::tui::{
    backend::Play,
    screen::keys::{self as of_screen, acts},
};
use crossterm::event::KeyCode;

/// The first binding of a key that does something now is taken, so a key may mean one thing on a
/// failed step and another elsewhere. The order is also that of the last line.
pub static BINDINGS: &[Binding] = &[
    Binding::new(&[alone(KeyCode::Enter)], "Enter", Command::Enter)
        .help("does what the line that begins with Enter says"),
    Binding::new(&[key(' ')], "Space", Command::Play(Play::Pause))
        .label("pause")
        .help("in a recording: pause, or play on")
        .only_where(of_screen::plays),
    Binding::new(&[key('.')], ".", Command::Play(Play::Step))
        .label("step")
        .help("in a recording: the next record at once")
        .only_where(of_screen::plays),
    Binding::new(&[key('+'), key('=')], "+", Command::Play(Play::Faster))
        .label("faster")
        .help("in a recording: twice as fast")
        .only_where(of_screen::plays),
    Binding::new(&[key('-')], "-", Command::Play(Play::Slower))
        .label("slower")
        .help("in a recording: half as fast")
        .only_where(of_screen::plays),
    Binding::new(&[key('t')], "t", Command::TakeOver)
        .label("take over")
        .help("on a run that you watch: take it from whoever holds it; asks first")
        .only_where(of_screen::can_take_over),
    Binding::new(&[key('r')], "r", Command::Retry)
        .label("retry")
        .help("on a step that failed: do it again, or undo it again, and go on from there")
        .acts(acts::retry),
    Binding::new(&[key('r')], "r", Command::Retry)
        .label("check again")
        .help("on a check: make it again, even if it has passed or was waived")
        .acts(acts::check_again),
    Binding::new(&[key('r')], "r", Command::Retry)
        .label("check all again")
        .help("in Verify: make every check again; a fix for one may break another")
        .acts(acts::check_all_again),
    Binding::new(&[key('f')], "f", Command::Fix)
        .label("fix")
        .help("carry out the fix that is shown, then try again")
        .acts(acts::fix),
    Binding::new(&[key('w')], "w", Command::Waive)
        .label("waive")
        .help("on a check that has not passed: go on without it, with a reason")
        .acts(acts::waive),
    // Not `k`: somebody who holds it down to move up must not end up skipping a step.
    Binding::new(&[key('K')], "K", Command::Skip)
        .label("skip")
        .help("on a failed step: go on without it, with a reason")
        .acts(acts::skip),
    Binding::new(&[key('a')], "a", Command::PutAside)
        .label("put aside")
        .help("on a file whose undo failed: see what was edited since, put it aside and undo; words \
               must be typed")
        .acts(acts::put_aside),
    Binding::new(&[key('u')], "u", Command::StepBack)
        .label("undo to here")
        .help("undo the last steps, this one included, with a reason; earlier ones stay done")
        .acts(acts::step_back),
    // Not `y`: held a little too long, it would answer the question that it has just opened.
    Binding::new(&[key('Y')], "Y", Command::WasDone)
        .label("was done")
        .help("on an unknown outcome: you looked, and it was done")
        .acts(acts::was_done),
    Binding::new(&[key('N')], "N", Command::WasNotDone)
        .label("was not done")
        .help("on an unknown outcome: you looked, and it was not done")
        .acts(acts::was_not_done),
    Binding::new(&[key('s')], "s", Command::OneStep)
        .label("one step")
        .help("run only the next step")
        .acts(acts::one_step),
    Binding::new(&[key('p')], "p", Command::Pause)
        .label("pause")
        .help("what is running is finished, then the run waits")
        .acts(acts::pause),
    Binding::new(&[key('i')], "i", Command::Interrupt)
        .label("interrupt")
        .help("end the command that is running now; asks first")
        .acts(acts::interrupt),
    Binding::new(&[key('+'), key('=')], "+", Command::MoreTime)
        .label("more time")
        .help("where a run would roll back by itself: start its countdown again")
        .acts(acts::more_time),
    Binding::new(&[key('g')], "g", Command::Generate)
        .label("generate")
        .help("generate a random value that fits")
        .acts(acts::generate),
    Binding::new(&[key('e')], "e", Command::Edit)
        .label("edit")
        .help("answer an input, or change the answer; type the value that decides a finding")
        .acts(acts::edit),
    Binding::new(&[key(' ')], "Space", Command::Unmark)
        .label("unmark")
        .help("on a check that was marked or waived: take the mark or the waiver off")
        .acts(acts::unmark),
    Binding::new(&[key(' ')], "Space", Command::Choose)
        .label("take/leave")
        .help("in Review: take a change, or leave it")
        .acts(acts::choose),
    Binding::new(&[key(' ')], "Space", Command::Decide)
        .label("decide")
        .help("in Review: choose the answer to a finding, or another one")
        .acts(acts::decide),
    Binding::new(&[key(' ')], "Space", Command::Mark)
        .label("mark")
        .help("mark what you have seen or done")
        .acts(acts::mark),
    Binding::new(&[alone(KeyCode::Down), key('j')], "↑↓", Command::Down)
        .label("select")
        .help("one row up, one row down; so do k and j")
        .only_where(of_screen::selects),
    Binding::new(&[alone(KeyCode::Down), key('j')], "↑↓", Command::Down)
        .label("scroll")
        .help("where there is no list, or in the other pane: scroll the text"),
    Binding::new(&[alone(KeyCode::Up), key('k')], "↑↓", Command::Up)
        .help("one row up, one row down; so do k and j")
        .only_where(of_screen::selects),
    Binding::new(&[alone(KeyCode::Up), key('k')], "↑↓", Command::Up)
        .help("where there is no list, or in the other pane: scroll the text"),
    Binding::new(&[alone(KeyCode::Right), key(' ')], "→", Command::Fold)
        .label("open")
        .help("on a group's heading, or on lines left out: open; so does Space")
        .only_where(of_screen::can_open),
    Binding::new(&[alone(KeyCode::Left), key(' ')], "←", Command::Fold)
        .label("close")
        .help("on a group's heading, or on lines left out: close; so does Space")
        .only_where(of_screen::can_close),
    Binding::new(&[alone(KeyCode::Right)], "→", Command::Into)
        .label("detail")
        .help("to the detail")
        .only_where(of_screen::narrow),
    Binding::new(&[alone(KeyCode::Right)], "→", Command::Into)
        .help("to the detail")
        .only_where(of_screen::has_rows),
    Binding::new(&[alone(KeyCode::Left)], "←", Command::Out)
        .help("back to the list, or to the heading of the group")
        .only_where(of_screen::has_rows),
    // In a text, searching comes first; in a list it does not.
    Binding::new(&[key('/')], "/", Command::Filter)
        .label("filter")
        .help("show only the rows or lines that hold a text")
        .only_where(of_screen::is_text),
    Binding::new(&[key('o')], "o", Command::Output)
        .label("output")
        .help("the output of the steps, to scroll and search")
        .only_where(of_screen::has_output),
    Binding::new(&[alone(KeyCode::Tab), alone(KeyCode::BackTab)], "Tab", Command::OtherPane)
        .label("other pane")
        .help("between the list and the detail, to scroll it")
        .only_where(of_screen::has_rows),
    Binding::new(&[key('d')], "d", Command::Diff)
        .label("full diff")
        .help("the whole difference of every file that the rules edit")
        .only_where(of_screen::can_diff),
    Binding::new(&[key('/')], "/", Command::Filter)
        .label("filter")
        .help("show only the rows or lines that hold a text")
        .only_where(of_screen::can_filter),
    Binding::new(&[key('x')], "x", Command::Export)
        .label("answers")
        .help("write decisions and answers (no secrets) to a file for other hosts")
        .only_where(of_screen::can_export),
    Binding::new(&[key('w')], "w", Command::Watch)
        .label("watch")
        .help("on a run in use: watch it without holding it")
        .acts(acts::watch),
    Binding::new(&[key('h')], "h", Command::Runs)
        .label("past runs")
        .help("the runs that were made in this folder")
        .only_where(of_screen::can_see_runs),
    Binding::new(&[key('c')], "c", Command::Copy)
        .help("copy the text that is shown of the selected row to your own clipboard; of a difference, its file"),
    Binding::new(&[key('r')], "r", Command::LookAgain)
        .label("read again")
        .help("before a run: read and compare the product again; your answers are kept")
        .only_where(of_screen::can_look_again),
    Binding::new(&[key('!')], "!", Command::Shell)
        .label("shell")
        .help("a shell in the product's folder; leaving it comes back here")
        .only_where(of_screen::can_shell),
    Binding::new(&[key('b')], "b", Command::Rollback)
        .label("rollback")
        .help("while nothing has been changed: read how each step would be undone, or give this run \
               up to answer again")
        .acts(acts::give_up),
    Binding::new(&[key('b')], "b", Command::Rollback)
        .label("roll back")
        .help("what a rollback would do; words must be typed before it begins")
        .acts(acts::roll_back),
    Binding::new(&[key('E')], "E", Command::Emergency)
        .label("emergency")
        .help("the emergency steps of this run; words must be typed before one is pulled")
        .acts(acts::emergency),
    // For a run it can wait: the available actions come before it.
    Binding::new(&[key('d')], "d", Command::Diff)
        .label("full diff")
        .help("the whole difference of every file that the rules edit")
        .only_where(of_screen::can_diff_of_the_run),
    Binding::new(&[key('['), key('<')], "[", Command::Before)
        .label("look back")
        .help("look at the screen before this one")
        .only_where(of_screen::can_look_back),
    Binding::new(&[key(']'), key('>')], "]", Command::After)
        .help("look at the next screen, as far as the run has come")
        .only_where(of_screen::can_look_on),
    Binding::new(&[alone(KeyCode::PageUp), ctrl('b'), ctrl('u')], "PgUp", Command::PageUp)
        .help("one page up; so do Ctrl-B and Ctrl-U"),
    Binding::new(&[alone(KeyCode::PageDown), ctrl('f'), ctrl('d')], "PgDn", Command::PageDown)
        .help("one page down; so do Ctrl-F and Ctrl-D"),
    Binding::new(&[alone(KeyCode::Home), key('g')], "Home", Command::Home)
        .help("to the first"),
    Binding::new(&[alone(KeyCode::End), key('G')], "End", Command::End)
        .help("to the last"),
    Binding::new(&[alone(KeyCode::Esc), alone(KeyCode::Backspace)], "Esc", Command::Back)
        .label("back")
        .help("back to where you came from; show all rows again")
        .only_where(of_screen::can_go_back),
    Binding::new(&[alone(KeyCode::Esc), alone(KeyCode::Backspace)], "Esc", Command::Back)
        .help("back to where you came from; show all rows again")
        .only_where(of_screen::can_go_to_the_start),
    Binding::new(&[key('?'), alone(KeyCode::F(1))], "?", Command::Help)
        .label("help")
        .help("this page")
        .only_where(of_screen::not_help),
    // Ctrl-C by habit must not kill a screen that shows a run.
    Binding::new(&[key('q'), ctrl('c')], "q", Command::Leave)
        .label("leave")
        .help("asks, and says what goes on without you; so does Ctrl-C. Ctrl-Z suspends, Ctrl-L \
               redraws the screen"),
];
