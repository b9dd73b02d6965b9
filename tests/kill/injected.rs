//! System calls, one by one, of everything that the program starts: the process that makes the call
//! is killed at it, or the system refuses it. Then the run is resumed or rolled back, and the files
//! are examined, whatever the program says about itself.
//!
//! strace counts the calls of each thread, so the `n`-th call is that of whichever thread reaches
//! it first. That would be the front end, so the worker's calls are taken from errands in which the
//! front end makes hardly any: resuming a run that has only its first record, and rolling back.
//!
//! `SWITCHBACK_INJECTIONS=all cargo test --test kill injected -- --nocapture` covers every call; a
//! number covers as many of each kind, and without it a sample is taken. Any other value selects
//! the calls whose description contains it: `SWITCHBACK_INJECTIONS='GoBack, call: "write", n: 5'`.

use super::{
    Dice, number,
    product::{Product, RESUME, ROLLBACK},
};
use std::{collections::BTreeMap, process::Command};

const INJECTIONS: &str = "SWITCHBACK_INJECTIONS";
const SAMPLE: usize = 12;
/// One in this many recoveries is killed as well.
const TWICE_EVERY: usize = 4;

/// Calls that change something, and those that make changes durable.
const CALLS: [&str; 17] = [
    "openat",
    "write",
    "copy_file_range",
    "ftruncate",
    "fsync",
    "fdatasync",
    "renameat",
    "renameat2",
    "unlinkat",
    "mkdirat",
    "fchmod",
    "fchmodat",
    "fchownat",
    "utimensat",
    "flock",
    "sendto",
    "execve",
];

