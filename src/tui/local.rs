//! The backend in this process: it connects the screens with `engine::session` and `engine::runs`.
//!
//! It keeps what the operator has said so far. Whenever the pack, a release or a target is chosen
//! anew, the product is surveyed again; decisions and answers that still apply are kept.

mod review;
mod start;

use super::backend::{Backend, InputView, OpenRun, ReviewView, Snippet, StartChoice, StartView};
use crate::{
    engine::{
        link::{
            front::{Attached, Front, Opened},
            handle::{Ask, Control, RunHandle},
        },
        report,
        runs::{self, RunError, Way},
        session::{Options, Session},
        undo_preview::{UndoPreview, WayBack},
    },
    model::{
        finding::Decision,
        ids::{InputName, RuleId, RunId, StepId},
        limits,
        plan::Answered,
        text::{Secret, last_lines, sanitize, with_causes},
    },
    run_state::RunState,
    world::{FileError, World},
};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::mpsc,
};

/// Lines kept of what a step printed before the run was opened here.
const PRINTED_LINES_MAX: usize = 1_000;
/// A limit, because the whole log may not fit into memory.
const PRINTED_BYTES_MAX: usize = limits::OUTPUT_END.bytes() as usize;

/// Opens a shell on the terminal in a folder, until it exits. The caller supplies it, since
/// processes are not available here.
pub type Shell = Box<dyn FnMut(&Path) -> Result<(), String> + Send>;

/// Rewrites the commands that a text names so that they work from any folder.
pub type Typed = Box<dyn Fn(&str) -> String + Send>;

pub struct Local {
    world: World,
    front: Front,
    options: Options,
    session: Option<Session>,
    /// The previous session, whose decisions and answers carry over.
    before: Option<Session>,
    shell: Shell,
    typed: Typed,
}

impl Local {
    pub fn new(front: Front, options: Options, shell: Shell, typed: Typed) -> Self {
        Self {
            world: front.world.clone(),
            front,
            options,
            session: None,
            before: None,
            shell,
            typed,
        }
    }

    /// Why no run was opened, in words for somebody at the screens.
    fn not_opened(&self, error: &RunError) -> String {
        match error {
            RunError::Unfinished { run, word } => format!(
                "run {run} of this product is not over ({word}), and nothing was started beside it: \
                 Start lists it, and Enter there opens it"
            ),
            _another => (self.typed)(&told(error)),
        }
    }

    fn session(&mut self) -> Result<&mut Session, String> {
        if self.session.is_none() {
            let opened = Session::open(self.world.clone(), self.options.clone());
            self.session = Some(opened.map_err(|error| told(&error))?);
        }
        self.session
            .as_mut()
            .ok_or_else(|| "the product has not been read yet".to_owned())
    }

    /// Tells the run how long it may wait, if the operator has set that.
    fn promise(&self, attached: &Attached) {
        if let Some(within) = self.options.confirm_within {
            let ask = Ask::ConfirmWithin(within);
            attached.handle.ask(ask, attached.state.seq);
        }
    }

    /// Writes a report. Another screen may write it at the same moment, so drift is retried once.
    fn keep(&self, path: &Path, text: &str) -> Result<(), FileError> {
        let files = &self.world.files;
        match files.replace_own(path, text.as_bytes()) {
            Err(FileError::Drift { .. }) => files.replace_own(path, text.as_bytes()),
            kept => kept,
        }
    }

    /// Opens a run only by its journal: no events will come.
    fn read(&self, run: &RunId) -> Result<Attached, RunError> {
        let (state, tail) = runs::look(&self.world, &self.options.state, run)?;
        let (_nobody, events) = mpsc::channel();
        Ok(Attached {
            handle: RunHandle::of_nobody(),
            events,
            state,
            control: Control::default(),
            damage: tail.damage(),
        })
    }
}

impl Backend for Local {
    fn look(&mut self) -> Result<StartView, String> {
        let (view, session) = start::look(&self.front, &self.options)?;
        self.before = self.session.take().or_else(|| self.before.take());
        self.session = session;
        if let (Some(session), Some(before)) = (&mut self.session, &self.before) {
            session.say_again(before);
        }
        Ok(view)
    }

    fn choose(&mut self, choice: StartChoice) -> Result<StartView, String> {
        match choice {
            StartChoice::Pack(id) => self.options.product = Some(id),
            StartChoice::Running(release) => self.options.from = Some(release.to_string()),
            StartChoice::Target(release) => self.options.to = Some(release.to_string()),
            StartChoice::Variant { name, choice } => {
                self.options
                    .answers
                    .variants
                    .insert(name.clone(), choice.clone());
                if let Some(session) = &mut self.session {
                    session.variants.insert(name, choice);
                }
            }
        }
        self.look()
    }

    fn review(&mut self) -> Result<ReviewView, String> {
        Ok(review::view(self.session()?))
    }

    fn decide(&mut self, rule: &RuleId, decision: Decision) -> Result<ReviewView, String> {
        let session = self.session()?;
        session
            .decide(rule, decision)
            .map_err(|error| told(&error))?;
        Ok(review::view(session))
    }

    fn inputs(&mut self) -> Result<Vec<InputView>, String> {
        let session = self.session()?;
        let answers = session.all_answers();
        let asked = session.assessment().inputs.iter();
        Ok(asked
            .map(|asked| review::input(session, asked, answers.get(&asked.name)))
            .collect())
    }

