//! A database of a pack has an address or a host, but not both.

use super::Sheet;
use crate::model::{
    route::Route,
    rule::{Database, Pack, Server},
};

pub(super) fn check(pack: &Pack, sheet: &mut Sheet) {
    for (name, database) in &pack.databases {
        let here = Route::key("databases").at(name);
        match database {
            Database::Postgres(one) => server(one, &here.at("postgres"), sheet),
            Database::Redis(one) => {
                let here = here.at("redis");
                server(one, &here, sheet);
                if !one.records.is_empty() {
                    let message = "only a database with tables records what was applied".to_owned();
                    let help = "Redis has keys: leave `records` out";
                    sheet.key(&here.at("records"), message, help);
                }
            }
            Database::Sqlite(_) => {}
        }
    }
}

fn server(server: &Server, here: &Route, sheet: &mut Sheet) {
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
        sheet.key(here, message, help);
    } else if server.url.is_none() && server.host.is_none() {
        let message = "nothing says where this database is".to_owned();
        sheet.key(here, message, help);
    }
}
