//! Processes of this machine: who listens on a port, whether a given process still exists, and what
//! it has open. A pid alone does not identify a process, since it is reused later; together with
//! the start time it does.
//!
//! What this user may not inspect is an error with its cure, never an empty answer.

mod real;
mod sockets;

pub use real::RealProcesses;

use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::{Path, PathBuf},
};

pub trait Processes: Send + Sync {
    /// The sockets that listen on a TCP port, on whatever address, and who holds them.
    fn listeners(&self, port: u16) -> Result<Vec<Listener>, ProcessError>;
    /// The process that has this pid now; `None` if there is none, or only a zombie.
    fn look(&self, pid: u32) -> Result<Option<Process>, ProcessError>;
    /// Signals this very process; `false` if it is gone, even if its pid was reused.
    fn signal(&self, process: &Process, signal: Signal) -> Result<bool, ProcessError>;
    /// Files that a process has open, each once; `None` if it is gone.
    fn open_files(&self, pid: u32) -> Result<Option<Vec<PathBuf>>, ProcessError>;
    /// The environment that a process was started with; `None` if it is gone.
    fn environment(&self, pid: u32) -> Result<Option<BTreeMap<String, String>>, ProcessError>;
    /// Processes that were started with this variable, among those this user may inspect. An error
    /// if one of these does not show its environment yet.
    fn carrying(&self, name: &str, value: &str) -> Result<Vec<Process>, ProcessError>;
    /// How many connections to a TCP port of this machine are open.
    fn connections(&self, port: u16) -> Result<usize, ProcessError>;
    /// Whether something accepts connections on a TCP port of this machine's own addresses.
    fn port_open(&self, port: u16) -> bool;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    /// In clock ticks since boot; with the pid it identifies one process until the next boot.
    pub started: u64,
    /// The same as a time for people, in milliseconds since 1970.
    pub since_ms: u64,
    /// Its arguments, as it was started; not sanitized.
    pub command: Vec<String>,
}

impl Process {
    /// The same process, not a later one with its number.
    pub fn is(&self, other: &Self) -> bool {
        (self.pid, self.started) == (other.pid, other.started)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub address: IpAddr,
    /// The user it belongs to.
    pub uid: u32,
    /// Several where a parent and its children share it; none where this user may not see them.
    pub holders: Vec<Process>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Asks it to end. One that was stopped goes on, because it would hear nothing.
    Term,
    /// Kills the process.
    Kill,
    /// Lets it go on, if it was stopped; else it hears nothing of it.
    Continue,
}

#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error(
        "process {pid}: this user may not {doing}; run switchback as the user of that process, or \
         as root"
    )]
    Denied { pid: u32, doing: &'static str },
    #[error("{path}: could not be read; is /proc mounted?", path = path.display())]
    Proc {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("process {pid}: its program is still being loaded; look again when it runs")]
    Loading { pid: u32 },
    #[error("process {pid}: could not be signalled")]
    Signal {
        pid: u32,
        #[source]
        source: std::io::Error,
    },
}

impl ProcessError {
    fn proc(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        Self::Proc { path, source }
    }
}
