//! Surveys of a product in memory, and of one on disk.

#![expect(clippy::disallowed_methods, reason = "a test lays out its own product")]

use std::{collections::BTreeMap, ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};
use switchback::{
    model::{
        path::RelPath,
        privacy::Privacy,
        survey::{FileState, Passed, Survey},
    },
    rules::{
        condition::{Answers, Facts, holds},
        pack::{LoadedPack, load},
        path,
        source::{Origin, PackSource},
    },
    world::{
        RealFiles, World,
        fake::{FakeProcess, FakeWorld, ended},
        survey,
    },
};

const STATE: &str = "/state";

const PACK: &str = r#"
schema: 1
product: sample
title: Sample
releases: semver
recognise: {file: {path: app.toml, matches: '^name = "sample"'}}
detect:
  - title: the running service
    probe: {http: {request: {url: 'http://localhost:{{input.port}}/health'}, json: app.version}}
  - title: the program
    probe: {command: {run: {command: [sample, --version]}, pattern: 'sample (\S+)'}}
    names: {one: 1.0.0}
  - title: app.toml
    probe: {file: {path: app.toml, pattern: '^version = "(.+)"'}}
  - title: a git checkout
    probe: {if: {condition: {dir: .git}, release: 0.9.0}}
environment:
  - process: {}
  - service: {pid_file: run/app.pid, process: sample-server}
  - systemd: {unit: sample.service}
write_to: {dotenv: {file: .env}}
prefixes: [SAMPLE_]
known: [LOG_LEVEL]
secrets: [SAMPLE_KEY]
inputs:
  port: {ask: Port, default: '8000'}
variants:
  install:
    - {id: docker, title: Docker, when: {file: {path: compose.yml}}}
    - {id: git, title: Git, when: {dir: .git}}
    - {id: npm, title: npm, when: {program: {name: sample, at: '/node_modules/sample/'}}}
"#;

const HOP: &str = r#"
schema: 1
from: '>=0.1, <2.0'
to: 2.0.0
title: Two
config:
  - edit: {file: app.toml, changes: [{set: version, value: '2.0.0'}]}
  - replace: {files: 'flows/*.yml', match: 'sample@1', with: 'sample@2'}
backup:
  - files: {files: ['data/**']}
usages:
  - {search: 'import sample_old', in: ['**/*.py'], remedy: import sample}
"#;

const GUIDE: &str = "schema: 1\ntitle: Guide\nstatements: []\n";

fn pack() -> LoadedPack {
    pack_with(HOP)
}

fn pack_with(hop: &str) -> LoadedPack {
    pack_of(PACK, hop)
}

fn pack_of(pack: &str, hop: &str) -> LoadedPack {
    let files = [
        ("pack.yaml", pack),
        ("1-to-2.yaml", hop),
        ("guide.yaml", GUIDE),
        ("files/app.yaml", "a: 1\n"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec().into()));
    let source = PackSource {
        origin: Origin::Bundled("sample".to_owned()),
        files: files.into(),
    };
    load(&source).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

fn product() -> FakeWorld {
    let fake = FakeWorld::new();
    let files = &fake.files;
    files.put("/srv/app.toml", "name = \"sample\"\nversion = \"1.0.1\"\n");
    files.put("/srv/.git/HEAD", "ref");
    files.put("/srv/flows/a.yml", "uses: sample@1\n");
    files.put("/srv/data/app.db", b"SQLite\0\xff");
    files.put("/srv/src/x.py", "#\nimport sample_old\n");
    files.put("/srv/src/notes.txt", "import sample_old\n");
    fake
}

fn take(fake: &FakeWorld) -> Survey {
    take_by(fake, &pack())
}

fn take_by(fake: &FakeWorld, pack: &LoadedPack) -> Survey {
    let answers = Answers::new();
    survey::take(
        &fake.world(),
        pack,
        Path::new("/srv"),
        Path::new(STATE),
        &answers,
    )
    .expect("a survey")
}

fn values(survey: &Survey, name: &str) -> Vec<(String, String)> {
    let variable = survey.variables.get(name);
    let sightings = variable.map(|variable| variable.sightings.iter());
    let pair =
        |s: &switchback::model::survey::Sighting| (s.source.clone(), s.value.expose().to_owned());
    sightings.into_iter().flatten().map(pair).collect()
}

fn file<'s>(survey: &'s Survey, path: &str) -> &'s FileState {
    &survey.files[&RelPath::try_from(path).expect("path")]
}