    fn try_answer(&mut self, name: &InputName, value: &Secret) -> Vec<String> {
        match self
            .session()
            .map(|session| session.faults(name, value.expose()))
        {
            Ok(Ok(faults)) => faults,
            Ok(Err(error)) => vec![told(&error)],
            Err(error) => vec![error],
        }
    }

    fn answer(&mut self, name: &InputName, value: Secret) -> Vec<String> {
        let faults = self.try_answer(name, &value);
        if !faults.is_empty() {
            return faults;
        }
        let answered = self.session().and_then(|session| {
            session
                .answer(name, value, Answered::Given)
                .map_err(|error| told(&error))
        });
        answered.err().into_iter().collect()
    }

    fn generate(&mut self, name: &InputName) -> Result<(), String> {
        self.session()?.generate(name).map_err(|error| told(&error))
    }

    fn start_run(&mut self) -> Result<Attached, String> {
        let session = self.session()?;
        let plan = session.plan().map_err(|error| told(&error))?;
        if let Some(why) = session.why_stale(&plan).map_err(|error| told(&error))? {
            return Err(format!("{why}: it is now read and planned again"));
        }
        let worker = session.start(plan, Box::new(|_| {}));
        let attached = worker.and_then(|worker| self.front.hand_over(worker));
        let attached = attached.map_err(|error| self.not_opened(&error))?;
        self.promise(&attached);
        Ok(attached)
    }

    fn open_run(&mut self, run: &RunId, how: OpenRun) -> Result<Attached, String> {
        let (world, state_dir) = (&self.world, &self.options.state);
        let going = |way: Way| {
            let nobody = || Box::new(|_| {});
            let take_up = || runs::take_up(world, state_dir, run, nobody(), way);
            self.front.open(run, take_up).map(Opened::attached)
        };
        let opened = match how {
            OpenRun::Resume => going(Way::On),
            OpenRun::RollBack => going(Way::Back),
            OpenRun::Emergency => going(Way::Release),
            OpenRun::Watch => match self.front.attach(run, true) {
                Ok(None) => self.read(run),
                Ok(Some(attached)) => Ok(attached),
                Err(error) => Err(error),
            },
            OpenRun::Report => self.read(run),
        };
        let attached = opened.map_err(|error| self.not_opened(&error))?;
        if how == OpenRun::Resume {
            self.promise(&attached);
        }
        Ok(attached)
    }

    fn printed(&mut self, run: &RunId, step: &StepId) -> Vec<String> {
        let log = self.options.state.run(run).output(step);
        // An unreadable log is no reason to bother anybody: all output is in the folder of the run.
        let Ok(Some(end)) = self.world.files.read_end(&log, PRINTED_BYTES_MAX as u64) else {
            return Vec::new();
        };
        let text = String::from_utf8_lossy(&end);
        // The first line may be cut off at its beginning.
        let whole = match end.len() {
            ..PRINTED_BYTES_MAX => &*text,
            _ => text.split_once('\n').map_or("", |(_, lines)| lines),
        };
        let last = last_lines(whole, PRINTED_LINES_MAX);
        last.into_iter().map(sanitize).collect()
    }

    fn left_over(&mut self, state: &RunState) -> Option<Vec<u32>> {
        runs::left_over(&self.world, &self.options.state, state)
    }

    fn changes(&mut self, run: &RunId) -> Result<Option<Vec<Snippet>>, String> {
        let kept = runs::kept_changes(&self.world, &self.options.state, run);
        let kept = kept.map_err(|error| told(&error))?;
        Ok(kept.map(|files| {
            let whole = |file| review::whole(file, &|_| true);
            files.into_iter().map(whole).collect()
        }))
    }

    fn undo_preview(&mut self, state: &RunState, back: WayBack) -> Result<UndoPreview, String> {
        runs::undo_preview(&self.world, &self.options.state, state, back)
            .map_err(|error| told(&error))
    }

    fn export_answers(&mut self) -> Result<PathBuf, String> {
        let text = self.session()?.answers_file();
        let folder = self.options.state.path().to_owned();
        let files = &self.world.files;
        let path = folder.join("answers.yaml");
        let write = || {
            files.make_dir(&folder)?;
            files.replace_own(&path, text.as_bytes())
        };
        write().map_err(|error| told(&error))?;
        Ok(path)
    }

    fn report(&mut self, state: &RunState, keeps: bool) -> Result<String, String> {
        let folder = self.options.state.run(&state.run);
        // Damage is said first, so that nobody takes the report for all of it.
        let looked = runs::look(&self.world, &self.options.state, &state.run).ok();
        let damage = looked.and_then(|(_, tail)| tail.damage());
        let damage = damage.as_deref();
        let not_kept = || report::markdown(state, folder.path(), damage);
        if !keeps {
            return Ok(not_kept());
        }
        let file = folder.report();
        let text = report::to_keep(state, folder.path(), damage, &file);
        Ok(match self.keep(&file, &text) {
            Ok(()) => text,
            Err(error) => {
                let text = not_kept();
                format!("{text}\nThis report could not be kept: {}\n", told(&error))
            }
        })
    }

    fn shell(&mut self) -> Result<(), String> {
        (self.shell)(&self.options.root)
    }
}

/// An error with its causes, sanitized for the screen.
fn told(error: &dyn Error) -> String {
    sanitize(&with_causes(error))
}
