//! Staging: the new contents of every edit, computed once, before anything visible changes, and
//! kept in the run's folder by digest. Whatever can fail about an edit fails here.

use crate::{
    edit::{self, EditError, Outcome},
    engine::means::context::{Context, ContextError},
    model::{
        digest::Digest,
        edit::Form,
        limits,
        path::RelPath,
        plan::{PlannedStep, StepBody},
        record::Staged,
        survey::FileMeta,
        template::Template,
    },
    world::FileError,
};
use std::collections::BTreeMap;

#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error("{file}: {error}")]
    Edit { file: RelPath, error: EditError },
    #[error("{file}: no longer there, and the plan edits it; plan again")]
    Gone { file: RelPath },
    #[error("{file}: not a text file in UTF-8; convert it, or leave its changes out")]
    NotText { file: RelPath },
    #[error("{file}: `{route}` is not there any more; plan again")]
    NotThere { file: RelPath, route: String },
    #[error("{file}: there already, and the plan creates it; plan again")]
    Exists { file: RelPath },
    #[error("{file}: its new text could not be put aside in the run's folder")]
    Aside {
        file: RelPath,
        #[source]
        error: FileError,
    },
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error(transparent)]
    File(#[from] FileError),
}

/// A file as the steps so far will have left it.
struct Virtual {
    text: String,
    digest: Digest,
    meta: FileMeta,
}

/// Computes and stores the new text of every step that replaces a file, in the order of the plan.
pub fn stage_all(context: &Context) -> Result<Vec<Staged>, StageError> {
    let mut staged = stage(context, &context.plan.steps)?;
    // A rollback's own steps begin where the undo ends: at the files as they are now.
    staged.extend(stage(context, &context.plan.rollback.steps)?);
    Ok(staged)
}

/// Stages one step again from its file as it is now, after an earlier change of that file was left
/// out (possibly the one that was to create it).
pub fn stage_anew(
    context: &Context,
    step: &PlannedStep,
    file: &RelPath,
) -> Result<Staged, StageError> {
    match (read(context, file)?, &step.body) {
        (None, StepBody::Edit { .. }) => {
            let full = file.under(&context.root);
            let empty = Virtual {
                text: String::new(),
                digest: Digest::of(b""),
                meta: context.world.files.new_file_meta(&full)?,
            };
            let (made, _) = stage_one(context, step, file, Some(empty))?;
            Ok(Staged { old: None, ..made })
        }
        (before, _) => Ok(stage_one(context, step, file, before)?.0),
    }
}

fn stage(context: &Context, steps: &[PlannedStep]) -> Result<Vec<Staged>, StageError> {
    let mut files: BTreeMap<RelPath, Virtual> = BTreeMap::new();
    let mut staged = Vec::new();
    for step in steps {
        let Some(file) = step.body.file() else {
            continue;
        };
        let before = match files.remove(file) {
            Some(before) => Some(before),
            None => read(context, file)?,
        };
        let (text, after) = stage_one(context, step, file, before)?;
        staged.push(text);
        files.insert(file.clone(), after);
    }
    Ok(staged)
}

fn stage_one(
    context: &Context,
    step: &PlannedStep,
    file: &RelPath,
    before: Option<Virtual>,
) -> Result<(Staged, Virtual), StageError> {
    let files = &context.world.files;
    let (old, meta) = match &before {
        Some(before) => (Some(before.digest.clone()), before.meta.clone()),
        None => (None, files.new_file_meta(&file.under(&context.root))?),
    };
    let text = new_text(context, step, file, before)?;
    let digest = Digest::of(text.as_bytes());
    let aside = context.dir.staged(&digest);
    let kept = files.stage(&aside, text.as_bytes(), None);
    kept.map_err(|error| StageError::Aside {
        file: file.clone(),
        error,
    })?;
    let staged = Staged {
        step: step.id.clone(),
        old,
        new: digest.clone(),
        meta: meta.clone(),
    };
    let after = Virtual { text, digest, meta };
    Ok((staged, after))
}

fn read(context: &Context, file: &RelPath) -> Result<Option<Virtual>, StageError> {
    let full = file.under(&context.root);
    let Some(content) = context.world.files.read(&full, limits::TEXT_FILE.bytes())? else {
        return Ok(None);
    };
    let text =
        String::from_utf8(content.bytes).map_err(|_| StageError::NotText { file: file.clone() })?;
    Ok(Some(Virtual {
        text,
        digest: content.digest,
        meta: content.meta,
    }))
}

fn new_text(
    context: &Context,
    step: &PlannedStep,
    file: &RelPath,
    before: Option<Virtual>,
) -> Result<String, StageError> {
    match (&step.body, before) {
        (
            StepBody::Write {
                text, over: false, ..
            },
            None,
        )
        | (
            StepBody::Write {
                text, over: true, ..
            },
            Some(_),
        ) => Ok(text.clone()),
        (StepBody::Write { over: false, .. }, Some(_)) => {
            Err(StageError::Exists { file: file.clone() })
        }
        (StepBody::Write { over: true, .. } | StepBody::Edit { .. }, None) => {
            Err(StageError::Gone { file: file.clone() })
        }
        (StepBody::Edit { format, edits, .. }, Some(before)) => {
            let fill = |template: &Template, form: Form| context.fill_as(template, step.hop, form);
            let edits = edits.iter().map(|edit| edit.filled(fill));
            let edits = edits.collect::<Result<Vec<_>, _>>()?;
            let edited =
                edit::apply(format, &before.text, &edits).map_err(|error| StageError::Edit {
                    file: file.clone(),
                    error,
                })?;
            for (edit, outcome) in edits.iter().zip(&edited.outcomes) {
                if *outcome == Outcome::Absent {
                    let route = edit.route.to_string();
                    return Err(StageError::NotThere {
                        file: file.clone(),
                        route,
                    });
                }
            }
            Ok(edited.text)
        }
        (StepBody::Do(_), _) => unreachable!("only steps with a file are staged"),
    }
}
