//! Confirm or go back: an operator whose upgrade may cut their own connection has the worker wait
//! for them for a limited time. After that it takes the run back by itself.
//!
//! The deadline is recorded as a time of the calendar, so that another worker knows it; the worker
//! that set it goes by the monotonic clock. A worker that takes the run up goes by the calendar,
//! but never waits longer than was agreed.

use super::{Answer, Worker, WorkerError};
use crate::{
    engine::link::{
        handle::{Ask, Event},
        sharing::Given,
    },
    model::{record::Body, units::Span},
};
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

/// A calendar deadline together with the same moment on the monotonic clock.
#[derive(Clone, Copy)]
pub(super) struct Until {
    at_ms: u64,
    monotonic: Duration,
}

impl Worker {
    pub(super) fn confirm_within(&mut self, within: Span) -> Answer {
        let (within_ms, by) = (within.ms(), self.who());
        self.record(Body::ConfirmWithin { within_ms, by })?;
        Ok(())
    }

    /// The worker has become idle: if a confirmation is awaited, its time starts now.
    pub(super) fn stand_by(&mut self) -> Result<(), WorkerError> {
        if let Some(within_ms) = self.state.must_not_wait_longer_than_ms() {
            let at_ms = self.context.world.clock.now_ms().saturating_add(within_ms);
            self.until = Some(self.wait_from_now(at_ms, within_ms));
            self.record(Body::ConfirmBy { at_ms })?;
        }
        let stays = self.time_left().is_some();
        self.urgent.stay(stays);
        Ok(())
    }

    pub(super) fn rest(&mut self) -> Result<(), WorkerError> {
        self.stand_by()?;
        self.sink.send(Event::Idle);
        Ok(())
    }

    /// Waits for the next ask; first goes back if the deadline has passed, or passes meanwhile.
    /// `None` if nobody can ask any more.
    pub(super) fn next_ask(
        &mut self,
        asks: &Receiver<Given>,
    ) -> Result<Option<Given>, WorkerError> {
        loop {
            let Some(left) = self.time_left() else {
                return Ok(asks.recv().ok());
            };
            if left.is_zero() {
                self.go_back_unconfirmed()?;
                continue;
            }
            match asks.recv_timeout(left) {
                Ok(given) => return Ok(Some(given)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// The time left; `None` if there is no deadline.
    fn time_left(&mut self) -> Option<Duration> {
        let at_ms = self.state.confirm_by_ms()?;
        let clock = &self.context.world.clock;
        let known = self.until.filter(|until| until.at_ms == at_ms);
        let until = known.unwrap_or_else(|| {
            let left_ms = at_ms.saturating_sub(clock.now_ms());
            self.wait_from_now(at_ms, left_ms.min(self.within().ms()))
        });
        let left = until.monotonic.saturating_sub(clock.monotonic());
        self.until = Some(until);
        Some(left)
    }

    fn wait_from_now(&self, at_ms: u64, left_ms: u64) -> Until {
        let now = self.context.world.clock.monotonic();
        let monotonic = now.saturating_add(Duration::from_millis(left_ms));
        Until { at_ms, monotonic }
    }

    fn within(&self) -> Span {
        let confirm = self.state.confirm;
        Span::from_ms(confirm.map_or(0, |confirm| confirm.within_ms))
    }

    fn go_back_unconfirmed(&mut self) -> Result<(), WorkerError> {
        self.sink.send(Event::Busy);
        self.go_back_by_itself(format!("nobody confirmed within {}", self.within()))?;
        self.rest()
    }

    pub(super) fn go_back_by_itself(&mut self, reason: String) -> Result<(), WorkerError> {
        self.by = self.context.world.system.who();
        // A pause that was asked for while nothing ran was for the way forward.
        self.urgent.take_pause();
        // What it cannot take back stands in its records, as after every rollback.
        let over_later_edits = false;
        let _told = self.meet(Ask::Rollback {
            reason,
            over_later_edits,
        })?;
        Ok(())
    }
}
