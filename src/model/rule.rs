//! The contents of rules files, as types: the one place that defines their vocabulary, from which
//! the reader, the JSON Schema and the plan are all made.
//!
//! Unknown keys are errors everywhere. An entry that can be of several kinds is a map with one key
//! that names the kind: only then does the reader keep the line of every field. For the same reason
//! every entry spells out the fields it has in common with others (`because`, `when`, `cites`,
//! `doubt`): a shared part would have to be flattened, and serde then forgets where its fields
//! stand.

mod action;
mod backup;
mod change;
mod check;
mod compound;
mod database;
mod environment;
mod guide;
mod hop;
mod measure;
mod merge;
mod metrics;
mod pack;
mod places;
mod service;
mod severity;
mod sql;
mod verb;
mod way_back;

pub use action::{Action, Ask, Expect, Http, HttpExpect, JsonExpect, Method, Retry, Run, Wait};
pub use backup::{BackupDatabase, KeysProbe};
pub use change::{Change, ConfigRule, CreateFile, EditFile, ReplaceText, Then};
pub use check::{Check, Condition, Level, Probe, ProgramAt, ToolProbe};
pub use compound::{Checkout, Flag, Stage, Stages, Switch};
pub use database::{Database, Dialect, Server, SqliteFile};
pub use environment::{
    AddVariable, EnvRule, KeepVariable, OptionalVariable, RemoveVariable, RenameVariable,
    RewriteVariable, Valid,
};
pub use guide::{Citable, Correction, Guide, Statement, Verdict};
pub use hop::{
    BackupCommand, BackupRule, Generate, GenerateAs, Hint, Hop, Input, Note, NoteKind, Rollback,
    Step, Usage,
};
pub use measure::{Keys, Measure, Signal, SqlNumber, Stop, Track, TrackMeasure};
pub use merge::{Guard, MergeFile, Stock};
pub use metrics::{Absent, Look, MetricRule, Metrics, NoData, Watch};
pub use pack::{Detect, DetectProbe, EnvSource, Pack, Variant, WriteTo};
pub use places::{Acting, Acts, Asked, Asks, Places};
pub use service::{Manager, SaysRelease, Service, ServiceProbe, ServiceState, Start, Way};
pub use severity::Severity;
pub use sql::{
    Applied, KnownFile, Migrate, Named, Record, RecordRow, Schema, Sql, SqlFile, SqlProbe,
    Statements, Thing,
};
pub use verb::{Field, Verb, VerbFault, VerbName};
pub use way_back::WayBack;
