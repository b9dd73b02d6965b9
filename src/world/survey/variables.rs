//! The product's variables: every source in the pack's order, weakest first, so that the last
//! sighting is the value the product gets. A source that is not there has none; a source that
//! cannot be read is a blind spot.

mod compose;
mod dotenv;
mod systemd;

use super::{files::why, room::Room};
use crate::{
    model::{
        path::RelPath,
        pattern::Pattern,
        privacy::Privacy,
        rule::{Condition, EnvSource, Pack},
        survey::{BlindSpot, Sighting, Stands, Variable},
        text::{Secret, sanitize, with_causes},
    },
    rules::{condition::stands_at, pack::LoadedHop},
    world::{FileError, ProcessError, Standing, World},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    path::{Path, PathBuf},
};

/// The source of what the operator's shell exports.
const SHELL: &str = "this shell";

pub fn read(
    world: &World,
    pack: &Pack,
    hops: &[LoadedHop],
    root: &Path,
) -> (BTreeMap<String, Variable>, Vec<BlindSpot>) {
    let mut gather = Gather {
        world,
        root,
        names: Names::of(pack, hops),
        found: BTreeMap::new(),
        blind: Vec::new(),
        room: Room::whole(),
    };
    for source in &pack.environment {
        match source {
            EnvSource::Process {} => {
                let exported = world.system.environment();
                gather.see_known(SHELL, exported);
            }
            EnvSource::Service { pid_file, process } => service(&mut gather, pid_file, process),
            EnvSource::Dotenv { file } => dotenv::read(&mut gather, file),
            EnvSource::Compose {
                file,
                service,
                when,
            } => {
                if gather.counts(when.as_ref()) {
                    compose::read(&mut gather, file, service);
                }
            }
            EnvSource::Systemd { unit, when } => {
                if gather.counts(when.as_ref()) {
                    systemd::read(&mut gather, unit);
                }
            }
        }
    }
    gather.found.values_mut().for_each(forget_earlier);
    (gather.found, gather.blind)
}

/// Keeps only the last of identical sightings, which may come through several sources. Done once at
/// the end: a file may set a variable thousands of times.
fn forget_earlier(variable: &mut Variable) {
    let mut later = BTreeSet::new();
    let mut is_last: Vec<bool> = variable
        .sightings
        .iter()
        .rev()
        .map(|seen| {
            let Sighting {
                source,
                file,
                line,
                value,
                stands,
            } = seen;
            later.insert((source, file, line, value.expose(), stands))
        })
        .collect();
    variable.sightings.retain(|_| is_last.pop().unwrap_or(true));
}

/// Which names are the product's, and which of them are secret.
struct Names {
    known: BTreeSet<String>,
    secret: BTreeSet<String>,
    addresses: BTreeSet<String>,
    prefixes: Vec<String>,
}

impl Names {
    fn of(pack: &Pack, hops: &[LoadedHop]) -> Self {
        let mut names = Self {
            known: pack.known.iter().cloned().collect(),
            secret: pack.secrets.iter().cloned().collect(),
            addresses: pack.addresses.iter().cloned().collect(),
            prefixes: pack.prefixes.clone(),
        };
        let private = pack.secrets.iter().chain(&pack.addresses);
        names.known.extend(private.cloned());
        for rule in hops.iter().flat_map(|hop| &hop.hop.environment) {
            for name in rule.names() {
                names.known.insert(name.to_owned());
                if rule.is_secret() {
                    names.secret.insert(name.to_owned());
                }
            }
        }
        names
    }

    fn privacy(&self, name: &str) -> Privacy {
        if self.secret.contains(name) {
            Privacy::Secret
        } else if self.addresses.contains(name) {
            Privacy::Address
        } else {
            Privacy::Open
        }
    }

    fn are(&self, name: &str) -> bool {
        self.known.contains(name) || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }
}

struct Gather<'a> {
    world: &'a World,
    root: &'a Path,
    names: Names,
    found: BTreeMap<String, Variable>,
    blind: Vec<BlindSpot>,
    room: Room,
}

/// A source that is there and could not be read: a blind spot, which is recorded already.
struct Unreadable;

/// Where a value stands.
#[derive(Clone, Copy)]
struct At<'a> {
    source: &'a str,
    file: Option<&'a RelPath>,
    line: Option<usize>,
}

