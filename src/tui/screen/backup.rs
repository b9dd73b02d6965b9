//! Backup: what is copied, how far it is, and whether it was read back and compared.

use super::enter::{back_to_the_run, not_now};
use crate::{
    engine::link::handle::Ask,
    model::{
        record::{Kept, Phase, Proof, Saved, SavedDatabase, Verified},
        units::{self, Size},
    },
    run_state::{BackupState, RunState},
    tui::{
        app::{App, Screen},
        glyph::Sign,
        line::{Line, one_line},
        page::{Act, Detail, Enter, GroupKey, Page, Row, RowKey, Rows},
        theme::Tone,
        widget::bar,
    },
};
use std::collections::{HashMap, HashSet};

/// There may be thousands, so each is looked up by its name.
type ByName<'r> = HashMap<String, &'r Saved>;

/// A row for one item of the backup, and whether it is there yet.
fn item<'a>(run: &RunState, by_name: &ByName<'_>, name: String, title: String) -> Row<'a> {
    let saved = by_name.get(&name).copied();
    let key = RowKey::Saved(name);
    match saved {
        None => Row::item(key, Sign::NotYet, Tone::Plain, title).row(),
        Some(Saved::Absent { .. }) => Row::item(key, Sign::Done, Tone::Good, title)
            .aside("not there yet: a rollback removes it")
            .row(),
        Some(
            Saved::File { bytes, .. }
            | Saved::Archive { bytes, .. }
            | Saved::Command { bytes, .. }
            | Saved::Database(SavedDatabase { bytes, .. }),
        ) => {
            let verified = matches!(run.backup, BackupState::Verified(_));
            let words = match (saved.and_then(Saved::on_disk), verified) {
                (Some(_), true) => "copied and read back",
                (Some(_), false) => "copied",
                // Its size is counted with the archive.
                (None, true) => "in the archive, read back",
                (None, false) => "in the archive",
            };
            Row::item(key, Sign::Done, Tone::Good, title)
                .aside(words)
                .tail(Size::from_bytes(*bytes).to_string())
                .row()
        }
    }
}

fn name_of(saved: &Saved) -> String {
    match saved {
        Saved::File { path, .. } | Saved::Absent { path } => path.to_string(),
        Saved::Archive { file, .. } => file.clone(),
        Saved::Command { id, .. } => id.clone(),
        Saved::Database(database) => database.name.clone(),
    }
}

pub fn rows(run: &RunState) -> Rows<'_> {
    let plan = &run.plan.backup;
    let by_name: ByName<'_> = run
        .saved
        .iter()
        .map(|saved| (name_of(saved), saved))
        .collect();
    let row = |name: String, title: &str| item(run, &by_name, name, one_line(title));
    let mut rows = vec![Row::named("Databases and other state")];
    rows.extend(
        plan.commands
            .iter()
            .map(|command| row(command.id.clone(), &command.title)),
    );
    rows.extend(
        plan.databases
            .iter()
            .map(|database| row(database.name.clone(), &database.name)),
    );
    let mut known: HashSet<String> = plan.files.iter().map(ToString::to_string).collect();
    known.extend(plan.commands.iter().map(|command| command.id.clone()));
    known.extend(plan.databases.iter().map(|database| database.name.clone()));
    let more = run.saved.iter().filter(|saved| archive(saved).is_none());
    let more = more.map(name_of).filter(|name| !known.contains(name));
    let files = plan.files.iter().map(ToString::to_string).chain(more);
    let (together, alone): (Vec<String>, Vec<String>) = files.partition(|name| {
        let saved = by_name.get(name);
        saved.is_some_and(|saved| matches!(saved, Saved::File { at: Some(_), .. }))
    });
    let file = |name: String| row(name.clone(), &name);
    rows.push(Row::named("Files"));
    rows.extend(alone.into_iter().map(file));
    // Not an item itself: what it holds is counted.
    rows.extend(run.saved.iter().find_map(archive).map(|archive| {
        let size = Size::from_bytes(archive.bytes);
        let title = format!("Files in {}, {size}", one_line(&archive.file));
        Row::group(GroupKey::Named("archive"), title)
    }));
    rows.extend(together.into_iter().map(file));
    Rows {
        rows,
        current: None,
    }
}

/// The archive that holds every file without a copy of its own.
fn archive(saved: &Saved) -> Option<Kept> {
    match saved {
        Saved::Archive { .. } => saved.kept(),
        Saved::File { .. } | Saved::Absent { .. } | Saved::Command { .. } | Saved::Database(_) => {
            None
        }
    }
}

