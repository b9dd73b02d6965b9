//! The backend's own thread: what is asked of it is done there, one after the other, and answered
//! as everything else that reaches the driver.

use super::Source;
use crate::tui::{app::Msg, backend::Backend, call::Call};
use std::{
    sync::mpsc::{self, Sender, SyncSender},
    thread,
};

pub(super) fn carry_out(mut backend: Box<dyn Backend>, sender: SyncSender<Source>) -> Sender<Call> {
    let (calls, receiver) = mpsc::channel::<Call>();
    thread::spawn(move || {
        for call in receiver {
            let (answer, hand) = call.run(backend.as_mut());
            // The screen knows the run before its first event comes.
            if sender
                .send(Source::Msg(Msg::Answer(Box::new(answer))))
                .is_err()
            {
                return;
            }
            if let Some(hand) = hand
                && sender.send(Source::Hand(hand)).is_err()
            {
                return;
            }
        }
    });
    calls
}
