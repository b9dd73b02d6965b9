//! Laws of `Files`, each tested against both worlds.

use super::glob;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
};
use switchback::{
    model::{
        digest::Digest,
        glob::Glob,
        path::RelPath,
        survey::{Passed, PassedOver},
    },
    world::{FileError, Files, Inside, Member, RealFiles, Standing, Unlike, fake::FakeWorld},
};

/// Runs a law in an empty folder of either world.
fn both(law: impl Fn(&dyn Files, &Path)) {
    let dir = tempfile::tempdir().expect("folder");
    let root = dir.path().canonicalize().expect("root");
    law(&RealFiles, &root);
    let fake = FakeWorld::new();
    let root = Path::new("/root/of/the/fake");
    fake.files.make_dir(root).expect("folder");
    law(&*fake.files, root);
}

fn bytes(files: &dyn Files, path: &Path) -> Option<Vec<u8>> {
    files.read(path, 1 << 20).expect("read").map(|c| c.bytes)
}

fn drifted<T>(end: Result<T, FileError>) -> bool {
    matches!(end, Err(FileError::Drift { .. }))
}

fn unusable<T>(end: Result<T, FileError>) -> bool {
    matches!(end, Err(FileError::Unusable { .. }))
}

fn write(files: &dyn Files, path: &Path, text: &str) -> Digest {
    files.replace_own(path, text.as_bytes()).expect("replace");
    Digest::of(text.as_bytes())
}

#[test]
fn what_is_not_there_is_nothing_and_no_error() {
    both(|files, root| {
        for path in [root.join("a"), root.join("no/folder/a")] {
            assert_eq!(files.look(&path).expect("look"), Standing::Nothing);
            assert!(files.read(&path, 10).expect("read").is_none());
            assert_eq!(files.digest(&path).expect("digest"), None);
            assert!(files.list(&path).expect("list").is_empty());
            files.discard(&path).expect("discard");
        }
        assert_eq!(files.look(Path::new("/")).expect("look"), Standing::Dir);
    });
}

#[test]
fn a_staged_file_takes_the_place_of_its_target_and_is_gone() {
    both(|files, root| {
        let (staged, target) = (root.join("new"), root.join("target"));
        let first = files.stage(&staged, b"one", None).expect("stage");
        assert_eq!(first, Digest::of(b"one"));
        files.swap_in(&staged, &target, None).expect("create");
        files.stage(&staged, b"leftover", None).expect("stage");
        let second = files.stage(&staged, b"two", None).expect("stage over it");
        assert_eq!(bytes(files, &target).as_deref(), Some(&b"one"[..]));
        files.swap_in(&staged, &target, Some(&first)).expect("swap");
        assert_eq!(files.digest(&target).expect("digest"), Some(second));
        assert_eq!(files.list(root).expect("list"), ["target"]);
    });
}

#[test]
fn a_target_that_changed_is_left_alone() {
    both(|files, root| {
        let (staged, target) = (root.join("new"), root.join("target"));
        let new = files.stage(&staged, b"new", None).expect("stage");
        let other = Digest::of(b"other");
        assert!(drifted(files.swap_in(&staged, &target, Some(&other))));
        let theirs = write(files, &target, "theirs");
        assert!(drifted(files.swap_in(&staged, &target, None)));
        assert!(drifted(files.swap_in(&staged, &target, Some(&other))));
        assert!(drifted(files.remove(&target, &other)));
        assert_eq!(files.digest(&target).expect("digest"), Some(theirs));
        assert_eq!(files.digest(&staged).expect("digest"), Some(new));
    });
}

#[test]
fn a_file_replaced_in_one_call_leaves_nothing_beside_it() {
    both(|files, root| {
        let target = root.join("target");
        for text in ["one", "two"] {
            files.replace_own(&target, text.as_bytes()).expect(text);
            assert_eq!(bytes(files, &target).as_deref(), Some(text.as_bytes()));
            assert_eq!(files.list(root).expect("list"), ["target"]);
        }
        assert!(drifted(files.replace(&target, b"three", None, None)));
        assert_eq!(bytes(files, &target).as_deref(), Some(&b"two"[..]));
    });
}

