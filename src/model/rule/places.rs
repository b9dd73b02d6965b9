//! Where actions and probes stand: one place to ask for whatever concerns all of them.
//!
//! Types that may hold one are destructured field by field, so that a new field, or a new kind of
//! action or probe, does not compile until it is considered here.

use super::{
    action::{Action, Wait},
    change::{ConfigRule, EditFile, Then},
    check::{Check, Probe},
    compound::{Flag, Stage, Stages},
    hop::{BackupCommand, BackupRule, Hint, Hop, Step, numbered},
};
use crate::model::route::Route;

/// All actions and probes of something, including nested ones.
#[derive(Clone, Debug, Default)]
pub struct Places<'r> {
    pub actions: Vec<Acting<'r>>,
    pub probes: Vec<Asked<'r>>,
}

#[derive(Clone, Debug)]
pub struct Acting<'r> {
    pub route: Route,
    pub action: &'r Action,
    pub by: Acts,
}

/// What causes an action to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    Step,
    Undo,
    /// A file that was changed, or put back.
    Then,
    /// The operator, with a single key.
    Fix,
}

#[derive(Clone, Debug)]
pub struct Asked<'r> {
    pub route: Route,
    pub probe: &'r Probe,
    pub by: Asks,
}

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// It is a check, or a part of one.
    Check,
    /// Shows that a backup can be read back.
    Backup,
    /// Decides whether a step is skipped, or whether one that was broken off counts as done.
    DoneIf,
    /// It is waited for.
    Until,
}

impl<'r> Places<'r> {
    pub fn of_hop(hop: &'r Hop) -> Self {
        let Hop {
            config,
            backup,
            hints,
            // Their steps and checks are asked for below, all at once.
            checklist: _,
            before: _,
            apply: _,
            verify: _,
            rollback: _,
            emergency: _,
            schema: _,
            from: _,
            to: _,
            title: _,
            include: _,
            notes: _,
            inputs: _,
            environment: _,
            watch: _,
            usages: _,
        } = hop;
        let mut places = Self::default();
        for (here, rule) in numbered(Route::key("config"), config) {
            places.config(&here, rule);
        }
        for (here, check) in hop.checks_at() {
            places.check(&here, check);
        }
        for (here, rule) in numbered(Route::key("backup"), backup) {
            places.backup(&here, rule);
        }
        for (here, step) in hop.steps_at() {
            places.step(&here, step);
        }
        for (here, hint) in numbered(Route::key("hints"), hints) {
            let Hint {
                fix,
                error: _,
                remedy: _,
                cites: _,
            } = hint;
            places.actions(&here.at("fix"), fix.as_ref(), Acts::Fix);
        }
        places
    }

    fn config(&mut self, here: &Route, rule: &'r ConfigRule) {
        let then = match rule {
            ConfigRule::Edit(EditFile {
                then,
                file: _,
                format: _,
                optional: _,
                when: _,
                changes: _,
            }) => then.as_deref(),
            ConfigRule::Create(_) | ConfigRule::Replace(_) | ConfigRule::Merge(_) => None,
        };
        let action = then.map(|Then { action, test: _ }| action);
        let here = here.at("edit").at("then").at("do");
        self.actions(&here, action, Acts::Then);
    }

    pub fn check(&mut self, here: &Route, check: &'r Check) {
        let Check {
            probe,
            fix,
            id: _,
            title: _,
            level: _,
            because: _,
            remedy: _,
            in_a_row: _,
            when: _,
            cites: _,
            doubt: _,
        } = check;
        self.probe(here.at("probe"), probe, Asks::Check);
        self.actions(&here.at("fix"), fix.as_ref(), Acts::Fix);
    }

    fn backup(&mut self, here: &Route, rule: &'r BackupRule) {
        let verify = match rule {
            BackupRule::Command(command) => {
                let BackupCommand {
                    verify,
                    id: _,
                    title: _,
                    run: _,
                    produces: _,
                    restore: _,
                    when: _,
                    cites: _,
                    doubt: _,
                } = &**command;
                verify
            }
            BackupRule::Files { .. } | BackupRule::Database(_) => return,
        };
        self.probe(here.at("command").at("verify"), verify, Asks::Backup);
    }

    fn step(&mut self, here: &Route, step: &'r Step) {
        let Step {
            action,
            done_if,
            undo,
            id: _,
            title: _,
            undo_by_restore: _,
            undone_by: _,
            harmless: _,
            stays: _,
            idempotent: _,
            irreversible: _,
            because: _,
            when: _,
            cites: _,
            doubt: _,
        } = step;
        self.actions(&here.at("do"), Some(action), Acts::Step);
        self.actions(&here.at("undo"), undo.as_ref(), Acts::Undo);
        if let Some(done) = done_if {
            self.probe(here.at("done_if"), done, Asks::DoneIf);
        }
    }

    fn actions(&mut self, here: &Route, action: Option<&'r Action>, by: Acts) {
        if let Some(action) = action {
            self.action(here.clone(), action, by);
        }
    }

    /// Adds an action and its probes.
    pub fn action(&mut self, route: Route, action: &'r Action, by: Acts) {
        match action {
            Action::Wait(Wait {
                until,
                every: _,
                limit: _,
                in_a_row: _,
            }) => {
                self.probe(route.at("wait").at("until"), until, Asks::Until);
            }
            // A flag waits for its check.
            Action::Flag(Flag {
                check,
                name: _,
                value: _,
                service: _,
                ask: _,
            }) => {
                self.probe(route.at("flag").at("check"), check, Asks::Until);
            }
            Action::Stage(Stages { stages, run: _ }) => {
                let list = route.at("stage").at("stages");
                for (here, stage) in numbered(list, stages) {
                    let Stage {
                        done_if,
                        name: _,
                        title: _,
                        with: _,
                        args: _,
                        require: _,
                        progress: _,
                        gate: _,
                        harmless: _,
                        because: _,
                        cites: _,
                        doubt: _,
                    } = stage;
                    if let Some(done) = done_if {
                        self.probe(here.at("done_if"), done, Asks::DoneIf);
                    }
                }
            }
            Action::Run(_)
            | Action::Http(_)
            | Action::Ask(_)
            | Action::Start(_)
            | Action::Stop(_)
            | Action::Restart(_)
            | Action::Switch(_)
            | Action::Checkout(_)
            | Action::Sql(_)
            | Action::SqlFile(_)
            | Action::Migrate(_) => {}
        }
        self.actions.push(Acting { route, action, by });
    }

    /// Adds a probe and those inside it.
    pub fn probe(&mut self, route: Route, probe: &'r Probe, by: Asks) {
        match probe {
            Probe::All(parts) => self.parts(route.at("all"), parts, by),
            Probe::Any(parts) => self.parts(route.at("any"), parts, by),
            Probe::Not(inner) => self.probe(route.at("not"), inner, by),
            Probe::Manual { .. }
            | Probe::Command(_)
            | Probe::Http(_)
            | Probe::File { .. }
            | Probe::Port { .. }
            | Probe::Service(_)
            | Probe::Metrics(_)
            | Probe::Tool(_)
            | Probe::Disk { .. }
            | Probe::Variable { .. }
            | Probe::Release { .. }
            | Probe::Sql(_)
            | Probe::Keys(_)
            | Probe::Schema(_)
            | Probe::Applied(_)
            | Probe::ShellTimeout {}
            | Probe::Clock {} => {}
        }
        self.probes.push(Asked { route, probe, by });
    }

    fn parts(&mut self, list: Route, parts: &'r [Probe], by: Asks) {
        for (here, part) in numbered(list, parts) {
            self.probe(here, part, by);
        }
    }
}
