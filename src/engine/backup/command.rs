//! Backups made by a command of the pack: it makes a file, and a probe proves it readable.

use super::error::BackupError;
use crate::{
    engine::{
        look::probe,
        means::{command, context::Context, listener::Listener},
    },
    model::{record::Saved, rule::BackupCommand},
    world::Cancel,
};

/// Runs the command of a backup and proves that what it produced can be read back.
pub fn save(
    context: &Context,
    rule: &BackupCommand,
    cancel: &Cancel,
    listener: &mut Listener<'_>,
) -> Result<Saved, BackupError> {
    let title = context.clean(&rule.title);
    let scope = context.scope(context.plan.last_hop(), cancel);
    let path = rule.produces.under(&context.dir.backup());
    // A leftover of an earlier attempt must not pass for the result of this one.
    context.world.files.discard(&path)?;
    command::run(scope, &rule.run, listener).map_err(|error| BackupError::Command {
        title: title.clone(),
        why: error.told().0,
    })?;
    let file = rule.produces.to_string();
    let (digest, bytes) = match context.world.files.look(&path)?.bytes() {
        Some(1..) => context.world.files.keep(&path)?,
        Some(0) | None => return Err(BackupError::Empty { title, file }),
    };
    let looked = probe::look(scope, &rule.verify);
    if !looked.is_yes() {
        let why = looked.told;
        return Err(BackupError::Unreadable { title, why });
    }
    Ok(Saved::Command {
        id: rule.id.clone(),
        file,
        digest,
        bytes,
    })
}
