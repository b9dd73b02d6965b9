//! The measured values, each beside its limit.

use super::session::{Redraw, Session};
use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

/// Limits per second while a step prints endlessly.
const FRAMES_MAX: usize = 20;
const BYTES_MAX: usize = 32 * 1024;
const MEMORY_MAX_KIB: u64 = 12 * 1024;
const WAKE_UPS_MAX: u64 = 1;

/// Redraws of the same kind.
#[derive(Default)]
pub struct Many {
    redraws: Vec<Redraw>,
}

impl Many {
    pub fn add(&mut self, redraw: Redraw) {
        self.redraws.push(redraw);
    }

    /// The values in order, without redraws that changed nothing, as of a key at a list's end.
    fn ordered<T: Ord>(&self, value: impl Fn(&Redraw) -> Option<T>) -> Vec<T> {
        let some = self.redraws.iter().filter(|redraw| redraw.bytes > 0);
        let mut values: Vec<T> = some.filter_map(value).collect();
        values.sort();
        values
    }

    fn bytes(&self) -> Spread<usize> {
        Spread::of(&self.ordered(|redraw| Some(redraw.bytes)))
    }

    fn first(&self) -> Duration {
        Spread::of(&self.ordered(|redraw| redraw.first)).median
    }

    fn last(&self) -> Spread<Duration> {
        Spread::of(&self.ordered(|redraw| redraw.last))
    }
}

struct Spread<T> {
    median: T,
    p95: T,
}

impl<T: Copy + Default> Spread<T> {
    fn of(ordered: &[T]) -> Self {
        let at = |part: usize| ordered.get(ordered.len() * part / 100).copied();
        Self {
            median: at(50).unwrap_or_default(),
            p95: at(95).unwrap_or_default(),
        }
    }
}

/// Prints row by row, because measuring takes minutes.
pub struct Table {
    out: io::Stdout,
}

impl Table {
    pub fn begin(mut out: io::Stdout) -> io::Result<Self> {
        writeln!(
            out,
            "| measured through a pty | floor | switchback | at most | |"
        )?;
        writeln!(out, "|---|---|---|---|---|")?;
        Ok(Self { out })
    }

    pub fn start(&mut self, (columns, rows): (u16, u16), floors: &Many, ours: &Many) {
        let size = format!("{columns}x{rows}");
        self.times(
            &format!("start to first frame, {size}"),
            floors.first(),
            ours.first(),
            2.0,
        );
        let (floor, our) = (floors.last().median, ours.last().median);
        self.times(&format!("start to stable, {size}"), floor, our, 4.0);
        let (floor, our) = (floors.bytes().median, ours.bytes().median);
        self.row(
            format!("bytes of the first frame, {size}"),
            floor.to_string(),
            our.to_string(),
            "1.3 x".to_owned(),
            our * 10 <= floor * 13,
        );
    }

    pub fn latency(&mut self, floors: &Many, ours: &Many) {
        let (floor, our) = (floors.last(), ours.last());
        let what = "key to last byte, 500 steps, 10 MB printed";
        self.times(&format!("{what}: median"), floor.median, our.median, 1.5);
        self.times(&format!("{what}: p95"), floor.p95, our.p95, 2.0);
    }

    pub fn bytes(&mut self, where_: &str, many: &Many, (median, p95): (usize, usize)) {
        let bytes = many.bytes();
        self.row(
            format!("bytes a key, median and p95: {where_}"),
            String::new(),
            format!("{}, {}", bytes.median, bytes.p95),
            format!("{median}, {p95}"),
            bytes.median <= median && bytes.p95 <= p95,
        );
    }

    pub fn burst(&mut self, one: &Many, burst: &Redraw) {
        let most = 2 * one.bytes().median;
        self.row(
            "bytes of 50 keys at once".to_owned(),
            String::new(),
            burst.bytes.to_string(),
            format!("2 keys: {most}"),
            burst.bytes <= most,
        );
    }

    pub fn idle(&mut self, where_: &str, session: &mut Session, time: Duration) {
        let before = session.wake_ups();
        let bytes = session.during(time).bytes;
        // A thread that has ended since then is gone, with its count.
        let since = |(thread, now): (PathBuf, u64)| now - before.get(&thread).unwrap_or(&0);
        let woken: u64 = session.wake_ups().into_iter().map(since).sum();
        self.row(
            format!(
                "idle for {} s, bytes and wake-ups: {where_}",
                time.as_secs()
            ),
            String::new(),
            format!("{bytes}, {woken}"),
            format!("0, {WAKE_UPS_MAX}"),
            bytes == 0 && woken <= WAKE_UPS_MAX,
        );
    }

    pub fn flood(&mut self, redraw: &Redraw, time: Duration) {
        let a_second = |count: usize| count / usize::try_from(time.as_secs()).unwrap_or(1);
        let (frames, bytes) = (a_second(redraw.frames), a_second(redraw.bytes));
        self.row(
            "10,000 lines a second: frames/s, bytes/s".to_owned(),
            String::new(),
            format!("{frames}, {bytes}"),
            format!("{FRAMES_MAX}, {BYTES_MAX}"),
            frames <= FRAMES_MAX && bytes <= BYTES_MAX,
        );
    }

    pub fn memory(&mut self, what: &str, session: &Session) {
        let kib = session.memory_peak_kib();
        self.row(
            format!("peak memory, MiB: {what}"),
            String::new(),
            format!("{:.1}", kib as f64 / 1024.0),
            (MEMORY_MAX_KIB / 1024).to_string(),
            kib <= MEMORY_MAX_KIB,
        );
    }

    fn times(&mut self, what: &str, floor: Duration, ours: Duration, most: f64) {
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        let times = ours.as_secs_f64() / floor.as_secs_f64();
        self.row(
            what.to_owned(),
            ms(floor),
            format!("{} ({times:.1} x)", ms(ours)),
            format!("{most:.1} x"),
            times <= most,
        );
    }

    fn row(&mut self, what: String, floor: String, ours: String, must: String, holds: bool) {
        let holds = if holds { "yes" } else { "NO" };
        let row = format!("| {what} | {floor} | {ours} | {must} | {holds} |");
        writeln!(self.out, "{row}").expect("somebody reads the table");
    }
}