#[test]
fn every_probe_answers_for_itself() {
    let fake = product();
    fake.http.answer(
        "http://localhost:8000/health",
        200,
        r#"{"app": {"version": "1.0.2"}}"#,
    );
    fake.commands
        .answer(&["sample"], ended(0, "", "sample one\n"));
    let seen = take(&fake).releases;
    let told: Vec<(&str, Option<&str>)> = seen
        .iter()
        .map(|s| (s.title.as_str(), s.answer.as_ref().ok().map(|r| r.as_str())))
        .collect();
    let expected = [
        ("the running service", Some("1.0.2")),
        ("the program", Some("1.0.0")),
        ("app.toml", Some("1.0.1")),
        ("a git checkout", Some("0.9.0")),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_probe_without_an_answer_says_why() {
    let fake = product();
    fake.http.answer("http://localhost:8000/health", 503, "{}");
    let why = |n: usize, fake: &FakeWorld| match &take(fake).releases[n].answer {
        Ok(release) => panic!("{release}"),
        Err(why) => why.clone(),
    };
    assert!(why(0, &fake).contains("503"));
    assert!(why(1, &fake).contains("`sample` is not installed"));
    fake.commands
        .answer(&["sample"], ended(1, "sample 1.0.0", ""));
    assert!(why(1, &fake).contains("exit code 1"));
    fake.files.put(
        "/srv/app.toml",
        "name = \"sample\"\nversion = \"\u{1b}[2J\"\n",
    );
    assert!(!why(2, &fake).contains('\u{1b}'));
    let fake = FakeWorld::new();
    fake.files.put("/srv/app.toml", "name = \"sample\"\n");
    assert_eq!(
        why(3, &fake),
        "not 0.9.0, because the folder .git is not there"
    );
}

/// Before there is a plan nobody else hides them: what a probe could not reach is told on the first
/// screen.
#[test]
fn an_address_that_does_not_answer_is_told_without_its_secrets() {
    let fake = product();
    let url = "http://localhost:{{input.port}}/health";
    let text = PACK.replace(url, "http://ada:a-password@localhost/{{env.SAMPLE_KEY}}");
    fake.system.set_variable("SAMPLE_KEY", "a-secret-key");
    let seen = take_by(&fake, &pack_of(&text, HOP));
    let told = seen.releases[0].answer.as_ref().expect_err("no answer");
    let shown = "http://ada:••••••@localhost/••••••: ";
    assert!(told.starts_with(shown), "{told}");
}

/// The running service, with a value that differs from the shell's.
fn server() -> FakeProcess {
    let environment = [("SAMPLE_KEY", "service"), ("PATH", "/bin")];
    FakeProcess {
        command: vec!["/opt/sample-server".to_owned(), "--quiet".to_owned()],
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..FakeProcess::default()
    }
}

#[test]
fn a_pid_file_that_was_left_behind_speaks_of_nobody() {
    let fake = product();
    fake.files.put("/srv/run/app.pid", "77\n");
    assert!(values(&take(&fake), "SAMPLE_KEY").is_empty());
    let stranger = FakeProcess {
        command: vec!["vi".to_owned(), "notes".to_owned()],
        ..server()
    };
    fake.processes.start(77, stranger);
    let survey = take(&fake);
    assert!(values(&survey, "SAMPLE_KEY").is_empty());
    assert!(survey.blind_spots.is_empty(), "{:?}", survey.blind_spots);
    fake.processes.start(77, server());
    assert_eq!(values(&take(&fake), "SAMPLE_KEY").len(), 1);
}

#[test]
fn variables_come_from_every_source_the_last_wins() {
    let fake = product();
    for (name, value) in [
        ("SAMPLE_KEY", "shell"),
        ("LOG_LEVEL", "info"),
        ("HOME", "/root"),
    ] {
        fake.system.set_variable(name, value);
    }
    fake.files.put("/srv/run/app.pid", "77\n");
    fake.processes.start(77, server());
    fake.files.put(
        "/etc/systemd/system/sample.service",
        "[Unit]\nEnvironment=NOT=this\n[Service]\nEnvironmentFile=-/srv/unit.env\n\
         Environment=\"SAMPLE_KEY=unit one\" SAMPLE_B=1\nEnvironmentFile=/srv/gone.env\n",
    );
    fake.files
        .put("/srv/unit.env", "# note\nSAMPLE_KEY='from file'\n");
    fake.files.put(
        "/etc/systemd/system/sample.service.d/20.conf",
        "[Service]\nEnvironment=SAMPLE_B=2\n",
    );
    let survey = take(&fake);
    let sources: Vec<String> = values(&survey, "SAMPLE_KEY")
        .into_iter()
        .map(|(s, v)| format!("{s}={v}"))
        .collect();
    let expected = [
        "this shell=shell",
        "the running service (process 77)=service",
        "/etc/systemd/system/sample.service (unit sample.service)=unit one",
        "unit.env (EnvironmentFile of sample.service)=from file",
    ];
    assert_eq!(sources, expected);
    let key = &survey.variables["SAMPLE_KEY"];
    assert_eq!(key.privacy, Privacy::Secret);
    assert_eq!(survey.variables["LOG_LEVEL"].privacy, Privacy::Open);
    let last = key.effective().expect("set");
    assert_eq!(
        (last.file.as_ref().map(|f| f.as_str()), last.line),
        (Some("unit.env"), Some(2))
    );
    let b: Vec<String> = values(&survey, "SAMPLE_B")
        .into_iter()
        .map(|(_, v)| v)
        .collect();
    assert_eq!(b, ["1", "2"]);
    let names: Vec<&str> = survey.variables.keys().map(String::as_str).collect();
    assert_eq!(names, ["LOG_LEVEL", "SAMPLE_B", "SAMPLE_KEY"]);
    let blind: Vec<&str> = survey
        .blind_spots
        .iter()
        .map(|b| b.source.as_str())
        .collect();
    assert_eq!(blind, ["gone.env"], "a file that must be there is missed");
}

#[test]
fn a_source_that_cannot_be_read_is_a_blind_spot() {
    let fake = product();
    fake.files.put("/srv/run/app.pid", "77");
    let closed = FakeProcess {
        closed: true,
        ..server()
    };
    fake.processes.start(77, closed);
    fake.files
        .put_symlink("/etc/systemd/system/sample.service", "/dev/null");
    let blind = take(&fake).blind_spots;
    assert_eq!(blind.len(), 2, "{blind:?}");
    assert!(
        blind[0].why.contains("as the user of that process"),
        "{blind:?}"
    );
    assert!(blind[1].why.contains("symbolic link"), "{blind:?}");
}

#[test]
fn files_are_what_they_are() {
    let fake = product();
    let survey = take(&fake);
    assert!(file(&survey, "app.toml").text().is_some());
    assert_eq!(
        file(&survey, "flows/a.yml").text(),
        Some("uses: sample@1\n")
    );
    assert_eq!(*file(&survey, ".env"), FileState::Absent);
    assert!(matches!(
        file(&survey, "data/app.db"),
        FileState::Unusable { .. }
    ));
    assert_eq!(survey.variants["install"], "git");

    fake.files.put_links("/srv/app.toml", 2);
    fake.files.put("/srv/compose.yml", "x\0y");
    let survey = take(&fake);
    let why = |path| match file(&survey, path) {
        FileState::Unusable { why } => why.clone(),
        other => panic!("{other:?}"),
    };
    assert!(why("app.toml").contains("2 hard links"));
    assert!(why("compose.yml").contains("NUL"));
    assert!(survey.variants.is_empty(), "both ways of installing fit");
}

#[test]
fn what_cannot_be_saved_is_in_the_survey() {
    let fake = product();
    fake.files.put_symlink("/srv/data/current", "/mnt/big");
    fake.files.put(OsStr::from_bytes(b"/srv/data/x\xffy"), "x");
    let survey = take(&fake);
    let passed: Vec<_> = survey.passed_over.iter().map(|one| &one.is).collect();
    assert!(
        matches!(passed[..], [Passed::Link { real: None, .. }, Passed::Name]),
        "{passed:?}"
    );
}

#[test]
fn what_a_watch_depends_on_is_looked_at() {
    let watch = "watch:\n  - {id: errors, title: Errors, url: 'http://localhost/metrics', rules: [], \
                 when: {file: {path: metrics.on}}}\n";
    let fake = product();
    fake.files.put("/srv/metrics.on", "");
    let pack = pack_with(&format!("{HOP}{watch}"));
    let survey = survey::take(
        &fake.world(),
        &pack,
        Path::new("/srv"),
        Path::new(STATE),
        &Answers::new(),
    );
    let survey = survey.expect("a survey");
    assert_eq!(file(&survey, "metrics.on").text(), Some(""));
}

#[test]
fn many_files_together_are_too_much_and_what_is_only_backed_up_comes_last() {
    const MIB: usize = 1 << 20;
    let fake = product();
    let large = vec![b'#'; 15 * MIB];
    for name in ["flows/b.yml", "flows/c.yml", "flows/d.yml", "data/a.log"] {
        fake.files.put(Path::new("/srv").join(name), &large);
    }
    fake.files.put("/srv/data/small.csv", "1,2\n");
    let survey = take(&fake);
    let text = |path| file(&survey, path).text().is_some();
    assert!(text("flows/a.yml") && text("flows/b.yml") && text("flows/c.yml"));
    for path in ["flows/d.yml", "data/a.log"] {
        let FileState::Unusable { why } = file(&survey, path) else {
            panic!("{path} is held as well");
        };
        let words = "together with the files before it larger than 32 MiB";
        assert!(
            why.contains(words) && why.contains("which of them grew"),
            "{why}"
        );
    }
    assert!(text("data/small.csv"));
    let held = survey.files.values().filter_map(FileState::text);
    assert!(held.map(str::len).sum::<usize>() <= 32 * MIB);
}

#[test]
fn a_program_is_where_its_link_leads_in_the_first_folder_of_the_shell_that_has_it() {
    let fake = product();
    let module = "/usr/lib/node_modules/sample/bin/sample";
    fake.files.put(module, "");
    fake.files.put_symlink("/usr/bin/sample", module);
    fake.files.put("/opt/old/sample", "");
    fake.system.set_variable("PATH", "/none:/usr/bin:/opt/old");
    let both = take(&fake);
    assert!(both.programs.values().eq([module]));
    assert!(both.variants.is_empty(), "npm fits as well as git");
    fake.system.set_variable("PATH", "/opt/old:/usr/bin");
    assert_eq!(take(&fake).variants["install"], "git");
}

#[test]
fn usages_are_found_with_their_lines() {
    let survey = take(&product());
    let hits: Vec<_> = survey
        .usages
        .iter()
        .map(|h| (h.file.as_str(), h.line, h.text.as_str()))
        .collect();
    assert_eq!(hits, [("src/x.py", 2, "import sample_old")]);
    assert_eq!(survey.usages[0].rule.as_str(), "1-to-2/usage/1");
}

/// A secret that is cut in half would not be recognised any more.
#[test]
fn a_line_with_a_usage_is_whole_until_its_secrets_are_hidden() {
    let fake = product();
    let line = format!("import sample_old; {}", "KEY = 'k'; ".repeat(100));
    fake.files.put("/srv/src/x.py", &line);
    assert_eq!(take(&fake).usages[0].text, line.trim());
}

#[test]
fn a_product_is_recognised_without_asking_it() {
    let fake = product();
    let pack = pack();
    let fits = |root: &str| {
        let seen = survey::recognise(&fake.world(), &pack.pack, Path::new(root)).expect("seen");
        let facts = Facts {
            survey: &seen,
            answers: &Answers::new(),
            variants: &BTreeMap::new(),
        };
        holds(&pack.pack.recognise, &facts).is_yes()
    };
    assert!(fits("/srv") && !fits("/srv/flows"));
    assert_eq!(fake.changes(), 0, "no command and no request");
    let missing = survey::recognise(&fake.world(), &pack.pack, Path::new("/none"));
    assert!(missing.is_err_and(|error| error.to_string().contains("--root")));
}

#[test]
fn on_disk_ignored_code_is_left_out_and_a_link_out_of_the_root_is_refused() {
    let dir = tempfile::tempdir().expect("folder");
    let outside = tempfile::tempdir().expect("folder");
    let put = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("write");
    };
    put("app.toml", "name = \"sample\"\n");
    put(".gitignore", "venv/\n");
    put("venv/lib.py", "import sample_old\n");
    put(".github/tool.py", "import sample_old\n");
    put("b.py", "x\n\nimport sample_old as s\n");
    std::fs::write(outside.path().join("a.yml"), "sample@1").expect("write");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("flows")).expect("link");
    let fake = FakeWorld::new();
    let world = World {
        files: std::sync::Arc::new(RealFiles),
        ..fake.world()
    };
    put("runs/state/copy.py", "import sample_old\n");
    let state = dir.path().join("runs/state");
    let survey = survey::take(&world, &pack(), dir.path(), &state, &Answers::new());
    let survey = survey.expect("a survey");
    let hits: Vec<_> = survey
        .usages
        .iter()
        .map(|h| (h.file.as_str(), h.line))
        .collect();
    assert_eq!(hits, [(".github/tool.py", 1), ("b.py", 3)]);
    assert!(
        !survey
            .files
            .keys()
            .any(|path| path.as_str().starts_with("flows"))
    );
}

