//! A hundred files of some kilobytes, each with one changed value.

use super::{Rules, median, ms, records, times};
use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};
use switchback::model::record::{Body, Record};

const FILES: usize = 100;
const ROUNDS: usize = if cfg!(debug_assertions) { 1 } else { 7 };

/// Where a product lies, and whether its syncs reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    Folder,
    Overlay,
    /// The kernel answers each sync at once.
    Volatile,
}

/// The duration of the whole program, and of its edits from the first to the last.
struct Cost {
    whole: Duration,
    edits: Duration,
}

pub fn table() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = Rules::new(folder.path(), &rules());
    println!("{FILES} edited files, median of {ROUNDS}: the whole program; its edits alone");
    let measured = |ground| measured(&rules, ground);
    let [on_disk, with, without] =
        [Ground::Folder, Ground::Overlay, Ground::Volatile].map(measured);
    let row = |what: &str, cost: &Option<Cost>| match cost {
        Some(Cost { whole, edits }) => {
            println!("  {what:<44} {:>10}  {:>10}", ms(*whole), ms(*edits))
        }
        None => println!("  {what:<44} not run: no overlay can be mounted here"),
    };
    row("every sync, on the disk", &on_disk);
    row("every sync, on an overlay of it", &with);
    row("no sync, on the same overlay", &without);
    let floors = [false, true].map(|synced| median((0..ROUNDS).map(|_| floor(synced)).collect()));
    for (what, floor) in ["written and renamed", "written, synced, renamed, synced"]
        .iter()
        .zip(floors)
    {
        println!("  {what:<44} {:>10}  {:>10}", "", ms(floor));
    }
    if let (Some(with), Some(without)) = (&with, &without) {
        println!(
            "  with syncs to without: {}; edits alone {}",
            times(with.whole, without.whole),
            times(with.edits, without.edits)
        );
    }
    if let Some(on_disk) = &on_disk {
        let [bare, synced] = floors.map(|floor| times(on_disk.edits, floor));
        println!("  edits to the bare bytes: {bare}; to the same with syncs: {synced}");
    }
    match syncs(&rules) {
        Some(count) => println!(
            "  {count} syncs, {:.1} for each file",
            count as f64 / FILES as f64
        ),
        None => println!("  syncs not counted: strace cannot trace here"),
    }
}

fn name(n: usize) -> String {
    format!("conf/part-{n:03}.yaml")
}

fn text(n: usize) -> String {
    (0..100).fold(format!("# part {n}\n"), |mut text, key| {
        let _infallible = writeln!(text, "key_{key}: {key} # what this one is for");
        text
    })
}

fn rules() -> String {
    (0..FILES).fold("config:\n".to_owned(), |mut rules, n| {
        let _infallible = write!(
            rules,
            "  - edit:\n      file: {}\n      changes: [{{set: key_50, value: 51, cites: [S-1]}}]\n",
            name(n)
        );
        rules
    })
}

fn lay_out(root: &Path) {
    fs::create_dir_all(root.join("conf")).expect("made");
    fs::write(root.join("VERSION"), "1.0.0\n").expect("written");
    for n in 0..FILES {
        fs::write(root.join(name(n)), text(n)).expect("written");
    }
}

/// The cost on this ground; `None` if it cannot be set up here.
fn measured(rules: &Rules, ground: Ground) -> Option<Cost> {
    let costs: Option<Vec<Cost>> = (0..ROUNDS).map(|_| applied(rules, ground)).collect();
    let costs = costs?;
    Some(Cost {
        whole: median(costs.iter().map(|cost| cost.whole).collect()),
        edits: median(costs.iter().map(|cost| cost.edits).collect()),
    })
}

