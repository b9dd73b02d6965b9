//! What the fuzzer has kept is held against the same laws, on every compiler and without the
//! fuzzer. `docs/safety.md` says how it came to be.

#![expect(clippy::disallowed_methods, reason = "a test reads its own corpus")]

#[path = "../fuzz/src/lib.rs"]
mod laws;

use std::{fs, path::Path};

#[test]
fn the_corpus_of_the_fuzzer_keeps_the_laws() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut broken = Vec::new();
    for (target, hold) in laws::TARGETS {
        let folder = corpus.join(target);
        let entries = fs::read_dir(&folder).expect("every target has a corpus");
        let mut held = 0;
        for entry in entries {
            let path = entry.expect("a file").path();
            let bytes = fs::read(&path).expect("it can be read");
            let kept = std::panic::catch_unwind(|| hold(&bytes));
            broken.extend(kept.is_err().then_some(path));
            held += 1;
        }
        assert!(held > 0, "the corpus of {target} is empty");
    }
    assert!(broken.is_empty(), "these break a law: {broken:?}");
}
