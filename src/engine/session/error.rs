//! Why there is no plan yet, and what would help.

use crate::{
    model::ids::{InputName, RuleId},
    rules::{diagnostic::Diagnostic, path::PathError},
    world::{FileError, survey},
};

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(
        "no pack recognises a product in {root}; {cure}",
        cure = no_pack_cure(.unread, .missed.as_deref())
    )]
    NoPack {
        root: String,
        /// For a pack given by itself: its product, and which part of `recognise` does not hold.
        missed: Option<String>,
        /// Files that packs look at and that cannot be read, each with the reason.
        unread: Vec<String>,
    },
    #[error("several packs recognise a product here: {names}; choose one with --pack", names = .names.join(", "))]
    ManyPacks { names: Vec<String> },
    #[error("the pack has errors")]
    BadPack(Vec<Diagnostic>),
    #[error("the release that runs cannot be told: {told}; give it with --from")]
    NoRelease { told: String },
    #[error(
        "the probes disagree about the release that runs: {told}; give the right one with --from"
    )]
    ManyReleases { told: String },
    #[error("{0}")]
    Release(String),
    #[error("{error}; {cure}", cure = .error.cure())]
    Path { error: Box<PathError> },
    #[error("there is no finding `{id}`{near}; `switchback plan` lists them")]
    NoFinding { id: RuleId, near: String },
    #[error("`{id}`: {why}")]
    Decision { id: RuleId, why: String },
    #[error(
        "there is no input `{name}` on this path{near}; {}",
        if *.others { "`switchback plan` lists them" } else { "it has none" }
    )]
    NoInput {
        name: InputName,
        near: String,
        others: bool,
    },
    #[error(
        "the answers choose a variant `{name}`, which this pack does not have{near}; {}",
        match .known.as_slice() {
            [] => "it knows one way to install the product".to_owned(),
            known => format!("it has {}", known.join(", ")),
        }
    )]
    NoVariant {
        name: String,
        near: String,
        known: Vec<String>,
    },
    #[error("{name}: {}", .faults.join(", "))]
    BadAnswer {
        name: InputName,
        faults: Vec<String>,
    },
    /// Wrong entries in the answers file: a line each, with file and line number.
    #[error("{}", .0.join("\n"))]
    Said(Vec<String>),
    #[error(transparent)]
    Survey(#[from] survey::SurveyError),
    #[error(transparent)]
    File(#[from] FileError),
}

/// What to do when no pack matches: a product with an unreadable file looks like no product.
fn no_pack_cure(unread: &[String], missed: Option<&str>) -> String {
    match (unread, missed) {
        ([], None) => "give its folder with --root, or a pack with --pack".to_owned(),
        ([], Some(missed)) => format!("{missed}; give the product's folder with --root"),
        (unread, missed) => {
            let missed = missed.map_or(String::new(), |missed| format!("{missed}; "));
            let unread = unread.join("; ");
            format!("{missed}fix what could not be read there, which may be why: {unread}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_pack_misses_a_product_is_told_also_where_a_file_could_not_be_read() {
        let cure = no_pack_cure(
            &["a.json: comments".to_owned()],
            Some("that of app misses it"),
        );
        assert!(cure.starts_with("that of app misses it; "), "{cure}");
        assert!(
            cure.ends_with("which may be why: a.json: comments"),
            "{cure}"
        );
    }
}
