//! A plan holds only for the world that it was made from: whatever has changed is named, and
//! nothing begins.

use super::support::{Case, MARKED};
use rustix::fs::{XattrFlags, setxattr};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, lchown, symlink},
    path::Path,
};

/// What happens to a product, or to the file of its plan.
type Change = fn(&mut Case, &Path);

const CHANGES: [(&str, Change); 11] = [
    ("the contents of .env changed", |case, _| {
        fs::write(case.root.join(".env"), "PORT=8081\n").expect("written");
    }),
    ("the permissions of .env changed", |case, _| {
        let stricter = Permissions::from_mode(0o600);
        fs::set_permissions(case.root.join(".env"), stricter).expect("closed");
    }),
    ("the owner of .env changed", |case, _| {
        lchown(case.root.join(".env"), Some(65534), None).expect("given away");
    }),
    ("the extended attributes of .env changed", |case, _| {
        let env = case.root.join(".env");
        setxattr(env, "user.seen", b"1", XattrFlags::empty()).expect("kept");
    }),
    (".env is gone", |case, _| {
        fs::remove_file(case.root.join(".env")).expect("removed");
    }),
    (".env cannot be read any more", |case, _| {
        fs::rename(case.root.join(".env"), case.root.join("env")).expect("moved");
        symlink("env", case.root.join(".env")).expect("linked");
    }),
    ("the variable PORT changed", |case, _| {
        case.exports("PORT", "81")
    }),
    ("the rules changed", |case, _| {
        case.pack_edit("guide.yaml", "PORT becomes", "PORT  becomes");
    }),
    ("the plan was made by 0.0.1", |_, plan| {
        says(plan, "program", "0.0.1");
    }),
    ("the plan was made on elsewhere", |_, plan| {
        says(plan, "host", "elsewhere");
    }),
    ("the plan was made for /srv/notes", |_, plan| {
        says(plan, "root", "/srv/notes");
    }),
];

fn says(plan: &Path, key: &str, value: &str) {
    let text = fs::read(plan).expect("a plan");
    let mut json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    assert!(json[key].is_string(), "a plan has no {key}");
    json[key] = value.into();
    fs::write(plan, json.to_string()).expect("written");
}

#[test]
fn whatever_changed_since_a_plan_is_named_and_nothing_is_begun() {
    for (words, change) in CHANGES {
        if words.contains("owner") && !rustix::process::geteuid().is_root() {
            // Only root can change an owner.
            continue;
        }
        let mut case = Case::new();
        // Exported variables take precedence over the file.
        let file = "  - dotenv: {file: .env}\n";
        case.pack_edit("pack.yaml", file, &format!("{file}  - process: {{}}\n"));
        let plan = case.root.with_file_name("plan.json");
        let file = plan.to_string_lossy().into_owned();
        case.trusted(&["plan", "--out", &file]).ends(0, "");
        change(&mut case, &plan);
        let before = case.files();
        let answers = case.answers(MARKED);
        let told = case.trusted(&["apply", &file, "--yes", "--answers", &answers]);
        assert_eq!(told.code, 3, "{words}: {}", told.out);
        told.ends(3, words).ends(3, "plan again");
        assert_eq!(case.files(), before, "{words}");
        assert!(!case.state.join("runs").exists(), "{words}: a run began");
    }
}
