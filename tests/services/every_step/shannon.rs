//! Shannon's sample on a real PostgreSQL, four releases of it in one run.

use super::{
    super::shannon::{Sample, TICKS, UP_TO_011, WORK},
    Picture, Stand,
};
use std::path::PathBuf;

pub struct Shannon(Sample);

impl Stand for Shannon {
    fn new() -> Self {
        let sample = Sample::new(&UP_TO_011);
        sample.sql(WORK);
        Self(sample)
    }

    fn product(&self) -> &'static str {
        "shannon"
    }

    fn root(&self) -> PathBuf {
        self.0.path("product").canonicalize().expect("the product")
    }

    fn aside(&self) -> PathBuf {
        self.0.path("aside")
    }

    fn answers(&self) -> String {
        format!("{}{TICKS}", self.0.answers)
    }

    /// The containers' stand-in writes which release it has started.
    fn picture(&self) -> Picture {
        Picture::default()
            .files(&self.root(), &[], &["running"])
            .postgres(&self.0.url)
    }
}
