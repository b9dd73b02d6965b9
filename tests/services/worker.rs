//! The process behind a command that walks a run.

use rustix::process::{Pid, Signal, kill_process};
use std::{fs, process::Child};

/// Ends the front end and its worker as `kill -9` does; a step's command goes on.
pub fn kill_both(mut front: Child) {
    let tasks = format!("/proc/{0}/task/{0}/children", front.id());
    let children = fs::read_to_string(tasks).expect("its children");
    let worker = children.split_whitespace().next().expect("a worker");
    let worker = Pid::from_raw(worker.parse().expect("a number"));
    front.kill().expect("killed");
    front.wait().expect("its end");
    kill_process(worker.expect("a process"), Signal::KILL).expect("killed");
}
