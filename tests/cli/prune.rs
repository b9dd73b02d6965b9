//! `runs prune`: lists what can be removed, and removes it with `--yes`.

use super::support::{Case, MARKED};
use std::{fs, os::unix::fs::PermissionsExt};

fn apply(case: &Case) -> String {
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
    case.newest_run()
}

/// A run that was rolled back, and a newer one.
fn twice(case: &Case) -> (String, String) {
    let old = apply(case);
    case.run(&["rollback", &old, "--yes"])
        .ends(0, "every file it edited is as it was");
    (old, apply(case))
}

#[test]
fn old_runs_are_told_with_their_size_and_removed_when_that_is_said() {
    let case = Case::new();
    let before = case.files();
    case.run(&["runs", "prune"])
        .ends(0, "no run can be removed");
    let (old, newest) = twice(&case);
    let folder = |run: &str| case.state.join("runs").join(run);
    let told = case.run(&["runs", "prune"]);
    told.ends(12, &format!("removable  {}  ", &old[..12]));
    told.ends(12, "1.4.0 → 2.0.0");
    told.ends(12, " KiB\n");
    told.ends(12, &format!("kept       {}  ", &newest[..12]));
    told.ends(12, "it is the newest run of its product");
    told.ends(12, "`switchback runs prune --yes`");
    assert!(folder(&old).exists(), "nothing was said");

    let all = case.run(&["runs", "prune", "--format", "json"]);
    let all = all.ends(12, "").json();
    let fates: Vec<_> = all.iter().map(|one| one["fate"].as_str()).collect();
    assert_eq!(fates, [Some("kept"), Some("removable")]);
    assert!(all[1]["bytes"].as_u64() > Some(1000), "{}", all[1]);

    let removed = case.run(&["runs", "prune", "--yes"]);
    removed.ends(0, &format!("removed    {}  ", &old[..12]));
    removed.ends(0, "1 run, ");
    assert!(!folder(&old).exists());
    let left = fs::read_dir(case.state.join("removed")).expect("a folder");
    assert_eq!(left.count(), 0);
    case.run(&["runs", "prune", "--yes"])
        .ends(0, "no run can be removed");
    case.run(&["runs"])
        .ends(0, &newest[..12])
        .never_says(&old[..12]);
    case.run(&["status", &old]).ends(2, "there is no run");
    case.run(&["rollback", &newest, "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(case.files(), before);
}

#[test]
fn whoever_names_a_run_that_cannot_go_is_told_why_and_none_goes() {
    let case = Case::new();
    let (old, newest) = twice(&case);
    let both = ["runs", "prune", &old, &newest, "--yes"];
    case.run(&both)
        .ends(2, "nothing was removed: ")
        .ends(2, "it is the newest run of its product");
    case.run(&["runs", "prune", "0123"])
        .ends(2, "there is no run");
    assert!(case.state.join("runs").join(&old).exists());
    fs::write(case.state.join("runs").join(&newest).join("journal"), "?").expect("written");
    let damaged = case.run(&["runs", "prune", &old, "--yes"]);
    damaged.ends(2, "which run of its product is the newest cannot be told");
    case.run(&["runs", "prune", &newest, "--yes"])
        .ends(9, "is kept");
    case.run(&["runs", "prune"])
        .ends(0, "no run can be removed");
    assert!(case.state.join("runs").join(&old).exists());
}

#[test]
fn a_run_that_waits_stays_and_so_does_what_lies_below_it() {
    let case = Case::new();
    let old = apply(&case);
    case.run(&["rollback", &old, "--yes"])
        .ends(0, "every file it edited is as it was");
    case.trusted(&["apply", "--yes"]).ends(4, "check/told");
    let waiting = case.newest_run();
    assert_ne!(waiting, old);
    case.run(&["runs", "prune", &waiting, "--yes"])
        .ends(2, "it is not finished");
    case.run(&["runs", "prune", "--yes"]).ends(0, &old[..12]);
    let answers = case.answers(MARKED);
    case.run(&["resume", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
}

#[test]
fn what_a_removal_that_was_cut_off_has_left_goes_with_the_next_one() {
    let case = Case::new();
    let (old, _) = twice(&case);
    let removed = case.state.join("removed");
    fs::create_dir(&removed).expect("a folder");
    fs::set_permissions(&removed, fs::Permissions::from_mode(0o700)).expect("a mode");
    fs::rename(case.state.join("runs").join(&old), removed.join(&old)).expect("renamed");
    fs::write(removed.join("notes"), "somebody else's").expect("written");
    case.run(&["runs"]).ends(0, "").never_says(&old[..12]);
    case.run(&["runs", "prune"])
        .ends(12, "remnants of a removal that was interrupted: 1 folder");
    case.run(&["runs", "prune", "--yes"]).ends(0, "");
    assert!(!removed.join(&old).exists());
    assert!(removed.join("notes").exists(), "it has no id for its name");
}
