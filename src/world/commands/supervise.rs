//! Follows a started command until it and its whole group are gone.

use super::lines::{Lines, Told};
use crate::{
    model::{
        rule::{self, Stop},
        units::Span,
    },
    world::{Cancel, Command, Ended, Heard, How, Stream},
};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    io,
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Child,
};

/// How often time limits and the cancel switch are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Time between asking the group to end and killing it, unless the command says otherwise.
const GRACE: Duration = Duration::from_secs(5);
/// How long a grandchild may hold the outputs open after the command itself has ended.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);
const READ_BYTES: usize = 32 << 10;

/// At the longest until a command and its whole group are gone.
pub fn longest(command: &Command) -> Duration {
    let ended = command.timeout.saturating_add(grace(command.stop));
    ended.saturating_add(DRAIN_LIMIT)
}

fn grace(stop: Stop) -> Duration {
    stop.within.map_or(GRACE, Span::duration)
}

pub async fn to_the_end(
    mut child: Child,
    command: &Command,
    began: Instant,
    cancel: &Cancel,
    line: &mut dyn FnMut(Stream, &str),
) -> io::Result<Ended> {
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    feed(&mut child, command);
    let mut out = Output::new(child.stdout.take(), Stream::Out, command);
    let mut err = Output::new(child.stderr.take(), Stream::Err, command);
    let mut end = End::default();
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            bytes = out.read(), if out.open() => out.take(bytes, line),
            bytes = err.read(), if err.open() => err.take(bytes, line),
            status = child.wait(), if end.exited.is_none() => {
                end.exited = Some((status?, Instant::now()));
            }
            _ = look.tick() => {
                // What ended by itself while this process stood still is not late.
                if let (None, Some(status)) = (end.exited, child.try_wait()?) {
                    end.exited = Some((status, Instant::now()));
                }
                end.press(group, command, began, cancel);
            }
        }
        if let Some((status, at)) = end.exited {
            let drained = !out.open() && !err.open();
            if drained || at.elapsed() >= DRAIN_LIMIT {
                let how = end.why.unwrap_or_else(|| how(status));
                // Kill whatever is left of the group, except after a command that leaves something
                // running and ended by itself.
                if !command.leaves_running || end.why.is_some() {
                    signal(group, Signal::KILL);
                }
                let (out, err) = (out.finish(line), err.finish(line));
                return Ok(Ended {
                    how,
                    stdout: out.text,
                    stderr: err.text,
                    stdout_is_whole: out.whole,
                    hit: out.hit.or(err.hit),
                    heard: Heard {
                        stdout: out.heard,
                        stderr: err.heard,
                        cut: out.cut || err.cut,
                    },
                    took: began.elapsed(),
                });
            }
        }
    }
}

/// Why the command is being ended, when it will be killed, and how it ended.
#[derive(Default)]
struct End {
    why: Option<How>,
    kill_at: Option<Instant>,
    exited: Option<(ExitStatus, Instant)>,
}

impl End {
    fn press(&mut self, group: Option<Pid>, command: &Command, began: Instant, cancel: &Cancel) {
        let late = began.elapsed() >= command.timeout && self.exited.is_none();
        match self.kill_at {
            // Cancelling also works after the exit: it shortens the wait for a descendant.
            None if cancel.pulled() => self.begin(How::Cancelled, group, command.stop),
            None if late => self.begin(How::TimedOut, group, command.stop),
            Some(at) if Instant::now() >= at => signal(group, Signal::KILL),
            None | Some(_) => {}
        }
    }

    fn begin(&mut self, why: How, group: Option<Pid>, stop: Stop) {
        if self.exited.is_none() {
            self.why = Some(why);
        }
        self.kill_at = Some(Instant::now() + grace(stop));
        signal(group, of_rule(stop.signal));
        // Whoever was stopped hears it only when it goes on.
        signal(group, Signal::CONT);
    }
}

fn of_rule(signal: rule::Signal) -> Signal {
    match signal {
        rule::Signal::Int => Signal::INT,
        rule::Signal::Term => Signal::TERM,
        rule::Signal::Quit => Signal::QUIT,
        rule::Signal::Hup => Signal::HUP,
        rule::Signal::Usr1 => Signal::USR1,
        rule::Signal::Usr2 => Signal::USR2,
    }
}

/// A group that is already gone cannot be signalled, and need not be.
fn signal(group: Option<Pid>, which: Signal) {
    if let Some(group) = group {
        let _ = kill_process_group(group, which);
    }
}

fn how(status: ExitStatus) -> How {
    match (status.code(), status.signal()) {
        (Some(code), _) => How::Exit(code),
        (None, Some(signal)) => How::Signal(signal),
        (None, None) => How::Exit(-1),
    }
}

/// Writes standard input concurrently: a command need not read it before it writes.
fn feed(child: &mut Child, command: &Command) {
    if let (Some(mut pipe), Some(text)) = (child.stdin.take(), command.stdin.clone()) {
        tokio::spawn(async move {
            // A command that does not read its input to the end is free to.
            let _ = pipe.write_all(text.expose().as_bytes()).await;
        });
    }
}

struct Output<R> {
    pipe: Option<R>,
    stream: Stream,
    buffer: Box<[u8]>,
    lines: Lines,
}

impl<R: AsyncRead + Unpin> Output<R> {
    fn new(pipe: Option<R>, stream: Stream, command: &Command) -> Self {
        Self {
            pipe,
            stream,
            buffer: vec![0; READ_BYTES].into(),
            lines: Lines::new(
                command.never.clone(),
                match stream {
                    Stream::Out => command.wanted.stdout.clone(),
                    Stream::Err => command.wanted.stderr.clone(),
                },
                command.pieces && stream == Stream::Out,
            ),
        }
    }

    fn open(&self) -> bool {
        self.pipe.is_some()
    }

    async fn read(&mut self) -> io::Result<usize> {
        match &mut self.pipe {
            Some(pipe) => pipe.read(&mut self.buffer).await,
            None => Ok(0),
        }
    }

    /// An unreadable output counts as ended; the exit status says what happened.
    fn take(&mut self, bytes: io::Result<usize>, line: &mut dyn FnMut(Stream, &str)) {
        match bytes {
            Ok(0) | Err(_) => self.pipe = None,
            Ok(count) => {
                let stream = self.stream;
                self.lines
                    .push(&self.buffer[..count], &mut |text: &str| line(stream, text));
            }
        }
    }

    fn finish(self, line: &mut dyn FnMut(Stream, &str)) -> Told {
        let stream = self.stream;
        self.lines.finish(&mut |text: &str| line(stream, text))
    }
}
