//! The spellings of a numbered release, all read as one version of SemVer.
//!
//! | written                     | read as               |
//! |-----------------------------|-----------------------|
//! | `v5.50.0`, `V5.50`, `5.50`  | 5.50.0: a `v` says nothing, a missing part is zero |
//! | `20.04`                     | 20.4.0: the parts are numbers, not texts |
//! | `1.2.0-rc.1`, `0.1.7-phase1`| a pre-release, whatever the suffix says |
//! | `2.10.0b1`                  | 2.10.0-beta.1, as PEP 440 means it (`a`, `b`, `c`, `rc`, `alpha`, `beta`) |
//! | `1.0.0+build.7`             | 1.0.0: build metadata says how a release was made, not which it is |
//!
//! A suffix is never guessed to be "only a name": in `0.1.7-final` it may be one, in `0.1.7-next`
//! it is not, and a word list would silently order some product wrongly. Four numbers, `.post1`,
//! `.dev1` and the like are refused for the same reason. A product whose tags do not order like
//! this lists them in its pack (`releases: {named: …}`).

use semver::{BuildMetadata, Prerelease, Version};

/// A version and how many of its three numbers were written.
pub(super) struct Number {
    pub version: Version,
    pub parts: usize,
}

/// The glued pre-releases of PEP 440, longest first, with the word each stands for.
const GLUED: [(&str, &str); 6] = [
    ("alpha", "alpha"),
    ("beta", "beta"),
    ("rc", "rc"),
    ("a", "alpha"),
    ("b", "beta"),
    ("c", "rc"),
];

pub(super) fn parse(text: &str) -> Option<Number> {
    let (text, build) = match text.split_once('+') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    if build.is_some_and(|build| build.is_empty() || BuildMetadata::new(build).is_err()) {
        return None;
    }
    let text = without_v(text);
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (core, suffix) = text.split_at(end);
    let (numbers, parts) = numbers(core)?;
    let [major, minor, patch] = numbers;
    let mut version = Version::new(major, minor, patch);
    version.pre = pre_release(suffix)?;
    Some(Number { version, parts })
}

/// The text without a `v` before its first digit.
pub(super) fn without_v(text: &str) -> &str {
    match text.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        Some(_) | None => text,
    }
}

/// One to three numbers, filled up with zeros, and how many there were.
pub(super) fn numbers(core: &str) -> Option<([u64; 3], usize)> {
    let mut numbers = [0; 3];
    let mut parts = 0;
    for part in core.split('.') {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let number = part.parse().ok().filter(|_| digits)?;
        *numbers.get_mut(parts)? = number;
        parts += 1;
    }
    Some((numbers, parts))
}

/// Where the line that the first one or two numbers name ends: 2.0.0 for `1`, 1.3.0 for `1.2`.
pub(super) fn line_end(start: &Version, parts: usize) -> Option<Version> {
    match parts {
        1 => Some(Version::new(start.major.checked_add(1)?, 0, 0)),
        2 => Some(Version::new(start.major, start.minor.checked_add(1)?, 0)),
        _ => None,
    }
}

/// Where the pre-releases of a release begin: below it, above everything before it.
pub(super) fn first_pre_release(mut version: Version) -> Version {
    if version.pre.is_empty() {
        version.pre = Prerelease::new("0").expect("a zero is the lowest pre-release");
    }
    version
}

fn pre_release(suffix: &str) -> Option<Prerelease> {
    if suffix.is_empty() {
        return Some(Prerelease::EMPTY);
    }
    if let Some(pre) = suffix.strip_prefix('-') {
        return Prerelease::new(pre).ok().filter(|pre| !pre.is_empty());
    }
    let (digits, word) = GLUED
        .iter()
        .find_map(|(glued, word)| Some((suffix.strip_prefix(glued)?, word)))?;
    let number: u64 = numbers(digits).filter(|(_, parts)| *parts == 1)?.0[0];
    Prerelease::new(&format!("{word}.{number}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        parse(text).map(|number| number.version.to_string())
    }

    #[test]
    fn every_accepted_spelling_is_one_version() {
        for (written, version) in [
            ("v5.50.0", "5.50.0"),
            ("V5.50", "5.50.0"),
            ("1", "1.0.0"),
            ("20.04", "20.4.0"),
            ("1.2.0-rc.1", "1.2.0-rc.1"),
            ("1.2-rc.1", "1.2.0-rc.1"),
            ("v0.1.6-phase2.2-checkpoint1", "0.1.6-phase2.2-checkpoint1"),
            ("2.10.0b1", "2.10.0-beta.1"),
            ("2.10rc02", "2.10.0-rc.2"),
            ("1.0.0-rc.1+build.7", "1.0.0-rc.1"),
            ("1.0.0+7", "1.0.0"),
        ] {
            assert_eq!(read(written).as_deref(), Some(version), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_ordered_for_sure_is_refused() {
        for text in [
            "",
            "v",
            "vv1",
            "1.",
            ".1",
            "1..2",
            "1.2.3.4",
            "1.0.post1",
            "1.0.dev1",
            "1.0b",
            "1.0-",
            "1.0+",
            "1.0.0-01",
            "1.0 ",
            "-1",
            "1.x",
            "latest",
            "99999999999999999999",
            "1.0b1.2",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_semver_reads_is_read_the_same(
            text in r"(0|[1-9][0-9]{0,3})(\.(0|[1-9][0-9]{0,3})){2}(-[a-z0-9]{1,4}(\.[a-z0-9-]{1,4}){0,2})?(\+[a-z0-9]{1,4})?"
        ) {
            let theirs = Version::parse(&text).ok().map(|mut version| {
                version.build = BuildMetadata::EMPTY;
                version
            });
            prop_assert_eq!(parse(&text).map(|number| number.version), theirs);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
