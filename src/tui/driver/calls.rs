//! The backend's own thread: it carries out calls one at a time and sends each answer to the
//! driver's channel like any other source.

use super::Source;
use crate::tui::{backend::Backend, call::Call};
use std::{
    sync::mpsc::{self, Sender, SyncSender},
    thread,
};

pub(super) fn carry_out(mut backend: Box<dyn Backend>, sender: SyncSender<Source>) -> Sender<Call> {
    let (calls, receiver) = mpsc::channel::<Call>();
    thread::spawn(move || {
        for call in receiver {
            let (answer, hand) = call.run(backend.as_mut());
            if sender.send(Source::Answer(Box::new(answer), hand)).is_err() {
                return;
            }
        }
    });
    calls
}
