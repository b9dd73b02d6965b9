//! The state of the terminal UI: the run as its records tell it, and what the operator is looking
//! at. Only `update` changes it; drawing only reads it.

mod message;
mod notice;

pub use message::{Effect, Msg, Outcome};
pub use notice::{Notice, Until};

use super::{
    backend::{InputView, OpenRun, Playing, ReviewView, Snippet, StartView},
    begin::Start,
    call::Pending,
    dialog::{Becomes, Beneath, Dialog},
    keymap::Binding,
    line::one_line,
    live::{Live, Worker},
    page::{DiffKey, GroupKey, RowKey},
    preview::Preview,
    theme::Look,
};
use crate::{
    engine::link::handle::Control,
    model::{
        ids::{InputName, RuleId, StepId},
        plan::SAMPLE,
        record::Phase,
        text::sanitize,
    },
    run_state::{RunState, StepView},
};
use std::collections::{BTreeMap, BTreeSet};

pub struct App {
    pub run: Option<RunState>,
    pub ui: Ui,
}

pub struct Ui {
    pub look: Look,
    /// Columns and rows.
    pub size: (u16, u16),
    pub screen: Screen,
    /// The screens that Escape leads back to.
    pub back: Vec<Screen>,
    pub dialog: Option<Dialog>,
    /// A dialog has opened that has not been drawn yet: keys typed before it are not answers to it.
    pub deaf: bool,
    /// Something arrived since the last output: an empty line cannot be an answer to what nobody
    /// has read.
    pub unseen: bool,
    /// The app is told in lines instead of drawn: a row that is asked for is told in full.
    pub in_lines: bool,
    pub lines: InLines,
    /// The backend request that is under way.
    pub pending: Option<Pending>,
    /// One sentence about the last request; the next key clears it.
    pub notice: Option<Notice>,
    /// The bindings that were active on the screen where help was asked for.
    pub helped: Vec<&'static Binding>,
    /// The emergency step that was selected there, if it was asked for at their list.
    pub helped_at: Option<usize>,
    pub views: Views,
    pub known: Known,
    /// How the run that was last closed here stands.
    pub closed: Option<String>,
    /// Set if the run is a recording.
    pub playing: Option<Playing>,
    pub lists: BTreeMap<Screen, ListState>,
    pub focus: Focus,
    /// First visible line of the detail.
    pub detail_top: usize,
    pub live: Live,
}

/// What the backend answered last.
#[derive(Default)]
pub struct Views {
    pub start: Option<StartView>,
    pub review: Option<ReviewView>,
    /// Something was answered since the review was read, so its differences are out of date.
    pub review_is_old: bool,
    pub inputs: Option<Vec<InputView>>,
    /// What the plan does to the files of the run.
    pub changes: Option<Vec<Snippet>>,
    /// What a rollback would do.
    pub preview: Option<Preview>,
    pub report: Option<String>,
}

/// What is fixed from the start.
pub struct Known {
    /// What happens to a run at logout, if that needs saying.
    pub logout: Option<String>,
    /// The command that leads back to a run that was left.
    pub comes_back: Option<String>,
    /// Where the runs of this host are kept.
    pub state_dir: Option<String>,
}

/// State that matters only in lines.
#[derive(Default)]
pub struct InLines {
    /// The input ended while no question was open, and nothing was said since.
    pub no_more: bool,
    /// Tell the screen once more.
    pub again: bool,
    /// The row, or the line of the text, to start telling from.
    pub told_from: Option<usize>,
    /// A row was named by its number alone: tell it, even if it was told before.
    pub names_row: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Screen {
    Start,
    Runs,
    Review,
    /// A finding that the operator decides.
    Conflict(RuleId),
    Diff,
    Inputs,
    Checklist,
    Backup,
    Apply,
    Output,
    Verify,
    Rollback,
    Report,
    Help,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    List,
    Detail,
}

/// What the operator did with the list of a screen.
#[derive(Clone, Debug, Default)]
pub struct ListState {
    /// `None`: the selection follows the row that the screen calls current.
    pub selected: Option<RowKey>,
    /// First row shown.
    pub top: usize,
    pub filter: String,
    /// Groups that were opened or closed by hand.
    pub toggled: BTreeSet<GroupKey>,
    /// Left-out parts of a difference that were expanded, by the row that stands for them.
    pub opened: BTreeSet<DiffKey>,
}

impl App {
    pub fn new(start: Start, size: (u16, u16)) -> Self {
        let pending = start.first().pending();
        let mut app = Self {
            run: None,
            ui: Ui {
                look: start.look,
                size,
                screen: Screen::Start,
                back: Vec::new(),
                dialog: None,
                deaf: false,
                unseen: false,
                in_lines: start.in_lines,
                lines: InLines::default(),
                pending,
                notice: None,
                helped: Vec::new(),
                helped_at: None,
                views: Views::default(),
                known: Known {
                    logout: start.logout,
                    comes_back: start.comes_back,
                    state_dir: start.state_dir,
                },
                closed: None,
                playing: start.playing,
                lists: BTreeMap::new(),
                focus: Focus::List,
                detail_top: 0,
                live: Live::default(),
            },
        };
        if let Some(words) = start.beside {
            app.ui.mention(words);
        }
        if let Some(text) = start.warning {
            let title = "Before you begin".to_owned();
            app.open_dialog(Dialog::Told { title, text });
        }
        app
    }

