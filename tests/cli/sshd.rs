//! A real sshd on loopback that lets in whoever runs the tests, and logins to it from a terminal.

use super::{
    servers::{Server, free_port, program},
    session::{Session, on_a_terminal},
};
use rustix::{fs::OFlags, process::Pid};
use std::{
    cell::Cell,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Consecutive looks without progress after which a connection counts as full.
const FULL: u32 = 60;
/// The folder for sshd's privilege separation, which the system's service would create.
const EMPTY: &str = "/run/sshd";

pub struct Sshd {
    server: Server,
    logins: Cell<usize>,
}

impl Sshd {
    /// Every login runs this command, in its folder and with only its environment.
    pub fn start(command: &Command) -> Self {
        if rustix::process::getuid().is_root() {
            fs::create_dir_all(EMPTY).expect("the folder in which sshd gives up its rights");
        }
        let made = tempfile::Builder::new()
            .prefix("switchback-test-")
            .tempdir();
        let folder = made.expect("a folder").keep();
        for key in ["host", "user"] {
            let mut keygen = Command::new(program("ssh-keygen"));
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]);
            let ended = keygen.arg(folder.join(key)).status().expect("ssh-keygen");
            assert!(ended.success(), "ssh-keygen makes no key: {ended}");
        }
        let port = free_port();
        let key = fs::read_to_string(folder.join("host.pub")).expect("a key");
        let known = format!("[127.0.0.1]:{port} {key}");
        fs::write(folder.join("known_hosts"), known).expect("written");
        fs::write(folder.join("login"), becomes(command)).expect("written");

        let option = |name: &str, file: &str| format!("-o{name}={}", folder.join(file).display());
        let argv = [
            program("sshd").display().to_string(),
            "-D".to_owned(),
            "-e".to_owned(),
            "-f/dev/null".to_owned(),
            format!("-oPort={port}"),
            "-oListenAddress=127.0.0.1".to_owned(),
            option("HostKey", "host"),
            option("AuthorizedKeysFile", "user.pub"),
            "-oAuthenticationMethods=publickey".to_owned(),
            "-oPermitRootLogin=prohibit-password".to_owned(),
            "-oStrictModes=no".to_owned(),
            "-oUsePAM=no".to_owned(),
            "-oPidFile=none".to_owned(),
        ];
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        let server = Server::start_as(None, folder, port, "TERM", &argv)
            .until(|server| server.log().contains("Server listening"));
        Self {
            server,
            logins: Cell::new(0),
        }
    }

    /// The command with these arguments, on a terminal of its own at the other end of a line.
    pub fn login(&self, args: &[&str]) -> Login {
        let folder = &self.server.folder;
        self.logins.set(self.logins.get() + 1);
        let told = folder.join(format!("login-{}", self.logins.get()));
        let mut ssh = on_a_terminal(&program("ssh"));
        for option in [
            "IdentitiesOnly=yes".to_owned(),
            "IdentityAgent=none".to_owned(),
            format!("IdentityFile={}", folder.join("user").display()),
            format!(
                "UserKnownHostsFile={}",
                folder.join("known_hosts").display()
            ),
            "GlobalKnownHostsFile=/dev/null".to_owned(),
            "StrictHostKeyChecking=yes".to_owned(),
            "BatchMode=yes".to_owned(),
            "EscapeChar=none".to_owned(),
            "LogLevel=ERROR".to_owned(),
            format!("Port={}", self.server.port),
        ] {
            ssh.args(["-o", &option]);
        }
        ssh.args(["-F", "none", "-tt", "127.0.0.1", "sh"]);
        ssh.args([folder.join("login"), told.clone()]);
        ssh.args(args);
        let session = Session::start(ssh);
        let began = Instant::now();
        while !told.exists() {
            assert!(
                began.elapsed() < LIMIT,
                "nobody was let in:\n{}\n{}",
                session.text(),
                self.server.log()
            );
            session.news();
        }
        Login::told(session, &fs::read_to_string(told).expect("who it is"))
    }
}

/// A script that takes the login's name as its first argument, and runs the command with the
/// others.
fn becomes(command: &Command) -> String {
    let text = |word: &std::ffi::OsStr| {
        let word = word.to_str().expect("a text");
        assert!(!word.contains('\''), "{word}");
        format!("'{word}'")
    };
    let mut script =
        "echo \"$$ $(tty)\" >\"$1.new\" && mv \"$1.new\" \"$1\" && shift && cd ".to_owned();
    script += &text(command.get_current_dir().expect("a folder").as_os_str());
    script += " && exec env -i \"TERM=$TERM\" LC_ALL=C.UTF-8";
    for (name, value) in command.get_envs() {
        let value = text(value.expect("a value"));
        script += &format!(" {}={value}", name.to_str().expect("a name"));
    }
    script + " " + &text(command.get_program()) + " \"$@\"\n"
}

/// A session: the client with its terminal, the sshd that serves it, and what runs there.
pub struct Login {
    pub session: Session,
    /// The front end that runs there.
    pub front: Pid,
    /// The sshd process of this session only.
    pub served_by: Pid,
    terminal: PathBuf,
}

impl Login {
    fn told(session: Session, told: &str) -> Self {
        let (front, terminal) = told.trim().split_once(' ').expect("who it is");
        let front = pid(front);
        Self {
            session,
            front,
            served_by: sshd_above(front),
            terminal: terminal.into(),
        }
    }

    /// Prints bytes that a terminal ignores until the connection takes no more.
    pub fn fill(&self) {
        let mut refused = 0;
        while refused < FULL {
            if self.takes_nothing() {
                refused += 1;
                thread::sleep(LOOK_EVERY);
            } else {
                refused = 0;
            }
        }
    }

    /// Whether a write to this terminal would block.
    pub fn takes_nothing(&self) -> bool {
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let mut terminal = OpenOptions::new()
            .write(true)
            .custom_flags(flags.bits().cast_signed())
            .open(&self.terminal)
            .expect("the terminal there");
        match terminal.write(&[0; 4096]) {
            Ok(_some_of_it) => false,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                true
            }
        }
    }

    /// Waits until the front end has ended.
    pub fn has_ended(&self) {
        let began = Instant::now();
        while stat(self.front).is_some_and(|(state, _)| state != "Z") {
            assert!(
                began.elapsed() < LIMIT,
                "the front end stays:\n{}",
                self.session.text()
            );
            thread::sleep(LOOK_EVERY);
        }
    }
}

fn sshd_above(below: Pid) -> Pid {
    let (_, above) = stat(below).expect("a process");
    let name = fs::read_to_string(proc(above).join("comm")).expect("a process");
    if name.starts_with("sshd") {
        above
    } else {
        sshd_above(above)
    }
}

fn proc(id: Pid) -> PathBuf {
    Path::new("/proc").join(id.as_raw_nonzero().to_string())
}

/// State and parent.
fn stat(id: Pid) -> Option<(String, Pid)> {
    let text = fs::read_to_string(proc(id).join("stat")).ok()?;
    // The name is in parentheses and may contain anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.to_owned(), pid(words.next()?)))
}

fn pid(text: &str) -> Pid {
    let id = text.parse().ok().and_then(Pid::from_raw);
    id.expect("the number of a process")
}
