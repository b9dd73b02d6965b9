//! An errand: does unattended what was said beforehand, until a person is needed.

use super::{Answer, Worker};
use crate::engine::{
    errand::{Errand, Stop},
    link::handle::{Ask, Event},
    pursuit::{Next, Pursuit},
};

impl Worker {
    pub(super) fn run_errand(&mut self, errand: Errand) -> Answer {
        if let Some(within) = errand.confirm_within.filter(|_| self.state.end.is_none())
            && let Err(why) = self.meet(Ask::ConfirmWithin(within))?
        {
            let stop = Stop::Usage;
            self.sink.answer(&self.by, Event::Stopped { stop, why });
            return Ok(());
        }
        let mut pursuit = Pursuit::new(errand);
        loop {
            self.catch_up()?;
            let (stop, why) = match pursuit.next(&self.state) {
                Next::Ask(_) if self.urgent.take_halt() => {
                    let why = "stopped by a person; `switchback resume` goes on";
                    (Stop::Waiting, why.to_owned())
                }
                Next::Ask(ask) => {
                    if let Err(why) = self.meet(ask)? {
                        pursuit.unmet(why);
                    }
                    continue;
                }
                Next::Stop(stop, why) => (stop, why),
                Next::Still(stop) => (stop, "the run does not go on from here".to_owned()),
            };
            // First, so that whoever is told of the stop also knows how long the worker waits.
            self.stand_by()?;
            self.sink.answer(&self.by, Event::Stopped { stop, why });
            return Ok(());
        }
    }
}
