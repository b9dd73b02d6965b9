//! Where else a value is visible: YAML aliases and merge keys bring it to other places, and
//! changing it changes all of them.

use super::{
    places::{MERGE, Places},
    tree::{Id, Tree},
};
use crate::model::route::{Route, Segment};

/// More places than this are not listed.
const PLACES_MAX: usize = 100;

impl Tree {
    /// The other routes under which a reader finds what stands at this one, in the order of the file.
    pub fn also_read_at(&self, route: &Route) -> Vec<Route> {
        let found = self.find(route);
        if found.missing > 0 {
            return Vec::new();
        }
        let id = found.last();
        let mut places = vec![self.route(id)];
        let mut seen = 0;
        while let Some(here) = places.get(seen).cloned() {
            for place in self.brought(&here, id) {
                if places.len() <= PLACES_MAX && !places.contains(&place) {
                    places.push(place);
                }
            }
            seen += 1;
        }
        places.split_off(1)
    }

    /// The places to which one alias brings what is read at a place.
    fn brought(&self, here: &Route, id: Id) -> Vec<Route> {
        let mut places = Vec::new();
        for (alias, target) in self.aliases() {
            let target = self.route(target);
            let Some(below) = here.0.strip_prefix(target.0.as_slice()) else {
                continue;
            };
            let alias = self.route(alias);
            let holder = merged_into(&alias);
            let place = [&holder.as_ref().unwrap_or(&alias).0, below].concat();
            let place = Route(place);
            // A map's own entry takes precedence over a merged one.
            let hidden = holder.is_some() && !below.is_empty() && self.look(&place) != Some(id);
            if !hidden {
                places.push(place);
            }
        }
        places
    }
}

/// The map that has the alias behind its merge key, alone or in a list.
fn merged_into(alias: &Route) -> Option<Route> {
    let above = alias.parent()?;
    let key = match alias.last()? {
        Segment::Index(_) => &above,
        Segment::Key(_) | Segment::Find { .. } => alias,
    };
    let merge = Segment::Key(MERGE.to_owned());
    (key.last() == Some(&merge)).then(|| key.parent())?
}

#[cfg(test)]
mod tests {
    use crate::{
        edit::{Format, Opened},
        model::route::Route,
    };

    #[test]
    fn a_value_is_read_wherever_an_alias_brings_it() {
        let text = "\
web: &web
  image: &img app:1
  env: {A: 1}
job:
  <<: [*web]
  env: {}
cron: &cron
  <<: *web
  image: other
late: {<<: *cron}
copy: [*web]
tag: *img
";
        let opened = Opened::new(Format::Yaml, text).expect("it is YAML");
        let also = |route: &str| {
            let also = opened.also_read_at(&Route::parse(route).expect(route));
            let also: Vec<String> = also.iter().map(Route::to_string).collect();
            also.join(" ")
        };
        assert_eq!(also("web.image"), "job.image copy[0].image tag");
        assert_eq!(also("web.env.A"), "cron.env.A copy[0].env.A late.env.A");
        assert_eq!(also("cron.image"), "late.image");
        assert_eq!(also("job.env"), "");
        assert_eq!(also("none"), "");
    }
}
