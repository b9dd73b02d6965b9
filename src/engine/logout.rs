//! Whether this system kills a user's processes at logout: then a worker ends with the session,
//! whatever it does about that, and the user must know beforehand.

use crate::{
    model::limits,
    world::{Standing, World},
};
use std::path::{Path, PathBuf};

/// In order of precedence, lowest first.
const FOLDERS: [&str; 3] = [
    "/usr/lib/systemd/logind.conf.d",
    "/run/systemd/logind.conf.d",
    "/etc/systemd/logind.conf.d",
];
const MAIN: [&str; 2] = ["/usr/lib/systemd/logind.conf", "/etc/systemd/logind.conf"];
const LINGER: &str = "/var/lib/systemd/linger";

/// A warning about it; `None` if a worker outlives the session, or there is no session.
pub fn hint(world: &World) -> Option<String> {
    let environment = world.system.environment();
    let named = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    named("XDG_SESSION_ID")?;
    // logind spares root by default.
    let user = named("USER").filter(|user| *user != "root")?;
    let lingers = world.files.look(&Path::new(LINGER).join(user));
    if !matches!(lingers, Ok(Standing::Nothing)) || !kills(&configuration(world)) {
        return None;
    }
    Some(
        "this system ends your processes when you log out, and so this run: `loginctl \
         enable-linger` before you leave keeps it"
            .to_owned(),
    )
}

fn configuration(world: &World) -> Vec<String> {
    let mut files: Vec<PathBuf> = MAIN.iter().map(PathBuf::from).collect();
    for folder in FOLDERS.map(Path::new) {
        let names = world.files.list(folder).unwrap_or_default();
        files.extend(names.iter().map(|name| folder.join(name)));
    }
    let read = |file: PathBuf| {
        world
            .files
            .read(&file, limits::SYSTEM_FILE.bytes())
            .ok()
            .flatten()
    };
    let contents = files.into_iter().filter_map(read);
    contents
        .map(|content| String::from_utf8_lossy(&content.bytes).into_owned())
        .collect()
}

/// A setting takes precedence over the default that a comment of the configuration names.
fn kills(texts: &[String]) -> bool {
    let lines = || texts.iter().flat_map(|text| text.lines()).map(str::trim);
    let value = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let on = ["yes", "true", "on", "1"].contains(&value.trim().to_lowercase().as_str());
        (name.trim() == "KillUserProcesses").then_some(on)
    };
    let set = lines().filter_map(value).next_back();
    let default = lines()
        .filter_map(|line| value(line.strip_prefix('#')?))
        .next_back();
    set.or(default).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_last_counts_and_else_the_default_that_is_named() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        assert!(!kills(&[]));
        assert!(!kills(&texts(&["[Login]\n#KillUserProcesses=no\n"])));
        assert!(kills(&texts(&["[Login]\n#KillUserProcesses=yes\n"])));
        assert!(kills(&texts(&[
            "#KillUserProcesses=no",
            "KillUserProcesses = yes"
        ])));
        assert!(!kills(&texts(&[
            "KillUserProcesses=yes",
            "KillUserProcesses=no"
        ])));
    }
}
