//! Something in the place of a file that a way back has to replace.

use super::support::{Case, MARKED};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::{fs, os::unix::fs::symlink, path::Path};

/// It must look neither like a usage error nor like one that leaves the state of the product open.
#[test]
fn a_file_that_cannot_be_looked_at_stops_a_way_back_before_it_begins() {
    let puts: [fn(&Path); 3] = [
        |at| symlink("/etc/hostname", at).expect("a link"),
        |at| mknodat(CWD, at, FileType::Fifo, Mode::RUSR, 0).expect("a FIFO"),
        |at| fs::create_dir(at).expect("a folder"),
    ];
    let case = Case::new();
    let before = case.files();
    let answers = case.answers(MARKED);
    case.trusted(&["apply", "--yes", "--answers", &answers])
        .ends(0, "done, and verified");
    let run = case.newest_run();
    let env = case.root.join(".env");
    let new = fs::read(&env).expect("the new file");
    let away = case.home.join("new.env");
    for put in puts {
        fs::rename(&env, &away).expect("moved away");
        put(&env);
        let version = fs::read(case.root.join("VERSION")).expect("the release");
        case.run(&["rollback", &run, "--yes"])
            .ends(7, "nothing was changed: the rollback would stop half-way\n")
            .ends(7, &env.to_string_lossy())
            .ends(7, "fix that, then run this again");
        assert_eq!(
            fs::read(case.root.join("VERSION")).expect("the release"),
            version
        );
        case.run(&["status", &run]).ends(0, "done");
        match fs::symlink_metadata(&env).expect("it is there").is_dir() {
            true => fs::remove_dir(&env).expect("removed"),
            false => fs::remove_file(&env).expect("removed"),
        }
        fs::rename(&away, &env).expect("moved back");
    }
    assert_eq!(fs::read(&env).expect("the new file"), new);
    case.run(&["rollback", &run, "--yes"])
        .ends(0, "every file it edited is as it was");
    assert_eq!(case.files(), before);
}
