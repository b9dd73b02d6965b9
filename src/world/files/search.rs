//! Searching the operator's tree the way ripgrep does.

use super::{
    folder,
    spot::Spot,
    trouble::{failed, unusable},
};
use crate::{
    model::glob::{Glob, Globs},
    world::{FileError, Hit, Search},
};
use ignore::WalkBuilder;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::Arc,
};

/// A longer line is looked at in pieces of this length.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Includes hidden files (workflows live in `.github`) but not what the project ignores, and not
/// `.git`, where nobody edits code. Only enters folders that a search can lead into.
pub fn search(
    root: &Path,
    apart: &Path,
    searches: &[Search<'_>],
    hits_max: usize,
) -> Result<Vec<Vec<Hit>>, FileError> {
    let mut hits = vec![Vec::new(); searches.len()];
    if searches.is_empty() {
        return Ok(hits);
    }
    let (patterns, owners) = together(searches);
    let patterns = Arc::new(patterns);
    let leads = folder::leads(root, &patterns);
    let apart = folder::canonical(apart)?;
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .git_global(false)
        .require_git(false)
        .follow_links(false)
        .sort_by_file_path(Path::cmp)
        .filter_entry(move |entry| {
            leads(entry) && entry.file_name() != ".git" && Some(entry.path()) != apart.as_deref()
        })
        .build();
    for entry in walk {
        let entry = entry.map_err(|error| {
            unusable(
                root,
                format!("could not be searched: {error}"),
                "run switchback as the user who owns the folder",
            )
        })?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let matching = patterns.matching(inside).into_iter();
        let mut here: Vec<usize> = matching.flat_map(|n| owners[n].iter().copied()).collect();
        here.sort_unstable();
        here.dedup();
        here.retain(|&search| hits[search].len() < hits_max);
        if !here.is_empty() {
            let spot = Spot::find(entry.path())?;
            // Gone meanwhile.
            let Some(file) = spot.map_or(Ok(None), |spot| spot.open_regular())? else {
                continue;
            };
            lines(file, entry.path(), searches, here, hits_max, &mut hits)
                .map_err(failed(entry.path(), "search it"))?;
        }
        if hits.iter().all(|hits| hits.len() >= hits_max) {
            break;
        }
    }
    Ok(hits)
}

/// The patterns of all searches, each once, and for each pattern the searches that it is of.
fn together(searches: &[Search<'_>]) -> (Globs, Vec<Vec<usize>>) {
    let mut owners: BTreeMap<&str, (&Glob, Vec<usize>)> = BTreeMap::new();
    for (n, search) in searches.iter().enumerate() {
        for glob in search.globs {
            let known = owners.entry(glob.as_str());
            known.or_insert_with(|| (glob, Vec::new())).1.push(n);
        }
    }
    let patterns = Globs::new(owners.values().map(|(glob, _)| *glob));
    (patterns, owners.into_values().map(|(_, of)| of).collect())
}

/// Looks for some of the searches in one file, until a NUL byte, which no text has.
fn lines(
    file: File,
    path: &Path,
    searches: &[Search<'_>],
    mut here: Vec<usize>,
    hits_max: usize,
    hits: &mut [Vec<Hit>],
) -> io::Result<()> {
    let mut file = BufReader::new(file);
    let mut bytes = Vec::new();
    let mut line = 1;
    while !here.is_empty() {
        bytes.clear();
        let read = (&mut file)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut bytes)?;
        if read == 0 || bytes.contains(&0) {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        here.retain(|&n| {
            if searches[n].pattern.is_match(text) {
                hits[n].push(Hit {
                    path: path.to_owned(),
                    line,
                    text: text.to_owned(),
                });
            }
            hits[n].len() < hits_max
        });
        line += usize::from(bytes.ends_with(b"\n"));
    }
    Ok(())
}
