//! Variables in a `.env` file.

use super::{Gather, Place, Unreadable};
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
    if let Ok(Some(lines)) = lines(gather, &place, DotenvDialect::Compose) {
        gather.see_lines(file.as_str(), &place, lines);
    }
}

/// `None` if the file is not there.
pub fn lines(
    gather: &mut Gather,
    place: &Place,
    dialect: DotenvDialect,
) -> Result<Option<Vec<Line>>, Unreadable> {
    let Some(text) = gather.text(place)? else {
        return Ok(None);
    };
    let document = edit::read(&Format::Dotenv(dialect), &text);
    let document = document.map_err(|error| gather.unreadable(place, error))?;
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
    Ok(Some(lines.collect()))
}
