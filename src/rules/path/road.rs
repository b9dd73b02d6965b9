//! The hops of a pack, interpreted by its release scheme, and the releases at which hops can join.

use super::{HopHead, PathError};
use crate::model::release::{HopTo, Rank, Release, Releases, Spans};
use semver::Version;

/// All releases that matter, in ascending order, and the hops between them; both are referred to by
/// index. Every leg ascends, so a search cannot run in circles.
pub(super) struct Road<'h> {
    pub heads: &'h [HopHead],
    hops: Vec<Hop>,
    bends: Vec<(Rank, Release)>,
    pub start: usize,
    pub target: Option<usize>,
}

struct Hop {
    from: Spans,
    to: To,
}

enum To {
    Bend(usize),
    Patch,
    Minor,
}

/// One hop taken from one release to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    pub hop: usize,
    pub from: usize,
    pub to: usize,
}

impl<'h> Road<'h> {
    pub fn new(
        scheme: &Releases,
        heads: &'h [HopHead],
        from: &Release,
        to: Option<&Release>,
    ) -> Result<Self, PathError> {
        let known = |release: &Release| match scheme.rank(release) {
            Ok(rank) => Ok((rank, release.clone())),
            Err(because) => Err(PathError::UnknownRelease { because }),
        };
        let start = known(from)?;
        let target = to.map(known).transpose()?;
        let ranges = heads
            .iter()
            .map(|head| read(scheme, head))
            .collect::<Result<Vec<_>, _>>()?;

        // If a release has several spellings the first one is kept: the running release as it was
        // found, then a stop as its hop writes it, and only then the target as the operator wrote
        // it.
        let mut bends = vec![start.clone()];
        bends.extend(ranges.iter().filter_map(|(_, end)| end.clone()));
        bends.extend(target.clone());
        for release in ranges.iter().flat_map(|(from, _)| from.entries()) {
            bends.push(known(release)?);
        }
        bends.sort_by(|(one, _), (other, _)| one.cmp(other));
        bends.dedup_by(|(one, _), (other, _)| one == other);

        let bend = |wanted: &Bend| bends.partition_point(|(rank, _)| *rank < wanted.0);
        let hops = heads.iter().zip(ranges).map(|(head, (from, end))| Hop {
            from,
            to: match (&head.to, end) {
                (HopTo::Patch, _) => To::Patch,
                (HopTo::Minor, _) => To::Minor,
                (HopTo::Release(_), end) => {
                    To::Bend(bend(&end.expect("an exact hop was read with its end")))
                }
            },
        });
        Ok(Self {
            heads,
            start: bend(&start),
            target: target.as_ref().map(bend),
            hops: hops.collect(),
            bends,
        })
    }

    pub fn release(&self, bend: usize) -> &Release {
        &self.bends[bend].1
    }

    pub fn rank(&self, bend: usize) -> &Rank {
        &self.bends[bend].0
    }

    pub fn bends(&self) -> std::ops::Range<usize> {
        0..self.bends.len()
    }

    pub fn hops(&self) -> std::ops::Range<usize> {
        0..self.hops.len()
    }

    pub fn starts_at(&self, hop: usize, bend: usize) -> bool {
        self.hops[hop].from.contains(self.rank(bend))
    }

    /// Where an exact hop ends.
    pub fn end(&self, hop: usize) -> Option<usize> {
        match self.hops[hop].to {
            To::Bend(end) => Some(end),
            To::Patch | To::Minor => None,
        }
    }

    /// Every way on from a release.
    pub fn legs(&self, from: usize) -> Vec<Leg> {
        let mut legs = Vec::new();
        for hop in self.hops() {
            for to in from + 1..self.bends.len() {
                if self.leads(hop, from, to) && self.barrier(hop, from, to).is_none() {
                    legs.push(Leg { hop, from, to });
                }
            }
        }
        legs
    }

    /// Whether a hop, by its own `from` and `to`, leads up from one release to another.
    pub fn leads(&self, hop: usize, from: usize, to: usize) -> bool {
        let fits = match self.hops[hop].to {
            To::Bend(end) => end == to,
            To::Patch => self.share(from, to, |a, b| (a.major, a.minor) == (b.major, b.minor)),
            To::Minor => self.share(from, to, |a, b| a.major == b.major),
        };
        fits && from < to && self.starts_at(hop, from)
    }

    fn share(&self, one: usize, other: usize, line: fn(&Version, &Version) -> bool) -> bool {
        match (self.rank(one), self.rank(other)) {
            (Rank::Number(one), Rank::Number(other)) => line(one, other),
            (Rank::Name(_), _) | (_, Rank::Name(_)) => false,
        }
    }

    /// The first required stop that a process hop would pass, or enter without its own hop.
    pub fn barrier(&self, hop: usize, from: usize, to: usize) -> Option<usize> {
        match self.hops[hop].to {
            To::Bend(_) => None,
            To::Patch | To::Minor => self
                .hops()
                .filter_map(|hop| self.end(hop))
                .filter(|stop| from < *stop && *stop <= to)
                .min(),
        }
    }
}

type Bend = (Rank, Release);

/// A hop's range, and the release that it leads to if it is exact.
fn read(scheme: &Releases, head: &HopHead) -> Result<(Spans, Option<Bend>), PathError> {
    let bad = |because| PathError::BadHop {
        file: head.file.clone(),
        because,
    };
    let end = match (&head.to, scheme) {
        (HopTo::Release(release), _) => {
            let rank = scheme.rank(release).map_err(bad)?;
            Some((rank, release.clone()))
        }
        (HopTo::Patch | HopTo::Minor, Releases::Semver) => None,
        (HopTo::Patch | HopTo::Minor, Releases::Named(_)) => {
            return Err(bad(format!(
                "`to: {}` needs numbered releases, and this product lists names",
                head.to
            )));
        }
    };
    Ok((head.from.spans(scheme).map_err(bad)?, end))
}
