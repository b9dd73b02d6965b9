//! Histories drawn from seeds: at any step of any file call the process dies, the power goes or the
//! system refuses, up to three times in a row, during the recovery too. Then the run is taken up
//! and reaches its end, which survives one more power cut.
//!
//! `SWITCHBACK_HISTORIES=100000` draws as many; `SWITCHBACK_HISTORY=17` draws that one again.

use super::product::{Product, Way};
use rustix::io::Errno;
use std::{
    fmt::Write,
    num::NonZero,
    panic::{self, AssertUnwindSafe},
    sync::OnceLock,
    thread,
};
use switchback::world::fake::{Fault, Mishap, Sync};

const HISTORIES: u64 = 300;
/// Within this many histories, a deliberately broken program must be found out.
const HISTORIES_TO_FIND_MAX: u64 = 2_000;
/// Maximum failed histories that are printed.
const SHOWN_MAX: usize = 5;
const ROUNDS_MAX: usize = 3;
/// A recovery is as likely to be disturbed within these first steps as anywhere.
const EARLY: usize = 60;

const REFUSALS: [Errno; 6] = [
    Errno::NOSPC,
    Errno::IO,
    Errno::ROFS,
    Errno::MFILE,
    Errno::DQUOT,
    Errno::INTR,
];

/// A small generator: the same seed gives the same history.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The upper bits are the better ones.
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// The number of steps and of changing calls in an undisturbed walk.
fn length(way: Way) -> (usize, usize) {
    static LENGTHS: [OnceLock<(usize, usize)>; 4] = [const { OnceLock::new() }; 4];
    let of = match way {
        Way::Forward => 0,
        Way::StepBack => 1,
        Way::Back => 2,
        Way::BackFromDone => 3,
    };
    *LENGTHS[of].get_or_init(|| {
        let product = Product::before(way);
        product.walk(way).expect("nothing disturbs it");
        (product.fake.steps(), product.fake.changes())
    })
}

/// The events of a history, to explain one that went wrong.
type Told = String;

fn history(seed: u64, left_out: Option<Sync>, told: &mut Told) {
    let mut dice = Dice::new(seed);
    let mut way = [
        Way::Forward,
        Way::Forward,
        Way::StepBack,
        Way::Back,
        Way::BackFromDone,
    ][dice.below(5)];
    let product = Product::before(way);
    if let Some(syncs) = left_out {
        product.fake.files.leave_out(syncs);
    }
    for round in 0..1 + dice.below(ROUNDS_MAX) {
        disturb(&product, way, round, &mut dice, told);
        let end = product.walk(way);
        let cut = dice.below(2) == 0;
        let _ = writeln!(told, "  {end:?}{}", if cut { ", power cut" } else { "" });
        if cut {
            product.fake.files.cut_power(&mut |limit| dice.below(limit));
        }
        product.fake.revive();
        product.assert_old_or_new();
        product.assert_told();
        if end == Ok(true) {
            assert_ended(&product, way);
        }
        if way == Way::Forward && dice.below(3) == 0 {
            way = Way::Back;
        }
    }
    let mut end = product.walk(way);
    if end == Ok(false) {
        // It has only looked, and promised nothing: what it saw may be lost.
        product.fake.files.cut_power(&mut |_| 0);
        product.fake.revive();
        end = product.walk(way);
    }
    assert!(end.is_ok(), "{way:?} did not come to its end: {end:?}");
    assert_ended(&product, way);
    // A completed walk is durable, and so is the record of its end.
    product.fake.files.cut_power(&mut |_| 0);
    product.fake.revive();
    assert_ended(&product, way);
    product.assert_told();
    let steps = product.fake.commands.ran().len();
    let again = product.walk(way);
    assert!(again.is_ok(), "{again:?}");
    assert_ended(&product, way);
    let nothing = product.fake.commands.ran().len() == steps;
    assert!(nothing || way == Way::StepBack, "it did something again");
}

