//! What rules files say, as types: the one place that fixes their vocabulary. The reader, the
//! JSON Schema and the plan are all made from these.
//!
//! Unknown keys are errors everywhere. An entry that can be of several kinds is a map with one
//! key that names the kind; only so do readers keep the line of every field.

mod action;
mod backup;
mod change;
mod check;
mod database;
mod environment;
mod guide;
mod hop;
mod merge;
mod pack;
mod service;
mod sql;
mod switch;

pub use action::{Action, Ask, Expect, Http, HttpExpect, JsonExpect, Method, Retry, Run, Wait};
pub use backup::BackupDatabase;
pub use change::{Change, ConfigRule, CreateFile, EditFile, ReplaceText, Then, WrapAs};
pub use check::{Check, Condition, Level, Probe, ToolProbe};
pub use database::{Database, Server, SqliteFile};
pub use environment::{
    AddVariable, EnvRule, KeepVariable, OptionalVariable, RemoveVariable, RenameVariable,
    RewriteVariable, Valid,
};
pub use guide::{Correction, Guide, Statement, Verdict};
pub use hop::{
    BackupCommand, BackupRule, Generate, GenerateAs, Hint, Hop, Input, Note, NoteKind, Rollback,
    Severity, Step, Usage,
};
pub use merge::{Guard, MergeFile, Stock};
pub use pack::{Detect, DetectProbe, EnvSource, Pack, Variant, WriteTo};
pub use service::{Manager, SaysRelease, Service, ServiceProbe, ServiceState, Start, Way};
pub use sql::{
    Applied, KnownFile, Migrate, Named, Record, RecordRow, Schema, Sql, SqlFile, SqlProbe, Thing,
};
pub use switch::Switch;
