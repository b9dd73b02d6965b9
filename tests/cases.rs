//! The cases of packs, as `switchback rules test` runs them: every bundled one comes out as it says,
//! and one that does not is told.

#![expect(clippy::disallowed_methods, reason = "a test lays out its own pack")]

use std::{fs, path::Path, process::Command};

/// What it printed, and its exit code.
fn tested(arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
    let done = command
        .args(["rules", "test"])
        .args(arguments)
        .output()
        .expect("the built program starts");
    let said = [done.stdout, done.stderr].concat();
    (
        String::from_utf8_lossy(&said).into_owned(),
        done.status.code(),
    )
}

#[test]
fn every_case_of_every_bundled_pack_comes_out_as_it_says() {
    let (said, code) = tested(&[]);
    assert_eq!(code, Some(0), "{said}");
    let cases = said.lines().filter(|line| line.ends_with(": as expected"));
    assert!(cases.count() > 0, "{said}");
}

/// The first pack of the examples with one case.
fn pack_with_case(folder: &Path, expect: &str, after: &str) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/first-pack");
    for entry in fs::read_dir(sample).expect("the example") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name");
            fs::copy(&path, folder.join(name)).expect("a copy");
        }
    }
    let case = folder.join("cases/port");
    for (file, text) in [
        (
            "case.yaml",
            format!("title: the port is renamed\nfrom: 1.4.0\nto: 2.0.0\n{expect}"),
        ),
        ("before/.env", "PORT=8080\n".to_owned()),
        ("before/VERSION", "1.4.0\n".to_owned()),
        ("after/.env", after.to_owned()),
    ] {
        let path = case.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}

#[test]
fn a_case_that_comes_out_otherwise_is_told_with_the_place() {
    let pack = tempfile::tempdir().expect("a folder");
    let folder = pack.path().to_str().expect("a text");
    pack_with_case(pack.path(), "expect: {findings: {}}\n", "NOTES_PORT=9090\n");
    let (said, code) = tested(&[folder]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("port: differs"), "{said}");
    assert!(
        said.contains("1.x-to-2.0/env/NOTES_PORT is not expected"),
        "{said}"
    );
    assert!(
        said.contains(".env:1: `NOTES_PORT=8080` where the case has `NOTES_PORT=9090`"),
        "{said}"
    );
}

#[test]
fn a_pack_without_cases_is_told_what_a_case_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/first-pack");
    let (said, code) = tested(&[folder.to_str().expect("a text")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("case.yaml"), "{said}");
}
