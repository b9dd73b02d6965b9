//! What is written beside a backup: the manifest for programs, `RESTORE.md` for people.

use super::{database, error::BackupError, shell};
use crate::{
    engine::{
        means::{
            context::{Context, ContextError},
            database::OfDatabase,
        },
        store::manifest::Manifest,
    },
    model::{
        digest::Digest,
        record::{Saved, SavedDatabase},
        rule::BackupCommand,
        text::shell_word,
    },
};

/// Writes both and returns the digest of the manifest.
pub fn write(context: &Context, saved: &[Saved]) -> Result<Digest, BackupError> {
    let (files, folder) = (&context.world.files, context.dir.backup());
    let manifest = Manifest::of(&context.plan.root, saved).write(&**files, &folder)?;
    let restore = restore_text(context, saved)?;
    files.stage(&folder.join("RESTORE.md"), restore.as_bytes(), None)?;
    Ok(manifest)
}

/// Plain shell commands that restore everything, for when this program is not at hand.
fn restore_text(context: &Context, saved: &[Saved]) -> Result<String, BackupError> {
    let mut text = format!(
        "# Restore {} {} by hand\n\nStop the product first. Then run these as the owner of the files or as root, \
         in this folder:\n\n```sh\nset -eu\nROOT={}\n",
        context.clean(&context.plan.title),
        context.plan.from,
        shell_word(&context.plan.root),
    );
    for line in files_back(saved) {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("```\n");
    for command in &context.plan.backup.commands {
        text.push_str(&command_back(context, command)?);
    }
    for item in saved {
        if let Saved::Database(database) = item {
            text.push_str(&database_back(context, database)?);
        }
    }
    Ok(text)
}

fn files_back(saved: &[Saved]) -> Vec<String> {
    let archived_attributes = saved.iter().any(
        |saved| matches!(saved, Saved::File { meta, at: Some(_), .. } if !meta.xattrs.is_empty()),
    );
    let mut lines = Vec::new();
    let mut attributes = Vec::new();
    for item in saved {
        match item {
            Saved::File {
                path,
                meta,
                at: None,
                ..
            } => {
                let (from, to) = (
                    shell_word(&format!("files/{path}")),
                    below_root(path.as_str()),
                );
                // The folder may have been deleted with the file.
                if let Some((folder, _)) = path.as_str().rsplit_once('/') {
                    lines.push(format!("mkdir -p {}", below_root(folder)));
                }
                lines.extend(shell::copy(&from, &to, meta));
                attributes.extend(shell::attributes(&to, meta));
            }
            Saved::Absent { path } => {
                let path = below_root(path.as_str());
                lines.push(format!("rm -f {path}   # was not there"));
            }
            Saved::Archive { file, .. } => {
                let attributes = match archived_attributes {
                    true => " --xattrs --xattrs-include='*'",
                    false => "",
                };
                lines.push(format!("tar -xpf {file}{attributes} -C \"$ROOT\""));
            }
            // In the archive, or with commands of its own.
            Saved::File { at: Some(_), .. } | Saved::Command { .. } | Saved::Database(_) => {}
        }
    }
    // Last, because `setfattr` may not be installed: everything else is restored by then.
    lines.extend(attributes);
    lines
}

fn below_root(path: &str) -> String {
    format!("\"$ROOT\"/{}", shell_word(path))
}

fn command_back(context: &Context, command: &BackupCommand) -> Result<String, ContextError> {
    let restore = context.command(&command.restore, context.plan.last_hop())?;
    let argv: Vec<String> = restore.argv.iter().map(|part| shell_word(part)).collect();
    Ok(format!(
        "\n{}: in the product's folder, with its own variables set:\n\n```sh\n{}\n```\n",
        context.clean(&command.title),
        context.clean(&argv.join(" ")),
    ))
}

fn database_back(context: &Context, saved: &SavedDatabase) -> Result<String, OfDatabase> {
    let how = database::by_hand(context, saved).map_err(OfDatabase::named(&saved.name))?;
    let doubt = saved.doubt.as_ref();
    Ok(format!(
        "\n## {}: {}\n\n{}{}\n",
        context.clean(&saved.name),
        saved.of,
        doubt.map_or(String::new(), |doubt| format!("{doubt}\n\n")),
        context.clean(&how),
    ))
}
