//! What a backup costs beside `tar | zstd` and `cp -a`, bare and with digests: backed up, verified,
//! laid out again, each step with everything on disk at its end. Only ours verifies what the disk
//! holds; the others read what the system still has in memory. `cargo bench --bench backup`, and
//! `… -- big` for one file of 2 GiB instead of 10,000 small ones. `… -- postgres` puts a database of
//! 200 MB beside `pg_dump`.
//!
//! `… -- save ROOT FOLDER`, `verify ROOT FOLDER` and `restore FOLDER TO` are our steps one by one,
//! for other tools that measure.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement makes its own files and prints a table"
)]

#[path = "backup/postgres.rs"]
mod postgres;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use switchback::{
    engine::store::copies::{Copies, Many},
    model::{glob::Glob, path::RelPath, record::Saved},
    world::{Files, RealFiles},
};

const ROUNDS: usize = 3;
const STEPS: [&str; 3] = ["save", "verify", "restore"];

fn main() {
    // Cargo itself says `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => table(false),
        ["big"] => table(true),
        ["postgres"] => postgres::table(),
        ["save", root, folder] => save(Path::new(root), Path::new(folder)),
        ["verify", root, folder] => verify(Path::new(root), Path::new(folder)),
        ["restore", folder, to] => restore(Path::new(folder), Path::new(to)),
        other => panic!("not known: {other:?}"),
    }
}

fn copies<'c>(root: &'c Path, folder: &'c Path) -> Copies<'c> {
    Copies {
        files: &RealFiles,
        root,
        folder,
    }
}

fn save(root: &Path, folder: &Path) {
    let (root, folder) = (absolute(root), absolute(folder));
    RealFiles.make_dir(&folder).expect("the folder");
    let found = RealFiles.glob(&root, &[Glob::all()]).expect("files");
    let name = |path: &PathBuf| {
        let below = path.strip_prefix(&root).expect("below the root");
        RelPath::try_from(below.to_str().expect("UTF-8")).expect("a name")
    };
    let names: Vec<RelPath> = found.iter().map(name).collect();
    let copies = copies(&root, &folder);
    let Many { mut saved, large } = copies.save_many(&names).expect("saved");
    saved.extend(
        large
            .iter()
            .map(|file| copies.save_one(file).expect("saved")),
    );
    let json = serde_json::to_vec(&saved).expect("texts are JSON");
    let manifest = folder.join("manifest.json");
    RealFiles
        .stage(&manifest, &json, None)
        .expect("the manifest");
}

fn saved(folder: &Path) -> Vec<Saved> {
    let json = fs::read(folder.join("manifest.json")).expect("a manifest");
    serde_json::from_slice(&json).expect("our manifest")
}

fn verify(root: &Path, folder: &Path) {
    let (root, folder) = (absolute(root), absolute(folder));
    let saved = saved(&folder);
    copies(&root, &folder).verify(&saved).expect("the same");
}

fn restore(folder: &Path, to: &Path) {
    let (folder, to) = (absolute(folder), absolute(to));
    let saved = saved(&folder);
    copies(&to, &folder).lay_out(&saved, &to).expect("laid out");
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).expect("a path")
}

/// Everybody's steps, as shell commands over `$SRC`, `$REPO` and `$OUT`; `$US` is this program.
const PEERS: [(&str, [&str; 3]); 4] = [
    (
        "switchback",
        [
            "\"$US\" save \"$SRC\" \"$REPO\"",
            "\"$US\" verify \"$SRC\" \"$REPO\"",
            "\"$US\" restore \"$REPO\" \"$OUT\"",
        ],
    ),
    (
        "tar | zstd -3",
        [
            "tar -C \"$SRC\" -cf - . | zstd -q -3 -T0 -o \"$REPO\"",
            "zstd -dcq \"$REPO\" | tar -C \"$SRC\" -df -",
            "mkdir \"$OUT\" && zstd -dcq \"$REPO\" | tar -C \"$OUT\" -xf -",
        ],
    ),
    (
        "cp -a",
        [
            "cp -a \"$SRC\" \"$REPO\"",
            "diff -r \"$SRC\" \"$REPO\"",
            "cp -a \"$REPO\" \"$OUT\"",
        ],
    ),
    // The same with what makes a backup trustworthy after a year: a digest for each file.
    (
        "cp -a, sha256",
        [
            "cp -a \"$SRC\" \"$REPO\"; cd \"$SRC\"; \
             find . -type f -print0 | xargs -0 sha256sum > \"$REPO.sums\"",
            "cd \"$REPO\"; sha256sum --quiet -c \"$REPO.sums\"",
            "cp -a \"$REPO\" \"$OUT\"",
        ],
    ),
];

