//! A vendor's files as two releases ship them, for the merges of a road. Read once the road is
//! known, because their places speak of its releases.

use super::{Fill, detect, fill, room::Room};
use crate::{
    model::{
        path::RelPath,
        rule::{ConfigRule, MergeFile, Stock},
        survey::{StockTexts, Survey},
        text::sanitize,
    },
    rules::{condition::Answers, pack::LoadedPack, path::Path as Road},
    world::{Standing, World},
};
use std::path::Path;

/// Adds to the survey what the merges of a road need.
pub fn read(world: &World, pack: &LoadedPack, road: &Road, answers: &Answers, survey: &mut Survey) {
    let answers = fill::with_defaults(pack, survey, answers);
    let mut room = Room::beside(survey);
    for (n, hop) in road.hops.iter().enumerate() {
        let rules = pack.hops.iter().find(|rules| rules.file == hop.file);
        for rule in rules.into_iter().flat_map(|rules| &rules.hop.config) {
            if let ConfigRule::Merge(rule) = rule {
                let fill = Fill {
                    survey,
                    answers: &answers,
                    hop: Some(hop),
                };
                let texts = texts(world, pack, rule, fill, &mut room);
                survey.stock.insert((n, rule.file.clone()), texts);
            }
        }
    }
}

fn texts(
    world: &World,
    pack: &LoadedPack,
    rule: &MergeFile,
    fill: Fill,
    room: &mut Room,
) -> StockTexts {
    let mut first = |places: &[Stock]| {
        let mut whys = Vec::new();
        for place in places {
            match text(world, pack, place, fill, room) {
                Ok(text) => return Ok(text),
                Err(why) => whys.push(sanitize(&why)),
            }
        }
        Err(whys.join("; "))
    };
    StockTexts {
        old: first(&rule.old),
        new: first(&rule.new),
    }
}

fn text(
    world: &World,
    pack: &LoadedPack,
    place: &Stock,
    fill: Fill,
    room: &mut Room,
) -> Result<String, String> {
    let absent = |file: &RelPath| format!("{file} is not there");
    match place {
        Stock::Pack(file) => {
            let text = pack.text(file).ok_or_else(|| absent(file))?;
            Ok(text.to_owned())
        }
        Stock::File(path) => {
            let file = RelPath::try_from(fill.text(path)?.as_str())?;
            let full = world.files.below(Path::new(&fill.survey.root), &file);
            let full = full.map_err(|error| error.to_string())?;
            let look = world.files.look(&full).map_err(|error| error.to_string())?;
            if look == Standing::Nothing {
                return Err(absent(&file));
            }
            let read = room.read(&*world.files, &full);
            let read = read.map_err(|error| error.to_string())?;
            let content = read.ok_or_else(|| absent(&file))?;
            let text = String::from_utf8(content.bytes);
            let text = text.map_err(|_| format!("{file}: not UTF-8 text"))?;
            room.keep(&text);
            Ok(text)
        }
        Stock::Command(run) => Ok(detect::ended(world, run, fill)?.stdout),
    }
}
