//! Carries out what `update` asks for, and draws. The only part of the UI that waits, and that
//! touches the terminal.

mod calls;
mod keys;
mod lines;
mod surface;

use super::{
    app::{App, Effect, Msg, Outcome},
    backend::Backend,
    begin::Start,
    call::{Answer, Call, Hand},
    keymap::{self, Command},
    signals::{self, Signal},
    update::update,
};
use crate::{
    engine::link::handle::{Event, RunHandle},
    world::Clock,
};
use lines::LineSurface;
use rustix::process;
use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError},
    },
    thread,
    time::Duration,
};
use surface::{Drawn, Surface};

/// At most 20 frames a second.
const FRAME_TIME: Duration = Duration::from_millis(50);
/// Output limit for frames that no key asked for: after a large frame the next one waits longer.
const BYTES_A_SECOND: u32 = 32 * 1024;
/// Said when the screen is suspended while a run is at work.
const GOES_ON: &str = "The run goes on without this screen; fg comes back.";
/// How often the clock of a running step moves.
const TICK: Duration = Duration::from_secs(1);
/// Messages that queue up while the terminal takes nothing. Beyond that the senders block, except
/// the worker: it drops us until we read again.
const SOURCES_MAX: usize = 1024;
/// Messages handled before a frame is drawn: a flood of output must not keep the screen from
/// updating.
const MESSAGES_A_FRAME_MAX: usize = 20_000;

#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    #[error(
        "this is not a terminal: the questions asked here need a person who has read them; a script \
         gives its answers beforehand, with `switchback apply --yes --answers FILE`"
    )]
    NotATerminal,
    #[error("the terminal cannot be used; `switchback apply` needs none")]
    Terminal(#[from] io::Error),
    #[error(
        "the terminal is gone; a run that was started goes on to its next question, and `switchback \
         attach` comes back to it"
    )]
    Gone,
}

/// Everything that reaches the driver.
enum Source {
    Msg(Msg),
    /// Everything typed since the last time, in one piece: held keys are drawn once.
    Typed(Vec<Msg>),
    /// An answer from the backend; with the handle of a run if one was opened.
    Answer(Box<Answer>, Option<Hand>),
    Event(u64, Event),
    Signal(Signal),
    /// The terminal cannot be read any more.
    KeysGone,
}

/// Runs the UI until the operator leaves, the terminal goes, or a signal ends it. With `mouse`, a
/// drawn screen takes clicks and the wheel.
pub fn run(
    backend: Box<dyn Backend>,
    clock: Arc<dyn Clock>,
    start: Start,
    mouse: bool,
) -> Result<Outcome, TuiError> {
    // Lines may be piped on; a drawn screen needs a terminal.
    if !io::stdin().is_terminal() || !(start.in_lines || io::stdout().is_terminal()) {
        return Err(TuiError::NotATerminal);
    }
    let (sender, sources) = mpsc::sync_channel(SOURCES_MAX);
    let to_signals = sender.clone();
    let _until_it_is_given_back =
        signals::watch(move |signal| to_signals.send(Source::Signal(signal)).is_ok())?;
    let surface: Box<dyn Surface> = if start.in_lines {
        Box::new(LineSurface::enter(sender.clone())?)
    } else {
        Box::new(Drawn::enter(sender.clone(), mouse)?)
    };
    let calls = calls::carry_out(backend, sender.clone());
    let first = start.first();
    let mut driver = Driver {
        app: App::new(start, surface.size()?),
        surface,
        clock,
        sender,
        sources,
        calls,
        hand: None,
        generation: 0,
        holder: Holder::Us,
        drawn_at: Duration::ZERO,
        pause: FRAME_TIME,
    };
    // The product is read while the first frame is drawn.
    driver.effect(Effect::Call(first))?;
    driver.draw()?;
    driver.turn()
}

struct Driver {
    app: App,
    surface: Box<dyn Surface>,
    clock: Arc<dyn Clock>,
    sender: SyncSender<Source>,
    sources: Receiver<Source>,
    calls: Sender<Call>,
    hand: Option<RunHandle>,
    /// Counts opened runs.
    generation: u64,
    holder: Holder,
    drawn_at: Duration,
    /// The pause before the next frame, unless a person is waiting for one.
    pause: Duration,
}

/// Who has the terminal.
#[derive(Clone, Copy, PartialEq)]
enum Holder {
    Us,
    /// The operator's shell, which was started from here.
    Shell,
    /// Whoever suspended the program.
    Suspender,
}

