//! The cases of packs, as `switchback rules test` runs them: every bundled case yields what it
//! says, and a case that does not is reported.

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

/// What `rules check` says, and its exit code.
fn checked(folder: &str) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchback"));
    let done = command.args(["rules", "check", folder]).output();
    let done = done.expect("the built program starts");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    (said, done.status.code())
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
        said.contains("1.x-to-2.0/env/NOTES_PORT is not expected; if it is right: `1.x-to-2.0/env/NOTES_PORT: {kind: renamed, severity: "),
        "{said}"
    );
    assert!(
        said.contains(".env:1: `NOTES_PORT=8080` where the case has `NOTES_PORT=9090`"),
        "{said}"
    );
}

#[test]
fn what_a_case_says_to_nobody_is_told_and_so_is_a_case_that_nobody_runs() {
    let pack = tempfile::tempdir().expect("a folder");
    let said_to_nobody =
        "inputs: {prot: '1'}\ndecisions: {1.x-to-2.0/env/NOTES_POTR: take}\nexpect: {}\n";
    pack_with_case(pack.path(), said_to_nobody, "NOTES_PORT=8080\n");
    let unread = pack.path().join("cases/unread/before");
    fs::create_dir_all(&unread).expect("a folder");
    fs::write(unread.join(".env"), "").expect("a file");
    let folder = pack.path().to_str().expect("a text");
    let (said, code) = tested(&[folder]);
    assert_eq!(code, Some(1), "{said}");
    for words in [
        "there is no input `prot`",
        "there is no finding `1.x-to-2.0/env/NOTES_POTR`; did you mean `1.x-to-2.0/env/NOTES_PORT`?",
        "unread: differs",
        "cases/unread/case.yaml is missing",
        "2 cases, 2 differ",
    ] {
        assert!(said.contains(words), "no `{words}` in: {said}");
    }
    let (said, code) = checked(folder);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("nobody runs this case"), "{said}");
}

#[test]
fn a_pack_without_cases_is_told_what_a_case_is() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/first-pack");
    let (said, code) = tested(&[example.to_str().expect("a text")]);
    assert_eq!(code, Some(0), "{said}");
    let pack = tempfile::tempdir().expect("a folder");
    pack_with_case(pack.path(), "expect: {}\n", "");
    fs::remove_dir_all(pack.path().join("cases")).expect("removed");
    let (said, code) = tested(&[pack.path().to_str().expect("a text")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("case.yaml"), "{said}");
}

/// A pack whose guide is wrong about N-1, with a case that says what the machine answers.
fn doubtful_pack(case: &str) -> tempfile::TempDir {
    let pack = tempfile::tempdir().expect("a folder");
    pack_with_case(pack.path(), case, "NOTES_PORT=8080\n");
    let file = pack.path().join("guide.yaml");
    let guide = fs::read_to_string(&file).expect("the guide");
    let wrong = "corrections:\n  - {id: N-X1, about: [N-1], found: It is green and broken.}\n";
    fs::write(&file, guide + wrong).expect("written");
    let file = pack.path().join("1.x-to-2.0.yaml");
    let hop = fs::read_to_string(&file).expect("the hop");
    let works = "verify:\n  - id: works\n    title: It works\n    cites: [N-X1]\n    probe: \
                 {http: {url: 'http://localhost/work', expect: {body: done}}}\n";
    assert!(hop.contains("verify:\n"), "{hop}");
    fs::write(&file, hop.replace("verify:\n", works)).expect("written");
    pack
}

const GREEN: &str = "\
proves: [N-X1]
machine:
  pages: {'http://localhost/work': {body: sorry}}
expect:
  checks: {1.x-to-2.0/check/works: {is: blocked, because: sorry}}
";

