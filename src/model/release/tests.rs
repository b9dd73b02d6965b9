//! The laws of releases, their order and their ranges.

use super::*;
use proptest::prelude::*;

fn named() -> Releases {
    serde_saphyr::from_str(
        "named: [{name: V1, also: ['0.1.0', df9d04a]}, {name: V2, also: ['2.0.0']}]",
    )
    .expect("a list of names")
}

fn release(text: &str) -> Release {
    Release::try_from(text).expect(text)
}

fn range(text: &str) -> Range {
    Range::try_from(text).expect(text)
}

fn contains(scheme: &Releases, within: &str, text: &str) -> bool {
    let answer = range(within).contains(scheme, &release(text));
    answer.unwrap_or_else(|why| panic!("{within} {text}: {why}"))
}

/// Why a range is refused, either for its text or by the numbered scheme.
fn refusal(text: &str) -> String {
    let spans = Range::try_from(text).and_then(|range| range.spans(&Releases::Semver));
    spans.expect_err(text)
}

#[test]
fn numbered_releases_are_ordered_and_keep_their_spelling() {
    let rising = [
        "0.1.7-phase1",
        "0.1.7-phase2",
        "v0.1.7",
        "0.9",
        "0.10.0",
        "1.0.0-rc.1",
        "1.0.0-rc.2",
        "1",
        "1.2b1",
        "1.2",
        "1.10.0",
    ];
    for pair in rising.windows(2) {
        let order = Releases::Semver.cmp(&release(pair[0]), &release(pair[1]));
        assert_eq!(order, Ok(Ordering::Less), "{pair:?}");
    }
    for (one, other) in [
        ("v1.2", "1.2.0"),
        ("1.2.0+a", "1.2.0+b"),
        ("1.2.0b1", "1.2.0-beta.1"),
    ] {
        let order = Releases::Semver.cmp(&release(one), &release(other));
        assert_eq!(order, Ok(Ordering::Equal), "{one} {other}");
    }
    let parsed = Releases::Semver.parse(" v5.50.0\n").map(|r| r.to_string());
    assert_eq!(parsed.as_deref(), Ok("v5.50.0"));
}

#[test]
fn named_releases_are_found_by_any_of_their_spellings() {
    for text in ["V1", "v1", "1", "0.1.0", "v0.1.0", "DF9D04A"] {
        assert_eq!(named().parse(text), Ok(release("V1")), "{text}");
    }
    let order = named().cmp(&release("0.1.0"), &release("V2"));
    assert_eq!(order, Ok(Ordering::Less));
    let why = named().parse("2.0.1").expect_err("not in the list");
    assert_eq!(
        why,
        "`2.0.1` is not a release of this product; the nearest is `V2`, known are V1, V2"
    );
}

#[test]
fn a_list_that_would_be_ambiguous_is_refused() {
    for text in [
        "named: []",
        "named: [{name: V1}, {name: v1}]",
        "named: [{name: V1, also: ['2']}, {name: V2, also: [v2]}]",
        "named: [{name: patch}]",
        "named: [{name: two words}]",
        "named: [{name: V1, als: [x]}]",
    ] {
        assert!(serde_saphyr::from_str::<Releases>(text).is_err(), "{text}");
    }
}

#[test]
fn the_texts_of_rules_files_read_back_as_written() {
    for text in ["patch", "minor", "v1.0.0", "V2"] {
        let to: HopTo = serde_saphyr::from_str(text).expect(text);
        assert_eq!(to.to_string(), text);
    }
    // A number that a YAML reader could take for a float stays a text.
    let release: Release = serde_saphyr::from_str("1.10").expect("a release");
    assert_eq!(serde_json::to_string(&release).expect("json"), "\"1.10\"");
    let scheme: Releases = serde_saphyr::from_str("semver").expect("a scheme");
    assert_eq!(scheme, Releases::Semver);
    let text = serde_json::to_string(&named()).expect("json");
    assert_eq!(
        serde_json::from_str::<Releases>(&text).expect("json"),
        named()
    );
}

#[test]
fn a_release_is_safe_as_an_argument() {
    for text in [
        "",
        "-rf",
        "a b",
        "$(id)",
        "1.0;",
        "\u{1b}[2J",
        "é",
        "../x",
        &"1".repeat(129),
    ] {
        let why = Release::try_from(text).expect_err(text);
        assert!(!why.contains('\u{1b}'));
    }
}

#[test]
fn ranges_contain_what_they_say() {
    for (text, inside, outside) in [
        (
            ">=0.1, <1.0",
            vec!["0.1.0", "v0.5", "0.99.9", "0.9.0-rc.1"],
            vec!["0.0.9", "1.0.0", "0.1.0-rc.1"],
        ),
        (">=1.0.0 <2", vec!["1", "1.99.0"], vec!["2.0.0", "0.9.9"]),
        (">=1.0,<1.1", vec!["1.0.7"], vec!["1.1.0"]),
        (">= v5.50.0", vec!["5.50.0", "6.0.0"], vec!["5.49.9"]),
        (
            "1.x",
            vec!["1.0.0", "1.9.9"],
            vec!["2.0.0", "0.9.9", "1.0.0-rc.1", "2.0.0-rc.1"],
        ),
        ("1.2.*", vec!["1.2.0", "1.2.9"], vec!["1.3.0"]),
        ("*", vec!["0.0.1-a", "9.9.9"], vec![]),
        (
            "0.5.0",
            vec!["0.5.0", "0.5", "v0.5.0+x"],
            vec!["0.5.1", "0.5.0-rc.1"],
        ),
        (
            ">1.2.0, <=1.4.0",
            vec!["1.2.1", "1.4.0"],
            vec!["1.2.0", "1.4.1"],
        ),
        (
            "<0.2 || 1.0.0||>=3.1",
            vec!["0.1.0", "1.0.0", "3.1.0"],
            vec!["0.2.0", "1.0.1", "3.0.0"],
        ),
    ] {
        for release in inside {
            assert!(
                contains(&Releases::Semver, text, release),
                "{text} {release}"
            );
        }
        for release in outside {
            assert!(
                !contains(&Releases::Semver, text, release),
                "{text} {release}"
            );
        }
    }
    assert!(contains(&named(), "V1", "0.1.0") && !contains(&named(), "<V2", "V2"));
    assert!(contains(&named(), ">=V1", "V2") && contains(&named(), "*", "V1"));
}

