//! Rules and files built to be too much: each is handled, or refused in a sentence, within two
//! seconds of processor time and 256 MiB. The peak memory is what the kernel reports when the
//! program ends.

use super::support::{Case, Ended, ended};
use std::{fmt::Write, fs, os::unix::process::ExitStatusExt, path::Path, process::Command};

const MEMORY_KIB: u64 = 256 << 10;
/// Unoptimized code takes several times as long.
const SECONDS: f64 = if cfg!(debug_assertions) { 20.0 } else { 2.0 };
const MIB: usize = 1 << 20;
/// Prints the resources that a program has used.
const MEASURE: &str = "/usr/bin/time";

/// Runs the program within the limits, and requires one of these exit codes.
#[track_caller]
pub fn bounded(case: &Case, what: &str, args: &[&str], codes: &[i32]) -> Ended {
    let inner = case.command(args);
    if !Path::new(MEASURE).exists() {
        return ended(case.command(args).output().expect("the program starts"));
    }
    let costs = case.state.with_file_name("costs");
    let mut command = Command::new(MEASURE);
    command
        .args(["-f", "%U %S %M", "-o"])
        .arg(&costs)
        .arg(inner.get_program());
    command
        .args(inner.get_args())
        .current_dir(&case.root)
        .env_clear();
    let set = inner
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    command.envs(set);
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.signal(), None, "{what}");
    let told = ended(output);
    let costs = fs::read_to_string(costs).expect("costs");
    let last = costs.lines().last().expect("a line");
    let numbers: Vec<f64> = last
        .split(' ')
        .map(|number| number.parse().expect("a number"))
        .collect();
    let (seconds, kib) = (numbers[0] + numbers[1], numbers[2] as u64);
    assert!(
        codes.contains(&told.code),
        "{what}: {}\n{}",
        told.code,
        beginning(&told.err)
    );
    assert!(
        seconds <= SECONDS,
        "{what}: {seconds} s\n{}",
        beginning(&told.err)
    );
    assert!(
        kib <= MEMORY_KIB,
        "{what}: {} MiB\n{}",
        kib >> 10,
        beginning(&told.err)
    );
    assert!(
        told.err.len() < 64 << 10,
        "{what}: {} bytes are told",
        told.err.len()
    );
    if std::env::var_os("SWITCHBACK_COSTS").is_some() {
        told_costs(&format!(
            "{what}: {seconds:.2} s, {} MiB: {}",
            kib >> 10,
            beginning(&told.err)
        ));
    }
    told
}

#[expect(clippy::print_stderr, reason = "the figures for the documents")]
fn told_costs(line: &str) {
    eprintln!("{}", line.replace('\n', " "));
}

fn beginning(told: &str) -> String {
    told.chars().take(200).collect()
}

fn repeated(times: usize, one: impl Fn(usize) -> String) -> String {
    (0..times).fold(String::new(), |mut all, n| {
        let _infallible = write!(all, "{}", one(n));
        all
    })
}

