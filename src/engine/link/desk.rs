//! Where front ends meet the worker: who is connected, who holds the run, who is told what, and
//! whose asks go on to the worker. Nothing here waits for a client: one that is too slow, or that
//! stalls while it is sent past records, is dropped and reads again what it missed.
//!
//! The worker ends when it has nothing to do and nobody is connected. The state of a run is in its
//! journal, so an idle worker would hold memory, the lock and an outdated environment for nothing.
//! One that goes back by itself unless somebody confirms stays for that.

mod client;
mod lines;
mod news;
mod outbox;
mod room;
mod route;

use super::{
    handle::{Ask, Control, Event, Sink},
    sharing::{Given, Sharing},
    wire::FromWorker,
};
use crate::{
    engine::store::run_dir::RunDir,
    model::{record::Who, text::with_causes},
    world::{Cancel, World},
};
use lines::Lines;
use outbox::{Outbox, frame};
use room::Room;
use route::{Route, route};
use std::{
    io,
    os::unix::net::{UnixListener, UnixStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// How long sending the last words to connected clients may take.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The pause after a connection could not be accepted.
const LISTEN_AGAIN: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub struct Desk(Arc<Shared>);

struct Shared {
    world: World,
    dir: RunDir,
    sharing: Sharing,
    asks: mpsc::Sender<Given>,
    inside: Mutex<Inside>,
}

/// The ledger's lock is taken before this one, never after it.
struct Inside {
    room: Room,
    lines: Lines,
}

impl Desk {
    /// Creates the desk and the worker's end of it. `last_seq` is the number of the last record.
    pub fn new(
        world: World,
        dir: RunDir,
        sharing: Sharing,
        last_seq: u64,
    ) -> (Self, mpsc::Receiver<Given>) {
        let (asks, given) = mpsc::channel();
        let inside = Inside {
            room: Room::new(last_seq),
            lines: Lines::default(),
        };
        let desk = Self(Arc::new(Shared {
            world,
            dir,
            sharing,
            asks,
            inside: Mutex::new(inside),
        }));
        (desk, given)
    }

    /// Serves a new connection on its own thread.
    pub fn welcome(&self, stream: UnixStream) {
        self.inside().room.knocked();
        let desk = self.clone();
        let named = thread::Builder::new().name("client".to_owned());
        if named.spawn(move || client::serve(&desk, stream)).is_err() {
            self.turned_away();
        }
    }

    /// Accepts all connections, on its own thread.
    pub fn open(&self, listener: UnixListener) -> io::Result<()> {
        let desk = self.clone();
        thread::Builder::new().spawn(move || {
            for knocking in listener.incoming() {
                match knocking {
                    Ok(stream) => desk.welcome(stream),
                    // For example, no file descriptor is left: the client has to wait.
                    Err(_) => desk.pause(),
                }
            }
        })?;
        Ok(())
    }

    fn pause(&self) {
        let clock = &self.0.world.clock;
        clock.sleep(LISTEN_AGAIN, &Cancel::default());
    }

    /// The system wants the process to end: it does so after the step that runs.
    pub fn end_soon(&self) {
        self.0.sharing.urgent.pause();
        self.tell_to_leave(&mut self.inside().room);
    }

    /// The worker has ended: nobody may connect or take the run over any more, because the journal
    /// belongs to another worker as soon as the lock is released.
    pub fn shut(&self) {
        let now_ms = self.0.world.clock.now_ms();
        let body = || {
            self.inside().room.ended();
            None
        };
        // Under the ledger's lock: a write that was under way is complete when this returns.
        let _nothing_is_written = self.0.sharing.ledger.append_aside(now_ms, body, |_| {});
    }

    /// Sends the last words; returns when they are sent or could not be.
    pub fn close(&self, why: Option<String>) {
        let outboxes = {
            let mut inside = self.inside();
            inside.tell_followers(&Event::Gone(why));
            inside.lines.outboxes()
        };
        for outbox in &outboxes {
            outbox.close();
        }
        for outbox in &outboxes {
            outbox.wait_until_sent(LAST_WORDS);
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        let inside = self.0.inside.lock();
        inside.unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection ended before its client was let in.
    fn turned_away(&self) {
        let mut inside = self.inside();
        inside.room.turned_away();
        self.leave_if_deserted(&mut inside.room);
    }

    /// Returns a number for a new client and whether it holds the run; `None` if it is too late.
    fn enter(
        &self,
        who: Who,
        uid: u32,
        watch: bool,
        outbox: Arc<Outbox>,
    ) -> Option<(u64, Control)> {
        let id = {
            let mut inside = self.inside();
            let id = inside.room.enter(who, uid, watch)?;
            inside.lines.open(id, outbox);
            id
        };
        if !watch {
            // If the journal cannot be written the worker ends; until then the client only watches.
            let _only_looks_on = self.take(id, Room::is_free);
        }
        Some((id, self.inside().room.control_of(id)))
    }

    /// Subscribes a client to future events, if it has been told everything before `next_seq`.
    fn follow(&self, id: u64, next_seq: u64) -> bool {
        let mut inside = self.inside();
        let Inside { room, lines } = &mut *inside;
        if !room.follow(id, next_seq) {
            return false;
        }
        lines.tell(id, Event::Control(room.control_of(id)));
        if room.is_idle() {
            lines.tell(id, Event::Idle);
        }
        if let Some(who) = room.who(id) {
            lines.tell_news(id, who.pid);
        }
        true
    }

    fn left(&self, id: u64) {
        let mut inside = self.inside();
        inside.lines.cut(id);
        if inside.room.left(id) {
            inside.tell_control();
        }
        self.leave_if_deserted(&mut inside.room);
    }

    fn asked(&self, id: u64, ask: Ask, seen: u64) {
        let urgent = &self.0.sharing.urgent;
        let mut inside = self.inside();
        match route(&ask, seen, id, &inside.room, urgent.stays()) {
            Route::TakeOver => {
                drop(inside);
                if let Err(why) = self.take(id, |room| !room.is_held_by(id)) {
                    self.inside().refuse(id, why);
                }
            }
            Route::Pause => urgent.pause(),
            Route::Interrupt => urgent.interrupt(),
            Route::Leave => self.tell_to_leave(&mut inside.room),
            Route::Worker { by, stops_the_road } => {
                if stops_the_road {
                    urgent.pause();
                }
                // An errand that is under way does not keep a person waiting.
                urgent.halt();
                if let Ask::Errand(_) = &ask {
                    inside.lines.news.errand_begins(by.pid);
                }
                inside.room.given();
                self.give(Given { ask, seen, by });
            }
            Route::Refused(why) => inside.refuse(id, why),
            Route::TooLate(why) => inside.lines.tell(id, Event::TooLate(why)),
        }
    }

    fn give(&self, given: Given) {
        self.0.sharing.urgent.given();
        let _ended = self.0.asks.send(given);
    }

    /// Makes a client the holder, if `may` allows it, once that is in the journal. This does not
    /// wait for the worker: a client that takes a run over may want to end what runs.
    fn take(&self, id: u64, may: impl FnOnce(&Room) -> bool) -> Result<(), String> {
        let now_ms = self.0.world.clock.now_ms();
        let body = || {
            let Inside { room, .. } = &*self.inside();
            room.taken_by(id).filter(|_| may(room))
        };
        let noted = self.0.sharing.ledger.append_aside(now_ms, body, |record| {
            if !self.inside().room.is_free() {
                // An errand that is under way is the wish of the previous holder.
                self.0.sharing.urgent.halt();
            }
            self.send(Event::Record(Box::new(record)));
            let mut inside = self.inside();
            inside.room.hold(id);
            inside.tell_control();
        });
        noted.map_err(|error| with_causes(&error))
    }

    fn leave_if_deserted(&self, room: &mut Room) {
        if room.is_deserted() && !self.0.sharing.urgent.stays() {
            self.tell_to_leave(room);
        }
    }

    fn tell_to_leave(&self, room: &mut Room) {
        if let Some(seen) = room.end() {
            let by = self.0.world.system.who();
            let ask = Ask::Leave;
            self.give(Given { ask, seen, by });
        }
    }
}

impl Sink for Desk {
    fn send(&self, event: Event) {
        let mut inside = self.inside();
        if !inside.room.note(&event) {
            return;
        }
        inside.tell_followers(&event);
        if event == Event::Idle {
            self.leave_if_deserted(&mut inside.room);
        }
    }

    /// The asker may have reconnected meanwhile, so it is identified by its process.
    fn answer(&self, to: &Who, event: Event) {
        let Some(frame) = frame(&FromWorker::Event(event.clone())) else {
            return;
        };
        let mut inside = self.inside();
        let Inside { room, lines } = &mut *inside;
        for (id, _) in room.followers().filter(|(_, who)| who.pid == to.pid) {
            lines.give(id, &frame);
        }
        if let Event::Stopped { .. } = event {
            lines.news.errand_ended(to.pid, frame);
        }
    }
}

impl Inside {
    fn tell_followers(&mut self, event: &Event) {
        let followers = self.room.followers().map(|(id, _)| id);
        self.lines.tell_all(followers, event);
    }

    fn tell_control(&mut self) {
        for id in self.room.everybody() {
            self.lines
                .tell(id, Event::Control(self.room.control_of(id)));
        }
    }

    /// Refuses an ask that the worker never sees, and says whether the worker is idle.
    fn refuse(&mut self, id: u64, why: String) {
        self.lines.tell(id, Event::Refused(why));
        if self.room.is_idle() {
            self.lines.tell(id, Event::Idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{
            link::wire,
            store::{journal::Journal, run_dir::StateDir},
        },
        model::ids::RunId,
        world::fake::FakeWorld,
    };

    #[test]
    fn nobody_takes_a_run_over_whose_worker_has_ended() {
        let world = FakeWorld::new().world();
        let dir = StateDir::new("/state".into()).run(&RunId::new("r"));
        world.files.make_dir(dir.path()).expect("a folder");
        let sharing = Sharing::new(Journal::create(Box::new(dir.store(&world))));
        let (desk, _asks) = Desk::new(world.clone(), dir.clone(), sharing, 0);
        let (mut here, there) = UnixStream::pair().expect("a line");
        let limit = Some(Duration::from_secs(10));
        here.set_read_timeout(limit).expect("a limit");
        desk.welcome(there);
        let attach = wire::ToWorker::Attach {
            protocol: wire::PROTOCOL,
            from_seq: 1,
            who: world.system.who(),
            watch: true,
        };
        wire::send(&mut here, &attach).expect("sent");
        let welcome = wire::receive(&mut here).expect("a message");
        assert!(matches!(welcome, Some(FromWorker::Welcome { .. })));
        desk.shut();
        for ask in [Ask::TakeOver, Ask::Interrupt] {
            let expect_seq = u64::MAX;
            wire::send(&mut here, &wire::ToWorker::Ask { ask, expect_seq }).expect("sent");
        }
        let refused = loop {
            let heard = wire::receive(&mut here).expect("a message");
            if let Some(FromWorker::Event(Event::Refused(why))) = heard {
                break why;
            }
        };
        assert!(refused.contains("nobody holds this run"), "{refused}");
        assert_eq!(dir.records(&world).expect("a journal"), []);
    }
}