    /// Notes that the frame is on the screen: from now on keys are answers to what it shows.
    pub fn drawn(&mut self) {
        self.ui.deaf = false;
        self.ui.unseen = false;
        self.ui.lines.again = false;
    }

    pub fn list(&self) -> ListState {
        self.ui
            .lists
            .get(&self.ui.screen)
            .cloned()
            .unwrap_or_default()
    }

    pub fn list_mut(&mut self) -> &mut ListState {
        self.ui.lists.entry(self.ui.screen.clone()).or_default()
    }

    /// Shows a screen of the road.
    pub fn show(&mut self, screen: Screen) {
        if self.ui.screen != screen {
            self.turn_to(screen);
            self.ui.back.clear();
        }
    }

    /// Shows a screen that Escape leaves again.
    pub fn visit(&mut self, screen: Screen) {
        if self.ui.screen != screen {
            let from = self.turn_to(screen);
            self.ui.back.push(from);
        }
    }

    pub fn go_back(&mut self) -> bool {
        match self.ui.back.pop() {
            Some(screen) => {
                self.turn_to(screen);
                true
            }
            None => false,
        }
    }

    /// Shows another screen and returns the previous one.
    fn turn_to(&mut self, screen: Screen) -> Screen {
        // A filter that was not confirmed with Enter is dropped.
        if let Some(Dialog::Filter(_)) = self.ui.dialog {
            self.list_mut().filter.clear();
        }
        self.ui.unseen = true;
        self.ui.lines.told_from = None;
        self.ui.focus = Focus::List;
        self.ui.detail_top = 0;
        self.happened(Beneath::OtherScreen);
        std::mem::replace(&mut self.ui.screen, screen)
    }

    /// Adapts the open dialog to something that happened beneath it. Returns whether it was
    /// replaced or closed.
    pub fn happened(&mut self, beneath: Beneath) -> bool {
        let Some(dialog) = &self.ui.dialog else {
            return false;
        };
        match dialog.after(beneath) {
            Becomes::AsItWas => return false,
            Becomes::Nothing => self.ui.dialog = None,
            Becomes::Another(dialog) => self.open_dialog(dialog),
        }
        true
    }

    /// Tells something that needs more than a line.
    pub fn tell(&mut self, title: &str, text: &str) {
        self.open_dialog(Dialog::Told {
            title: title.to_owned(),
            text: sanitize(text),
        });
    }

    pub fn open_dialog(&mut self, dialog: Dialog) {
        self.ui.dialog = Some(dialog);
        self.ui.deaf = true;
        self.ui.detail_top = 0;
    }

    /// A step of the run, of its way back, or of its emergency.
    pub fn step(&self, id: &StepId) -> Option<&StepView> {
        self.run.as_ref()?.step(id)
    }

    /// Whether the product is a sample.
    pub fn is_sample(&self) -> bool {
        let title = match (&self.run, &self.ui.views.start) {
            (Some(run), _) => run.plan.title.as_str(),
            (None, Some(start)) => &start.title,
            (None, None) => "",
        };
        title.starts_with(SAMPLE)
    }

    /// Whether the worker is doing something now.
    pub fn working(&self) -> bool {
        let live = &self.ui.live;
        let open = self.run.as_ref().is_some_and(|run| run.end.is_none());
        open && live.worker == Worker::Works
    }

    /// When the run rolls back by itself unless somebody goes on.
    pub fn goes_back_at_ms(&self) -> Option<u64> {
        self.run.as_ref()?.confirm_by_ms()
    }

    /// Whether the screen shows the product as it was surveyed, with no run on it yet.
    pub fn before_a_run(&self) -> bool {
        self.run.is_none()
            && matches!(
                self.ui.screen,
                Screen::Start | Screen::Review | Screen::Inputs
            )
    }

    /// Whether an ask can be answered now.
    pub fn can_ask(&self) -> bool {
        let live = &self.ui.live;
        let open = |run: &RunState| !run.is_over() || run.has_levers();
        self.run.as_ref().is_some_and(open) && live.worker == Worker::Waits && !live.looks_on()
    }

