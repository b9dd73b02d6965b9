//! Whoever reads keeps the place: whatever comes meanwhile, whatever the size of the terminal, and
//! what is copied is what was read.

use super::{
    driven::Driven,
    product::{self, Recorder},
};
use switchback::{
    engine::link::handle::Event,
    model::{ids::StepId, record::Body},
};

const WIDE: (u16, u16) = (120, 40);

fn print(driven: &mut Driven, lines: std::ops::Range<usize>) {
    for n in lines {
        driven.run(Event::Output {
            step: "1.0.0/migrate".into(),
            line: format!("imported {n}"),
        });
    }
}

fn migrating(size: (u16, u16)) -> Driven {
    Driven::on(Recorder::new(product::plan()).migrating().state(), size)
}

#[test]
fn whoever_comes_back_to_a_running_step_is_not_told_that_it_printed_nothing() {
    let mut driven = migrating(WIDE);
    driven.run(Event::Busy);
    assert!(driven.screen().contains("no output yet"));
    // The worker tells what it has printed before.
    let (step, line) = ("1.0.0/migrate".to_owned(), "imported 0".to_owned());
    driven.run(Event::Printed { step, line });
    let screen = driven.screen();
    assert!(screen.contains("imported 0"), "{screen}");
    assert!(!screen.contains("no output yet"), "{screen}");
    assert!(screen.contains("nothing new since"), "{screen}");
    print(&mut driven, 1..2);
    let screen = driven.screen();
    assert!(screen.contains("last output 0 s"), "{screen}");
    // What an earlier try printed is no output of this one.
    let mut again = Recorder::new(product::plan());
    again.failed().push(Body::StepStarted {
        step: StepId::new("1.0.0/migrate"),
        attempt: 2,
    });
    for record in again.records.split_off(again.records.len() - 2) {
        driven.run(Event::Record(Box::new(record)));
    }
    driven.run(Event::Busy);
    let screen = driven.screen();
    assert!(screen.contains("no output yet"), "{screen}");
}
