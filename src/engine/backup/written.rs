//! What is written beside a backup: the manifest for programs, `RESTORE.md` for people.

use super::{BackupError, database};
use crate::{
    engine::{
        means::{context::Context, database::OfDatabase},
        store::manifest::Manifest,
    },
    model::{digest::Digest, path::RelPath, record::Saved, survey::FileMeta, text::shell_word},
};
use std::fmt::{self, Write};

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
    let archived_attributes = saved.iter().any(|saved| match saved {
        Saved::File { meta, at, .. } => at.is_some() && !meta.xattrs.is_empty(),
        Saved::Absent { .. }
        | Saved::Archive { .. }
        | Saved::Command { .. }
        | Saved::Database(_) => false,
    });
    let mut attributes = Vec::new();
    for item in saved {
        // Writing to a text cannot fail.
        let _infallible = match item {
            Saved::File {
                path,
                meta,
                at: None,
                ..
            } => {
                attributes.push((path, meta));
                copied_back(&mut text, path, meta)
            }
            Saved::Absent { path } => {
                writeln!(
                    text,
                    "rm -f \"$ROOT\"/{}   # was not there",
                    shell_word(path.as_str())
                )
            }
            Saved::Archive { file, .. } => {
                let attributes = if archived_attributes {
                    " --xattrs --xattrs-include='*'"
                } else {
                    ""
                };
                writeln!(text, "tar -xpf {file}{attributes} -C \"$ROOT\"")
            }
            // Restored with its archive.
            Saved::File { at: Some(_), .. } => Ok(()),
            Saved::Command { .. } | Saved::Database(_) => Ok(()),
        };
    }
    // Last, because `setfattr` may not be installed: everything else is restored by then.
    for (path, meta) in attributes {
        let to = format!("\"$ROOT\"/{}", shell_word(path.as_str()));
        let _infallible = self::attributes(&mut text, &to, meta);
    }
    text.push_str("```\n");
    for command in &context.plan.backup.commands {
        let last = context.plan.last_hop();
        let filled = context.command(&command.restore, last)?;
        let argv: Vec<String> = filled.argv.iter().map(|part| shell_word(part)).collect();
        let _infallible = writeln!(
            text,
            "\n{}: in the product's folder, with its own variables set:\n\n```sh\n{}\n```",
            context.clean(&command.title),
            context.clean(&argv.join(" ")),
        );
    }
    for item in saved {
        if let Saved::Database(database) = item {
            let how =
                database::by_hand(context, database).map_err(OfDatabase::named(&database.name))?;
            let doubt = database.doubt.as_ref();
            let _infallible = writeln!(
                text,
                "\n## {}: {}\n\n{}{}",
                context.clean(&database.name),
                database.of,
                doubt.map_or(String::new(), |doubt| format!("{doubt}\n\n")),
                context.clean(&how),
            );
        }
    }
    Ok(text)
}

/// The commands that copy a file back, one per line: `set -e` does not end a script when a command
/// fails inside an `&&` list. The folder may have been deleted with the file.
fn copied_back(text: &mut String, path: &RelPath, meta: &FileMeta) -> fmt::Result {
    let from = shell_word(&format!("files/{path}"));
    let to = format!("\"$ROOT\"/{}", shell_word(path.as_str()));
    if let Some((folder, _)) = path.as_str().rsplit_once('/') {
        writeln!(text, "mkdir -p \"$ROOT\"/{}", shell_word(folder))?;
    }
    copied(text, &from, &to, meta)
}

/// `from` and `to` are already quoted for the shell.
pub fn copied(text: &mut String, from: &str, to: &str, meta: &FileMeta) -> fmt::Result {
    writeln!(text, "cp {from} {to}")?;
    writeln!(text, "chown {}:{} {to}", meta.uid, meta.gid)?;
    writeln!(text, "chmod {:o} {to}", meta.mode)
}

pub fn attributes(text: &mut String, to: &str, meta: &FileMeta) -> fmt::Result {
    for (name, value) in &meta.xattrs {
        writeln!(text, "setfattr -n {} -v 0x{value} {to}", shell_word(name))?;
    }
    Ok(())
}