fn disturb(product: &Product, way: Way, round: usize, dice: &mut Dice, told: &mut Told) {
    let (steps, calls) = length(way);
    let at = |all: usize, dice: &mut Dice| match round {
        0 => 1 + dice.below(all),
        _ if dice.below(2) == 0 => 1 + dice.below(all.min(EARLY)),
        _ => 1 + dice.below(all),
    };
    match dice.below(5) {
        0 | 1 => {
            let n = at(steps, dice);
            product.fake.mishap_at(n, Mishap::Crash);
            let _ = writeln!(told, "{way:?}: dies at step {n}");
        }
        2 | 3 => {
            let (n, refusal) = (at(steps, dice), REFUSALS[dice.below(REFUSALS.len())]);
            let mishap = Mishap::Error(refusal.raw_os_error());
            product.fake.mishap_at(n, mishap);
            let _ = writeln!(told, "{way:?}: {refusal:?} at step {n}");
        }
        _ => {
            let n = at(calls, dice);
            let fault = [
                Fault::Fail,
                Fault::CrashBefore,
                Fault::CrashWithin { bytes: 0 },
                Fault::CrashWithin { bytes: 40 },
                Fault::CrashAfter,
            ][dice.below(5)];
            product.fake.fault_at(n, fault);
            let _ = writeln!(told, "{way:?}: {fault:?} at call {n}");
        }
    }
}

fn assert_ended(product: &Product, way: Way) {
    match way {
        Way::Forward => {
            product.assert_new();
            assert!(product.finished().is_some(), "nobody knows that it is done");
        }
        Way::StepBack => product.assert_between(),
        Way::Back => product.assert_old_unless_finished(),
        Way::BackFromDone => {
            product.assert_old();
            assert!(product.finished().is_none());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how many histories is said from outside"
)]
fn number(name: &str) -> Option<u64> {
    let said = std::env::var(name).ok();
    said.map(|text| text.parse().expect("a number"))
}

/// What went wrong in a history, if something did.
fn went_wrong(seed: u64, left_out: Option<Sync>) -> Option<Told> {
    let mut told = Told::new();
    let went = panic::catch_unwind(AssertUnwindSafe(|| history(seed, left_out, &mut told)));
    let why = went.err()?;
    let why = match (why.downcast_ref::<String>(), why.downcast_ref::<&str>()) {
        (Some(why), _) => why,
        (None, why) => why.copied().unwrap_or_default(),
    };
    Some(format!("{told}  {why}\n"))
}

#[test]
fn histories_drawn_from_seeds_all_end_right() {
    let drawn = match number("SWITCHBACK_HISTORY") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SWITCHBACK_HISTORIES").unwrap_or(HISTORIES),
    };
    let lanes = thread::available_parallelism().map_or(1, NonZero::get);
    let lane = |first: usize| {
        let wrong = drawn.clone().skip(first).step_by(lanes).filter_map(|seed| {
            let told = went_wrong(seed, None)?;
            Some(format!(
                "history {seed} went wrong:\n{told}  again: \
                 SWITCHBACK_HISTORY={seed} cargo test --test crash histories\n"
            ))
        });
        wrong.take(SHOWN_MAX).collect::<Vec<String>>()
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let lane = &lane;
        let all: Vec<_> = (0..lanes)
            .map(|first| scope.spawn(move || lane(first)))
            .collect();
        let of = all
            .into_iter()
            .map(|lane| lane.join().expect("panics are caught"));
        of.flatten().collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

/// Whatever the system refuses on the way forward: the way back leaves the files as they were, and
/// nothing beside them.
#[test]
fn a_refusal_at_any_step_leaves_nothing_behind_on_the_way_back() {
    let (steps, _) = length(Way::Forward);
    let lanes = thread::available_parallelism().map_or(1, NonZero::get);
    let lane = |first: usize| {
        for n in (1..=steps).skip(first).step_by(lanes) {
            let product = Product::before(Way::Forward);
            let refusal = Mishap::Error(Errno::NOSPC.raw_os_error());
            product.fake.mishap_at(n, refusal);
            let forward = product.walk(Way::Forward);
            product.fake.revive();
            let back = product.walk(Way::Back);
            assert!(back.is_ok(), "refused at step {n}: {forward:?}, {back:?}");
            product.assert_old_unless_finished();
        }
    };
    thread::scope(|scope| {
        let lane = &lane;
        for first in 0..lanes {
            scope.spawn(move || lane(first));
        }
    });
}

#[test]
fn a_program_that_leaves_out_a_sync_is_found_out() {
    for left_out in [Sync::NewFile, Sync::Appended, Sync::Folder] {
        let found =
            (0..HISTORIES_TO_FIND_MAX).find(|&seed| went_wrong(seed, Some(left_out)).is_some());
        assert!(found.is_some(), "nobody misses {left_out:?}");
    }
}
