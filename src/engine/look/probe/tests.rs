//! What a look comes to, in a world of memory: what could not be looked at is neither met nor not.

use super::*;
use crate::{
    engine::store::run_dir::StateDir,
    model::{
        digest::Digest,
        ids::RunId,
        path::RelPath,
        plan::{Plan, Target},
        survey::FileMeta,
    },
    rules::{
        pack::load,
        source::{Origin, PackSource},
    },
    world::{
        Answer, Cancel, Ended, Heard, How, InLines,
        fake::{FakeWorld, ended},
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const PACK: &str = "\
schema: 1
product: product
title: Product
releases: semver
recognise: {file: {path: VERSION}}
detect:
  - title: the file VERSION
    probe: {file: {path: VERSION, pattern: '(.+)'}}
environment:
  - dotenv: {file: .env}
  - dotenv: {file: .env.local}
write_to: {dotenv: {file: .env}}
known: [MODE]
";

const PAGE: &str = "http://localhost/page";

fn context(fake: &FakeWorld, edit: impl FnOnce(&mut Plan)) -> Context {
    let source = PackSource {
        origin: Origin::Folder("product".into()),
        files: [("pack.yaml".to_owned(), PACK.as_bytes().to_vec().into())].into(),
    };
    let plan = json!({
        "format": 1, "program": "test", "product": "product", "title": "Product",
        "pack": Digest::of(b"pack"), "host": "host", "root": "/srv", "from": "1", "to": "2",
        "hops": [], "targets": {}, "variables": {}, "findings": [], "decisions": {},
        "inputs": {}, "variants": {}, "checklist": [], "backup": {"files": [], "commands": []},
        "steps": [], "verify": [], "rollback": {"steps": [], "checks": [], "notes": []},
        "hints": [], "notes": [], "usages": [], "remedies": {},
    });
    let mut plan: Plan = serde_json::from_value(plan).expect("a plan");
    edit(&mut plan);
    fake.files.put("/srv/VERSION", "1.0.0\n");
    Context::new(
        fake.world(),
        StateDir::new("/state".into()).run(&RunId::new("test")),
        Arc::new(plan),
        load(&source).expect("a pack"),
        BTreeMap::new(),
    )
    .expect("a context")
}

fn looked(context: &Context, probe: Value) -> Looked {
    let probe: Probe = serde_json::from_value(probe).expect("a probe");
    look(context.scope(0, &Cancel::default()), &probe)
}

fn not(probe: &Value) -> Value {
    json!({ "not": probe })
}

/// Probes `yes`, which is met, `no`, which is not, and `unclear`, of which nothing is known.
fn three(fake: &FakeWorld) -> Context {
    let stopped = Ended {
        how: How::TimedOut,
        ..ended(0, "", "")
    };
    fake.commands.answer(&["yes"], ended(0, "", ""));
    fake.commands.answer(&["no"], ended(1, "", ""));
    fake.commands.answer(&["unclear"], stopped);
    context(fake, |_| {})
}

#[test]
fn of_several_probes_what_could_not_be_looked_at_is_not_a_no() {
    let context = three(&FakeWorld::new());
    let list = |names: &str| {
        let names = names.split_whitespace();
        let probes = names.map(|name| json!({"command": {"command": [name]}}));
        Value::from_iter(probes)
    };
    for (names, all, any) in [
        ("yes", Met::Yes, Met::Yes),
        ("yes no", Met::No, Met::Yes),
        ("no unclear", Met::No, Met::Unclear),
        ("unclear no", Met::Unclear, Met::Unclear),
        ("unclear yes", Met::Unclear, Met::Yes),
        ("no no", Met::No, Met::No),
        // An empty list neither holds nor fails.
        ("", Met::Unclear, Met::Unclear),
    ] {
        for (probe, met) in [
            (json!({ "all": list(names) }), all),
            (json!({ "any": list(names) }), any),
        ] {
            assert_eq!(looked(&context, probe.clone()).met, met, "{probe}");
            let opposite = match met {
                Met::Yes => Met::No,
                Met::No => Met::Yes,
                Met::Unclear => Met::Unclear,
            };
            assert_eq!(looked(&context, not(&probe)).met, opposite, "not {probe}");
        }
    }
}

#[test]
fn a_command_that_was_ended_before_its_end_says_nothing() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    for (how, told) in [
        (How::TimedOut, "not done after 0 s"),
        (How::Signal(15), "ended by signal 15"),
        (
            How::Signal(9),
            "ended by signal 9: somebody killed it, or memory ran out (`dmesg` shows that)",
        ),
    ] {
        let end = Ended {
            how,
            ..ended(0, "", "")
        };
        fake.commands.answer(&["app"], end);
        let probe = json!({"command": {"command": ["app"], "expect": {"never": "ERROR"}}});
        let unclear = Looked::unclear(told);
        assert_eq!(looked(&context, not(&probe)), unclear);
        assert_eq!(looked(&context, probe), unclear);
    }
}

#[test]
fn what_a_command_said_counts_though_it_has_scrolled_away() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    let said = |heard: InLines| Ended {
        heard: Heard {
            stdout: heard,
            stderr: heard,
            cut: true,
        },
        ..ended(0, "fine\n", "fine\n")
    };
    for (heard, met) in [
        (InLines::Found, Met::Yes),
        (InLines::NotGone, Met::No),
        (InLines::Unknown, Met::Unclear),
    ] {
        fake.commands.answer(&["app"], said(heard));
        for stream in ["stdout", "stderr"] {
            let probe = json!({"command": {"command": ["app"], "expect": {stream: "42 applied"}}});
            let Looked { met: seen, told } = looked(&context, probe);
            assert_eq!(seen, met, "{stream}: {told}");
        }
    }
    let asked = fake.commands.ran().pop().expect("a command");
    let wanted = asked.wanted.stderr.expect("something wanted");
    assert_eq!(wanted.as_str(), "42 applied");

    let counts = json!({"command": {
        "command": ["app"], "measures": {"rows": {"output": "rows: ([0-9]+)"}},
    }});
    let Looked { met, told } = looked(&context, counts);
    assert_eq!(met, Met::Unclear, "{told}");
}

