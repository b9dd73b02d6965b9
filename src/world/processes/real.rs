//! Processes as `/proc` shows them.

use super::{
    Listener, Process, ProcessError, Processes, Signal,
    sockets::{self, Socket},
};
use rustix::{
    io::Errno,
    process::{Pid, PidfdFlags, kill_process, pidfd_open, pidfd_send_signal, test_kill_process},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

const CONNECT_LIMIT: Duration = Duration::from_millis(300);
/// How often, and at what interval, to look at a process whose program is still being loaded. That
/// takes microseconds, or longer if its file is on a slow disk.
const LOAD_LOOKS: u32 = 1000;
const LOAD_PAUSE: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, Default)]
pub struct RealProcesses;

impl RealProcesses {
    /// Whether a shell in the same session started this process as a job, so that the shell could
    /// continue it; `false` if that cannot be determined. Uses session numbers from `/proc`: if the
    /// session leader is outside of this container, the kernel would return 0, which is not a
    /// process.
    pub fn is_job() -> bool {
        let look = |pid| stat(pid).ok().flatten();
        let Some(ours) = look(std::process::id()) else {
            return false;
        };
        let mut above = look(ours.parent);
        while let Some(other) = above.filter(|other| other.session == ours.session) {
            if other.group != ours.group {
                return true;
            }
            above = look(other.parent);
        }
        false
    }

    /// Signals the process that has this number, if `is_it`; `false` if it is gone or another one.
    pub fn signal_if(
        pid: u32,
        signal: Signal,
        is_it: impl FnOnce() -> Result<bool, ProcessError>,
    ) -> Result<bool, ProcessError> {
        let failed = |errno: Errno| match errno {
            Errno::PERM => ProcessError::Denied {
                pid,
                doing: "signal it",
            },
            other => ProcessError::Signal {
                pid,
                source: other.into(),
            },
        };
        let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
            return Ok(false);
        };
        let all: &[rustix::process::Signal] = match signal {
            Signal::Term => &[rustix::process::Signal::TERM, rustix::process::Signal::CONT],
            Signal::Kill => &[rustix::process::Signal::KILL],
            Signal::Continue => &[rustix::process::Signal::CONT],
        };
        // Opened before the check, so that the pid cannot be reused between check and signal.
        // Kernels before 5.3 have no pidfd; there the gap is short.
        let held = match pidfd_open(number, PidfdFlags::empty()) {
            Ok(held) => Some(held),
            Err(Errno::SRCH) => return Ok(false),
            Err(Errno::NOSYS) => None,
            Err(errno) => return Err(failed(errno)),
        };
        if !is_it()? {
            return Ok(false);
        }
        let sent = all.iter().try_for_each(|which| match &held {
            Some(held) => pidfd_send_signal(held, *which),
            None => kill_process(number, *which),
        });
        match sent {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(errno) => Err(failed(errno)),
        }
    }
}

impl Processes for RealProcesses {
    fn listeners(&self, port: u16) -> Result<Vec<Listener>, ProcessError> {
        let found = listening(port)?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut holders = holders(&found)?;
        let listener = |socket: Socket| Listener {
            address: socket.address,
            uid: socket.uid,
            holders: holders.remove(&socket.inode).unwrap_or_default(),
        };
        Ok(found.into_iter().map(listener).collect())
    }

    fn look(&self, pid: u32) -> Result<Option<Process>, ProcessError> {
        let Some(stat) = stat(pid)? else {
            return Ok(None);
        };
        let command = fs::read(proc(pid, "cmdline")).unwrap_or_default();
        Ok(Some(Process {
            pid,
            parent: stat.parent,
            started: stat.started,
            since_ms: booted_ms()?.saturating_add(ticks_ms(stat.started)),
            command: words(&command),
        }))
    }

    fn signal(&self, process: &Process, signal: Signal) -> Result<bool, ProcessError> {
        let is_it = || Ok(self.look(process.pid)?.is_some_and(|now| now.is(process)));
        Self::signal_if(process.pid, signal, is_it)
    }

    fn open_files(&self, pid: u32) -> Result<Option<Vec<PathBuf>>, ProcessError> {
        let Some(targets) = descriptors(pid, "see its open files")? else {
            return Ok(None);
        };
        // Sockets and pipes have no path that begins at the root.
        let files: BTreeSet<PathBuf> = targets.into_iter().filter(|to| to.is_absolute()).collect();
        Ok(Some(files.into_iter().collect()))
    }

