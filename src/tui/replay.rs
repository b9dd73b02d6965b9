//! Plays a run's journal on the screens: every record comes at its time, at any speed. Nothing but
//! the journal is read, nothing is written, and no worker is contacted.
//!
//! Long waits are cut: the recording does not wait where the operator did.

use super::{
    app::App,
    backend::{Backend, InputView, OpenRun, Play, Playing, ReviewView, StartChoice, StartView},
    begin::Start,
    theme::Look,
    update::tell_damage,
    view,
};
use crate::{
    engine::{
        link::{
            front::Attached,
            handle::{Control, Event, RunHandle},
        },
        report,
        store::journal::Decoded,
        undo_preview::{UndoPreview, WayBack},
    },
    model::{
        finding::Decision,
        ids::{InputName, RuleId, RunId},
        record::Record,
        text::Secret,
    },
    run_state::{Illegal, RunState},
    world::{Cancel, Clock},
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// The longest wait for a record, at the run's own speed.
const WAIT_MS_MAX: u64 = 3_000;
const SPEED_MIN: f64 = 1.0 / 16.0;
const SPEED_MAX: f64 = 4096.0;
/// Stands in for the path of the run's folder.
const FOLDER: &str = "(a recording)";
const READ_ONLY: &str = "this is a recording: nothing is read or changed";

/// A journal that contains at least the beginning of a run.
#[derive(Clone)]
pub struct Recording {
    records: Arc<Vec<Record>>,
    /// Damage to the journal after these records.
    damage: Option<String>,
}

impl Recording {
    /// The intact part of the journal. Each of its records must follow from those before it.
    pub fn of(decoded: Decoded) -> Result<Self, Illegal> {
        let damage = decoded.tail.damage();
        Self::new(decoded.records, damage)
    }

    pub fn new(records: Vec<Record>, damage: Option<String>) -> Result<Self, Illegal> {
        RunState::fold(&records)?;
        let records = Arc::new(records);
        Ok(Self { records, damage })
    }

    /// The run as its first `count` records tell it, at least one.
    fn after(&self, count: usize) -> RunState {
        let count = count.clamp(1, self.records.len());
        RunState::fold(&self.records[..count]).expect("all of them were folded already")
    }

    pub fn run(&self) -> RunId {
        self.after(1).run.clone()
    }

    fn last_seq(&self) -> u64 {
        self.records.last().map_or(0, |record| record.seq)
    }

    /// The damage after this record: only the last one is followed by any.
    fn damage_after(&self, seq: u64) -> Option<&str> {
        self.damage.as_deref().filter(|_| seq == self.last_seq())
    }

    fn told_damage(&self) -> Option<String> {
        let damage = self.damage.as_ref();
        damage.map(|damage| format!("the journal is damaged: {damage}"))
    }

    /// The screen as it was after the record of this number.
    pub fn picture(&self, seq: Option<u64>, look: Look, (columns, rows): (u16, u16)) -> Buffer {
        let count = seq.map_or(usize::MAX, |seq| {
            usize::try_from(seq).map_or(usize::MAX, |seq| seq.saturating_add(1))
        });
        let state = self.after(count);
        let playing = Playing {
            speed: 1.0,
            paused: true,
            last_seq: self.last_seq(),
            damage: self.told_damage(),
        };
        let start = Start {
            playing: Some(playing),
            ..Start::new(look)
        };
        let mut app = App::new(start, (columns, rows));
        app.ui.pending = None;
        let damage = self.damage_after(state.seq);
        let report = report::markdown(&state, Path::new(FOLDER), damage);
        app.opened(state, Control::default(), OpenRun::Watch);
        app.ui.views.report = Some(report);
        tell_damage(&mut app, damage.map(str::to_owned));
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        view::paint(&app, area, &mut buffer);
        buffer
    }
}

/// Plays a recording; it serves the screens as backend and as clock.
#[derive(Clone)]
pub struct Player {
    recording: Recording,
    deck: Arc<Deck>,
}

struct Deck {
    real: Arc<dyn Clock>,
    head: Mutex<Head>,
    moved: Condvar,
}

/// The playback position.
struct Head {
    /// Index of the next record.
    next: usize,
    /// Time played since the previous record, on the run's own clock.
    played_ms: f64,
    /// When `played_ms` was last updated; `None`: playback is paused.
    since: Option<Duration>,
    speed: f64,
}

impl Player {
    pub fn new(recording: Recording, real: Arc<dyn Clock>, speed: f64) -> Self {
        let head = Head {
            next: 1,
            played_ms: 0.0,
            since: Some(real.monotonic()),
            speed: speed.clamp(SPEED_MIN, SPEED_MAX),
        };
        let deck = Deck {
            real,
            head: Mutex::new(head),
            moved: Condvar::new(),
        };
        Self {
            recording,
            deck: Arc::new(deck),
        }
    }

    pub fn playing(&self) -> Playing {
        let head = self.deck.head();
        Playing {
            speed: head.speed,
            paused: head.since.is_none(),
            last_seq: self.recording.last_seq(),
            damage: self.recording.told_damage(),
        }
    }

    /// The wait before a record, capped.
    fn wait_ms(&self, next: usize) -> Option<f64> {
        let record = self.recording.records.get(next)?;
        let before = &self.recording.records[next - 1];
        let gap = record.at_ms.saturating_sub(before.at_ms);
        Some(gap.min(WAIT_MS_MAX) as f64)
    }

    /// Waits until the next record is due and returns it; `None` after the last one.
    fn next(&self) -> Option<Record> {
        let mut head = self.deck.head();
        loop {
            let wait_ms = self.wait_ms(head.next)?;
            head.catch_up(self.deck.real.monotonic());
            if head.played_ms >= wait_ms {
                head.next += 1;
                head.played_ms = 0.0;
                return self.recording.records.get(head.next - 1).cloned();
            }
            head = match head.since {
                None => self
                    .deck
                    .moved
                    .wait(head)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(_) => {
                    let left_ms = (wait_ms - head.played_ms) / head.speed;
                    let left = Duration::from_secs_f64(left_ms / 1000.0);
                    let woken = self.deck.moved.wait_timeout(head, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

impl Deck {
    fn head(&self) -> MutexGuard<'_, Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Head {
    fn catch_up(&mut self, now: Duration) {
        if let Some(since) = self.since {
            self.played_ms += now.saturating_sub(since).as_secs_f64() * 1000.0 * self.speed;
            self.since = Some(now);
        }
    }

    fn play(&mut self, play: Play, now: Duration) {
        self.catch_up(now);
        match play {
            Play::Pause => {
                self.since = match self.since {
                    Some(_) => None,
                    None => Some(now),
                }
            }
            Play::Step => self.played_ms = WAIT_MS_MAX as f64,
            Play::Faster => self.speed = (self.speed * 2.0).min(SPEED_MAX),
            Play::Slower => self.speed = (self.speed / 2.0).max(SPEED_MIN),
        }
    }
}

/// The time of the run up to the current playback position.
impl Clock for Player {
    fn now_ms(&self) -> u64 {
        let mut head = self.deck.head();
        head.catch_up(self.deck.real.monotonic());
        let before = &self.recording.records[head.next - 1];
        let wait_ms = self.wait_ms(head.next).unwrap_or(0.0);
        before.at_ms + head.played_ms.min(wait_ms) as u64
    }

    fn monotonic(&self) -> Duration {
        self.deck.real.monotonic()
    }

    fn sleep(&self, time: Duration, cancel: &Cancel) -> bool {
        self.deck.real.sleep(time, cancel)
    }
}

impl Backend for Player {
    fn open_run(&mut self, _: &RunId, _: OpenRun) -> Result<Attached, String> {
        let (sender, events) = mpsc::channel();
        let player = self.clone();
        let held = sender.clone();
        thread::spawn(move || {
            while let Some(record) = player.next() {
                if sender.send(Event::Record(Box::new(record))).is_err() {
                    return;
                }
            }
        });
        // After the last record nothing more comes; the handle keeps the channel open, so that this
        // does not look like a worker that is gone.
        let handle = RunHandle::new(move |_, _| {
            let _kept = &held;
        });
        Ok(Attached {
            handle,
            events,
            state: self.recording.after(1),
            control: Control::default(),
            // The recording itself reports the damage.
            damage: None,
        })
    }

    fn play(&mut self, play: Play) -> Result<Playing, String> {
        let now = self.deck.real.monotonic();
        self.deck.head().play(play, now);
        self.deck.moved.notify_all();
        Ok(self.playing())
    }

    fn report(&mut self, state: &RunState, _: bool) -> Result<String, String> {
        let damage = self.recording.damage_after(state.seq);
        Ok(report::markdown(state, Path::new(FOLDER), damage))
    }

    fn look(&mut self) -> Result<StartView, String> {
        Err(READ_ONLY.to_owned())
    }

    fn choose(&mut self, _: StartChoice) -> Result<StartView, String> {
        Err(READ_ONLY.to_owned())
    }

    fn review(&mut self) -> Result<ReviewView, String> {
        Err(READ_ONLY.to_owned())
    }

    fn decide(&mut self, _: &RuleId, _: Decision) -> Result<ReviewView, String> {
        Err(READ_ONLY.to_owned())
    }

    fn inputs(&mut self) -> Result<Vec<InputView>, String> {
        Err(READ_ONLY.to_owned())
    }

    fn try_answer(&mut self, _: &InputName, _: &Secret) -> Vec<String> {
        vec![READ_ONLY.to_owned()]
    }

    fn answer(&mut self, _: &InputName, _: Secret) -> Vec<String> {
        vec![READ_ONLY.to_owned()]
    }

    fn generate(&mut self, _: &InputName) -> Result<(), String> {
        Err(READ_ONLY.to_owned())
    }

    fn start_run(&mut self) -> Result<Attached, String> {
        Err(READ_ONLY.to_owned())
    }

    fn undo_preview(&mut self, _: &RunState, _: WayBack) -> Result<UndoPreview, String> {
        Err(READ_ONLY.to_owned())
    }

    fn export_answers(&mut self) -> Result<PathBuf, String> {
        Err(READ_ONLY.to_owned())
    }

    fn shell(&mut self) -> Result<(), String> {
        Err(READ_ONLY.to_owned())
    }
}