#[test]
fn of_an_answer_that_was_cut_only_what_is_there_counts() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    fake.http.script(|request| {
        (request.url == PAGE).then(|| {
            Ok(Answer {
                status: 200,
                body: "{\"status\": \"ok\", \"errors_total\": 5".to_owned(),
                body_is_whole: false,
                took: Duration::ZERO,
            })
        })
    });
    for (expect, met) in [
        (json!({"body": "status"}), Met::Yes),
        (json!({"body": "ready"}), Met::Unclear),
        // The number may continue beyond the cut.
        (json!({"body": "errors_total\": 5$"}), Met::Unclear),
        (json!({"never": "status"}), Met::No),
        (json!({"never": "ERROR"}), Met::Unclear),
        (
            json!({"json": [{"at": "status", "is": "ok"}]}),
            Met::Unclear,
        ),
        (json!({"status": [404]}), Met::No),
    ] {
        let probe = json!({"http": {"url": PAGE, "expect": expect}});
        let Looked { met: seen, told } = looked(&context, probe);
        assert_eq!(seen, met, "{expect}: {told}");
    }
}

#[test]
fn of_metrics_that_were_cut_no_number_is_read() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    fake.http.script(|request| {
        Some(Ok(Answer {
            status: 200,
            body: "errors_total 5".to_owned(),
            body_is_whole: request.answer_max.bytes() > 1 << 30,
            took: Duration::ZERO,
        }))
    });
    for absent in [Value::Null, json!("zero")] {
        let mut rule = json!({"metric": "errors_total", "look": "value", "at_most": 10});
        if !absent.is_null() {
            rule["metric"] = json!("failures_total");
            rule["absent"] = absent;
        }
        rule["no_data"] = json!("could_not_check");
        let probe = json!({"metrics": {"url": PAGE, "rules": [rule]}});
        let Looked { met, told } = looked(&context, probe);
        assert_eq!(met, Met::Unclear, "{told}");
        assert!(told.contains("is larger than 16 MiB"), "{told}");
    }
}

#[test]
fn looks_in_a_row_are_a_second_apart_and_end_with_the_first_that_fails() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    let made = |name: &str| {
        let probe = json!({"command": {"command": [name]}});
        let it = json!({"id": "it", "title": "It", "in_a_row": 3, "probe": probe});
        let it: Check = serde_json::from_value(it).expect("a check");
        let (before, ran) = (context.world.clock.monotonic(), fake.commands.ran().len());
        let (verdict, _) = check(context.scope(0, &Cancel::default()), &it);
        let took = context.world.clock.monotonic() - before;
        (verdict, took.as_secs(), fake.commands.ran().len() - ran)
    };
    assert_eq!(made("yes"), (CheckVerdict::Ok, 2, 3));
    assert_eq!(made("no"), (CheckVerdict::Blocked, 0, 1));
    assert_eq!(made("unclear"), (CheckVerdict::CouldNotCheck, 0, 1));
    // The operator stops it between two looks.
    let cancel = Cancel::default();
    let pull = cancel.clone();
    fake.http.script(move |_| {
        pull.pull();
        Some(Ok(Answer {
            status: 200,
            body: String::new(),
            body_is_whole: true,
            took: Duration::ZERO,
        }))
    });
    let it = json!({"id": "it", "title": "It", "in_a_row": 3, "probe": {"http": {"url": PAGE}}});
    let it: Check = serde_json::from_value(it).expect("a check");
    let (verdict, told) = check(context.scope(0, &cancel), &it);
    assert_eq!(verdict, CheckVerdict::CouldNotCheck, "{told}");
    assert_eq!(fake.http.sent().len(), 1);
}

