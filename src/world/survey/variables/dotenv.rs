//! Variables in a `.env` file.

use super::{At, Gather, Place};
use crate::{
    edit::{self, DotenvDialect, Format},
    model::{path::RelPath, route::Segment},
};

pub struct Line {
    pub name: String,
    pub value: String,
    pub line: usize,
}

pub fn read(gather: &mut Gather, file: &RelPath) {
    let place = gather.place(gather.root, file.as_str());
    let dialect = DotenvDialect::Compose;
    for found in lines(gather, &place, dialect).unwrap_or_default() {
        let at = At {
            source: file.as_str(),
            file: Some(file),
            line: Some(found.line),
        };
        gather.see(&found.name, found.value, at);
    }
}

/// `None` if the file is not there or not readable, which then is a blind spot.
pub fn lines(gather: &mut Gather, place: &Place, dialect: DotenvDialect) -> Option<Vec<Line>> {
    let text = gather.text(place)?;
    let document = match edit::read(&Format::Dotenv(dialect), &text) {
        Ok(document) => document,
        Err(error) => {
            gather.blind(place, error);
            return None;
        }
    };
    let lines = document
        .leaves()
        .filter_map(|entry| match entry.route.last() {
            Some(Segment::Key(name)) => Some(Line {
                name: name.clone(),
                value: entry.scalar_text().to_owned(),
                line: entry.line,
            }),
            Some(Segment::Index(_) | Segment::Find { .. }) | None => None,
        });
    Some(lines.collect())
}
