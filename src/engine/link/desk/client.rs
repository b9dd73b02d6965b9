//! One connection: who it is, past records first, then what happens; and its asks.

use super::{Desk, outbox::Outbox};
use crate::{
    engine::link::{
        handle::{Control, Event},
        wire::{self, FromWorker, PROTOCOL, ToWorker, WireError},
    },
    model::{
        record::Who,
        text::{sanitize, with_causes},
    },
    world::local_socket::{Peer, admitted},
};
use std::{
    io::{self, Write},
    os::unix::net::UnixStream,
    sync::Arc,
    thread,
    time::Duration,
};

/// A client that has not said by then what it wants is not one of our front ends.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// A client that accepts nothing for so long while it is sent past records has been suspended, and
/// its thread would wait for ever. Later its outbox limits what is kept for it.
const TAKES: Duration = Duration::from_secs(5);
const NAME_CHARS_MAX: usize = 100;

/// Serves a connection from its first byte to its last.
pub fn serve(desk: &Desk, mut stream: UnixStream) {
    let asked = admitted(&stream).and_then(|peer| Some((peer, handshake(&mut stream).ok()??)));
    let Some((
        peer,
        Wish {
            from_seq,
            who,
            watch,
        },
    )) = asked
    else {
        return desk.turned_away();
    };
    let Ok(sending) = stream.try_clone() else {
        return desk.turned_away();
    };
    let outbox = Arc::new(Outbox::new(sending));
    let who = of_this_host(desk, who, peer);
    let Some((id, control)) = desk.enter(who, peer.uid, watch, outbox.clone()) else {
        return;
    };
    let Ok(reader) = let_in(desk, id, &mut stream, control, from_seq) else {
        return desk.left(id);
    };
    // It receives all events from here on: whatever its first ask causes reaches it.
    let listening = desk.clone();
    let named = thread::Builder::new().name("asks".to_owned());
    if named.spawn(move || listen(&listening, id, reader)).is_err() {
        return desk.left(id);
    }
    // Whatever ended the connection, the listening thread notices.
    let _line_broke = tell_what_happens(stream, &outbox);
}

/// Greets the client, sends past records and returns the stream for its asks.
fn let_in(
    desk: &Desk,
    id: u64,
    stream: &mut UnixStream,
    control: Control,
    from_seq: u64,
) -> Result<UnixStream, WireError> {
    stream.set_write_timeout(Some(TAKES))?;
    wire::send(stream, &FromWorker::Welcome { control })?;
    tell_what_was(desk, id, stream, from_seq)?;
    stream.set_write_timeout(None)?;
    Ok(stream.try_clone()?)
}

struct Wish {
    from_seq: u64,
    who: Who,
    watch: bool,
}

/// Receives the first message; `None` if the client speaks another protocol, which it is told.
fn handshake(stream: &mut UnixStream) -> Result<Option<Wish>, WireError> {
    stream.set_read_timeout(Some(HANDSHAKE))?;
    let first = wire::receive::<ToWorker>(stream);
    stream.set_read_timeout(None)?;
    let why = match first {
        Ok(Some(ToWorker::Attach {
            protocol: PROTOCOL,
            from_seq,
            who,
            watch,
        })) => {
            return Ok(Some(Wish {
                from_seq,
                who,
                watch,
            }));
        }
        Ok(Some(ToWorker::Attach { protocol, .. })) => format!(
            "the worker of this run is of another release (it speaks {PROTOCOL}, this program \
             {protocol}); use that one, or let it come to its next question"
        ),
        Ok(Some(ToWorker::Ask { .. })) => "the first message is no greeting".to_owned(),
        Ok(None) => return Ok(None),
        Err(error) => with_causes(&error),
    };
    wire::send(stream, &FromWorker::Event(Event::Gone(Some(why))))?;
    Ok(None)
}

/// Name and process id of a client: the name is what its program claims, the pid comes from the
/// kernel; the host can only be this one.
fn of_this_host(desk: &Desk, who: Who, peer: Peer) -> Who {
    Who {
        user: sanitize(&who.user).chars().take(NAME_CHARS_MAX).collect(),
        host: desk.0.world.system.who().host,
        pid: peer.pid,
    }
}

fn listen(desk: &Desk, id: u64, mut stream: UnixStream) {
    while let Ok(Some(ToWorker::Ask { ask, expect_seq })) = wire::receive(&mut stream) {
        desk.asked(id, ask, expect_seq);
    }
    desk.left(id);
}

/// Records from the journal until there is no newer one.
fn tell_what_was(
    desk: &Desk,
    id: u64,
    stream: &mut UnixStream,
    from_seq: u64,
) -> Result<(), WireError> {
    let mut next_seq = from_seq;
    while !desk.follow(id, next_seq) {
        let records = desk.0.dir.records(&desk.0.world);
        let records = records.map_err(io::Error::other)?;
        let known = records.len() as u64;
        let missed = usize::try_from(next_seq).unwrap_or(usize::MAX);
        for record in records.into_iter().skip(missed) {
            let event = Event::Record(Box::new(record));
            wire::send(stream, &FromWorker::Event(event))?;
        }
        next_seq = known.max(next_seq);
    }
    Ok(())
}

fn tell_what_happens(mut stream: UnixStream, outbox: &Outbox) -> Result<(), WireError> {
    while let Some(frame) = outbox.next() {
        if let Err(error) = stream.write_all(&frame) {
            outbox.over();
            return Err(error.into());
        }
    }
    outbox.over();
    outbox.cut();
    Ok(())
}
