//! Unusual places: links, mounts, full disks, folders that others can read; and several operators
//! at once. What needs a mount is made in a user namespace of its own; where the system allows
//! none, the test says so and is not run.

use super::support::{Case, Ended, MARKED, ended};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::{
    fs,
    io::Write,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use switchback::{
    model::survey::FileMeta,
    world::{Files, RealFiles},
};

const ENV: &str = "# The port of the web page\nPORT=8080\n";
const NEW_ENV: &str = "# The port of the web page\nNOTES_PORT=8080\n";

/// With the settings file that the pack changes.
fn case() -> Case {
    let case = Case::new();
    fs::write(case.root.join(".env"), ENV).expect("written");
    case
}

#[expect(clippy::print_stderr, reason = "a test that is not run says so")]
fn not_run(why: &str) {
    eprintln!("not run: {why}");
}

/// Runs a script as root of a user namespace, where it may mount; `sb` is the program, on this pack
/// and with its answers. `None` where the system allows no such namespace.
fn mounted(case: &Case, script: &str) -> Option<Ended> {
    let may = Command::new("unshare").args(["-rm", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        not_run("no user namespace can be made here");
        return None;
    }
    let applied = "sb() { verb=$1; shift; \"$SB\" \"$verb\" \"$@\"; }
        apply() { sb apply --yes --answers \"$ANSWERS\" --pack \"$PACK\" --trust \"$DIGEST\"; }
        fill() { dd if=/dev/zero of=\"$1/filled\" bs=4k 2>/dev/null; \
                 dd if=/dev/zero of=\"$1/filled2\" bs=1 count=5000 2>/dev/null; n=0; \
                 while true >\"$1/name$n\"; do n=$((n + 1)); done 2>/dev/null; }\n";
    let mut command = case.command(&[]);
    let envs: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-c", &format!("{applied}{script}")])
        .current_dir(&case.root)
        .env_clear()
        .envs(envs)
        .env("SB", env!("CARGO_BIN_EXE_switchback"))
        .env("PACK", &case.pack)
        .env("DIGEST", case.digest())
        .env("ANSWERS", case.answers(MARKED))
        .env("ROOT", &case.root)
        .stdin(Stdio::null());
    Some(ended(command.output().expect("the shell starts")))
}

#[test]
fn what_would_be_missing_in_the_backup_is_asked_about_first() {
    let case = case();
    case.pack_edit("1.x-to-2.0.yaml", "[VERSION]", "[VERSION, 'data/**']");
    let elsewhere = case.root.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    fs::write(elsewhere.join("precious"), "x").expect("written");
    symlink(&elsewhere, case.root.join("data")).expect("linked");
    refused(&case, "would not be in the backup");

    fs::remove_file(case.root.join("data")).expect("removed");
    fs::create_dir(case.root.join("data")).expect("made");
    let odd = std::ffi::OsStr::from_bytes(b"data/x\xffy");
    fs::write(case.root.join(odd), "x").expect("written");
    fs::create_dir(case.root.join("data/v3")).expect("made");
    fs::write(case.root.join("data/v3/notes"), "x").expect("written");
    symlink("v3", case.root.join("data/current")).expect("linked");
    refused(&case, "a name that is not UTF-8");
    let said = "decisions: {'1.x-to-2.0/backup/1/left-out/data/x\u{fffd}y': leave_out}\n";
    let answers = case.answers(&format!("{MARKED}{said}"));
    let planned = case.trusted(&["plan", "--answers", &answers]);
    planned.ends(0, "data/current");
    let applied = case.trusted(&["apply", "--yes", "--answers", &answers]);
    applied.ends(0, "verified");
}

#[test]
fn what_is_put_back_by_hand_is_all_of_it_or_no_success() {
    let case = Case::new();
    case.pack_edit("pack.yaml", "file: .env", "file: conf/deep/app.env");
    let env = case.root.join("conf/deep/app.env");
    fs::create_dir_all(env.parent().expect("a folder")).expect("made");
    fs::write(&env, ENV).expect("written");
    fs::set_permissions(&env, fs::Permissions::from_mode(0o640)).expect("a mode");
    let none = rustix::fs::XattrFlags::empty();
    let installed = Command::new("setfattr").arg("--version").output().is_ok();
    let noted = installed && rustix::fs::setxattr(&env, "user.note", b"mine", none).is_ok();
    ended(case.applying().output().expect("the program starts")).ends(0, "");

    let backup = case
        .state
        .join("runs")
        .join(case.newest_run())
        .join("backup");
    let text = fs::read_to_string(backup.join("RESTORE.md")).expect("RESTORE.md");
    let script = text.split("```sh\n").nth(1).expect("commands");
    let script = script.split("\n```").next().expect("their end");
    assert!(!script.contains("&&"), "{script}");
    let run = || {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(&backup);
        shell.output().expect("the shell starts").status.success()
    };
    fs::remove_dir_all(case.root.join("conf")).expect("removed");
    fs::write(case.root.join("conf"), "in the way").expect("written");
    assert!(!run(), "what is missing is no success");

    fs::remove_file(case.root.join("conf")).expect("removed");
    assert!(run());
    assert_eq!(fs::read_to_string(&env).expect("read"), ENV);
    let mode = fs::metadata(&env).expect("there").mode();
    assert_eq!(mode & 0o7777, 0o640);
    if noted {
        let mut value = [0; 9];
        let bytes = rustix::fs::getxattr(&env, "user.note", &mut value).expect("read");
        assert_eq!(&value[..bytes], b"mine");
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_refused_in_words() {
    let case = case();
    let odd = case
        .root
        .with_file_name(std::ffi::OsStr::from_bytes(b"odd\xff"));
    fs::create_dir(&odd).expect("made");
    for flag in ["--root", "--state-dir"] {
        for verb in ["plan", "status", "apply --yes", "rollback --yes"] {
            let words: Vec<&str> = verb.split(' ').collect();
            let mut command = case.command(&words);
            command.arg(flag).arg(&odd);
            let end = ended(command.output().expect("the program starts"));
            end.ends(
                2,
                "its name is not UTF-8 and cannot stand in a plan; rename it",
            );
        }
    }
    let mut inside = case.command(&["plan"]);
    inside.current_dir(&odd);
    ended(inside.output().expect("the program starts")).ends(2, "is not UTF-8");
    let mut word = case.command(&["status"]);
    word.arg(odd.file_name().expect("a name"));
    ended(word.output().expect("the program starts")).ends(2, "UTF-8");
}

#[test]
fn a_plan_whose_key_is_damaged_is_not_called_stale() {
    let case = case();
    let plan = case.home.join("plan.json").to_string_lossy().into_owned();
    let answers = case.answers(MARKED);
    let planned = case.trusted(&["plan", "--out", &plan, "--answers", &answers]);
    planned.ends(0, "");
    fs::write(case.state.join("key"), "").expect("emptied");
    let applied = case.trusted(&["apply", &plan, "--yes", "--answers", &answers]);
    let said = format!("{}{}", applied.out, applied.err);
    assert!(
        said.contains("key: the key of plans has 0 bytes of 32"),
        "{said}"
    );
    assert!(!said.contains("plan was made"), "{said}");
    assert_ne!(applied.code, 3);
}

/// Applying is refused with these words, and nothing has changed.
#[track_caller]
fn refused(case: &Case, words: &str) {
    let answers = case.answers(MARKED);
    let ended = case.trusted(&["apply", "--yes", "--answers", &answers]);
    assert_ne!(ended.code, 0, "{}", ended.out);
    let said = format!("{}{}", ended.out, ended.err);
    assert!(said.contains(words), "no `{words}` in:\n{said}");
    let version = fs::read_to_string(case.root.join("VERSION")).expect("read");
    assert_eq!(version, "1.4.0\n");
}

#[test]
fn what_cannot_be_replaced_is_refused_before_anything_is_changed() {
    let hard_link = case();
    let second = hard_link.root.join("second");
    fs::hard_link(hard_link.root.join(".env"), &second).expect("linked");
    refused(&hard_link, "has 2 hard links");
    assert_eq!(fs::read_to_string(second).expect("read"), ENV);

    for (words, make) in [
        (
            "a symbolic link",
            (|path| symlink("other", path).expect("linked")) as fn(&Path),
        ),
        ("a FIFO", |path| {
            mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
        }),
        ("a socket", |path| {
            drop(UnixListener::bind(path).expect("bound"))
        }),
        ("a folder", |path| fs::create_dir(path).expect("made")),
    ] {
        let case = case();
        let path = case.root.join(".env");
        fs::write(case.root.join("other"), ENV).expect("written");
        fs::remove_file(&path).expect("removed");
        make(&path);
        refused(&case, words);
        let other = fs::read_to_string(case.root.join("other")).expect("read");
        assert_eq!(other, ENV, "{words}");
    }
}

#[test]
fn a_folder_of_the_product_that_is_a_link_is_named_and_not_followed() {
    let case = case();
    for file in ["pack.yaml", "1.x-to-2.0.yaml"] {
        let path = case.pack.join(file);
        let text = fs::read_to_string(&path).expect("a file of the pack");
        fs::write(path, text.replace("file: .env", "file: conf/app.env")).expect("written");
    }
    let elsewhere = case.root.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    fs::write(elsewhere.join("app.env"), ENV).expect("written");
    symlink(&elsewhere, case.root.join("conf")).expect("linked");
    refused(&case, "link");
    let env = fs::read_to_string(elsewhere.join("app.env")).expect("read");
    assert_eq!(env, ENV);
}

#[test]
fn what_the_system_forbids_is_refused_before_anything_is_changed() {
    for (words, mount) in [
        (
            "on a read-only file system; mount it for writing",
            "mount --bind \"$ROOT\" \"$ROOT\" && mount -o remount,bind,ro \"$ROOT\"",
        ),
        (
            "mounted by itself (bind mount)",
            "mount --bind \"$ROOT/.env\" \"$ROOT/.env\"",
        ),
    ] {
        let case = case();
        let before = case.files();
        // The shell's current folder is still the one below the mount, so it enters the folder
        // again.
        let script = format!("{mount} || exit 99; cd \"$ROOT\"; apply");
        let Some(ended) = mounted(&case, &script) else {
            return;
        };
        if ended.code == 99 {
            return not_run("the namespace may not mount");
        }
        assert_ne!(ended.code, 0, "{}", ended.out);
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains(words), "no `{words}` in:\n{said}");
        assert_eq!(case.files(), before);
    }
}

#[test]
fn a_new_file_where_nothing_can_be_written_is_refused_before_anything_is_changed() {
    let case = case();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "checklist:\n",
        "config:\n  - create: {file: conf/new.env, from: files/new.env, because: it is new}\n\nchecklist:\n",
    );
    fs::create_dir(case.pack.join("files")).expect("made");
    fs::write(case.pack.join("files/new.env"), "A=1\n").expect("written");
    fs::create_dir(case.root.join("conf")).expect("made");
    let before = case.files();
    let script = "mount --bind \"$ROOT/conf\" \"$ROOT/conf\" \
                  && mount -o remount,bind,ro \"$ROOT/conf\" || exit 99; apply";
    let Some(ended) = mounted(&case, script) else {
        return;
    };
    if ended.code == 99 {
        return not_run("the namespace may not mount");
    }
    assert_ne!(ended.code, 0, "{}", ended.out);
    let said = format!("{}{}", ended.out, ended.err);
    assert!(said.contains("on a read-only file system"), "{said}");
    assert_eq!(case.files(), before, "{said}");
}

#[test]
fn a_file_that_may_not_be_changed_is_refused_before_anything_is_changed() {
    for (flag, words) in [("+i", "immutable"), ("+a", "append-only")] {
        let case = case();
        let path = case.root.join(".env");
        let set = |flag: &str| {
            let ended = Command::new("chattr").arg(flag).arg(&path).output();
            ended.is_ok_and(|output| output.status.success())
        };
        if !set(flag) {
            return not_run("this user or this file system knows no chattr");
        }
        let answers = case.answers(MARKED);
        let ended = case.trusted(&["apply", "--yes", "--answers", &answers]);
        assert!(set(&flag.replace('+', "-")), "taken off");
        assert_ne!(ended.code, 0, "{}", ended.out);
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains(words), "no `{words}` in:\n{said}");
        assert_eq!(fs::read_to_string(&path).expect("read"), ENV);
    }
}

/// The product is on a small file system without a free byte or inode: this shows before the first
/// visible change.
#[test]
fn a_full_disk_is_found_before_the_first_visible_change() {
    for (what, fill) in [
        ("bytes", "dd if=/dev/zero of=filled bs=4k 2>/dev/null"),
        (
            "names",
            "n=0; while true >name$n; do n=$((n + 1)); done 2>/dev/null",
        ),
    ] {
        let case = case();
        let script = format!(
            "mkdir \"$ROOT.kept\" && cp -a \"$ROOT/.\" \"$ROOT.kept\" || exit 99
             mount -t tmpfs -o size=64k,nr_inodes=16,mode=755 small \"$ROOT\" || exit 99
             cd \"$ROOT\"; cp -a \"$ROOT.kept/.\" .; {fill}
             apply; code=$?
             diff -r -x 'filled' -x 'name*' \"$ROOT.kept\" . || exit 98
             test -z \"$(ls -A | grep sb-)\" || exit 97
             exit $code"
        );
        let Some(ended) = mounted(&case, &script) else {
            return;
        };
        if ended.code == 99 {
            return not_run("the namespace may not mount");
        }
        ended.ends(ended.code, "no room is left on its file system");
        ended.ends(ended.code, "nothing was changed");
        assert!(
            ![0, 97, 98].contains(&ended.code),
            "{what}: {}{}",
            ended.out,
            ended.err
        );
    }
}

/// Product and state share one file system with no free byte or inode left after the upgrade. The
/// output of the way back is larger than the space it keeps in reserve.
#[test]
fn a_rollback_works_on_a_full_disk() {
    let case = case();
    let (undo, prints) = ("echo 1.4.0", "seq 1 200000; echo 1.4.0");
    case.pack_edit("1.x-to-2.0.yaml", undo, prints);
    let script = "mkdir \"$ROOT.kept\" && cp -a \"$ROOT/.\" \"$ROOT.kept\" || exit 99
         mount -t tmpfs -o size=8m,nr_inodes=300,mode=700 small \"$ROOT\" || exit 99
         mkdir \"$ROOT/product\" && cd \"$ROOT/product\" && cp -a \"$ROOT.kept/.\" .
         export SWITCHBACK_STATE_DIR=\"$ROOT/state\"
         apply || exit 96
         grep -q NOTES_PORT .env || exit 95
         fill \"$ROOT\"
         true >\"$ROOT/one-more\" && exit 94
         run=$(ls \"$ROOT/state/runs\")
         sb rollback \"$run\" --yes; code=$?
         diff -r \"$ROOT.kept\" . || exit 98
         exit $code";
    let Some(ended) = mounted(&case, script) else {
        return;
    };
    if ended.code == 99 {
        return not_run("the namespace may not mount");
    }
    ended.ends(0, "every file it edited is as it was");
}

#[test]
fn whatever_the_umask_is_nobody_else_can_look_into_the_state() {
    let case = case();
    let script = "umask 000; apply >/dev/null || exit 1
         find \"$SWITCHBACK_STATE_DIR\" -perm /077 ! -type s";
    let Some(ended) = mounted(&case, script) else {
        return;
    };
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{}", ended.err);
    assert!(case.state.join("runs").is_dir());

    let case = self::case();
    let script = "umask 777; apply >/dev/null || exit 1
         find \"$SWITCHBACK_STATE_DIR\" ! -perm -600";
    let ended = mounted(&case, script).expect("as before");
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{}", ended.err);
}

#[test]
fn a_state_folder_that_others_can_look_into_is_refused() {
    let case = case();
    let before = case.files();
    fs::create_dir(&case.state).expect("made");
    fs::set_permissions(&case.state, fs::Permissions::from_mode(0o777)).expect("opened");
    refused(&case, "other users may look into it (mode 777)");
    assert_eq!(case.files(), before);
    assert!(!case.state.join("runs").exists());
    fs::set_permissions(&case.state, fs::Permissions::from_mode(0o700)).expect("closed");
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
}

/// The copy of a file is damaged between the backup and the file's step.
#[test]
fn a_file_whose_copy_was_damaged_since_is_not_changed() {
    let case = case();
    for (name, text) in [
        ("first.json", "{\"a\": 1}\n"),
        ("second.json", "{\"a\": 2}\n"),
    ] {
        fs::write(case.root.join(name), text).expect("written");
    }
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "checklist:\n",
        "config:
  - edit:
      file: first.json
      changes: [{set: a, value: 3, severity: required, because: new, cites: [N-1]}]
      then:
        do: {run: {command: [sh, -c, 'echo x >>$(echo ../state/runs/*/backup/files/second.json)']}}
  - edit:
      file: second.json
      changes: [{set: a, value: 3, severity: required, because: new, cites: [N-1]}]
checklist:\n",
    );
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(5, "the copy in the backup is damaged");
    let read = |name: &str| fs::read_to_string(case.root.join(name)).expect("read");
    assert_eq!(read("first.json"), "{\"a\": 3}\n");
    assert_eq!(read("second.json"), "{\"a\": 2}\n");
    case.run(&["rollback", "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(read("first.json"), "{\"a\": 1}\n");
}

fn meta(path: &Path) -> FileMeta {
    let content = RealFiles.read(path, 1 << 20).expect("readable");
    content.expect("there").meta
}

/// Owner, group, mode, ACL, attributes and capabilities survive both directions; the time only the
/// way back.
#[test]
fn a_file_keeps_all_that_is_beside_its_contents_there_and_back() {
    let case = case();
    let path = case.root.join(".env");
    let root = rustix::process::geteuid().is_root();
    if root {
        std::os::unix::fs::chown(&path, Some(1234), Some(4321)).expect("given away");
    } else {
        not_run("only root can give files away and set capabilities: owner and capabilities");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4755)).expect("a mode");
    // Version 2, user and group `rw-`, user 7 `r--`, mask `rwx`, others `r-x`.
    let acl = |tag: u16, may: u16, id: u32| {
        let words = [
            &tag.to_le_bytes()[..],
            &may.to_le_bytes(),
            &id.to_le_bytes(),
        ];
        words.concat()
    };
    let nobody = u32::MAX;
    let acl = [
        2_u32.to_le_bytes().to_vec(),
        acl(0x01, 7, nobody),
        acl(0x02, 4, 7),
        acl(0x04, 5, nobody),
        acl(0x10, 7, nobody),
        acl(0x20, 5, nobody),
    ]
    .concat();
    // Effective, may bind low ports.
    let mut capability = vec![0_u8; 20];
    capability[..8].copy_from_slice(&[1, 0, 0, 2, 0, 4, 0, 0]);
    let set = |name: &str, value: &[u8]| {
        if xattr::set(&path, name, value).is_err() {
            not_run(&format!("{name} cannot be set here"));
        }
    };
    set("user.origin", b"\x00\xffsite");
    set("system.posix_acl_access", &acl);
    set("security.capability", &capability);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4755)).expect("a mode");
    let before = meta(&path);
    assert!(!root || (before.uid, before.gid, before.mode) == (1234, 4321, 0o4755));

    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
    assert_eq!(fs::read_to_string(&path).expect("read"), NEW_ENV);
    let after = meta(&path);
    assert_eq!(before.difference(&after), None, "{before:?}\n{after:?}");

    // Later changes to its metadata are undone as well.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
    case.run(&["rollback", &case.newest_run(), "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(fs::read_to_string(&path).expect("read"), ENV);
    assert_eq!(meta(&path), before);
}

/// Many at once, half of them with state folders of their own as other users have them: one gets
/// the product, all the others are told so. `SWITCHBACK_RACING=50` lets fifty race.
#[test]
fn of_many_that_apply_at_once_exactly_one_does() {
    let operators = std::env::var("SWITCHBACK_RACING")
        .map_or(10, |said| said.parse::<usize>().expect("a number"));
    let case = case();
    let gate = case.root.with_file_name("gate");
    mknodat(CWD, &gate, FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "echo 2.0.0 >VERSION'",
        "echo x >>count && cat ../gate && echo 2.0.0 >VERSION'",
    );
    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let answers = case.answers(MARKED);
    let args = [
        "apply",
        "--yes",
        "--answers",
        &answers,
        "--pack",
        &pack,
        "--trust",
        &digest,
    ];
    let begin = |n: usize| -> (bool, Child) {
        let mut command = case.command(&args);
        let shares_state = n.is_multiple_of(2);
        if !shares_state {
            let own: PathBuf = case.root.with_file_name(format!("state-{n}"));
            command.env("SWITCHBACK_STATE_DIR", own);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        (shares_state, command.spawn().expect("the program starts"))
    };
    let mut racing: Vec<(bool, Child)> = (0..operators).map(begin).collect();
    // The winner's step waits at the gate, so the product stays locked.
    let mut left = Vec::new();
    while racing.len() > 1 {
        let over = racing
            .iter_mut()
            .position(|(_, child)| child.try_wait().expect("a child").is_some());
        match over {
            Some(n) => {
                let (shares_state, child) = racing.swap_remove(n);
                left.push((
                    shares_state,
                    ended(child.wait_with_output().expect("ended")),
                ));
            }
            None => std::thread::yield_now(),
        }
    }
    let (winner_shares, winner) = racing.remove(0);
    for (shares, loser) in &left {
        assert_eq!(loser.code, 8, "{}", loser.err);
        // The winner's note is in its state folder. Whoever came before it was written learns less.
        let told = loser.err.contains("run ");
        assert!(!told || (*shares && winner_shares), "{}", loser.err);
    }
    // From now on everybody is told all there is to know.
    let nobodys_folder = 2 * operators + 1;
    let (shares, late) = begin(if winner_shares { 0 } else { nobodys_folder });
    let late = ended(late.wait_with_output().expect("ended"));
    assert!(shares == winner_shares && late.code == 8, "{}", late.err);
    assert_eq!(late.err.contains("run "), winner_shares, "{}", late.err);

    let mut gate = fs::OpenOptions::new()
        .write(true)
        .open(&gate)
        .expect("the winner waits");
    gate.write_all(b"go\n").expect("opened");
    drop(gate);
    ended(winner.wait_with_output().expect("ended")).ends(0, "done, and verified");
    let count = fs::read_to_string(case.root.join("count")).expect("counted");
    assert_eq!(count, "x\n");
    assert_eq!(
        fs::metadata(case.root.join(".env")).expect("there").nlink(),
        1
    );
}

#[test]
fn what_the_machine_lacks_is_named_with_what_helps() {
    let case = case();
    let script = "mkdir t && mount -t tmpfs -o noexec none t || exit 99
        TMPDIR=\"$PWD/t\" \"$SB\" demo --headless && exit 98
        mkdir gone && cd gone && rmdir ../gone && \"$SB\" status && exit 97
        cd \"$ROOT\"; mount -t tmpfs none /proc && apply && exit 96
        exit 0";
    let Some(said) = mounted(&case, script) else {
        return;
    };
    assert_eq!(said.code, 0, "{}", said.err);
    for words in [
        "noexec",
        "name another folder with TMPDIR",
        "`cd` into one",
        "mount -t proc",
    ] {
        assert!(said.err.contains(words), "no `{words}` in:\n{}", said.err);
    }
}

/// A thread's stack that no machine has room for: the system gives none.
#[test]
fn without_another_thread_all_is_done_on_one() {
    let mut case = case();
    case.pack_edit("1.x-to-2.0.yaml", "[VERSION]", "[VERSION, 'data/**']");
    fs::create_dir(case.root.join("data")).expect("made");
    fs::write(case.root.join("data/large"), vec![7; 3 << 20]).expect("written");
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
    let run = case.newest_run();
    let before = case.files();
    case.exports("RUST_MIN_STACK", "70368744177664");
    let copy = case.home.join("copy");
    case.run(&["restore", &run, "--to", &copy.to_string_lossy()])
        .ends(0, "is what was backed up");
    assert_eq!(
        fs::read(copy.join("data/large")).expect("read").len(),
        3 << 20
    );
    case.run(&["report", &run]).ends(0, "VERSION");
    // A worker has others to hear: it ends in words, before anything is changed.
    let said = case.run(&["rollback", &run, "--yes"]);
    assert_eq!(said.code, 5, "{}", said.err);
    assert!(!said.err.contains("panicked"), "{}", said.err);
    assert_eq!(case.files(), before);
}
