//! What a rollback would do, told before it begins: step by step, newest first, with what would be
//! lost. It only looks and changes nothing.

mod later_edit;

pub use later_edit::LaterEdit;
pub(super) use later_edit::later_edits;

use super::{backup, deed::replace::Replacement, means::context::Context};
use crate::{
    model::{
        ids::StepId,
        plan::Undo,
        record::Saved,
        text::with_causes,
        units::{self, Size},
    },
    rules::deed,
    run_state::{RunState, StepView},
};
use serde::{Serialize, Serializer};

/// How far a way back goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayBack {
    Whole,
    /// Only the last steps, down to the one at this place.
    DownTo(usize),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UndoPreview {
    /// When it was looked at, in milliseconds since 1970: what is written later is lost as well.
    pub at_ms: u64,
    /// When the run ended as done, in words; `None`: it has not ended.
    pub ended: Option<String>,
    /// Newest first.
    pub steps: Vec<UndoLine>,
    /// What runs once everything is undone, followed by the checks.
    pub after: Vec<String>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UndoLine {
    pub step: StepId,
    pub title: String,
    pub becomes: String,
    pub fate: Fate,
    /// Somebody edited the file after the run changed it: that edit is put aside.
    #[serde(rename = "edited_since", serialize_with = "is_some")]
    pub later_edit: Option<LaterEdit>,
    /// What the undo loses or puts aside.
    pub warnings: Vec<String>,
    /// That nothing is lost, where that was checked.
    pub nothing_lost: Option<String>,
    /// Whether the undo restores a backup over what was written since.
    pub restores: bool,
}

/// What a restore would lose, as far as that can be determined.
enum Lost {
    Nothing(String),
    Something(String),
    NotKnown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Undone,
    /// Its effect stays, because the pack says so, or until the whole run goes back.
    Stays,
    /// Its effect stays because it is past the point of no return; the old release will meet it.
    #[serde(rename = "stays")]
    PastReturn,
    /// There is nothing to take back.
    Nothing,
}

impl WayBack {
    pub(super) fn first(self) -> usize {
        match self {
            Self::Whole => 0,
            Self::DownTo(place) => place,
        }
    }
}

impl UndoPreview {
    pub(super) fn of(context: &Context, state: &RunState, back: WayBack) -> Self {
        let at_ms = context.world.clock.now_ms();
        let steps = state.to_undo(back.first());
        let steps: Vec<UndoLine> = steps
            .map(|place| line(context, state, back, place))
            .collect();
        let preview = Self {
            at_ms,
            ended: ended(state, at_ms, steps.iter().any(|line| line.restores)),
            steps,
            ..Self::default()
        };
        let preview = match back {
            WayBack::DownTo(_) => preview,
            WayBack::Whole => preview.and_the_end(state),
        };
        preview.and_what_was_not_begun(state, back)
    }

    /// Notes failed steps without effect: those who go back for them look for their undo.
    fn and_what_was_not_begun(mut self, state: &RunState, back: WayBack) -> Self {
        let last = state.steps.iter().skip(back.first());
        let failed = last.filter(|view| view.failed_without_effect());
        self.notes.extend(failed.map(|view| {
            format!(
                "`{}` failed, and nothing of it was done: there is nothing of it to undo",
                view.step.title
            )
        }));
        self
    }

    /// Adds what follows once everything is undone.
    fn and_the_end(self, state: &RunState) -> Self {
        let rollback = &state.plan.rollback;
        let after = rollback.steps.iter().map(|step| step.title.clone());
        let checks = rollback
            .checks
            .iter()
            .map(|check| format!("check: {}", check.check.title));
        let pulled = state.in_force().map(|view| {
            format!(
                "`{}` was pulled: this does not take it back",
                view.step.title
            )
        });
        let lost = rollback.steps.iter().filter_map(|step| {
            let lost = step.loses_in_words()?;
            Some(format!("`{}` {lost}", step.title))
        });
        let notes = rollback.notes.iter().map(|note| note.text.clone());
        Self {
            after: after.chain(checks).collect(),
            notes: lost.chain(pulled).chain(notes).collect(),
            ..self
        }
    }

    /// Whether the way back loses anything irretrievably.
    pub fn loses(&self) -> bool {
        self.steps.iter().any(|line| !line.warnings.is_empty())
    }

    /// The lines with real losses first: what is put aside is not lost.
    pub fn worst_first(&self) -> impl Iterator<Item = &UndoLine> {
        let (aside, lost): (Vec<_>, Vec<_>) =
            self.steps.iter().partition(|line| line.edited_since());
        lost.into_iter().chain(aside)
    }

    /// Files that were edited after the run changed them.
    pub fn later_edits(&self) -> impl Iterator<Item = &LaterEdit> {
        self.steps
            .iter()
            .filter_map(|line| line.later_edit.as_ref())
    }
}

impl UndoLine {
    pub fn edited_since(&self) -> bool {
        self.later_edit.is_some()
    }
}

/// Serialized as a boolean: programs are told only whether there is one.
fn is_some<T, S: Serializer>(one: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bool(one.is_some())
}

/// Says how long ago the run was done: the product has been in use since.
fn ended(state: &RunState, now_ms: u64, restores: bool) -> Option<String> {
    let at_ms = state.done_at_ms().filter(|_| state.end.is_some())?;
    let since = match restores {
        true => "; what the product wrote since is not in its backup",
        false => "",
    };
    Some(format!(
        "the run was done {} ago, at {}{since}",
        units::duration(now_ms.saturating_sub(at_ms)),
        units::time(at_ms)
    ))
}

fn line(context: &Context, state: &RunState, back: WayBack, place: usize) -> UndoLine {
    let view = &state.steps[place];
    let (fate, becomes) = becomes(state, back, place);
    let mut line = UndoLine {
        step: view.step.id.clone(),
        title: view.step.title.clone(),
        becomes,
        fate,
        later_edit: None,
        warnings: Vec::new(),
        nothing_lost: None,
        restores: false,
    };
    match &view.step.undo {
        Undo::Action(_) => line.warnings.extend(view.step.undo_loses()),
        Undo::Restore(id) if state.restores_for(id, back.first()..place).is_none() => {
            line.restores = true;
            match lost(context, state, id) {
                Lost::Nothing(told) => line.nothing_lost = Some(told),
                Lost::Something(told) => line.warnings.push(told),
                Lost::NotKnown => {}
            }
        }
        _destroys_nothing => {}
    }
    match LaterEdit::of(context, state, place) {
        Ok(Some(edit)) => {
            line.warnings.push(edit.told(back));
            line.later_edit = Some(edit);
        }
        Ok(None) => line
            .warnings
            .extend(later_edit::set_back(context, state, place)),
        Err(error) => line.warnings.push(with_causes(&error)),
    }
    line.warnings.extend(no_copy(context, state, view));
    line
}

/// What becomes of a step, and in which words.
fn becomes(state: &RunState, back: WayBack, place: usize) -> (Fate, String) {
    let view = &state.steps[place];
    match (&view.step.undo, back) {
        (Undo::File, _) => (Fate::Undone, file_becomes(state, view)),
        (Undo::Action(_), _) => (Fate::Undone, deed::way_back(&state.plan, &view.step)),
        (Undo::Restore(id), _) => match state.restores_for(id, back.first()..place) {
            Some(other) => {
                let with = &other.step.title;
                let told = format!("`{id}` is restored below, with `{with}`");
                (Fate::Undone, told)
            }
            None => (Fate::Undone, restore_becomes(state, id)),
        },
        (Undo::AtTheEnd(id), WayBack::Whole) => {
            let title = state.plan.rollback.title_of(id);
            (Fate::Undone, format!("at the end: {title}"))
        }
        (Undo::AtTheEnd(id), WayBack::DownTo(_)) => {
            let title = state.plan.rollback.title_of(id);
            let told = format!("stays until the whole run is rolled back: {title}");
            (Fate::Stays, told)
        }
        (Undo::Harmless, _) => (Fate::Nothing, "needs no undo".to_owned()),
        (Undo::Stays, _) => (
            Fate::Stays,
            "what it did stays, as its pack says".to_owned(),
        ),
        (Undo::Irreversible, _) => (
            Fate::PastReturn,
            "past the point of no return: what it did stays, and the old release has to run with it"
                .to_owned(),
        ),
    }
}

fn file_becomes(state: &RunState, view: &StepView) -> String {
    let Some(staged) = state.staged.get(&view.step.id) else {
        return "the file was never written".to_owned();
    };
    let Some(old) = &staged.old else {
        return "removed again".to_owned();
    };
    let saved = state.saved.iter().find_map(|saved| match saved {
        Saved::File { digest, bytes, .. } if digest == old => Some(*bytes),
        Saved::File { .. }
        | Saved::Absent { .. }
        | Saved::Archive { .. }
        | Saved::Command { .. }
        | Saved::Database(_) => None,
    });
    match saved {
        Some(bytes) => format!("as in the backup, {}", Size::from_bytes(bytes)),
        None => "as it was before this step".to_owned(),
    }
}

fn restore_becomes(state: &RunState, id: &str) -> String {
    let saved = state.saved.iter().find(|saved| saved.is_backup(id));
    match saved.and_then(Saved::kept) {
        Some(kept) => format!(
            "restored from {}, {}",
            kept.file,
            Size::from_bytes(kept.bytes)
        ),
        None => format!("there is no backup `{id}`: this will fail"),
    }
}

/// What was written to a database since its backup and would be lost by a restore.
fn lost(context: &Context, state: &RunState, id: &str) -> Lost {
    let saved = state.saved.iter().find(|saved| saved.is_backup(id));
    let saved = match saved {
        Some(Saved::Database(saved)) => saved,
        // Its contents cannot be looked at. If the run was done, there was time to write a lot.
        Some(Saved::Command { .. }) if state.done_at_ms().is_some() => {
            return Lost::Something(format!(
                "what was written to {id} since its backup will be lost"
            ));
        }
        Some(
            Saved::Command { .. }
            | Saved::File { .. }
            | Saved::Absent { .. }
            | Saved::Archive { .. },
        )
        | None => return Lost::NotKnown,
    };
    let since = match backup::since(context, saved) {
        Ok(since) => since,
        Err(error) => {
            let why = context.clean(&with_causes(&error));
            return Lost::Something(format!(
                "what was written to {id} since its backup cannot be told: {why}"
            ));
        }
    };
    let records = since.records().map_or(String::new(), |records| {
        let records = context.clean(&records);
        format!("; the record of what was applied goes back with it: {records}")
    });
    if !since.loses_data() {
        return Lost::Nothing(format!(
            "no data was written to {id} since its backup, as far as can be seen{records}"
        ));
    }
    // What is lost comes first: a row may have no room for more.
    let lost = context.clean(&since.to_be_lost());
    let own = own_rows(state, &saved.name);
    Lost::Something(format!(
        "will be lost: {lost}; written to {id} since its backup{own}{records}"
    ))
}

/// How many rows the run's own statements changed, by their own count: any other loss is of others.
pub(super) fn own_rows(state: &RunState, database: &str) -> String {
    match state.rows_changed(database) {
        0 => String::new(),
        some => {
            let rows = units::count(some, "row");
            format!("; the run's own steps changed {rows} there")
        }
    }
}

/// Reports a missing copy while a person can still decide. Backups of data may be large: they are
/// read when the way back begins, before anything is changed.
fn no_copy(context: &Context, state: &RunState, view: &StepView) -> Option<String> {
    if view.step.undo != Undo::File {
        return None;
    }
    let replacement = Replacement::of(context, state, &view.step)?;
    let error = replacement.can_go_back().err()?;
    let why = context.clean(&with_causes(&error));
    Some(format!("it cannot be undone: {why}"))
}