#[cfg(test)]
impl<'a> Gather<'a> {
    fn for_tests(world: &'a World, root: &'a Path) -> Self {
        Self {
            world,
            root,
            names: Names {
                known: BTreeSet::new(),
                secret: BTreeSet::new(),
                addresses: BTreeSet::new(),
                prefixes: Vec::new(),
            },
            found: BTreeMap::new(),
            blind: Vec::new(),
            room: Room::whole(),
        }
    }
}

impl Gather<'_> {
    fn see(&mut self, name: &str, value: impl Into<String>, at: At) {
        self.see_as(name, value, at, Stands::Itself);
    }

    fn see_as(&mut self, name: &str, value: impl Into<String>, at: At, stands: Stands) {
        let privacy = self.names.privacy(name);
        let variable = self.found.entry(name.to_owned());
        let variable = variable.or_insert_with(|| Variable {
            name: name.to_owned(),
            privacy,
            sightings: Vec::new(),
        });
        variable.sightings.push(Sighting {
            source: at.source.to_owned(),
            file: at.file.cloned(),
            line: at.line,
            value: Secret::new(value),
            stands,
        });
    }

    /// Records the product's variables from an environment that also contains others.
    fn see_known(&mut self, source: &str, environment: BTreeMap<String, String>) {
        let at = At {
            source,
            file: None,
            line: None,
        };
        for (name, value) in environment {
            if self.names.are(&name) {
                self.see(&name, value, at);
            }
        }
    }

    fn blind(&mut self, source: impl Display, why: impl Display) {
        self.blind.push(BlindSpot {
            source: sanitize(&source.to_string()),
            why: sanitize(&why.to_string()),
        });
    }

    /// Whether a source counts here. Sources are read repeatedly during a run, and before any
    /// variable is known, so their conditions can only refer to what is in the folder.
    fn counts(&mut self, when: Option<&Condition>) -> bool {
        when.is_none_or(|condition| self.holds(condition))
    }

    fn holds(&mut self, condition: &Condition) -> bool {
        match condition {
            Condition::Dir(path) => {
                let place = self.world.files.canonical(&path.under(self.root));
                let look = |place: PathBuf| self.world.files.look(&place);
                let standing = place.and_then(|place| place.map(look).transpose());
                self.seen(path, standing).flatten() == Some(Standing::Dir)
            }
            Condition::File { path, at, matches } => {
                let place = self.place(self.root, path.as_str());
                let standing = self
                    .real(&place)
                    .and_then(|path| self.world.files.look(&path));
                match (self.seen(path, standing), at, matches) {
                    (Some(Standing::Nothing) | None, ..) => false,
                    (Some(_), None, None) => true,
                    (Some(_), None, Some(pattern)) => self
                        .text_or_none(&place)
                        .is_some_and(|text| pattern.is_match(&text)),
                    (Some(_), Some(at), matches) => {
                        let Some(text) = self.text_or_none(&place) else {
                            return false;
                        };
                        let so = stands_at(path, &text, at, matches.as_ref());
                        so.unwrap_or_else(|error| {
                            self.blind(path, error);
                            false
                        })
                    }
                }
            }
            Condition::All(all) => all.iter().all(|one| self.holds(one)),
            Condition::Any(any) => any.iter().any(|one| self.holds(one)),
            Condition::Not(inner) => !self.holds(inner),
            // `rules check` refuses these.
            Condition::Set(_)
            | Condition::Input { .. }
            | Condition::Variant(_)
            | Condition::Program(_) => false,
        }
    }

    /// The result of a look; a failed one becomes a blind spot, because a source that seems not to
    /// count may count after all.
    fn seen<T>(&mut self, path: &RelPath, looked: Result<T, FileError>) -> Option<T> {
        let seen = looked.map_err(|error| self.blind(path, why(&error)));
        seen.ok()
    }

    /// The text of a source; `None` if it is not there.
    fn text(&mut self, place: &Place) -> Result<Option<String>, Unreadable> {
        let real = self.real(place);
        let read = real.and_then(|path| self.room.read(&*self.world.files, &path));
        let Some(content) = read.map_err(|error| self.unreadable(place, why(&error)))? else {
            return Ok(None);
        };
        let text = String::from_utf8(content.bytes);
        let text = text.map_err(|_| self.unreadable(place, "not UTF-8 text; save it as UTF-8"))?;
        self.room.keep(&text);
        Ok(Some(text))
    }

    /// The same for a source that has nothing to say if it is not readable either.
    fn text_or_none(&mut self, place: &Place) -> Option<String> {
        self.text(place).ok().flatten()
    }

    fn unreadable(&mut self, source: impl Display, why: impl Display) -> Unreadable {
        self.blind(source, why);
        Unreadable
    }

    /// Records what the lines of a file assign.
    fn see_lines(&mut self, source: &str, place: &Place, lines: Vec<dotenv::Line>) {
        for found in lines {
            let at = At {
                source,
                file: place.file.as_ref(),
                line: Some(found.line),
            };
            self.see(&found.name, found.value, at);
        }
    }

    /// The path to read. Outside the root it belongs to the system, whose links are followed.
    fn real(&self, place: &Place) -> Result<PathBuf, FileError> {
        match &place.file {
            Some(file) => self.world.files.below(self.root, file),
            None => self.world.files.real(&place.path),
        }
    }

    /// The place of a file that another file names, absolute or relative to a folder.
    fn place(&self, folder: &Path, named: &str) -> Place {
        let path = folder.join(named.strip_prefix("./").unwrap_or(named));
        let below = path.strip_prefix(self.root).ok().and_then(Path::to_str);
        let file = below.and_then(|below| RelPath::try_from(below).ok());
        Place { path, file }
    }
}

