//! A run of a pack of three files on a product of the test, driven without the program.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
};
use switchback::{
    engine::{
        answers::AnswersFile,
        handle::Event,
        run_dir::StateDir,
        session::{Options, Session},
        worker::Worker,
    },
    rules::pack::{Origin, PackSource},
    world::World,
};

/// The program, under which commands outlive the worker.
pub fn exe() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_switchback"))
}

/// A run that was started, with nothing asked of it yet.
pub fn begun(
    root: PathBuf,
    state: PathBuf,
    pack: &str,
    hop: &str,
) -> (Worker, mpsc::Receiver<Event>) {
    let files = [
        ("pack.yaml", pack),
        ("guide.yaml", "schema: 1\ntitle: Guide\nstatements: []\n"),
        ("hop.yaml", hop),
    ];
    let pack = PackSource {
        origin: Origin::Bundled("sample".into()),
        files: files
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec().into()))
            .into(),
    };
    let options = Options {
        root,
        state: StateDir::new(state),
        packs: vec![pack],
        product: None,
        from: None,
        to: None,
        answers: AnswersFile::default(),
        confirm_within: None,
    };
    let session = Session::open(World::real(exe()), options).expect("a session");
    let plan = session.plan().expect("a plan");
    let (sink, events) = mpsc::channel();
    let worker = session.start(plan, Box::new(sink)).expect("starts");
    (worker, events)
}
