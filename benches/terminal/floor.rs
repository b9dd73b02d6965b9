//! The smallest honest program with the same parts: a line of titles, a list of a thousand rows with
//! a text beside it, a line of keys. It waits for keys, takes all that came, and draws once.

use crossterm::event::{self, Event, KeyCode};
use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::{Color, Style, Stylize},
    text::{Line, Text},
    widgets::{Block, List, ListState, Paragraph},
};
use std::{io, time::Duration};

const ROWS: usize = 1000;

pub fn run() -> io::Result<()> {
    let mut terminal = ratatui::init();
    let ended = walk(&mut terminal);
    ratatui::restore();
    ended
}

fn walk(terminal: &mut ratatui::DefaultTerminal) -> io::Result<()> {
    let mut list = ListState::default().with_selected(Some(0));
    loop {
        terminal.draw(|frame| draw(frame, &mut list))?;
        loop {
            if let Event::Key(key) = event::read()? {
                let at = list.selected().unwrap_or(0);
                match key.code {
                    KeyCode::Down => list.select(Some((at + 1).min(ROWS - 1))),
                    KeyCode::Up => list.select(Some(at.saturating_sub(1))),
                    KeyCode::Char('q') => return Ok(()),
                    _nothing_else_works => {}
                }
            }
            if !event::poll(Duration::ZERO)? {
                break;
            }
        }
    }
}

fn draw(frame: &mut Frame<'_>, list: &mut ListState) {
    let [titles, body, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let [rows, text] =
        Layout::horizontal([Constraint::Percentage(40), Constraint::Percentage(60)]).areas(body);
    let at = list.selected().unwrap_or(0);
    let items = (0..ROWS).map(|n| format!("part.setting_{n:04}"));
    let items = List::new(items)
        .block(Block::bordered().title("Settings"))
        .highlight_style(Style::new().reversed());
    let said = (0..text.height).map(|n| {
        let (sign, colour) = if n % 2 == 0 {
            ("- ", Color::Red)
        } else {
            ("+ ", Color::Green)
        };
        let value = at * 31 + usize::from(n);
        Line::from(vec![
            sign.fg(colour),
            format!("part.setting_{at:04}: value {value}").into(),
        ])
    });
    let said = Paragraph::new(Text::from_iter(said)).block(Block::bordered().title("Change"));
    frame.render_widget(
        Line::from(" Overview │ Changes │ Backup │ Apply │ Log"),
        titles,
    );
    frame.render_stateful_widget(items, rows, list);
    frame.render_widget(said, text);
    frame.render_widget(Line::from(" q quit  ↑↓ move"), keys);
}
