use crate::{
    model::{path::RelPath, survey::*},
    rules::{condition::Answers, pack::LoadedPack},
    world::{FileError, World},
};
use std::{collections::BTreeMap, path::Path};
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    #[error(transparent)]
    File(#[from] FileError),
}
pub fn take(_: &World, _: &LoadedPack, _: &Path, _: &Answers) -> Result<Survey, SurveyError> {
    loop {}
}
pub fn recognise(_: &World, _: &LoadedPack, _: &Path) -> Result<Survey, SurveyError> {
    loop {}
}
pub fn variables(
    _: &World,
    _: &LoadedPack,
    _: &Path,
) -> Result<(BTreeMap<String, Variable>, Vec<BlindSpot>), SurveyError> {
    Ok((BTreeMap::new(), Vec::new()))
}
pub fn releases(_: &World, _: &LoadedPack, _: &Path, _: &Answers) -> Vec<ReleaseSighting> {
    loop {}
}
pub fn _x(_: RelPath) {}
