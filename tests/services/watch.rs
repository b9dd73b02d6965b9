//! Metrics of a real page: sampled before the upgrade, watched after it.

use super::begun::begun;
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};
use switchback::{
    engine::{link::handle::Ask, report, worker::Worker},
    model::record::CheckVerdict,
};

const HOP: &str = "\
schema: 1
from: '>=1.0, <2.0'
to: 2.0.0
title: Two
apply:
  - id: nothing
    title: Nothing
    do: {run: {command: ['true']}}
    harmless: true
verify:
  - {id: settings, title: The settings are whole, probe: {file: {path: .env, matches: '^A=1$'}}}
watch:
  - id: errors
    title: As few errors as before
    url: 'http://127.0.0.1:PORT/metrics'
    every: 50ms
    for: 200ms
    rules:
      - {metric: up, look: present, no_data: fail}
      - {metric: errors_total, labels: {code: '500'}, look: ratio, at_most: 2, no_data: fail}
      - {metric: never_there, look: value, at_most: 1, no_data: NO_DATA}
";

/// A page with a counter that the test sets.
struct Page {
    port: u16,
    errors: Arc<AtomicU64>,
}

impl Page {
    fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let errors = Arc::new(AtomicU64::new(10));
        let counter = errors.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a client");
                let mut line = String::new();
                let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
                while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
                    line.clear();
                }
                let errors = counter.load(Ordering::SeqCst);
                let body = format!(
                    "# HELP errors_total Errors, by {{code}}\n# TYPE errors_total counter\n\
                     errors_total{{code=\"500\",path=\"/a,}}\"}} {errors}\n\
                     errors_total{{code=\"404\"}} 99999\nup 1\n"
                );
                let _gone = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { port, errors }
    }
}

/// A run whose steps are done and whose checks are yet to be made: the baseline was taken.
fn applied(page: &Page, no_data: &str) -> (Worker, PathBuf) {
    let home = tempfile::tempdir().expect("a folder").keep();
    let root = home.join("product");
    std::fs::create_dir(&root).expect("a folder");
    std::fs::write(root.join(".env"), "A=1\n").expect("written");
    std::fs::write(root.join("VERSION"), "1.0.0\n").expect("written");
    let hop = HOP.replace("PORT", &page.port.to_string());
    let hop = hop.replace("NO_DATA", no_data);
    let (mut worker, _events) = begun(root, home.join("state"), "", &hop);
    for ask in [Ask::Check, Ask::Backup] {
        let met = worker.meet(ask).expect("the worker goes on");
        met.expect("not refused");
    }
    (worker, home)
}

fn verdict(worker: &mut Worker) -> (CheckVerdict, String) {
    let met = worker.meet(Ask::Apply).expect("the worker goes on");
    met.expect("not refused");
    let view = &worker.state().checks[&"hop/check/errors".into()];
    (view.verdict, view.detail.clone())
}

#[test]
fn what_was_before_is_what_now_is_held_against() {
    for (now, good) in [(20, true), (21, false)] {
        let page = Page::new();
        let (mut worker, home) = applied(&page, "could_not_check");
        page.errors.store(now, Ordering::SeqCst);
        let (verdict, detail) = verdict(&mut worker);
        let seen = detail.contains(&format!("is {} times what it was", now as f64 / 10.0));
        assert!(seen, "{detail}");
        assert_eq!(verdict == CheckVerdict::CouldNotCheck, good, "{detail}");
        assert_eq!(verdict == CheckVerdict::Blocked, !good, "{detail}");
        let samples = &worker.state().samples[&"hop/check/errors".into()];
        assert_eq!((samples.before.len(), samples.after.len()), (1, 5));
        let text = report::markdown(worker.state(), &home, None);
        assert!(
            text.contains("`▁|█████` errors_total{code=\"500\"}"),
            "{text}"
        );
    }
}

#[test]
fn what_held_is_looked_at_again_with_the_rest() {
    let page = Page::new();
    let (mut worker, home) = applied(&page, "could_not_check");
    verdict(&mut worker);
    let settings = |worker: &Worker| worker.state().checks[&"hop/check/settings".into()].verdict;
    assert_eq!(settings(&worker), CheckVerdict::Ok);
    std::fs::write(home.join("product/.env"), "").expect("written");
    for (ask, now) in [
        (Ask::Verify, CheckVerdict::Ok),
        (Ask::RecheckAll, CheckVerdict::Blocked),
    ] {
        let met = worker.meet(ask).expect("the worker goes on");
        met.expect("not refused");
        assert_eq!(settings(&worker), now);
    }
}

#[test]
fn no_data_is_what_the_rule_says_and_never_a_pass() {
    for (no_data, wanted) in [
        ("fail", CheckVerdict::Blocked),
        ("could_not_check", CheckVerdict::CouldNotCheck),
    ] {
        let page = Page::new();
        let (mut worker, _home) = applied(&page, no_data);
        let (verdict, detail) = verdict(&mut worker);
        assert_eq!(verdict, wanted, "{detail}");
        assert!(detail.contains("never_there: nothing was seen"), "{detail}");
    }
}
