//! A secret that a step of the run generates: everything after it treats it as a secret.

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
    let (mut worker, events) = stand::begun(&fake, "", HOP);
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
    for secret in [OLD, NEW] {
        let told: Vec<_> = told.iter().filter(|told| told.contains(secret)).collect();
        assert_eq!(told, Vec::<&String>::new());
        let written = fake.files.contents().into_iter().filter(|(path, bytes)| {
            let is_copy = path.components().any(|part| part.as_os_str() == "backup");
            let text = String::from_utf8_lossy(bytes);
            path.starts_with("/state") && !is_copy && text.contains(secret)
        });
        let written: Vec<_> = written.map(|(path, _)| path).collect();
        assert_eq!(written, Vec::<std::path::PathBuf>::new());
    }
}
