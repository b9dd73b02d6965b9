//! What a pack's author sees: every file of `tests/rules_errors` is a hop with a mistake, put
//! into a small pack that is otherwise right, and its diagnostics are snapshots.

#![expect(clippy::disallowed_methods, reason = "a test reads its own cases")]

use proptest::prelude::*;
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};
use switchback::rules::{
    check::check,
    pack::load,
    source::{Origin, PackSource},
};

const PACK: &str = "\
schema: 1
product: sample
title: Sample
releases: semver
recognise: {file: {path: app.toml}}
detect:
  - title: the file VERSION
    probe: {file: {path: VERSION, pattern: '(.+)'}}
environment:
  - dotenv: {file: .env}
write_to: {dotenv: {file: .env}}
secrets: [API_TOKEN]
databases:
  main: {sqlite: {file: app.db}}
  queue: {redis: {url: 'redis://localhost'}}
inputs:
  port: {ask: Which port?, default: '8080'}
services:
  app:
    title: the app
    port: '{{input.port}}'
    ways: [{by: {systemd: {unit: app.service}}}]
variants:
  install:
    - {id: docker, title: Docker, when: {file: {path: compose.yaml}}}
";

const GUIDE: &str = "\
schema: 1
title: Upgrading
statements:
  - {id: S-1, section: One, says: Rename the variable.}
";

const HOP: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
environment:
  - rename: {from: OLD, to: NEW, cites: [S-1]}
config:
  - edit:
      file: app.toml
      changes:
        - {set: server.port, value: '{{input.port}}'}
apply:
  - id: migrate
    title: Migrate
    do: {run: {command: [app, migrate], expect: {stdout: done}}}
    stays: true
verify:
  - id: health
    title: It answers
    probe: {http: {url: 'http://localhost:{{input.port}}/', expect: {body: ok}}}
";

fn pack(hop: &[u8]) -> PackSource {
    let files = [
        ("pack.yaml", PACK.as_bytes()),
        ("guide.yaml", GUIDE.as_bytes()),
        ("hop.yaml", hop),
    ];
    PackSource {
        origin: Origin::Folder("sample".into()),
        files: files
            .map(|(name, text)| (name.to_owned(), text.to_vec().into()))
            .into(),
    }
}

fn shown(source: &PackSource) -> String {
    let found = match load(source) {
        Ok(pack) => check(&pack),
        Err(found) => found,
    };
    let pictures: Vec<String> = found.iter().map(|one| one.render(false)).collect();
    pictures.join("\n\n")
}

#[test]
fn the_sample_pack_is_right() {
    assert_eq!(shown(&pack(HOP.as_bytes())), "");
}

