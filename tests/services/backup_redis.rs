//! Redis: its snapshot is fetched, loaded by a scratch server, and swapped in for the current data.

use super::{
    servers::{Redis, program},
    upgrade::{Between, Upgrade, saved, undo_error},
};
use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Command as Process, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use switchback::{
    engine::{link::handle::Ask, worker::Worker},
    model::{
        record::{CheckVerdict, Proof},
        text::Secret,
    },
    world::{Command, Commands},
};

const PASSWORD: &str = "p@s w/o\"r'd$ \\#";

fn filled() -> Redis {
    let redis = Redis::start(PASSWORD);
    redis.ask(&["-n", "2", "SET", "plain", "1"]);
    redis.ask(&["-n", "2", "SET", "we \"ird\nkey", "2", "EX", "5000"]);
    redis.ask(&["-n", "2", "HSET", "hash", "a", "1", "b", "2"]);
    redis.ask(&["-n", "2", "RPUSH", "list", "x", "y", "z"]);
    let many = "for i = 1, 1000 do redis.call('SET', 'many:' .. i, i) end";
    redis.ask(&["-n", "2", "EVAL", many, "0"]);
    redis.ask(&["-n", "5", "SET", "neighbour", "before"]);
    redis
}

fn upgrade(redis: &Redis) -> Upgrade {
    let database = json!({"redis": {
        "host": "127.0.0.1", "port": redis.server.port.to_string(), "password": "{{env.PASSWORD}}",
        "name": "2",
    }});
    let env = format!(
        "PASSWORD=\"{}\"\n",
        PASSWORD.replace('\\', "\\\\").replace('"', "\\\"")
    );
    Upgrade::new(database, &env)
}

/// Every key with its value and its remaining hours, as text.
fn contents(redis: &Redis, database: &str) -> String {
    let all = "local out = {} \
        for _, key in ipairs(redis.call('KEYS', '*')) do \
          local ttl = redis.call('PTTL', key) \
          out[#out + 1] = key .. '=' .. redis.sha1hex(redis.call('DUMP', key)) .. ' ' \
            .. (ttl < 0 and ttl or math.floor(ttl / 3600000)) \
        end \
        table.sort(out) return table.concat(out, ',')";
    redis.ask(&["-n", database, "EVAL", all, "0"])
}

fn change(redis: &Redis) {
    redis.ask(&["-n", "2", "DEL", "list", "many:7"]);
    redis.ask(&["-n", "2", "SET", "plain", "changed"]);
    redis.ask(&["-n", "2", "MSET", "new:1", "1", "new:2", "2", "new:3", "3"]);
    redis.ask(&["-n", "5", "SET", "neighbour", "after"]);
}

#[test]
fn its_keys_come_back_and_those_of_its_neighbours_stay() {
    let redis = filled();
    let upgrade = upgrade(&redis);
    let before = contents(&redis, "2");
    let mut worker = upgrade.forward().expect("forward");
    let backup = saved(&worker);
    assert_eq!(backup.proof, Proof::Restored);
    assert_eq!(backup.counts["database 2"], 1004);
    change(&redis);
    let lost = upgrade.lost(&worker).join("\n");
    assert!(
        lost.contains("database 2: 1005 keys now, 1004 in the backup"),
        "{lost}"
    );

    upgrade.back(&mut worker).expect("back");
    assert_eq!(contents(&redis, "2"), before);
    assert_eq!(redis.ask(&["-n", "5", "GET", "neighbour"]), "after");
    let used = redis.ask(&["INFO", "keyspace"]);
    assert_eq!(
        used.matches("keys=").count(),
        2,
        "nothing is left over: {used}"
    );
    assert!(
        !upgrade.written(&worker).contains(PASSWORD),
        "the password was written down"
    );
}

