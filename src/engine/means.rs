//! The means by which steps and checks reach the world: commands, SQL statements, requests,
//! databases and services, the values filled into them, and how they fail.

pub(super) mod command;
pub(super) mod context;
pub(super) mod database;
pub(super) mod failure;
pub(super) mod listener;
pub(super) mod measure;
pub(super) mod met;
mod pace;
pub(super) mod performed;
pub mod progress;
pub(super) mod request;
pub(super) mod retry;
pub mod service;
pub(super) mod sql;
pub(super) mod watched;
