//! The key table of the questions. The conditions under which each key works are with the
//! questions. Where text is typed, any key that is not in this table is text.

use super::{Binding, Command, alone, ctrl, key};
use crate::tui::dialog::{Going, keys as of_question};
use crossterm::event::KeyCode;

/// The order is also that of the last line.
pub static QUESTIONS: &[Binding] = &[
    Binding::new(&[alone(KeyCode::Enter)], "Enter", Command::Enter)
        .help("does what the line that begins with Enter says"),
    Binding::new(&[alone(KeyCode::Down), key('j')], "↑↓", Command::Down)
        .label("select")
        .help("one emergency step up, one down; so do k and j")
        .only_where(of_question::lists),
    Binding::new(&[alone(KeyCode::Up), key('k')], "↑↓", Command::Up)
        .help("one emergency step up, one down; so do k and j")
        .only_where(of_question::lists),
    Binding::new(&[key('u')], "u", Command::TakeBack)
        .label("take back")
        .help("on an emergency step that is pulled: take it back; words must be typed first")
        .acts(of_question::take_back),
    Binding::new(&[key('Y')], "Y", Command::WasDone)
        .label("was done")
        .help("on an emergency step with an unknown outcome: you looked, and it was done")
        .acts(of_question::was_done),
    Binding::new(&[key('N')], "N", Command::WasNotDone)
        .label("was not")
        .help("on an emergency step with an unknown outcome: you looked, and it was not done")
        .acts(of_question::was_not_done),
    Binding::new(&[key('i')], "i", Command::Interrupt)
        .label("interrupt")
        .help("at the emergency steps: end the command that runs now; asks first")
        .acts(of_question::interrupt),
    Binding::new(&[alone(KeyCode::Esc), ctrl('c')], "Esc", Command::Close)
        .label("back")
        .help("closes the question, and nothing happens; so does Ctrl-C"),
    Binding::new(&[key('?'), alone(KeyCode::F(1))], "?", Command::Help)
        .label("help")
        .help("this page")
        .only_where(of_question::lists),
    Binding::new(&[key('y')], "y", Command::Yes)
        .label("yes")
        .help("yes; Enter is no")
        .only_where(of_question::is_asked),
    Binding::new(&[key('n')], "n", Command::Close)
        .help("no")
        .only_where(of_question::is_asked),
    Binding::new(&[key('l')], "l", Command::Go(Going::Leave))
        .label("leave")
        .help("while something runs: leave it running; it goes on to its next question")
        .only_where(of_question::goes),
    Binding::new(&[key('p')], "p", Command::Go(Going::Pause))
        .label("pause")
        .help("while something runs: leave; that is finished first, then the run waits")
        .only_where(of_question::goes),
    Binding::new(&[key('s')], "s", Command::Go(Going::Stop))
        .label("stop")
        .help("while something runs: leave; that is ended now and fails, then the run waits")
        .only_where(of_question::goes),
    Binding::new(&[ctrl('u')], "Ctrl-U", Command::EmptyLine)
        .label("empty the line")
        .help("where a text is typed: start over")
        .only_where(of_question::types),
    Binding::new(&[ctrl('r')], "Ctrl-R", Command::Reveal)
        .help("where a secret is typed: show it, or hide it again")
        .only_where(of_question::hides),
    Binding::new(&[alone(KeyCode::Up)], "↑↓", Command::Up)
        .help("scroll what the question is about, where that is longer than the screen"),
    Binding::new(&[alone(KeyCode::Down)], "↑↓", Command::Down)
        .help("scroll what the question is about, where that is longer than the screen"),
    Binding::new(&[alone(KeyCode::PageUp)], "PgUp", Command::PageUp).help("a page of it up"),
    Binding::new(&[alone(KeyCode::PageDown)], "PgDn", Command::PageDown).help("a page of it down"),
];
