//! The command line as a script meets it: the built program, its exit code, its output, and what it
//! leaves behind. Each test has its own product, home and state folder.

#![expect(clippy::disallowed_methods, reason = "a test lays out its own product")]

#[path = "cli/attended.rs"]
mod attended;
#[path = "services/begun.rs"]
mod begun;
#[path = "cli/canary.rs"]
mod canary;
#[path = "cli/clean.rs"]
mod clean;
#[path = "cli/confirm.rs"]
mod confirm;
#[path = "cli/conflict.rs"]
mod conflict;
#[path = "cli/copies.rs"]
mod copies;
#[path = "cli/damaged.rs"]
mod damaged;
#[path = "cli/desk.rs"]
mod desk;
#[path = "cli/escapes.rs"]
mod escapes;
#[path = "cli/fix.rs"]
mod fix;
#[path = "cli/for_programs.rs"]
mod for_programs;
#[path = "cli/goal.rs"]
mod goal;
#[path = "pty/guided.rs"]
mod guided;
#[path = "cli/help_alone.rs"]
mod help_alone;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/huge.rs"]
mod huge;
#[path = "cli/in_the_way.rs"]
mod in_the_way;
#[path = "cli/input.rs"]
mod input;
#[path = "cli/left.rs"]
mod left;
#[path = "cli/line.rs"]
mod line;
#[path = "cli/places.rs"]
mod places;
#[path = "cli/points.rs"]
mod points;
#[path = "cli/private.rs"]
mod private;
#[path = "cli/prune.rs"]
mod prune;
#[path = "cli/road.rs"]
mod road;
#[path = "services/sample.rs"]
mod sample;
#[path = "cli/sealed.rs"]
mod sealed;
#[expect(
    dead_code,
    reason = "the tests against real servers use the rest of it"
)]
#[path = "services/servers.rs"]
mod servers;
#[expect(dead_code, reason = "the terminal's own tests use the rest of it")]
#[path = "pty/session.rs"]
mod session;
#[path = "cli/skip.rs"]
mod skip;
#[path = "cli/sshd.rs"]
mod sshd;
#[path = "cli/stale.rs"]
mod stale;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "escape/texts.rs"]
mod texts;
#[path = "cli/trust.rs"]
mod trust;
