//! Work that is waited for so long and no longer, and only until somebody stops it.

use super::Cancel;
use std::{future::Future, io, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// How often it is looked whether somebody stops it.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub enum End<T> {
    Done(T),
    Late,
    Cancelled,
}

/// The work is left where it is when it is waited for no longer.
pub async fn limited<T>(work: impl Future<Output = T>, limit: Duration, cancel: &Cancel) -> End<T> {
    let cancelled = async {
        while !cancel.pulled() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        done = work => End::Done(done),
        () = tokio::time::sleep(limit) => End::Late,
        () = cancelled => End::Cancelled,
    }
}

/// Drives what is waited for, on the thread that waits.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// What encrypted connections are made with, by everybody here.
pub fn provide_encryption() {
    // An error means that one is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
}
