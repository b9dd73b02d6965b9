//! A backup that was damaged on disk after it was made, when the operator needs it.

use super::support::{Case, MARKED};
use std::{fs, path::PathBuf};

const EDITS: &str = "config:
  - edit:
      file: first.json
      changes: [{set: a, value: 3, severity: required, because: new, cites: [N-1]}]
  - edit:
      file: second.json
      changes: [{set: a, value: 3, severity: required, because: new, cites: [N-1]}]
checklist:
";

/// The damage to two copies; the first step's is always among the damaged ones.
type Harm = fn(&mut Vec<u8>, &mut Vec<u8>);

const HARMS: [(&str, Harm); 3] = [
    ("truncated", |first, _| first.truncate(first.len() / 2)),
    ("one bit flipped", |first, _| first[0] ^= 1),
    ("swapped", std::mem::swap),
];

#[test]
fn a_damaged_copy_is_told_before_anything_is_taken_back_and_never_laid_out() {
    let case = Case::new();
    for (name, text) in [
        ("first.json", "{\"a\": 1}\n"),
        ("second.json", "{\"a\": 2}\n"),
    ] {
        fs::write(case.root.join(name), text).expect("written");
    }
    case.pack_edit("1.x-to-2.0.yaml", "checklist:\n", EDITS);
    let before = case.files();
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
    let after = case.files();
    let run = case.newest_run();
    let backup = case.state.join("runs").join(&run).join("backup/files");
    let copies: [PathBuf; 2] = ["first.json", "second.json"].map(|name| backup.join(name));
    let whole = copies
        .each_ref()
        .map(|copy| fs::read(copy).expect("a copy"));
    let lay = |bytes: &[Vec<u8>; 2]| {
        for (copy, bytes) in copies.iter().zip(bytes) {
            fs::write(copy, bytes).expect("written");
        }
    };
    for (harm, damage) in HARMS {
        let [mut first, mut second] = whole.clone();
        damage(&mut first, &mut second);
        lay(&[first, second]);
        let to = case.home.join(harm);
        case.run(&["restore", &run, "--to", &to.to_string_lossy()])
            .ends(9, "first.json: the copy is not what was read");
        assert!(!to.join("first.json").exists(), "{harm}");
        // Told in the preview, where a person can still decide against it, and again with `--yes`.
        case.run(&["rollback", &run])
            .ends(12, "it cannot be undone: ");
        let told = case.run(&["rollback", &run, "--yes"]);
        told.ends(7, "the copy in the backup is damaged");
        told.ends(7, "first.json");
        assert_eq!(case.files(), after, "{harm}");
    }
    lay(&whole);
    case.run(&["rollback", &run, "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(case.files(), before);
}
