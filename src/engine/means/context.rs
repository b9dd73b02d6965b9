//! What a run's steps and checks may use: the world, the plan, answers and present variables, and
//! the filling of templates from them. It starts nothing and records nothing.

use crate::{
    engine::store::{
        copies::{Copies, copy_of},
        run_dir::RunDir,
    },
    model::{
        address::{self, Address},
        ids::InputName,
        limits,
        path::RelPath,
        plan::Plan,
        record::{Saved, SavedDatabase},
        rule::{Database, Run},
        survey::Variable,
        template::{Name, Template},
        text::{Secret, sanitize},
        units::Span,
    },
    redact::{Redactor, beside_name},
    rules::{mask, pack::LoadedPack},
    world::{Cancel, Command, Wanted, World, survey},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

/// An environment variable of every command of a run, by which a command is recognised even after
/// it has outlived its worker.
pub const MARK: &str = "SWITCHBACK_RUN";
const RUN_TIMEOUT: Span = Span::from_secs(300);

#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    #[error("the plan knows no database `{name}`; plan again")]
    NoDatabase { name: String },
    #[error("the database `{name}`: {why}")]
    BadAddress { name: String, why: String },
    #[error("`{{{{{name}}}}}` has no value; give it with an answers file or --set")]
    NoValue { name: Name },
    #[error("the product's variables could not be read")]
    Survey(#[from] survey::SurveyError),
}

/// All known secrets, and the redactor that removes them from texts.
struct Known {
    secrets: Vec<Secret>,
    redactor: Redactor,
}

impl Known {
    fn of(secrets: Vec<Secret>) -> RwLock<Arc<Self>> {
        let redactor = Redactor::new(secrets.iter().cloned());
        RwLock::new(Arc::new(Self { secrets, redactor }))
    }
}

/// A context as one step or check uses it: for its hop, and until it is cancelled.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub context: &'a Context,
    pub hop: usize,
    pub cancel: &'a Cancel,
}

impl Scope<'_> {
    pub fn fill(&self, template: &Template) -> Result<String, ContextError> {
        self.context.fill(template, self.hop)
    }
}

