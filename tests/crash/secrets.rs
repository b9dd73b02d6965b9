//! Secrets that a command prints: whatever the run shows or writes, they stand nowhere in it. What a
//! step generates is a secret to everything after it.

use super::stand::{self, ROOT};
use switchback::{
    engine::link::handle::Ask,
    run_state::StepView,
    world::fake::{FakeWorld, ended},
};

const OLD: &str = "the-first-secret";
const NEW: &str = "quite-another-secret";

const HOP: &str = "\
environment:
  - optional: {name: PASSWORD, feature: app, secret: true, because: it is, cites: [N-1]}
apply:
  - id: rotate
    title: Rotate
    do: {run: {command: [rotate]}}
    undo: {run: {command: [rotate, back]}}
  - id: show
    title: Show
    do: {run: {command: [show]}}
    undo: {run: {command: [show]}}
";

#[test]
fn a_secret_that_a_step_has_made_stands_nowhere() {
    let fake = FakeWorld::new();
    fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
    fake.files
        .put(format!("{ROOT}/.env"), format!("PASSWORD={OLD}\n"));
    let files = fake.files.clone();
    fake.commands.script(move |command| {
        let said = format!("now it is {NEW}, and was {OLD}\n");
        match command.argv.first()?.as_str() {
            "rotate" => {
                files.put(format!("{ROOT}/.env"), format!("PASSWORD={NEW}\n"));
                // It is not yet known to be a secret when this is printed.
                Some(Ok(ended(0, "done\n", "")))
            }
            "show" => Some(Ok(ended(3, &said, &said))),
            _ => None,
        }
    });
    stand_nowhere(&fake, HOP, [OLD, NEW]);
}

#[test]
fn what_a_key_of_a_file_holds_stands_nowhere() {
    const HOP: &str = "\
config:
  - edit:
      file: app.toml
      changes:
        - move: auth.key
          to: auth.secret_key
          secret: true
          because: it is
          cites: [N-1]
apply:
  - id: show
    title: Show
    do: {run: {command: [show]}}
    undo: {run: {command: [show]}}
";
    let fake = FakeWorld::new();
    fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
    let text = format!("[auth]\nkey = \"{OLD}\"\n");
    fake.files.put(format!("{ROOT}/app.toml"), text);
    fake.commands.script(|command| {
        let said = format!("now it is {OLD}\n");
        let shows = command.argv.first()? == "show";
        shows.then(|| Ok(ended(3, &said, &said)))
    });
    stand_nowhere(&fake, HOP, [OLD]);
}

/// Runs until a step fails with what it printed, and looks for the secrets in all that was told and
/// written, except in the copies of the product's own files.
fn stand_nowhere<const N: usize>(fake: &FakeWorld, hop: &str, secrets: [&str; N]) {
    let (mut worker, events) = stand::begun(fake, "", hop);
    stand::meet(&mut worker, [Ask::Check, Ask::Backup, Ask::Apply]);
    let failed = worker.state().steps.iter().filter_map(StepView::failed);
    let failed: Vec<_> = failed.collect();
    assert!(
        matches!(failed[..], [failure] if failure.error().contains("now it is")),
        "{failed:?}"
    );
    let told: Vec<String> = events
        .try_iter()
        .map(|event| format!("{event:?}"))
        .collect();
    for secret in secrets {
        let told: Vec<_> = told.iter().filter(|told| told.contains(secret)).collect();
        assert_eq!(told, Vec::<&String>::new());
        let written = fake.files.contents().into_iter().filter(|(path, bytes)| {
            let mut parts = path.components().map(|part| part.as_os_str());
            let is_copy = parts.any(|part| part == "backup" || part == "staged");
            let text = String::from_utf8_lossy(bytes);
            path.starts_with("/state") && !is_copy && text.contains(secret)
        });
        let written: Vec<_> = written.map(|(path, _)| path).collect();
        assert_eq!(written, Vec::<std::path::PathBuf>::new());
    }
}
