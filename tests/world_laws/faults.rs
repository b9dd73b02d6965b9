//! What the planned faults of the fake world leave behind.

use std::{collections::BTreeMap, path::Path, path::PathBuf};
use switchback::{
    model::digest::Digest,
    world::{
        FileError, Files,
        fake::{FakeWorld, Fault, Mishap, Sync},
    },
};

/// One replacement as the engine makes it: three changing calls.
fn replace(world: &FakeWorld) -> Result<(), FileError> {
    let (staged, target) = (Path::new("/app/.conf.new"), Path::new("/app/conf"));
    let files = &world.files;
    files.append(Path::new("/app/journal"), b"started\n", None)?;
    files.stage(staged, b"new", None)?;
    files.swap_in(staged, target, Some(&Digest::of(b"old")))
}

fn world() -> FakeWorld {
    let world = FakeWorld::new();
    world.files.put("/app/conf", "old");
    world
}

#[test]
fn wherever_it_dies_the_target_is_wholly_old_or_wholly_new() {
    let whole = world();
    replace(&whole).expect("no fault, no error");
    assert_eq!(whole.changes(), 3);
    for n in 1..=whole.changes() {
        for fault in [
            Fault::Fail,
            Fault::CrashBefore,
            Fault::CrashWithin { bytes: 2 },
            Fault::CrashAfter,
        ] {
            let world = world();
            world.fault_at(n, fault);
            assert!(replace(&world).is_err(), "{n} {fault:?}");
            assert_eq!(world.crashed(), fault != Fault::Fail);
            let conf = world.files.contents()[Path::new("/app/conf")].clone();
            assert!(conf == b"old" || conf == b"new", "{n} {fault:?}");
        }
    }
}

#[test]
fn a_crash_leaves_what_its_moment_leaves() {
    let after = |n, fault| -> BTreeMap<PathBuf, Vec<u8>> {
        let world = world();
        world.fault_at(n, fault);
        assert!(replace(&world).is_err());
        world.files.contents()
    };
    let at = |files: &BTreeMap<PathBuf, Vec<u8>>, name: &str| files.get(Path::new(name)).cloned();
    let torn = after(1, Fault::CrashWithin { bytes: 4 });
    assert_eq!(at(&torn, "/app/journal"), Some(b"star".to_vec()));
    let half_staged = after(2, Fault::CrashWithin { bytes: 1 });
    assert_eq!(at(&half_staged, "/app/.conf.new"), Some(b"n".to_vec()));
    let displaced = after(3, Fault::CrashWithin { bytes: 0 });
    assert_eq!(at(&displaced, "/app/conf"), Some(b"new".to_vec()));
    assert_eq!(at(&displaced, "/app/.conf.new"), Some(b"old".to_vec()));
    let done = after(3, Fault::CrashAfter);
    assert_eq!(at(&done, "/app/.conf.new"), None);
}

#[test]
fn the_dead_do_nothing_more_until_the_next_process_comes() {
    let world = world();
    let path = Path::new("/app/lock");
    let guard = world
        .files
        .lock(Path::new("/app"), path, "first")
        .expect("lock");
    world.crash_at(1);
    assert!(replace(&world).is_err());
    let before = world.files.contents();
    assert!(replace(&world).is_err());
    assert!(world.files.look(path).is_err());
    assert_eq!(world.files.contents(), before);

    world.revive();
    let _second = world
        .files
        .lock(Path::new("/app"), path, "second")
        .expect("the lock is free");
    drop(guard);
    assert!(
        world.files.lock(Path::new("/app"), path, "third").is_err(),
        "the second still holds it"
    );
    replace(&world).expect("the next process works");
}

#[test]
fn a_power_cut_takes_what_was_not_synced_and_nothing_else() {
    let conf = Path::new("/app/conf");
    for kept in [0, 1] {
        let world = world();
        replace(&world).expect("no fault, no error");
        world.files.put_unsynced("/app/scribbled", "text");
        let before = world.files.contents();
        world.files.cut_power(&mut |limit| kept.min(limit - 1));
        let after = world.files.contents();
        assert_eq!(after[conf], b"new");
        assert_eq!(after[Path::new("/app/journal")], b"started\n");
        // The name and the content are synced separately.
        let scribbled = after.get(Path::new("/app/scribbled"));
        assert_eq!(scribbled.is_some(), kept == 1);
        assert_eq!(before.len() - after.len(), 1 - kept);
    }
    for (left_out, lost) in [
        (Sync::NewFile, "/app/conf"),
        (Sync::Folder, "/app/conf"),
        (Sync::Appended, "/app/journal"),
    ] {
        let world = world();
        world.files.leave_out(left_out);
        replace(&world).expect("it does not notice");
        let before = world.files.contents();
        world.files.cut_power(&mut |_| 0);
        let (lost, after) = (Path::new(lost), world.files.contents());
        assert_ne!(after.get(lost), before.get(lost), "{left_out:?}");
    }
}

#[test]
fn a_sync_that_failed_is_not_made_good_by_a_later_one() {
    let world = world();
    let (files, journal) = (&world.files, Path::new("/app/journal"));
    files.append(journal, b"one\n", None).expect("append");
    // Written, then not synced.
    world.mishap_at(world.steps() + 2, Mishap::Error(5));
    assert!(files.append(journal, b"two\n", None).is_err());
    files
        .append(journal, b"three\n", None)
        .expect("it says that all is well");
    assert_eq!(files.contents()[journal], b"one\ntwo\nthree\n");
    files.cut_power(&mut |_| 0);
    assert_eq!(files.contents()[journal], b"one\n");
}