pub fn detail(page: &Page<'_>, run: &RunState) -> Detail {
    let mut lines = Vec::new();
    match &run.backup {
        BackupState::NotYet if run.phase == Phase::Backup => {
            lines.extend(bar::progress(page.app.ui.live.progress.as_ref()));
            lines.push(Line::toned(
                Tone::Dim,
                "Nothing else happens before the backup is read back and compared.",
            ));
        }
        BackupState::NotYet => lines.push(Line::new("Not begun.")),
        BackupState::Failed { why } => {
            lines.push(
                Line::toned(
                    Tone::Stop,
                    format!("✗ the backup failed: {}", one_line(why)),
                )
                .hang(2),
            );
            lines.push(Line::new(
                "Nothing was changed. Fix this, then back up again.",
            ));
        }
        BackupState::Verified(Verified { files, bytes, .. }) => {
            let size = Size::from_bytes(*bytes);
            let files = units::count(*files, "item");
            lines.push(Line::toned(
                Tone::Good,
                format!("✓ verified: {files}, {size} on disk, read back and identical"),
            ));
            if page.app.working() {
                lines.extend(bar::progress(page.app.ui.live.progress.as_ref()));
            }
            lines.push(Line::new(format!(
                "It is in {}, with a RESTORE.md: shell commands that restore it without switchback.",
                folder(page.app, run)
            )));
        }
    }
    if let Some(RowKey::Saved(name)) = &page.selected {
        lines.push(Line::empty());
        lines.extend(about_saved(run, name));
    }
    Detail::of(lines)
}

fn about_saved(run: &RunState, name: &str) -> Vec<Line> {
    let mut commands = run.plan.backup.commands.iter();
    let command = commands.find(|command| command.id == *name);
    let title = command.map_or(name, |command| &command.title);
    let mut lines = vec![Line::toned(Tone::Strong, one_line(title))];
    match run.saved.iter().find(|saved| name_of(saved) == name) {
        Some(Saved::File {
            digest, meta, at, ..
        }) => {
            lines.push(Line::toned(
                Tone::Dim,
                format!(
                    "mode {:o}, owner {}:{}, blake3 {digest}",
                    meta.mode & 0o7777,
                    meta.uid,
                    meta.gid
                ),
            ));
            let archive = run.saved.iter().find_map(archive);
            lines.extend(archive.filter(|_| at.is_some()).map(in_file));
        }
        Some(saved @ (Saved::Command { .. } | Saved::Archive { .. })) => {
            lines.extend(saved.kept().map(in_file));
        }
        Some(Saved::Database(database)) => lines.extend(about_database(database)),
        Some(Saved::Absent { .. }) | None => {}
    }
    lines
}

fn in_file(kept: Kept) -> Line {
    let words = format!("in {}, blake3 {}", one_line(&kept.file), kept.digest);
    Line::toned(Tone::Dim, words)
}

fn about_database(database: &SavedDatabase) -> Vec<Line> {
    let mut lines = vec![Line::toned(
        Tone::Dim,
        format!(
            "{}, in {}, blake3 {}",
            one_line(&database.of),
            one_line(&database.file),
            database.digest
        ),
    )];
    lines.push(match &database.proof {
        Proof::Restored => {
            Line::toned(Tone::Good, "✓ restored into a scratch database and counted")
        }
        Proof::ReadBack { why } => Line::warning(format!(
            "read to its end and counted, not restored for a test: {}",
            one_line(why)
        )),
    });
    if let Some(doubt) = &database.doubt {
        lines.push(Line::toned(Tone::Stop, format!("! {}", one_line(doubt))).hang(2));
    }
    lines.extend(
        database
            .counts
            .iter()
            .map(|(what, count)| Line::new(format!("{count:>9}  {}", one_line(what)))),
    );
    lines
}

/// Where the backup lies.
pub fn folder(app: &App, run: &RunState) -> String {
    match &app.ui.known.state_dir {
        Some(state) => format!("{}/runs/{}/backup", one_line(state), run.run),
        None => format!("the folder of run {}", run.run),
    }
}

pub fn enter(page: &Page<'_>, run: &RunState) -> Enter {
    match run.phase {
        Phase::Checklist => {
            return Enter::new("Enter: back to the checklist", Act::Show(Screen::Checklist));
        }
        Phase::Apply if !run.touched() => {
            let yet = match run.is_as_found() {
                true => "nothing is changed yet",
                false => "no step has run yet",
            };
            return Enter::new(
                format!("Enter: go on to Apply — the backup is verified, {yet}"),
                Act::Show(Screen::Apply),
            );
        }
        Phase::Apply | Phase::Verify | Phase::Rollback => return back_to_the_run(run),
        Phase::Backup => {}
    }
    if let Some(enter) = not_now(page.app) {
        return enter;
    }
    match &run.backup {
        // Backed up, but the new contents of the files are not staged yet: nothing is applied
        // before that.
        BackupState::Verified(_) => Enter::new(
            "Enter: prepare the changes, then Apply — the product is not changed",
            Act::Ask(Ask::Backup),
        ),
        BackupState::NotYet => Enter::new(
            "Enter: back up now — the product is not changed",
            Act::Ask(Ask::Backup),
        ),
        BackupState::Failed { .. } => Enter::new("Enter: back up again", Act::Ask(Ask::Backup)),
    }
}