#[test]
fn a_snapshot_that_is_cut_or_changed_is_no_backup() {
    let redis = filled();
    for at_end in [true, false] {
        let mut upgrade = upgrade(&redis);
        upgrade.world.commands = Arc::new(Between(
            move |command: &Command, run: &dyn Fn(&Command) -> _| {
                let ended = run(command);
                if command.argv.contains(&"--rdb".to_owned()) {
                    let file = Path::new(command.argv.last().expect("a file"));
                    let mut bytes = fs::read(file).expect("a snapshot");
                    let half = bytes.len() / 2;
                    if at_end {
                        bytes.truncate(half)
                    } else {
                        bytes[half] ^= 0x40
                    }
                    fs::write(file, bytes).expect("written");
                }
                ended
            },
        ));
        let why = upgrade
            .forward()
            .map(|_| ())
            .expect_err("a spoiled snapshot");
        assert!(
            why.contains("the backup failed, nothing was changed"),
            "{why}"
        );
    }
}

#[test]
fn an_exchange_that_is_interrupted_anywhere_ends_right_when_it_is_done_again() {
    let redis = filled();
    let before = contents(&redis, "2");
    let mut stopped = 0;
    for at in 1.. {
        let mut upgrade = upgrade(&redis);
        let worker = upgrade.forward().expect("forward");
        change(&redis);
        let left = Arc::new(AtomicUsize::new(at));
        let asked = left.clone();
        let stopping: Arc<dyn Commands> = Arc::new(Between(
            move |command: &Command, run: &dyn Fn(&Command) -> _| {
                // Fails before the n-th query to the live server, for each n in turn.
                if command.argv[0] == "redis-cli" && command.argv[1] == "-h" {
                    let before = asked
                        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
                    if before == Ok(1) {
                        return run(&Command {
                            argv: vec!["false".to_owned()],
                            ..command.clone()
                        });
                    }
                }
                run(command)
            },
        ));
        let plain = std::mem::replace(&mut upgrade.world.commands, stopping);
        let mut disturbed = upgrade.taken_up(worker);
        let end = upgrade.back(&mut disturbed);
        if left.load(Ordering::SeqCst) > 0 {
            end.expect("nothing was in its way");
            assert_eq!(contents(&redis, "2"), before);
            break;
        }
        stopped += 1;
        upgrade.world.commands = plain;
        if end.is_err() {
            let mut again = upgrade.taken_up(disturbed);
            upgrade.back(&mut again).expect("back");
        }
        assert_eq!(
            contents(&redis, "2"),
            before,
            "stopped before question {at}"
        );
    }
    assert!(stopped >= 6, "only {stopped} places were tried");
    let used = redis.ask(&["INFO", "keyspace"]);
    assert_eq!(
        used.matches("keys=").count(),
        2,
        "nothing is left over: {used}"
    );
}

/// Does something before or after the command that has this word in its arguments.
fn beside(
    word: &'static str,
    first: bool,
    doing: impl Fn() + Send + Sync + 'static,
) -> Arc<dyn Commands> {
    Arc::new(Between(
        move |command: &Command, run: &dyn Fn(&Command) -> _| {
            let stdin = command.stdin.as_ref().map_or("", Secret::expose);
            let mut words = command.argv.iter().map(String::as_str).chain([stdin]);
            let meant = words.any(|one| one.contains(word));
            if meant && first {
                doing();
            }
            let ended = run(command);
            if meant && !first {
                doing();
            }
            ended
        },
    ))
}

