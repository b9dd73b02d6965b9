//! Reads the terminal on a thread of its own. It can be paused, so that a shell gets every key that
//! is typed for it.
//!
//! The thread sleeps in one read until something is typed: an idle screen costs nothing. To wake
//! it, the process sends itself SIGWINCH, which ends the wait of the terminal reader and which
//! nothing else minds.

use super::Source;
use crate::tui::{app::Msg, keymap, terminal::known_size};
use crossterm::event::{self, Event};
use rustix::process::{Signal, getpid, kill_process};
use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc::SyncSender},
    thread,
    time::Duration,
};

/// How long to wait for the reader to leave. A reader whose terminal is gone cannot leave: it reads
/// end of input again and again until the program ends.
const LEAVING: Duration = Duration::from_secs(1);
/// Keys taken at once; more of them wait for the next frame.
const TYPED_MAX: usize = 1000;

#[derive(Clone, Copy, PartialEq)]
enum Hands {
    On,
    /// Asked to leave.
    Leaving,
    Off,
}

pub struct Keys {
    gate: Arc<Gate>,
}

struct Gate {
    hands: Mutex<Hands>,
    changed: Condvar,
}

impl Gate {
    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, hands: Hands) {
        *self.hands() = hands;
        self.changed.notify_all();
    }

    fn wait_while(&self, hands: Hands) {
        let guard = self.hands();
        let _guard = self
            .changed
            .wait_while(guard, |now| *now == hands)
            .unwrap_or_else(PoisonError::into_inner);
    }

    fn wait_until_left(&self) {
        let guard = self.hands();
        let _guard_or_too_late = self
            .changed
            .wait_timeout_while(guard, LEAVING, |now| *now == Hands::Leaving)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

impl Keys {
    pub(super) fn read(sender: SyncSender<Source>) -> Self {
        let gate = Arc::new(Gate {
            hands: Mutex::new(Hands::On),
            changed: Condvar::new(),
        });
        // From here on the reader listens for SIGWINCH. If this fails, so will the next read, which
        // reports it.
        let _ready = event::poll(Duration::ZERO);
        let of_thread = gate.clone();
        thread::spawn(move || read(&of_thread, &sender));
        Self { gate }
    }

    /// Pauses the thread; returns when it no longer reads, or when there is nothing more to read.
    pub fn pause(&self) {
        {
            let mut hands = self.gate.hands();
            // Already off. The thread may even have ended, and would never answer `Leaving`.
            if *hands == Hands::Off {
                return;
            }
            *hands = Hands::Leaving;
        }
        let _sent = kill_process(getpid(), Signal::WINCH);
        self.gate.wait_until_left();
    }

    pub fn resume(&self) {
        self.gate.set(Hands::On);
    }
}

fn read(gate: &Gate, sender: &SyncSender<Source>) {
    loop {
        let leaving = *gate.hands() == Hands::Leaving;
        if leaving {
            gate.set(Hands::Off);
            gate.wait_while(Hands::Off);
        }
        let source = match typed() {
            Ok(msgs) if msgs.is_empty() => continue,
            Ok(msgs) => Source::Typed(msgs),
            Err(_the_line_dropped) => Source::KeysGone,
        };
        let last = matches!(source, Source::KeysGone);
        if sender.send(source).is_err() || last {
            // The driver is gone or the input has ended; a pause must not hang on this thread.
            gate.set(Hands::Off);
            return;
        }
    }
}

/// Waits for a key, and also takes the keys that arrived with it.
fn typed() -> io::Result<Vec<Msg>> {
    let mut msgs: Vec<Msg> = msg(event::read()?).into_iter().collect();
    while msgs.len() < TYPED_MAX && event::poll(Duration::ZERO)? {
        msgs.extend(msg(event::read()?));
    }
    Ok(msgs)
}

fn msg(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(columns, rows) => {
            let (columns, rows) = known_size((columns, rows));
            Some(Msg::Resize(columns, rows))
        }
        Event::Mouse(mouse) => keymap::is_pointed(mouse.kind).then_some(Msg::Mouse(mouse)),
        Event::FocusGained | Event::FocusLost => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SIGWINCH wakes the reader even if the window has not changed.
    #[test]
    fn news_of_a_window_without_a_size_make_no_blank_screen() {
        let says = |columns, rows| match msg(Event::Resize(columns, rows)) {
            Some(Msg::Resize(columns, rows)) => Some((columns, rows)),
            Some(_) | None => None,
        };
        assert_eq!(says(0, 0), Some((80, 24)));
        assert_eq!(says(60, 15), Some((60, 15)));
    }
}
