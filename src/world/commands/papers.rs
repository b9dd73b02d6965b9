//! The files that a command outliving the worker leaves on disk, side by side under one stem:
//! `.alive` is locked as long as its shim lives, `.begun` exists before the command is started,
//! `.out` has its lines, `.exit` its end, for which `.room` reserves space until then. Together
//! they tell any process at any time what became of the command.

use super::super::{Ended, FileError, Files, Heard, Process, RealFiles, Stream};
use crate::{
    model::limits,
    world::{CommandError, InLines, files::failed},
};
use rustix::{
    fs::{FallocateFlags, fallocate},
    io::Errno,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

const PARTS: [&str; 5] = ["alive", "begun", "out", "room", "exit"];
/// The ends of two outputs, as JSON at its longest (`\u0000`: six bytes for one), and room.
const PAPER_BYTES_MAX: u64 = 2 * 8 * 2 * limits::OUTPUT_END.bytes();
const OWNER_ONLY: u32 = 0o600;
/// If there is no more room than reserved, each text of an end is cut to this; even at the maximum
/// length of JSON that fits into `ROOM_BYTES`.
const SHORT_BYTES: usize = 2 << 10;
const ROOM_BYTES: u64 = 48 << 10;

pub struct Papers {
    stem: PathBuf,
}

/// What the papers say together.
pub struct Seen {
    pub alive: bool,
    pub begun: Option<Begun>,
    pub exit: Option<Exit>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    pub pid: u32,
    /// The shim's start time; with the pid it identifies the process as long as its lock is held.
    pub started: u64,
    /// Opaque text of the caller, returned with the outcome.
    pub note: String,
    /// How long its shim may take for all of it, to be looked at by whoever waits for that.
    #[serde(default)]
    pub within_ms: Option<u64>,
}

impl Begun {
    /// Whether a shim that is waited for so long cannot be doing what it is there for.
    pub fn is_late(&self, waited: Duration) -> bool {
        let within = self.within_ms.map(Duration::from_millis);
        within.is_some_and(|within| waited > within)
    }

    pub fn process(&self) -> Process {
        Process {
            pid: self.pid,
            parent: 0,
            started: self.started,
            since_ms: 0,
            command: Vec::new(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Exit {
    Ended(Ended),
    NotFound(String),
    NotStarted { name: String, why: String },
    Lost(String),
}

impl Exit {
    fn in_short(self) -> Self {
        match self {
            Self::Ended(ended) => Self::Ended(Ended {
                heard: Heard {
                    stdout: with_less_left(ended.heard.stdout, &ended.stdout),
                    stderr: with_less_left(ended.heard.stderr, &ended.stderr),
                    cut: ended.heard.cut || is_cut(&ended.stdout) || is_cut(&ended.stderr),
                },
                stdout: end_of(&ended.stdout),
                stderr: end_of(&ended.stderr),
                hit: ended.hit.as_deref().map(end_of),
                ..ended
            }),
            Self::NotFound(_) | Self::NotStarted { .. } | Self::Lost(_) => self,
        }
    }
}

impl From<Result<Ended, CommandError>> for Exit {
    fn from(end: Result<Ended, CommandError>) -> Self {
        match end {
            Ok(ended) => Self::Ended(ended),
            Err(CommandError::NotFound(name)) => Self::NotFound(name),
            Err(CommandError::Start(name, error)) => Self::NotStarted {
                name,
                why: error.to_string(),
            },
            Err(CommandError::Lost(name, _)) => Self::Lost(name),
        }
    }
}

impl From<Exit> for Result<Ended, CommandError> {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Ended(ended) => Ok(ended),
            Exit::NotFound(name) => Err(CommandError::NotFound(name)),
            Exit::NotStarted { name, why } => Err(CommandError::Start(name, io::Error::other(why))),
            Exit::Lost(name) => Err(CommandError::Lost(
                name,
                io::Error::other("its shim lost it"),
            )),
        }
    }
}

impl Papers {
    pub fn at(stem: &Path) -> Self {
        let stem = stem.to_owned();
        Self { stem }
    }

    fn part(&self, name: &str) -> PathBuf {
        let mut path = self.stem.clone().into_os_string();
        path.push(".");
        path.push(name);
        PathBuf::from(path)
    }

    /// Creates a marker that is locked before a shim inherits it: a live command never looks dead.
    pub fn hold(&self) -> Result<File, FileError> {
        let path = self.part("alive");
        let marker = open(OpenOptions::new().write(true).create_new(true), &path);
        let marker = marker.map_err(failed(&path, "create it"))?;
        marker.lock().map_err(failed(&path, "lock it"))?;
        Ok(marker)
    }

    /// Checks the lock first: once a shim is gone, it has written everything it ever will. An error
    /// says nothing about the command, since an unreadable paper is not a missing one.
    pub fn look(&self) -> io::Result<Seen> {
        Ok(Seen {
            alive: self.alive()?,
            begun: self.read("begun")?,
            exit: self.read("exit")?,
        })
    }

    /// Whether a shim lives. If the lock can be taken, it is released at once.
    pub fn alive(&self) -> io::Result<bool> {
        let marker = match open(OpenOptions::new().read(true), &self.part("alive")) {
            Ok(marker) => marker,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match marker.try_lock() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Durable before the command is started.
    pub fn begin(&self, begun: &Begun) -> Result<(), FileError> {
        self.write("begun", begun)
    }

    /// Reserves the room for the end before the command can use it up: a command whose end could
    /// not be recorded is not started.
    pub fn reserve(&self) -> Result<(), FileError> {
        let path = self.part("room");
        let room = open(OpenOptions::new().write(true).create_new(true), &path);
        let room = room.map_err(failed(&path, "create it"))?;
        match fallocate(&room, FallocateFlags::empty(), 0, ROOM_BYTES) {
            // Not every file system can.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(error) => Err(failed(&path, "reserve room for its end")(error)),
        }
    }

    /// Records the end, durably; shortened if there is no more room than was reserved.
    pub fn end(&self, exit: Exit) -> Result<(), FileError> {
        let (room, path) = (self.part("room"), self.part("exit"));
        let file = open(OpenOptions::new().write(true).create(true), &room);
        let file = file.map_err(failed(&room, "open it"))?;
        if fill(&file, &exit).is_err() {
            fill(&file, &exit.in_short()).map_err(failed(&room, "write it"))?;
        }
        file.sync_all().map_err(failed(&room, "sync it"))?;
        std::fs::rename(&room, &path).map_err(failed(&path, "put it in its place"))?;
        let folder = path.parent().map(File::open).transpose();
        let folder = folder.and_then(|folder| folder.map_or(Ok(()), |folder| folder.sync_all()));
        folder.map_err(failed(&path, "sync its folder"))
    }

    fn write(&self, part: &str, paper: &impl Serialize) -> Result<(), FileError> {
        let json = serde_json::to_vec(paper).expect("papers have only text keys");
        RealFiles.replace_own(&self.part(part), &json)
    }

    fn read<T: DeserializeOwned>(&self, part: &str) -> io::Result<Option<T>> {
        let content = RealFiles.read(&self.part(part), PAPER_BYTES_MAX);
        let content = content.map_err(io::Error::other)?;
        let said = content.map(|content| serde_json::from_slice(&content.bytes));
        Ok(said.transpose()?)
    }

    /// For the shim, to append lines to.
    pub fn output(&self) -> io::Result<File> {
        open(
            OpenOptions::new().append(true).create(true),
            &self.part("out"),
        )
    }

    pub fn tail(&self) -> Tail {
        Tail {
            path: self.part("out"),
            at: 0,
            open: Vec::new(),
        }
    }

    /// Every stem in a folder, those of the same name ordered by number. A single paper is enough:
    /// an end left by a process that was killed in `forget` must not be taken for that of the next
    /// command.
    pub fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
        let names = RealFiles.list(folder)?;
        let stems = names.iter().filter_map(|name| {
            let (stem, part) = name.rsplit_once('.')?;
            PARTS.contains(&part).then(|| folder.join(stem))
        });
        let stems: BTreeSet<PathBuf> = stems.collect();
        Ok(stems.into_iter().collect())
    }

    pub fn forget(&self) -> Result<(), FileError> {
        PARTS
            .iter()
            .try_for_each(|part| RealFiles.discard(&self.part(part)))
    }
}

fn fill(mut file: &File, exit: &Exit) -> io::Result<()> {
    let json = serde_json::to_vec(exit).expect("papers have only text keys");
    file.rewind()?;
    let written = file.write_all(&json);
    // Returns the room that was not needed; after a failed write keeps it reserved.
    file.set_len(if written.is_ok() {
        json.len() as u64
    } else {
        ROOM_BYTES
    })?;
    written
}

fn is_cut(text: &str) -> bool {
    text.len() > SHORT_BYTES
}

fn with_less_left(heard: InLines, text: &str) -> InLines {
    match heard {
        InLines::NotGone if is_cut(text) => InLines::Unknown,
        heard => heard,
    }
}

/// The last part of a text, never from the middle of a character.
fn end_of(text: &str) -> String {
    let cut = text.len().saturating_sub(SHORT_BYTES);
    let from = (cut..).find(|&at| text.is_char_boundary(at));
    text[from.unwrap_or(text.len())..].to_owned()
}

fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.mode(OWNER_ONLY).open(path)
}

/// The form of a line in the output file: a letter for its stream, then the line.
pub fn written(stream: Stream, line: &str) -> String {
    let mark = match stream {
        Stream::Out => 'o',
        Stream::Err => 'e',
    };
    format!("{mark}{line}\n")
}

/// Follows the output of a command while it is written.
pub struct Tail {
    path: PathBuf,
    at: u64,
    open: Vec<u8>,
}

impl Tail {
    /// The lines that have come since; an output that cannot be read has none.
    pub fn read(&mut self, line: &mut dyn FnMut(Stream, &str)) {
        let mut bytes = Vec::new();
        let Ok(mut file) = File::open(&self.path) else {
            return;
        };
        if file.seek(SeekFrom::Start(self.at)).is_err() || file.read_to_end(&mut bytes).is_err() {
            return;
        }
        self.at += bytes.len() as u64;
        self.open.extend(bytes);
        // Removes all lines read at once: moving the rest for each of them would be quadratic.
        let mut read = 0;
        while let Some(length) = self.open[read..].iter().position(|&byte| byte == b'\n') {
            let text = String::from_utf8_lossy(&self.open[read..read + length]);
            read += length + 1;
            let (stream, text) = match text.split_at_checked(1) {
                Some(("e", text)) => (Stream::Err, text),
                Some((_, text)) => (Stream::Out, text),
                None => continue,
            };
            line(stream, text);
        }
        self.open.drain(..read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::How;
    use std::time::Instant;

    #[test]
    fn a_line_that_is_still_written_waits_for_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let papers = Papers::at(&folder.path().join("1"));
        let mut output = papers.output().expect("a file");
        let mut tail = papers.tail();
        let mut seen = Vec::new();
        for piece in ["oone\netw", "o\n\no", "three\nof"] {
            output.write_all(piece.as_bytes()).expect("written");
            tail.read(&mut |stream, text| seen.push((stream, text.to_owned())));
        }
        let lines = [
            (Stream::Out, "one"),
            (Stream::Err, "two"),
            (Stream::Out, "three"),
        ];
        assert_eq!(seen, lines.map(|(stream, text)| (stream, text.to_owned())));
    }

    /// To move the rest of it for every line would take minutes.
    #[test]
    fn a_long_output_is_read_at_one_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let papers = Papers::at(&folder.path().join("1"));
        let text = "oa line of output\n".repeat(1_000_000);
        papers
            .output()
            .and_then(|mut output| output.write_all(text.as_bytes()))
            .expect("written");
        let began = Instant::now();
        let mut lines = 0;
        papers.tail().read(&mut |_, _| lines += 1);
        assert_eq!(lines, 1_000_000);
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    /// As JSON one character can take six.
    #[test]
    fn an_end_in_short_fits_into_the_room_that_is_reserved_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let papers = Papers::at(&folder.path().join("1"));
        papers.reserve().expect("room");
        let long = "\u{1}".repeat(1 << 20);
        let exit = Exit::from(Ok(Ended {
            how: How::Exit(3),
            stdout: long.clone(),
            stderr: format!("ä{long}"),
            stdout_is_whole: true,
            hit: Some(long),
            heard: Heard::default(),
            took: Duration::from_secs(1),
        }));
        let short = exit.in_short();
        let bytes = serde_json::to_vec(&short).expect("JSON").len() as u64;
        assert!(bytes > ROOM_BYTES / 2 && bytes <= ROOM_BYTES, "{bytes}");
        papers.end(short).expect("noted");
        let seen = papers.look().expect("papers");
        let end: Result<Ended, CommandError> = seen.exit.expect("an end").into();
        let end = end.expect("it ended");
        assert_eq!((end.how, end.stdout.len()), (How::Exit(3), SHORT_BYTES));
        assert_eq!(end.heard.stdout, InLines::Unknown);
        assert!(end.heard.cut);
        assert!(!papers.part("room").exists());
    }

    /// The process may be killed after removing any of the papers.
    #[test]
    fn a_paper_that_is_left_alone_is_found_and_forgotten() {
        for part in PARTS {
            let folder = tempfile::tempdir().expect("a folder");
            let papers = Papers::at(&folder.path().join("1-to-2.count@000001"));
            std::fs::write(papers.part(part), "{}").expect("written");
            let found = Papers::in_folder(folder.path()).expect("a list");
            assert_eq!(found, std::slice::from_ref(&papers.stem), "{part}");
            papers.forget().expect("forgotten");
            assert_eq!(RealFiles.list(folder.path()).expect("a list").len(), 0);
        }
    }
}
