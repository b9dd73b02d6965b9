//! Where an ask goes: to the worker, past its queue, or back to the asker. Pure.

use super::room::Room;
use crate::{engine::link::handle::Ask, model::record::Who};

#[derive(Debug, PartialEq)]
pub enum Route {
    /// The asker becomes the holder, once that is in the journal.
    TakeOver,
    /// At once, past the queue.
    Pause,
    Interrupt,
    /// The worker ends when it has finished what it is doing.
    Leave,
    /// Into the worker's queue.
    Worker {
        by: Who,
        /// It waits for the running step but not for the road, which stops at the next gate for it.
        stops_the_road: bool,
    },
    /// The worker never sees it; with the reason.
    Refused(String),
    /// It would come after the worker's end and never be done; it is for the next worker.
    TooLate(String),
}

/// Routes an ask: `by` is the asking client, `seen` the last record that it had seen. `stays`: the
/// worker has something to do later for which nobody will ask.
pub fn route(ask: &Ask, seen: u64, by: u64, room: &Room, stays: bool) -> Route {
    let refused = |why: &str| Route::Refused(why.to_owned());
    let holder = room.who(by).filter(|_| room.is_held_by(by));
    match (ask, holder) {
        (Ask::TakeOver, _) => Route::TakeOver,
        (_, None) => {
            let holder = room.holder().map_or("nobody", |who| &who.user);
            Route::Refused(format!("{holder} holds this run; take it over first"))
        }
        (Ask::Pause, _) => Route::Pause,
        (Ask::Interrupt, _) if room.turns.passed(ask, seen) => {
            refused("what was to be ended has ended")
        }
        (Ask::Interrupt, _) => Route::Interrupt,
        (Ask::Leave, _) if stays => refused("it stays until the run is confirmed or rolled back"),
        (Ask::Leave, _) => Route::Leave,
        (_asks_for_the_next_worker, _) if room.is_ending() => {
            Route::TooLate("the worker ends after what it does now: ask again then".to_owned())
        }
        (ask, Some(by)) => Route::Worker {
            by: by.clone(),
            stops_the_road: stops_the_road(ask),
        },
    }
}

fn stops_the_road(ask: &Ask) -> bool {
    match ask {
        Ask::Pull(_) | Ask::Release(_) => true,
        Ask::Errand(errand) => errand.holds_the_road(),
        _asks_of_the_road => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::room::tests::{come, who},
        *,
    };
    use crate::{
        engine::{
            answers::AnswersFile,
            errand::{Aim, Errand},
            link::handle::Event,
        },
        model::record::{Body, Record},
    };

    /// Ada holds the run, Bob looks on.
    fn room() -> (Room, u64, u64) {
        let mut room = Room::new(1);
        let ada = come(&mut room, "ada", false).expect("let in");
        let bob = come(&mut room, "bob", true).expect("let in");
        (room, ada, bob)
    }

    fn why(route: Route) -> String {
        match route {
            Route::Refused(why) => why,
            other => panic!("let through: {other:?}"),
        }
    }

    #[test]
    fn only_the_holder_is_let_through_and_the_others_may_become_it() {
        let (mut room, ada, bob) = room();
        for ask in [Ask::Apply, Ask::Pause, Ask::Interrupt, Ask::Leave] {
            let told = why(route(&ask, 1, bob, &room, false));
            assert_eq!(told, "ada holds this run; take it over first");
        }
        assert_eq!(route(&Ask::TakeOver, 0, bob, &room, false), Route::TakeOver);
        room.left(ada);
        let told = why(route(&Ask::Apply, 1, bob, &room, false));
        assert_eq!(told, "nobody holds this run; take it over first");
    }

    #[test]
    fn what_cannot_wait_goes_past_the_queue_and_the_rest_into_it() {
        let (room, ada, _) = room();
        let to = |ask: &Ask| route(ask, 1, ada, &room, false);
        assert_eq!(to(&Ask::Pause), Route::Pause);
        assert_eq!(to(&Ask::Interrupt), Route::Interrupt);
        assert_eq!(to(&Ask::Leave), Route::Leave);
        let queued = |stops_the_road| Route::Worker {
            by: who("ada"),
            stops_the_road,
        };
        let errand = |aim| Ask::Errand(Box::new(Errand::new(aim, &AnswersFile::default())));
        assert_eq!(to(&Ask::Apply), queued(false));
        assert_eq!(to(&errand(Aim::Forward)), queued(false));
        assert_eq!(to(&Ask::Pull("readonly".into())), queued(true));
        let back = Aim::Back {
            reason: "it is slow".into(),
            over_later_edits: false,
        };
        assert_eq!(to(&errand(back)), queued(true));
    }

    #[test]
    fn an_end_is_for_what_was_seen() {
        let (mut room, ada, _) = room();
        let (step, by) = ("drop".into(), who("ada"));
        let body = Body::Consented { step, by };
        let (seq, at_ms) = (2, 0);
        room.note(&Event::Record(Box::new(Record { seq, at_ms, body })));
        let told = why(route(&Ask::Interrupt, 1, ada, &room, false));
        assert_eq!(told, "what was to be ended has ended");
        let now = route(&Ask::Interrupt, 2, ada, &room, false);
        assert_eq!(now, Route::Interrupt);
    }

    #[test]
    fn a_worker_that_goes_back_by_itself_stays_and_one_that_ends_takes_nothing_more() {
        let (mut room, ada, _) = room();
        let told = why(route(&Ask::Leave, 1, ada, &room, true));
        assert!(told.starts_with("it stays until"), "{told}");
        room.end();
        let too_late = route(&Ask::Apply, 1, ada, &room, false);
        assert!(matches!(too_late, Route::TooLate(_)), "{too_late:?}");
        // What still runs may take an hour.
        let now = route(&Ask::Interrupt, 1, ada, &room, false);
        assert_eq!(now, Route::Interrupt);
    }
}
