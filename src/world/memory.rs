//! What this process holds in memory is for nobody else: it has secrets in it.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};
use std::io;

/// No image of it goes to the disk when it crashes, and other programs of the same user can
/// neither attach to it nor read its memory or its environment. Programs that it starts are as
/// they always are, but for the image: they hold what it hands them, so whoever wants one of
/// theirs has to raise the limit again.
pub fn keep_to_ourselves() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        ..getrlimit(Resource::Core)
    };
    setrlimit(Resource::Core, none)?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