#[test]
fn a_removed_file_is_gone_without_a_trace() {
    both(|files, root| {
        let target = root.join("target");
        let digest = write(files, &target, "text");
        files.remove(&target, &digest).expect("remove");
        assert!(files.list(root).expect("list").is_empty());
        assert!(drifted(files.remove(&target, &digest)));
    });
}

#[test]
fn without_its_folder_nothing_is_written() {
    both(|files, root| {
        let path = root.join("no/file");
        assert!(files.stage(&path, b"x", None).is_err());
        assert!(files.append(&path, b"x", None).is_err());
        assert!(
            files
                .lock(path.parent().expect("a folder"), &path, "x")
                .is_err()
        );
        assert!(files.list(root).expect("list").is_empty());
    });
}

#[test]
fn a_folder_is_not_a_file_and_a_file_not_a_folder() {
    both(|files, root| {
        let (dir, file) = (root.join("a/b"), root.join("file"));
        files.make_dir(&dir).expect("folder");
        files.make_dir(&dir).expect("again");
        write(files, &file, "text");
        assert_eq!(files.look(&dir).expect("look"), Standing::Dir);
        assert!(unusable(files.read(&dir, 10)));
        assert!(unusable(files.digest(&dir)));
        assert!(files.stage(&dir, b"x", None).is_err());
        assert!(files.discard(&dir).is_err());
        assert!(unusable(files.make_dir(&file)));
        assert!(files.list(&file).is_err());
        assert_eq!(files.list(root).expect("list"), ["a", "file"]);
    });
}

#[test]
fn what_is_new_in_the_product_can_be_read_by_the_product() {
    both(|files, root| {
        let dir = root.join("a/b");
        files.make_product_dir(&dir).expect("folder");
        files.make_product_dir(&dir).expect("again");
        assert_eq!(files.look(&dir).expect("look"), Standing::Dir);
        let path = dir.join("new");
        let meta = files.new_file_meta(&path).expect("meta");
        assert_eq!(meta.mode, 0o644);
        let staged = dir.join("staged");
        files.stage(&staged, b"x", Some(&meta)).expect("stage");
        files.swap_in(&staged, &path, None).expect("create");
        let seen = files.read(&path, 10).expect("read").expect("there").meta;
        assert_eq!((seen.mode, seen.uid, seen.gid), (0o644, meta.uid, meta.gid));
    });
}

#[test]
fn a_file_is_read_up_to_its_limit_and_no_further() {
    both(|files, root| {
        let path = root.join("file");
        write(files, &path, "12345");
        let content = files.read(&path, 5).expect("read").expect("there");
        assert_eq!(content.digest, Digest::of(b"12345"));
        let end = files.read(&path, 4);
        assert!(matches!(end, Err(FileError::TooLarge { bytes_max: 4, .. })));
        for (most, last) in [(0, ""), (4, "2345"), (5, "12345"), (u64::MAX, "12345")] {
            let end = files.read_end(&path, most).expect("read").expect("there");
            assert_eq!(end, last.as_bytes());
        }
        assert_eq!(files.read_end(&root.join("none"), 4).expect("read"), None);
    });
}

#[test]
fn appending_keeps_what_was_there() {
    both(|files, root| {
        let path = root.join("journal");
        files.append(&path, b"one\n", None).expect("append");
        files.append(&path, b"", None).expect("append nothing");
        files.append(&path, b"two\n", None).expect("append");
        assert_eq!(bytes(files, &path).as_deref(), Some(&b"one\ntwo\n"[..]));
        let Standing::File { meta, .. } = files.look(&path).expect("look") else {
            panic!("not a file");
        };
        assert_eq!(meta.mode, 0o600);
    });
}

#[test]
fn who_knows_what_a_file_holds_appends_to_that_and_makes_no_other() {
    both(|files, root| {
        let path = root.join("journal");
        files.append(&path, b"one\n", Some(0)).expect("a new one");
        files.append(&path, b"two\n", Some(4)).expect("append");
        for at in [0, 4, 9] {
            assert!(unusable(files.append(&path, b"x", Some(at))), "{at}");
        }
        assert_eq!(bytes(files, &path).as_deref(), Some(&b"one\ntwo\n"[..]));
        files.discard(&path).expect("somebody removes it");
        assert!(unusable(files.append(&path, b"x", Some(8))));
        assert_eq!(bytes(files, &path), None);
    });
}

