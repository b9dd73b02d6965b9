//! A vendor's files as two releases ship them, for the merges of a path. Read once the path is
//! known, because their places depend on its releases.

use super::{Fill, detect, fill, room::Room};
use crate::{
    model::{
        limits,
        path::RelPath,
        rule::{ConfigRule, MergeFile, Run, Stock},
        survey::{StockTexts, Survey},
    },
    rules::{condition::Answers, pack::LoadedPack, path::Path as Road},
    world::{Standing, World},
};
use std::path::Path;

/// Adds to the survey what the merges of a path need.
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
                Err(why) => whys.push(fill.told(&why, &pack.pack)),
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
        Stock::Command(run) => printed(world, run, fill, room),
    }
}

fn printed(world: &World, run: &Run, fill: Fill, room: &mut Room) -> Result<String, String> {
    let ended = detect::ended(world, run, fill)?;
    // A part of the vendor's file would be merged as if it were all of it.
    if !ended.stdout_is_whole {
        let most = limits::OUTPUT_END;
        return Err(format!(
            "it prints more than {most}, or what is not UTF-8 text"
        ));
    }
    room.take(&ended.stdout)?;
    Ok(ended.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{
        Ended,
        fake::{FakeWorld, ended},
    };
    use std::collections::BTreeMap;

    #[test]
    fn what_was_cut_or_is_too_much_is_not_taken_for_the_vendors_file() {
        let run: Run = serde_json::from_str(r#"{"command": ["git", "show"]}"#).expect("a rule");
        let survey = Survey::default();
        let taken = |end: Ended, room: &mut Room| {
            let fake = FakeWorld::new();
            fake.commands.answer(&["git"], end);
            let fill = Fill {
                survey: &survey,
                answers: &BTreeMap::new(),
                hop: None,
            };
            printed(&fake.world(), &run, fill, room)
        };
        let whole = || ended(0, "a=1\n", "");
        assert_eq!(taken(whole(), &mut Room::whole()), Ok("a=1\n".to_owned()));
        let cut = Ended {
            stdout_is_whole: false,
            ..whole()
        };
        let refused = taken(cut, &mut Room::whole()).expect_err("a part");
        assert!(refused.contains("256 KiB"), "{refused}");
        let mut room = Room::of(5);
        assert!(taken(whole(), &mut room).is_ok());
        let refused = taken(whole(), &mut room).expect_err("no room");
        assert!(refused.contains("too large to be read"), "{refused}");
    }
}
