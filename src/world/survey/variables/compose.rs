//! Variables of one service of a compose file: `env_file`, then `environment`, which wins; then
//! the same of the override file that compose reads by itself.
//!
//! An entry that only passes a variable on (`KEY: ${KEY}`) is no source of its own: its value is
//! seen where it stands, in `.env` or the shell.

use super::{At, Gather, Place, SHELL, dotenv};
use crate::{
    edit::{self, Document, Entry, Format, Kind},
    expand::{self, ExpandError, Expanded, Origin, Part},
    model::{
        path::RelPath,
        route::{Route, Segment},
        survey::Stands,
    },
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Merges inside merges; deeper is a cycle.
const MERGES_MAX: usize = 16;

pub fn read(gather: &mut Gather, file: &RelPath, service: &str) {
    let main = gather.place(gather.root, file.as_str());
    let folder = main.path.parent().unwrap_or(gather.root).to_owned();
    // What `${NAME}` stands for: the shell's value before the one in the project's `.env`.
    let known = Known::read(gather, gather.place(&folder, ".env"));
    if let Some(text) = gather.text(&main) {
        one(gather, &main, &text, service, &known, true);
    }
    for named in overrides(file.name()) {
        let place = gather.place(&folder, &named);
        if let Some(text) = gather.text(&place) {
            one(gather, &place, &text, service, &known, false);
        }
    }
}

/// What compose itself was started with.
struct Known {
    shell: BTreeMap<String, String>,
    lines: BTreeMap<String, dotenv::Line>,
    beside: Place,
}

impl Known {
    fn read(gather: &mut Gather, beside: Place) -> Self {
        let lines = dotenv::lines(gather, &beside).unwrap_or_default();
        let named = lines.into_iter().map(|line| (line.name.clone(), line));
        Self {
            shell: gather.world.system.environment(),
            lines: named.collect(),
            beside,
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        let line = || self.lines.get(name).map(|line| &line.value);
        self.shell.get(name).or_else(line).cloned()
    }

    /// The file and line in which the value stands.
    fn place(&self, name: &str) -> (String, Option<&RelPath>, Option<usize>) {
        match self.lines.get(name) {
            Some(line) if !self.shell.contains_key(name) => {
                let beside = &self.beside;
                (beside.to_string(), beside.file.as_ref(), Some(line.line))
            }
            Some(_) | None => (SHELL.to_owned(), None, None),
        }
    }
}

fn overrides(name: &str) -> Vec<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    ["yml", "yaml"]
        .map(|end| format!("{stem}.override.{end}"))
        .into()
}

fn one(gather: &mut Gather, place: &Place, text: &str, service: &str, known: &Known, main: bool) {
    match edit::read(&Format::Yaml, text) {
        Ok(document) => of_document(gather, place, &document, service, known, main),
        Err(error) => gather.blind(place, error),
    }
}

fn of_document(
    gather: &mut Gather,
    place: &Place,
    document: &Document,
    service: &str,
    known: &Known,
    main: bool,
) {
    let top = Route::key("services").child(Segment::Key(service.to_owned()));
    if document.get(&top).is_none() {
        if main {
            gather.blind(place, format!("has no service `{service}`"));
        }
        return;
    }
    let part = |name: &str| top.child(Segment::Key(name.to_owned()));
    if document.get(&part("extends")).is_some() {
        gather.blind(
            place,
            format!("service `{service}` takes part of its definition from elsewhere (`extends`)"),
        );
    }
    let reader = Reader {
        document,
        place,
        source: format!("{place} (service {service})"),
        known,
    };
    reader.env_files(gather, &part("env_file"));
    reader.environment(gather, &part("environment"));
}

struct Reader<'a> {
    document: &'a Document,
    place: &'a Place,
    source: String,
    known: &'a Known,
}