#[test]
fn a_copy_goes_in_and_comes_out_the_same() {
    both(|files, root| {
        let (from, kept, back) = (root.join("from"), root.join("kept"), root.join("back"));
        let text = "line\n".repeat(300_000);
        let digest = write(files, &from, &text);
        let meta = files
            .read(&from, 1 << 24)
            .expect("read")
            .expect("there")
            .meta;
        let copied = files.copy(&from, &kept, None).expect("copy in");
        assert_eq!(copied, (digest.clone(), text.len() as u64));
        let restored = files.copy(&kept, &back, Some(&meta)).expect("copy out");
        assert_eq!(restored, copied);
        let content = files.read(&back, 1 << 24).expect("read").expect("there");
        assert_eq!((content.digest, content.meta), (digest, meta));
        assert_eq!(files.list(root).expect("list"), ["back", "from", "kept"]);
        assert!(files.copy(&root.join("none"), &kept, None).is_err());
    });
}

#[test]
fn a_pattern_finds_files_below_the_root_in_order() {
    both(|files, root| {
        for name in [
            "conf/b.yml",
            "conf/a.yml",
            "conf/deep/c.yml",
            ".env",
            ".git/x.yml",
        ] {
            let path = root.join(name);
            files
                .make_dir(path.parent().expect("parent"))
                .expect("folder");
            write(files, &path, "x");
        }
        let found = |globs: &[&str]| -> Vec<String> {
            let found = files
                .glob(root, &globs.iter().copied().map(glob).collect::<Vec<_>>())
                .expect("glob");
            let names = found
                .iter()
                .map(|path| path.strip_prefix(root).expect("below"));
            names.map(|path| path.display().to_string()).collect()
        };
        assert_eq!(found(&["conf/*.yml"]), ["conf/a.yml", "conf/b.yml"]);
        let all = [".git/x.yml", "conf/a.yml", "conf/b.yml", "conf/deep/c.yml"];
        assert_eq!(found(&["**/*.yml", "conf/*.yml"]), all);
        assert_eq!(found(&[".env", "none", "none/*"]), [".env"]);
        assert!(found(&["conf"]).is_empty());
    });
}

