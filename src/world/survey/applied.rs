//! Which files of statements were applied, asked of the databases themselves.

use super::fill::Fill;
use crate::{
    model::{
        address,
        rule::{Action, Applied, Hop, Pack},
        survey::{AppliedSeen, Survey},
        text::with_causes,
        units::Span,
    },
    rules::{condition::Answers, migrations},
    world::{self, Access, Cancel, DatabaseError, DatabaseSession, Opening, World},
};
use std::{collections::BTreeMap, path::Path};

/// The operator waits for a survey: a database that does not answer soon counts as not examined.
const LIMIT: Span = Span::from_secs(5);

pub fn look<'p>(
    world: &World,
    pack: &Pack,
    hops: impl Iterator<Item = &'p Hop>,
    survey: &Survey,
    answers: &Answers,
) -> Vec<(Applied, AppliedSeen)> {
    let mut asked: Vec<Applied> = Vec::new();
    for step in hops.flat_map(|hop| hop.before.iter().chain(&hop.apply)) {
        if let Action::Migrate(rule) = &step.action {
            let files = migrations::files(rule, &pack.databases, survey);
            for applied in files.iter().filter_map(|file| file.applied(rule)) {
                if !asked.contains(&applied) {
                    asked.push(applied);
                }
            }
        }
    }
    let fill = Fill {
        survey,
        answers,
        hop: None,
    };
    let unclear = |why: &str| AppliedSeen::Unclear(fill.told(why, pack));
    let mut sessions = BTreeMap::new();
    let see = |applied: Applied| {
        let session = sessions
            .entry(applied.database.clone())
            .or_insert_with(|| open(world, pack, &applied.database, fill));
        let seen = match session {
            Ok(session) => seen_by(session.as_mut(), &applied)
                .unwrap_or_else(|error| unclear(&with_causes(&error))),
            Err(why) => unclear(why),
        };
        (applied, seen)
    };
    asked.into_iter().map(see).collect()
}

fn seen_by(
    session: &mut dyn DatabaseSession,
    applied: &Applied,
) -> Result<AppliedSeen, DatabaseError> {
    let row = applied.record.as_ref();
    let never = Cancel::default();
    world::applied(session, &applied.made, applied.again, row, &never)
}

fn open(
    world: &World,
    pack: &Pack,
    name: &str,
    fill: Fill,
) -> Result<Box<dyn DatabaseSession>, String> {
    let database = pack
        .databases
        .get(name)
        .ok_or_else(|| format!("the pack knows no database `{name}`"))?;
    let root = Path::new(&fill.survey.root);
    let address = address::of(database, root, &|template| fill.text(template))??;
    let opening = Opening {
        address,
        access: Access::Look,
        limit: LIMIT.duration(),
    };
    let session = world.databases.open(&opening, &Cancel::default());
    session.map_err(|error| with_causes(&error))
}
