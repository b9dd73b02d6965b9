//! What the fake world's planned faults leave.

use std::{collections::BTreeMap, path::Path, path::PathBuf};
use switchback::{
    model::digest::Digest,
    world::{
        FileError, Files,
        fake::{FakeWorld, Fault},
    },
};

/// One replacement as the engine makes it: three changing calls.
fn replace(world: &FakeWorld) -> Result<(), FileError> {
    let (staged, target) = (Path::new("/app/.conf.new"), Path::new("/app/conf"));
    let files = &world.files;
    files.append(Path::new("/app/journal"), b"started\n")?;
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