#[test]
fn every_mistake_is_shown_with_its_place_and_cure() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rules_errors");
    let files: BTreeMap<String, Vec<u8>> = fs::read_dir(folder)
        .expect("corpus")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
        .map(|path| {
            let name = path
                .file_stem()
                .expect("name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read(&path).expect("file"))
        })
        .collect();
    assert!(files.len() > 20, "the corpus is there");
    for (name, text) in files {
        let shown = shown(&pack(&text));
        assert!(!shown.is_empty(), "{name} is a mistake");
        insta::with_settings!({snapshot_path => "rules_errors", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

/// Two seconds are what an operator may wait; a debug build on a busy machine gets five.
#[test]
fn hostile_texts_are_refused_soon() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let before = format!("*a{}, ", n - 1).repeat(9);
        laughs += &format!("a{n}: &a{n} [{before}]\n");
    }
    let typos = "  - renam: {from: A}\n".repeat(4500);
    let hostile: [(&str, Vec<u8>); 11] = [
        ("nothing", Vec::new()),
        ("laughs", laughs.into()),
        ("typos", format!("environment:\n{typos}").into()),
        ("deep lists", "[".repeat(1 << 20).into()),
        ("deep maps", "{a: ".repeat(1 << 18).into()),
        ("deep dashes", "- ".repeat(1 << 19).into()),
        ("wide", "- a\n".repeat(1 << 18).into()),
        ("too large", vec![b'a'; (1 << 20) + 1]),
        ("long line", vec![b'a'; 1 << 20]),
        ("not text", vec![0xff, 0xfe, 0x00]),
        ("quotes", "\"".repeat(1 << 20).into()),
    ];
    for (name, text) in hostile {
        let began = Instant::now();
        let found = load(&pack(&text)).err().unwrap_or_default();
        assert!(!found.is_empty(), "{name} is refused");
        let shown: usize = found.iter().map(|one| one.render(false).len()).sum();
        assert!(shown < 10_000, "{name} is shown in short: {shown} bytes");
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{name}: {:?}",
            began.elapsed()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = shown(&pack(&bytes));
    }

    #[test]
    fn no_change_of_a_good_hop_makes_it_panic(
        at in 0..HOP.len(),
        cut in 0..40usize,
        put in prop::sample::select(vec!["", "\t", "{", "[", ": ", "'", "\n", "- ", "&a ", "*a", "!x ", "ü", "\0", "{{input.x}}"]),
    ) {
        let end = (at + cut).min(HOP.len());
        let text = format!("{}{put}{}", &HOP[..at], &HOP[end..]);
        let shown = shown(&pack(text.as_bytes()));
        prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
    }
}

#[test]
fn the_bundled_packs_are_right() {
    for source in switchback::rules::bundled::whole_packs() {
        let pack = load(&source).expect("a bundled pack can be read");
        let told = check(&pack).into_iter().map(|one| one.render(false));
        let told: Vec<String> = told.collect();
        assert_eq!(told.join("\n\n"), "", "{:?}", source.origin);
    }
}

#[test]
fn what_cannot_work_is_told_though_each_file_reads_well() {
    let told = |file: &str, text: &str| {
        let mut source = pack(HOP.as_bytes());
        let bytes = text.as_bytes().to_vec();
        source.files.insert(file.to_owned(), bytes.into());
        shown(&source)
    };
    let twice = told("second.yaml", HOP);
    assert!(
        twice.contains("error: hop.yaml leads from the same releases to the same release")
            && twice.contains("second.yaml:2:7"),
        "{twice}"
    );
    let elsewhere = HOP.replace("from: '>=1.0, <2.0'", "from: '>=0.9, <1.0'");
    assert!(!told("second.yaml", &elsewhere).contains("the same releases"));

    let unread = told("second.yml", HOP);
    assert!(
        unread.contains("warning: these rules are not read") && unread.contains("second.yaml"),
        "{unread}"
    );
    assert_eq!(told("compose.yml", "services: {}\n"), "");

    let ungrouped = told("pack.yaml", &PACK.replace("'(.+)'", "'.+'"));
    assert!(
        ungrouped.contains("warning: the pattern has no group"),
        "{ungrouped}"
    );

    let below = told("hops/second.yaml", HOP);
    assert!(
        below.contains("warning: these rules are not read: they stand in a folder"),
        "{below}"
    );
    assert_eq!(told("files/values.yaml", "schema: 1\nfrom: x\n"), "");

    let second = HOP.replace(
        "from: '>=1.0, <2.0'\nto: 2.0.0",
        "from: '>=2.0.1, <3.0'\nto: 3.0.0",
    );
    let gap = told("second.yaml", &second);
    assert!(
        gap.contains("warning: no hop leads on from `2.0.0`, and the pack goes as far as 3.0.0"),
        "{gap}"
    );
    assert_eq!(told("second.yaml", &second.replace("2.0.1", "2.0")), "");

    let verify = HOP.find("verify:").expect("it has some");
    let unverified = told("hop.yaml", &HOP[..verify]);
    assert!(
        unverified.contains("warning: the hop has no `verify`"),
        "{unverified}"
    );

    let idle = "inputs:\n  idle: {ask: What for?, default: nothing}\n";
    let unused = told("pack.yaml", &PACK.replace("inputs:\n", idle));
    assert!(
        unused.contains("warning: nothing uses the input `idle`") && !unused.contains("`port`"),
        "{unused}"
    );

    let host = "inputs:\n  host: {ask: Which?}\n";
    let named = "detect:\n  - title: it says so\n    probe: {http: {request: {url: 'http://{{input.host}}/'}, json: $.v}}\n";
    let early = PACK.replace("inputs:\n", host).replace("detect:\n", named);
    let early = told("pack.yaml", &early);
    assert!(
        early.contains("error: the release is looked for before `host` can be asked")
            && early.contains("pack.yaml:8:35"),
        "{early}"
    );
}

#[test]
fn names_that_the_author_chose_and_the_words_of_other_files_are_no_vocabulary() {
    let hop = HOP.replace(
        "        - {set: server.port, value: '{{input.port}}'}\n",
        "        - set: server
          value:
            {input: a, database: b, variant: {c: d}, because: 'e {{env.OLD}}', cites: [f], at: g,
             file: {path: h.txt, at: i}, measures: {J: k}, require: [l m], command: [serve, '{{input.port}}']}
",
    );
    let hop = hop.replace(
        "    stays: true\n",
        "    when: {variant: {input: docker}}
    stays: true
  - id: send
    title: Send it
    stays: true
    do:
      run:
        command: [send]
        env: {url: '{{env.API_TOKEN}}', input: a, database: b, because: '{{env.API_TOKEN}}', variant: c, measures: d}
        expect: {stdout: done}
  - id: ask
    title: Ask it
    stays: true
    do: {http: {url: 'http://localhost/', headers: {url: '{{env.API_TOKEN}}', input: a, remedy: '{{root}}'}, expect: {body: ok}}}
",
    );
    let mut source = pack(hop.as_bytes());
    let text = PACK
        .replace(
            "variants:\n",
            "variants:\n  input: [{id: docker, title: D, when: {file: {path: a}}}]\n",
        )
        .replace(
            "    probe: {file: {path: VERSION",
            "    names: {input: 1.0.0, database: 2.0.0}\n    probe: {file: {path: VERSION",
        );
    source
        .files
        .insert("pack.yaml".to_owned(), text.into_bytes().into());
    assert_eq!(shown(&source), "");
    // What a shell would run is no word, wherever it stands.
    let shell = hop.replace("[serve, ", "[sh, -c, ");
    source
        .files
        .insert("hop.yaml".to_owned(), shell.into_bytes().into());
    let told = shown(&source);
    assert!(
        told.contains("`{{input.port}}` becomes part of a program"),
        "{told}"
    );
    // The same words where they belong are read.
    let hop = hop.replace("variant: {input: docker}", "input: {name: docker, is: a}");
    source
        .files
        .insert("hop.yaml".to_owned(), hop.into_bytes().into());
    let told = shown(&source);
    assert!(
        told.contains("error: no input is called `docker`"),
        "{told}"
    );
}

#[test]
fn what_is_missing_is_told_once_and_not_by_all_that_needs_it() {
    let without = |file: &str| {
        let mut source = pack(HOP.as_bytes());
        source.files.remove(file);
        let pack = load(&source).expect("each file reads well");
        let told = check(&pack).into_iter().map(|one| one.message);
        told.collect::<Vec<String>>()
    };
    assert_eq!(
        without("guide.yaml"),
        ["the pack has no guide.yaml, where this would stand"]
    );
    assert_eq!(
        without("hop.yaml"),
        ["the pack has no hop: it leads from no release to another"]
    );
}

#[test]
fn a_rule_that_finds_nothing_in_any_case_is_told() {
    let typo = HOP.replace(
        "        - {set: server.port",
        "        - {rename: srver.bind, to: listen}\n        - {set: server.port",
    );
    let told = |case: &str| {
        let mut source = pack(typo.as_bytes());
        let file = "cases/one/case.yaml".to_owned();
        source.files.insert(file, case.as_bytes().to_vec().into());
        shown(&source)
    };
    let case = "title: One\nfrom: 1.0.0\nto: 2.0.0\nexpect:\n  findings:\n    hop/env/NEW: {kind: renamed}\n";
    let silent = told(case);
    assert!(
        silent.contains("warning: in no case `hop/app.toml/srver.bind` finds anything to change")
            && silent.contains("hop.yaml:11:12")
            && silent.matches("warning").count() == 1,
        "{silent}"
    );
    let found = format!("{case}    hop/app.toml/srver.bind: {{kind: config}}\n");
    assert_eq!(told(&found), "");

    let mut source = pack(HOP.as_bytes());
    let file = "cases/two/before/app.toml".to_owned();
    source.files.insert(file, b"".as_slice().into());
    let no_case = shown(&source);
    assert!(
        no_case.contains("warning: the file is missing: nobody runs this case")
            && no_case.contains("cases/two/case.yaml"),
        "{no_case}"
    );
}

/// Whoever writes a pack sees every misspelt key at once, and nothing that only follows from one.
#[test]
fn every_entry_that_is_wrong_is_told_in_one_pass() {
    let pack_with = |file: &str, text: &str| {
        let mut source = pack(HOP.as_bytes());
        let bytes = text.as_bytes().to_vec();
        source.files.insert(file.to_owned(), bytes.into());
        let found = load(&source).expect_err("faults");
        let told = found.iter().map(ToString::to_string);
        told.collect::<Vec<String>>()
    };
    let hop = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
titel: Two
environment:
  - rename: {from: OLD, tu: NEW, cites: [S-1]}
  - rename: {frm: OLD, to: NEW, cites: [S-1]}
  - renam: {from: OLD, to: NEW, cites: [S-1]}
  - rename: {from: OLD, to: NEW, cites: [S-1]}
config:
  - edit:
      file: app.toml
      changes:
        - {set: server.port, value: '{{input.port}}', becuase: x}
apply:
  - id: migrate
    titel: Migrate
    do: {run: {command: [app, migrate], expect: {stdot: done}}}
    stays: yes
  - titl: One
  - id: more
    title: More
    do: {run: {command: app}}
verify:
  - id: health
    title: It answers
    probe: {htp: {url: 'http://localhost:{{input.port}}/', expect: {body: ok}}}
";
    let told = pack_with("hop.yaml", hop);
    assert_eq!(
        told,
        [
            "hop.yaml:4:1: unknown key `titel`",
            "hop.yaml:6:25: unknown key `tu`",
            "hop.yaml:7:14: unknown key `frm`",
            "hop.yaml:8:5: unknown word `renam`",
            "hop.yaml:14:55: unknown key `becuase`",
            "hop.yaml:17:5: unknown key `titel`",
            "hop.yaml:18:50: unknown key `stdot`",
            "hop.yaml:19:12: this is not true or false",
            "hop.yaml:20:5: unknown key `titl`",
            "hop.yaml:23:25: a list is wanted here",
            "hop.yaml:27:13: unknown word `htp`",
        ]
    );
    let told = pack_with("pack.yaml", &PACK.replace("title: ", "titel: "));
    assert!(told.len() > 2, "{told:?}");
}