#[test]
fn a_vendors_file_is_the_first_place_that_has_it() {
    let merge = "config:\n- merge:\n    file: app.yaml\n    old: [{file: 'stock/{{from}}.yaml'}, \
                 {command: {command: [git, show, 'v{{from}}:app.yaml']}}]\n    new: [{pack: files/app.yaml}]";
    let pack = pack_with(&format!(
        "schema: 1\nfrom: '>=0.1, <2.0'\nto: 2.0.0\ntitle: Two\n{merge}\n"
    ));
    let heads = [path::HopHead {
        file: "1-to-2.yaml".into(),
        from: pack.hops[0].hop.from.clone(),
        to: pack.hops[0].hop.to.clone(),
        title: "Two".into(),
    }];
    let from = pack.pack.releases.parse("1.0.1").expect("a release");
    let road = path::plan_path(&pack.pack.releases, &heads, &from, None).expect("a road");
    let fake = product();
    let old = |fake: &FakeWorld| {
        let mut survey = take(fake);
        survey::stock(&fake.world(), &pack, &road, &Answers::new(), &mut survey);
        let texts = survey.stock.into_values().next().expect("one merge");
        assert_eq!(texts.new.as_deref(), Ok("a: 1\n"));
        texts.old
    };
    let why = old(&fake).expect_err("there is none yet");
    assert!(why.contains("stock/1.0.1.yaml is not there; "), "{why}");
    assert!(why.contains("`git` is not installed"), "{why}");
    let git = ["git", "show", "v1.0.1:app.yaml"];
    fake.commands
        .answer(&git, ended(0, "from git\n", "warning"));
    assert_eq!(old(&fake).as_deref(), Ok("from git\n"));
    fake.files.put("/srv/stock/1.0.1.yaml", "from the tree\n");
    assert_eq!(old(&fake).as_deref(), Ok("from the tree\n"));
}
