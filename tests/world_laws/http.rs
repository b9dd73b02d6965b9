//! The real HTTP client against a server of this test.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use switchback::{
    model::{limits, text::Secret},
    world::{Cancel, HttpClient, HttpError, RealHttp, Request},
};

/// Serves one connection; returns its address and, later, the request that it got.
fn server(
    answer: impl FnOnce(&mut TcpStream) + Send + 'static,
) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let address = listener.local_addr().expect("address");
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("accept");
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        while !complete(&request) {
            let count = stream.read(&mut piece).expect("read");
            assert!(count > 0, "the request ends early");
            request.extend_from_slice(&piece[..count]);
        }
        let _ = send.send(String::from_utf8_lossy(&request).into_owned());
        answer(&mut stream);
    });
    (address, receive)
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}

fn answers(head: String, body: impl Into<Vec<u8>>) -> impl FnOnce(&mut TcpStream) + Send + 'static {
    let body = body.into();
    move |stream| {
        let _ = write!(stream, "{head}content-length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(&body);
    }
}

fn get(address: SocketAddr) -> Request {
    Request {
        method: "GET",
        url: format!("http://{address}/health"),
        headers: BTreeMap::new(),
        body: None,
        answer_max: limits::HTTP_ANSWER,
        timeout: Duration::from_secs(20),
    }
}

fn send(request: &Request) -> Result<switchback::world::Answer, HttpError> {
    RealHttp::default().send(request, &Cancel::default())
}

#[test]
fn a_request_arrives_as_it_was_asked_for_and_its_answer_comes_back() {
    let head = "HTTP/1.1 503 Busy\r\n".to_owned();
    let (address, requests) = server(answers(head, "{\"status\":\"starting\"}"));
    let mut request = get(address);
    request.method = "POST";
    request.headers = BTreeMap::from([("x-token".to_owned(), Secret::new("abc"))]);
    request.body = Some(Secret::new("question"));
    let answer = send(&request).expect("an answer");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, "{\"status\":\"starting\"}")
    );
    let seen = requests.recv().expect("request");
    assert!(seen.starts_with("POST /health HTTP/1.1\r\n"), "{seen}");
    assert!(
        seen.contains("x-token: abc\r\n") && seen.ends_with("\r\n\r\nquestion"),
        "{seen}"
    );
}

#[test]
fn one_client_serves_several_requests_and_threads() {
    let http = RealHttp::default();
    thread::scope(|scope| {
        for n in 0..8 {
            let http = &http;
            scope.spawn(move || {
                let (address, _requests) =
                    server(answers("HTTP/1.1 200 OK\r\n".into(), n.to_string()));
                let answer = http
                    .send(&get(address), &Cancel::default())
                    .expect("answer");
                assert_eq!(answer.body, n.to_string());
            });
        }
    });
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let (hold, held) = mpsc::channel::<()>();
    let (address, _requests) = server(move |_| {
        let _ = held.recv();
    });
    let mut request = get(address);
    request.timeout = Duration::from_millis(200);
    let begin = Instant::now();
    let end = send(&request);
    assert!(
        matches!(end, Err(HttpError::TimedOut { ms: 200, .. })),
        "{end:?}"
    );
    assert!(begin.elapsed() < Duration::from_secs(5));
    drop(hold);
}

#[test]
fn whoever_ends_without_an_answer_may_have_done_what_was_asked() {
    let (address, requests) = server(|_| {});
    let mut request = get(address);
    request.method = "POST";
    let error = send(&request).expect_err("no answer");
    assert!(error.may_have_been_sent(), "{error}");
    assert!(
        requests
            .recv()
            .expect("it came")
            .starts_with("POST /health")
    );
    // Nobody is listening there any more.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let error = send(&get(free.expect("a port"))).expect_err("nobody is there");
    assert!(!error.may_have_been_sent(), "{error}");
    assert!(error.to_string().contains("is the service running?"));
}

#[test]
fn a_cancelled_request_ends() {
    let (hold, held) = mpsc::channel::<()>();
    let (address, requests) = server(move |_| {
        let _ = held.recv();
    });
    let cancel = Cancel::default();
    let pulled = cancel.clone();
    thread::spawn(move || {
        let _ = requests.recv();
        pulled.pull();
    });
    let end = RealHttp::default().send(&get(address), &cancel);
    assert!(matches!(end, Err(HttpError::Cancelled { .. })), "{end:?}");
    drop(hold);
}

#[test]
fn a_redirect_is_followed_on_the_same_host_and_port_only() {
    let (elsewhere, requests) = server(answers("HTTP/1.1 200 OK\r\n".into(), "secret"));
    let head = format!("HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/\r\n");
    let (address, _requests) = server(answers(head, "moved"));
    let answer = send(&get(address)).expect("an answer");
    assert_eq!((answer.status, answer.body.as_str()), (302, "moved"));
    assert!(requests.try_recv().is_err(), "nobody called the other host");
}

#[test]
fn a_huge_body_is_cut_and_says_so() {
    for (bytes, kept, is_whole) in [
        (8 << 20, 1 << 20, false),
        ((1 << 20) + 1, 1 << 20, false),
        (1 << 20, 1 << 20, true),
        (0, 0, true),
    ] {
        let body = vec![b'x'; bytes];
        let (address, _requests) = server(answers("HTTP/1.1 200 OK\r\n".into(), body));
        let answer = send(&get(address)).expect("an answer");
        assert_eq!((answer.body.len(), answer.body_is_whole), (kept, is_whole));
    }
}

#[test]
fn a_failure_says_what_happened_in_few_words() {
    let free = TcpListener::bind("127.0.0.1:0").expect("listen");
    let address = free.local_addr().expect("address");
    drop(free);
    let end = send(&get(address)).expect_err("nobody listens").to_string();
    assert!(end.contains("no answer: connection refused; is"), "{end}");

    let (address, _requests) = server(|stream| {
        let _ = stream.write_all(b"this is not HTTP\r\n\r\n");
    });
    let end = send(&get(address)).expect_err("not HTTP").to_string();
    assert!(end.contains("no answer: "), "{end}");

    for url in ["ftp://host/", "localhost:80", "", "http://"] {
        let mut request = get(address);
        request.url = url.to_owned();
        assert!(
            matches!(send(&request), Err(HttpError::BadUrl { .. })),
            "{url}"
        );
    }
}
