//! Somebody who reads the product's files all the time, as the product itself may, while a run
//! replaces them and restores them.

use super::product::{FILES, Product, ROLLBACK};
use std::{
    fs, io,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The promise is tested for somebody who reads this often.
const READS_A_SECOND: u128 = 1000;

/// A file, its two contents, and how often it was seen with each.
struct Watched {
    path: PathBuf,
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
    olds: u64,
    news: u64,
    was_new: Option<bool>,
    turns: usize,
}

impl Watched {
    fn new(path: PathBuf, old: Option<&[u8]>, new: Option<&[u8]>) -> Self {
        Self {
            path,
            old: old.map(<[u8]>::to_vec),
            new: new.map(<[u8]>::to_vec),
            olds: 0,
            news: 0,
            was_new: None,
            turns: 0,
        }
    }

    /// Reads it once more; what was read is the error, if it is neither content.
    fn look(&mut self) -> Result<(), Option<Vec<u8>>> {
        let now = match fs::read(&self.path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => panic!("{}: {error}", self.path.display()),
        };
        let is_new = now == self.new;
        if !is_new && now != self.old {
            return Err(now);
        }
        *(if is_new {
            &mut self.news
        } else {
            &mut self.olds
        }) += 1;
        let turned = self
            .was_new
            .replace(is_new)
            .is_some_and(|was| was != is_new);
        self.turns += usize::from(turned);
        Ok(())
    }
}

/// Signals the end even if a test fails, so that the reader stops.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Reads every file again and again until the work is done; what was seen, and how long it took.
fn reading(product: &Product, work: impl FnOnce()) -> (Vec<Watched>, Duration) {
    let bytes = |text: Option<&'static str>| text.map(str::as_bytes);
    let mut files: Vec<Watched> = FILES
        .into_iter()
        .map(|(name, _, old, new)| Watched::new(product.root.join(name), bytes(old), bytes(new)))
        .collect();
    let look = move |over: &AtomicBool| {
        let began = Instant::now();
        loop {
            // Read once more after the end, so that the final state is seen too.
            let last = over.load(Ordering::SeqCst);
            for file in &mut files {
                if let Err(torn) = file.look() {
                    panic!("{}: neither old nor new: {torn:?}", file.path.display());
                }
            }
            if last {
                return (files, began.elapsed());
            }
        }
    };
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| look(&over));
        {
            let _over = Over(&over);
            work();
        }
        reader
            .join()
            .expect("every file was wholly old or wholly new")
    })
}

#[test]
fn who_reads_all_the_time_sees_each_file_wholly_old_or_wholly_new_and_one_change_each_way() {
    let product = Product::new();
    let forward = || product.apply_but_not_verify();
    let back = || {
        product.spawn(&ROLLBACK).run_to_the_end(0);
    };
    let ways: [(&str, &dyn Fn()); 2] = [("forward", &forward), ("back", &back)];
    for (way, work) in ways {
        let (seen, took) = reading(&product, work);
        for file in seen {
            let (name, reads) = (file.path.display(), file.olds + file.news);
            eprintln!(
                "{way}: {name}: {reads} reads in {took:?}: {} old, {} new",
                file.olds, file.news
            );
            assert!(file.olds > 0 && file.news > 0, "only one of them was seen");
            assert_eq!(file.turns, 1, "{name} changed more than once");
            let often = u128::from(reads) * 1000 >= took.as_millis() * READS_A_SECOND;
            assert!(often, "{reads} reads in {took:?} prove nothing");
        }
    }
    product.assert_old();
}

/// Shows that the reader would notice it.
#[test]
fn a_file_that_is_written_in_its_place_is_seen_torn() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    let (old, new) = (vec![b'o'; 1 << 16], vec![b'n'; 1 << 16]);
    fs::write(&path, &old).expect("written");
    let seen = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while !seen.load(Ordering::SeqCst) {
                fs::write(&path, &new).expect("written");
                fs::write(&path, &old).expect("written");
            }
        });
        let _over = Over(&seen);
        let mut file = Watched::new(path.clone(), Some(&old), Some(&new));
        let began = Instant::now();
        while file.look().is_ok() {
            assert!(began.elapsed() < Duration::from_secs(30), "it was not seen");
        }
        drop(_over);
        writer.join().expect("it writes");
    });
}