#[test]
fn rules_that_are_too_much_end_in_a_sentence() {
    let head = "schema: 1\nfrom: '1.0'\nto: 2.0.0\ntitle: x\n";
    let of_lists = "[".repeat(500_000);
    let of_maps = "{a: ".repeat(200_000);
    let indented = repeated(1_000, |n| format!("{}a:\n", " ".repeat(n)));
    let bomb = repeated(9, |n| {
        format!("a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let rules = repeated(100_000, |n| format!("  - keep: {{name: A{n}}}\n"));
    let small = repeated(4_000, |n| {
        format!("  - keep: {{name: A{n}, cites: [N-1]}}\n")
    });
    for (what, hop) in [
        ("4 MiB and more", "#".repeat(4 * MIB + 1)),
        ("just 4 MiB", "#".repeat(4 * MIB)),
        ("just 1 MiB of one comment", "#".repeat(MIB)),
        ("lists in lists", format!("{head}notes: {of_lists}")),
        ("maps in maps", format!("{head}notes: {of_maps}")),
        ("a staircase", format!("{head}{indented}")),
        ("aliases", format!("a0: &a0 x\n{bomb}{head}")),
        ("100,000 rules", format!("{head}environment:\n{rules}")),
        (
            "as many rules as go in",
            format!("{head}environment:\n{small}"),
        ),
        (
            "a line of a mebibyte",
            format!(
                "{head}notes: [{{kind: info, text: '{}'}}]\n",
                "x".repeat(MIB - 200)
            ),
        ),
        (
            "a pattern in a pattern",
            format!("{head}hints: [{{error: '((a{{1000}}){{1000}}){{1000}}', remedy: x}}]\n"),
        ),
        (
            "brackets in a pattern",
            format!(
                "{head}hints: [{{error: '{}', remedy: x}}]\n",
                "(".repeat(MIB / 2)
            ),
        ),
        (
            "alternatives",
            format!(
                "{head}hints: [{{error: '{}', remedy: x}}]\n",
                "a|".repeat(MIB / 4)
            ),
        ),
        (
            "a template of templates",
            format!("{head}title: '{}'\n", "{{env.A | ".repeat(50_000)),
        ),
        (
            "a range of ranges",
            format!(
                "schema: 1\nfrom: '{}'\nto: 2.0.0\ntitle: x\n",
                ">=1.0, ".repeat(100_000)
            ),
        ),
    ] {
        let case = Case::new();
        fs::write(case.pack.join("1.x-to-2.0.yaml"), hop).expect("written");
        let pack = case.pack.to_string_lossy().into_owned();
        bounded(&case, what, &["rules", "check", &pack], &[0, 1, 2]);
    }
}

#[test]
fn a_pack_of_many_files_and_patterns_is_bounded_as_a_whole() {
    let case = Case::new();
    let hop = fs::read_to_string(case.pack.join("1.x-to-2.0.yaml")).expect("read");
    let pack = case.pack.to_string_lossy().into_owned();
    let usages = |pattern: &str| {
        let usage = |n| format!("  - {{search: '{pattern}{n}', in: ['**/*.py'], remedy: x}}\n");
        format!("{hop}\nusages:\n{}", repeated(500, usage))
    };
    fs::write(case.root.join("a.py"), "aaaa\n").expect("written");
    for pattern in [r"(a|b){20000}", r"\pL{100}", r"(\w+\s*){60}"] {
        fs::write(case.pack.join("1.x-to-2.0.yaml"), usages(pattern)).expect("written");
        let digest = case.run(&["rules", "check", &pack, "--format", "json"]);
        let digest = digest
            .out
            .split('"')
            .find(|word| word.len() == 64)
            .unwrap_or("0")
            .to_owned();
        let args = ["plan", "--pack", &pack, "--trust", &digest];
        bounded(&case, pattern, &args, &[0, 2, 12]);
    }
    fs::write(case.pack.join("1.x-to-2.0.yaml"), &hop).expect("written");
    for n in 0..100 {
        fs::write(case.pack.join(format!("demo{n}")), vec![b'x'; MIB]).expect("written");
    }
    bounded(
        &case,
        "100 MiB of other files",
        &["rules", "check", &pack],
        &[0, 2],
    );
}

/// A product with such a file, and a pack that sets a key of it.
fn with_file(name: &str, text: &[u8]) -> Case {
    let case = Case::new();
    if name != ".env" {
        let edit = format!(
            "config:\n  - edit:\n      file: {name}\n      changes:\n        - set: web.port\n          value: 81\n          cites: [N-1]\n\nchecklist:"
        );
        case.pack_edit("1.x-to-2.0.yaml", "checklist:", &edit);
    }
    fs::write(case.root.join(name), text).expect("written");
    case
}

/// Only a sample of these without `SWITCHBACK_HUGE=all`.
#[test]
fn files_of_the_product_that_are_too_much_end_in_a_sentence() {
    type Text = Box<dyn Fn() -> String>;
    const KEYS: usize = 1_000_000;
    const ROOM: usize = 16 * MIB - 100;
    let long = || "x".repeat(ROOM);
    let text = |make: fn() -> String| Box::new(make) as Text;
    let keys = |make: fn(usize) -> String| Box::new(move || repeated(KEYS, make)) as Text;
    let cases: Vec<(&str, &str, Text)> = vec![
        ("a million keys", ".env", keys(|n| format!("K{n}=1\n"))),
        (
            "a line of 16 MiB",
            "c.yaml",
            Box::new(move || format!("a: {}", long())),
        ),
        (
            "a line of 16 MiB",
            "c.json",
            Box::new(move || format!("{{\"a\": \"{}\"}}", long())),
        ),
        (
            "a line of 16 MiB",
            "c.toml",
            Box::new(move || format!("a = \"{}\"", long())),
        ),
        (
            "a line of 16 MiB",
            "c.ini",
            Box::new(move || format!("a = {}", long())),
        ),
        (
            "a line of 16 MiB",
            ".env",
            Box::new(move || format!("A={}", long())),
        ),
        (
            "aliases of aliases",
            "c.yaml",
            text(|| {
                let all = repeated(40, |n| {
                    format!("a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
                });
                format!("a0: &a0 x\n{all}web: {{port: 80}}\n")
            }),
        ),
        (
            "dotted keys",
            "c.toml",
            text(|| format!("{}a = 1\n", "a.".repeat(MIB / 2 - 10))),
        ),
        (
            "16 MiB and more",
            "c.yaml",
            text(|| "#".repeat(16 * MIB + 1)),
        ),
        ("empty lines", ".env", text(|| "\n".repeat(ROOM))),
        ("empty lines", "c.yaml", text(|| "\n".repeat(ROOM))),
        ("empty lines", "c.ini", text(|| "\n".repeat(ROOM))),
        (
            "quotes that never end",
            ".env",
            text(|| "A='".repeat(ROOM / 3)),
        ),
        ("lists in lists", "c.yaml", text(|| "[".repeat(75_000))),
        ("a million keys", "c.yaml", keys(|n| format!("k{n}: {n}\n"))),
        (
            "a million keys",
            "c.json",
            keys(|n| format!("\"{n}\": 1, ")),
        ),
        ("a million keys", "c.toml", keys(|n| format!("k{n}=1\n"))),
        ("a million keys", "c.ini", keys(|n| format!("k{n} = 1\n"))),
        (
            "commas",
            "c.yaml",
            text(|| format!("[{}]", "a,".repeat(ROOM / 2))),
        ),
        (
            "as many keys as go in",
            ".env",
            text(|| repeated(75_000, |n| format!("K{n}=1\n"))),
        ),
        (
            "as many keys as go in",
            "c.json",
            text(|| {
                format!(
                    "{{{}\"z\": 1}}",
                    repeated(75_000, |n| format!("\"{n}\": 1, "))
                )
            }),
        ),
        (
            "as many keys as go in",
            "c.toml",
            text(|| repeated(75_000, |n| format!("k{n}=1\n"))),
        ),
        (
            "as many keys as go in",
            "c.ini",
            text(|| repeated(75_000, |n| format!("k{n}=1\n"))),
        ),
        (
            "as many keys as go in",
            "c.yaml",
            text(|| repeated(75_000, |n| format!("k{n}: {n}\n"))),
        ),
        ("lists in lists", "c.json", text(|| "[".repeat(75_000))),
        (
            "lists in lists",
            "c.toml",
            text(|| format!("a = {}", "[".repeat(75_000))),
        ),
        (
            "a staircase",
            "c.yaml",
            text(|| repeated(5_000, |n| format!("{}a:\n", " ".repeat(n)))),
        ),
        ("items on a line", "c.yaml", text(|| "- ".repeat(ROOM / 2))),
        (
            "quotes that never end",
            "c.yaml",
            text(|| "\"a\" \"".repeat(ROOM / 5)),
        ),
    ];
    let all = std::env::var_os("SWITCHBACK_HUGE").is_some();
    for (what, name, text) in cases.into_iter().step_by(if all { 1 } else { 6 }) {
        let case = with_file(name, text().as_bytes());
        let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
        let what = format!("{name}: {what}");
        let args = ["plan", "--pack", &pack, "--trust", &digest];
        bounded(&case, &what, &args, &[0, 12]);
    }
}

/// `SWITCHBACK_NAMES=1000000` makes it a million.
#[test]
fn a_folder_of_very_many_names_is_bounded() {
    let case = Case::new();
    let names =
        std::env::var("SWITCHBACK_NAMES").map_or(20_000, |text| text.parse().expect("a number"));
    let usage = "usages:\n  - {search: 'import notes', in: ['**/*.py'], remedy: x}\n\nchecklist:";
    case.pack_edit("1.x-to-2.0.yaml", "checklist:", usage);
    let many = case.root.join("many");
    fs::create_dir(&many).expect("made");
    for n in 0..names {
        fs::write(many.join(format!("{n}.py")), "").expect("written");
    }
    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let args = ["plan", "--pack", &pack, "--trust", &digest];
    bounded(&case, "names", &args, &[0, 2, 12]);
}