/// A neighbour's database: empty when a place is looked for, and used while the keys are copied
/// into it.
#[test]
fn what_a_neighbour_puts_meanwhile_into_the_database_that_was_empty_stays_there() {
    let redis = Arc::new(filled());
    let before = contents(&redis, "2");
    let mut upgrade = upgrade(&redis);
    let worker = upgrade.forward().expect("forward");
    change(&redis);
    let changed = contents(&redis, "2");
    let pushed = redis.clone();
    upgrade.world.commands = beside("MIGRATE", false, move || {
        pushed.ask(&["-n", "15", "RPUSH", "jobs", "a", "b"]);
    });
    let mut worker = upgrade.taken_up(worker);
    upgrade.back(&mut worker).expect_err("somebody uses it");
    let why = undo_error(&worker);
    assert!(
        why.contains("database 15")
            && why.contains("1 key that the backup does not have (\"jobs\")"),
        "{why}"
    );
    assert_eq!(contents(&redis, "2"), changed);

    upgrade.back(&mut worker).expect("into another one");
    assert_eq!(contents(&redis, "2"), before);
    assert_eq!(redis.ask(&["-n", "15", "LLEN", "jobs"]), "4");
    let report = upgrade.report(&worker);
    assert!(
        report.contains("database 15, which an earlier restore copied to"),
        "{report}"
    );
}

#[test]
fn what_a_neighbour_puts_there_before_the_exchange_is_not_exchanged() {
    let redis = Arc::new(filled());
    let mut upgrade = upgrade(&redis);
    let worker = upgrade.forward().expect("forward");
    change(&redis);
    let changed = contents(&redis, "2");
    let pushed = redis.clone();
    upgrade.world.commands = beside("SWAPDB", true, move || {
        pushed.ask(&["-n", "15", "RPUSH", "jobs", "a"]);
    });
    let mut worker = upgrade.taken_up(worker);
    upgrade.back(&mut worker).expect_err("somebody uses it");
    assert_eq!(contents(&redis, "2"), changed);
    assert_eq!(redis.ask(&["-n", "15", "LLEN", "jobs"]), "1");
}

