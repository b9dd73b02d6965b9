//! Whether this system ends a worker when a user logs out, whatever the worker does about that: then
//! the user must know beforehand.
//!
//! What counts is where this program was started, not as whom: what `sudo` starts is root's, and ends
//! with the session it was typed in. Lingering keeps what a user's own systemd started, and nothing
//! that a session did.

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

/// A warning about it; `None` if a worker outlives the logout, or nothing shows that it does not.
pub fn hint(world: &World) -> Option<String> {
    let pid = world.system.who().pid;
    let groups = text(world, Path::new(&format!("/proc/{pid}/cgroup")))?;
    let begun = groups.lines().find_map(Begun::of)?;
    let user = begun.user(world);
    if begun.in_session {
        let way = if world.system.is_root() {
            "`systemd-run --scope switchback ...`"
        } else {
            "`loginctl enable-linger`, then `systemd-run --user --scope switchback ...`"
        };
        return kills(&configuration(world), user.as_deref()).then(|| {
            format!(
                "this system ends what you started in this session when you log out, and so this run; {way} \
                 begins or resumes one that stays"
            )
        });
    }
    let user = user?;
    let lingers = world.files.look(&Path::new(LINGER).join(&user));
    matches!(lingers, Ok(Standing::Nothing)).then(|| {
        format!(
            "this run ends when the last session of {user} does; `loginctl enable-linger {user}` before \
             you leave keeps it"
        )
    })
}

/// Which user's slice this program was started in.
struct Begun {
    uid: String,
    /// Else below the user's own systemd.
    in_session: bool,
}

impl Begun {
    /// Of a line such as `0::/user.slice/user-1000.slice/session-3.scope`.
    fn of(line: &str) -> Option<Self> {
        let mut names = line.split('/');
        let uid = names.find_map(|name| name.strip_prefix("user-")?.strip_suffix(".slice"))?;
        let unit = names.next()?;
        let in_session = unit.starts_with("session-") && unit.ends_with(".scope");
        (in_session || unit.starts_with("user@")).then(|| Self {
            uid: uid.to_owned(),
            in_session,
        })
    }

    /// The name of that user, if this program can tell.
    fn user(&self, world: &World) -> Option<String> {
        let mut environment = world.system.environment();
        if environment.get("SUDO_UID") == Some(&self.uid) {
            return environment.remove("SUDO_USER");
        }
        match (world.system.is_root(), self.uid == "0") {
            (true, true) => Some("root".to_owned()),
            (false, false) => environment.remove("USER").filter(|user| !user.is_empty()),
            (true, false) | (false, true) => None,
        }
    }
}

fn configuration(world: &World) -> Vec<String> {
    let mut files: Vec<PathBuf> = MAIN.iter().map(PathBuf::from).collect();
    for folder in FOLDERS.map(Path::new) {
        let names = world.files.list(folder).unwrap_or_default();
        files.extend(names.iter().map(|name| folder.join(name)));
    }
    files.iter().filter_map(|file| text(world, file)).collect()
}

fn text(world: &World, file: &Path) -> Option<String> {
    let content = world.files.read(file, limits::SYSTEM_FILE.bytes()).ok()??;
    Some(String::from_utf8_lossy(&content.bytes).into_owned())
}

/// Whether logind ends the sessions of this user with all that is in them.
fn kills(texts: &[String], user: Option<&str>) -> bool {
    let lines = || texts.iter().flat_map(|text| text.lines()).map(str::trim);
    let value = |line: &'_ str, wanted: &str| -> Option<String> {
        let (name, value) = line.split_once('=')?;
        (name.trim() == wanted).then(|| value.trim().to_lowercase())
    };
    let set = |wanted: &str| lines().filter_map(|line| value(line, wanted)).next_back();
    let names = |list: &str| list.split_whitespace().any(|name| Some(name) == user);
    let excluded = match set("KillExcludeUsers") {
        Some(list) => names(&list),
        None => user == Some("root"),
    };
    if excluded {
        return false;
    }
    if let Some(only) = set("KillOnlyUsers").filter(|list| !list.is_empty()) {
        return names(&only);
    }
    // The configuration names the default of its build in a comment.
    let default = || {
        let comments = lines().filter_map(|line| line.strip_prefix('#'));
        comments
            .filter_map(|line| value(line, "KillUserProcesses"))
            .next_back()
    };
    let said = set("KillUserProcesses").or_else(default);
    said.is_some_and(|said| ["yes", "true", "on", "1"].contains(&said.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fake::FakeWorld;

    const SESSION: &str = "/user.slice/user-1000.slice/session-3.scope";
    const OWN: &str = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-7.scope";
    const KILLS: &str = "[Login]\nKillUserProcesses=yes\n";

    /// What is said to `user`, whose process is in this group.
    fn said(user: &str, group: &str, logind: &str, lingers: bool) -> Option<String> {
        let fake = FakeWorld::new();
        fake.system.set_user(user);
        let set: &[(&str, &str)] = match user {
            "root" => &[("SUDO_UID", "1000"), ("SUDO_USER", "ann")],
            _ => &[("USER", user)],
        };
        for (name, value) in set {
            fake.system.set_variable(name, value);
        }
        let world = fake.world();
        let pid = world.system.who().pid;
        let groups = format!("1:name=systemd:{group}\n0::{group}\n");
        fake.files.put(format!("/proc/{pid}/cgroup"), groups);
        fake.files.put("/etc/systemd/logind.conf", logind);
        if lingers {
            fake.files.put(Path::new(LINGER).join("ann"), "");
        }
        hint(&world)
    }

    #[test]
    fn what_ends_with_a_session_is_told_also_under_sudo_and_lingering_is_no_help() {
        let told = said("ann", SESSION, KILLS, true).expect("a warning");
        assert!(told.contains("systemd-run --user --scope"), "{told}");
        let told = said("root", SESSION, KILLS, true).expect("a warning");
        assert!(told.contains("`systemd-run --scope"), "{told}");
        assert_eq!(said("ann", SESSION, "[Login]\n", false), None);
        let spared = format!("{KILLS}KillExcludeUsers=ann\n");
        assert_eq!(said("root", SESSION, &spared, false), None);
        assert_eq!(said("ann", "/system.slice/run-7.scope", KILLS, false), None);
    }

    #[test]
    fn what_the_users_own_systemd_started_stays_only_if_the_user_lingers() {
        let told = said("ann", OWN, "", false).expect("a warning");
        assert!(told.contains("enable-linger ann"), "{told}");
        assert_eq!(said("ann", OWN, KILLS, true), None);
    }

    #[test]
    fn what_is_set_last_counts_and_else_the_default_that_is_named() {
        for (texts, ends) in [
            (&[][..], false),
            (&["[Login]\n#KillUserProcesses=no\n"], false),
            (&["[Login]\n#KillUserProcesses=yes\n"], true),
            (&["#KillUserProcesses=no", "KillUserProcesses = yes"], true),
            (&["KillUserProcesses=yes", "KillUserProcesses=no"], false),
            (
                &["KillUserProcesses=yes", "KillExcludeUsers=bob ann"],
                false,
            ),
            (&["KillUserProcesses=yes", "KillOnlyUsers=bob"], false),
            (&["KillOnlyUsers=bob ann"], true),
        ] {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(kills(&texts, Some("ann")), ends, "{texts:?}");
        }
        let default = [KILLS.to_owned()];
        assert!(!kills(&default, Some("root")));
        assert!(kills(&default, None));
    }
}
