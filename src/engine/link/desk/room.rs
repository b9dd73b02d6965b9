//! Who is there, who holds the run, and whether its worker has something to do. Pure: the desk
//! keeps it, and sends what follows from it.

use crate::{
    engine::link::{
        handle::{Control, Event},
        turns::Turns,
    },
    model::record::{Body, Who},
};
use std::collections::BTreeMap;

pub struct Room {
    here: BTreeMap<u64, Client>,
    next_id: u64,
    /// Connections that have not said yet what they want.
    at_the_door: usize,
    holder: Option<u64>,
    was_held: bool,
    /// Asks not yet answered with `Idle`; at first the worker's own startup counts as one.
    pending: usize,
    last_seq: u64,
    pub turns: Turns,
    worker: Worker,
}

struct Client {
    who: Who,
    uid: u32,
    /// It has been sent all past records and receives new events.
    follows: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Worker {
    Serves,
    /// It was told to end, and still does what it does.
    Ends,
    HasEnded,
}

impl Room {
    /// `last_seq` is the last record there is.
    pub fn new(last_seq: u64) -> Self {
        Self {
            here: BTreeMap::new(),
            next_id: 0,
            at_the_door: 0,
            holder: None,
            was_held: false,
            pending: 1,
            last_seq,
            turns: Turns::default(),
            worker: Worker::Serves,
        }
    }

    pub fn knocked(&mut self) {
        self.at_the_door += 1;
    }

    /// A connection ended before its client was let in.
    pub fn turned_away(&mut self) {
        self.at_the_door -= 1;
    }

    /// Returns a number for a new client; `None` if it is too late.
    pub fn enter(&mut self, who: Who, uid: u32, watch: bool) -> Option<u64> {
        self.at_the_door -= 1;
        if !self.lets_in(watch) {
            return None;
        }
        self.next_id += 1;
        let (id, follows) = (self.next_id, false);
        self.here.insert(id, Client { who, uid, follows });
        // The first client is the one that started the worker, whose record already names it.
        if !watch && !self.was_held {
            self.hold(id);
        }
        Some(id)
    }

    /// Once the worker was told to end, a client that wants to act waits for the next one. But the
    /// running step may take an hour: it can be watched, taken over and ended.
    fn lets_in(&self, watch: bool) -> bool {
        match self.worker {
            Worker::Serves => true,
            Worker::Ends => watch && self.pending > 0,
            Worker::HasEnded => false,
        }
    }

    /// Subscribes a client to future events, if it has been told everything before `next_seq`.
    pub fn follow(&mut self, id: u64, next_seq: u64) -> bool {
        if self.last_seq >= next_seq {
            return false;
        }
        if let Some(client) = self.here.get_mut(&id) {
            client.follows = true;
        }
        true
    }

    /// Removes a client; returns whether the run lost its holder.
    pub fn left(&mut self, id: u64) -> bool {
        self.here.remove(&id);
        let held = self.is_held_by(id);
        if held {
            self.holder = None;
        }
        held
    }

    pub fn hold(&mut self, id: u64) {
        self.holder = Some(id);
        self.was_held = true;
    }

    /// What the journal notes before a client becomes the holder. After the worker has ended nobody
    /// can: the journal then belongs to another worker.
    pub fn taken_by(&self, id: u64) -> Option<Body> {
        let client = self.here.get(&id)?;
        (self.worker != Worker::HasEnded).then(|| Body::ControlTaken {
            by: client.who.clone(),
            uid: client.uid,
            from: self.holder().cloned(),
        })
    }

    pub fn is_free(&self) -> bool {
        self.holder.is_none()
    }

    pub fn is_held_by(&self, id: u64) -> bool {
        self.holder == Some(id)
    }

    pub fn holder(&self) -> Option<&Who> {
        self.who(self.holder?)
    }

    pub fn who(&self, id: u64) -> Option<&Who> {
        self.here.get(&id).map(|client| &client.who)
    }

    pub fn control_of(&self, id: u64) -> Control {
        match self.holder() {
            Some(_) if self.is_held_by(id) => Control::Yours,
            Some(who) => Control::Theirs(who.clone()),
            None => Control::Nobodys,
        }
    }

    pub fn everybody(&self) -> impl Iterator<Item = u64> {
        self.here.keys().copied()
    }

    pub fn followers(&self) -> impl Iterator<Item = (u64, &Who)> {
        let followers = self.here.iter().filter(|(_, client)| client.follows);
        followers.map(|(id, client)| (*id, &client.who))
    }

    /// An ask goes to the worker.
    pub fn given(&mut self) {
        self.pending += 1;
    }

