//! A front end's line to a worker. It reconnects when the line breaks and reads what it missed from
//! the journal, so a front end that was away, or too slow, still sees every record exactly once.
//! When the worker has gone this is reported, and the next worker of the run, wherever it was
//! started, is found and followed.

use crate::{
    engine::{
        link::{
            handle::{Ask, Control, Event, RunHandle},
            wire::{self, FromWorker, PROTOCOL, ToWorker, WireError},
        },
        store::run_dir::RunDir,
    },
    model::text::with_causes,
    world::{
        Cancel, World,
        local_socket::{self, Newcomers},
    },
};
use std::{
    io,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
    time::Duration,
};

/// How long a worker may take to answer a greeting, which it does even while it works.
const ANSWER: Duration = Duration::from_secs(20);
/// Events not yet taken by the front end. At this limit we wait for it, and the worker drops us.
const EVENTS_MAX: usize = 1024;
/// The pause before reconnecting a line that broke soon, doubled each time: a line that never holds
/// must not keep us and the worker busy, nor fill the journal with takeovers.
const REST: Duration = Duration::from_millis(50);
const REST_MAX: Duration = Duration::from_secs(2);

pub struct Line {
    world: World,
    dir: RunDir,
    shared: Arc<Shared>,
    events: SyncSender<Event>,
    /// The number of the last record passed on.
    seq: u64,
    /// Whether to follow the run's next worker too.
    stays: bool,
    holds: bool,
    /// When the line was last connected, and the pause before that.
    drawn: Duration,
    rested: Duration,
}

struct Shared {
    /// The stream for asks.
    stream: Mutex<UnixStream>,
    /// Pulled when the last handle is gone.
    closed: Cancel,
}

impl Shared {
    fn stream(&self) -> MutexGuard<'_, UnixStream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shared by all handles; dropping the last one ends the line.
struct Hand(Arc<Shared>);

impl Drop for Hand {
    fn drop(&mut self) {
        self.0.closed.pull();
        let _gone = self.0.stream().shutdown(Shutdown::Both);
    }
}

impl Hand {
    /// Sends an ask. On failure the reading thread reconnects, or reports the worker's end.
    fn ask(&self, ask: Ask, expect_seq: u64) {
        let _not_heard = wire::send(&mut *self.0.stream(), &ToWorker::Ask { ask, expect_seq });
    }
}

impl Line {
    /// Follows a line that was greeted: yields its events, from the record after `seq` on.
    pub fn follow(
        world: World,
        dir: RunDir,
        stream: UnixStream,
        seq: u64,
        stays: bool,
        control: &Control,
    ) -> io::Result<(RunHandle, Receiver<Event>)> {
        let (events, receiver) = mpsc::sync_channel(EVENTS_MAX);
        let reader = stream.try_clone()?;
        let shared = Arc::new(Shared {
            stream: Mutex::new(stream),
            closed: Cancel::default(),
        });
        let hand = Hand(shared.clone());
        let line = Self {
            drawn: world.clock.monotonic(),
            rested: Duration::ZERO,
            world,
            dir,
            shared,
            events,
            seq,
            stays,
            holds: control.is_yours(),
        };
        let named = thread::Builder::new().name("line".to_owned());
        named.spawn(move || line.read(reader))?;
        let handle = RunHandle::new(move |ask, seen| hand.ask(ask, seen));
        Ok((handle, receiver))
    }

