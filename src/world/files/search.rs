//! Searching the operator's tree the way ripgrep does.

use super::{
    folder::compile,
    spot::{failed, unusable},
};
use crate::{
    model::pattern::Pattern,
    world::{FileError, Hit},
};
use grep_regex::RegexMatcherBuilder;
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, sinks::Lossy};
use ignore::WalkBuilder;
use std::path::Path;

/// Hidden files count (workflows live in `.github`), what a project ignores does not, and nobody
/// changes code in `.git`.
pub fn search(
    root: &Path,
    globs: &[String],
    pattern: &Pattern,
    hits_max: usize,
) -> Result<Vec<Hit>, FileError> {
    let matcher = RegexMatcherBuilder::new()
        .multi_line(true)
        .build(pattern.as_str())
        .map_err(|_| {
            unusable(
                root,
                format!("`{pattern}` cannot be searched for line by line"),
                "write the rule's pattern without a line end",
            )
        })?;
    let sets = globs
        .iter()
        .map(|glob| compile(root, glob))
        .collect::<Result<Vec<_>, _>>()?;
    let mut searcher = SearcherBuilder::new()
        .binary_detection(BinaryDetection::quit(0))
        .line_number(true)
        .build();
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
            lines(&mut searcher, &matcher, entry.path(), hits_max, &mut hits)?;
        }
        if hits.len() >= hits_max {
            break;
        }
    }
    Ok(hits)
}

fn lines(
    searcher: &mut Searcher,
    matcher: &grep_regex::RegexMatcher,
    path: &Path,
    hits_max: usize,
    hits: &mut Vec<Hit>,
) -> Result<(), FileError> {
    let sink = Lossy(|line, text| {
        hits.push(Hit {
            path: path.to_owned(),
            line: usize::try_from(line).unwrap_or(usize::MAX),
            text: text.trim_end_matches(['\n', '\r']).to_owned(),
        });
        Ok(hits.len() < hits_max)
    });
    searcher
        .search_path(matcher, path, sink)
        .map_err(failed(path, "search it"))
}
