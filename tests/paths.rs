//! The planner, checked against laws and against a search that tries every path.

use proptest::prelude::*;
use std::cmp::Reverse;
use switchback::model::release::{HopTo, Range, Release, Releases};
use switchback::rules::path::{HopHead, Path, PathError, PathHop, plan_path, targets};

/// A release of a small product: major 0–1, minor 0–2, patch 0–2.
type Number = (u8, u8, u8);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Exact(Number),
    Patch,
    Minor,
}

/// A hop in plain numbers: from `low` up to, but not with, `high`.
#[derive(Clone, Debug)]
struct Hop {
    low: Number,
    high: Number,
    end: End,
}

fn number() -> impl Strategy<Value = Number> {
    (0..2u8, 0..3u8, 0..3u8)
}

fn hops() -> impl Strategy<Value = Vec<Hop>> {
    let end = prop_oneof![
        3 => number().prop_map(End::Exact),
        1 => Just(End::Patch),
        1 => Just(End::Minor)
    ];
    let hop = (number(), number(), end).prop_map(|(a, b, end)| Hop {
        low: a.min(b),
        high: if a == b { (9, 0, 0) } else { a.max(b) },
        end,
    });
    prop::collection::vec(hop, 0..6)
}

fn text((major, minor, patch): Number) -> String {
    format!("{major}.{minor}.{patch}")
}

fn release(number: Number) -> Release {
    Release::try_from(text(number)).expect("a number is a release")
}

fn numbers(release: &Release) -> Number {
    let parts = release.as_str().split('.');
    let numbers: Vec<u8> = parts.map(|n| n.parse().expect("a number")).collect();
    (numbers[0], numbers[1], numbers[2])
}

/// The hops as a pack has them; a hop's file is its index.
fn heads(hops: &[Hop]) -> Vec<HopHead> {
    let head = |(index, hop): (usize, &Hop)| HopHead {
        file: index.to_string(),
        from: Range::try_from(format!(">={}, <{}", text(hop.low), text(hop.high)))
            .expect("a range"),
        to: match hop.end {
            End::Exact(end) => HopTo::Release(release(end)),
            End::Patch => HopTo::Patch,
            End::Minor => HopTo::Minor,
        },
        title: String::new(),
    };
    hops.iter().enumerate().map(head).collect()
}

impl Hop {
    fn exact_end(&self) -> Option<Number> {
        match self.end {
            End::Exact(end) => Some(end),
            End::Patch | End::Minor => None,
        }
    }

    fn leads(&self, from: Number, to: Number) -> bool {
        let fits = match self.end {
            End::Exact(end) => end == to,
            End::Patch => (from.0, from.1) == (to.0, to.1),
            End::Minor => from.0 == to.0,
        };
        fits && from < to && self.low <= from && from < self.high
    }
}

fn allowed(hops: &[Hop], hop: &Hop, from: Number, to: Number) -> bool {
    let mut stops = hops.iter().filter_map(Hop::exact_end);
    let barred = stops.any(|stop| from < stop && stop <= to);
    hop.leads(from, to) && (hop.exact_end().is_some() || !barred)
}

/// A path as the files it goes through and the releases it comes to.
type Walk = Vec<(usize, Number)>;

/// Every path of `left` hops, found by trying everything.
fn try_all(hops: &[Hop], bends: &[Number], at: Number, to: Number, left: usize) -> Vec<Walk> {
    if left == 0 {
        return if at == to {
            vec![Vec::new()]
        } else {
            Vec::new()
        };
    }
    let mut walks = Vec::new();
    for (index, hop) in hops.iter().enumerate() {
        for bend in bends.iter().filter(|bend| **bend <= to) {
            if allowed(hops, hop, at, *bend) {
                for rest in try_all(hops, bends, *bend, to, left - 1) {
                    walks.push([vec![(index, *bend)], rest].concat());
                }
            }
        }
    }
    walks
}

