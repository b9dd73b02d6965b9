//! The virtual product: its variables and the texts of its files as the changes taken so far
//! leave them.
//!
//! Values that only the run knows stay templates (`{{input.NAME}}`); they are never judged.

use super::{Case, files::Files};
use crate::{
    edit::Format,
    model::{
        edit::{Edit, Op},
        finding::{FileChange, Place, ProposedChange, SourceLine},
        ids::InputName,
        path::RelPath,
        privacy::Privacy,
        route::Segment,
        rule::{EnvSource, Pack, WriteTo},
        survey::{Sighting, Stands, Variable},
        template::{Known, Template},
        text::Secret,
    },
    rules::{condition::Answers, path::PathHop},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct State<'a> {
    pub files: Files<'a>,
    variables: BTreeMap<String, Variable>,
    answers: &'a Answers,
    root: &'a str,
    /// The file a new variable is written to.
    pub write_to: &'a RelPath,
    /// Every file whose variables we write.
    dotenvs: BTreeSet<&'a RelPath>,
    pack: &'a Pack,
}

impl<'a> State<'a> {
    pub fn new(case: Case<'a>, answers: &'a Answers) -> Self {
        let WriteTo::Dotenv { file: write_to } = &case.pack.write_to;
        let dotenv = |source: &'a EnvSource| match source {
            EnvSource::Dotenv { file } => Some(file),
            EnvSource::Process {}
            | EnvSource::Service { .. }
            | EnvSource::Compose { .. }
            | EnvSource::Systemd { .. } => None,
        };
        let mut dotenvs: BTreeSet<_> = case.pack.environment.iter().filter_map(dotenv).collect();
        dotenvs.insert(write_to);
        Self {
            files: Files::new(&case.survey.files),
            variables: case.survey.variables.clone(),
            answers,
            root: &case.survey.root,
            write_to,
            dotenvs,
            pack: case.pack,
        }
    }

    fn sightings(&self, name: &str) -> &[Sighting] {
        self.variables.get(name).map_or(&[], |v| &v.sightings)
    }

    /// The value the product gets; an empty one counts as none.
    pub fn value(&self, name: &str) -> Option<&str> {
        let value = self.sightings(name).last()?.value.expose();
        (!value.is_empty()).then_some(value)
    }

    pub fn stands_somewhere(&self, name: &str) -> bool {
        !self.sightings(name).is_empty()
    }

    fn is_writable(&self, sighting: &Sighting) -> bool {
        self.dotenvs.iter().any(|file| sighting.stands_in(file))
    }

    /// The files of ours in which the variable stands, each once, the weakest first.
    pub fn files_with(&self, name: &str) -> Vec<RelPath> {
        let mut files: Vec<RelPath> = Vec::new();
        for sighting in self.sightings(name).iter().filter(|s| self.is_writable(s)) {
            if let Some(file) = &sighting.file
                && !files.contains(file)
            {
                files.push(file.clone());
            }
        }
        files
    }

    /// The source of the winning value, unless it is a file we write. Writing the variable
    /// elsewhere would not change what the product gets.
    pub fn winner_elsewhere(&self, name: &str) -> Option<String> {
        let winner = self.sightings(name).last()?;
        (!self.is_writable(winner)).then(|| place_words(winner))
    }

    /// The same, but `None` also for a default, which gives way to what we write.
    pub fn out_of_reach(&self, name: &str) -> Option<String> {
        let winner = self.sightings(name).last()?;
        let gives_way = winner.stands == Stands::Default;
        (!gives_way).then(|| self.winner_elsewhere(name))?
    }

    /// Whether the value of a name is a default, or only passes on the other name's value.
    pub fn is_stand_in(&self, name: &str, of: &str) -> bool {
        let stands = self.sightings(name).last().map(|winner| &winner.stands);
        match stands {
            Some(Stands::As(other)) => other == of,
            Some(Stands::Default) => true,
            Some(Stands::Itself) | None => false,
        }
    }

    /// Sources that are no files of ours, in words: `docker-compose.yml (service app)`.
    pub fn elsewhere(&self, name: &str) -> Vec<String> {
        let others = self.sightings(name).iter().filter(|s| !self.is_writable(s));
        others.map(place_words).collect()
    }

    /// The file to write the variable to: where its winning value stands, otherwise where new
    /// variables go.
    pub fn file_for(&self, name: &str) -> RelPath {
        let winner = self.sightings(name).last();
        let file = winner.filter(|s| self.is_writable(s));
        let file = file.and_then(|sighting| sighting.file.clone());
        file.unwrap_or_else(|| self.write_to.clone())
    }

    /// Whether the value, or a part of it, must not be seen.
    pub fn is_secret(&self, name: &str) -> bool {
        self.privacy(name) != Privacy::Open
    }

    fn privacy(&self, name: &str) -> Privacy {
        let seen = self.variables.get(name).map(|variable| variable.privacy);
        self.pack.privacy(name).max(seen.unwrap_or(Privacy::Open))
    }

    /// Where it stands now, the winner first.
    pub fn places(&self, name: &str) -> Vec<Place> {
        let place = |sighting: &Sighting| Place {
            file: match &sighting.file {
                Some(file) => file.to_string(),
                None => sighting.source.clone(),
            },
            line: sighting.line,
        };
        self.sightings(name).iter().rev().map(place).collect()
    }

    /// Every source of the variable, the weakest first.
    pub fn sources(&self, name: &str, secret: bool) -> Vec<SourceLine> {
        let sightings = self.sightings(name);
        let privacy = match secret {
            true => Privacy::Secret,
            false => self.privacy(name),
        };
        let line = |(n, sighting): (usize, &Sighting)| SourceLine {
            source: sighting.source.clone(),
            line: sighting.line,
            value: privacy.shown(&sighting.value),
            wins: n + 1 == sightings.len(),
        };
        sightings.iter().enumerate().map(line).collect()
    }

    /// Every file whose variables we write.
    pub fn dotenvs(&self) -> Vec<RelPath> {
        self.dotenvs.iter().map(|&file| file.clone()).collect()
    }

    /// Applies a change that a hop will make to the variables and files.
    pub fn follow(&mut self, change: &ProposedChange, hop: Option<&PathHop>) {
        self.files.follow(change);
        let FileChange::Edit(Edit {
            route, op, literal, ..
        }) = &change.what
        else {
            return;
        };
        let [Segment::Key(name)] = route.0.as_slice() else {
            return;
        };
        if change.format != Format::DOTENV || !self.dotenvs.contains(&change.file) {
            return;
        }
        match op {
            Op::Set { value } => {
                self.set(&change.file, name, self.written(value, *literal, hop));
            }
            Op::Default { value } => {
                if !self.files_with(name).contains(&change.file) {
                    self.set(&change.file, name, self.written(value, *literal, hop));
                }
            }
            Op::Rename { to } => self.rename(&change.file, name, to),
            Op::Remove => self.take_out(&change.file, name).clear(),
            Op::Rewrite { pattern, with } => {
                for sighting in self.in_file_mut(&change.file, name) {
                    let new = pattern.replace_all(sighting.value.expose(), with);
                    sighting.value = Secret::new(new.into_owned());
                }
            }
            // These make no sense for a line of a dotenv file.
            Op::Move { .. } | Op::Append { .. } | Op::Wrap(_) | Op::Replace { .. } => {}
        }
    }

    fn in_file_mut(&mut self, file: &RelPath, name: &str) -> impl Iterator<Item = &mut Sighting> {
        let sightings = self.variables.get_mut(name).map(|v| &mut v.sightings);
        let all = sightings.into_iter().flatten();
        all.filter(move |sighting| sighting.stands_in(file))
    }

    /// The text that the file will hold for this value.
    fn written(&self, value: &Value, literal: bool, hop: Option<&PathHop>) -> String {
        match value {
            Value::String(text) if literal => text.clone(),
            Value::String(template) => self.fill(template, hop),
            other => other.to_string(),
        }
    }

    fn set(&mut self, file: &RelPath, name: &str, text: String) {
        let mut stands = false;
        for sighting in self.in_file_mut(file, name) {
            sighting.value = Secret::new(text.as_str());
            stands = true;
        }
        if !stands {
            let sighting = Sighting {
                source: file.to_string(),
                file: Some(file.clone()),
                line: None,
                value: Secret::new(text),
                stands: Stands::Itself,
            };
            self.variable_mut(name).sightings.push(sighting);
        }
    }

    fn rename(&mut self, file: &RelPath, name: &str, to: &str) {
        let moved = self.take_out(file, name);
        let privacy = self.privacy(name);
        let variable = self.variable_mut(to);
        variable.privacy = variable.privacy.max(privacy);
        variable.sightings.extend(moved);
    }

    fn take_out(&mut self, file: &RelPath, name: &str) -> Vec<Sighting> {
        let Some(variable) = self.variables.get_mut(name) else {
            return Vec::new();
        };
        let here = |sighting: &Sighting| sighting.stands_in(file);
        let all = std::mem::take(&mut variable.sightings);
        let (out, rest) = all.into_iter().partition(here);
        variable.sightings = rest;
        out
    }

    fn variable_mut(&mut self, name: &str) -> &mut Variable {
        let known = self.variables.entry(name.to_owned());
        known.or_insert_with(|| Variable {
            name: name.to_owned(),
            privacy: Privacy::Open,
            sightings: Vec::new(),
        })
    }

    /// A template filled as far as it can be before the run; otherwise as it stands.
    fn fill(&self, source: &str, hop: Option<&PathHop>) -> String {
        let known = Known {
            root: Some(self.root),
            releases: hop.map(|hop| (&hop.from, &hop.to)),
            input: |name: &InputName| Some(self.answers.get(name)?.expose().to_owned()),
            env: |name: &str| Some(self.value(name)?.to_owned()),
        };
        let filled =
            Template::parse(source).map(|template| template.render(|name| known.get(name)));
        match filled {
            Ok(Ok(text)) => text,
            Ok(Err(_)) | Err(_) => source.to_owned(),
        }
    }
}

/// `docker-compose.yml (service app), line 31`
fn place_words(sighting: &Sighting) -> String {
    match sighting.line {
        Some(line) => format!("{}, line {line}", sighting.source),
        None => sighting.source.clone(),
    }
}

/// Whether only the run will know the value; such a value is not judged.
pub(super) fn is_pending(value: &str) -> bool {
    let later = ["{{input.", "{{env.", "{{backup}}"];
    later.iter().any(|place| value.contains(place))
}
