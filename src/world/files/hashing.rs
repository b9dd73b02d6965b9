//! A digest made on a thread of its own: while one piece is hashed, the next is read and written.
//! For files that are worth a thread; memory is bounded by the pieces under way. Where the system
//! gives none, the pieces are hashed as they come.

use crate::model::digest::Digest;
use std::{
    cell::RefCell,
    sync::mpsc::{self, Receiver, SyncSender},
    thread::{self, Builder},
};

pub const PIECE_BYTES: usize = 1 << 20;

/// Pieces that may wait for the hasher.
const WAITING_MAX: usize = 2;

enum Part {
    Bytes(Vec<u8>),
    /// A hole of this many bytes, which read as zeros.
    Zeros(u64),
}

/// Where the parts of a file go, in their order.
pub struct Lane {
    /// To the thread; `None` where there is none.
    parts: Option<SyncSender<Part>>,
    here: RefCell<Hasher>,
    used: Receiver<Vec<u8>>,
}

impl Lane {
    /// A buffer for the next piece, reused from one that was hashed already if possible.
    pub fn room(&self) -> Vec<u8> {
        let mut room = self.used.try_recv().unwrap_or_default();
        room.resize(PIECE_BYTES, 0);
        room
    }

    pub fn bytes(&self, piece: Vec<u8>) {
        self.send(Part::Bytes(piece));
    }

    pub fn zeros(&self, count: u64) {
        self.send(Part::Zeros(count));
    }

    fn send(&self, part: Part) {
        match &self.parts {
            Some(parts) => {
                let sent = parts.send(part);
                sent.expect("the hasher stays for as long as parts come");
            }
            None => self.here.borrow_mut().take(part),
        }
    }
}

struct Hasher {
    sum: blake3::Hasher,
    back: mpsc::Sender<Vec<u8>>,
}

impl Hasher {
    fn take(&mut self, part: Part) {
        match part {
            Part::Bytes(piece) => {
                self.sum.update(&piece);
                // The receiver is gone after the last piece.
                let _ = self.back.send(piece);
            }
            Part::Zeros(count) => zeros(&mut self.sum, count),
        }
    }

    fn digest(&self) -> Digest {
        Digest::from_hash(self.sum.finalize())
    }
}

/// The digest of everything that `work` sends.
pub fn beside<E>(work: impl FnOnce(&Lane) -> Result<(), E>) -> Result<Digest, E> {
    let (parts, sent) = mpsc::sync_channel::<Part>(WAITING_MAX);
    let (back, used) = mpsc::channel();
    let hasher = || Hasher {
        sum: blake3::Hasher::new(),
        back: back.clone(),
    };
    thread::scope(|scope| {
        let mut there = hasher();
        let thread = Builder::new().spawn_scoped(scope, move || {
            sent.into_iter().for_each(|part| there.take(part));
            there.digest()
        });
        let lane = Lane {
            parts: thread.is_ok().then_some(parts),
            here: RefCell::new(hasher()),
            used,
        };
        let worked = work(&lane);
        let Lane { parts, here, .. } = lane;
        drop(parts);
        let digest = match thread {
            Ok(thread) => thread.join().expect("the hasher does not panic"),
            Err(_) => here.into_inner().digest(),
        };
        worked.map(|()| digest)
    })
}

fn zeros(hasher: &mut blake3::Hasher, mut count: u64) {
    static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
    while count > 0 {
        let piece = count.min(ZEROS.len() as u64);
        hasher.update(&ZEROS[..piece as usize]);
        count -= piece;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_whole_in_its_order() {
        let parts: Vec<Vec<u8>> = (0..20_u8).map(|n| vec![n; 1000 * usize::from(n)]).collect();
        let digest = beside(|lane| {
            for part in &parts {
                let mut room = lane.room();
                room.truncate(part.len());
                room.copy_from_slice(part);
                lane.bytes(room);
                lane.zeros(70_000);
            }
            Ok::<(), ()>(())
        });
        let with_holes = parts.iter().flat_map(|part| {
            let hole = std::iter::repeat_n(0, 70_000);
            part.iter().copied().chain(hole)
        });
        let whole: Vec<u8> = with_holes.collect();
        assert_eq!(digest, Ok(Digest::of(&whole)));
    }
}
