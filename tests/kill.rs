//! Kills: the built program on real files, its front end, worker and shim ended by SIGKILL at every
//! record of the journal and at random instants, on the way forward and on the way back, then taken
//! up again.
//!
//! `SWITCHBACK_KILLS=200 cargo test --test kill` kills two hundred times; without it a sample is
//! taken. `SWITCHBACK_KILL_SEED` repeats the random instants of an earlier run.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test lays out its own product, and says how often it killed"
)]

#[path = "kill/injected.rs"]
mod injected;
#[path = "kill/power.rs"]
mod power;
#[path = "kill/product.rs"]
mod product;
#[path = "kill/reach.rs"]
mod reach;
#[path = "kill/reader.rs"]
mod reader;

use product::{Child, Product, ROLLBACK, Whom};
use std::time::Duration;

const KILLS: usize = 24;
/// One in this many kills happens at a random instant; the others at records.
const RANDOM_EVERY: usize = 4;

fn number(name: &str, otherwise: u64) -> u64 {
    let said = std::env::var(name).ok();
    said.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// A small generator: the same seed gives the same instants.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one_of<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        let n = self.below(list.len() as u64);
        &list[usize::try_from(n).expect("an index")]
    }
}

#[derive(Clone, Copy, Debug)]
enum When {
    /// As soon as the journal has this many records.
    Records(usize),
    After(Duration),
}

/// Spreads the kills over all records from `first` to `last`, with random instants in between.
fn instants(kills: usize, first: usize, last: usize, took: Duration, dice: &mut Dice) -> Vec<When> {
    let span = last - first;
    let took_us = u64::try_from(took.as_micros()).expect("a short run");
    (0..kills)
        .map(|n| {
            if n % RANDOM_EVERY == RANDOM_EVERY - 1 {
                When::After(Duration::from_micros(dice.below(took_us)))
            } else if kills > span {
                When::Records(first + n % span)
            } else {
                When::Records(first + n * span / kills)
            }
        })
        .collect()
}

const WHOM: [Whom; 5] = [
    Whom::All,
    Whom::FrontAndWorker,
    Whom::AllButTheCommand,
    Whom::Front,
    Whom::Shim,
];

/// Whether the kill met the program while it ran.
fn killed(product: &Product, mut child: Child, when: When, whom: Whom) -> bool {
    match when {
        When::Records(records) => child.wait_for(|| product.records() >= records),
        When::After(instant) => child.wait_until(instant),
    }
    child.kill(whom)
}

#[test]
fn a_killed_run_is_resumed_or_rolled_back_and_a_killed_rollback_comes_to_its_end() {
    let kills = usize::try_from(number("SWITCHBACK_KILLS", KILLS as u64)).expect("a count");
    let seed = number("SWITCHBACK_KILL_SEED", u64::from(std::process::id())).max(1);
    eprintln!("seed {seed}");
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));

    let whole = Product::new();
    let forward = whole.spawn_apply().run_to_the_end(0);
    whole.assert_new();
    let records = whole.records();
    let half = Product::new();
    half.apply_but_not_verify();
    let first_back = half.records();
    let back = half.spawn(&ROLLBACK).run_to_the_end(0);
    half.assert_old();
    let records_back = half.records();

    let there = kills * 3 / 5;
    let mut met = 0;
    let mut judged = 0;
    for (n, when) in instants(there, 1, records, forward, &mut dice)
        .into_iter()
        .enumerate()
    {
        let product = Product::new();
        let whom = WHOM[n % WHOM.len()];
        met += usize::from(killed(&product, product.spawn_apply(), when, whom));
        let records = product.records();
        eprintln!("forward {n}: {whom:?}, {when:?}, {records} records");
        product.assert_between();
        if n % 2 == 0 {
            let asked = product.resume();
            // If the shim survives, the outcome of its command is known.
            let known = matches!(whom, Whom::Front | Whom::FrontAndWorker);
            assert!(!(asked && known), "a person was asked what a shim knows");
            judged += usize::from(asked);
        } else {
            product.roll_back();
        }
    }
    for (n, when) in instants(kills - there, first_back + 1, records_back, back, &mut dice)
        .into_iter()
        .enumerate()
    {
        let product = Product::new();
        product.apply_but_not_verify();
        let child = product.spawn(&ROLLBACK);
        let whom = WHOM[n % WHOM.len()];
        met += usize::from(killed(&product, child, when, whom));
        let records = product.records();
        eprintln!("back {n}: {whom:?}, {when:?}, {records} records");
        product.assert_between();
        product.roll_back();
        product.assert_old();
    }
    eprintln!("{met} of {kills} kills met a running program; {judged} steps needed a person");
    assert!(
        met * 2 >= kills,
        "only {met} of {kills} kills met a running program"
    );
}
