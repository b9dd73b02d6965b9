//! Just enough HTTP for a health page: one request per connection, on 127.0.0.1, with the standard
//! library only.

use super::Failed;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::Duration,
};

const BODY_BYTES_MAX: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Request {
    pub method: String,
    pub path: String,
    /// Everything after the path, including the `?`.
    pub query: String,
    /// Keyed by lower-case name.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

pub(super) struct Answer {
    pub status: u16,
    pub json: Value,
    /// Sent instead of the JSON.
    pub text: Option<String>,
}

impl Answer {
    pub(super) fn new(status: u16, json: Value) -> Self {
        let text = None;
        Self { status, json, text }
    }

    pub(super) fn ok(json: Value) -> Self {
        Self::new(200, json)
    }

    pub(super) fn text(text: String) -> Self {
        let text = Some(text);
        Self {
            text,
            ..Self::ok(Value::Null)
        }
    }

    pub(super) fn error(status: u16, detail: &str) -> Self {
        Self::new(status, serde_json::json!({ "detail": detail }))
    }
}

/// Answers until the process is ended.
pub(super) fn serve(port: u16, answer: impl Fn(&Request) -> Answer) -> Result<(), Failed> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| Failed::new(format!("port {port}: {error}")))?;
    // A client that disconnects does not concern the others: the next one is served.
    for mut stream in listener.incoming().flatten() {
        let _ = one(&mut stream, &answer);
    }
    Ok(())
}

fn one(stream: &mut TcpStream, answer: &impl Fn(&Request) -> Answer) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = read(&mut BufReader::new(&mut *stream))?;
    let Answer { status, json, text } = answer(&request);
    let (kind, body) = match text {
        Some(text) => ("text/plain; charset=utf-8", text),
        None => ("application/json", json.to_string()),
    };
    write!(
        stream,
        "HTTP/1.1 {status} Stand-in\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Request> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        ..Request::default()
    };
    if let Some(at) = request.path.find('?') {
        request.query = request.path.split_off(at);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim().to_owned();
        request.headers.insert(name.to_ascii_lowercase(), value);
    }
    let announced = request
        .headers
        .get("content-length")
        .and_then(|n| n.parse().ok());
    let mut body = Vec::new();
    let bytes = announced.unwrap_or(0).min(BODY_BYTES_MAX);
    reader.take(bytes).read_to_end(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_with_its_body_and_nothing_more() {
        let text =
            "POST /graphql?x=1 HTTP/1.1\r\nX-API-Key: k\r\nContent-Length: 4\r\n\r\nbodyrest";
        let request = read(&mut text.as_bytes()).expect("a request");
        assert_eq!(request.method, "POST");
        assert_eq!(
            (request.path.as_str(), request.query.as_str()),
            ("/graphql", "?x=1")
        );
        assert_eq!(
            request.headers.get("x-api-key").map(String::as_str),
            Some("k")
        );
        assert_eq!(request.body, "body");
    }
}
