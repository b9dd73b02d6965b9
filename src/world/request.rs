//! Requests as the engine sees them.

use super::Cancel;
use crate::model::{text::Secret, units::Size};
use std::{collections::BTreeMap, time::Duration};

pub trait HttpClient: Send + Sync {
    /// One request, without redirects to another host and without a proxy.
    fn send(&self, request: &Request, cancel: &Cancel) -> Result<Answer, HttpError>;
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    pub url: String,
    pub headers: BTreeMap<String, Secret>,
    pub body: Option<Secret>,
    /// The rest of a longer answer is not received.
    pub answer_max: Size,
    pub timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Lossily decoded, not sanitized; the beginning of it if it is not whole.
    pub body: String,
    pub body_is_whole: bool,
    pub took: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("{url}: not an http or https address")]
    BadUrl { url: String },
    /// No connection: nothing was sent.
    #[error("{url}: no answer: {why}; is the service running?")]
    NotReached { url: String, why: String },
    #[error("{url}: no answer: {why}; did the service end?")]
    NoAnswer { url: String, why: String },
    #[error("{url}: no answer within {ms} ms; is the service hanging?")]
    TimedOut { url: String, ms: u64 },
    #[error("{url}: cancelled")]
    Cancelled { url: String },
}

impl HttpError {
    /// Whether the request may have reached the server. How far an aborted one got is unknown.
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::BadUrl { .. } | Self::NotReached { .. } => false,
            Self::NoAnswer { .. } | Self::TimedOut { .. } | Self::Cancelled { .. } => true,
        }
    }
}
