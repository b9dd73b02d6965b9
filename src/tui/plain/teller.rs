//! What is new since the last time, in words. It remembers what was told; it does no I/O.

use super::{
    asked,
    offers::{meanwhile, offers, stands},
    paper::{self, Paper},
    printed::Printed,
    questions::Questions,
    rest::{is_under_way, is_unheard_of, is_watched_at_rest, rests},
    words,
};
use crate::{
    engine::link::handle::Ask,
    model::ids::RunId,
    tui::{
        app::{App, Notice, Screen},
        dialog::Dialog,
        line::Line,
        page::{Detail, Page, RowKey},
        theme::Tone,
        widget::{countdown, header},
    },
};
use std::collections::HashMap;

/// Changed rows told at once.
const ROWS_MAX: usize = 20;
/// How long work may go on without anything being told.
const SILENCE_MS_MAX: u64 = 30_000;

/// How the keys in the help are used in lines.
const HOW: &str = "Here every key is a line: the key or its word, then Enter; an empty line is \
                   Enter itself. A number shows a row, `mark 3` means the third, `more` and `less` \
                   turn the pages, `list` shows the screen again, `/text` filters.";

#[derive(Default)]
pub struct Teller {
    /// The screen that was told last, and its run.
    place: Option<(Screen, Option<RunId>)>,
    rows: HashMap<RowKey, String>,
    /// What the operator selected.
    selected: Option<RowKey>,
    detail: String,
    questions: Questions,
    notice: Option<Notice>,
    busy: Option<&'static str>,
    printed: Printed,
    /// What Enter does, preceded by the countdown.
    enter: String,
    /// The words that can be said.
    can: String,
    rested: bool,
    /// Something was at work since it rested.
    worked: bool,
    /// A row has changed since then.
    changed: bool,
    /// The ask that the last line sent.
    sent: Option<Ask>,
    /// A line was read to which nothing was said yet.
    heard: bool,
    at_prompt: bool,
    told_at_ms: u64,
}

/// What is to be printed.
pub struct Telling {
    pub text: String,
    /// Whether it asks something that nobody can have answered before.
    pub asks_anew: bool,
}

/// What was told of a screen or a question.
struct Told {
    /// It asks something that nobody can have answered before.
    anew: bool,
    /// The last line led to another row, or to the same one again.
    led: bool,
}

impl Teller {
    /// Notes that the operator has ended a line.
    pub fn heard(&mut self) {
        self.heard |= self.at_prompt || self.place.is_some();
        self.at_prompt = false;
    }

