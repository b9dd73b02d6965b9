//! A hop's range and target are releases of the product, and a hop leads somewhere.

use super::{Found, Place};
use crate::{
    model::{release::HopTo, route::Route},
    rules::pack::LoadedPack,
};

pub(super) fn check(pack: &LoadedPack, found: &mut Found) {
    let scheme = &pack.pack.releases;
    for (file, parsed) in &pack.sources.hops {
        let place = Place::of(file, parsed);
        let hop = &parsed.value;
        let spans = match hop.from.spans(scheme) {
            Ok(spans) => spans,
            Err(error) => {
                found.value(
                    place,
                    &Route::key("from"),
                    error,
                    "write a range of this product's releases",
                );
                continue;
            }
        };
        let HopTo::Release(to) = &hop.to else {
            continue;
        };
        let route = Route::key("to");
        match scheme.place(to) {
            Err(error) => found.value(place, &route, error, "write a release of this product"),
            Ok(to_place) if spans.contains(&to_place) => {
                let message =
                    format!("`from` contains `{to}`: the hop would lead to where it starts");
                found.value(
                    place,
                    &route,
                    message,
                    "end the range below the target: `<` and the target",
                );
            }
            Ok(_) => {}
        }
    }
    for (n, detect) in pack.pack.detect.iter().enumerate() {
        let place = Place::of(crate::rules::pack::PACK_FILE, &pack.sources.pack);
        let names = super::at(&super::item(&Route::key("detect"), n), "names");
        for (said, release) in &detect.names {
            if let Err(error) = scheme.parse(release) {
                found.value(
                    place,
                    &super::at(&names, said),
                    error,
                    "write a release of this product",
                );
            }
        }
    }
}