#[test]
fn a_route_of_a_file_is_looked_at_and_nothing_beside_it() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    let compose = "services:\n  app:\n    image: app:1 # app:2\n    volumes: [a:/a, b:/b]\n";
    fake.files.put("/srv/compose.yml", compose);
    fake.files.put("/srv/broken.yml", "services: {\n");
    let (image, gone) = ("services.app.image", "services.app.networks");
    for (path, at, asked, met) in [
        ("compose.yml", image, json!({}), Met::Yes),
        (
            "compose.yml",
            image,
            json!({"matches": "^app:1$"}),
            Met::Yes,
        ),
        ("compose.yml", image, json!({"matches": "app:2"}), Met::No),
        ("compose.yml", image, json!({"never": "app:2"}), Met::Yes),
        ("compose.yml", image, json!({"never": "^app:1$"}), Met::No),
        ("compose.yml", image, json!({"exists": false}), Met::No),
        (
            "compose.yml",
            "services.app.volumes",
            json!({"matches": "^b:"}),
            Met::Yes,
        ),
        ("compose.yml", gone, json!({"exists": false}), Met::Yes),
        ("compose.yml", gone, json!({"exists": true}), Met::No),
        ("compose.yml", gone, json!({"matches": "x"}), Met::No),
        ("compose.yml", gone, json!({"never": "x"}), Met::Yes),
        ("absent.yml", image, json!({"exists": false}), Met::Yes),
        ("absent.yml", image, json!({"never": "x"}), Met::No),
        ("broken.yml", image, json!({"exists": false}), Met::Unclear),
    ] {
        let mut probe = json!({"file": asked});
        probe["file"]["path"] = json!(path);
        probe["file"]["at"] = json!(at);
        let Looked { met: seen, told } = looked(&context, probe.clone());
        assert_eq!(seen, met, "{probe}: {told}");
    }
}

#[test]
fn a_disk_has_room_for_the_copy_the_new_file_and_the_way_back() {
    let fake = FakeWorld::new();
    let file = RelPath::try_from("app.db".to_owned()).expect("a path");
    let context = context(&fake, |plan| plan.backup.files.push(file));
    fake.files.put("/srv/app.db", vec![0; 1 << 20]);
    for (free, met) in [(4 << 20, Met::Yes), ((4 << 20) - 1, Met::No)] {
        fake.files.set_free_bytes(free);
        let Looked { met: seen, told } = looked(&context, json!({"disk": {"free": "1MiB"}}));
        assert_eq!(seen, met, "{told}");
        assert!(told.ends_with("4.0 MiB needed"), "{told}");
    }
}

#[test]
fn a_shell_that_logs_out_is_seen_whatever_its_time() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    let look = || looked(&context, json!({"shell_timeout": {}})).met;
    assert_eq!(look(), Met::Yes);
    for (seconds, met) in [
        ("", Met::Yes),
        ("0", Met::Yes),
        ("60", Met::No),
        ("300", Met::No),
        ("600", Met::No),
        ("86400", Met::No),
    ] {
        fake.system.set_variable("TMOUT", seconds);
        assert_eq!(look(), met, "{seconds}");
    }
}

#[test]
fn a_clock_that_is_behind_a_file_of_the_product_is_seen() {
    let fake = FakeWorld::new();
    let file = RelPath::try_from("app.toml".to_owned()).expect("a path");
    let context = context(&fake, |plan| {
        plan.targets.insert(file, Target::Absent);
    });
    let now_ms = i128::from(context.world.clock.now_ms());
    for (ahead_ms, met) in [(-1_000, Met::Yes), (60_000, Met::Yes), (60_001, Met::No)] {
        let meta = FileMeta {
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtime_ns: (now_ms + ahead_ms) * 1_000_000,
            xattrs: BTreeMap::new(),
        };
        fake.files.put_with("/srv/app.toml", "a = 1\n", meta);
        let Looked { met: seen, told } = looked(&context, json!({"clock": {}}));
        assert_eq!(seen, met, "{ahead_ms}: {told}");
    }
}

#[test]
fn a_source_that_cannot_be_read_may_have_the_value_that_counts() {
    let fake = FakeWorld::new();
    let context = three(&fake);
    fake.files.put("/srv/.env", "MODE=on\n");
    let variable = |expect: &str, value: Value| {
        let mut probe = json!({"variable": {"name": "MODE"}});
        probe["variable"][expect] = value;
        looked(&context, probe).met
    };
    assert_eq!(variable("matches", json!("^on$")), Met::Yes);
    assert_eq!(variable("matches", json!("^off$")), Met::No);
    fake.files.put_other("/srv/.env.local", "a pipe");
    assert_eq!(variable("matches", json!("^on$")), Met::Unclear);
    assert_eq!(variable("matches", json!("^off$")), Met::Unclear);
    // It is set in any case.
    assert_eq!(variable("set", json!(true)), Met::Yes);
    assert_eq!(variable("set", json!(false)), Met::No);
    fake.files.put("/srv/.env", "");
    assert_eq!(variable("set", json!(true)), Met::Unclear);
    assert_eq!(variable("set", json!(false)), Met::Unclear);
}