    /// Reads until nobody listens; after one worker has gone it may go on with the next.
    fn read(mut self, mut stream: UnixStream) {
        loop {
            let event = match wire::receive(&mut stream) {
                Ok(Some(FromWorker::Event(event))) => event,
                Ok(Some(FromWorker::Welcome { control })) => Event::Control(control),
                Ok(None) | Err(WireError::Broken(_)) if self.is_closed() => return,
                Ok(None) | Err(WireError::Broken(_)) => match self.draw_again() {
                    Some(again) => {
                        stream = again;
                        continue;
                    }
                    None => Event::Gone(None),
                },
                // A worker that speaks another protocol would do so again.
                Err(error) => {
                    self.give(Event::Gone(Some(with_causes(&error))));
                    return;
                }
            };
            let gone = matches!(event, Event::Gone(_));
            if !self.give(event) || (gone && !self.stays) {
                return;
            }
            if gone {
                match self.next_worker() {
                    Some(next) => stream = next,
                    None => return,
                }
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.shared.closed.pulled()
    }

    /// Reconnects; `None` if the worker has gone and everything it did has been passed on.
    fn draw_again(&mut self) -> Option<UnixStream> {
        self.rest();
        let again = self.knock(!self.holds);
        // A worker that was told to end admits only watchers.
        let again = match again {
            None if self.holds => self.knock(true),
            again => again,
        };
        if again.is_none() {
            self.catch_up();
        }
        again
    }

    fn knock(&mut self, watch: bool) -> Option<UnixStream> {
        let there = local_socket::connect(self.dir.path()).ok().flatten();
        self.catch_up();
        self.greet(there?, watch)
    }

    /// Waits, without polling, for the next worker of the run, wherever it is started, and attaches
    /// to it. `None` where the system cannot report newcomers.
    fn next_worker(&mut self) -> Option<UnixStream> {
        // As a watcher: the client that starts a worker must hold the run, even if we come first.
        let (ours, until) = UnixStream::pair().ok()?;
        *self.shared.stream() = ours;
        let newcomers = Newcomers::watch(self.dir.path()).ok()?;
        while !self.is_closed() {
            if let Some(next) = self.knock(true) {
                self.drawn = self.world.clock.monotonic();
                return Some(next);
            }
            newcomers.wait(&until).ok()?;
        }
        None
    }

    /// Pauses before reconnecting, unless the line had held for a while.
    fn rest(&mut self) {
        let clock = self.world.clock.clone();
        let held = clock.monotonic().saturating_sub(self.drawn);
        self.rested = if held >= REST_MAX {
            Duration::ZERO
        } else {
            (self.rested * 2).clamp(REST, REST_MAX)
        };
        clock.sleep(self.rested, &self.shared.closed);
        self.drawn = clock.monotonic();
    }

    fn greet(&mut self, mut stream: UnixStream, watch: bool) -> Option<UnixStream> {
        let control = greet(&self.world, &mut stream, self.seq, watch);
        let control = control.ok()?.ok()?;
        *self.shared.stream() = stream.try_clone().ok()?;
        self.give(Event::Control(control)).then_some(stream)
    }

    /// Passes on the records of the journal that are still missing; none if it cannot be read.
    fn catch_up(&mut self) {
        let next = usize::try_from(self.seq + 1).unwrap_or(usize::MAX);
        let records = self.dir.records(&self.world).unwrap_or_default();
        for record in records.into_iter().skip(next) {
            self.give(Event::Record(Box::new(record)));
        }
    }

    /// Passes an event on; `false` if nobody listens any more.
    fn give(&mut self, event: Event) -> bool {
        match &event {
            Event::Record(record) if record.seq <= self.seq => return true,
            Event::Record(record) => self.seq = record.seq,
            Event::Control(control) => self.holds = control.is_yours(),
            Event::Progress(_)
            | Event::Output { .. }
            | Event::Printed { .. }
            | Event::Refused(_)
            | Event::TooLate(_)
            | Event::Idle
            | Event::Busy
            | Event::Stopped { .. }
            | Event::Gone(_) => {}
        }
        self.events.send(event).is_ok()
    }
}

/// The first exchange on a line, of somebody who has seen the records up to `seq`: returns who holds
/// the run, or why nobody can attach.
pub fn greet(
    world: &World,
    stream: &mut UnixStream,
    seq: u64,
    watch: bool,
) -> Result<Result<Control, String>, WireError> {
    let attach = ToWorker::Attach {
        protocol: PROTOCOL,
        from_seq: seq + 1,
        who: world.system.who(),
        watch,
    };
    wire::send(stream, &attach)?;
    stream.set_read_timeout(Some(ANSWER))?;
    let answer = wire::receive::<FromWorker>(stream)?;
    stream.set_read_timeout(None)?;
    Ok(match answer {
        Some(FromWorker::Welcome { control }) => Ok(control),
        Some(FromWorker::Event(Event::Gone(Some(why)))) => Err(why),
        Some(FromWorker::Event(_)) => Err("its first word is no greeting".to_owned()),
        None => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::store::run_dir::StateDir,
        model::ids::RunId,
        world::{Clock, Files, RealFiles, fake::FakeWorld},
    };
    use std::os::unix::net::UnixListener;

    const TIMES: u32 = 10;

    /// Greets each client, then hangs up.
    fn greet_and_hang_up(listener: &UnixListener) {
        for _ in 0..TIMES {
            let (mut stream, _) = listener.accept().expect("somebody comes");
            let _attach: Option<ToWorker> = wire::receive(&mut stream).expect("a greeting");
            let control = Control::default();
            wire::send(&mut stream, &FromWorker::Welcome { control }).expect("sent");
        }
    }

    fn until_gone(events: &Receiver<Event>) {
        let mut told = events.iter();
        assert!(told.any(|event| event == Event::Gone(None)));
    }

    /// Somebody else takes the run up, twice; the screen that was on it only looks on.
    #[test]
    fn whoever_was_on_a_run_follows_the_worker_that_takes_it_up() {
        let base = tempfile::tempdir().expect("a folder");
        let dir = StateDir::new(base.path().into()).run(&RunId::new("r"));
        RealFiles.make_dir(dir.path()).expect("a folder");
        let (ours, theirs) = UnixStream::pair().expect("a line");
        let world = FakeWorld::new().world();
        let line = Line::follow(world, dir.clone(), ours, 1, true, &Control::Yours);
        let (handle, events) = line.expect("a line");
        drop(theirs);
        until_gone(&events);
        for _ in 0..2 {
            let listener = local_socket::listen(dir.path()).expect("listens");
            let (mut stream, _) = listener.accept().expect("somebody comes");
            let attach = wire::receive(&mut stream).expect("a greeting");
            assert!(matches!(attach, Some(ToWorker::Attach { watch: true, .. })));
            let control = Control::default();
            wire::send(&mut stream, &FromWorker::Welcome { control }).expect("sent");
            let told = events.iter().next();
            assert_eq!(told, Some(Event::Control(Control::default())));
            drop((listener, stream));
            until_gone(&events);
        }
        drop(handle);
        assert_eq!(events.iter().next(), None, "the line has ended");
    }

    #[test]
    fn a_line_that_breaks_while_its_worker_ends_is_drawn_again_to_look_on() {
        let base = tempfile::tempdir().expect("a folder");
        let dir = StateDir::new(base.path().into()).run(&RunId::new("r"));
        RealFiles.make_dir(dir.path()).expect("a folder");
        let listener = local_socket::listen(dir.path()).expect("listens");
        let (ours, theirs) = UnixStream::pair().expect("a line");
        let world = FakeWorld::new().world();
        let (_handle, events) =
            Line::follow(world, dir, ours, 1, false, &Control::Yours).expect("a line");
        drop(theirs);
        let mut wishes = Vec::new();
        for lets_in in [false, true] {
            let (mut stream, _) = listener.accept().expect("somebody comes");
            let attach: Option<ToWorker> = wire::receive(&mut stream).expect("a greeting");
            let Some(ToWorker::Attach { watch, .. }) = attach else {
                panic!("no greeting");
            };
            wishes.push(watch);
            if lets_in {
                let control = Control::default();
                wire::send(&mut stream, &FromWorker::Welcome { control }).expect("sent");
            }
        }
        drop(listener);
        let told: Vec<Event> = events.iter().collect();
        assert_eq!(wishes, [false, true]);
        assert_eq!(
            told,
            [Event::Control(Control::default()), Event::Gone(None)]
        );
    }

    #[test]
    fn a_line_that_never_holds_is_drawn_again_at_ever_greater_intervals() {
        let base = tempfile::tempdir().expect("a folder");
        let dir = StateDir::new(base.path().into()).run(&RunId::new("r"));
        RealFiles.make_dir(dir.path()).expect("a folder");
        let listener = local_socket::listen(dir.path()).expect("listens");
        let fake = FakeWorld::new();
        let (ours, theirs) = UnixStream::pair().expect("a line");
        let line = Line::follow(
            fake.world(),
            dir.clone(),
            ours,
            1,
            false,
            &Control::default(),
        );
        let (_handle, events) = line.expect("a line");
        drop(theirs);
        greet_and_hang_up(&listener);
        drop(listener);
        until_gone(&events);
        let rested = fake.clock.monotonic();
        assert!(rested > REST_MAX * (TIMES - 6), "{rested:?}");
    }
}