    fn environment(&self, pid: u32) -> Result<Option<BTreeMap<String, String>>, ProcessError> {
        let path = proc(pid, "environ");
        let mut loaded = false;
        for _ in 0..LOAD_LOOKS {
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if gone(&error) => return Ok(None),
                Err(error) => return Err(refused(pid, "see its environment", &path, error)),
            };
            if loaded || !bytes.is_empty() {
                return Ok(Some(split_environment(&bytes)));
            }
            // The kernel also shows an empty environment while it is still loading the program.
            loaded = stat(pid)?.is_none_or(|stat| stat.loaded);
            if !loaded {
                thread::sleep(LOAD_PAUSE);
            }
        }
        Err(ProcessError::Loading { pid })
    }

    fn carrying(&self, name: &str, value: &str) -> Result<Vec<Process>, ProcessError> {
        let mut found = Vec::new();
        for pid in pids()? {
            match self.environment(pid) {
                Ok(Some(set)) if set.get(name).is_some_and(|set| set == value) => {
                    found.extend(self.look(pid)?);
                }
                Err(error @ ProcessError::Loading { .. }) => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(found)
    }

    fn connections(&self, port: u16) -> Result<usize, ProcessError> {
        let tables = tables()?;
        Ok(tables
            .iter()
            .map(|table| sockets::connected(table, port))
            .sum())
    }

    fn port_open(&self, port: u16) -> bool {
        let here: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let answers = here.into_iter().any(|address| {
            TcpStream::connect_timeout(&SocketAddr::new(address, port), CONNECT_LIMIT).is_ok()
        });
        // A service may listen only on another address of this machine.
        answers || listening(port).is_ok_and(|found| !found.is_empty())
    }
}

fn listening(port: u16) -> Result<Vec<Socket>, ProcessError> {
    let tables = tables()?;
    let found = tables
        .iter()
        .flat_map(|table| sockets::listening(table, port));
    Ok(found.collect())
}

fn tables() -> Result<Vec<String>, ProcessError> {
    let mut tables = Vec::new();
    for name in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let path = Path::new(name);
        match fs::read_to_string(path) {
            Ok(text) => tables.push(text),
            // A machine without IPv6 has no such table.
            Err(error) if gone(&error) && path.ends_with("tcp6") => {}
            Err(error) => return Err(ProcessError::proc(path, error)),
        }
    }
    Ok(tables)
}

/// Who has each socket open. Processes of other users are skipped: their sockets have no holders.
fn holders(sockets: &[Socket]) -> Result<BTreeMap<u64, Vec<Process>>, ProcessError> {
    let mut found: BTreeMap<u64, Vec<Process>> = BTreeMap::new();
    for pid in pids()? {
        let Ok(Some(targets)) = descriptors(pid, "see its sockets") else {
            continue;
        };
        for socket in sockets {
            let name = format!("socket:[{}]", socket.inode);
            if targets.iter().any(|to| to.as_os_str() == name.as_str())
                && let Some(process) = RealProcesses.look(pid)?
            {
                found.entry(socket.inode).or_default().push(process);
            }
        }
    }
    Ok(found)
}

fn pids() -> Result<Vec<u32>, ProcessError> {
    let all = Path::new("/proc");
    let entries = fs::read_dir(all).map_err(|error| ProcessError::proc(all, error))?;
    let number = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    Ok(entries.filter_map(number).collect())
}

/// What the descriptors of a process lead to; `None` if it is gone.
fn descriptors(pid: u32, doing: &'static str) -> Result<Option<Vec<PathBuf>>, ProcessError> {
    let path = proc(pid, "fd");
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if gone(&error) => return Ok(None),
        Err(error) => return Err(refused(pid, doing, &path, error)),
    };
    // A descriptor that is closed meanwhile has no target.
    let target = |entry: io::Result<fs::DirEntry>| fs::read_link(entry.ok()?.path()).ok();
    Ok(Some(entries.filter_map(target).collect()))
}

