//! Commands outlive a worker that is killed. Each carries the name of its run in its environment,
//! so that whoever takes the run up finds what is still at work before anything is begun again. Those of
//! a step's own command have a shim besides, which notes their end; managers of services and tools of a
//! database have this alone.

use crate::{
    engine::{
        means::{
            context::{Context, MARK},
            service,
        },
        store::run_dir::RunDir,
    },
    model::{text::with_causes, units::Span},
    world::{Cancel, ProcessError, World},
};

/// Most leftover commands end soon.
const WAIT: Span = Span::from_secs(5);
const LOOK_EVERY: Span = Span::from_ms(50);

/// The processes of a run's commands that are still running, for display only: if the run has a
/// worker, they are that worker's.
pub fn at_work(world: &World, run: &RunDir) -> Result<Vec<u32>, ProcessError> {
    let found = world.processes.carrying(MARK, &run.name())?;
    Ok(found.iter().map(|process| process.pid).collect())
}

/// Waits a little for the commands of an earlier worker of this run to end, and returns whether
/// there were any. The error names a process that is still running, or says that this cannot be
/// determined. To be called before this worker starts a command of its own.
pub fn wait(context: &Context, cancel: &Cancel) -> Result<bool, String> {
    let clock = &context.world.clock;
    let begin = clock.monotonic();
    let mut waited = false;
    loop {
        // A process that may not be inspected is not a command of this user; but if none can be
        // seen at all, that does not mean that there are none.
        let found = context.world.processes.carrying(MARK, &context.dir.name());
        let found = found.map_err(|error| {
            let why = context.clean(&with_causes(&error));
            format!("whether a command of this run is still running cannot be seen: {why}")
        })?;
        let Some(first) = found.first() else {
            return Ok(waited);
        };
        waited = true;
        let late = clock.monotonic().saturating_sub(begin) >= WAIT.duration();
        if late || !clock.sleep(LOOK_EVERY.duration(), cancel) {
            let who = context.clean(&service::named(first));
            return Err(format!(
                "{who} was started by this run and is still running; wait for its end or end it"
            ));
        }
    }
}
