//! The best chains of hops, by one sweep over the rising releases.

use super::road::{Leg, Road};
use crate::model::release::HopTo;
use std::cmp::Ordering;

/// Legs that join, and what they cost: hops, process hops, `minor` hops, compared in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    cost: [usize; 3],
    pub legs: Vec<Leg>,
}

impl Chain {
    fn with(&self, leg: Leg, to: &HopTo) -> Self {
        let price = match to {
            HopTo::Release(_) => [1, 0, 0],
            HopTo::Patch => [1, 1, 0],
            HopTo::Minor => [1, 1, 1],
        };
        let mut longer = self.clone();
        longer.legs.push(leg);
        for (cost, price) in longer.cost.iter_mut().zip(price) {
            *cost += price;
        }
        longer
    }

    fn hops(&self) -> impl Iterator<Item = usize> {
        self.legs.iter().map(|leg| leg.hop)
    }

    fn ends(&self) -> impl Iterator<Item = usize> {
        self.legs.iter().map(|leg| leg.to)
    }
}

/// For every release the cheapest chains to it from `start`: none if it cannot be reached, one, or
/// two that go through different files at the same cost.
pub(super) fn chains_from(road: &Road, start: usize) -> Vec<Vec<Chain>> {
    let mut best = vec![Vec::new(); road.bends().len()];
    best[start].push(Chain::default());
    // Every leg rises, so when the sweep comes to a release all chains to it are known.
    for from in start..road.bends().len() {
        for leg in road.legs(from) {
            let chains: Vec<Chain> = best[from].clone();
            for chain in chains {
                offer(&mut best[leg.to], chain.with(leg, &road.heads[leg.hop].to));
            }
        }
    }
    best
}

fn offer(best: &mut Vec<Chain>, chain: Chain) {
    const TIES_KEPT_MAX: usize = 2;
    let order = best
        .first()
        .map_or(Ordering::Less, |kept| chain.cost.cmp(&kept.cost));
    match order {
        Ordering::Less => *best = vec![chain],
        Ordering::Greater => {}
        Ordering::Equal => match best.iter().position(|kept| kept.hops().eq(chain.hops())) {
            // The same files through a different release: the later one contains more fixes.
            Some(kept) if chain.ends().gt(best[kept].ends()) => best[kept] = chain,
            Some(_) => {}
            None if best.len() < TIES_KEPT_MAX => best.push(chain),
            None => {}
        },
    }
}
