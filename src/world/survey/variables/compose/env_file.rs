//! `env_file` of a service: files of `NAME=VALUE` lines, named by a path or by a map.

use super::{Gather, Reader};
use crate::{
    edit::{DotenvDialect, Entry, Kind},
    model::route::{Route, Segment},
    world::survey::variables::{Unreadable, dotenv},
};
use serde_json::Value;

impl Reader<'_> {
    pub(super) fn env_files(&self, gather: &mut Gather, at: &Route) {
        let Some(top) = self.document.get(at).and_then(|top| self.resolved(top)) else {
            return;
        };
        let named = match top.kind {
            Kind::Scalar | Kind::Alias => vec![(top, true)],
            Kind::Map => Vec::new(),
            Kind::List => {
                let items = self.children(at).into_iter();
                items.filter_map(|item| self.env_file_item(item)).collect()
            }
        };
        for (name, required) in named {
            let Some(path) = self.expanded(gather, name.scalar_text(), name.line) else {
                continue;
            };
            let folder = self.place.path.parent().unwrap_or(gather.root).to_owned();
            let place = gather.place(&folder, &path);
            match dotenv::lines(gather, &place, DotenvDialect::Compose) {
                Ok(Some(lines)) => {
                    let source = format!("{place} (env_file of {})", self.source);
                    gather.see_lines(&source, &place, lines);
                }
                Ok(None) if required => gather.blind(
                    &place,
                    format!("{} names it, and it is not there", self.source),
                ),
                Ok(None) | Err(Unreadable) => {}
            }
        }
    }

    /// A path, or a map of `path` and `required`.
    fn env_file_item<'d>(&'d self, item: &'d Entry) -> Option<(&'d Entry, bool)> {
        let item = self.resolved(item)?;
        match item.kind {
            Kind::Scalar => Some((item, true)),
            Kind::Map => {
                let part = |name: &str| {
                    self.document
                        .get(&item.route.child(Segment::Key(name.to_owned())))
                };
                let optional = part("required").is_some_and(|r| r.value == Value::Bool(false));
                Some((part("path")?, !optional))
            }
            Kind::List | Kind::Alias => None,
        }
    }
}