#[test]
fn a_pre_release_belongs_to_neither_side_of_its_release_unless_named() {
    let inside = |within, text| contains(&Releases::Semver, within, text);
    assert!(!inside("<1.0", "1.0.0-rc.1") && !inside(">=1.0", "1.0.0-rc.1"));
    assert!(inside("<=1.0.0", "1.0.0-rc.1") && inside(">=1.0.0-rc.1", "1.0.0-rc.2"));
    assert!(inside("<1.0.0-rc.2", "1.0.0-rc.1") && !inside("<1.0.0-rc.2", "1.0.0-rc.2"));
    assert!(inside(">1.0.0", "1.0.1-rc.1"));
}

#[test]
fn a_range_is_understood_whole_or_refused() {
    for text in [
        "",
        " ",
        ",",
        ">=",
        ">=1.0,",
        ">=1.0,,<2",
        ", <1.0",
        "||",
        "1.x ||",
        "^1.2",
        "~1.2",
        "!=1.0.0",
        "=>1.0",
        "==1.0.0",
        "1.0.0 - 2.0.0",
        ">=1.x",
        "<*",
        "x.1",
        "1.x.2",
        "1.2.3.x",
        ">=1.0 | <2",
        "latest",
        ">=2.0, <1.0",
        "1.0.0 1.0.1",
        ">1.0.0, <=1.0.0",
        "18446744073709551615.x",
    ] {
        assert!(!refusal(text).is_empty());
    }
    assert!(range("1.x").spans(&named()).is_err(), "names have no lines");
    assert!(range(">=V3").spans(&named()).is_err());
    assert!(range(">=V2 <V2").spans(&named()).is_err());
}

#[test]
fn a_number_that_could_be_a_line_names_both_readings() {
    for (text, one, whole) in [
        ("1.2", "`1.2.0`", "`1.2.x`"),
        ("v1", "`1.0.0`", "`v1.x`"),
        ("<=1.2", "`<=1.2.0`", "`<1.3.0`"),
        (">1", "`>1.0.0`", "`>=2.0.0`"),
    ] {
        let why = refusal(text);
        assert!(why.contains(one) && why.contains(whole), "{why}");
        let readings =
            [one, whole].map(|text| range(text.trim_matches('`')).spans(&Releases::Semver));
        assert!(
            readings.iter().all(Result::is_ok),
            "{text}: the cure is itself a range"
        );
    }
}

/// Releases whose suffixes and lengths vary, close enough to each other to collide.
fn any_release() -> impl Strategy<Value = String> {
    "v?[0-2](\\.[0-2]){0,2}(-(rc|a)(\\.[0-9])?)?(\\+[a-c])?"
}

proptest! {
    #[test]
    fn the_order_is_total(one in any_release(), two in any_release(), three in any_release()) {
        let scheme = Releases::Semver;
        let cmp = |a: &str, b: &str| scheme.cmp(&release(a), &release(b)).expect("both are numbers");
        prop_assert_eq!(cmp(&one, &two), cmp(&two, &one).reverse());
        prop_assert_eq!(cmp(&one, &one), Ordering::Equal);
        if cmp(&one, &two).is_le() && cmp(&two, &three).is_le() {
            prop_assert!(cmp(&one, &three).is_le());
        }
    }

    #[test]
    fn the_order_agrees_with_semver(one in "[0-2]\\.[0-2]\\.[0-2](-[a0-2]{1,2}(\\.[b1])?)?", two in any_release()) {
        if let (Ok(a), Ok(b)) = (Version::parse(&one), Version::parse(&two)) {
            let order = Releases::Semver.cmp(&release(&one), &release(&two));
            prop_assert_eq!(order, Ok(a.cmp_precedence(&b)));
        }
    }

    #[test]
    fn what_is_read_shows_as_it_was_written(text in any_release()) {
        prop_assert_eq!(Releases::Semver.parse(&text).map(|r| r.to_string()), Ok(text.clone()));
        let to = HopTo::try_from(text.clone()).map(|to| to.to_string());
        prop_assert_eq!(to, Ok(text.clone()));
        let within = format!(">={text} ,<9 || {text}-z");
        prop_assert_eq!(Range::try_from(within.clone()).map(|r| r.to_string()), Ok(within));
    }

    #[test]
    fn every_limit_counts(low in any_release(), high in any_release(), text in any_release()) {
        let scheme = Releases::Semver;
        let one = |limit: &str| range(limit).contains(&scheme, &release(&text));
        let both = range(&format!(">={low}, <{high}")).contains(&scheme, &release(&text));
        if let (Ok(both), Ok(low), Ok(high)) = (both, one(&format!(">={low}")), one(&format!("<{high}"))) {
            prop_assert_eq!(both, low && high);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>(), odd in "[v0-9.x*<>=|, a-z~^-]{0,20}") {
        for text in [text, odd] {
            for scheme in [Releases::Semver, named()] {
                let _ = scheme.parse(&text);
                let _ = Range::try_from(text.clone()).map(|range| range.spans(&scheme));
            }
            let _ = HopTo::try_from(text);
        }
    }
}
