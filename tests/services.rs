//! What has to be seen against real servers: PostgreSQL, SQLite, Redis, nginx. Each test starts
//! what it needs; `tests/run` installs what is missing.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the servers beside the code under test"
)]

#[path = "services/backup_postgres.rs"]
mod backup_postgres;
#[path = "services/backup_redis.rs"]
mod backup_redis;
#[path = "services/backup_sqlite.rs"]
mod backup_sqlite;
#[path = "services/begun.rs"]
mod begun;
#[path = "services/databases.rs"]
mod databases;
#[path = "services/every_step.rs"]
mod every_step;
#[path = "services/managed.rs"]
mod managed;
#[path = "services/marks.rs"]
mod marks;
#[path = "services/migrations.rs"]
mod migrations;
#[path = "services/product.rs"]
mod product;
#[path = "services/relay.rs"]
mod relay;
#[path = "services/rights.rs"]
mod rights;
#[path = "services/sample.rs"]
mod sample;
#[path = "services/servers.rs"]
mod servers;
#[path = "services/shannon.rs"]
mod shannon;
#[path = "services/small.rs"]
mod small;
#[path = "services/statements.rs"]
mod statements;
#[path = "services/switch.rs"]
mod switch;
#[path = "services/two_sides.rs"]
mod two_sides;
#[path = "services/upgrade.rs"]
mod upgrade;
#[path = "services/watch.rs"]
mod watch;
#[path = "services/worker.rs"]
mod worker;
#[path = "services/workflow_engine.rs"]
mod workflow_engine;