    /// Notes an event; returns whether followers are told: `Idle` only when the worker has answered
    /// every ask.
    pub fn note(&mut self, event: &Event) -> bool {
        match event {
            Event::Record(record) => {
                self.last_seq = record.seq;
                self.turns.note(record);
            }
            Event::Idle => {
                self.pending = self.pending.saturating_sub(1);
                return self.is_idle();
            }
            Event::Busy => self.pending += 1,
            Event::Progress(_)
            | Event::Refused(_)
            | Event::TooLate(_)
            | Event::Output { .. }
            | Event::Printed { .. }
            | Event::Stopped { .. }
            | Event::Control(_)
            | Event::Gone(_) => {}
        }
        true
    }

    pub fn is_idle(&self) -> bool {
        self.pending == 0
    }

    /// Nobody is connected or connecting, and the worker is idle.
    pub fn is_deserted(&self) -> bool {
        self.here.is_empty() && self.at_the_door == 0 && self.is_idle()
    }

    /// Marks the worker as told to end; returns the last record, or `None` if it was told before.
    pub fn end(&mut self) -> Option<u64> {
        let first = self.worker == Worker::Serves;
        first.then(|| {
            self.worker = Worker::Ends;
            self.last_seq
        })
    }

    pub fn ended(&mut self) {
        self.worker = Worker::HasEnded;
    }

    pub fn is_ending(&self) -> bool {
        self.worker != Worker::Serves
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::model::record::Record;

    pub fn who(user: &str) -> Who {
        Who {
            user: user.to_owned(),
            host: "web-03".into(),
            pid: 7,
        }
    }

    pub fn come(room: &mut Room, user: &str, watch: bool) -> Option<u64> {
        room.knocked();
        room.enter(who(user), 1000, watch)
    }

    #[test]
    fn the_first_that_does_not_only_look_on_holds_the_run_and_the_next_once_it_was_taken() {
        let mut room = Room::new(1);
        let watcher = come(&mut room, "eve", true).expect("let in");
        assert!(room.is_free());
        let first = come(&mut room, "ada", false).expect("let in");
        let second = come(&mut room, "bob", false).expect("let in");
        assert_eq!(room.control_of(first), Control::Yours);
        for other in [second, watcher] {
            assert_eq!(room.control_of(other), Control::Theirs(who("ada")));
        }
        assert!(!room.left(second), "it held nothing");
        assert!(room.left(first));
        let third = come(&mut room, "cyd", false).expect("let in");
        assert!(room.is_free(), "it is noted first");
        let noted = room.taken_by(third);
        assert!(matches!(noted, Some(Body::ControlTaken { from: None, .. })));
        room.hold(third);
        assert!(room.is_held_by(third));
    }

    #[test]
    fn whoever_missed_a_record_does_not_follow_yet() {
        let mut room = Room::new(3);
        let id = come(&mut room, "ada", false).expect("let in");
        assert!(!room.follow(id, 3));
        assert_eq!(room.followers().count(), 0);
        let body = Body::BytesProved {
            files: 1,
            others: None,
        };
        let (seq, at_ms) = (4, 0);
        room.note(&Event::Record(Box::new(Record { seq, at_ms, body })));
        assert!(!room.follow(id, 4), "one more came meanwhile");
        assert!(room.follow(id, 5));
        let followers: Vec<u64> = room.followers().map(|(id, _)| id).collect();
        assert_eq!(followers, [id]);
    }

    #[test]
    fn it_is_idle_when_every_ask_is_answered() {
        let mut room = Room::new(1);
        room.given();
        assert!(!room.note(&Event::Idle), "one ask is under way");
        assert!(room.note(&Event::Idle));
        assert!(room.note(&Event::Busy) && !room.is_idle());
    }

    #[test]
    fn it_is_deserted_when_nobody_is_there_or_at_the_door_and_nothing_is_done() {
        let mut room = Room::new(1);
        assert!(!room.is_deserted(), "the worker is busy with itself");
        room.note(&Event::Idle);
        assert!(room.is_deserted());
        room.knocked();
        assert!(!room.is_deserted());
        room.turned_away();
        let id = come(&mut room, "ada", true).expect("let in");
        assert!(!room.is_deserted());
        room.left(id);
        assert!(room.is_deserted());
    }

    #[test]
    fn while_the_worker_ends_one_comes_in_only_to_see_what_it_still_does() {
        let mut room = Room::new(1);
        assert_eq!(room.end(), Some(1));
        assert_eq!(room.end(), None, "it was told");
        assert_eq!(come(&mut room, "ada", false), None);
        let watcher = come(&mut room, "eve", true).expect("something runs");
        assert!(room.taken_by(watcher).is_some(), "to end it");
        room.note(&Event::Idle);
        assert_eq!(come(&mut room, "bob", true), None);
        room.ended();
        assert_eq!(room.taken_by(watcher), None);
    }
}