fn refused(pid: u32, doing: &'static str, path: &Path, error: io::Error) -> ProcessError {
    if error.kind() == io::ErrorKind::PermissionDenied {
        ProcessError::Denied { pid, doing }
    } else {
        ProcessError::proc(path, error)
    }
}

fn proc(pid: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{name}"))
}

/// A process can end between opening and reading: then the read says so, not the open.
fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(Errno::SRCH.raw_os_error())
}

/// What `/proc/PID/stat` says of a process.
struct Stat {
    parent: u32,
    group: u32,
    session: u32,
    started: u64,
    /// Whether its program has its arguments and environment yet; kernel threads never get any.
    /// Known only for processes that this user may inspect.
    loaded: bool,
}

/// `None` if the process is gone, or is a zombie.
fn stat(pid: u32) -> Result<Option<Stat>, ProcessError> {
    let path = proc(pid, "stat");
    match fs::read_to_string(&path) {
        Ok(line) => Ok(fields(&line)),
        Err(error) if !gone(&error) => Err(ProcessError::proc(&path, error)),
        Err(_) if is_known(pid) => {
            let doing = "see it";
            Err(ProcessError::Denied { pid, doing })
        }
        Err(_) => Ok(None),
    }
}

/// Whether the kernel knows a process, also where `/proc` does not show those of others
/// (`hidepid`).
fn is_known(pid: u32) -> bool {
    let number = i32::try_from(pid).ok().and_then(Pid::from_raw);
    number.is_some_and(|number| test_kill_process(number) != Err(Errno::SRCH))
}

/// Parses the fields from the third on: the second, the name, is in parentheses and may contain
/// anything.
fn fields(line: &str) -> Option<Stat> {
    let (_, rest) = line.rsplit_once(") ")?;
    let mut fields = rest.split_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let session = fields.next()?.parse().ok()?;
    // Field 20. The first thread may have ended before the others, which still hold files and ports
    // open.
    let threads: u32 = fields.nth(13)?.parse().ok()?;
    if ended && threads <= 1 {
        return None;
    }
    // Fields 22 (start time), 23 (size of its memory) and 51 (end of its environment).
    let started = fields.nth(1)?.parse().ok()?;
    let memory = fields.next()?;
    let environment = fields.nth(27);
    Some(Stat {
        parent,
        group,
        session,
        started,
        loaded: memory == "0" || environment != Some("0"),
    })
}

fn booted_ms() -> Result<u64, ProcessError> {
    let path = Path::new("/proc/stat");
    let stat = fs::read_to_string(path).map_err(|error| ProcessError::proc(path, error))?;
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "));
    let seconds: u64 = line.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    Ok(seconds.saturating_mul(1000))
}

fn ticks_ms(ticks: u64) -> u64 {
    ticks.saturating_mul(1000) / rustix::param::clock_ticks_per_second().max(1)
}

fn words(bytes: &[u8]) -> Vec<String> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    let words = bytes.split(|byte| *byte == 0);
    words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}

