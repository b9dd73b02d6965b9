//! What the real files keep and what they refuse.

use super::glob;
use std::{
    fs::{self, File},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
};
use switchback::{
    model::{digest::Digest, path::RelPath, survey::FileMeta},
    world::{FileError, Files, Inside, RealFiles, Standing},
};

struct Dir {
    _guard: tempfile::TempDir,
    root: PathBuf,
}

fn dir() -> Dir {
    let guard = tempfile::tempdir().expect("folder");
    let root = guard.path().canonicalize().expect("root");
    Dir {
        _guard: guard,
        root,
    }
}

impl Dir {
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root.join(name);
        fs::write(&path, text).expect("write");
        path
    }
}

fn meta(path: &Path) -> FileMeta {
    let content = RealFiles.read(path, 1 << 20).expect("read");
    content.expect("there").meta
}

fn replace(path: &Path, text: &str) -> Result<(), FileError> {
    let old = RealFiles.read(path, 1 << 20)?.expect("there");
    let staged = path.with_extension("staged");
    RealFiles.stage(&staged, text.as_bytes(), Some(&old.meta))?;
    RealFiles.swap_in(&staged, path, Some(&old.digest))
}

fn cure(end: Result<impl Sized, FileError>) -> String {
    match end.err() {
        Some(FileError::Unusable { why, cure, .. }) => format!("{why}; {cure}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn mode_and_attributes_outlive_a_replacement() {
    let dir = dir();
    let path = dir.file("conf", "old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o2640)).expect("mode");
    let attributes = xattr::set(&path, "user.origin", b"\x00\xffsite").is_ok();
    let before = meta(&path);
    replace(&path, "new").expect("replace");
    let after = meta(&path);
    assert_eq!(fs::read(&path).expect("read"), b"new");
    assert_eq!(after.mode, 0o2640);
    assert_eq!(after.xattrs, before.xattrs);
    assert_eq!(after.xattrs.contains_key("user.origin"), attributes);
    assert_eq!((after.uid, after.gid), (before.uid, before.gid));
}

#[test]
fn the_owner_outlives_a_replacement() {
    let dir = dir();
    let path = dir.file("conf", "old");
    if std::os::unix::fs::chown(&path, Some(12345), Some(23456)).is_err() {
        return; // Only root can give a file away.
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4755)).expect("mode");
    replace(&path, "new").expect("replace");
    let after = meta(&path);
    assert_eq!((after.uid, after.gid, after.mode), (12345, 23456, 0o4755));
}

#[test]
fn a_restored_file_gets_its_time_back() {
    let dir = dir();
    let (path, kept) = (dir.file("conf", "old"), dir.root.join("kept"));
    let before = meta(&path);
    RealFiles.copy(&path, &kept, None).expect("copy in");
    assert_eq!(meta(&kept).mode, 0o600);
    RealFiles
        .copy(&kept, &path, Some(&before))
        .expect("copy out");
    assert_eq!(meta(&path), before);
}

#[test]
fn links_are_refused_and_not_followed() {
    let dir = dir();
    let (path, link) = (dir.file("conf", "old"), dir.root.join("link"));
    symlink("conf", &link).expect("link");
    let to = PathBuf::from("conf");
    assert_eq!(
        RealFiles.look(&link).expect("look"),
        Standing::Symlink { to }
    );
    assert!(cure(RealFiles.read(&link, 10)).contains("symbolic link to conf"));
    let staged = dir.root.join("staged");
    RealFiles.stage(&staged, b"new", None).expect("stage");
    let old = Digest::of(b"old");
    assert!(cure(RealFiles.swap_in(&staged, &link, Some(&old))).contains("symbolic link"));
    assert!(RealFiles.append(&link, b"x", None).is_err());
    assert_eq!(fs::read(&path).expect("read"), b"old");

    fs::hard_link(&path, dir.root.join("second")).expect("link");
    assert!(cure(RealFiles.swap_in(&staged, &path, Some(&old))).contains("2 hard links"));
    assert!(matches!(
        RealFiles.look(&path).expect("look"),
        Standing::File { links: 2, .. }
    ));
}

#[test]
fn staging_does_not_follow_a_link_in_its_way() {
    let dir = dir();
    let victim = dir.file("victim", "keep me");
    let staged = dir.root.join("staged");
    symlink(&victim, &staged).expect("link");
    RealFiles.stage(&staged, b"new", None).expect("stage");
    assert_eq!(fs::read(&victim).expect("read"), b"keep me");
    assert!(fs::symlink_metadata(&staged).expect("look").is_file());
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let dir = dir();
    let (fifo, socket) = (dir.root.join("fifo"), dir.root.join("socket"));
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.expect("mkfifo").success());
    let _listener = UnixListener::bind(&socket).expect("socket");
    for (path, what) in [
        (fifo.as_path(), "a FIFO"),
        (&socket, "a socket"),
        (Path::new("/dev/null"), "a device"),
    ] {
        assert_eq!(
            RealFiles.look(path).expect("look"),
            Standing::Other { what }
        );
        assert!(cure(RealFiles.read(path, 10)).starts_with(what));
        assert!(cure(RealFiles.digest(path)).starts_with(what));
    }
}

#[test]
fn a_huge_file_is_refused_before_it_is_read_and_copied_without_filling_its_holes() {
    let dir = dir();
    let (path, copy) = (dir.root.join("huge"), dir.root.join("copy"));
    let file = File::create(&path).expect("create");
    file.set_len(1 << 30).expect("length");
    let end = RealFiles.read(&path, 16 << 20);
    assert!(matches!(end, Err(FileError::TooLarge { .. })), "{end:?}");

    file.set_len(64 << 20).expect("length");
    std::os::unix::fs::FileExt::write_at(&file, b"in the middle", 40 << 20).expect("write");
    let (digest, size) = RealFiles.copy(&path, &copy, None).expect("copy");
    assert_eq!(size, 64 << 20);
    assert_eq!(
        RealFiles.digest(&path).expect("digest"),
        Some(digest.clone())
    );
    assert_eq!(RealFiles.digest(&copy).expect("digest"), Some(digest));
    let used = fs::metadata(&copy).expect("look").blocks() * 512;
    assert!(used < 1 << 20, "the copy takes {used} bytes");
}

#[test]
fn bytes_that_are_no_text_pass_unchanged() {
    let dir = dir();
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let path = dir.root.join("blob");
    RealFiles.stage(&path, &bytes, None).expect("stage");
    let content = RealFiles.read(&path, 5000).expect("read").expect("there");
    assert_eq!(content.bytes, bytes);
}

#[test]
fn a_pattern_does_not_leave_the_root_through_a_link() {
    let (dir, outside) = (dir(), dir());
    outside.file("secret.yml", "x");
    symlink(&outside.root, dir.root.join("conf")).expect("link");
    symlink(outside.root.join("secret.yml"), dir.root.join("link.yml")).expect("link");
    let globs = ["conf/*.yml", "**/*.yml", "*.yml"].map(glob);
    assert!(RealFiles.glob(&dir.root, &globs).expect("glob").is_empty());
}

#[test]
fn a_file_without_permission_says_so() {
    let dir = dir();
    let path = dir.file("conf", "old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("mode");
    if File::open(&path).is_ok() {
        return; // Root reads everything.
    }
    assert!(cure(RealFiles.read(&path, 10)).contains("no permission"));
}

/// Neither a failed copy nor a failed archive leaves a file behind.
#[test]
fn a_copy_that_cannot_be_made_leaves_nothing_behind() {
    let dir = dir();
    let from = dir.file("from", "text");
    let mut spoiled = meta(&from);
    let attributes = &mut spoiled.xattrs;
    attributes.insert("user.mark".to_owned(), "no digits".to_owned());
    let copied = RealFiles.copy(&from, &dir.root.join("to"), Some(&spoiled));
    copied.expect_err("the attribute cannot be set");

    fs::create_dir(dir.root.join("folder")).expect("a folder");
    let names = ["from", "folder"].map(|name| RelPath::try_from(name).expect("a name"));
    let archived = RealFiles.archive(&dir.root, &names, &dir.root.join("files.tar"));
    archived.expect_err("a folder is no file");

    let left = RealFiles.list(&dir.root).expect("names");
    assert_eq!(left, ["folder", "from"]);
}

#[test]
fn tar_puts_an_archive_back() {
    let dir = dir();
    let long = format!("{}deep/{}", "a-long-folder/".repeat(20), "n".repeat(120));
    let all = ["plain", "conf/é 'quoted'", long.as_str()];
    for (n, name) in all.iter().enumerate() {
        let path = dir.root.join("src").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(&path, name.repeat(n * 100)).expect("write");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640 + n as u32)).expect("mode");
        let _supported = xattr::set(&path, "user.colour", b"a=b\nc");
    }
    let names = all.map(|name| RelPath::try_from(name).expect("a name"));
    let (src, archive, out) = (
        dir.root.join("src"),
        dir.root.join("x.tar"),
        dir.root.join("out"),
    );
    RealFiles.archive(&src, &names, &archive).expect("archive");
    assert_eq!(meta(&archive).mode, 0o600);
    fs::create_dir(&out).expect("folder");
    let tar = std::process::Command::new("tar")
        .args(["--xattrs", "--xattrs-include=*", "-xpf"])
        .args([&archive, Path::new("-C"), &out])
        .output()
        .expect("tar");
    assert!(tar.status.success() && tar.stderr.is_empty(), "{tar:?}");
    for name in all {
        let (before, after) = (meta(&src.join(name)), meta(&out.join(name)));
        assert_eq!(
            (before.mode, before.uid, before.gid),
            (after.mode, after.uid, after.gid)
        );
        assert_eq!(before.xattrs, after.xattrs, "{name}");
        assert_eq!(
            before.mtime_ns / 1_000_000_000,
            after.mtime_ns / 1_000_000_000
        );
        let text = |root: &Path| fs::read(root.join(name)).expect("read");
        assert_eq!(text(&src), text(&out));
    }
}

