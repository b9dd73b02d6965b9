//! Floor 4: the terminal UI. It knows runs through their records, everything else through a
//! [`backend::Backend`], and nothing of the command line.
//!
//! Every source (keys, the run, the backend, the clock) becomes one [`app::Msg`] on one channel;
//! [`update::update`] turns it into state changes and effects without I/O; [`view::draw`] only
//! reads. The driver carries out the effects, and draws only when something changed.

pub mod app;
pub mod backend;
mod begin;
pub mod call;
pub mod dialog;
mod driver;
mod field;
mod glyph;
mod keymap;
mod line;
pub mod live;
pub mod local;
pub mod output;
mod page;
pub mod plain;
pub mod preview;
pub mod replay;
mod road;
mod screen;
mod signals;
pub mod svg;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;
mod widget;

pub use app::Outcome;
pub use begin::Start;
pub use driver::{TuiError, run};