/// A file, below the root if `file` says so.
struct Place {
    path: PathBuf,
    file: Option<RelPath>,
}

impl Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.file {
            Some(file) => file.fmt(f),
            None => self.path.display().fmt(f),
        }
    }
}

/// A service that does not run has no environment; one whose environment is closed to us is a
/// blind spot.
fn service(gather: &mut Gather, pid_file: &RelPath, own: &Pattern) {
    let place = gather.place(gather.root, pid_file.as_str());
    let Some(text) = gather.text_or_none(&place) else {
        return;
    };
    let Ok(pid) = text.trim().parse::<u32>() else {
        gather.blind(pid_file, "does not hold the number of a process");
        return;
    };
    match environment_of(gather.world, pid, own) {
        Ok(Some(environment)) => {
            let source = format!("the running service (process {pid})");
            gather.see_known(&source, environment);
        }
        Ok(None) => {}
        Err(error) => gather.blind("the running service", with_causes(&error)),
    }
}

/// The environment of the process with this number, if it is there and the one that is meant.
fn environment_of(
    world: &World,
    pid: u32,
    own: &Pattern,
) -> Result<Option<BTreeMap<String, String>>, ProcessError> {
    let Some(process) = world.processes.look(pid)? else {
        return Ok(None);
    };
    if !own.is_match(&process.command.join(" ")) {
        return Ok(None);
    }
    let environment = world.processes.environment(pid)?;
    // It may have ended meanwhile, and its pid been reused.
    let again = world.processes.look(pid)?;
    Ok(environment.filter(|_| again.is_some_and(|again| again.is(&process))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fake::FakeWorld;

    fn seen(gather: &mut Gather, line: usize, value: &str) {
        let at = At {
            source: ".env",
            file: None,
            line: Some(line),
        };
        gather.see("PORT", value, at);
    }

    #[test]
    fn a_place_that_is_seen_again_counts_where_it_was_seen_last() {
        let world = FakeWorld::new().world();
        let mut gather = Gather::for_tests(&world, Path::new("/srv"));
        for (line, value) in [(1, "a"), (2, "b"), (1, "a"), (3, "c"), (2, "b"), (1, "x")] {
            seen(&mut gather, line, value);
        }
        let mut variable = gather.found.remove("PORT").expect("seen");
        forget_earlier(&mut variable);
        let left = variable.sightings.iter();
        let left: Vec<_> = left.map(|one| (one.line, one.value.expose())).collect();
        let lines = [(1, "a"), (3, "c"), (2, "b"), (1, "x")];
        assert_eq!(left, lines.map(|(line, value)| (Some(line), value)));
    }

    /// To compare each with all before it would take minutes.
    #[test]
    fn a_variable_that_is_set_many_times_is_read_in_time() {
        let world = FakeWorld::new().world();
        let mut gather = Gather::for_tests(&world, Path::new("/srv"));
        let began = std::time::Instant::now();
        (1..=200_000).for_each(|line| seen(&mut gather, line, "8080"));
        let mut variable = gather.found.remove("PORT").expect("seen");
        forget_earlier(&mut variable);
        assert_eq!(variable.sightings.len(), 200_000);
        assert!(began.elapsed().as_secs() < 30);
    }
}
