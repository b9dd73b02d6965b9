//! The socket of a run, in the run's own folder. That folder belongs to its owner alone, is there
//! as long as the run is, and does not go at logout as `/run/user` does. Its path may be longer than
//! a socket's address can be, so the folder is opened and the socket reached through it.

use super::{
    FileError,
    files::{failed, not_found, unusable},
};
use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{AtFlags, FileType, Mode, OFlags, Stat, inotify},
    io::Errno,
    net::sockopt::socket_peercred,
    process::geteuid,
};
use std::{
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

const NAME: &str = "worker.sock";

/// Who is at the other end, as the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub pid: u32,
    pub uid: u32,
}

/// Listens in a run's folder, replacing a socket of an earlier worker. Only for the holder of the
/// lock.
pub fn listen(folder: &Path) -> Result<UnixListener, FileError> {
    const DOING: &str = "listen in the run's folder";
    let dir = open(folder)?.ok_or_else(|| not_found(folder, DOING))?;
    unlink(&dir);
    let listener = UnixListener::bind(through(&dir)).map_err(failed(folder, DOING))?;
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::chmodat(&dir, NAME, mode, AtFlags::empty()).map_err(failed(folder, DOING))?;
    Ok(listener)
}

/// Connects to the worker; `None` if nothing listens there.
pub fn connect(folder: &Path) -> Result<Option<UnixStream>, FileError> {
    let Some(dir) = open(folder)? else {
        return Ok(None);
    };
    match UnixStream::connect(through(&dir)) {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
            _ => Err(failed(folder, "reach the worker of the run")(error)),
        },
    }
}

/// Notifies when a worker may have started to listen in a run's folder, so that nobody has to poll.
pub struct Newcomers(OwnedFd);

impl Newcomers {
    /// Starts watching. A worker that starts to listen sets the mode of its socket, which is the
    /// event watched for; one that started before is found by `connect`.
    pub fn watch(folder: &Path) -> io::Result<Self> {
        let flags = inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK;
        let news = inotify::init(flags)?;
        let of = inotify::WatchFlags::ATTRIB | inotify::WatchFlags::ONLYDIR;
        inotify::add_watch(&news, folder, of)?;
        Ok(Self(news))
    }

    /// Sleeps until there is news, or the other end of `until` has gone.
    pub fn wait(&self, until: &UnixStream) -> io::Result<()> {
        let mut both = [
            PollFd::new(&self.0, PollFlags::IN),
            PollFd::new(until, PollFlags::empty()),
        ];
        match poll(&mut both, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        // The content of the events does not matter: the caller checks for itself.
        let mut news = [0; 4096];
        while rustix::io::read(&self.0, &mut news).is_ok_and(|read| read > 0) {}
        Ok(())
    }
}

/// Removes the socket. Only for the holder of the lock.
pub fn remove(folder: &Path) {
    if let Ok(Some(dir)) = open(folder) {
        unlink(&dir);
    }
}

/// The peer if it is this user or root; otherwise `None`.
pub fn admitted(stream: &UnixStream) -> Option<Peer> {
    let peer = socket_peercred(stream).ok()?;
    let may = peer.uid == geteuid() || peer.uid.is_root();
    let pid = u32::try_from(peer.pid.as_raw_nonzero().get()).ok()?;
    may.then_some(Peer {
        pid,
        uid: peer.uid.as_raw(),
    })
}

/// If the socket does not exist, that is fine.
fn unlink(dir: &OwnedFd) {
    let _gone = rustix::fs::unlinkat(dir, NAME, AtFlags::empty());
}

fn through(dir: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{NAME}", dir.as_raw_fd()))
}

/// Opens the folder if only its owner can put anything into it.
fn open(folder: &Path) -> Result<Option<OwnedFd>, FileError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir = match rustix::fs::open(folder, flags, Mode::empty()) {
        Ok(dir) => dir,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(failed(folder, "open the run's folder")(error)),
    };
    let stat = rustix::fs::fstat(&dir).map_err(failed(folder, "look at the run's folder"))?;
    if is_private(&stat) {
        return Ok(Some(dir));
    }
    let why = "others than its owner may write or look into it";
    Err(unusable(
        folder,
        why,
        "give it back to its owner with mode 0700",
    ))
}

fn is_private(stat: &Stat) -> bool {
    let user = geteuid();
    let owned = stat.st_uid == user.as_raw() || user.is_root();
    let folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    owned && folder && stat.st_mode & 0o077 == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::{self, Permissions},
        io::{Read, Write},
        os::unix::fs::PermissionsExt,
    };

    fn private(path: &Path) {
        fs::create_dir_all(path).expect("a folder");
        fs::set_permissions(path, Permissions::from_mode(0o700)).expect("a mode");
    }

    #[test]
    fn a_folder_of_any_depth_has_a_socket_for_this_user() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("x".repeat(120)).join("y".repeat(120));
        private(&folder);
        assert!(connect(&folder).expect("nobody").is_none());
        for _ in 0..2 {
            // The second finds what the first left behind.
            let listener = listen(&folder).expect("listens");
            let mut here = connect(&folder).expect("reached").expect("somebody");
            let (mut there, _) = listener.accept().expect("accepted");
            let peer = admitted(&there).expect("it is us");
            assert_eq!(peer.pid, std::process::id());
            here.write_all(b"x").expect("sent");
            let mut byte = [0];
            there.read_exact(&mut byte).expect("received");
        }
        assert!(connect(&folder).expect("refused").is_none());
        remove(&folder);
        assert!(!folder.join(NAME).exists());
    }

    #[test]
    fn a_folder_that_others_reach_into_is_refused() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("run");
        private(&folder);
        fs::set_permissions(&folder, Permissions::from_mode(0o711)).expect("a mode");
        assert!(listen(&folder).is_err() && connect(&folder).is_err());
        let link = base.path().join("link");
        std::os::unix::fs::symlink(&folder, &link).expect("a link");
        assert!(listen(&link).is_err());
    }
}
