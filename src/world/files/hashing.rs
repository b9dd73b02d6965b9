//! A digest made on a thread of its own: while one piece is hashed, the next is read and written.
//! For files that are worth a thread; memory is bounded by the pieces under way.

use crate::model::digest::Digest;
use std::{
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
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
    parts: SyncSender<Part>,
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
        let sent = self.parts.send(part);
        sent.expect("the hasher stays for as long as parts come");
    }
}

/// The digest of everything that `work` sends.
pub fn beside<E>(work: impl FnOnce(&Lane) -> Result<(), E>) -> Result<Digest, E> {
    let (parts, sent) = mpsc::sync_channel(WAITING_MAX);
    let (back, used) = mpsc::channel();
    thread::scope(|scope| {
        let hasher = scope.spawn(move || {
            let mut hasher = blake3::Hasher::new();
            for part in sent {
                match part {
                    Part::Bytes(piece) => {
                        hasher.update(&piece);
                        // The receiver is gone after the last piece.
                        let _ = back.send(piece);
                    }
                    Part::Zeros(count) => zeros(&mut hasher, count),
                }
            }
            Digest::from_hash(hasher.finalize())
        });
        let lane = Lane { parts, used };
        let worked = work(&lane);
        drop(lane);
        let digest = hasher.join().expect("the hasher does not panic");
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
