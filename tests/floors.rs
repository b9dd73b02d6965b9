//! The house rule that folders are floors: a file imports only from lower floors and its own
//! folder. Reads the sources and names each offender.

#![expect(clippy::disallowed_methods, reason = "this test reads the sources")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules of the crate by floor, lowest first.
const FLOORS: [&[&str]; 6] = [
    &["model"],
    &[
        "rules",
        "edit",
        "diff",
        "run_state",
        "recover",
        "redact",
        "expand",
        "side_by_side",
        "sql",
    ],
    &["world"],
    &["engine"],
    &["tui", "cli"],
    &["bin"],
];
/// Allowed uses between the modules of one floor; the reverse is an offence.
const BESIDE: [(&str, &str); 6] = [
    ("rules", "edit"),
    ("rules", "expand"),
    ("rules", "redact"),
    ("rules", "side_by_side"),
    ("rules", "sql"),
    ("edit", "expand"),
];
/// The lower rooms of `engine`, lowest first: each uses only the ones before it, and everything
/// else in `engine` may use them.
const ROOMS: [&str; 4] = ["store", "means", "look", "deed"];
/// Imitations for the demo: they use nothing of the crate, and only the front uses them.
const OUTSIDE: &str = "standin";
/// Names in the library's root that are not modules.
const ROOT_NAMES: [&str; 1] = ["VERSION"];

#[test]
fn a_file_imports_only_from_below_and_from_its_own_folder() {
    let mut offences = Vec::new();
    for (below, text) in sources() {
        let home = module_of(&below);
        if home == "lib" {
            continue;
        }
        let named = modules_used(&text, &["crate::", "switchback::"]);
        for used in named.into_iter().chain(climbed_to(&text, depth(&below))) {
            if let Some(why) = offence(&home, &used) {
                offences.push(format!("{}: uses {used}: {why}", below.display()));
            }
        }
    }
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn a_room_of_the_engine_imports_only_from_those_below_it() {
    let mut offences = Vec::new();
    for (below, text) in sources() {
        let Ok(inside) = below.strip_prefix("engine") else {
            continue;
        };
        let home = module_of(inside);
        let named = modules_used(&text, &["engine::"]).into_iter();
        let used = named.chain(climbed_to(&text, depth(inside)));
        let offending = used.filter(|used| is_above(&home, used));
        offences.extend(offending.map(|used| format!("{}: uses {used}", below.display())));
    }
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
    assert!(is_above("store", "means") && is_above("deed", "worker"));
    assert!(!is_above("deed", "look") && !is_above("worker", "deed") && !is_above("look", "look"));
    let text =
        "use crate::{\n    engine::{a::{b, c}, d},\n    world,\n};\nuse crate::engine::e::f;";
    assert_eq!(modules_used(text, &["engine::"]), ["a", "d", "e"]);
}

/// Whether a lower room of the engine would use something outside the rooms below it.
fn is_above(home: &str, used: &str) -> bool {
    let room = |name| ROOMS.iter().position(|room| *room == name);
    room(home).is_some_and(|own| home != used && room(used).is_none_or(|other| other > own))
}

#[test]
fn an_offence_is_noticed() {
    assert!(offence("model", "world").is_some());
    assert!(offence("rules", "engine").is_some());
    assert!(offence("tui", "cli").is_some());
    assert!(offence("engine", "standin").is_some());
    assert!(offence("edit", "rules").is_some());
    assert!(offence("world", "new_module").is_some());
    assert!(offence("cli", "standin").is_none());
    assert!(offence("engine", "model").is_none());
    let text = "use crate::{\n    a::{b, c},\n    d,\n};\nfn f() { crate::e::g() }\n// crate::h";
    assert_eq!(modules_used(text, &["crate::"]), ["a", "d", "e"]);
    let text = "use super::super::{a, b::c};\nuse super::d;\nmod tests {\nuse super::super::super::e;\nuse super::super::f;\n}";
    assert_eq!(climbed_to(text, 2), ["a", "b", "e"]);
    assert_eq!(depth(Path::new("rules/path/road.rs")), 3);
}

fn offence(home: &str, used: &str) -> Option<&'static str> {
    if home == used || ROOT_NAMES.contains(&used) {
        return None;
    }
    if home == OUTSIDE {
        return Some("the imitations know nothing of the house");
    }
    if used == OUTSIDE {
        let front = ["cli", "bin"].contains(&home);
        return (!front).then_some("only the front knows the imitations");
    }
    let (Some(home_floor), Some(used_floor)) = (floor(home), floor(used)) else {
        return Some("a module that has no floor: give it one in this test");
    };
    if used_floor < home_floor || BESIDE.contains(&(home, used)) {
        return None;
    }
    Some(if used_floor == home_floor {
        "the same floor"
    } else {
        "a higher floor"
    })
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// `rules/path/road.rs` and `rules.rs` are of `rules`.
fn module_of(below: &Path) -> String {
    let first = below.components().next().expect("a file has a name");
    let first = first.as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// How many `super` steps lead from a file out of all its folders.
fn depth(below: &Path) -> usize {
    below.components().count()
}

/// The names used after so many `super` steps, or one more inside an inline module.
fn climbed_to(text: &str, steps: usize) -> Vec<String> {
    let (own, written_into) = match text.find("\nmod tests {") {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let up = |steps| "super::".repeat(steps);
    let mut names = modules_used(own, &[&up(steps)]);
    names.extend(modules_used(written_into, &[&up(steps + 1)]));
    names.retain(|name| name != "super");
    names
}

/// The first names behind a path that ends in `::`, in order of their places, comments left out.
fn modules_used(text: &str, paths: &[&str]) -> Vec<String> {
    let code: String = text
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n");
    let mut used = Vec::new();
    let places = paths.iter().flat_map(|path| code.match_indices(path));
    for (at, prefix) in places {
        let before = code[..at].chars().next_back();
        let goes_on = before == Some(':') && prefix.starts_with("super");
        if goes_on || before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        match code[at + prefix.len()..].strip_prefix('{') {
            Some(group) => used.extend(heads(group)),
            None => used.push(name(&code[at + prefix.len()..])),
        }
    }
    used
}

/// The first name of each entry of `a::{b, c}, d}`.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = Vec::new();
    let mut rest = group;
    heads.push(name(rest.trim_start()));
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(name(rest.trim_start())),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty() && head != "self");
    heads
}

fn name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Every source, by its path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&sources, &mut files);
    assert!(files.len() > 50, "the sources were not found: {files:?}");
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("sources are text");
        let below = file.strip_prefix(&sources).expect("below src");
        (below.to_owned(), text)
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
}