#[test]
fn a_large_file_and_a_link_are_not_for_the_archive() {
    let dir = dir();
    let large = dir.root.join("large");
    File::create(&large)
        .expect("create")
        .set_len(1 << 20)
        .expect("length");
    let archive = dir.root.join("x.tar");
    let name = |name: &str| vec![RelPath::try_from(name).expect("a name")];
    let archived = RealFiles
        .archive(&dir.root, &name("large"), &archive)
        .expect("archive");
    assert_eq!(archived.inside, [Inside::Large]);
    symlink("large", dir.root.join("link")).expect("link");
    assert!(
        RealFiles
            .archive(&dir.root, &name("link"), &archive)
            .is_err()
    );
}

#[test]
fn what_a_removal_that_was_cut_off_has_left_is_looked_at_before_it_goes() {
    let dir = tempfile::tempdir().expect("folder");
    let root = dir.path().canonicalize().expect("root");
    let (target, left) = (root.join("conf"), root.join(".conf.switchback-removed"));
    let old = Digest::of(b"old");
    for (text, goes) in [("theirs", false), ("old", true)] {
        fs::write(&target, "old").expect("write");
        fs::write(&left, text).expect("write");
        assert_eq!(RealFiles.remove(&target, &old).is_ok(), goes, "{text}");
        assert_eq!((target.exists(), left.exists()), (!goes, !goes), "{text}");
    }
}