pub struct Context {
    pub world: World,
    pub dir: RunDir,
    pub plan: Arc<Plan>,
    pub pack: LoadedPack,
    pub root: PathBuf,
    pub answers: BTreeMap<InputName, Secret>,
    /// What must not appear anywhere; a step may create more of it.
    known: RwLock<Arc<Known>>,
    /// SQLite files by the name of their database, where the backup found which one is in use.
    pub places: BTreeMap<String, PathBuf>,
    /// Key counts at the time of the backup: by database name, then by pattern.
    pub keys_before: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Context {
    pub fn new(
        world: World,
        dir: RunDir,
        plan: Arc<Plan>,
        pack: LoadedPack,
        mut answers: BTreeMap<InputName, Secret>,
    ) -> Result<Self, ContextError> {
        for (name, input) in &plan.inputs {
            if let Some(value) = &input.value {
                answers
                    .entry(name.clone())
                    .or_insert_with(|| Secret::new(value.clone()));
            }
        }
        let root = PathBuf::from(&plan.root);
        let context = Self {
            world,
            dir,
            plan,
            pack,
            root,
            answers,
            known: Known::of(Vec::new()),
            places: BTreeMap::new(),
            keys_before: BTreeMap::new(),
        };
        context.hide(context.secrets_now()?);
        Ok(context)
    }

    pub fn scope<'a>(&'a self, hop: usize, cancel: &'a Cancel) -> Scope<'a> {
        Scope {
            context: self,
            hop,
            cancel,
        }
    }

    /// Hides from now on what has become secret since, by a step or by somebody else; old secrets
    /// stay hidden. If they cannot be read nothing is added.
    pub fn learn(&self) {
        self.hide(self.secrets_now().unwrap_or_default());
    }

    fn hide(&self, secrets: Vec<Secret>) {
        let known = self.known();
        let mut all = known.secrets.clone();
        for secret in beside_name(secrets, &self.pack.pack.product) {
            if !all.contains(&secret) {
                all.push(secret);
            }
        }
        if all.len() > known.secrets.len() {
            let redactor = Redactor::new(all.iter().cloned());
            let secrets = all;
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            *known = Arc::new(Known { secrets, redactor });
        }
    }

    fn known(&self) -> Arc<Known> {
        let known = self.known.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The secrets, for code that writes down what a command prints.
    pub fn secrets(&self) -> Vec<Secret> {
        self.known().secrets.clone()
    }

    /// Answers that are secret, the product's secret variables, what stands at the secret keys of its
    /// configuration, and the passwords of its databases.
    fn secrets_now(&self) -> Result<Vec<Secret>, ContextError> {
        let secret_inputs = self
            .answers
            .iter()
            .filter(|(name, _)| self.plan.inputs.get(*name).is_none_or(|input| input.secret));
        let mut known: Vec<Secret> = secret_inputs.map(|(_, value)| value.clone()).collect();
        known.extend(self.variables()?.values().flat_map(Variable::hidden));
        known.extend(self.in_files(|file| file.under(&self.root)));
        known.extend(self.database_passwords());
        Ok(known)
    }

    /// What is secret in the product's files, or in their copies, as they are now.
    fn in_files(&self, place: impl Fn(&RelPath) -> PathBuf) -> Vec<Secret> {
        let hops = self.plan.hops.iter();
        let hops: Vec<_> = hops.filter_map(|hop| self.pack.hop(&hop.file)).collect();
        let steps = self.plan.all_steps();
        let edited: Vec<_> = steps.filter_map(|step| step.body.file()).collect();
        mask::in_texts(&self.pack.pack, &hops, &edited, |file| {
            let files = &self.world.files;
            let content = files.read(&place(file), limits::TEXT_FILE.bytes());
            String::from_utf8(content.ok()??.bytes).ok()
        })
    }

    /// Passwords as they appear inside addresses: decoded and on their own.
    fn database_passwords(&self) -> Vec<Secret> {
        let names = self.plan.databases.keys();
        let addresses = names.filter_map(|name| self.database(name, 0).ok());
        let password = |address| match address {
            Address::Postgres(server) | Address::Redis(server) => server.password,
            Address::Sqlite(_) => None,
        };
        addresses.filter_map(password).collect()
    }

    /// The current address of a database of the plan.
    pub fn database(&self, name: &str, hop: usize) -> Result<Address, ContextError> {
        let Some(database) = self.plan.databases.get(name) else {
            let name = name.to_owned();
            return Err(ContextError::NoDatabase { name });
        };
        let bad = |why| ContextError::BadAddress {
            name: name.to_owned(),
            why,
        };
        if let (Database::Sqlite(_), Some(place)) = (database, self.places.get(name)) {
            return Ok(Address::Sqlite(place.clone()));
        }
        match address::of(database, &self.root, &|template| self.fill(template, hop))? {
            Ok(Address::Sqlite(file)) => {
                let real = self.world.files.real(&file);
                real.map(Address::Sqlite)
                    .map_err(|error| bad(error.to_string()))
            }
            other => other.map_err(bad),
        }
    }

    /// From now on, SQLite databases are where their backup found them, and keys are compared with
    /// their counts at that time. What the run has replaced since stays hidden: the product may
    /// still print it, and it comes back with a way back.
    pub fn found(&mut self, saved: &[Saved]) {
        let backup = self.dir.backup();
        self.hide(self.in_files(|file| copy_of(&backup, file.as_str())));
        for saved in saved {
            if let Saved::Database(SavedDatabase {
                name, place, keys, ..
            }) = saved
            {
                let place = place.as_ref().map(PathBuf::from);
                self.places.extend(place.map(|place| (name.clone(), place)));
                self.keys_before.insert(name.clone(), keys.clone());
            }
        }
    }

    /// The product's variables as they are on disk now.
    fn variables(&self) -> Result<BTreeMap<String, Variable>, ContextError> {
        Ok(survey::variables(&self.world, &self.pack, &self.root)?.0)
    }

    /// Makes a text fit for screens and logs: no secrets, no control characters.
    pub fn clean(&self, text: &str) -> String {
        sanitize(&self.known().redactor.redact(text))
    }

    /// Fills a template for one hop.
    pub fn fill(&self, template: &Template, hop: usize) -> Result<String, ContextError> {
        self.fill_as(template, hop, |value| value)
    }

    /// The same, with each value converted by `form` to what its place needs.
    pub fn fill_as(
        &self,
        template: &Template,
        hop: usize,
        form: impl Fn(String) -> String,
    ) -> Result<String, ContextError> {
        let wants_variables = template.names().any(|name| matches!(name, Name::Env(_)));
        let variables = if wants_variables {
            self.variables()?
        } else {
            BTreeMap::new()
        };
        let plan = &self.plan;
        let of_hop = plan.hops.get(hop);
        let value = |name: &Name| match name {
            Name::Input(name) => self
                .answers
                .get(&InputName::from(name.as_str()))
                .map(|v| v.expose().to_owned()),
            Name::Env(name) => {
                let sighting = variables.get(name)?.effective()?;
                Some(sighting.value.expose().to_owned())
            }
            Name::Root => Some(plan.root.clone()),
            Name::Backup => Some(self.dir.backup().to_string_lossy().into_owned()),
            Name::Stage(_) => None,
            Name::From => Some(of_hop.map_or(&plan.from, |hop| &hop.from).to_string()),
            Name::To => Some(of_hop.map_or(&plan.to, |hop| &hop.to).to_string()),
        };
        template
            .render(|name| value(name).map(&form))
            .map_err(|name| ContextError::NoValue { name })
    }

    /// The environment variable that marks this run's commands.
    pub fn mark(&self) -> (String, Secret) {
        (MARK.to_owned(), Secret::new(self.dir.name()))
    }

    /// A command ready to run, with templates filled and only the environment that the rule allows.
    pub fn command(&self, run: &Run, hop: usize) -> Result<Command, ContextError> {
        // What is meant to keep running after its command must not count as left over.
        let mark = (!run.leaves_running).then(|| self.mark());
        let mut env: BTreeMap<String, Secret> = mark.into_iter().collect();
        if !run.pass.is_empty() {
            for (name, variable) in self.variables()? {
                if let Some(sighting) = variable.effective().filter(|_| run.passes(&name)) {
                    env.insert(name, sighting.value.clone());
                }
            }
        }
        for (name, value) in &run.env {
            env.insert(name.clone(), Secret::new(self.fill(value, hop)?));
        }
        let argv: Result<Vec<String>, _> = run
            .command
            .iter()
            .map(|part| self.fill(part, hop))
            .collect();
        let below = |path: &RelPath| path.under(&self.root);
        Ok(Command {
            argv: argv?,
            dir: run.dir.as_ref().map_or_else(|| self.root.clone(), below),
            env,
            path: run.path.iter().map(below).collect(),
            stdin: match &run.stdin {
                Some(text) => Some(Secret::new(self.fill(text, hop)?)),
                None => None,
            },
            timeout: run.timeout.unwrap_or(RUN_TIMEOUT).duration(),
            stop: run.stop.unwrap_or_default(),
            leaves_running: run.leaves_running,
            never: run.expect.as_ref().and_then(|expect| expect.never.clone()),
            wanted: run
                .expect
                .as_ref()
                .map_or_else(Wanted::default, |expect| Wanted {
                    stdout: expect.stdout.clone(),
                    stderr: expect.stderr.clone(),
                }),
            pieces: false,
        })
    }

    /// The copies of the product's files in this run's backup.
    pub fn copies<T>(&self, with: impl FnOnce(Copies<'_>) -> T) -> T {
        with(Copies {
            files: &*self.world.files,
            root: &self.root,
            folder: &self.dir.backup(),
        })
    }

    /// A path for display, relative if it is below the root.
    pub fn name_of(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    }
}
