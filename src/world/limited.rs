//! Waits for work with a time limit, and until it is cancelled.

use super::Cancel;
use std::{future::Future, io, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// How often the cancel switch is checked.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub enum Limited<T> {
    Done(T),
    Late,
    Cancelled,
}

/// Waits for the work; if it takes too long or is cancelled, it is abandoned where it is.
pub async fn limited<T>(
    work: impl Future<Output = T>,
    limit: Duration,
    cancel: &Cancel,
) -> Limited<T> {
    let cancelled = async {
        while !cancel.pulled() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        done = work => Limited::Done(done),
        () = tokio::time::sleep(limit) => Limited::Late,
        () = cancelled => Limited::Cancelled,
    }
}

/// A runtime that runs on the waiting thread.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Installs the one TLS provider for all encrypted connections here.
pub fn provide_encryption() {
    // An error means that one is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
}