    /// Gives the terminal away: the screen is told anew afterwards. Returns the line end that is
    /// still owed.
    pub fn leave(&mut self) -> &'static str {
        self.place = None;
        self.questions.ask_again();
        if std::mem::take(&mut self.at_prompt) {
            "\n"
        } else {
            ""
        }
    }

    pub fn tell(&mut self, app: &App) -> Telling {
        let mut paper = Paper::new(&app.ui);
        if let Some(ask) = app.ui.live.sent.as_ref().filter(|_| is_under_way(app)) {
            self.begun(app, ask, &mut paper);
            return self.finish(app, false, paper, false);
        }
        self.sent = None;
        let page = Page::of(app);
        let rests = rests(app);
        if app.ui.busy() != self.busy {
            self.busy = app.ui.busy();
            if let Some(busy) = self.busy {
                paper.say(format!("{busy}…"));
            }
        }
        let told = match &app.ui.dialog {
            Some(dialog) => Some(Told {
                anew: self.questions.tell(app, dialog, self.heard, &mut paper),
                led: false,
            }),
            None => {
                // After a question is closed, tell again what can be done.
                if self.questions.put_away() {
                    self.unsay();
                }
                self.page(&page, rests, &mut paper)
            }
        };
        let in_vain = self.heard && paper.text.is_empty();
        self.notice(app, &mut paper);
        if let (None, Some(told)) = (&app.ui.dialog, &told) {
            self.footer(&page, rests, (in_vain, told.led), &mut paper);
        }
        // What was typed during work is not an answer to the new state.
        let asks_anew = told.is_some_and(|told| told.anew) || (rests && self.worked);
        self.rested = rests;
        self.worked = !rests && (self.worked || app.ui.busy().is_none());
        self.finish(app, rests, paper, asks_anew)
    }

    /// Has what can be done now told again.
    fn unsay(&mut self) {
        self.enter.clear();
        self.can.clear();
    }

    /// Tells that an ask was sent. What was told before no longer holds, and the worker will say
    /// what does.
    fn begun(&mut self, app: &App, ask: &Ask, paper: &mut Paper) {
        if self.sent.as_ref() != Some(ask) {
            self.sent = Some(ask.clone());
            if let Some(begun) = asked::begun(ask) {
                paper.say(format!("{begun}…"));
            }
            // So that the detail and Enter are told again, even if they come out unchanged.
            self.detail.clear();
            self.enter.clear();
        }
        self.notice(app, paper);
        self.worked = true;
        self.rested = false;
    }

    /// Adds the prompt, and a line end before text that interrupts an earlier prompt.
    fn finish(&mut self, app: &App, rests: bool, mut paper: Paper, asks_anew: bool) -> Telling {
        let told = !paper.text.is_empty();
        if told {
            self.told_at_ms = app.ui.live.now_ms;
        }
        let interrupts = told && self.at_prompt;
        let dialog = app.ui.dialog.as_ref();
        let heard = std::mem::take(&mut self.heard);
        let waits = match dialog {
            // It can be dismissed at once, whatever is being read.
            Some(Dialog::Told { .. }) => true,
            // The worker answers in a moment.
            Some(Dialog::Emergency { .. }) if self.sent.is_some() => false,
            Some(_) => app.ui.busy().is_none(),
            None if self.sent.is_some() => false,
            None => (rests || is_watched_at_rest(app)) && app.ui.busy().is_none(),
        };
        if (told || heard) && waits {
            paper.prompt(&asked::prompt(app, dialog));
            self.at_prompt = true;
        }
        if interrupts {
            paper.text.insert(0, '\n');
        }
        Telling {
            text: paper.text,
            asks_anew,
        }
    }

    /// Tells the screen or its news; `None` while its content is still being read.
    fn page(&mut self, page: &Page<'_>, rests: bool, paper: &mut Paper) -> Option<Told> {
        let app = page.app;
        let place = (
            app.ui.screen.clone(),
            app.run.as_ref().map(|run| run.run.clone()),
        );
        let new = self.place.as_ref() != Some(&place);
        let before = self.place.as_ref().and_then(|(_, run)| run.as_ref());
        let another = before != place.1.as_ref();
        // Without the worker's state, which arrives in a moment, a run is not told.
        if new && (app.ui.busy().is_some() || another && is_unheard_of(app)) {
            return None;
        }
        let mut led = false;
        if new || app.ui.lines.again {
            let before = self.place.replace(place);
            if new {
                if let Some((screen, run)) = before {
                    self.ends(app, &screen, run.as_ref(), paper);
                }
                self.detail.clear();
            }
            self.whole(page, rests, paper);
        } else {
            self.news(page, paper);
            let before = paper.text.len();
            self.detail_if_new(page, rests, paper);
            let by_hand = app.list().selected != self.selected || app.ui.lines.names_row;
            let is_told = paper.text.len() > before;
            if by_hand && self.heard && !is_told {
                self.row_alone(page, paper);
            }
            led = self.heard && (by_hand || is_told);
        }
        self.selected = app.list().selected;
        Some(Told { anew: new, led })
    }

    /// Tells what became of the rows of the previous screen, if it belongs to the same run.
    fn ends(&mut self, app: &App, screen: &Screen, run: Option<&RunId>, paper: &mut Paper) {
        let here = app.run.as_ref().map(|run| &run.run);
        let of_a_phase = matches!(
            screen,
            Screen::Checklist | Screen::Backup | Screen::Apply | Screen::Verify | Screen::Rollback
        );
        if !of_a_phase || run.is_none() || run != here {
            return;
        }
        self.became(&Page::on(app, screen), paper);
        // A checklist prints nothing: any output belongs to what follows.
        if *screen != Screen::Checklist {
            self.printed.tell(app, paper);
        }
    }

    /// The whole screen: its name, its list, and the detail of the selected row.
    fn whole(&mut self, page: &Page<'_>, rests: bool, paper: &mut Paper) {
        let app = page.app;
        paper.text.push('\n');
        let heading = format!(
            "== {} == {}",
            asked::name(&app.ui.screen),
            header::words(app)
        );
        paper.line(&Line::new(heading).hang(3));
        if let Some(words) = page.hides() {
            paper.say(words);
        }
        let part = words::part(page);
        if part.start > 0 {
            let before = words::counted(page, 0..part.start, "");
            paper.say(format!("… {before} before: less"));
        }
        // The rows mean little without their heading.
        if let Some(at) = words::heading(page, part.start) {
            paper.line(&paper::row(&page.rows[at], None));
        }
        let after = part.end..words::length(page);
        let shows_lines = words::shows_lines(page, part.clone());
        if app.ui.screen == Screen::Help && part.start == 0 {
            paper.line(&Line::new(HOW).hang(2));
        }
        if page.rows.is_empty() {
            for line in &page.detail().lines[part] {
                paper.line(line);
            }
        } else {
            let numbers = words::numbers(page);
            for (row, number) in page
                .rows
                .iter()
                .zip(numbers)
                .take(part.end)
                .skip(part.start)
            {
                paper.line(&paper::row(row, number));
            }
        }
        if !after.is_empty() {
            let left = words::counted(page, after, "more ");
            paper.say(format!("… {left}: more"));
        }
        if let Some(words) = shows_lines {
            paper.say(words);
        }
        let changes = page.rows.iter().filter_map(|row| {
            let key = row.key()?;
            Some((key, paper::news(row)?))
        });
        self.rows = changes.collect();
        self.changed = true;
        self.unsay();
        self.printed.pass_over(app);
        if rests {
            self.detail_if_new(page, rests, paper);
        }
    }

    /// Changed rows, and what the steps printed.
    fn news(&mut self, page: &Page<'_>, paper: &mut Paper) {
        self.became(page, paper);
        self.printed.tell(page.app, paper);
    }

    fn became(&mut self, page: &Page<'_>, paper: &mut Paper) {
        let numbers = words::numbers(page);
        let mut changed = 0;
        for (row, number) in page.rows.iter().zip(numbers) {
            let (Some(key), Some(news)) = (row.key(), paper::news(row)) else {
                continue;
            };
            if self.rows.get(&key) == Some(&news) || page.app.ui.screen == Screen::Output {
                continue;
            }
            self.rows.insert(key, news);
            changed += 1;
            if changed <= ROWS_MAX {
                paper.line(&paper::row(row, number));
            }
        }
        if changed > 0 {
            self.changed = true;
            self.printed.apart();
        }
        if changed > ROWS_MAX {
            paper.say(format!("… {} more rows: list", changed - ROWS_MAX));
        }
    }

    /// The detail of the row that was selected by hand, or of where the run waits.
    fn detail_if_new(&mut self, page: &Page<'_>, rests: bool, paper: &mut Paper) {
        let app = page.app;
        let is_group = matches!(page.selected, Some(RowKey::Group(_)));
        let whole_screen = matches!(app.ui.screen, Screen::Diff | Screen::Output);
        if page.rows.is_empty() || is_group || whole_screen {
            return;
        }
        // When nothing is left to mark, no row comes next.
        let all_marked = app.ui.screen == Screen::Checklist && page.current.is_none();
        if all_marked && app.list().selected.is_none() && !app.ui.lines.names_row {
            return;
        }
        let by_hand = app.list().selected != self.selected;
        let mut told = Paper::new(&app.ui);
        let Detail { lines, menu } = page.detail();
        for line in lines.iter().chain(&menu) {
            told.line(line);
        }
        let silent = app.ui.live.now_ms.saturating_sub(self.told_at_ms) > SILENCE_MS_MAX;
        let due = by_hand || self.heard || rests || (app.working() && silent);
        let named = self.heard && app.ui.lines.names_row;
        if due && (named || told.text != self.detail) {
            paper.gap();
            paper.text.push_str(&told.text);
            self.detail = told.text;
        }
    }

    /// The selected row, where its detail has nothing new.
    fn row_alone(&self, page: &Page<'_>, paper: &mut Paper) {
        let at = page.selected_at();
        let number = at.and_then(|at| words::numbers(page).get(at).copied().flatten());
        if let Some(row) = at.and_then(|at| page.rows.get(at)) {
            paper.line(&paper::row(row, number));
        }
    }

    fn notice(&mut self, app: &App, paper: &mut Paper) {
        if app.ui.notice != self.notice || self.heard {
            self.notice.clone_from(&app.ui.notice);
            if let Some(notice) = &self.notice {
                paper.line(&notice.line);
            }
        }
    }

    /// What Enter does and what can be said: while the run waits; during work only once, or when
    /// asked. After input that did nothing, it is told again.
    fn footer(
        &mut self,
        page: &Page<'_>,
        rests: bool,
        (in_vain, led): (bool, bool),
        paper: &mut Paper,
    ) {
        let app = page.app;
        if app.ui.busy().is_some() {
            return;
        }
        let enter = page.enter().said(page).join("\n");
        let can = format!("Type: {}", words::sayable(page));
        // If no reason was told why the input did nothing, the operator needs the words that work.
        let at_a_loss = in_vain && paper.text.is_empty();
        if !rests {
            if self.rested || self.enter.is_empty() || in_vain {
                offers(&enter, paper);
                meanwhile(page, &can, paper);
            }
            self.enter = enter;
            self.can.clear();
            return;
        }
        if self.worked && !self.changed {
            stands(page, paper);
        }
        let countdown = countdown::told(app);
        let now = format!("{countdown:?}\n{enter}");
        let new = now != self.enter || can != self.can;
        if new || in_vain || led {
            paper.gap();
            if let Some(countdown) = countdown {
                paper.line(&Line::toned(Tone::Attention, format!("! {countdown}")));
            }
            offers(&enter, paper);
        }
        if can != self.can || at_a_loss {
            paper.line(&Line::new(can.as_str()).hang(5));
        }
        (self.enter, self.can) = (now, can);
        self.changed = false;
    }
}
