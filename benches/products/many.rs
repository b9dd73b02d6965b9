//! A product with much of everything: five files of 5,000 lines, 500 steps, a step that prints ten
//! megabytes and one that prints ten thousand lines a second.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

const FILES: usize = 5;
const GROUPS: usize = 1_000;
const STEPS: usize = 500;

const PACK: &str = "\
schema: 1
product: many
title: A product with much of everything
releases: semver
recognise:
  file: {path: VERSION}
detect:
  - title: the file VERSION
    probe:
      file: {path: VERSION, pattern: '^([0-9.]+)'}
environment:
  - dotenv: {file: .env}
write_to:
  dotenv: {file: .env}
";

const GUIDE: &str = "\
schema: 1
title: Upgrade notes
statements:
  - id: M-1
    section: Everything
    says: Every setting gets a new value, and every part is taken over.
";

/// The steps with something to see; a person is asked before the second and after it.
const PRINT: &str = "\
apply:
  - id: log
    title: Print ten megabytes
    do:
      run: {command: [sh, -c, \"yes 'imported one more row of the table orders' | head -n 240000\"]}
    harmless: true
    cites: [M-1]
  - id: gate
    title: Look at it
    do: {ask: {text: Look at what was printed.}}
    harmless: true
    cites: [M-1]
  - id: stream
    title: Print ten thousand lines a second
    do:
      run: {command: [sh, -c, \"for i in $(seq 50); do seq 1000 | sed 's/^/imported row /'; sleep 0.1; done\"]}
    harmless: true
    cites: [M-1]
  - id: gate-2
    title: Look at it again
    do: {ask: {text: Look at what was printed.}}
    harmless: true
    cites: [M-1]
";

const VERIFY: &str = "\
verify:
  - id: release
    title: The new release is there
    probe:
      release: {is: '{{to}}'}
";

pub struct Product {
    pub root: PathBuf,
    pub pack: PathBuf,
}

/// Writes the product and its pack below a folder.
pub fn lay_out(folder: &Path) -> Product {
    let (root, pack) = (folder.join("many"), folder.join("pack"));
    fs::create_dir_all(&root).expect("made");
    fs::create_dir_all(&pack).expect("made");
    let put = |path: PathBuf, text: &str| fs::write(path, text).expect("written");
    put(root.join("VERSION"), "1.0.0\n");
    for file in 0..FILES {
        put(root.join(format!("part-{file}.yaml")), &settings(file));
    }
    put(pack.join("pack.yaml"), PACK);
    put(pack.join("guide.yaml"), GUIDE);
    put(
        pack.join("1-to-2.yaml"),
        &hop().expect("a text takes everything"),
    );
    Product { root, pack }
}

/// Settings, five lines per group.
fn settings(file: usize) -> String {
    let group = |n: usize| {
        format!(
            "group_{n:04}:\n  title: what group {n} of part {file} is for\n  limit: 1\n  hosts: \
             [alpha, beta]\n  enabled: true\n"
        )
    };
    (0..GROUPS).map(group).collect()
}

fn hop() -> Result<String, std::fmt::Error> {
    let mut hop = String::from(
        "schema: 1\nfrom: '>=1.0, <2.0'\nto: 2.0.0\ntitle: Everything at once\nconfig:\n",
    );
    for file in 0..FILES {
        write!(
            hop,
            "  - edit:\n      file: part-{file}.yaml\n      changes:\n"
        )?;
        for n in (0..GROUPS).step_by(100) {
            write!(
                hop,
                "        - set: group_{n:04}.limit\n          value: 2\n"
            )?;
            write!(
                hop,
                "          because: the new release counts otherwise\n          cites: [M-1]\n"
            )?;
        }
    }
    hop.push_str(PRINT);
    for n in 0..STEPS {
        write!(
            hop,
            "  - id: part-{n}\n    title: Take over part {n} of the old release\n"
        )?;
        write!(
            hop,
            "    do: {{run: {{command: ['true']}}}}\n    harmless: true\n"
        )?;
        write!(
            hop,
            "    because: the new release keeps it elsewhere\n    cites: [M-1]\n"
        )?;
    }
    hop.push_str(VERIFY);
    Ok(hop)
}