fn split_environment(bytes: &[u8]) -> BTreeMap<String, String> {
    let entries = bytes.split(|byte| *byte == 0).filter_map(|entry| {
        let text = String::from_utf8_lossy(entry);
        let (name, value) = text.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::TcpListener, process::Command};

    /// Another test's child shares our open files until its program is loaded.
    fn until(seen: impl Fn() -> bool) {
        while !seen() {
            thread::yield_now();
        }
    }

    #[test]
    fn an_environment_is_split_at_nul_and_the_first_equals_sign() {
        let seen = split_environment(b"A=1\0URL=a=b\0broken\0EMPTY=\0");
        let expected = [("A", "1"), ("EMPTY", ""), ("URL", "a=b")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(seen, expected.into());
    }

    #[test]
    fn the_start_is_found_behind_any_name_and_an_ended_process_has_none() {
        let line = |state: &str, threads: u32| {
            format!(
                "7 (a) b (c) {state} 1 2 3 4 -5 6 7 8 9 10 11 12 13 14 15 16 {threads} 0 4242 20"
            )
        };
        for (state, threads) in [("S", 1), ("S", 3), ("Z", 2)] {
            let alive = fields(&line(state, threads)).expect("a living one");
            let seen = (alive.parent, alive.group, alive.session, alive.started);
            assert_eq!(seen, (1, 2, 3, 4242));
        }
        for (state, threads) in [("Z", 1), ("Z", 0), ("X", 1)] {
            assert!(fields(&line(state, threads)).is_none());
        }
        let loaded = |memory: u32, environment: u32| {
            let rest = format!("{} {environment} 0", ["0"; 27].join(" "));
            let line = line("R", 1).replace("4242 20", &format!("4242 {memory} {rest}"));
            fields(&line).expect("a living one").loaded
        };
        assert!(loaded(20, 99) && loaded(0, 0) && !loaded(20, 0));
        assert!(fields("7 (cut").is_none());
    }

    #[test]
    fn a_process_is_found_by_what_it_was_started_with() {
        let (name, value) = ("SWITCHBACK_TEST", format!("test {}", std::process::id()));
        let mut child = Command::new("cat")
            .env(name, &value)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("cat");
        let found = || {
            let all = RealProcesses.carrying(name, &value).expect("a look");
            all.iter().map(|process| process.pid).collect::<Vec<_>>()
        };
        assert_eq!(found(), [child.id()]);
        drop(child.stdin.take());
        child.wait().expect("its end");
        assert!(found().is_empty());
    }

    #[test]
    fn this_process_can_be_looked_at_and_a_gone_one_is_none() {
        let own = std::process::id();
        assert!(matches!(RealProcesses.environment(own), Ok(Some(_))));
        let seen = RealProcesses
            .look(own)
            .expect("a look")
            .expect("it is there");
        assert!(
            seen.started > 0 && seen.since_ms > 1_500_000_000_000,
            "{seen:?}"
        );
        let nobody = u32::MAX / 2;
        assert_eq!(RealProcesses.look(nobody).expect("a look"), None);
        assert!(matches!(RealProcesses.environment(nobody), Ok(None)));
        assert!(matches!(RealProcesses.open_files(nobody), Ok(None)));
    }

    #[test]
    fn the_holder_of_a_port_is_found_on_whatever_address() {
        for address in ["127.0.0.1:0", "127.0.0.2:0", "0.0.0.0:0"] {
            let listener = TcpListener::bind(address).expect("port");
            let bound = listener.local_addr().expect("address");
            let seen = RealProcesses.listeners(bound.port()).expect("a look");
            let [one] = seen.as_slice() else {
                panic!("{seen:?}");
            };
            assert_eq!(one.address, bound.ip());
            let pids: Vec<u32> = one.holders.iter().map(|holder| holder.pid).collect();
            assert!(pids.contains(&std::process::id()), "{pids:?}");
            drop(listener);
            until(|| {
                RealProcesses
                    .listeners(bound.port())
                    .expect("a look")
                    .is_empty()
            });
        }
    }

    #[test]
    fn a_listening_port_is_open_and_a_closed_one_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let port = listener.local_addr().expect("address").port();
        assert!(RealProcesses.port_open(port));
        drop(listener);
        until(|| !RealProcesses.port_open(port));
    }

    #[test]
    fn a_port_that_listens_on_another_own_address_alone_is_open() {
        let listener = TcpListener::bind("127.0.0.2:0").expect("port");
        let port = listener.local_addr().expect("address").port();
        assert!(RealProcesses.port_open(port));
        drop(listener);
        until(|| !RealProcesses.port_open(port));
    }

    #[test]
    fn open_files_are_named_by_their_paths() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let open = RealProcesses.open_files(std::process::id());
        let open = open.expect("a look").expect("it is there");
        let path = fs::canonicalize(file.path()).expect("a path");
        assert!(open.contains(&path), "{open:?}");
    }

    #[test]
    fn only_the_process_that_was_meant_is_signalled() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep");
        let process = RealProcesses.look(child.id()).expect("a look");
        let process = process.expect("it is there");
        let later = Process {
            started: process.started + 1,
            ..process.clone()
        };
        assert!(!RealProcesses.signal(&later, Signal::Term).expect("a try"));
        assert!(RealProcesses.signal(&process, Signal::Term).expect("a try"));
        // A zombie no longer counts as a process.
        until(|| RealProcesses.look(process.pid).expect("a look").is_none());
        child.wait().expect("its end");
        assert!(!RealProcesses.signal(&process, Signal::Kill).expect("a try"));
    }
}
