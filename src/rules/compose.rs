//! SEAM: made by the assess branch; this signature is what the session calls.
use super::assess::{Assessment, Case};
use crate::model::{
    digest::Digest,
    ids::InputName,
    plan::{Answered, Plan},
};
use std::collections::BTreeMap;
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("x")]
    X,
}
pub struct Seal<'s> {
    pub program: &'s str,
    pub pack: &'s Digest,
    pub host: &'s str,
    pub key: &'s [u8],
    pub how: &'s BTreeMap<InputName, Answered>,
}
pub fn make_plan(_: Case, _: &Assessment, _: &Seal) -> Result<Plan, PlanError> {
    loop {}
}