fn applied(rules: &Rules, ground: Ground) -> Option<Cost> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let below = |name: &str| folder.path().join(name);
    let root = below(match ground {
        Ground::Folder => "product",
        Ground::Overlay | Ground::Volatile => "lower/product",
    });
    lay_out(&root);
    // What the benchmark itself has written must not be measured.
    settle();
    let mut command = match ground {
        Ground::Folder => rules.apply(&root, &below("state")),
        Ground::Overlay | Ground::Volatile => {
            for name in ["upper", "work", "mounted"] {
                fs::create_dir(below(name)).expect("made");
            }
            let apply = rules.apply(Path::new("mounted/product"), &below("mounted/state"));
            mounted(apply, folder.path(), ground)?
        }
    };
    let begin = Instant::now();
    let output = command.output().expect("the program starts");
    let whole = begin.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(Cost {
        whole,
        edits: edits(&records(&output.stdout)),
    })
}

/// The same command in its own mount namespace, with an overlay over the folder's `lower`.
fn mounted(apply: Command, folder: &Path, ground: Ground) -> Option<Command> {
    let options = match ground {
        Ground::Folder | Ground::Overlay => "",
        Ground::Volatile => ",volatile",
    };
    let mount = format!(
        "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work{options} mounted"
    );
    let inside = |script: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["-rm", "sh", "-c", script, "sh"])
            .current_dir(folder);
        command
    };
    let may = inside(&mount).output();
    if !may.is_ok_and(|output| output.status.success()) {
        return None;
    }
    // An overlay that was volatile is not mounted again.
    for name in ["upper", "work"] {
        fs::remove_dir_all(folder.join(name)).expect("removed");
        fs::create_dir(folder.join(name)).expect("made");
    }
    let root = apply.get_current_dir().expect("a folder").to_owned();
    let mut command = inside(&format!("{mount} && cd {} && exec \"$@\"", root.display()));
    command.arg(apply.get_program()).args(apply.get_args());
    for (name, value) in apply.get_envs() {
        command.env(name, value.expect("a value"));
    }
    Some(command)
}

/// The duration by the records' timestamps: from the first step begun to the last one done.
fn edits(records: &[Record]) -> Duration {
    let of = |is: fn(&Body) -> bool| records.iter().filter(move |record| is(&record.body));
    let begun = of(|body| matches!(body, Body::StepStarted { .. })).next();
    let ended = of(|body| matches!(body, Body::StepDone { .. })).next_back();
    let (begun, ended) = (begun.expect("a step"), ended.expect("a step"));
    assert_eq!(
        of(|body| matches!(body, Body::StepDone { .. })).count(),
        FILES
    );
    Duration::from_millis(ended.at_ms - begun.at_ms)
}

/// Writes the bytes of the product, each file to a temporary that is renamed into place.
fn floor(synced: bool) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    lay_out(folder.path());
    settle();
    let conf = File::open(folder.path().join("conf")).expect("a folder");
    let begin = Instant::now();
    for n in 0..FILES {
        let (place, beside) = (folder.path().join(name(n)), folder.path().join("conf/new"));
        let mut file = File::create(&beside).expect("made");
        file.write_all(text(n).as_bytes()).expect("written");
        if synced {
            file.sync_all().expect("synced");
        }
        fs::rename(beside, place).expect("renamed");
        if synced {
            conf.sync_all().expect("synced");
        }
    }
    begin.elapsed()
}

fn settle() {
    rustix::fs::sync();
}

/// How many syncs one apply makes, in all its processes.
fn syncs(rules: &Rules) -> Option<usize> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (root, seen): (PathBuf, PathBuf) =
        (folder.path().join("product"), folder.path().join("seen"));
    lay_out(&root);
    let apply = rules.apply(&root, &folder.path().join("state"));
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-e", "trace=fsync,fdatasync,syncfs", "-o"])
        .arg(&seen);
    strace
        .arg(apply.get_program())
        .args(apply.get_args())
        .current_dir(&root);
    for (name, value) in apply.get_envs() {
        strace.env(name, value.expect("a value"));
    }
    let ended = strace.output().ok()?;
    if !ended.status.success() {
        return None;
    }
    let seen = fs::read_to_string(seen).expect("what strace saw");
    Some(
        seen.lines()
            .filter(|line| line.contains("sync(") || line.contains("fdatasync("))
            .count(),
    )
}
