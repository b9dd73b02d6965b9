//! The cost of changes to `.env` and INI files, which is linear in their number, compared with the
//! floor of printing the same lines.

use divan::{Bencher, black_box};
use serde_json::json;
use switchback::{
    edit::{self, DotenvDialect, Edit, Format, IniDialect, Op},
    model::route::Route,
};

const COUNTS: [usize; 4] = [10, 100, 1_000, 10_000];

fn main() {
    divan::main();
}

fn text(count: usize) -> String {
    (0..count)
        .map(|n| format!("# of {n}\nKEY_{n}=old\n"))
        .collect()
}

fn edits(count: usize, op: impl Fn(usize) -> Op) -> Vec<Edit> {
    let edit = |n| Edit::new(Route::key(format!("KEY_{n}")), op(n));
    (0..count).map(edit).collect()
}

fn run(bencher: Bencher, format: Format, count: usize, op: impl Fn(usize) -> Op) {
    let (text, edits) = (text(count), edits(count, op));
    bencher.bench(|| edit::apply(&format, black_box(&text), &edits).expect("plain changes"));
}

const ENV: Format = Format::Dotenv(DotenvDialect::Compose);
const INI: Format = Format::Ini(IniDialect::Plain);

fn set(_: usize) -> Op {
    Op::Set {
        value: json!("new"),
    }
}

fn rename(n: usize) -> Op {
    Op::Rename {
        to: format!("OTHER_{n}"),
    }
}

fn remove(_: usize) -> Op {
    Op::Remove
}

#[divan::bench(args = COUNTS)]
fn floor(bencher: Bencher, count: usize) {
    let text = text(count);
    bencher.bench(|| -> String {
        let lines = black_box(&text).split_inclusive('\n');
        lines.map(|line| line.replace("old", "new")).collect()
    });
}

#[divan::bench(args = COUNTS)]
fn dotenv_set(bencher: Bencher, count: usize) {
    run(bencher, ENV, count, set);
}

#[divan::bench(args = COUNTS)]
fn dotenv_remove(bencher: Bencher, count: usize) {
    run(bencher, ENV, count, remove);
}

#[divan::bench(args = COUNTS)]
fn ini_set(bencher: Bencher, count: usize) {
    run(bencher, INI, count, set);
}

#[divan::bench(args = COUNTS)]
fn ini_rename(bencher: Bencher, count: usize) {
    run(bencher, INI, count, rename);
}

#[divan::bench(args = COUNTS)]
fn ini_remove(bencher: Bencher, count: usize) {
    run(bencher, INI, count, remove);
}