impl Driver {
    fn turn(mut self) -> Result<Outcome, TuiError> {
        loop {
            let Some(source) = self.wait() else {
                continue;
            };
            let pause = self.pause_before(&source);
            if let Some(end) = self.take(source)? {
                return Ok(end);
            }
            if let Some(end) = self.drain(pause)? {
                return Ok(end);
            }
            self.draw()?;
        }
    }

    /// Waits for the next source. Only while a step or check runs, counts are being agreed to, or a
    /// run has a deadline does the clock tick as well.
    fn wait(&mut self) -> Option<Source> {
        if !self.ticks() {
            return Some(self.sources.recv().unwrap_or(Source::KeysGone));
        }
        match self.sources.recv_timeout(TICK) {
            Ok(source) => Some(source),
            Err(RecvTimeoutError::Timeout) => {
                let now_ms = self.clock.now_ms();
                Some(Source::Msg(Msg::Tick { now_ms }))
            }
            Err(RecvTimeoutError::Disconnected) => Some(Source::KeysGone),
        }
    }

    fn ticks(&self) -> bool {
        if self.app.agrees_to_counts() {
            return true;
        }
        if !self.app.ui.live.gone() && self.app.goes_back_at_ms().is_some() {
            return true;
        }
        let run = self.app.run.as_ref();
        let checks = self.app.ui.live.checking.is_some();
        let runs = run.is_some_and(|run| run.steps.iter().any(|view| view.is_under_way()));
        self.app.working() && (runs || checks)
    }

