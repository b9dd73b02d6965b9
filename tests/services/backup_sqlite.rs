//! SQLite: copied while it is being written to, checked, restored in one rename.

use super::{
    servers::{ordinary_user, program},
    upgrade::{Upgrade, by_hand, saved, undo_error},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

const SCHEMA: &str = "PRAGMA journal_mode = wal; \
    CREATE TABLE t (n INTEGER PRIMARY KEY, x TEXT); CREATE TABLE \"we \"\"ird\" (b BLOB); \
    INSERT INTO t (x) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) \
      SELECT 'row ' || i FROM c; \
    INSERT INTO \"we \"\"ird\" VALUES (x'00ff');";

fn sqlite(file: &Path, statement: &str) -> String {
    let out = Command::new(program("sqlite3"))
        .arg(file)
        .arg(statement)
        .output()
        .expect("sqlite3");
    assert!(out.status.success(), "{out:?}");
    String::from_utf8(out.stdout).expect("text")
}

fn upgrade() -> (Upgrade, PathBuf) {
    upgrade_doing(json!({"run": {"command": ["true"]}}))
}

fn upgrade_doing(action: Value) -> (Upgrade, PathBuf) {
    let database = json!({"sqlite": {"file": "sqlite+aiosqlite:///data/app.db"}});
    let upgrade = Upgrade::doing(database, "A=1\n", action);
    let file = upgrade.root().join("data/app.db");
    sqlite(&file, SCHEMA);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("mode");
    (upgrade, file)
}

/// Another process that has the file open.
struct Holder {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Holder {
    fn new(file: &Path) -> Self {
        let mut child = Command::new(program("sqlite3"))
            .args(["-batch", "-bail"])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sqlite3");
        let out = BufReader::new(child.stdout.take().expect("an output"));
        Self { child, out }
    }

    /// Runs statements; returns when they are done.
    fn run(&mut self, statements: &str) {
        let input = self.child.stdin.as_mut().expect("an input");
        writeln!(input, "{statements};\nSELECT 'done';").expect("sent");
        let mut line = String::new();
        while line.trim() != "done" {
            line.clear();
            assert_ne!(
                self.out.read_line(&mut line).expect("a line"),
                0,
                "sqlite3 ended"
            );
        }
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().expect("sqlite3 ends");
    }
}

#[test]
fn what_the_own_steps_changed_is_told_beside_what_is_lost() {
    let statement = "UPDATE t SET x = 'new' WHERE n <= 7; INSERT INTO t (x) VALUES ('more')";
    let action = json!({"sql": {"database": "main", "statement": statement}});
    let (upgrade, _file) = upgrade_doing(action);
    let mut worker = upgrade.forward().expect("forward");
    let lost = upgrade.lost(&worker).join("\n");
    let own = "; the run's own steps changed 8 rows there";
    assert!(
        lost.contains("t: 1001 rows now, 1000 in the backup") && lost.ends_with(own),
        "{lost}"
    );
    upgrade.back(&mut worker).expect("back");
    let report = upgrade.report(&worker);
    assert!(report.contains(own), "{report}");
}

#[test]
fn under_a_writer_it_is_copied_and_comes_back_as_it_was() {
    let (upgrade, file) = upgrade();
    let before = sqlite(&file, ".dump");
    let mut writer = Holder::new(&file);
    // Not committed, so it must neither be in the copy nor block it.
    writer.run("BEGIN IMMEDIATE; INSERT INTO t (x) VALUES ('half')");
    let mut worker = upgrade.forward().expect("forward");
    let backup = saved(&worker);
    assert_eq!((backup.counts["t"], backup.counts["we \"ird"]), (1000, 1));
    writer.run("COMMIT; ALTER TABLE t ADD COLUMN extra TEXT; CREATE TABLE new (a)");

    let lost = upgrade.lost(&worker).join("\n");
    assert!(
        lost.contains("t: 1001 rows now, 1000 in the backup"),
        "{lost}"
    );
    assert!(!lost.contains("new:"), "nothing is in it: {lost}");

    // It has the file open, even though it is idle.
    assert!(upgrade.back(&mut worker).is_err());
    assert!(
        undo_error(&worker).contains("has it open"),
        "{}",
        undo_error(&worker)
    );
    writer.end();

    upgrade.back(&mut worker).expect("back");
    assert_eq!(sqlite(&file, ".dump"), before);
    assert_eq!(sqlite(&file, "PRAGMA journal_mode").trim(), "wal");
    assert_eq!(fs::metadata(&file).expect("there").mode() & 0o777, 0o640);
    let names: Vec<_> = fs::read_dir(file.parent().expect("a folder"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["app.db"]);
}

#[test]
fn a_damaged_database_is_no_backup() {
    let (upgrade, file) = upgrade();
    sqlite(
        &file,
        "PRAGMA wal_checkpoint(truncate); PRAGMA journal_mode = delete",
    );
    let mut bytes = fs::read(&file).expect("a file");
    // The pages of the table are overwritten, but not its schema.
    let half = bytes.len() / 2;
    bytes[half..half + 4096].fill(0x5a);
    fs::write(&file, bytes).expect("written");
    let why = upgrade.forward().map(|_| ()).expect_err("damaged");
    assert!(
        why.contains("the backup failed, nothing was changed"),
        "{why}"
    );
}

#[test]
fn what_an_unclean_end_left_beside_it_does_not_mix_with_the_backup() {
    let (upgrade, file) = upgrade();
    let before = sqlite(&file, ".dump");
    let mut worker = upgrade.forward().expect("forward");
    // The write-ahead log of a killed process: its last rows exist nowhere else.
    let mut killed = Holder::new(&file);
    killed.run("INSERT INTO t (x) VALUES ('only in the log')");
    killed.child.kill().expect("killed");
    killed.child.wait().expect("gone");
    assert!(file.with_file_name("app.db-wal").exists());
    upgrade.back(&mut worker).expect("back");
    assert_eq!(sqlite(&file, ".dump"), before);
}

#[test]
fn a_database_that_is_gone_or_no_database_any_more_comes_back() {
    for spoil in [
        |file: &Path| fs::remove_file(file).expect("removed"),
        |file: &Path| fs::write(file, "no database").expect("written"),
    ] {
        let (upgrade, file) = upgrade();
        let before = sqlite(&file, ".dump");
        let mut worker = upgrade.forward().expect("forward");
        spoil(&file);
        upgrade.back(&mut worker).expect("back");
        assert_eq!(sqlite(&file, ".dump"), before);
        let report = upgrade.report(&worker);
        let told = "what was written since the backup and is lost could not be told";
        assert!(report.contains(told), "{report}");
    }
}

/// The metadata of a file.
fn beside_contents(file: &Path) -> (u32, u32, u32, i64) {
    let seen = fs::metadata(file).expect("there");
    (seen.mode(), seen.uid(), seen.gid(), seen.mtime())
}

/// Nobody else may read it, and it belongs to its service.
fn kept_from_others(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("mode");
    if let Some((uid, gid)) = ordinary_user() {
        chown(file, Some(uid), Some(gid)).expect("owner");
    }
}

#[test]
fn whatever_became_of_the_file_its_owner_mode_and_time_come_back() {
    let moved = |file: &Path| fs::rename(file, file.with_extension("old")).expect("moved");
    let replaced = |file: &Path| {
        moved(file);
        sqlite(file, "CREATE TABLE newer (n INTEGER)");
    };
    for spoil in [&moved as &dyn Fn(&Path), &replaced] {
        let (upgrade, file) = upgrade();
        let before = sqlite(&file, ".dump");
        kept_from_others(&file);
        let then = beside_contents(&file);
        let mut worker = upgrade.forward().expect("forward");
        spoil(&file);
        upgrade.back(&mut worker).expect("back");
        assert_eq!(beside_contents(&file), then);
        assert_eq!(sqlite(&file, ".dump"), before);
    }
}

#[test]
fn who_opens_the_file_while_it_is_put_back_is_noticed() {
    let (upgrade, file) = upgrade();
    // Large enough that copying it takes a while.
    sqlite(&file, "INSERT INTO t (x) VALUES (randomblob(16000000))");
    let before = sqlite(&file, ".dump");
    let mut worker = upgrade.forward().expect("forward");
    let copied = file.with_file_name("app.db.switchback-restore.part");
    let log = file.with_file_name("app.db-wal");
    let over = AtomicBool::new(false);
    let end = thread::scope(|scope| {
        scope.spawn(|| {
            while !copied.exists() && !over.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            fs::write(&log, "a log").expect("written");
        });
        let end = upgrade.back(&mut worker);
        over.store(true, Ordering::SeqCst);
        end
    });
    end.expect_err("somebody has opened it");
    let why = undo_error(&worker);
    assert!(
        why.contains("opened it while it was put back, and made data/app.db-wal"),
        "{why}"
    );

    upgrade.back(&mut worker).expect("back");
    assert_eq!(sqlite(&file, ".dump"), before);
}

#[test]
fn a_write_that_was_cut_off_is_told_with_its_cure() {
    let (upgrade, file) = upgrade();
    sqlite(&file, "PRAGMA journal_mode = delete");
    let mut product = Holder::new(&file);
    product.run("PRAGMA cache_size = 1; BEGIN; UPDATE t SET x = x || hex(randomblob(500))");
    product.child.kill().expect("killed");
    product.child.wait().expect("its end");
    assert!(file.with_file_name("app.db-journal").exists());
    let why = upgrade.forward().map(|_| ()).expect_err("half written");
    assert!(
        why.contains("ended in the middle of a write")
            && why.contains("start the product and stop it once"),
        "{why}"
    );
}

#[test]
fn a_person_restores_it_with_a_shell_alone() {
    let (upgrade, file) = upgrade();
    let before = sqlite(&file, ".dump");
    kept_from_others(&file);
    let (mode, uid, gid, _) = beside_contents(&file);
    let worker = upgrade.forward().expect("forward");
    fs::remove_dir_all(file.parent().expect("a folder")).expect("removed");
    by_hand(&upgrade.backup(&worker), 1, &[]);
    let (mode_now, uid_now, gid_now, _) = beside_contents(&file);
    assert_eq!((mode_now, uid_now, gid_now), (mode, uid, gid));
    assert_eq!(sqlite(&file, ".dump"), before);
}

#[test]
fn the_file_that_the_service_really_has_open_is_the_one_that_counts() {
    let database = json!({"sqlite": {"file": "sqlite:///data/configured.db", "open_by": "app"}});
    let upgrade = Upgrade::new(database, "A=1\n").with_service();
    let (used, configured) = (
        upgrade.root().join("used.db"),
        upgrade.root().join("data/configured.db"),
    );
    sqlite(&used, SCHEMA);
    sqlite(&configured, "CREATE TABLE other (a)");
    let (before, untouched) = (sqlite(&used, ".dump"), sqlite(&configured, ".dump"));
    let mut service = Holder::new(&used);
    service.run("SELECT count(*) FROM t");
    let pid = service.child.id().to_string();
    fs::write(upgrade.root().join("run/app.pid"), pid).expect("written");

    let mut worker = upgrade.forward().expect("forward");
    let backup = saved(&worker);
    assert_eq!(backup.counts["t"], 1000);
    let doubt = backup.doubt.expect("it is told");
    assert!(doubt.contains("has used.db open"), "{doubt}");
    assert!(doubt.contains("data/configured.db"), "{doubt}");
    assert!(upgrade.report(&worker).contains(&doubt));

    // When it is rolled back, the service is stopped and nothing has the file open.
    service.end();
    sqlite(&used, "DELETE FROM t");
    upgrade.back(&mut worker).expect("back");
    assert_eq!(sqlite(&used, ".dump"), before);
    assert_eq!(sqlite(&configured, ".dump"), untouched);
}
