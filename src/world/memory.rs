//! Protects the memory of this process, which contains secrets.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};
use std::io;

/// Prevents core dumps, and keeps other programs of the same user from attaching to this process or
/// reading its memory or environment. Programs that it starts inherit only the ban on core dumps,
/// because they hold secrets that it passes on; to get a core dump of one, raise its limit again.
pub fn keep_to_ourselves() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        ..getrlimit(Resource::Core)
    };
    setrlimit(Resource::Core, none)?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
