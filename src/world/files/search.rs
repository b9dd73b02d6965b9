//! Searching the operator's tree the way ripgrep does.

use super::{
    folder::compile,
    spot::{failed, unusable},
};
use crate::{
    model::pattern::Pattern,
    world::{FileError, Hit},
};
use ignore::WalkBuilder;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// A longer line is looked at in pieces of this length.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Hidden files count (workflows live in `.github`), what a project ignores does not, and nobody
/// changes code in `.git`.
pub fn search(
    root: &Path,
    globs: &[String],
    pattern: &Pattern,
    hits_max: usize,
) -> Result<Vec<Hit>, FileError> {
    let sets = globs
        .iter()
        .map(|glob| compile(root, glob))
        .collect::<Result<Vec<_>, _>>()?;
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .git_global(false)
        .require_git(false)
        .follow_links(false)
        .sort_by_file_path(Path::cmp)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let mut hits = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|error| {
            unusable(
                root,
                format!("could not be searched: {error}"),
                "run switchback as the user who owns the folder",
            )
        })?;
        let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if is_file && sets.iter().any(|set| set.is_match(inside)) {
            lines(entry.path(), pattern, hits_max, &mut hits)
                .map_err(failed(entry.path(), "search it"))?;
        }
        if hits.len() >= hits_max {
            break;
        }
    }
    Ok(hits)
}

/// Until a NUL byte, which no text has.
fn lines(path: &Path, pattern: &Pattern, hits_max: usize, hits: &mut Vec<Hit>) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut bytes = Vec::new();
    let mut line = 1;
    while hits.len() < hits_max {
        bytes.clear();
        let read = (&mut file)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut bytes)?;
        if read == 0 || bytes.contains(&0) {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        if pattern.is_match(text) {
            hits.push(Hit {
                path: path.to_owned(),
                line,
                text: text.to_owned(),
            });
        }
        line += usize::from(bytes.ends_with(b"\n"));
    }
    Ok(())
}
