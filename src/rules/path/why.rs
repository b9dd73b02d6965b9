//! The sentence that says why a hop is on the path.

use super::road::{Leg, Road};
use super::search::chains_from;
use crate::model::release::HopTo;

pub(super) fn sentence(road: &Road, leg: &Leg, target: usize) -> String {
    let line = match &road.heads[leg.hop].to {
        HopTo::Release(_) => return exact(road, leg, target),
        HopTo::Patch => "the same minor line",
        HopTo::Minor => "the same major line",
    };
    let process = format!("a process that leads to any later release of {line}");
    if leg.to == target {
        process
    } else {
        let stage = road.release(leg.to);
        format!("{process}, here to {stage}, where the next hop starts")
    }
}

fn exact(road: &Road, leg: &Leg, target: usize) -> String {
    let (from, to) = (road.release(leg.from), road.release(leg.to));
    let barred = road.hops().any(|hop| {
        road.leads(hop, leg.from, target)
            && road.barrier(hop, leg.from, target) == Some(leg.to)
            && leg.to != target
    });
    if barred {
        let target = road.release(target);
        return format!("{to} is a required stop on the way to {target}");
    }
    let leads_on = |other: &Leg| {
        other.to <= target && other != leg && !chains_from(road, other.to)[target].is_empty()
    };
    if road.legs(leg.from).iter().any(leads_on) {
        format!(
            "written for {to}, and on the shortest way to {}",
            road.release(target)
        )
    } else {
        format!("the only way on from {from}")
    }
}