impl Reader<'_> {
    fn environment(&self, gather: &mut Gather, at: &Route) {
        for entry in self.children(at, 0) {
            let Some(value) = self.resolved(entry) else {
                gather.blind(
                    &self.source,
                    format!("line {}: an alias that leads nowhere", entry.line),
                );
                continue;
            };
            match entry.route.last() {
                Some(Segment::Key(name)) if value.value == Value::Null => {
                    self.passed(gather, name, name);
                }
                Some(Segment::Key(name)) => {
                    self.assigned(gather, name, value.scalar_text(), entry.line);
                }
                Some(Segment::Index(_)) => match value.scalar_text().split_once('=') {
                    Some((name, value)) => self.assigned(gather, name, value, entry.line),
                    None => self.passed(gather, value.scalar_text(), value.scalar_text()),
                },
                Some(Segment::Find { .. }) | None => {}
            }
        }
    }

    fn assigned(&self, gather: &mut Gather, name: &str, value: &str, line: usize) {
        let expanded = match self.expand(value) {
            // Compose would not start; what is missing is for the rules to say.
            Err(ExpandError::Required { name: unset, .. }) if unset == name => return,
            Err(error) => return self.unclear(gather, line, &error),
            Ok(expanded) => expanded,
        };
        match expanded.parts.as_slice() {
            [
                Part {
                    origin: Origin::Variable(passed),
                    ..
                },
            ] => self.passed(gather, name, passed),
            [
                Part {
                    origin: Origin::Default(unset) | Origin::Unset(unset),
                    ..
                },
            ] if unset == name => {
                let source = format!("{} (default)", self.place);
                let at = At {
                    source: &source,
                    ..self.at(line)
                };
                gather.see_as(name, expanded.to_string(), at, Stands::Default);
            }
            _ => gather.see(name, expanded.to_string(), self.at(line)),
        }
    }

    /// The value of a variable that stands elsewhere, maybe under another name.
    fn passed(&self, gather: &mut Gather, name: &str, passed: &str) {
        let Some(value) = self.known.value(passed) else {
            return;
        };
        let (mut source, file, line) = self.known.place(passed);
        let mut stands = Stands::Itself;
        if passed != name {
            source = format!("{source} ({passed}, passed on by {})", self.place);
            stands = Stands::As(passed.to_owned());
        }
        let at = At {
            source: &source,
            file,
            line,
        };
        gather.see_as(name, value, at, stands);
    }

    fn env_files(&self, gather: &mut Gather, at: &Route) {
        let Some(top) = self.document.get(at).and_then(|top| self.resolved(top)) else {
            return;
        };
        let named = match top.kind {
            Kind::Scalar | Kind::Alias => vec![(top, true)],
            Kind::Map => Vec::new(),
            Kind::List => {
                let items = self.children(at, 0).into_iter();
                items.filter_map(|item| self.env_file_item(item)).collect()
            }
        };
        for (name, required) in named {
            let Some(path) = self.expanded(gather, name.scalar_text(), name.line) else {
                continue;
            };
            let folder = self.place.path.parent().unwrap_or(gather.root).to_owned();
            let place = gather.place(&folder, &path);
            let blind = gather.blind.len();
            let lines = dotenv::lines(gather, &place);
            if lines.is_none() && required && gather.blind.len() == blind {
                gather.blind(
                    &place,
                    format!("{} names it, and it is not there", self.source),
                );
            }
            let source = format!("{place} (env_file of {})", self.source);
            for line in lines.unwrap_or_default() {
                let at = At {
                    source: &source,
                    file: place.file.as_ref(),
                    line: Some(line.line),
                };
                gather.see(&line.name, line.value, at);
            }
        }
    }

    /// A path, or a map of `path` and `required`.
    fn env_file_item<'d>(&'d self, item: &'d Entry) -> Option<(&'d Entry, bool)> {
        let item = self.resolved(item)?;
        match item.kind {
            Kind::Scalar => Some((item, true)),
            Kind::Map => {
                let part = |name: &str| {
                    self.document
                        .get(&item.route.child(Segment::Key(name.to_owned())))
                };
                let optional = part("required").is_some_and(|r| r.value == Value::Bool(false));
                Some((part("path")?, !optional))
            }
            Kind::List | Kind::Alias => None,
        }
    }

    fn expanded(&self, gather: &mut Gather, text: &str, line: usize) -> Option<String> {
        match self.expand(text) {
            Ok(expanded) => Some(expanded.to_string()),
            Err(error) => {
                self.unclear(gather, line, &error);
                None
            }
        }
    }

    fn expand(&self, text: &str) -> Result<Expanded, ExpandError> {
        expand::expand(text, &|name| self.known.value(name))
    }

    fn unclear(&self, gather: &mut Gather, line: usize, error: &ExpandError) {
        gather.blind(&self.source, format!("line {line}: {error}"));
    }

    fn at(&self, line: usize) -> At<'_> {
        At {
            source: &self.source,
            file: self.place.file.as_ref(),
            line: Some(line),
        }
    }

    fn resolved<'d>(&'d self, entry: &'d Entry) -> Option<&'d Entry> {
        match &entry.target {
            Some(target) => self.document.get(target),
            None => Some(entry),
        }
    }

    /// What stands in a map or list, with what its merge keys (`<<`) bring and it has not itself.
    fn children(&self, at: &Route, merges: usize) -> Vec<&Entry> {
        let top = self.document.get(at).and_then(|top| self.resolved(top));
        let Some(top) = top.filter(|_| merges < MERGES_MAX) else {
            return Vec::new();
        };
        let own = |entry: &&Entry| entry.route.parent().as_ref() == Some(&top.route);
        let (merged, mut found): (Vec<&Entry>, Vec<&Entry>) = self
            .document
            .entries()
            .iter()
            .filter(own)
            .filter(|entry| entry.route != top.route)
            .partition(|entry| entry.route.last() == Some(&Segment::Key("<<".to_owned())));
        for merge in merged {
            let sources = match merge.kind {
                Kind::List => self.children(&merge.route, merges + 1),
                Kind::Map | Kind::Scalar | Kind::Alias => vec![merge],
            };
            for entry in sources
                .into_iter()
                .flat_map(|source| self.children(&source.route, merges + 1))
            {
                if !found
                    .iter()
                    .any(|known| known.route.last() == entry.route.last())
                {
                    found.push(entry);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::survey::{BlindSpot, Sighting, Variable},
        world::fake::FakeWorld,
    };
    use std::path::{Path, PathBuf};

    /// The entries of a YAML text, all on line 1; `*NAME` as a text stands for an alias of the
    /// top-level entry of that name.
    fn document(text: &str) -> Document {
        let value = serde_yaml::from_str(text).expect("YAML");
        let mut entries = Vec::new();
        add(&mut entries, Route::default(), &value);
        Document::new(entries)
    }

    fn add(entries: &mut Vec<Entry>, route: Route, value: &Value) {
        let alias = value.as_str().and_then(|text| text.strip_prefix('*'));
        entries.push(Entry {
            route: route.clone(),
            kind: match value {
                _ if alias.is_some() => Kind::Alias,
                Value::Object(_) => Kind::Map,
                Value::Array(_) => Kind::List,
                _ => Kind::Scalar,
            },
            line: 1,
            span: 0..0,
            text: value.to_string(),
            value: match value {
                Value::Object(_) | Value::Array(_) => Value::Null,
                scalar => scalar.clone(),
            },
            target: alias.map(Route::key),
        });
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    add(entries, route.child(Segment::Key(key.clone())), value);
                }
            }
            Value::Array(list) => {
                for (n, value) in list.iter().enumerate() {
                    add(entries, route.child(Segment::Index(n)), value);
                }
            }
            _ => {}
        }
    }

    fn seen(text: &str) -> (Vec<String>, Vec<BlindSpot>) {
        let (found, blind) = survey(text);
        let values = found.values().flat_map(|variable| {
            let line = |s: &Sighting| format!("{}={}", variable.name, s.value.expose());
            variable.sightings.iter().map(line).collect::<Vec<_>>()
        });
        (values.collect(), blind)
    }

    fn survey(text: &str) -> (BTreeMap<String, Variable>, Vec<BlindSpot>) {
        let world = FakeWorld::new().world();
        let mut gather = Gather::for_tests(&world, Path::new("/srv"));
        let place = Place {
            path: PathBuf::from("/srv/compose.yml"),
            file: RelPath::try_from("compose.yml").ok(),
        };
        let line = |(n, (name, value)): (usize, (&str, &str))| dotenv::Line {
            name: name.to_owned(),
            value: value.to_owned(),
            line: n + 1,
        };
        let lines = [("A", "a"), ("TOKEN", "t"), ("OLD", "o")].into_iter();
        let lines = lines.enumerate().map(line);
        let known = Known {
            shell: [("SHELL".to_owned(), "s".to_owned())].into(),
            lines: lines.map(|line| (line.name.clone(), line)).collect(),
            beside: gather.place(Path::new("/srv"), ".env"),
        };
        let document = document(text);
        of_document(&mut gather, &place, &document, "app", &known, true);
        (gather.found, gather.blind)
    }

    #[test]
    fn what_is_only_passed_on_is_seen_where_it_stands() {
        for (entry, source, line, stands) in [
            ("TOKEN", ".env", Some(2), Stands::Itself),
            ("TOKEN=$TOKEN", ".env", Some(2), Stands::Itself),
            ("TOKEN=${TOKEN:-weak}", ".env", Some(2), Stands::Itself),
            ("TOKEN=${TOKEN:?say}", ".env", Some(2), Stands::Itself),
            (
                "TOKEN=${OLD}",
                ".env (OLD, passed on by compose.yml)",
                Some(3),
                Stands::As("OLD".to_owned()),
            ),
            ("SHELL=${SHELL}", "this shell", None, Stands::Itself),
            (
                "NEW=${NEW:-weak}",
                "compose.yml (default)",
                Some(1),
                Stands::Default,
            ),
            (
                "NEW=${NEW}",
                "compose.yml (default)",
                Some(1),
                Stands::Default,
            ),
            (
                "NEW=x${TOKEN}",
                "compose.yml (service app)",
                Some(1),
                Stands::Itself,
            ),
            (
                "NEW=${GONE:-weak}",
                "compose.yml (service app)",
                Some(1),
                Stands::Itself,
            ),
        ] {
            let (found, blind) =
                survey(&format!("services: {{app: {{environment: ['{entry}']}}}}"));
            assert!(blind.is_empty(), "{entry}: {blind:?}");
            let variable = found.values().next().expect(entry);
            let [seen] = variable.sightings.as_slice() else {
                panic!("{entry}: {:?}", variable.sightings);
            };
            let told = (seen.source.as_str(), seen.line, &seen.stands);
            assert_eq!(told, (source, line, &stands), "{entry}");
        }
        let required = "services: {app: {environment: ['NEW=${NEW:?say}']}}";
        assert_eq!(seen(required), (Vec::new(), Vec::new()));
    }

    #[test]
    fn map_and_list_say_the_same() {
        let map =
            "services: {app: {environment: {X: '${A:-d}/${B:-d}', N: 5, TOKEN: null, GONE: null}}}";
        let list = "services: {app: {environment: ['X=${A:-d}/${B:-d}', N=5, TOKEN, GONE]}}";
        let expected = ["N=5", "TOKEN=t", "X=a/d"];
        assert_eq!(seen(map).0, expected);
        assert_eq!(seen(list).0, expected);
    }

    #[test]
    fn merged_and_aliased_maps_count_and_the_own_entry_wins() {
        let text =
            "common: {X: theirs, Y: y}\nservices: {app: {environment: {'<<': '*common', X: own}}}";
        assert_eq!(seen(text).0, ["X=own", "Y=y"]);
        let text = "common: {Y: y}\nservices: {app: {environment: '*common'}}";
        assert_eq!(seen(text).0, ["Y=y"]);
        let cycle = "a: {'<<': '*a'}\nservices: {app: {environment: '*a'}}";
        assert!(seen(cycle).0.is_empty());
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        for (text, why) in [
            ("services: {other: {}}", "has no service `app`"),
            ("services: {app: {extends: {service: x}}}", "extends"),
            (
                "services: {app: {environment: {X: '${B:?say}'}}}",
                "B is required",
            ),
            ("services: {app: {env_file: gone.env}}", "not there"),
            (
                "services: {app: {env_file: [{path: gone.env}]}}",
                "not there",
            ),
        ] {
            let (values, blind) = seen(text);
            assert!(values.is_empty(), "{text}");
            assert!(
                blind.len() == 1 && blind[0].why.contains(why),
                "{text}: {blind:?}"
            );
        }
        let optional = "services: {app: {env_file: [{path: gone.env, required: false}]}}";
        assert!(seen(optional).1.is_empty());
    }
}
