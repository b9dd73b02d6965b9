//! What has to be seen against real servers: PostgreSQL, SQLite, Redis, nginx. Each test starts
//! what it needs; `tests/run` installs what is missing.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the servers beside the code under test"
)]

#[path = "services/databases.rs"]
mod databases;
#[path = "services/servers.rs"]
mod servers;
