//! Small worlds for the tests of this floor.

use crate::model::{
    digest::Digest,
    path::RelPath,
    privacy::Privacy,
    survey::{FileMeta, FileState, Sighting, Stands, Survey, Variable},
    text::Secret,
};
use std::collections::BTreeMap;

pub fn rel(path: &str) -> RelPath {
    RelPath::try_from(path).expect("a path below the root")
}

pub fn survey() -> Survey {
    Survey {
        root: "/srv/app".into(),
        host: "host".into(),
        user: "operator".into(),
        ..Survey::default()
    }
}

/// Adds a sighting, stronger than those before. A source without a dot in its name is not a file.
pub fn variable(survey: &mut Survey, name: &str, source: &str, line: usize, value: &str) {
    let known = survey.variables.entry(name.to_owned());
    let variable = known.or_insert_with(|| Variable {
        name: name.to_owned(),
        privacy: Privacy::Open,
        sightings: Vec::new(),
    });
    let is_file = source.contains('.');
    variable.sightings.push(Sighting {
        source: source.to_owned(),
        file: is_file.then(|| rel(source)),
        line: is_file.then_some(line),
        value: Secret::new(value),
        stands: Stands::Itself,
    });
}

pub fn text_file(survey: &mut Survey, path: &str, text: &str) {
    let state = FileState::Text {
        text: text.to_owned(),
        digest: Digest::of(text.as_bytes()),
        meta: FileMeta {
            mode: 0o640,
            uid: 1000,
            gid: 1000,
            mtime_ns: 0,
            xattrs: BTreeMap::new(),
        },
    };
    survey.files.insert(rel(path), state);
}