#[test]
fn what_is_wrong_with_the_guide_has_to_be_proved() {
    let pack = doubtful_pack("expect: {}\n");
    let (said, code) = checked(pack.path().to_str().expect("a text"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("warning: no case proves `N-X1`"), "{said}");

    let pack = doubtful_pack(GREEN);
    let folder = pack.path().to_str().expect("a text");
    assert_eq!(checked(folder).1, Some(0), "{}", checked(folder).0);
    let (said, code) = tested(&[folder]);
    assert_eq!(code, Some(0), "{said}");

    let pack = doubtful_pack(&GREEN.replace("[N-X1]", "[N-X11]"));
    let (said, code) = checked(pack.path().to_str().expect("a text"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`N-X11` is not in the guide"), "{said}");
    assert!(said.contains("did you mean `N-X1`?"), "{said}");
}

#[test]
fn a_pack_that_believes_the_guide_fails_its_proof() {
    // The check accepts any answer of the page.
    let pack = doubtful_pack(GREEN);
    let file = pack.path().join("1.x-to-2.0.yaml");
    let hop = fs::read_to_string(&file).expect("the hop");
    fs::write(&file, hop.replace("{body: done}", "{status: [200]}")).expect("written");
    let (said, code) = tested(&[pack.path().to_str().expect("a text")]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("1.x-to-2.0/check/works is ok"), "{said}");

    // A case about something else is no proof.
    let other = GREEN.replace("checks: {1.x-to-2.0/check/works", "nothing_to_do: []\n  #");
    let pack = doubtful_pack(&other);
    let (said, code) = tested(&[pack.path().to_str().expect("a text")]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("N-X1 is not proved: nothing expected here cites it"),
        "{said}"
    );
}

#[test]
fn what_is_replaced_is_filled_and_a_dollar_of_an_answer_is_no_group() {
    let pack = tempfile::tempdir().expect("a folder");
    let case = "inputs: {motto: 'a $1 bill'}\nexpect:\n  findings:\n    \
                1.x-to-2.0/env/NOTES_PORT: {kind: renamed, severity: breaking}\n    \
                1.x-to-2.0/replace/1: {kind: text, severity: required}\n  asked: [motto]\n";
    pack_with_case(pack.path(), case, "NOTES_PORT=8080\n");
    let file = pack.path().join("1.x-to-2.0.yaml");
    let hop = fs::read_to_string(&file).expect("the hop");
    let more = "inputs: {motto: {ask: Which motto?}}\nconfig:\n  - replace:\n      title: the motto\n      \
                files: VERSION\n      match: '1\\.4\\.(0)'\n      with: '{{to}}.$1 {{input.motto}}'\n";
    fs::write(&file, format!("{hop}{more}")).expect("written");
    let after = pack.path().join("cases/port/after/VERSION");
    fs::write(after, "2.0.0.0 a $1 bill\n").expect("written");
    let (said, code) = tested(&[pack.path().to_str().expect("a text")]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn the_product_of_a_case_lies_in_one_folder_everywhere() {
    let pack = tempfile::tempdir().expect("a folder");
    let case = "machine: {commands: [{command: 'count --in=/product/data', stdout: '3'}]}\nexpect:\n  \
                findings:\n    1.x-to-2.0/env/NOTES_PORT: {kind: renamed, severity: breaking}\n    \
                1.x-to-2.0/env/NOTES_DIR: {kind: missing, severity: breaking}\n  steps:\n    \
                - {step: 1.x-to-2.0/count, does: --in=/product/data, ends: done}\n";
    let after = "NOTES_PORT=8080\nNOTES_DIR=/product/data-1.4.0\n";
    pack_with_case(pack.path(), case, after);
    let file = pack.path().join("1.x-to-2.0.yaml");
    let hop = fs::read_to_string(&file).expect("the hop");
    let added = "environment:\n  - add: {name: NOTES_DIR, value: '{{root}}/data-{{from}}', required: true}\n";
    let counted = "apply:\n  - {id: count, title: Count, do: {run: {command: [count, '--in={{root}}/data']}}, \
                   harmless: true}\n";
    let hop = hop
        .replace("environment:\n", added)
        .replace("apply:\n", counted);
    fs::write(&file, hop).expect("written");
    let (said, code) = tested(&[pack.path().to_str().expect("a text")]);
    assert_eq!(code, Some(0), "{said}");
}

/// The output and exit code for the sample pack with one more entry in its hop, and a case about
/// it.
fn tested_with(entry: (&str, &str), case: &str) -> (String, Option<i32>) {
    let pack = tempfile::tempdir().expect("a folder");
    pack_with_case(pack.path(), case, "NOTES_PORT=8080\n");
    let file = pack.path().join("1.x-to-2.0.yaml");
    let hop = fs::read_to_string(&file).expect("the hop");
    let (list, entry) = entry;
    let hop = match hop.contains(list) {
        true => hop.replace(list, &format!("{list}{entry}")),
        false => format!("{hop}{list}{entry}"),
    };
    fs::write(&file, hop).expect("written");
    tested(&[pack.path().to_str().expect("a text")])
}

#[test]
fn what_a_case_leaves_open_is_told_with_the_place_where_it_is_said() {
    let input = "  host: {ask: Host?}\nconfig:\n  - replace: {files: VERSION, match: '1', with: '{{input.host}}'}\n";
    let case = "expect: {steps: [{step: 1.x-to-2.0/switch}]}\n";
    let (said, code) = tested_with(("inputs:\n", input), case);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("of a case, case.yaml is the answers file") && said.contains("  host: Host?"),
        "{said}"
    );
    let answered = format!("inputs: {{host: a}}\n{case}");
    let (said, code) = tested_with(("inputs:\n", input), &answered);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_a_plan_must_not_have_is_told_when_it_has_it() {
    let step = "  - {id: build, title: Build, do: {run: {command: [make]}}, harmless: true, \
                when: {file: {path: Makefile}}}\n";
    let case = |absent: &str| format!("expect: {{absent: [{absent}]}}\n");
    let held = |absent: &str| tested_with(("apply:\n", step), &case(absent));

    let (said, code) = held("1.x-to-2.0/build");
    assert_eq!(code, Some(0), "{said}");
    for there in [
        "1.x-to-2.0/switch",
        "1.x-to-2.0/check/told",
        "1.x-to-2.0/env/NOTES_PORT",
    ] {
        let (said, code) = held(there);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("{there} is in the plan")), "{said}");
    }
    // A misspelt name would be absent for ever.
    let (said, code) = held("1.x-to-2.0/biuld");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no rule of the pack is called so"), "{said}");
}

#[test]
fn what_is_told_must_stand_in_a_note_and_be_doubted_where_the_guide_is_wrong() {
    let note = "  - {kind: info, text: Replace it., cites: [N-2]}\n";
    let held = |id: &str| {
        let case = format!("expect: {{told: [{id}]}}\n");
        tested_with(("notes:\n", note), &case)
    };
    let (said, code) = held("N-2");
    assert_eq!(code, Some(0), "{said}");
    let (said, code) = held("N-1");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no note of the plan cites N-1"), "{said}");

    let pack = doubtful_pack("expect: {told: [N-X1]}\n");
    let file = pack.path().join("1.x-to-2.0.yaml");
    let hop = fs::read_to_string(&file).expect("the hop");
    let undoubted = "notes: [{kind: info, text: It works., cites: [N-X1]}]\n";
    fs::write(&file, hop + undoubted).expect("written");
    let (said, code) = tested(&[pack.path().to_str().expect("a text")]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("no note of the plan doubts what N-X1 is about"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_read_is_told_of_every_file_at_once() {
    let pack = tempfile::tempdir().expect("a folder");
    pack_with_case(pack.path(), "expect: {absnt: []}\n", "NOTES_PORT=8080\n");
    for (file, from, to) in [
        ("pack.yaml", "title:", "titel:"),
        ("guide.yaml", "section: Settings", "chapter: Settings"),
        ("1.x-to-2.0.yaml", "to: 2.0.0", "to: [2]"),
    ] {
        let path = pack.path().join(file);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).expect("written");
    }
    let (said, code) = checked(pack.path().to_str().expect("a text"));
    assert_eq!(code, Some(2), "{said}");
    let case = "cases/port/case.yaml";
    for file in ["pack.yaml", "guide.yaml", "1.x-to-2.0.yaml", case] {
        assert!(said.contains(&format!("--> {file}:")), "{file}: {said}");
    }
    // In pack.yaml the key is misspelt twice.
    assert!(said.contains("5 errors"), "{said}");
}
