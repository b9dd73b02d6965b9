//! Secrets that a command prints: whatever the run shows or writes, they stand nowhere in it. What a
//! step generates is a secret to everything after it.

use super::stand::{self, ROOT, STATE};
use std::sync::mpsc;
use switchback::{
    engine::{
        link::handle::{Ask, Event},
        runs,
        store::run_dir::StateDir,
        worker::Worker,
    },
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
    fails_and_stands_nowhere(&fake, HOP, [OLD, NEW]);
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
    fails_and_stands_nowhere(&fake, HOP, [OLD]);
}

/// What is made of an old secret is in no answer and stood in no file before; and no command runs
/// between the edit and what shows it while the step still runs.
#[test]
fn a_secret_that_an_edit_has_made_stands_nowhere() {
    const HOP: &str = "\
environment:
  - rewrite: {name: PASSWORD, match: '^the-first', with: quite-another, secret: true, because: it is, cites: [N-1]}
apply:
  - id: ask
    title: Ask
    do: {wait: {until: {http: {url: 'http://localhost/', expect: {body: fine}}}}}
";
    let fake = FakeWorld::new();
    fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
    fake.files
        .put(format!("{ROOT}/.env"), format!("PASSWORD={OLD}\n"));
    let said = format!("now it is {NEW}, and was {OLD}");
    fake.http.answer("http://localhost/", 200, &said);
    fails_and_stands_nowhere(&fake, HOP, [OLD, NEW]);
}

/// The next worker finds the new values in the files: the old ones are in the backup alone, and a
/// way back makes them valid again. A key that was renamed has its value under a name that no rule
/// gives as a route; and the edit of a file shows what stands beside it.
#[test]
fn what_a_run_has_replaced_stands_nowhere_when_another_worker_has_taken_it_up() {
    const PACK: &str = "secrets: [OF_ANOTHER]\naddresses: [DATABASE_URL]\n";
    const HOP: &str = "\
environment:
  - rewrite: {name: PASSWORD, match: '^the-first', with: quite-another, secret: true, because: it is, cites: [N-1]}
  - rewrite: {name: DATABASE_URL, match: '^sqlite:.*', with: 'sqlite:///app.db', because: it is, cites: [N-1]}
config:
  - edit:
      file: app.yaml
      changes:
        - {rename: auth.key_of, to: id_key, secret: true, because: it is, cites: [N-1]}
  - replace: {files: 'deploy/*.yml', match: 'app:1', with: 'app:2', because: it is, cites: [N-1]}
apply:
  - id: show
    title: Show
    do: {run: {command: [show]}}
    undo: {run: {command: [show]}}
";
    const RENAMED: &str = "under-another-name";
    const BESIDE: &str = "of-another-service";
    const OF_ADDRESS: &str = "in-an-old-address";
    const BY_NAME: &str = "said-by-the-name-of-its-key-alone";
    let fake = FakeWorld::new();
    fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
    let env = format!("PASSWORD={OLD}\nDATABASE_URL=sqlite://app:{OF_ADDRESS}@old/app.db\n");
    fake.files.put(format!("{ROOT}/.env"), env);
    let yaml = format!("auth:\n  key_of: {RENAMED}\nsmtp:\n  password: {BY_NAME}\n");
    fake.files.put(format!("{ROOT}/app.yaml"), yaml);
    let yaml = format!("image: app:1\ndb:\n  environment:\n    - OF_ANOTHER={BESIDE}\n");
    fake.files.put(format!("{ROOT}/deploy/app.yml"), yaml);
    let secrets = [OLD, NEW, RENAMED, BESIDE, OF_ADDRESS, BY_NAME];
    fake.commands.script(move |command| {
        let said = format!("now it is {}\n", secrets.join(" "));
        let shows = command.argv.first()? == "show";
        shows.then(|| Ok(ended(3, &said, &said)))
    });
    let (mut worker, events) = stand::begun(&fake, PACK, HOP);
    stand::meet(&mut worker, [Ask::Check, Ask::Backup]);
    for _edit in 0..3 {
        stand::meet(&mut worker, [Ask::ApplyOne]);
    }
    let run = worker.state().run.clone();
    drop(worker);
    let (world, state) = (fake.world(), StateDir::new(STATE.into()));
    let (sink, more) = mpsc::channel();
    let worker = runs::take_up(&world, &state, &run, Box::new(sink), runs::Way::On);
    let mut worker = worker.expect("taken up");
    worker.settle().expect("settled");
    stand::meet(&mut worker, [Ask::Apply]);
    stand_nowhere(
        &fake,
        &worker,
        events.try_iter().chain(more.try_iter()),
        secrets,
    );
}

