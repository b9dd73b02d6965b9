//! The results of a session: notes, the changes to files, the plan and its run.

use super::{Session, SessionError, given_answers, running_release};
use crate::{
    engine::{
        link::handle::Sink,
        runs::{self, RunError},
        worker::Worker,
    },
    model::{
        ids::{InputName, RuleId},
        plan::{Plan, Signed},
        release::Release,
        rule::Note,
        survey::Survey,
    },
    rules::{
        assess,
        compose::{self, PlanError, Seal},
        condition::Answers,
        drift::drift,
        overlay,
        preview::{self, FilePreview, Piece},
        source::Origin,
    },
    run_state::may_promise,
    world::survey,
};
use std::collections::BTreeMap;

impl Session {
    /// A note on the rules that are from this site and not from the pack's vendor, if any.
    pub fn of_this_site(&self) -> Option<Note> {
        overlay::note(&self.source.origin)
    }

    /// Who signed the pack, if it is trusted for that.
    pub fn signed(&self) -> Option<&Signed> {
        match &self.source.origin {
            Origin::Signed { by, .. } => Some(by),
            Origin::Bundled(_) | Origin::Folder(_) | Origin::Overlaid { .. } => None,
        }
    }

    pub fn notes(&self) -> Vec<Note> {
        let notes = compose::notes_of(self.case());
        self.of_this_site().into_iter().chain(notes).collect()
    }

    /// The new contents of each file that changes.
    pub fn previews<S>(&self, see: impl Fn(FilePreview) -> S) -> Vec<S> {
        preview::preview(self.case(), self.assessment(), see)
    }

    /// What each finding would change in its files, whether or not it is taken.
    pub fn pieces<S>(&self, see: impl Fn(Piece) -> Option<S>) -> BTreeMap<RuleId, Vec<S>> {
        preview::pieces(self.case(), self.assessment(), see)
    }

    pub fn plan(&self) -> Result<Plan, PlanError> {
        let who = self.world.system.who();
        let key = self.options.state.key_or_none_to_keep(&self.world);
        let seal = Seal {
            program: crate::VERSION,
            pack: &self.pack.digest,
            host: &who.host,
            key: &key,
            how: &self.how,
        };
        let mut plan = compose::make_plan(self.case(), self.assessment(), &seal)?;
        plan.signed = self.signed().cloned();
        plan.notes.splice(0..0, self.of_this_site());
        Ok(plan)
    }

    /// What has changed between a plan and the product as this session has read it.
    pub fn drift(&self, plan: &Plan) -> Result<Vec<String>, SessionError> {
        self.drift_to(plan, &self.survey, &self.path.from)
    }

    /// Why a plan no longer fits the product as it is now: a screen may have been open for days.
    pub fn why_stale(&self, plan: &Plan) -> Result<Option<String>, SessionError> {
        let (options, answers) = (&self.options, given_answers(&self.options));
        let state = options.state.path();
        let now = survey::take(&self.world, &self.pack, &options.root, state, &answers)?;
        let from = running_release(&self.pack, &now, options.from.as_deref())?;
        let changed = self.drift_to(plan, &now, &from)?;
        let why = || format!("since it was read, {}", changed.join("; "));
        Ok((!changed.is_empty()).then(why))
    }

    /// Needs the key with which the plan's digests were made; without it nothing could be compared.
    fn drift_to(
        &self,
        plan: &Plan,
        now: &Survey,
        from: &Release,
    ) -> Result<Vec<String>, SessionError> {
        let host = self.world.system.who().host;
        let key = self.options.state.key(&self.world)?;
        let pack = &self.pack.digest;
        let mut changed = drift(plan, now, &key, pack, crate::VERSION, &host);
        if plan.from != *from {
            let then = &plan.from;
            changed.insert(0, format!("the product was {then}, and is {from} now"));
        }
        Ok(changed)
    }

    /// All answers, with defaults for what was not asked. Those that do not apply here are left
    /// out: no rule of the run uses them, and whether they are secret is unknown.
    pub fn all_answers(&self) -> Answers {
        let mut answers = assess::answers_with_defaults(self.case());
        let applies =
            |name: &InputName| self.assessment().inputs.iter().any(|one| one.name == *name);
        answers.retain(|name, _| applies(name));
        answers
    }

    /// Seals the plan and starts its run.
    pub fn start(&self, plan: Plan, sink: Box<dyn Sink>) -> Result<Worker, RunError> {
        if self.options.confirm_within.is_some() {
            may_promise(&plan).map_err(|why| RunError::NoWayBack { why })?;
        }
        let answers = self.all_answers();
        let worker = runs::start(
            &self.world,
            &self.options.state,
            plan,
            self.options.agreed,
            &self.source,
            &answers,
            sink,
        )?;
        // The run does not need it: if it is missing, those who return to the run are told so.
        let _not_kept = runs::keep_changes(&self.world, worker.dir(), &self.previews(|it| it));
        Ok(worker)
    }
}
