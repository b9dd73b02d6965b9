//! Where front ends meet the worker: who is there, who holds the run, what is told to whom, and
//! whose asks go on to the worker. Nothing waits for anybody: whoever is too slow, or stands still
//! while it is told what was, is dropped, and reads again what it missed.
//!
//! The worker ends when it has nothing to do and nobody is there. What a run is stands in its
//! journal, so a worker that only waits would hold memory, the lock and an old environment for
//! nothing. One that goes back by itself if nobody confirms stays for that.

mod client;
mod news;
mod outbox;

use super::{
    handle::{Ask, Control, Event, Sink},
    run_dir::RunDir,
    sharing::{Given, Sharing},
    turns::Turns,
    wire::{self, FromWorker},
};
use crate::{
    model::record::{Body, Who},
    world::{Cancel, World, local_socket::Peer},
};
use news::News;
use outbox::Outbox;
use std::{
    collections::BTreeMap,
    os::unix::net::{UnixListener, UnixStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// How long the last words may take to those who are there.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// After nobody could be let in.
const LISTEN_AGAIN: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub struct Desk(Arc<Shared>);

struct Shared {
    world: World,
    dir: RunDir,
    sharing: Sharing,
    asks: mpsc::Sender<Given>,
    room: Mutex<Room>,
}

/// Who is there. The ledger's lock is taken before this one, never after it.
#[derive(Default)]
struct Room {
    clients: BTreeMap<u64, Client>,
    next_id: u64,
    /// Connections that have not said yet what they want.
    at_the_door: usize,
    holder: Option<u64>,
    was_held: bool,
    /// Asks that the worker has not answered with `Idle`; at first it is busy with itself.
    pending: usize,
    last_seq: u64,
    turns: Turns,
    news: News,
    /// The worker was told to end.
    closing: bool,
    /// It has ended.
    over: bool,
}

struct Client {
    who: Who,
    uid: u32,
    /// `None`: it was cut off.
    outbox: Option<Arc<Outbox>>,
    /// It has been told everything that was there before it, and hears what happens.
    follows: bool,
}

impl Desk {
    /// The desk, and the worker's end of it. `last_seq` is the last record there is.
    pub fn new(
        world: World,
        dir: RunDir,
        sharing: Sharing,
        last_seq: u64,
    ) -> (Self, mpsc::Receiver<Given>) {
        let (asks, given) = mpsc::channel();
        let room = Room {
            pending: 1,
            last_seq,
            ..Room::default()
        };
        let desk = Self(Arc::new(Shared {
            world,
            dir,
            sharing,
            asks,
            room: Mutex::new(room),
        }));
        (desk, given)
    }

    /// Somebody has connected.
    pub fn welcome(&self, stream: UnixStream) {
        self.room().at_the_door += 1;
        let desk = self.clone();
        let named = thread::Builder::new().name("client".to_owned());
        if named.spawn(move || client::serve(&desk, stream)).is_err() {
            self.turned_away();
        }
    }

    /// Takes everybody who connects, on a thread of its own.
    pub fn open(&self, listener: UnixListener) {
        let desk = self.clone();
        thread::spawn(move || {
            for knocking in listener.incoming() {
                match knocking {
                    Ok(stream) => desk.welcome(stream),
                    // There is no file descriptor left, for example: whoever knocks waits.
                    Err(_) => desk.pause(),
                }
            }
        });
    }

    fn pause(&self) {
        let clock = &self.0.world.clock;
        clock.sleep(LISTEN_AGAIN, &Cancel::default());
    }

    /// The system wants the process to end: it does so after the step that runs.
    pub fn end_soon(&self) {
        self.0.sharing.urgent.pause();
        self.tell_to_leave(&mut self.room());
    }

    /// The worker has ended: nobody comes in, and nobody takes the run over, whose journal is
    /// another's as soon as the lock goes.
    pub fn shut(&self) {
        let now_ms = self.0.world.clock.now_ms();
        let body = || {
            let mut room = self.room();
            (room.closing, room.over) = (true, true);
            None
        };
        // While nobody else writes: who was about to has written when this comes back.
        let _nothing_is_written = self.0.sharing.ledger.append_aside(now_ms, body, |_| {});
    }

    /// The last words; comes back when they are sent, or could not be.
    pub fn close(&self, why: Option<String>) {
        let boxes: Vec<Arc<Outbox>> = {
            let mut room = self.room();
            self.tell(&mut room, &Event::Gone(why));
            let clients = room.clients.values();
            clients.filter_map(|client| client.outbox.clone()).collect()
        };
        for outbox in &boxes {
            outbox.close();
        }
        for outbox in &boxes {
            outbox.wait_until_sent(LAST_WORDS);
        }
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.0.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever knocked did not come in.
    fn turned_away(&self) {
        let mut room = self.room();
        room.at_the_door -= 1;
        self.leave_if_alone(&mut room);
    }

    /// A number for a new client, and whether it holds the run; `None`: too late.
    fn enter(
        &self,
        (who, peer): (Who, Peer),
        watch: bool,
        outbox: Arc<Outbox>,
    ) -> Option<(u64, Control)> {
        let id = {
            let mut room = self.room();
            room.at_the_door -= 1;
            if !room.lets_in(watch) {
                return None;
            }
            room.next_id += 1;
            let id = room.next_id;
            let client = Client {
                who,
                uid: peer.uid,
                outbox: Some(outbox),
                follows: false,
            };
            room.clients.insert(id, client);
            // The first is the one that started the worker: its record says who that was.
            if !watch && !room.was_held {
                room.was_held = true;
                room.holder = Some(id);
            }
            id
        };
        if !watch {
            // A journal that cannot be written ends the worker; until then one looks on.
            let _only_looks_on = self.take(id, |room| room.holder.is_none());
        }
        Some((id, self.room().control_of(id)))
    }

    /// Gives a client what happens from now on, if it has been told everything before `next_seq`.
    fn follow(&self, id: u64, next_seq: u64) -> bool {
        let mut room = self.room();
        if room.last_seq >= next_seq {
            return false;
        }
        let mut first = vec![FromWorker::Event(Event::Control(room.control_of(id)))];
        if room.pending == 0 {
            first.push(FromWorker::Event(Event::Idle));
        }
        let process = room.clients.get(&id).map(|client| client.who.pid);
        let news = process.into_iter().flat_map(|pid| room.news.frames(pid));
        let news: Vec<Arc<[u8]>> = news.collect();
        if let Some(client) = room.clients.get_mut(&id) {
            client.follows = true;
            for frame in first.iter().filter_map(frame).chain(news) {
                client.give(&frame);
            }
        }
        true
    }

    fn left(&self, id: u64) {
        let mut room = self.room();
        if let Some(client) = room.clients.remove(&id)
            && let Some(outbox) = client.outbox
        {
            outbox.cut();
        }
        if room.holder == Some(id) {
            room.holder = None;
            room.tell_control();
        }
        self.leave_if_alone(&mut room);
    }

    fn asked(&self, id: u64, ask: Ask, seen: u64) {
        if ask == Ask::TakeOver {
            if let Err(why) = self.take(id, |room| room.holder != Some(id)) {
                self.room().refuse(id, why);
            }
            return;
        }
        let mut room = self.room();
        if room.holder != Some(id) {
            let holder = room.holder_is().map(|who| who.user);
            let why = match holder {
                Some(user) => format!("{user} holds this run; take it over first"),
                None => "nobody holds this run; take it over first".to_owned(),
            };
            return room.refuse(id, why);
        }
        match &ask {
            Ask::Pause => return self.0.sharing.urgent.pause(),
            Ask::Interrupt if room.turns.passed(&ask, seen) => {
                let why = "what was to be ended has ended".to_owned();
                return room.refuse(id, why);
            }
            Ask::Interrupt => return self.0.sharing.urgent.interrupt(),
            Ask::Leave if self.0.sharing.urgent.stays() => {
                let why = "it stays until the run is confirmed or goes back".to_owned();
                return room.refuse(id, why);
            }
            Ask::Leave => return self.tell_to_leave(&mut room),
            // It would lie behind its end, and never be done.
            _asks_for_the_next_worker if room.closing => {
                let why = "the worker ends with what it does now: say it again then".to_owned();
                return room.tell_one(id, &Event::TooLate(why));
            }
            // Behind the step that runs, not behind the road: that stops at the next gate for it.
            ask if holds_the_road(ask) => self.0.sharing.urgent.pause(),
            _asks_that_wait_their_turn => {}
        }
        // An errand that is under way does not keep a person waiting.
        self.0.sharing.urgent.halt();
        let Some(by) = room.clients.get(&id).map(|client| client.who.clone()) else {
            return;
        };
        if let Ask::Errand(_) = &ask {
            room.news.errand_begins(by.pid);
        }
        room.pending += 1;
        self.give(Given { ask, seen, by });
    }

    fn give(&self, given: Given) {
        self.0.sharing.urgent.given();
        let _ended = self.0.asks.send(given);
    }

    /// Makes a client the holder, if `may` says so, once that is in the journal. It need not wait
    /// for the worker: who takes a run over may want to end what runs.
    fn take(&self, id: u64, may: impl FnOnce(&Room) -> bool) -> Result<(), String> {
        let now_ms = self.0.world.clock.now_ms();
        let body = || {
            let room = self.room();
            let client = room.clients.get(&id).filter(|_| !room.over && may(&room))?;
            Some(Body::ControlTaken {
                by: client.who.clone(),
                uid: client.uid,
                from: room.holder_is(),
            })
        };
        let noted = self.0.sharing.ledger.append_aside(now_ms, body, |record| {
            if self.room().holder.is_some() {
                // What goes on by itself is the wish of whoever held it.
                self.0.sharing.urgent.halt();
            }
            self.send(Event::Record(Box::new(record)));
            let mut room = self.room();
            room.holder = Some(id);
            room.was_held = true;
            room.tell_control();
        });
        noted.map_err(|error| crate::model::text::with_causes(&error))
    }

    fn leave_if_alone(&self, room: &mut Room) {
        let stays = self.0.sharing.urgent.stays();
        if room.clients.is_empty() && room.at_the_door == 0 && room.pending == 0 && !stays {
            self.tell_to_leave(room);
        }
    }

    fn tell_to_leave(&self, room: &mut Room) {
        if !room.closing {
            room.closing = true;
            let by = self.0.world.system.who();
            let (ask, seen) = (Ask::Leave, room.last_seq);
            self.give(Given { ask, seen, by });
        }
    }

    fn tell(&self, room: &mut Room, event: &Event) {
        let Some(frame) = frame(&FromWorker::Event(event.clone())) else {
            // Larger than a frame: everybody reads it in the journal.
            return room.clients.values_mut().for_each(Client::cut);
        };
        let follow = |client: &&mut Client| client.follows;
        for client in room.clients.values_mut().filter(follow) {
            client.give(&frame);
        }
        match event {
            Event::Output { step, line } => room.news.output(step, line),
            Event::Progress(_) => room.news.progress(frame),
            Event::Idle => room.news.forget_progress(),
            // How far the last thing was says nothing of this one.
            Event::Record(record) if begins(&record.body) => room.news.forget_progress(),
            Event::Stopped { .. }
            | Event::Record(_)
            | Event::Printed { .. }
            | Event::Busy
            | Event::Refused(_)
            | Event::TooLate(_)
            | Event::Control(_)
            | Event::Gone(_) => {}
        }
    }
}

impl Sink for Desk {
    fn send(&self, event: Event) {
        let mut room = self.room();
        match &event {
            Event::Record(record) => {
                room.last_seq = record.seq;
                room.turns.note(record);
            }
            Event::Idle => {
                room.pending = room.pending.saturating_sub(1);
                if room.pending > 0 {
                    return;
                }
            }
            Event::Busy => room.pending += 1,
            Event::Progress(_)
            | Event::Refused(_)
            | Event::TooLate(_)
            | Event::Output { .. }
            | Event::Printed { .. }
            | Event::Stopped { .. }
            | Event::Control(_)
            | Event::Gone(_) => {}
        }
        self.tell(&mut room, &event);
        if event == Event::Idle {
            self.leave_if_alone(&mut room);
        }
    }

    /// Whoever asked may have another line by now: it is known by its process.
    fn answer(&self, to: &Who, event: Event) {
        let Some(frame) = frame(&FromWorker::Event(event.clone())) else {
            return;
        };
        let mut room = self.room();
        let asker = |client: &&mut Client| client.follows && client.who.pid == to.pid;
        for client in room.clients.values_mut().filter(asker) {
            client.give(&frame);
        }
        if let Event::Stopped { .. } = event {
            room.news.errand_ended(to.pid, frame);
        }
    }
}

impl Room {
    /// Once the worker was told to end, whoever wants the run done waits for the next one. But what
    /// still runs may take an hour: it can be looked at, taken over and ended.
    fn lets_in(&self, watch: bool) -> bool {
        !self.closing || watch && self.pending > 0 && !self.over
    }

    fn holder_is(&self) -> Option<Who> {
        let holder = self.clients.get(&self.holder?)?;
        Some(holder.who.clone())
    }

    fn control_of(&self, id: u64) -> Control {
        match self.holder_is() {
            Some(_) if self.holder == Some(id) => Control::Yours,
            Some(who) => Control::Theirs(who),
            None => Control::Nobodys,
        }
    }

    fn tell_control(&mut self) {
        let ids: Vec<u64> = self.clients.keys().copied().collect();
        for id in ids {
            let control = self.control_of(id);
            self.tell_one(id, &Event::Control(control));
        }
    }

    /// Of an ask that the worker never sees: whether that is at work is told beside it.
    fn refuse(&mut self, id: u64, why: String) {
        self.tell_one(id, &Event::Refused(why));
        if self.pending == 0 {
            self.tell_one(id, &Event::Idle);
        }
    }

    fn tell_one(&mut self, id: u64, event: &Event) {
        if let Some(client) = self.clients.get_mut(&id)
            && let Some(frame) = frame(&FromWorker::Event(event.clone()))
        {
            client.give(&frame);
        }
    }
}

impl Client {
    fn give(&mut self, frame: &Arc<[u8]>) {
        if self
            .outbox
            .as_ref()
            .is_some_and(|outbox| !outbox.push(frame))
        {
            self.cut();
        }
    }

    /// Its reader notices, and takes it off the list.
    fn cut(&mut self) {
        if let Some(outbox) = self.outbox.take() {
            outbox.cut();
        }
    }
}

fn frame(message: &FromWorker) -> Option<Arc<[u8]>> {
    wire::encode(message).ok().map(Arc::from)
}

fn holds_the_road(ask: &Ask) -> bool {
    match ask {
        Ask::Pull(_) | Ask::Release(_) => true,
        Ask::Errand(errand) => errand.holds_the_road(),
        _asks_of_the_road => false,
    }
}

fn begins(body: &Body) -> bool {
    matches!(body, Body::StepStarted { .. } | Body::UndoStarted { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{journal::Journal, run_dir::StateDir},
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
