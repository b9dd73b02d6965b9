//! Keys that the operator and the new release both changed, decided by an answers file.

use super::support::{Case, MARKED, ended};
use std::{collections::BTreeMap, fs, path::Path};

const OLD: &str = "limits:\n  day: 10\n  key: none\nhosts: [a]\n";
const NEW: &str = "limits:\n  day: 20\n  key: new\nhosts: [a, c]\n";
const OWN: &str =
    "limits:\n  day: 40 # ours\n  key: 'our-own-key'   # keep\nhosts: [b, a] # both\n";

const KEY: &str = "1.x-to-2.0/app.yaml";
const TYPED: &str = "typed {{root}} and unseen";

/// Notes with a file that both changed.
fn changed_by_both() -> Case {
    let case = Case::new();
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "checklist:",
        "config:
  - merge:
      file: app.yaml
      old: [{pack: old.txt}]
      new: [{pack: new.txt}]
      secret: [limits.key]

checklist:",
    );
    for (file, text) in [("old.txt", OLD), ("new.txt", NEW)] {
        fs::write(case.pack.join(file), text).expect("written");
    }
    fs::write(case.root.join("app.yaml"), OWN).expect("written");
    case
}

fn answers(day: &str) -> String {
    format!(
        "{MARKED}decisions:
  {KEY}/limits.day: edit
  {KEY}/limits.key: edit
  {KEY}/hosts: both
inputs:
  {KEY}/limits.day: '{day}'
  {KEY}/limits.key: '{TYPED}'
"
    )
}

/// Everything that was kept of the run.
fn kept(folder: &Path, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            kept(&path, into);
        } else if let Ok(text) = fs::read_to_string(&path) {
            into.insert(path.to_string_lossy().into_owned(), text);
        }
    }
}

#[test]
fn what_is_open_is_told_with_every_answer_and_why_there_is_no_other() {
    let case = changed_by_both();
    case.trusted(&["plan"])
        .ends(12, "keep_yours   yours: 40")
        .ends(12, "keep_yours   yours: •••••• (11 chars)")
        .ends(12, "both         both: yours, then \"c\"")
        .ends(12, "edit         a value that you type")
        .ends(12, "both is not offered: the key holds one value");
    // For `--check`, an open question is the answer, not a failure.
    case.trusted(&["plan", "--check"])
        .ends(1, "open before a plan can be made; nothing was changed")
        .ends(1, "`--set 1.x-to-2.0/app.yaml/limits.day=…`");
    let wrong = case.answers(&answers("40 # a day"));
    case.trusted(&["plan", "--answers", &wrong])
        .ends(2, "limits.day: there is more than a value");
    let apply = case.applying().output().expect("the program starts");
    ended(apply).ends(12, "with one of keep_yours, take_theirs, both, edit");
    let said = answers("1");
    let decided = said.split("inputs:").next().expect("decisions");
    let mut apply = case.applying();
    case.answers(decided);
    let open = ended(apply.output().expect("the program starts"));
    open.ends(12, "the value of limits.day in app.yaml: say `--set");
}

#[test]
fn what_is_typed_goes_into_the_file_and_a_secret_nowhere_else() {
    let case = changed_by_both();
    let before = case.files();
    let mut apply = case.applying();
    case.answers(&answers("5 a day"));
    ended(apply.output().expect("the program starts")).ends(0, "");
    let text = fs::read_to_string(case.root.join("app.yaml")).expect("app.yaml");
    assert_eq!(
        text,
        format!(
            "limits:\n  day: 5 a day # ours\n  key: '{TYPED}'   # keep\nhosts: [b, a, c] # both\n"
        )
    );
    let mut left = BTreeMap::new();
    kept(&case.state, &mut left);
    assert!(left.values().any(|text| text.contains("5 a day")));
    for (file, text) in left {
        // Only the new file itself may hold them, and what a resumed run needs.
        let may_hold = text.contains("hosts: [b, a, c]") || file.ends_with("/answers.json");
        assert!(may_hold || !text.contains("and unseen"), "{file}:\n{text}");
    }
    case.run(&["rollback", &case.newest_run(), "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(case.files(), before);
}