#[test]
fn a_new_folder_of_the_product_belongs_to_whoever_has_the_one_above() {
    let dir = dir();
    if std::os::unix::fs::chown(&dir.root, Some(12345), Some(23456)).is_err() {
        return; // Only root can give a folder away.
    }
    let new = dir.root.join("new/below");
    RealFiles.make_product_dir(&new).expect("made");
    for folder in [new.parent().expect("a folder"), &new] {
        let seen = fs::metadata(folder).expect("there");
        assert_eq!(
            (seen.uid(), seen.gid()),
            (12345, 23456),
            "{}",
            folder.display()
        );
    }
}

#[test]
fn a_private_folder_of_somebody_else_is_refused() {
    let dir = dir();
    let path = dir.root.join("state");
    RealFiles.make_private_dir(&path).expect("its own");
    if std::os::unix::fs::chown(&path, Some(12345), None).is_err() {
        return; // Only root can give a folder away.
    }
    let why = cure(RealFiles.make_private_dir(&path));
    assert!(why.contains("belongs to user 12345"), "{why}");
}

/// The default ACL of a folder, which lets one more user read what is made in it.
const LETS_ONE_MORE_READ: [u8; 44] = [
    2, 0, 0, 0, // its form
    1, 0, 6, 0, 255, 255, 255, 255, // the owner
    2, 0, 4, 0, 57, 48, 0, 0, // user 12345
    4, 0, 0, 0, 255, 255, 255, 255, // the group
    16, 0, 4, 0, 255, 255, 255, 255, // the mask
    32, 0, 0, 0, 255, 255, 255, 255, // everybody else
];

#[test]
fn who_could_not_read_a_file_cannot_because_its_folder_would_let_them() {
    let dir = dir();
    let path = dir.file("conf", "old");
    let default = "system.posix_acl_default";
    if xattr::set(&dir.root, default, &LETS_ONE_MORE_READ).is_err() {
        return; // This file system has no such lists.
    }
    assert!(meta(&path).xattrs.is_empty());
    replace(&path, "new").expect("replace");
    assert_eq!(fs::read(&path).expect("read"), b"new");
    assert_eq!(meta(&path).xattrs, Default::default());
}

#[test]
fn a_folder_is_removed_and_not_what_a_link_in_it_leads_to() {
    let dir = dir();
    fs::create_dir(dir.root.join("kept")).expect("a folder");
    let kept = dir.file("kept/file", "keep me");
    fs::create_dir(dir.root.join("gone")).expect("a folder");
    symlink("../kept", dir.root.join("gone/link")).expect("link");
    let link = dir.root.join("to-gone");
    symlink("gone", &link).expect("link");
    assert!(cure(RealFiles.remove_dir(&link)).contains("no folder"));
    assert!(
        RealFiles.remove_dir(&link.join("link")).is_err(),
        "no link is followed"
    );
    RealFiles
        .remove_dir(&dir.root.join("gone"))
        .expect("removed");
    assert!(!dir.root.join("gone").exists());
    assert_eq!(fs::read(&kept).expect("read"), b"keep me");
}
