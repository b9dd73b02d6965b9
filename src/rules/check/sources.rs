//! Where variables come from: whether a source counts is asked before any variable is known.

use super::Sheet;
use crate::model::{
    route::Route,
    rule::{Condition, EnvSource, Pack},
};

pub(super) fn check(pack: &Pack, sheet: &mut Sheet) {
    for (n, source) in pack.environment.iter().enumerate() {
        let (kind, when) = match source {
            EnvSource::Compose { when, .. } => ("compose", when),
            EnvSource::Systemd { when, .. } => ("systemd", when),
            EnvSource::Process {} | EnvSource::Service { .. } | EnvSource::Dotenv { .. } => {
                continue;
            }
        };
        if when.as_ref().is_some_and(|when| !of_files(when)) {
            let here = Route::key("environment").item(n).at(kind);
            let message = "whether a source counts is asked before variables, inputs and variants \
                           are known"
                .to_owned();
            sheet.key(&here.at("when"), message, "use only `file` and `dir`");
        }
    }
}

fn of_files(condition: &Condition) -> bool {
    let of_file = |leaf: &&Condition| matches!(leaf, Condition::File { .. } | Condition::Dir(_));
    condition.leaves().iter().all(of_file)
}
