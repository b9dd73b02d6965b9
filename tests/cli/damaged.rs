//! A run whose journal cannot be read at all, or not to its end: it is reported, and no other run
//! is taken in its place.

use super::{
    help_alone::{apply, damage, journal},
    support::Case,
};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::{fs, os::unix::fs::symlink, path::Path};

const HOP: &str = "1.x-to-2.0.yaml";

/// The new release is in place, but the step that brought it has failed.
fn half_way(case: &Case) {
    case.pack_edit(HOP, "echo 2.0.0 >VERSION", "echo 2.0.0 >VERSION; exit 1");
    case.pack_edit(HOP, "'^2\\.0\\.0$'", "'^2\\.0\\.1$'");
    apply(case).ends(5, "exit 1");
    let version = fs::read_to_string(case.root.join("VERSION")).expect("a release");
    assert_eq!(version, "2.0.0\n");
}

#[track_caller]
fn of_none_but(case: &Case, run: &str) {
    let files = case.files();
    for command in [
        &["status"][..],
        &["report"],
        &["resume"],
        &["rollback"],
        &["rollback", "--yes"],
        &["attach"],
        &["confirm"],
        &["emergency"],
        &["status", run],
        &["report", run],
        &["resume", run],
        &["rollback", run, "--yes"],
        &["attach", run],
    ] {
        case.run(command)
            .ends(9, &format!("the journal of run {run} is damaged, line 1: "))
            .ends(9, "backup/RESTORE.md")
            .never_says("switchback status")
            .never_says("no run")
            .never_says("rolled back")
            .never_says("nothing was changed");
    }
    apply(case).ends(9, run).never_says("nothing is to be done");
    case.trusted(&["plan", "--check"])
        .ends(9, run)
        .never_says("nothing is to be done");
    case.run(&["runs"])
        .ends(0, &format!("{run}  damaged: "))
        .never_says("no runs yet");
    assert_eq!(case.files(), files);
    let to = case.root.with_file_name("restored");
    let to = to.to_string_lossy();
    case.run(&["restore", run, "--to", &to])
        .ends(0, "is what was backed up");
    let old = fs::read_to_string(Path::new(&*to).join("VERSION"));
    assert_eq!(old.expect("restored"), "1.4.0\n");
}

/// The other run, found by its folder: the damaged one may not be listed anywhere.
fn other_than(case: &Case, run: &str) -> String {
    let runs = fs::read_dir(case.state.join("runs")).expect("runs");
    let mut names = runs.map(|run| {
        run.expect("a run")
            .file_name()
            .into_string()
            .expect("a name")
    });
    names.find(|name| name != run).expect("another run")
}

#[test]
fn in_place_of_a_run_that_cannot_be_read_no_older_one_is_told() {
    let case = Case::new();
    apply(&case).ends(0, "done, and verified");
    let older = case.newest_run();
    case.run(&["rollback", &older, "--yes"])
        .ends(0, "rolled back");
    half_way(&case);
    let run = other_than(&case, &older);
    damage(&case, &run, 1);
    of_none_but(&case, &run);
    case.run(&["status", &older]).ends(0, "1.4.0 is back");
}

#[test]
fn a_run_that_cannot_be_read_was_begun() {
    let case = Case::new();
    half_way(&case);
    let run = case.newest_run();
    damage(&case, &run, 1);
    of_none_but(&case, &run);
}

#[test]
fn a_journal_that_is_gone_is_not_one_that_never_began() {
    let case = Case::new();
    half_way(&case);
    let run = case.newest_run();
    fs::write(journal(&case, &run), "").expect("emptied");
    of_none_but(&case, &run);
}

#[test]
fn a_run_that_came_to_nothing_is_in_nobodys_way() {
    let case = Case::new();
    case.trusted(&["apply", "--yes"]).ends(4, "");
    let run = case.newest_run();
    fs::write(journal(&case, &run), "").expect("emptied");
    case.run(&["status", &run]).ends(2, "never started");
    apply(&case).ends(0, "done, and verified");
}

