//! A database of a pack has an address or a host, but not both.

use super::{Found, Place, at};
use crate::model::{
    route::{Route, Segment},
    rule::{Database, Pack, Server},
};

pub(super) fn check(pack: &Pack, place: Place<'_>, found: &mut Found) {
    for (name, database) in &pack.databases {
        let here = Route::key("databases").child(Segment::Key(name.clone()));
        match database {
            Database::Postgres(one) => server(one, &at(&here, "postgres"), place, found),
            Database::Redis(one) => {
                let here = at(&here, "redis");
                server(one, &here, place, found);
                if !one.records.is_empty() {
                    let message = "only a database with tables records what was applied".to_owned();
                    let help = "Redis has keys: leave `records` out";
                    found.key(place, &at(&here, "records"), message, help);
                }
            }
            Database::Sqlite(_) => {}
        }
    }
}

fn server(server: &Server, here: &Route, place: Place<'_>, found: &mut Found) {
    let parts = [
        &server.host,
        &server.port,
        &server.user,
        &server.password,
        &server.name,
    ];
    let in_parts = parts.iter().any(|part| part.is_some());
    let help = "give `url`, or `host` and what belongs to it";
    if server.url.is_some() && in_parts {
        let message = "the address is given twice: whole and in parts".to_owned();
        found.key(place, here, message, help);
    } else if server.url.is_none() && server.host.is_none() {
        let message = "nothing says where this database is".to_owned();
        found.key(place, here, message, help);
    }
}
