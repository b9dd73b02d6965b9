//! Power cuts on real file systems: the program is killed at a system call, then the file system is
//! shut down without writing its log, and mounted again. What no sync had reached is lost for good,
//! which a kill alone cannot show. Once with everything on one file system, where one sync may
//! carry what another forgot, and once with the runs on another.
//!
//! `SWITCHBACK_POWER_CUTS=all tests/run --test kill power -- --nocapture`, as root, with xfsprogs.
//! A number cuts as often on each; without it nothing is done, because it mounts file systems.

use super::{
    injected::{Errand, Point, can_trace, dice, kills, recover, some},
    product::Product,
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const CUTS: &str = "SWITCHBACK_POWER_CUTS";
const FREE_WITHIN: Duration = Duration::from_secs(120);
/// The disk and what is visible of it may differ at each of these calls.
const CALLS: [&str; 8] = [
    "write",
    "fsync",
    "fdatasync",
    "renameat",
    "renameat2",
    "unlinkat",
    "mkdirat",
    "ftruncate",
];

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {said}");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// A file system inside a file.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    fn make(folder: &Path, name: &str, kind: &str) -> Self {
        let (image, mount) = (folder.join(format!("{name}.image")), folder.join(name));
        let file = File::create(&image).expect("an image");
        // The smallest size that every kind accepts; a sparse file that takes no space until it is
        // written.
        file.set_len(320 << 20).expect("its length");
        fs::create_dir(&mount).expect("a mount point");
        run(&format!("mkfs.{kind}"), &["-q", text(&image)]);
        let disk = Self { image, mount };
        disk.mount();
        disk
    }

    fn mount(&self) {
        run(
            "mount",
            &["-o", "loop", text(&self.image), text(&self.mount)],
        );
    }

    fn sync(&self) {
        let folder = File::open(&self.mount).expect("the mount point");
        rustix::fs::syncfs(folder).expect("synced");
    }

    fn cut_power(&self) {
        run("xfs_io", &["-x", "-c", "shutdown", text(&self.mount)]);
        // A worker that is still at work gets errors now, and ends.
        let mut unmount = Command::new("umount");
        let unmount = unmount.arg(&self.mount).stderr(Stdio::null());
        self.in_time("is in use", || unmount.status().expect("umount").success());
        // A mount namespace created in the meantime keeps the old mount, and mounting again would
        // show the same file system, still shut down.
        let mut held = Command::new("losetup");
        let held = held.arg("-j").arg(&self.image);
        self.in_time("is still mounted in another namespace", || {
            held.output().expect("losetup").stdout.is_empty()
        });
        self.mount();
    }

    fn in_time(&self, otherwise: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            let mount = self.mount.display();
            assert!(began.elapsed() < FREE_WITHIN, "{mount} {otherwise}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _already_gone = Command::new("umount").arg(&self.mount).output();
    }
}

/// One file system or two, and a product that has been there for long.
struct Machine<'d> {
    disks: &'d [Disk],
    base: PathBuf,
    state: PathBuf,
    product: Product,
}

impl<'d> Machine<'d> {
    fn new(disks: &'d [Disk], errand: Errand, n: usize) -> Self {
        let (first, last) = (&disks[0], &disks[disks.len() - 1]);
        let base = first.mount.join(n.to_string());
        fs::create_dir(&base).expect("a folder");
        let state = last.mount.join(format!("state-{n}"));
        let product = Product::at(&base, state.clone());
        errand.prepare(&product);
        disks.iter().for_each(Disk::sync);
        Self {
            disks,
            base,
            state,
            product,
        }
    }

    fn cut_power(&self) {
        self.disks.iter().for_each(Disk::cut_power);
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        if !thread::panicking() {
            // Hundreds of these would fill the disk. After an early cut there is no state folder at
            // all.
            for folder in [&self.base, &self.state] {
                let gone = fs::remove_dir_all(folder);
                let was_none = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
                assert!(gone.is_ok() || gone.is_err_and(|it| was_none(&it)));
            }
        }
    }
}

/// Whether the call was met.
fn cut_at(disks: &[Disk], n: usize, point: Point) -> bool {
    let machine = Machine::new(disks, point.errand, n);
    let product = &machine.product;
    let (_, met) = point.disturb(product);
    machine.cut_power();
    product.assert_between();
    recover(product, point);
    // The program has reported success: nothing of that may be lost, and nothing is left to do.
    let records = product.records();
    machine.cut_power();
    assert_eq!(product.records(), records);
    recover(product, point);
    met
}

/// Without any sync, a cut loses the changes or the records, so the cuts are effective. A file
/// system may still write some file data of its own accord.
fn assert_a_cut_loses(disks: &[Disk]) {
    let machine = Machine::new(disks, Errand::GoOn, 0);
    let left_out = Some("retval=0");
    let (code, seen) = Errand::GoOn.traced(&machine.product, "fsync,fdatasync,syncfs", left_out);
    assert_eq!(code, Some(0), "{seen}");
    let seen = || (machine.product.is_new(), machine.product.records());
    let before = seen();
    assert!(before.0);
    machine.cut_power();
    assert_ne!(seen(), before, "the power cut lost nothing");
}

#[test]
fn power_cuts_at_any_call_are_recovered_from() {
    let can =
        rustix::process::geteuid().is_root() && Command::new("xfs_io").arg("-V").output().is_ok();
    if std::env::var_os(CUTS).is_none() || !can || !can_trace() {
        eprintln!("SKIPPED: no power was cut; it takes {CUTS}, root, xfsprogs and strace");
        return;
    }
    let mut dice = dice();
    let all: Vec<Point> = kills()
        .into_iter()
        .filter(|point| CALLS.contains(&point.call))
        .collect();
    for kind in ["ext4", "xfs"] {
        for names in [&["both"][..], &["product", "runs"]] {
            let folder = tempfile::tempdir().expect("a folder");
            let disks: Vec<Disk> = names
                .iter()
                .map(|name| Disk::make(folder.path(), name, kind))
                .collect();
            assert_a_cut_loses(&disks);
            let points = some(all.clone(), CUTS, &mut dice);
            let mut met = 0;
            for (n, &point) in points.iter().enumerate() {
                eprintln!("{kind}, {names:?}, {n}: {point:?}");
                met += usize::from(cut_at(&disks, n + 1, point));
            }
            eprintln!(
                "{kind}, {names:?}: {} cuts, {met} at their call",
                points.len()
            );
            assert!(met * 10 >= points.len() * 8, "only {met} calls were met");
        }
    }
}
