//! The process of a worker: it takes on a run that a front end began or took up, together with the
//! lock handed over to it, and serves asks until it is told to end, or nobody is connected and
//! there is nothing to do. It has no terminal and no parent shell, and knows no front end.

use super::{
    link::{
        desk::Desk,
        handle::Event,
        wire::{self, FromWorker},
    },
    runs::{self, RunError},
    store::run_dir::StateDir,
};
use crate::{
    model::{ids::RunId, text::with_causes},
    world::{FileError, World, detached, local_socket},
};
use std::{io, os::unix::net::UnixStream, path::Path};

#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("this is a command of switchback itself: it needs a run and the lock on its product")]
    NotStartedByUs(#[source] io::Error),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the worker's process could not be set up")]
    SetUp(#[source] io::Error),
}

/// Runs from the hand-over to the end of the process.
pub fn serve(world: &World, state_dir: &StateDir, id: &RunId) -> Result<(), ProcessError> {
    let given = detached::settle_in().map_err(ProcessError::NotStartedByUs)?;
    let mut first = UnixStream::from(given.stdout);
    let dir = state_dir.run(id);
    let mut at_the_desk = None;
    let carried = runs::carry_on(world, state_dir, id, given.stdin, |sharing, last_seq| {
        let (desk, asks) = Desk::new(world.clone(), dir.clone(), sharing.clone(), last_seq);
        at_the_desk = Some((desk.clone(), asks));
        Box::new(desk)
    });
    let began = carried.map_err(ProcessError::from).and_then(|worker| {
        let (desk, asks) = at_the_desk.expect("a worker has a desk");
        open(&desk, dir.path())?;
        Ok((worker, desk, asks))
    });
    let (mut worker, desk, asks) = match began {
        Ok(began) => began,
        Err(error) => {
            let last_words = Event::Gone(Some(with_causes(&error)));
            // The front end that started us may have gone.
            let _told = wire::send(&mut first, &FromWorker::Event(last_words));
            return Err(error);
        }
    };
    desk.welcome(first);
    let end = worker.serve(&asks);
    desk.shut();
    local_socket::remove(dir.path());
    // The lock goes before the last words: whoever hears them may take the run up at once.
    drop(worker);
    desk.close(end.err().map(|error| with_causes(&error)));
    Ok(())
}

fn open(desk: &Desk, folder: &Path) -> Result<(), ProcessError> {
    desk.open(local_socket::listen(folder)?)
        .map_err(ProcessError::SetUp)?;
    let desk = desk.clone();
    detached::on_request_to_end(move || desk.end_soon()).map_err(ProcessError::SetUp)
}