/// The errors with which the system may refuse each call.
const REFUSALS: [(&str, &[&str]); 7] = [
    ("openat", &["EMFILE", "ENOSPC", "EROFS", "EIO"]),
    ("write", &["ENOSPC", "EDQUOT", "EIO", "EINTR"]),
    ("fsync", &["EIO", "ENOSPC", "EDQUOT"]),
    ("fdatasync", &["EIO", "ENOSPC", "EINTR"]),
    ("renameat2", &["ENOSPC", "EROFS", "EIO", "EDQUOT"]),
    ("unlinkat", &["EROFS", "EIO"]),
    ("mkdirat", &["ENOSPC", "EROFS", "EDQUOT"]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    Begin,
    GoOn,
    GoBack,
}

impl Errand {
    pub const ALL: [Self; 3] = [Self::Begin, Self::GoOn, Self::GoBack];

    fn ready(self) -> Product {
        let product = Product::new();
        self.prepare(&product);
        product
    }

    pub fn prepare(self, product: &Product) {
        match self {
            Self::Begin => {}
            Self::GoOn => product.only_begin(),
            Self::GoBack => product.apply_but_not_verify(),
        }
    }

    pub fn traced(
        self,
        product: &Product,
        call: &str,
        inject: Option<&str>,
    ) -> (Option<i32>, String) {
        match self {
            Self::Begin => product.traced(&product.apply(), call, inject),
            Self::GoOn => product.traced(&RESUME, call, inject),
            Self::GoBack => product.traced(&ROLLBACK, call, inject),
        }
    }

    fn assert_ended(self, product: &Product) {
        match self {
            Self::Begin | Self::GoOn => product.assert_new(),
            Self::GoBack => product.assert_old(),
        }
    }

    /// How often each call is made, by the thread that makes it most often.
    fn calls(self) -> BTreeMap<&'static str, usize> {
        let product = self.ready();
        let (code, seen) = self.traced(&product, &CALLS.join(","), None);
        assert_eq!(code, Some(0), "{seen}");
        self.assert_ended(&product);
        let front = seen.split_whitespace().next().expect("a process");
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for line in seen.lines() {
            let Some((thread, rest)) = line.split_once(char::is_whitespace) else {
                continue;
            };
            let Some((name, _)) = rest.trim_start().split_once('(') else {
                continue;
            };
            // The worker's calls are covered by the other errands.
            if self != Self::Begin || thread == front {
                *counts.entry((name, thread)).or_default() += 1;
            }
        }
        let most = |call: &str| {
            let of = counts.iter().filter(|((name, _), _)| *name == call);
            of.map(|(_, &count)| count).max().unwrap_or(0)
        };
        CALLS.into_iter().map(|call| (call, most(call))).collect()
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub errand: Errand,
    pub call: &'static str,
    n: usize,
    refusal: Option<&'static str>,
    /// Which way the run is taken up afterwards.
    forward: bool,
}

impl Point {
    /// The points of one call in an errand, for each way to take the run up: from a rollback only
    /// back.
    fn each(
        errand: Errand,
        call: &'static str,
        n: usize,
        refusal: Option<&'static str>,
    ) -> Vec<Self> {
        let ways: &[bool] = match errand {
            Errand::Begin | Errand::GoOn => &[true, false],
            Errand::GoBack => &[false],
        };
        let point = |&forward: &bool| Self {
            errand,
            call,
            n,
            refusal,
            forward,
        };
        ways.iter().map(point).collect()
    }

    /// Runs the errand with the disturbance; returns its exit code and whether the call was
    /// reached.
    pub fn disturb(self, product: &Product) -> (Option<i32>, bool) {
        let (inject, proof) = match self.refusal {
            None => (format!("signal=KILL:when={}", self.n), "killed by SIGKILL"),
            Some(error) => (format!("error={error}:when={}", self.n), "(INJECTED)"),
        };
        let (code, seen) = self.errand.traced(product, self.call, Some(&inject));
        (code, seen.contains(proof))
    }
}

pub fn kills() -> Vec<Point> {
    let mut points = Vec::new();
    for errand in Errand::ALL {
        for (call, count) in errand.calls() {
            points.extend((1..=count).flat_map(|n| Point::each(errand, call, n, None)));
        }
    }
    points
}

fn refusals() -> Vec<Point> {
    let mut points = Vec::new();
    for errand in Errand::ALL {
        let calls = errand.calls();
        for (call, errors) in REFUSALS {
            for n in 1..=calls[call] {
                let point = |&error: &&'static str| Point::each(errand, call, n, Some(error));
                points.extend(errors.iter().flat_map(point));
            }
        }
    }
    points
}

/// All points, those whose description contains the given text, or some drawn by the seed. The kind
/// of call is drawn first, so that the many rare kinds come up as often as the one that opens
/// files.
pub fn some(points: Vec<Point>, variable: &str, dice: &mut Dice) -> Vec<Point> {
    let wanted = match std::env::var(variable).as_deref() {
        Ok("all") => points.len(),
        Ok(text) => match text.parse() {
            Ok(number) => number,
            Err(_) => {
                let told = |point: &Point| format!("{point:?}").contains(text);
                return points.into_iter().filter(told).collect();
            }
        },
        Err(_) => SAMPLE,
    };
    if wanted >= points.len() {
        return points;
    }
    let mut kinds: BTreeMap<_, Vec<Point>> = BTreeMap::new();
    for point in points {
        let kind = (point.call, point.errand as u8);
        kinds.entry(kind).or_default().push(point);
    }
    let kinds: Vec<Vec<Point>> = kinds.into_values().collect();
    (0..wanted)
        .map(|_| {
            let kind = dice.one_of(&kinds);
            *dice.one_of(kind)
        })
        .collect()
}

pub fn can_trace() -> bool {
    let tried = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    let can = tried.is_ok_and(|it| it.status.success());
    if !can {
        eprintln!("SKIPPED: strace is not here or may not trace: no system call was disturbed");
    }
    can
}

pub fn dice() -> Dice {
    let seed = number("SWITCHBACK_KILL_SEED", u64::from(std::process::id())).max(1);
    eprintln!("seed {seed}");
    Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Recovers a disturbed run; the last recovery is undisturbed.
pub fn recover(product: &Product, point: Point) {
    if point.forward {
        product.resume();
    } else {
        product.roll_back();
    }
}

#[test]
fn injected_kills_at_any_call_are_recovered_from() {
    if !can_trace() {
        return;
    }
    let mut dice = dice();
    let all = kills();
    let (count, points) = (all.len(), some(all.clone(), INJECTIONS, &mut dice));
    let (mut met, mut twice) = (0, 0);
    for (i, &point) in points.iter().enumerate() {
        eprintln!("{i}: killed at {point:?}");
        let product = point.errand.ready();
        let (_, hit) = point.disturb(&product);
        met += usize::from(hit);
        product.assert_between();
        if i % TWICE_EVERY == 0 && product.records() > 0 {
            let again = *dice.one_of(&all);
            let errand = match point.errand {
                Errand::GoBack => Errand::GoBack,
                Errand::Begin | Errand::GoOn => Errand::GoOn,
            };
            let again = Point { errand, ..again };
            eprintln!("  and at {again:?}");
            twice += usize::from(again.disturb(&product).1);
            product.assert_between();
        }
        recover(&product, point);
    }
    eprintln!(
        "kills: {} of {count} calls, {met} met, {twice} of the recoveries killed too",
        points.len()
    );
    assert!(met * 10 >= points.len() * 8, "only {met} calls were met");
}

#[test]
fn injected_errors_at_any_call_are_recovered_from() {
    if !can_trace() {
        return;
    }
    let mut dice = dice();
    let all = refusals();
    let (count, points) = (all.len(), some(all, INJECTIONS, &mut dice));
    let (mut met, mut told) = (0, 0);
    for (i, &point) in points.iter().enumerate() {
        eprintln!("{i}: {point:?}");
        let product = point.errand.ready();
        let (code, hit) = point.disturb(&product);
        met += usize::from(hit);
        product.assert_between();
        if code == Some(0) {
            point.errand.assert_ended(&product);
        } else {
            told += 1;
            recover(&product, point);
        }
    }
    eprintln!(
        "errors: {} of {count} calls and errors, {met} met, {told} ended the command",
        points.len()
    );
    assert!(met * 10 >= points.len() * 8, "only {met} calls were met");
}
