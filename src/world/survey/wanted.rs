//! Which files and folders the rules name. Files that checks look at are not included: a check
//! looks itself, at its own time, and changes in them must not make a plan stale.

use crate::model::{
    glob::Glob,
    path::RelPath,
    rule::{
        Action, BackupRule, Condition, ConfigRule, DetectProbe, EnvSource, Hop, Pack, Step, WriteTo,
    },
};
use crate::rules::migrations;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub struct Wanted {
    pub files: BTreeSet<RelPath>,
    /// Of `files`, those that a rule may change.
    pub written: BTreeSet<RelPath>,
    pub globs: Vec<Glob>,
    pub written_globs: Vec<Glob>,
    /// Globs of files that are only backed up: rules only need to know that these exist.
    pub kept_globs: Vec<Glob>,
    pub dirs: BTreeSet<RelPath>,
    /// Names of programs, each with folders below the root that are searched first.
    pub programs: BTreeSet<(String, Vec<RelPath>)>,
    pub variables: BTreeSet<String>,
}

impl Wanted {
    pub fn of_pack(pack: &Pack) -> Self {
        let mut wanted = Self::default();
        wanted.add_condition(&pack.recognise);
        for detect in &pack.detect {
            match &detect.probe {
                DetectProbe::File { path, .. } => wanted.add_file(path),
                DetectProbe::If { condition, .. } => wanted.add_condition(condition),
                DetectProbe::Command { .. } | DetectProbe::Http { .. } => {}
            }
        }
        for source in &pack.environment {
            match source {
                EnvSource::Dotenv { file } => wanted.add_written(file),
                EnvSource::Compose { file, when, .. } => {
                    wanted.add_file(file);
                    wanted.add_when(when.as_ref());
                }
                EnvSource::Systemd { when, .. } => wanted.add_when(when.as_ref()),
                EnvSource::Process {} | EnvSource::Service { .. } => {}
            }
        }
        let WriteTo::Dotenv { file } = &pack.write_to;
        wanted.add_written(file);
        for variant in pack.variants.values().flatten() {
            wanted.add_condition(&variant.when);
        }
        for input in pack.inputs.values() {
            wanted.add_when(input.when.as_ref());
        }
        for way in pack.services.values().flat_map(|service| &service.ways) {
            wanted.add_when(way.when.as_ref());
        }
        wanted
    }

    pub fn add_hop(&mut self, hop: &Hop) {
        hop.conditions().for_each(|when| self.add_condition(when));
        for input in hop.inputs.values() {
            self.add_when(input.when.as_ref());
        }
        hop.config.iter().for_each(|rule| self.add_config(rule));
        for rule in &hop.backup {
            match rule {
                BackupRule::Files { files, .. } => self.kept_globs.extend(files.iter().cloned()),
                BackupRule::Command(_) | BackupRule::Database(_) => {}
            }
        }
        hop.steps().for_each(|step| self.add_step(step));
    }

    pub fn add_condition(&mut self, condition: &Condition) {
        for leaf in condition.leaves() {
            match leaf {
                Condition::File { path, .. } => self.add_file(path),
                Condition::Dir(path) => {
                    self.dirs.insert(path.clone());
                }
                Condition::Program(program) => {
                    let wanted = (program.name.clone(), program.path.clone());
                    self.programs.insert(wanted);
                }
                Condition::Set(name) => {
                    self.variables.insert(name.clone());
                }
                Condition::Input { .. }
                | Condition::Variant(_)
                | Condition::All(_)
                | Condition::Any(_)
                | Condition::Not(_) => {}
            }
        }
    }

    fn add_when(&mut self, when: Option<&Condition>) {
        if let Some(condition) = when {
            self.add_condition(condition);
        }
    }

    fn add_file(&mut self, path: &RelPath) {
        self.files.insert(path.clone());
    }

    fn add_written(&mut self, path: &RelPath) {
        self.files.insert(path.clone());
        self.written.insert(path.clone());
    }

    fn add_config(&mut self, rule: &ConfigRule) {
        match rule {
            ConfigRule::Edit(edit) => self.add_written(&edit.file),
            ConfigRule::Create(create) => self.add_written(&create.file),
            ConfigRule::Merge(merge) => self.add_written(&merge.file),
            ConfigRule::Replace(replace) => self.written_globs.push(replace.files.clone()),
        }
    }

    fn add_step(&mut self, step: &Step) {
        match &step.action {
            Action::Migrate(rule) => {
                self.globs.push(migrations::glob(rule));
                for known in &rule.known {
                    let file = format!("{}/{}", rule.folder, known.file);
                    self.files.extend(RelPath::try_from(file));
                }
            }
            Action::SqlFile(rule) => self.add_file(&rule.file),
            Action::Switch(switch) => self.add_written(&switch.file),
            Action::Run(_)
            | Action::Http(_)
            | Action::Wait(_)
            | Action::Ask(_)
            | Action::Start(_)
            | Action::Stop(_)
            | Action::Restart(_)
            | Action::Stage(_)
            | Action::Flag(_)
            | Action::Checkout(_)
            | Action::Sql(_) => {}
        }
        if let Some(Action::SqlFile(undo)) = &step.undo {
            self.add_file(&undo.file);
        }
    }
}
