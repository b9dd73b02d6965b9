//! A product of the tests, with its release in `VERSION` and its settings in `.env`, and a run of
//! its pack, driven without the program.

use std::{path::PathBuf, sync::mpsc};
use switchback::{
    engine::{
        answers::AnswersFile,
        link::handle::Event,
        session::{Options, Session},
        store::run_dir::StateDir,
        worker::Worker,
    },
    rules::source::{Origin, PackSource},
    world::World,
};

const HEAD: &str = "\
schema: 1
product: sample
title: Sample
releases: semver
recognise: {file: {path: VERSION}}
detect:
  - title: the file VERSION
    probe: {file: {path: VERSION, pattern: '([0-9.]+)'}}
environment:
  - dotenv: {file: .env}
write_to: {dotenv: {file: .env}}
";

/// Its pack: what `pack.yaml` says besides, and its only hop.
pub fn source(more: &str, hop: &str) -> PackSource {
    let files = [
        ("pack.yaml", &format!("{HEAD}{more}")[..]),
        ("guide.yaml", "schema: 1\ntitle: Guide\nstatements: []\n"),
        ("hop.yaml", hop),
    ];
    PackSource {
        origin: Origin::Bundled("sample".into()),
        files: files
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec().into()))
            .into(),
    }
}

pub fn session(world: World, root: PathBuf, state: PathBuf, pack: PackSource) -> Session {
    let options = Options {
        root,
        state: StateDir::new(state),
        packs: vec![pack],
        product: None,
        from: None,
        to: None,
        answers: AnswersFile::default(),
        confirm_within: None,
        agreed: false,
        sample: false,
    };
    Session::open(world, options).expect("a session")
}

/// A run that was started, and asked for nothing yet.
pub fn begun(session: Session) -> (Worker, mpsc::Receiver<Event>) {
    let plan = session.plan().expect("a plan");
    let (sink, events) = mpsc::channel();
    let worker = session.start(plan, Box::new(sink)).expect("starts");
    (worker, events)
}