#[test]
fn what_is_in_the_way_of_a_pattern_is_told_by_both_alike() {
    let dir = tempfile::tempdir().expect("folder");
    let real = dir.path().canonicalize().expect("root");
    let fake = FakeWorld::new();
    let root = Path::new("/root/of/the/fake");
    let odd = Path::new(OsStr::from_bytes(b"sub/x\xffy"));
    let files = ["store/v3/x.db", "sub/plain", "other/y", "sub/.hidden/y.db"];
    for file in files.map(Path::new).into_iter().chain([odd]) {
        std::fs::create_dir_all(real.join(file).parent().expect("parent")).expect("folder");
        std::fs::write(real.join(file), "x").expect("written");
        fake.files.put(root.join(file), "x");
    }
    for (link, to) in [
        ("data", "store"),
        ("sub/current", "plain"),
        ("sub/gone", "nothing"),
        ("other/link", "y"),
    ] {
        symlink(to, real.join(link)).expect("linked");
        fake.files.put_symlink(root.join(link), to);
    }
    mknodat(CWD, real.join("sub/fifo"), FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
    fake.files.put_other(root.join("sub/fifo"), "a FIFO");

    let globs = ["data/**", "data/deep/*.db", "sub/**", "**/*.db"].map(glob);
    let seen = |files: &dyn Files, root: &Path, globs: &[Glob]| {
        let found = files.find(root, globs).expect("found");
        let below = |path: &Path| path.strip_prefix(root).expect("below").to_owned();
        let files: Vec<PathBuf> = found.files.iter().map(|path| below(path)).collect();
        let mut passed: Vec<PassedOver> = found.passed_over().into_iter().collect();
        for one in &mut passed {
            if let Passed::Link { real, .. } = &mut one.is {
                *real = real.take().map(|real| below(&real));
            }
        }
        (files, passed)
    };
    let (files, passed) = seen(&RealFiles, &real, &globs);
    assert_eq!(
        (files.clone(), passed.clone()),
        seen(&*fake.files, root, &globs)
    );
    let wanted = ["store/v3/x.db", "sub/.hidden/y.db", "sub/plain"].map(Path::new);
    assert!(
        files.iter().eq(wanted.into_iter().chain([odd])),
        "{files:?}"
    );
    let names: Vec<_> = passed
        .iter()
        .map(|one| one.path.display().to_string())
        .collect();
    // `**` matches everywhere, but not through a link to a file, unless the pattern names it.
    assert_eq!(names, ["data", "sub/current", "sub/fifo", "sub/gone"]);
    let store = Passed::Link {
        to: "store".into(),
        real: Some("store".into()),
        folder: true,
    };
    assert_eq!(passed[0].is, store);
    assert_eq!(passed[2].is, Passed::Pipe { what: "a FIFO" });
    let narrow = ["data/deep/*.db", "sub/*.db"].map(glob);
    let passed = seen(&RealFiles, &real, &narrow);
    assert_eq!(passed, seen(&*fake.files, root, &narrow));
    assert_eq!(passed.1.len(), 1, "{passed:?}");
}

#[test]
fn of_very_many_links_the_first_are_named_and_the_rest_is_counted() {
    let dir = tempfile::tempdir().expect("dir");
    let real = dir.path().canonicalize().expect("root");
    std::fs::create_dir(real.join("data")).expect("folder");
    let fake = FakeWorld::new();
    let root = Path::new("/root/of/the/fake");
    for n in 0..1_003 {
        let link = format!("data/{n:04}");
        symlink("gone", real.join(&link)).expect("linked");
        fake.files.put_symlink(root.join(&link), "gone");
    }
    let both: [(&dyn Files, &Path); 2] = [(&RealFiles, &real), (&*fake.files, root)];
    for (files, root) in both {
        let found = files.find(root, &[glob("data/**")]).expect("found");
        let passed: Vec<PassedOver> = found.passed_over().into_iter().collect();
        assert_eq!(passed.len(), 1_001);
        let rest = PassedOver {
            path: "data".into(),
            is: Passed::More { count: 3 },
        };
        assert_eq!(passed[0], rest);
        assert_eq!(passed[1_000].path, Path::new("data/0999"));
    }
}

#[test]
fn a_lock_is_held_once_and_names_its_holder() {
    both(|files, root| {
        let (product, note) = (root.join("product"), root.join("note"));
        files.make_dir(&product).expect("a folder");
        let guard = files
            .lock(&product, &note, "anna since 10:00")
            .expect("lock");
        match files.lock(&product, &note, "ben").err() {
            Some(FileError::Locked { path, holder }) => {
                assert_eq!(
                    (path, holder.as_str()),
                    (product.clone(), "anna since 10:00")
                );
            }
            other => panic!("{other:?}"),
        }
        // Another operator with a state folder of their own.
        let elsewhere = files.lock(&product, &root.join("other"), "ben").err();
        assert!(matches!(elsewhere, Some(FileError::Locked { .. })));
        drop(guard);
        let _guard = files.lock(&product, &note, "ben").expect("free again");
        assert_eq!(bytes(files, &note).expect("a note"), b"ben");
        assert!(files.list(&product).expect("list").is_empty());
    });
}

#[test]
fn free_space_is_known_for_what_is_not_there_yet() {
    both(|files, root| {
        let free = files.free_bytes(&root.join("not/yet")).expect("free");
        assert!(free > 0);
    });
}

fn names(names: &[&str]) -> Vec<RelPath> {
    let name = |name: &&str| RelPath::try_from(*name).expect("a name");
    names.iter().map(name).collect()
}

#[test]
fn many_files_go_into_an_archive_and_out_of_it_as_they_were() {
    both(|files, root| {
        let long = format!("{}/{}", "a/long/folder".repeat(12), "name".repeat(30));
        let texts = [
            ("conf/one", "1"),
            ("conf/two", ""),
            (&long, "three"),
            ("é", "four"),
        ];
        let product = root.join("product");
        for (name, text) in texts {
            let path = product.join(name);
            files
                .make_dir(path.parent().expect("a folder"))
                .expect("folder");
            write(files, &path, text);
        }
        let names = names(&["conf/one", "conf/gone", "conf/two", &long, "no/folder", "é"]);
        let archive = root.join("files.tar");
        let archived = files.archive(&product, &names, &archive).expect("archive");
        assert_eq!(
            files.digest(&archive).expect("digest"),
            Some(archived.digest)
        );
        let mut members = Vec::new();
        for (name, inside) in names.iter().zip(&archived.inside) {
            match inside {
                Inside::Member {
                    at,
                    bytes,
                    digest,
                    meta,
                } => members.push(Member {
                    name,
                    at: *at,
                    bytes: *bytes,
                    digest,
                    meta,
                }),
                Inside::Absent => assert!(["conf/gone", "no/folder"].contains(&name.as_str())),
                Inside::Large => panic!("{name} is not large"),
            }
        }
        assert_eq!(members.len(), texts.len());
        let to = root.join("out");
        files.make_dir(&to).expect("folder");
        assert_eq!(files.unpack(&archive, &members, &to).expect("unpack"), None);
        for (name, text) in texts {
            assert_eq!(
                bytes(files, &to.join(name)).as_deref(),
                Some(text.as_bytes())
            );
        }
        // A member that does not match its digest is left out, and reported.
        let other = Digest::of(b"other");
        members[2].digest = &other;
        let to = root.join("damaged");
        files.make_dir(&to).expect("folder");
        assert_eq!(
            files.unpack(&archive, &members, &to).expect("unpack"),
            Some(2)
        );
        assert_eq!(
            files.look(&to.join(&long)).expect("look"),
            Standing::Nothing
        );
    });
}

#[test]
fn the_first_file_that_is_not_what_it_was_is_told() {
    both(|files, root| {
        let all: Vec<String> = (0..60).map(|n| format!("f{n:02}")).collect();
        for name in &all {
            write(files, &root.join(name), name);
        }
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let names = names(&all);
        let digests: Vec<Digest> = all.iter().map(|name| Digest::of(name.as_bytes())).collect();
        let there: Vec<(&RelPath, &Digest)> = names.iter().zip(&digests).collect();
        let copies: Vec<(PathBuf, &Digest)> = (names.iter().zip(&digests))
            .map(|(name, digest)| (name.under(root), digest))
            .collect();
        let first = |copies: &[_]| files.first_unlike(copies, root, &there).expect("look");
        assert_eq!(first(&copies), None);
        write(files, &root.join("f41"), "changed");
        let gone = files
            .digest(&root.join("f33"))
            .expect("digest")
            .expect("there");
        files.remove(&root.join("f33"), &gone).expect("remove");
        assert_eq!(first(&[]), Some(Unlike::Original(33)));
        assert_eq!(first(&copies[..33]), Some(Unlike::Original(33)));
        assert_eq!(first(&copies[10..]), Some(Unlike::Copy(23)));
    });
}

#[test]
fn what_another_wrote_is_kept_with_its_digest() {
    both(|files, root| {
        let path = root.join("dump");
        let digest = write(files, &path, "12345");
        assert_eq!(files.keep(&path).expect("keep"), (digest, 5));
        assert!(files.keep(&root.join("none")).is_err());
    });
}

#[test]
fn a_folder_of_ours_is_moved_and_removed_with_all_that_is_in_it() {
    both(|files, root| {
        let (from, to) = (root.join("runs/one"), root.join("removed/one"));
        files.make_dir(&from.join("below")).expect("folders");
        files.make_dir(&root.join("removed")).expect("a folder");
        write(files, &from.join("a"), "a");
        write(files, &from.join("below/b"), "b");
        write(files, &root.join("runs/two"), "beside");

        files.move_dir(&from, &to).expect("moved");
        assert_eq!(files.list(&root.join("runs")).expect("list"), ["two"]);
        assert_eq!(
            bytes(files, &to.join("below/b")).as_deref(),
            Some(&b"b"[..])
        );
        assert!(files.move_dir(&from, &to).is_err(), "there is none");
        files.make_dir(&from).expect("a folder");
        assert!(unusable(files.move_dir(&from, &to)), "its place is taken");
        assert!(unusable(
            files.move_dir(&root.join("runs/two"), &root.join("removed/two"))
        ));

        files.remove_dir(&to).expect("removed");
        assert!(files.list(&root.join("removed")).expect("list").is_empty());
        files.remove_dir(&to).expect("it is gone already");
        files
            .remove_dir(&to.join("no/folder"))
            .expect("nor is that there");
        assert!(unusable(files.remove_dir(&root.join("runs/two"))));
        assert!(bytes(files, &root.join("runs/two")).is_some());
    });
}