#[test]
fn the_report_of_a_damaged_run_says_so_at_its_head_and_advises_nothing_that_is_refused() {
    let case = Case::new();
    half_way(&case);
    let run = case.newest_run();
    let whole = fs::read_to_string(journal(&case, &run)).expect("a journal");
    // After the backup, and before it.
    for line in [whole.lines().count(), 4] {
        fs::write(journal(&case, &run), &whole).expect("written");
        damage(&case, &run, line);
        let told = case.run(&["report"]);
        told.ends(9, "1.4.0 → 2.0.0: damaged\n")
            .ends(9, &format!("**The journal is damaged: line {line}: "))
            .ends(9, &format!("`switchback restore {run} --to DIR`"))
            .never_says("Not finished")
            .never_says("switchback resume")
            .never_says("switchback rollback")
            .never_says("None was made.");
        let far = "As far as the journal can be read; what came after that is unknown:";
        assert_eq!(told.out.matches(far).count(), 2, "{}", told.out);
        let journal = journal(&case, &run);
        let journal = journal.to_string_lossy();
        case.run(&["replay", &journal, "--svg"])
            .ends(0, "The journal of this run is damaged");
        case.run(&["replay", &journal, "--svg", "--at", "1"])
            .ends(0, "svg")
            .never_says("is damaged");
    }
}

#[test]
fn whoever_waits_for_a_run_that_has_ended_is_told_how() {
    let case = Case::new();
    case.run(&["attach"]).ends(2, "none was started there");
    apply(&case).ends(0, "done, and verified");
    case.run(&["attach"]).ends(0, "done, 2.0.0 is in place");
    case.run(&["rollback", &case.newest_run(), "--yes"])
        .ends(0, "rolled back");
    case.run(&["attach"]).ends(0, "rolled back, 1.4.0 is back");
}

/// Something else is in the place of the journal: whether the run is named or not makes no
/// difference.
#[test]
fn a_journal_that_cannot_be_read_is_told_alike_by_name() {
    let puts: [fn(&Path); 3] = [
        |at| mknodat(CWD, at, FileType::Fifo, Mode::RUSR, 0).expect("a FIFO"),
        |at| symlink("/etc/hostname", at).expect("a link"),
        |at| fs::create_dir(at).expect("a folder"),
    ];
    for put in puts {
        let case = Case::new();
        half_way(&case);
        let run = case.newest_run();
        let (journal, files) = (journal(&case, &run), case.files());
        fs::remove_file(&journal).expect("removed");
        put(&journal);
        for command in [
            "status",
            "report",
            "resume",
            "emergency",
            "attach",
            "confirm",
        ] {
            for named in [&[command][..], &[command, &run]] {
                case.run(named)
                    .ends(9, &format!("run {run} cannot be read"))
                    .ends(9, &journal.to_string_lossy());
            }
        }
        case.run(&["rollback", &run, "--yes"])
            .ends(9, "cannot be read");
        apply(&case).ends(9, "cannot be read");
        assert_eq!(case.files(), files);
        let to = case.root.with_file_name("restored");
        let restored = case.run(&["restore", &run, "--to", &to.to_string_lossy()]);
        restored
            .ends(0, "is what was backed up")
            .ends(0, "the journal of the run cannot be read, ")
            .ends(0, "read from the manifest");
        let old = fs::read_to_string(to.join("VERSION"));
        assert_eq!(old.expect("restored"), "1.4.0\n");
    }
}

#[test]
fn what_has_no_id_for_its_name_is_no_run() {
    let case = Case::new();
    let runs = case.state.join("runs");
    apply(&case).ends(0, "done, and verified");
    let run = case.newest_run();
    fs::write(runs.join(".DS_Store"), "somebody else's").expect("written");
    fs::rename(runs.join(&run), runs.join(format!("{run}.away"))).expect("renamed");
    case.run(&["runs"])
        .ends(0, "no runs yet")
        .never_says("DS_Store");
    case.run(&["status", ".DS"]).ends(2, "there is no run");
}