/// The best paths by the rules in the planner's doc; several only if different files tie.
fn best(hops: &[Hop], from: Number, to: Number) -> Vec<Walk> {
    let mut bends: Vec<Number> = hops.iter().map(|hop| hop.low).collect();
    bends.extend(hops.iter().filter_map(Hop::exact_end));
    bends.push(to);
    bends.sort_unstable();
    bends.dedup();
    let mut walks = (1..=bends.len())
        .map(|left| try_all(hops, &bends, from, to, left))
        .find(|walks| !walks.is_empty())
        .unwrap_or_default();
    let cost = |walk: &Walk| {
        let ends = || walk.iter().map(|(hop, _)| hops[*hop].end);
        let processes = ends().filter(|end| matches!(end, End::Patch | End::Minor));
        (
            processes.count(),
            ends().filter(|end| *end == End::Minor).count(),
        )
    };
    let cheapest = walks.iter().map(cost).min();
    walks.retain(|walk| Some(cost(walk)) == cheapest);
    let files = |walk: &Walk| walk.iter().map(|(hop, _)| *hop).collect::<Vec<_>>();
    let ends = |walk: &Walk| walk.iter().map(|(_, end)| *end).collect::<Vec<_>>();
    walks.sort_by_key(|walk| (files(walk), Reverse(ends(walk))));
    walks.dedup_by_key(|walk| files(walk));
    walks
}

fn index(hop: &PathHop) -> usize {
    hop.file.parse().expect("a hop's file is its index")
}

fn walked(path: &Path) -> Walk {
    let hops = path.hops.iter();
    hops.map(|hop| (index(hop), numbers(&hop.to))).collect()
}

fn plan(hops: &[Hop], from: Number, to: Option<Number>) -> Result<Path, PathError> {
    let target = to.map(release);
    plan_path(
        &Releases::Semver,
        &heads(hops),
        &release(from),
        target.as_ref(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_planner_finds_what_trying_everything_finds(
        hops in hops(), from in number(), to in number()
    ) {
        let planned = plan(&hops, from, Some(to));
        if to <= from {
            let refused = matches!(
                planned,
                Err(PathError::Downgrade { .. } | PathError::AlreadyThere { .. })
            );
            prop_assert!(refused, "{:?}", planned);
            return Ok(());
        }
        match best(&hops, from, to).as_slice() {
            [] => {
                let none = matches!(
                    planned,
                    Err(PathError::Gap { .. } | PathError::StopInTheWay { .. })
                );
                prop_assert!(none, "{:?}", planned);
            }
            [walk] => prop_assert_eq!(planned.as_ref().map(walked), Ok(walk.clone())),
            [_, _, ..] => {
                let tie = matches!(planned, Err(PathError::Ambiguous { .. }));
                prop_assert!(tie, "{:?}", planned);
            }
        }
    }

    #[test]
    fn a_path_joins_and_rises_and_jumps_no_stop(
        hops in hops(), from in number(), to in prop::option::of(number())
    ) {
        if let Ok(path) = plan(&hops, from, to) {
            let mut at = from;
            for hop in &path.hops {
                let (start, end) = (numbers(&hop.from), numbers(&hop.to));
                prop_assert!(start == at && end > at && !hop.why.is_empty(), "{:?}", path);
                prop_assert!(allowed(&hops, &hops[index(hop)], start, end), "{:?}", path);
                at = end;
            }
            prop_assert!(at == numbers(&path.to) && at > from);
            prop_assert!(to.is_none_or(|to| to == at));
        }
    }

    #[test]
    fn without_a_target_the_highest_release_within_reach_is_chosen(
        hops in hops(), from in number()
    ) {
        let within = targets(&Releases::Semver, &heads(&hops), &release(from))
            .expect("all of these are numbers");
        match (within.releases.last(), plan(&hops, from, None)) {
            (Some(highest), Ok(path)) => prop_assert_eq!(&path.to, highest),
            (Some(_), Err(error)) => {
                let tie = matches!(error, PathError::Ambiguous { .. });
                prop_assert!(tie, "{:?}", error);
            }
            (None, Ok(path)) => prop_assert!(false, "{:?} is no target", path),
            (None, Err(error)) => {
                prop_assert!(!error.to_string().is_empty() && !error.cure().is_empty());
            }
        }
    }

    #[test]
    fn no_text_makes_the_planner_panic(
        texts in prop::collection::vec("(patch|minor|[v0-9.x*<>=|, a-z-]{0,6})", 1..12)
    ) {
        let head = |pair: &[String]| Some(HopHead {
            file: pair[0].clone(),
            from: Range::try_from(pair[0].clone()).ok()?,
            to: HopTo::try_from(pair[1].clone()).ok()?,
            title: String::new(),
        });
        let hops: Vec<HopHead> = texts.windows(2).filter_map(head).collect();
        for release in texts.iter().filter_map(|text| Release::try_from(text.as_str()).ok()) {
            let planned = plan_path(&Releases::Semver, &hops, &release, None);
            let _ = planned.map_err(|error| error.cure());
        }
    }
}