#[test]
fn a_database_that_somebody_is_connected_to_is_not_free() {
    let redis = filled();
    let before = contents(&redis, "2");
    let mut upgrade = upgrade(&redis);
    let worker = upgrade.forward().expect("forward");
    change(&redis);
    let mut neighbour = Process::new(program("redis-cli"))
        .args(["-p", &redis.server.port.to_string(), "-n", "15"])
        .env("REDISCLI_AUTH", PASSWORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-cli");
    let mut input = neighbour.stdin.take().expect("an input");
    input.write_all(b"PING\n").expect("sent");
    let mut output = neighbour.stdout.take().expect("an output");
    output.read_exact(&mut [0; 4]).expect("PONG");

    let asked = Arc::new(AtomicUsize::new(0));
    let seen = asked.clone();
    upgrade.world.commands = Arc::new(Between(
        move |command: &Command, run: &dyn Fn(&Command) -> _| {
            let there = command.argv.windows(2).any(|two| two == ["-n", "15"]);
            seen.fetch_add(usize::from(there), Ordering::SeqCst);
            run(command)
        },
    ));
    let mut worker = upgrade.taken_up(worker);
    upgrade.back(&mut worker).expect("back");
    assert_eq!(contents(&redis, "2"), before);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    drop(input);
    neighbour.wait().expect("redis-cli ends");
}

/// A server that refuses writes at the moment of the exchange refuses its first command, and thus
/// all of it.
#[test]
fn an_exchange_that_the_server_refuses_is_no_restore() {
    let redis = Arc::new(filled());
    let before = contents(&redis, "2");
    let mut upgrade = upgrade(&redis);
    let worker = upgrade.forward().expect("forward");
    change(&redis);
    let changed = contents(&redis, "2");
    let refuses = redis.clone();
    let refusing: Arc<dyn Commands> = Arc::new(Between(
        move |command: &Command, run: &dyn Fn(&Command) -> _| {
            if !command.argv.iter().any(|word| word.contains("SWAPDB")) {
                return run(command);
            }
            refuses.ask(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
            let ended = run(command);
            refuses.ask(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
            ended
        },
    ));
    let plain = std::mem::replace(&mut upgrade.world.commands, refusing);
    let mut worker = upgrade.taken_up(worker);
    let why = upgrade.back(&mut worker).expect_err("it is refused");
    assert!(why.contains("NOREPLICAS"), "{why}");
    assert_eq!(contents(&redis, "2"), changed);

    upgrade.world.commands = plain;
    let mut again = upgrade.taken_up(worker);
    upgrade.back(&mut again).expect("back");
    assert_eq!(contents(&redis, "2"), before);
}

#[test]
fn a_backup_that_is_stopped_leaves_no_scratch_server_behind() {
    let redis = filled();
    let mut upgrade = upgrade(&redis);
    let (worker, why) = upgrade.stopped_at("redis-server");
    assert!(why.contains("stopped by the operator"), "{why}");
    let socket = upgrade.backup(&worker).join("main.sock");
    UnixStream::connect(socket).expect_err("nobody listens");
}

#[test]
fn a_wrong_password_is_told_and_not_taken_for_an_empty_server() {
    let redis = Redis::start(PASSWORD);
    let database =
        json!({"redis": {"url": format!("redis://:wrong@127.0.0.1:{}/0", redis.server.port)}});
    let upgrade = Upgrade::new(database, "A=1\n");
    let why = upgrade.forward().map(|_| ()).expect_err("refused");
    assert!(why.contains("WRONGPASS") || why.contains("NOAUTH"), "{why}");
}

#[test]
fn the_file_is_loaded_by_a_server_as_restore_md_says() {
    let redis = filled();
    let upgrade = upgrade(&redis);
    let worker = upgrade.forward().expect("forward");
    let folder = upgrade.backup(&worker);
    let text = fs::read_to_string(folder.join("RESTORE.md")).expect("RESTORE.md");
    let line = text
        .lines()
        .find(|line| line.starts_with("redis-server --port 6390"))
        .expect("a command");
    let script = format!(
        "{} --daemonize yes --unixsocket s",
        line.replace("6390", "0")
    );
    let sh = |script: &str| {
        let out = Process::new("sh")
            .args(["-c", script])
            .current_dir(&folder)
            .output()
            .expect("sh");
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    };
    sh(&script);
    let mut size = String::new();
    for _ in 0..200 {
        size = sh("redis-cli -s s -n 2 DBSIZE");
        if size == "1004" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    sh("redis-cli -s s SHUTDOWN NOSAVE");
    assert_eq!(size, "1004");
}

#[test]
fn keys_are_counted_before_and_after() {
    let redis = filled();
    let keys = |id: &str, more: serde_json::Value| {
        let mut probe = json!({"database": "main", "match": "many:*"});
        let map = probe.as_object_mut().expect("a map");
        map.extend(more.as_object().expect("a map").clone());
        (id.to_owned(), json!({ "keys": probe }))
    };
    let checks = [
        keys("same", json!({"same_as_before": true})),
        keys("is", json!({"is": 1000})),
        keys("others", json!({"as_many_as": "plain"})),
        keys("within", json!({"at_least": 999, "at_most": 1000})),
        keys("all of any name", json!({"match": "*", "is": 1004})),
    ];
    let upgrade = checks
        .into_iter()
        .fold(upgrade(&redis), |upgrade, (id, probe)| {
            upgrade.checking(&id, probe)
        });
    let mut worker = upgrade.forward().expect("forward");
    assert_eq!(saved(&worker).keys, [("many:*".to_owned(), 1000)].into());
    let verdict = |worker: &Worker, id: &str| worker.state().checks[&id.into()].verdict;
    for id in ["same", "is", "within", "all of any name"] {
        assert_eq!(verdict(&worker, id), CheckVerdict::Ok, "{id}");
    }
    let others = &worker.state().checks[&"others".into()];
    assert_eq!(others.verdict, CheckVerdict::Blocked);
    assert_eq!(others.detail, "1000 keys like many:*, 1 like plain");

    change(&redis);
    worker
        .meet(Ask::Recheck("same".into()))
        .expect("a worker")
        .expect("an answer");
    let same = &worker.state().checks[&"same".into()];
    assert_eq!(same.verdict, CheckVerdict::Blocked);
    assert_eq!(same.detail, "999 keys like many:*, 1000 before");
}