    /// Whether the open dialog agrees to lose something that was counted; after a while it is
    /// counted again.
    pub fn agrees_to_counts(&self) -> bool {
        let dialog = self.ui.dialog.as_ref();
        dialog.is_some_and(|dialog| dialog.is_about_counts())
    }

    /// Closes the run in the UI; the run itself stays as it is.
    pub fn close(&mut self) {
        self.ui.closed = self.run.take().map(|run| {
            let plan = &run.plan;
            format!("The last one, {} → {}: {}.", plan.from, plan.to, run.word())
        });
        self.ui.live = Live::default();
        self.ui.views.report = None;
        self.forget_rows();
    }

    /// Resets the lists: a cursor position means nothing in another run. Only the list of runs
    /// keeps its own.
    fn forget_rows(&mut self) {
        self.ui.lists.retain(|screen, _| *screen == Screen::Runs);
    }

    /// The changes to the files: those of the run, or those of the review; `None` until they are
    /// read.
    pub fn changes(&self) -> Option<&[Snippet]> {
        match &self.run {
            Some(_) => self.ui.views.changes.as_deref(),
            None => self
                .ui
                .views
                .review
                .as_ref()
                .map(|view| view.files.as_slice()),
        }
    }

    /// Replaces what was shown with a run that the backend opened.
    pub fn opened(&mut self, state: RunState, control: Control, how: OpenRun) {
        self.ui.live = Live {
            worker: match state.ended() {
                Some(_) => Worker::Waits,
                None => Worker::Works,
            },
            to_read: how == OpenRun::Report,
            control,
            now_ms: state.at_ms,
            ..Live::default()
        };
        self.ui.views.changes = None;
        self.ui.views.preview = None;
        self.ui.views.report = None;
        // Drop a notice about the state before.
        self.ui
            .notice
            .take_if(|notice| notice.until != Until::TheNextKey);
        // The selection follows the work of the run.
        self.forget_rows();
        // A report, and a way back that has not begun, are only visited: Escape leads back to where
        // they were chosen.
        let looks = match how {
            OpenRun::Report => true,
            OpenRun::RollBack => state.rollback.is_none(),
            OpenRun::Resume | OpenRun::Watch | OpenRun::Emergency => false,
        };
        let visits = looks && self.ui.views.start.is_some() && self.ui.screen.chooses_a_run();
        let screen = match how {
            OpenRun::RollBack if !state.is_over() => Screen::Rollback,
            OpenRun::Resume | OpenRun::Watch | OpenRun::Emergency if state.end.is_none() => {
                Screen::of(state.phase)
            }
            OpenRun::Report
            | OpenRun::RollBack
            | OpenRun::Emergency
            | OpenRun::Resume
            | OpenRun::Watch => Screen::Report,
        };
        self.run = Some(state);
        if visits {
            self.visit(screen);
        } else {
            self.show(screen);
        }
    }

    /// Whether the run has ended and this front end has no worker for it: an ask takes it up first.
    pub fn is_only_read(&self) -> bool {
        let live = &self.ui.live;
        let ended = self.run.as_ref().is_some_and(|run| run.end.is_some());
        ended && (live.looks_on() || live.gone())
    }
}

impl Ui {
    /// What the backend is doing at the moment, in words.
    pub fn busy(&self) -> Option<&'static str> {
        self.pending.map(Pending::doing)
    }

    /// How an answer is asked for. A value that decides a finding has the finding's id for a name,
    /// which says nothing to whoever types it.
    pub fn asked_as(&self, name: &InputName) -> String {
        let mut typed = self.views.review.iter().flat_map(|view| &view.typed);
        let typed = typed.find(|view| view.name == *name);
        typed.map_or_else(|| name.to_string(), |view| one_line(&view.ask))
    }

    /// The input with this name: on the inputs screen, or as the answer to a finding.
    pub fn input(&self, name: &InputName) -> Option<&InputView> {
        let typed = self.views.review.iter().flat_map(|view| &view.typed);
        let mut known = self.views.inputs.iter().flatten().chain(typed);
        known.find(|view| view.name == *name)
    }
}

impl Screen {
    pub fn of(phase: Phase) -> Self {
        match phase {
            Phase::Checklist => Self::Checklist,
            Phase::Backup => Self::Backup,
            Phase::Apply => Self::Apply,
            Phase::Verify => Self::Verify,
            Phase::Rollback => Self::Rollback,
        }
    }

    /// Whether runs are opened from this screen.
    pub fn chooses_a_run(&self) -> bool {
        matches!(self, Self::Start | Self::Runs)
    }
}
