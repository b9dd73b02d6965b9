//! One suite of laws for the files of the fake world and of the real one, so that the fake cannot
//! lie; then what only the real world has: metadata, links, processes, sockets.

#![expect(
    clippy::disallowed_methods,
    reason = "a law looks at the world beside the code under test"
)]

#[path = "world_laws/commands.rs"]
mod commands;
#[path = "world_laws/durable.rs"]
mod durable;
#[path = "world_laws/faults.rs"]
mod faults;
#[path = "world_laws/files.rs"]
mod files;
#[path = "world_laws/http.rs"]
mod http;
#[path = "world_laws/real_files.rs"]
mod real_files;

use switchback::model::glob::Glob;

fn glob(text: &str) -> Glob {
    Glob::try_from(text.to_owned()).expect(text)
}