fn table(big: bool) {
    let folder = tempfile::Builder::new()
        .prefix("switchback-bench-")
        .tempdir_in(env::current_dir().expect("a folder"))
        .expect("a folder");
    let source = folder.path().join("src");
    let bytes = if big {
        one_file(&source)
    } else {
        many_files(&source)
    };
    println!(
        "{} MiB, median of {ROUNDS}, in ms, synced after each step\n",
        bytes >> 20
    );
    println!(
        "{:<16}{:>9}{:>9}{:>9}{:>9}{:>12}",
        "", "save", "verify", "restore", "in all", "memory MiB"
    );
    let mut taken = vec![vec![Vec::new(); STEPS.len()]; PEERS.len()];
    let mut memory = vec![0; PEERS.len()];
    // In turns, so that a busy moment of the machine affects all of them.
    for _ in 0..ROUNDS {
        for (peer, (_, steps)) in PEERS.iter().enumerate() {
            for (step, script) in steps.iter().enumerate() {
                let (time, kib) = measured(folder.path(), script);
                taken[peer][step].push(time);
                memory[peer] = memory[peer].max(kib);
            }
            let same = run(
                folder.path(),
                "diff -r \"$SRC\" \"$OUT\" && rm -rf \"$REPO\" \"$REPO.sums\" \"$OUT\"",
            );
            assert!(
                same,
                "{}: what came back is not what was there",
                PEERS[peer].0
            );
        }
    }
    for (peer, (name, _)) in PEERS.iter().enumerate() {
        let medians: Vec<u128> = taken[peer].iter_mut().map(|times| median(times)).collect();
        let all: u128 = medians.iter().sum();
        println!(
            "{name:<16}{:>9}{:>9}{:>9}{all:>9}{:>12}",
            medians[0],
            medians[1],
            medians[2],
            memory[peer] / 1024
        );
    }
}

fn median(times: &mut [Duration]) -> u128 {
    times.sort();
    times[times.len() / 2].as_millis()
}

/// The time including a final sync, and the peak memory of a single process in KiB.
fn measured(folder: &Path, script: &str) -> (Duration, u64) {
    let begin = Instant::now();
    let timed = format!("set -e; {script}; sync -f \"$SRC\"");
    let out = shell(
        folder,
        &[
            "-c",
            "command time -f %M -o \"$SRC.rss\" sh -c \"$0\"",
            &timed,
        ],
    )
    .stderr(Stdio::inherit())
    .status()
    .expect("sh");
    let time = begin.elapsed();
    assert!(out.success(), "{script}");
    let rss = fs::read_to_string(folder.join("src.rss")).unwrap_or_default();
    (time, rss.trim().parse().unwrap_or(0))
}

fn run(folder: &Path, script: &str) -> bool {
    shell(folder, &["-c", script])
        .status()
        .expect("sh")
        .success()
}

fn shell(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(args)
        .env("US", env::current_exe().expect("this program"))
        .env("SRC", folder.join("src"))
        .env("REPO", folder.join("repo"))
        .env("OUT", folder.join("out"));
    command
}

/// Half text, half noise, as in the state of a product: about two to one for a compressor.
fn many_files(to: &Path) -> u64 {
    let mut noise = Noise(1);
    let mut all = 0;
    for n in 0..10_000_u64 {
        let folder = to.join(format!("d{:02}/e{:02}", n / 1000, n / 100 % 10));
        if n % 100 == 0 {
            fs::create_dir_all(&folder).expect("a folder");
        }
        let size = 500 + noise.next() % 14_000;
        let mut bytes = format!("# {n}\n").into_bytes();
        while (bytes.len() as u64) < size / 2 {
            bytes.extend_from_slice(b"setting = value of it\n");
        }
        bytes.extend(noise.take(size / 2));
        all += bytes.len() as u64;
        fs::write(folder.join(format!("f{n:05}.conf")), bytes).expect("a file");
    }
    all
}

fn one_file(to: &Path) -> u64 {
    use std::io::Write;
    fs::create_dir_all(to).expect("a folder");
    let mut file = fs::File::create(to.join("big.db")).expect("a file");
    let mut noise = Noise(1);
    for _ in 0..2048 {
        let mut piece = noise.take(1 << 19);
        piece.resize(1 << 20, b'x');
        file.write_all(&piece).expect("written");
    }
    file.sync_all().expect("synced");
    2 << 30
}

struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn take(&mut self, count: u64) -> Vec<u8> {
        let words = (0..count.div_ceil(8)).flat_map(|_| self.next().to_le_bytes());
        words.take(count as usize).collect()
    }
}
