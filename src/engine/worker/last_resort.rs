//! A journal that cannot be written ends the worker, because nobody would know what it does. A run that
//! was promised to go back if nobody confirms it must not stay for that: perhaps nobody can reach the
//! machine to take it up. So it goes back first, in the room that it keeps for its way back.

use super::{Worker, WorkerError};
use crate::{engine::link::handle::Event, model::text::with_causes, run_state::RunState};

impl Worker {
    /// Goes back instead of ending if that was promised; else, or if that fails, returns the error.
    pub(super) fn go_back_or_end(&mut self, error: WorkerError) -> Result<(), WorkerError> {
        if !matches!(error, WorkerError::Journal(_)) || !self.state.must_be_confirmed() {
            return Err(error);
        }
        self.sink.send(Event::Busy);
        let world = self.context.world.clone();
        self.context.dir.drop_ballast(&world)?;
        self.take_up_again()?;
        self.settle()?;
        if self.state.must_be_confirmed() {
            let reason = format!("nobody has confirmed it, and {}", with_causes(&error));
            self.go_back_by_itself(self.context.clean(&reason))?;
        }
        self.rest()
    }

    /// Starts again from the journal: the state is ahead of it, and what is on disk decides.
    fn take_up_again(&mut self) -> Result<(), WorkerError> {
        let (records, told) = self.ledger.reopen()?;
        self.state = RunState::fold(&records)?;
        for record in records.into_iter().skip(told) {
            self.turns.note(&record);
            self.sink.send(Event::Record(Box::new(record)));
        }
        Ok(())
    }
}