/// Who skips a step says why, and may paste what the product said.
#[test]
fn what_a_person_gives_as_a_reason_is_kept_without_secrets() {
    let fake = FakeWorld::new();
    fake.files.put(format!("{ROOT}/VERSION"), "1.0.0\n");
    let env = format!("PASSWORD={OLD}\n");
    fake.files.put(format!("{ROOT}/.env"), env);
    fake.commands.script(|command| {
        let shows = command.argv.first()? == "rotate";
        shows.then(|| Ok(ended(3, "now it is known", "")))
    });
    let (mut worker, events) = stand::begun(&fake, "", HOP);
    stand::meet(&mut worker, [Ask::Check, Ask::Backup, Ask::Apply]);
    let failed = worker
        .state()
        .steps
        .iter()
        .find(|view| view.failed().is_some());
    let step = failed.expect("a failed step").step.id.clone();
    let reason = format!("`psql -W {OLD}` says it is there");
    stand::meet(&mut worker, [Ask::Skip { step, reason }]);
    let told: Vec<_> = events.try_iter().collect();
    let skipped =
        |event: &Event| format!("{event:?}").contains("`psql -W ••••••` says it is there");
    assert!(told.iter().any(skipped), "{told:?}");
    nowhere(&fake, told, [OLD]);
}

/// Runs until a step fails with what it printed, and looks for the secrets in all that was told and
/// written.
fn fails_and_stands_nowhere<const N: usize>(fake: &FakeWorld, hop: &str, secrets: [&str; N]) {
    let (mut worker, events) = stand::begun(fake, "", hop);
    stand::meet(&mut worker, [Ask::Check, Ask::Backup, Ask::Apply]);
    stand_nowhere(fake, &worker, events.try_iter(), secrets);
}

fn stand_nowhere<const N: usize>(
    fake: &FakeWorld,
    worker: &Worker,
    events: impl Iterator<Item = Event>,
    secrets: [&str; N],
) {
    let failed = worker.state().steps.iter().filter_map(StepView::failed);
    let failed: Vec<_> = failed.collect();
    assert!(
        matches!(failed[..], [failure] if failure.error().contains("now it is")),
        "{failed:?}"
    );
    nowhere(fake, events, secrets);
}

/// In nothing that was told or written, except in the copies of the product's own files.
fn nowhere<const N: usize>(
    fake: &FakeWorld,
    events: impl IntoIterator<Item = Event>,
    secrets: [&str; N],
) {
    let told = events.into_iter().map(|event| format!("{event:?}"));
    let told: Vec<String> = told.collect();
    for secret in secrets {
        let told: Vec<_> = told.iter().filter(|told| told.contains(secret)).collect();
        assert_eq!(told, Vec::<&String>::new());
        let written = fake.files.contents().into_iter().filter(|(path, bytes)| {
            let mut parts = path.components().map(|part| part.as_os_str());
            let is_copy = parts.any(|part| part == "backup" || part == "staged");
            let text = String::from_utf8_lossy(bytes);
            path.starts_with(STATE) && !is_copy && text.contains(secret)
        });
        let written: Vec<_> = written.map(|(path, _)| path).collect();
        assert_eq!(written, Vec::<std::path::PathBuf>::new());
    }
}
