//! The paths that packs describe, and all the ways in which there is none.

use super::*;

fn release(text: &str) -> Release {
    Release::try_from(text).expect(text)
}

fn hop(file: &str, from: &str, to: &str) -> HopHead {
    HopHead {
        file: file.to_owned(),
        from: Range::try_from(from).expect(from),
        to: HopTo::try_from(to.to_owned()).expect(to),
        title: String::new(),
    }
}

fn workflow_engine() -> Vec<HopHead> {
    vec![
        hop("0.x-to-1.0", ">=0.1, <1.0", "1.0.0"),
        hop("1.0-to-1.1", ">=1.0, <1.1", "1.1.0"),
        hop("1.1-to-1.2", ">=1.1, <1.2", "1.2.0"),
        hop("minor", ">=1.0", "minor"),
        hop("patch", ">=0.1", "patch"),
    ]
}

fn plan(hops: &[HopHead], from: &str, to: Option<&str>) -> Result<Path, PathError> {
    plan_path(
        &Releases::Semver,
        hops,
        &release(from),
        to.map(release).as_ref(),
    )
}

/// The path as `file→release` words, or the error with its cure.
fn walk(hops: &[HopHead], from: &str, to: &str) -> String {
    match plan(hops, from, Some(to).filter(|to| !to.is_empty())) {
        Ok(path) => {
            let hops = path
                .hops
                .iter()
                .map(|hop| format!("{}→{}", hop.file, hop.to));
            hops.collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("{error}: {}", error.cure()),
    }
}

#[test]
fn a_path_goes_through_every_required_stop() {
    let hops = workflow_engine();
    for (from, to, path) in [
        (
            "0.5.0",
            "1.2.3",
            "0.x-to-1.0→1.0.0 1.0-to-1.1→1.1.0 1.1-to-1.2→1.2.0 patch→1.2.3",
        ),
        (
            "0.5.0",
            "",
            "0.x-to-1.0→1.0.0 1.0-to-1.1→1.1.0 1.1-to-1.2→1.2.0",
        ),
        ("v0.5", "1.0", "0.x-to-1.0→1.0.0"),
        ("0.5.0", "0.5.1", "patch→0.5.1"),
        ("1.0.4", "1.2", "1.0-to-1.1→1.1.0 1.1-to-1.2→1.2.0"),
        ("1.2.0", "1.4.0", "minor→1.4.0"),
        ("1.2.0", "1.2.1", "patch→1.2.1"),
        ("1.2.0", "1.3.0-rc.1", "minor→1.3.0-rc.1"),
        ("1.3.0-rc.1", "1.3.0", "patch→1.3.0"),
    ] {
        assert_eq!(walk(&hops, from, to), path, "{from} to {to}");
    }
}

#[test]
fn every_hop_says_why() {
    let path = plan(&workflow_engine(), "0.5.0", Some("1.2.3")).expect("a path");
    let why: Vec<&str> = path.hops.iter().map(|hop| hop.why.as_str()).collect();
    assert_eq!(
        why,
        [
            "the only way on from 0.5.0",
            "1.1.0 is a required stop on the way to 1.2.3",
            "1.2.0 is a required stop on the way to 1.2.3",
            "a process that leads to any later release of the same minor line",
        ]
    );
    let hops = [
        hop("a", "1.0.0", "1.1.0"),
        hop("b", "1.1.0", "1.2.0"),
        hop("c", "1.0.0", "1.2.0"),
    ];
    let path = plan(&hops, "1.0.0", Some("1.2.0")).expect("a path");
    assert_eq!(
        path.hops[0].why,
        "written for 1.2.0, and on the shortest way to 1.2.0"
    );
}

#[test]
fn named_releases_have_paths_too() {
    let scheme: Releases =
        serde_saphyr::from_str("named: [{name: V1, also: ['0.1.0']}, {name: V2, also: ['2.0.0']}]")
            .expect("a list");
    let from = scheme.parse("0.1.0").expect("V1");
    let hops = [hop("v1-to-v2", "V1", "V2")];
    let path = plan_path(&scheme, &hops, &from, None).expect("a path");
    assert_eq!(
        (path.from.as_str(), path.to.as_str(), path.hops.len()),
        ("V1", "V2", 1)
    );
    let error =
        plan_path(&scheme, &[hop("p", "V1", "patch")], &from, None).expect_err("no numbers");
    assert!(matches!(error, PathError::BadHop { .. }), "{error}");
}

#[test]
fn an_exact_hop_goes_before_a_process() {
    let hops = [hop("exact", "1.0.x", "1.1.0"), hop("minor", "1.x", "minor")];
    assert_eq!(walk(&hops, "1.0.0", "1.1.0"), "exact→1.1.0");
    assert_eq!(walk(&hops, "1.0.0", "1.2.0"), "exact→1.1.0 minor→1.2.0");
}

#[test]
fn a_process_leads_to_where_the_next_hop_starts() {
    let hops = [
        hop("major", ">=1.4.5, <2", "2.0.0"),
        hop("patch", ">=1.0", "patch"),
    ];
    assert_eq!(walk(&hops, "1.4.2", "2.0.0"), "patch→1.4.5 major→2.0.0");
    let path = plan(&hops, "1.4.2", None).expect("a path");
    assert!(
        path.hops[0]
            .why
            .contains("here to 1.4.5, where the next hop starts")
    );
}

#[test]
fn two_equal_paths_are_both_named() {
    let hops = [hop("a", ">=0.1, <1.0", "1.0.0"), hop("b", "0.x", "1.0.0")];
    assert_eq!(
        walk(&hops, "0.5.0", "1.0.0"),
        "two paths are equally good: 0.5.0 → 1.0.0 (a), and 0.5.0 → 1.0.0 (b): the pack's author makes \
         the `from` ranges of these hops exclude each other"
    );
}

#[test]
fn where_there_is_no_path_the_error_says_what_to_do() {
    let hops = workflow_engine();
    for (from, to, parts) in [
        (
            "1.2.0",
            "1.1.0",
            ["1.1.0 is older than 1.2.0", "roll back a run instead"],
        ),
        ("1.2.0", "v1.2", ["1.2.0 runs already", "later release"]),
        (
            "1.2.0",
            "",
            [
                "1.2.0 runs, and the pack names no later release",
                "a later 1.x, a later 1.2.x",
            ],
        ),
        (
            "0.0.1",
            "1.0.0",
            [
                "no hop leads from 0.0.1 towards 1.0.0; hops start from >=0.1, <1.0 (0.x-to-1.0);",
                "a hop that starts at 0.0.1",
            ],
        ),
        (
            "0.5.0",
            "2.0.0",
            [
                "no hop leads from 1.2.0 towards 2.0.0",
                "--to (1.0.0, 1.1.0, 1.2.0,",
            ],
        ),
        (
            "1.0.0-rc.1",
            "1.1.0",
            ["no hop leads from 1.0.0-rc.1", "`>=1.0.0-rc.1`"],
        ),
        (
            "latest",
            "1.0.0",
            ["`latest` is not a numbered release", "--from"],
        ),
    ] {
        let text = walk(&hops, from, to);
        assert!(
            parts.iter().all(|part| text.contains(part)),
            "{from} to {to}: {text}"
        );
    }
    assert!(walk(&[], "1.0.0", "").contains("the pack names no later release"));
    assert!(walk(&[], "1.0.0", "1.1.0").contains("start from nowhere"));
}

#[test]
fn a_stop_is_entered_by_its_own_hop_only() {
    let hops = [hop("stop", "1.0.5", "1.1.0"), hop("minor", "1.x", "minor")];
    assert_eq!(
        walk(&hops, "1.0.3", "1.2.0"),
        "minor→1.0.5 stop→1.1.0 minor→1.2.0"
    );
    let text = walk(&hops, "1.0.6", "1.2.0");
    assert!(
        text.starts_with(
            "from 1.0.6, `minor` may not enter or pass the required stop 1.1.0; hops into it start from \
             1.0.5 (stop): go to a release in 1.0.5 (stop) first"
        ),
        "{text}"
    );
}

#[test]
fn the_targets_are_what_a_start_screen_offers() {
    let hops = workflow_engine();
    let offered = |from| targets(&Releases::Semver, &hops, &release(from)).map(|t| t.to_string());
    assert_eq!(
        offered("1.1.0").as_deref(),
        Ok("1.2.0, a later 1.x, a later 1.1.x, a later 1.2.x")
    );
    assert_eq!(offered("0.0.1").as_deref(), Ok(""));
}

#[test]
fn hops_in_a_circle_end_nowhere() {
    let hops = [
        hop("up", "1.x", "2.0.0"),
        hop("down", "2.x", "1.0.0"),
        hop("still", "2.x", "2.0.0"),
    ];
    assert!(walk(&hops, "1.0.0", "3.0.0").starts_with("no hop leads from 2.0.0"));
    assert_eq!(walk(&hops, "1.0.0", ""), "up→2.0.0");
}
