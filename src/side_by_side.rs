//! Runs independent pieces of work on this thread and one more: where the pieces are short, a
//! thread for each would cost more than it saves. Where the system gives no thread (`ulimit -u`, a
//! container's limit) all is done on this one.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Builder, ScopedJoinHandle},
};

/// Runs two pieces of work at the same time and returns both results.
pub fn both<A, B: Send>(here: impl FnOnce() -> A, there: impl FnOnce() -> B + Send) -> (A, B) {
    // A thread that cannot be had takes with it what it was to do: this is only lent to it.
    let there = Mutex::new(Some(there));
    let run = || {
        let mut waiting = there.lock().unwrap_or_else(PoisonError::into_inner);
        let work = waiting.take().expect("it is run once");
        drop(waiting);
        work()
    };
    thread::scope(|scope| {
        let thread = Builder::new().spawn_scoped(scope, run).ok();
        let here = here();
        (here, thread.map_or_else(run, joined))
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    let ended = thread.join();
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What `work` returns for each item, in the order of the items.
pub fn each<I: Sync, R: Send>(items: &[I], work: impl Fn(&I) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let some = || -> Vec<(usize, R)> {
        let taken = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        taken
            .map_while(|n| Some((n, work(items.get(n)?))))
            .collect()
    };
    let mut done = thread::scope(|scope| {
        let other = (items.len() > 1).then(|| Builder::new().spawn_scoped(scope, some));
        let mut done = some();
        done.extend(other.into_iter().flatten().flat_map(joined));
        done
    });
    done.sort_unstable_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_worked_off_once_and_in_its_place() {
        for count in 0..50 {
            let items: Vec<usize> = (0..count).collect();
            let made = each(&items, |n| n * 2);
            assert_eq!(made, items.iter().map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