    /// Handles everything else that has arrived, until a frame is due.
    fn drain(&mut self, mut pause: Duration) -> Result<Option<Outcome>, TuiError> {
        for _ in 0..MESSAGES_A_FRAME_MAX {
            let source = match self.sources.try_recv() {
                Ok(source) => source,
                Err(TryRecvError::Disconnected) => Source::KeysGone,
                Err(TryRecvError::Empty) => {
                    let passed = self.clock.monotonic().saturating_sub(self.drawn_at);
                    let Some(left) = pause.checked_sub(passed).filter(|left| !left.is_zero())
                    else {
                        return Ok(None);
                    };
                    match self.sources.recv_timeout(left) {
                        Ok(source) => source,
                        Err(_nothing_more_came) => return Ok(None),
                    }
                }
            };
            pause = pause.min(self.pause_before(&source));
            if let Some(end) = self.take(source)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// How long after the last frame the effect of this source may be drawn. Typed keys are drawn
    /// soon, but held ones only once per frame; an answer, which comes once per key, is drawn at
    /// once.
    fn pause_before(&self, source: &Source) -> Duration {
        match source {
            Source::Typed(_) => FRAME_TIME,
            Source::Answer(..) => Duration::ZERO,
            Source::Msg(_) | Source::Event(..) | Source::Signal(_) | Source::KeysGone => self.pause,
        }
    }

    fn take(&mut self, source: Source) -> Result<Option<Outcome>, TuiError> {
        let msg = match source {
            Source::Msg(msg @ Msg::Said(_)) => {
                // In lines nothing else reports a new terminal width.
                self.resize()?;
                self.now()?;
                msg
            }
            Source::Msg(msg) => msg,
            Source::Typed(msgs) => {
                self.now()?;
                for msg in msgs {
                    if let Some(end) = self.tell(msg)? {
                        return Ok(Some(end));
                    }
                }
                return Ok(None);
            }
            Source::Answer(answer, hand) => {
                if let Some(hand) = hand {
                    self.follow(hand);
                }
                self.now()?;
                Msg::Answer(answer)
            }
            Source::Event(generation, _) if generation != self.generation => return Ok(None),
            Source::Event(_, event) => Msg::Run {
                event,
                now_ms: self.clock.now_ms(),
            },
            Source::Signal(signal) if self.holder == Holder::Shell && is_of_keys(signal) => {
                return Ok(None);
            }
            Source::Signal(Signal::End(number)) => {
                let key = self.surface.interrupted();
                match key.filter(|_| number == process::Signal::INT.as_raw()) {
                    Some(key) => key,
                    None => return Ok(Some(Outcome::Signal(number))),
                }
            }
            Source::Signal(Signal::Suspend) => Msg::Suspend,
            Source::Signal(Signal::Continued) => {
                // Whoever stopped us may have changed the terminal or drawn over it.
                self.surface.give();
                self.take_back()?;
                return Ok(None);
            }
            Source::KeysGone => return Err(TuiError::Gone),
        };
        self.tell(msg)
    }

    /// Tells the app what time it is.
    fn now(&mut self) -> Result<(), TuiError> {
        let now_ms = self.clock.now_ms();
        self.say(Msg::Now { now_ms })
    }

    /// Handles a message that never ends the UI.
    fn say(&mut self, msg: Msg) -> Result<(), TuiError> {
        for effect in update(&mut self.app, msg) {
            self.effect(effect)?;
        }
        Ok(())
    }

    fn tell(&mut self, msg: Msg) -> Result<Option<Outcome>, TuiError> {
        let shell_ended =
            matches!(&msg, Msg::Answer(answer) if matches!(**answer, Answer::Shell(_)));
        for effect in update(&mut self.app, msg) {
            if let Effect::Quit(outcome) = effect {
                self.surface.last_words(&self.app);
                return Ok(Some(outcome));
            }
            self.effect(effect)?;
        }
        if shell_ended {
            self.take_back()?;
        }
        Ok(None)
    }

    fn effect(&mut self, effect: Effect) -> Result<(), TuiError> {
        match effect {
            Effect::Call(call) => {
                if matches!(call, Call::Shell) {
                    self.surface.give();
                    self.holder = Holder::Shell;
                }
                let _ended = self.calls.send(call);
            }
            Effect::Ask(ask) => {
                if let Some(hand) = &self.hand {
                    let seen = self.app.run.as_ref().map_or(0, |run| run.seq);
                    hand.ask(ask, seen);
                }
            }
            Effect::Copy(text) => {
                let copied = self.surface.copy(&text);
                let copied = copied.map_err(|error| format!("not copied: {error}"));
                self.say(Msg::Done(copied))?;
            }
            Effect::LetGo => self.let_go(),
            Effect::Repaint => self.surface.take()?,
            Effect::Suspend => self.suspend()?,
            // Handled in `tell`.
            Effect::Quit(_) => {}
        }
        Ok(())
    }

    /// Suspends the program; the signal that continues it takes the terminal back.
    fn suspend(&mut self) -> Result<(), TuiError> {
        self.surface.give();
        self.holder = Holder::Suspender;
        // The shell prints `Stopped`, which is true of this program only, not of the run.
        if self.app.working() {
            let _nobody_reads = writeln!(io::stdout(), "{GOES_ON}");
        }
        if let Err(error) = signals::stop() {
            self.take_back()?;
            let shell = keymap::letter(Command::Shell);
            let why = format!("not suspended: {error}; {shell} opens a shell");
            self.say(Msg::Done(Err(why)))?;
        }
        Ok(())
    }

    /// Takes the terminal back after a shell or a suspension.
    fn take_back(&mut self) -> Result<(), TuiError> {
        self.surface.take()?;
        self.holder = Holder::Us;
        self.resize()
    }

    fn resize(&mut self) -> Result<(), TuiError> {
        let (columns, rows) = self.surface.size()?;
        self.say(Msg::Resize(columns, rows))
    }

    /// Follows the events of this run from now on, and ignores those of the previous one.
    fn follow(&mut self, hand: Hand) {
        self.generation += 1;
        self.hand = Some(hand.handle);
        let (sender, generation, events) = (self.sender.clone(), self.generation, hand.events);
        thread::spawn(move || {
            for event in events {
                if sender.send(Source::Event(generation, event)).is_err() {
                    return;
                }
            }
            let _gone = sender.send(Source::Event(generation, Event::Gone(None)));
        });
    }

    /// Drops the handle of the run and ignores its further events.
    fn let_go(&mut self) {
        self.generation += 1;
        self.hand = None;
    }

    fn draw(&mut self) -> Result<(), TuiError> {
        if self.holder != Holder::Us {
            return Ok(());
        }
        let sent = self
            .surface
            .show(&self.app)
            .map_err(|_the_line_dropped| TuiError::Gone)?;
        let sent_ms = u64::from(sent) * 1000 / u64::from(BYTES_A_SECOND);
        self.pause = FRAME_TIME.max(Duration::from_millis(sent_ms));
        self.drawn_at = self.clock.monotonic();
        self.app.drawn();
        Ok(())
    }
}

/// Whether the signal comes from Ctrl-C or Ctrl-Z, which belong to an open shell. Any other signal
/// that ends the program is meant for us.
fn is_of_keys(signal: Signal) -> bool {
    match signal {
        Signal::Suspend | Signal::Continued => true,
        Signal::End(number) => number == process::Signal::INT.as_raw(),
    }
}
