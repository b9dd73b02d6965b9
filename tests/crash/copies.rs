//! A backup that was damaged after it was made: this is noticed before the way back undoes
//! anything, and once the backup is whole again the way back reaches its end.

use super::product::{Product, Way};
use std::{collections::BTreeMap, path::Path};
use switchback::engine::link::handle::Ask;

/// The damage to a copy and to the one beside it.
type Harm = fn(&mut Vec<u8>, &mut Vec<u8>);

const HARMS: [(&str, Harm); 4] = [
    ("truncated", |copy, _| copy.truncate(copy.len() / 2)),
    ("empty", |copy, _| copy.clear()),
    ("one bit flipped", |copy, _| copy[0] ^= 1),
    ("swapped", std::mem::swap),
];

/// The copy of a file and the copy of data that a command restores, each with the step that needs
/// it and the copy beside it.
const COPIES: [(&str, &str, &str); 2] = [
    ("files/.env", "edit .env", "db.dump"),
    ("db.dump", "migrate", "files/.env"),
];

/// All files outside the state folder.
fn outside(product: &Product) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut files = product.fake.files.contents();
    files.retain(|path, _| !path.starts_with("/state"));
    files
}

#[test]
fn a_damaged_copy_is_noticed_before_anything_is_taken_back() {
    for (way, from) in [(Way::Back, "back"), (Way::BackFromDone, "back from done")] {
        for (copy, step, other) in COPIES {
            for (harm, damage) in HARMS {
                let case = format!("{from}: {copy} {harm}");
                let product = Product::before(way);
                let files = &product.fake.files;
                let (copy, other) = (product.backup().join(copy), product.backup().join(other));
                let was = files.contents();
                let [mut bytes, mut beside] = [&copy, &other].map(|path| was[path].clone());
                damage(&mut bytes, &mut beside);
                files.put(&copy, &bytes);
                files.put(&other, &beside);

                let before = outside(&product);
                let told = product.walk(way).expect_err(&case);
                assert!(told.contains("damaged"), "{case}: {told}");
                assert_eq!(outside(&product), before, "{case}");
                product.assert_new();
                let state = product.runs().remove(0);
                for view in &state.steps {
                    let failed = view.undo_failed();
                    let id = view.step.id.as_str();
                    let also = harm == "swapped" && COPIES.iter().any(|(_, step, _)| *step == id);
                    assert_eq!(failed, id == step || also, "{case}: {id}");
                    let undone = view.undone().is_some();
                    assert!(!undone, "{case}: {id} was undone");
                }

                files.put(&copy, &was[&copy]);
                files.put(&other, &was[&other]);
                assert_eq!(product.walk(way), Ok(true), "{case}");
                product.assert_old();
            }
        }
    }
}

/// A file that was restored by hand needs no copy.
#[test]
fn what_was_put_back_by_hand_needs_no_copy() {
    let product = Product::before(Way::Back);
    let copy = product.backup().join("files/.env");
    let old = product.fake.files.contents()[&copy].clone();
    product.fake.files.put(&copy, "");
    product.walk(Way::Back).expect_err("damaged");
    product.fake.files.put(Path::new("/srv/product/.env"), old);
    assert_eq!(product.walk(Way::Back), Ok(true));
    product.assert_old();
}

/// The disk went bad while the run waited, and another worker resumes it.
#[test]
fn data_whose_backup_is_damaged_by_now_is_not_changed() {
    let product = Product::new();
    let mut worker = product.begin();
    for ask in [Ask::Check, Ask::Backup] {
        worker.meet(ask).expect("the worker goes on").expect("met");
    }
    drop(worker);
    let (files, copy) = (&product.fake.files, product.backup().join("db.dump"));
    let whole = files.contents()[&copy].clone();
    let mut damaged = whole.clone();
    damaged[0] ^= 1;
    files.put(&copy, damaged);

    let told = product.walk(Way::Forward).expect_err("it goes no further");
    let ran = product.fake.commands.ran();
    assert!(ran.iter().all(|it| it.argv != ["migrate"]), "{told}");
    let state = product.runs().remove(0);
    let failed = state.steps.iter().find(|view| view.failed().is_some());
    let failed = failed.expect("a step failed");
    assert_eq!(failed.step.id.as_str(), "migrate");
    assert!(failed.failed_without_effect(), "{failed:?}");
    let error = failed.failed().expect("failed").error();
    assert!(error.contains("the backup `db.dump` is damaged"), "{error}");

    files.put(&copy, whole);
    product.walk(Way::Forward).expect("it is whole again");
    product.assert_new();
}

#[test]
fn what_was_done_before_is_taken_back_without_the_damaged_backup() {
    let product = Product::new();
    let mut worker = product.begin();
    for ask in [Ask::Check, Ask::Backup] {
        worker.meet(ask).expect("the worker goes on").expect("met");
    }
    drop(worker);
    product.fake.files.put(product.backup().join("db.dump"), "");
    product.walk(Way::Forward).expect_err("it goes no further");
    assert_eq!(product.walk(Way::Back), Ok(true));
    product.assert_old();
}
