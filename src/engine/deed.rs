//! Doing what a step says, so that done means done and can be told after a crash.

pub mod action;
pub mod left_over;
pub mod replace;
pub mod stage;
