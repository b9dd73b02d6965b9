//! System clocks that jump, in the world in memory: years back and forth after every record.

use super::product::{Product, Way};
use std::mem::{Discriminant, discriminant};
use switchback::{
    engine::link::handle::Event,
    model::record::{Body, Record},
};

const YEARS_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;

fn kinds(product: &Product) -> Vec<Discriminant<Body>> {
    let records = product.records();
    records.iter().map(|it| discriminant(&it.body)).collect()
}

/// Walks with a clock that jumps by years, each time in the other direction.
fn walk_jumping(product: &Product, way: Way) {
    use switchback::world::Clock as _;
    let clock = product.fake.clock.clone();
    let began_ms = clock.now_ms();
    let jump = move |event| {
        if let Event::Record(record) = event {
            let forth = record.seq.is_multiple_of(2);
            clock.jump_to_ms(match forth {
                true => began_ms + YEARS_MS,
                false => began_ms - YEARS_MS,
            });
        }
    };
    let walked = product.walk_heard(way, Box::new(jump));
    assert_eq!(walked, Ok(true), "{way:?}");
}

#[test]
fn a_calendar_that_jumps_changes_neither_what_happens_nor_in_which_order() {
    for way in [Way::Forward, Way::StepBack, Way::Back, Way::BackFromDone] {
        let steady = Product::before(way);
        assert_eq!(steady.walk(way), Ok(true), "{way:?}");
        let jumping = Product::before(way);
        walk_jumping(&jumping, way);

        let records = jumping.records();
        let back = |pair: &&[Record]| pair[1].at_ms < pair[0].at_ms;
        let jumps = records.windows(2).filter(back).count();
        assert!(jumps > 3, "{way:?}: the calendar went back {jumps} times");
        assert!(records.iter().map(|it| it.seq).eq(0..records.len() as u64));
        assert_eq!(kinds(&jumping), kinds(&steady), "{way:?}");
        match way {
            Way::Forward => jumping.assert_new(),
            Way::StepBack => jumping.assert_between(),
            Way::Back | Way::BackFromDone => jumping.assert_old(),
        }
    }
}

/// A later run builds on an earlier one, whatever the clock said then.
#[test]
fn of_two_runs_the_one_that_began_later_is_the_later_one() {
    use switchback::world::Clock as _;
    let product = Product::new();
    assert_eq!(product.walk(Way::Forward), Ok(true));
    let first = product.runs().remove(0);
    let clock = &product.fake.clock;
    clock.jump_to_ms(clock.now_ms() - YEARS_MS);
    drop(product.begin());

    let runs = product.runs();
    assert!(runs[0].started_at_ms < runs[1].started_at_ms);
    assert_eq!(runs[1].run, first.run, "the newest comes first");
    let refused = product.may_go_back(&first).expect_err("a later run stands");
    assert!(refused.contains("is not the newest"), "{refused}");
    assert_eq!(product.may_go_back(&runs[0]), Ok(()));
}
