//! What only the vendor changed, and which of it can be done without asking. A list whose items
//! changed is rewritten, which drops the comments inside it. That may happen to the vendor's own
//! comments, but not to the operator's.

use super::{Merging, Sides};
use crate::{
    edit::{
        Edit, Opened,
        merge::{Difference, Side},
    },
    model::route::Route,
    rules::assess::Walk,
};

/// Changes that only the vendor made, in the order of the files.
#[derive(Default)]
pub(super) struct Vendors<'d> {
    pub safe: Vec<(&'d Difference, Edit)>,
    /// Changes that need a question, and why.
    pub asked: Vec<(&'d Difference, String)>,
}

impl Merging<'_> {
    pub(super) fn vendors<'d>(
        self,
        walk: &Walk,
        sides: &Sides,
        differing: &'d [Difference],
    ) -> Vendors<'d> {
        let vendors = differing.iter().filter(|one| one.side() == Side::Vendor);
        let edit = |one: &'d Difference| {
            let is_commented = !sides.opened.comments_inside(&one.route).is_empty();
            let may_go = is_commented && self.own_comments(walk, sides, &one.route).is_empty();
            match may_go && one.new.is_some() {
                true => (one, one.edit().over_comments()),
                false => (one, one.edit()),
            }
        };
        let all: Vec<(&Difference, Edit)> = vendors.map(edit).collect();
        let edits: Vec<Edit> = all.iter().map(|(_, edit)| edit.clone()).collect();
        let mut vendors = Vendors::default();
        if sides.replacement.is_some() || sides.opened.apply(&edits).is_ok() {
            vendors.safe = all;
            return vendors;
        }
        for (one, edit) in all {
            match sides.opened.apply(std::slice::from_ref(&edit)) {
                Ok(_) => vendors.safe.push((one, edit)),
                Err(error) => vendors.asked.push((one, error.why)),
            }
        }
        vendors
    }

    /// Comments inside a value that no release on the path ships there, so they are the operator's.
    pub(super) fn own_comments(self, walk: &Walk, sides: &Sides, route: &Route) -> Vec<String> {
        let mut comments = sides.opened.comments_inside(route);
        if comments.is_empty() {
            return comments;
        }
        for hop in 0..=self.hop {
            let stock = walk.case.survey.stock.get(&(hop, self.rule.file.clone()));
            let shipped = stock.and_then(|stock| stock.old.as_ref().ok());
            let opened = shipped.and_then(|text| Opened::new(sides.format, text).ok());
            let shipped = opened.map(|opened| opened.comments_inside(route));
            let shipped = shipped.unwrap_or_default();
            comments.retain(|comment| !shipped.contains(comment));
        }
        comments
    }
}
