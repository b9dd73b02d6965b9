//! Two threads side by side over a list, their results taken in the order of the list. What waits
//! to be taken is bounded, so memory does not grow with the list. Where the system gives no thread,
//! the list is worked off on this one.

use std::{
    ops::Range,
    sync::mpsc,
    thread::{self, Builder},
};

const LANES: usize = 2;
/// Items that a lane works off before it hands them over.
const TURN: usize = 16;
/// Turns of a lane that may wait to be taken.
const WAITING_MAX: usize = 2;

/// Runs `work` on all items. Each lane keeps a value between its items, such as an open folder. The
/// first error on either side ends both.
pub fn in_order<I: Sync, L: Default, R: Send, E: Send>(
    items: &[I],
    work: impl Fn(&mut L, &I) -> Result<R, E> + Sync,
    mut take: impl FnMut(usize, R) -> Result<(), E>,
) -> Result<(), E> {
    let turns = items.len().div_ceil(TURN);
    let of = |turn: usize| -> Range<usize> { turn * TURN..items.len().min((turn + 1) * TURN) };
    thread::scope(|scope| {
        let mut lanes = Vec::new();
        for lane in 0..LANES {
            let (sender, receiver) = mpsc::sync_channel(WAITING_MAX);
            let work = &work;
            let thread = Builder::new().spawn_scoped(scope, move || {
                let mut kept = L::default();
                for turn in (lane..turns).step_by(LANES) {
                    let done: Result<Vec<R>, E> = items[of(turn)]
                        .iter()
                        .map(|item| work(&mut kept, item))
                        .collect();
                    let failed = done.is_err();
                    // After an error nothing is received any more.
                    if sender.send(done).is_err() || failed {
                        break;
                    }
                }
            });
            if thread.is_err() {
                let mut kept = L::default();
                let mut all = items.iter().enumerate();
                return all.try_for_each(|(n, item)| take(n, work(&mut kept, item)?));
            }
            lanes.push(receiver);
        }
        for turn in 0..turns {
            let Ok(done) = lanes[turn % LANES].recv() else {
                break;
            };
            for (item, result) in of(turn).zip(done?) {
                take(item, result)?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_ends_it() {
        let items: Vec<u64> = (0..1000).collect();
        for fails_at in [None, Some(0), Some(500), Some(999)] {
            let mut taken = Vec::new();
            let end = in_order(
                &items,
                |_: &mut (), &n| {
                    if fails_at == Some(n) {
                        Err(n)
                    } else {
                        Ok(n * 2)
                    }
                },
                |at, double| {
                    taken.push((at as u64, double));
                    Ok(())
                },
            );
            assert_eq!(end.err(), fails_at);
            assert!(
                taken
                    .iter()
                    .enumerate()
                    .all(|(n, &(at, double))| { (n as u64, n as u64 * 2) == (at, double) })
            );
            if fails_at.is_none() {
                assert_eq!(taken.len(), 1000);
            }
        }
    }

    #[test]
    fn the_taker_can_end_it_too() {
        let items = vec![(); 1000];
        let end = in_order(
            &items,
            |_: &mut (), ()| Ok(()),
            |at, ()| if at == 40 { Err(at) } else { Ok(()) },
        );
        assert_eq!(end, Err(40));
    }
}
