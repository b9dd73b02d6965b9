//! The real HTTP client. Built when the first request is sent, so that starting costs nothing.
//!
//! It takes no proxy from the environment and follows no redirect to another host: a request goes
//! where the plan says and nowhere else.

use super::{
    Answer, Cancel, HttpClient, HttpError, Request,
    limited::{Limited, limited, provide_encryption, runtime},
};
use crate::model::units::Size;
use reqwest::{
    Client, ClientBuilder, Method, Response, Url,
    header::{CONNECTION, HeaderValue},
    redirect::Policy,
};
use std::{error::Error, sync::OnceLock, time::Instant};
use tokio::runtime::Runtime;

const REDIRECTS_MAX: usize = 5;

#[derive(Debug, Default)]
pub struct RealHttp {
    plain: OnceLock<Result<Built, String>>,
    secure: OnceLock<Result<Built, String>>,
}

#[derive(Debug)]
struct Built {
    runtime: Runtime,
    client: Client,
}

impl HttpClient for RealHttp {
    fn send(&self, request: &Request, cancel: &Cancel) -> Result<Answer, HttpError> {
        let url = || request.url.clone();
        let address = Url::parse(&request.url)
            .ok()
            .filter(|address| matches!(address.scheme(), "http" | "https") && address.has_host())
            .ok_or_else(|| HttpError::BadUrl { url: url() })?;
        let not_reached = |why| HttpError::NotReached { url: url(), why };
        let built = match address.scheme() {
            "https" => self.secure.get_or_init(|| build(Client::builder())),
            // Reading the system's certificates takes longer than the whole of a plan.
            _ => self
                .plain
                .get_or_init(|| build(Client::builder().tls_certs_only([]))),
        };
        let built = built.as_ref().map_err(|why| not_reached(why.clone()))?;
        let began = Instant::now();
        let work = exchange(&built.client, address.clone(), request);
        match built
            .runtime
            .block_on(limited(work, request.timeout, cancel))
        {
            Limited::Done(Ok((status, (body, body_is_whole)))) => Ok(Answer {
                status,
                body,
                body_is_whole,
                took: began.elapsed(),
            }),
            // After a redirect a server has answered already: only the first address counts.
            Limited::Done(Err(error)) if error.is_connect() && error.url() == Some(&address) => {
                Err(not_reached(reason(&error)))
            }
            Limited::Done(Err(error)) => Err(HttpError::NoAnswer {
                url: url(),
                why: reason(&error),
            }),
            Limited::Late => Err(HttpError::TimedOut {
                url: url(),
                ms: request.timeout.as_millis() as u64,
            }),
            Limited::Cancelled => Err(HttpError::Cancelled { url: url() }),
        }
    }
}

fn build(client: ClientBuilder) -> Result<Built, String> {
    provide_encryption();
    let runtime = runtime().map_err(|error| error.to_string())?;
    let client = client
        .no_proxy()
        .redirect(Policy::custom(|attempt| {
            let from = attempt.previous().last().map(origin);
            if from != Some(origin(attempt.url())) || attempt.previous().len() > REDIRECTS_MAX {
                attempt.stop()
            } else {
                attempt.follow()
            }
        }))
        // The runtime does not run between requests: an idle connection would go stale unnoticed,
        // and a service that waits for its clients before it ends would wait for this one.
        .pool_max_idle_per_host(0)
        .default_headers(
            [(CONNECTION, HeaderValue::from_static("close"))]
                .into_iter()
                .collect(),
        )
        .user_agent(concat!("switchback/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| reason(&error))?;
    Ok(Built { runtime, client })
}

/// Scheme, host and port: what was sent encrypted must not be redirected to plain text.
fn origin(url: &Url) -> (String, String, Option<u16>) {
    let host = url.host_str().unwrap_or_default().to_owned();
    (url.scheme().to_owned(), host, url.port_or_known_default())
}

async fn exchange(
    client: &Client,
    address: Url,
    request: &Request,
) -> Result<(u16, (String, bool)), reqwest::Error> {
    let method = Method::from_bytes(request.method.as_bytes())
        .expect("our own methods are words in capitals");
    let mut sent = client.request(method, address);
    for (name, value) in &request.headers {
        sent = sent.header(name, value.expose());
    }
    if let Some(body) = &request.body {
        sent = sent.body(body.expose().to_owned());
    }
    let answer = sent.send().await?;
    let status = answer.status().as_u16();
    Ok((status, body(answer, request.answer_max).await?))
}

/// The beginning of the body, and whether that is all of it; the rest is not even received.
async fn body(mut answer: Response, most: Size) -> Result<(String, bool), reqwest::Error> {
    let bytes_max = usize::try_from(most.bytes()).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    let mut is_whole = true;
    while is_whole && let Some(piece) = answer.chunk().await? {
        let room = bytes_max - bytes.len();
        bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        is_whole = piece.len() <= room;
    }
    Ok((String::from_utf8_lossy(&bytes).into_owned(), is_whole))
}

/// The last cause says what happened (`connection refused`); the ones before it say "error sending
/// request" in several ways.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => "the connection broke".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_scheme_on_the_same_port_is_another_origin() {
        let of = |url: &str| origin(&Url::parse(url).expect("an address"));
        assert_ne!(
            of("https://db.example:8443/a"),
            of("http://db.example:8443/a")
        );
        assert_eq!(of("https://db.example/a"), of("https://db.example:443/b"));
    }
}
