//! Concludes from what was seen of a service whether it runs or is stopped, in words that name the
//! process, its age and the release that answers. Looks at nothing itself.

use super::look::{Main, Says, Sight};
use crate::{engine::means::met::Looked, model::units, world::Process};

const COMMAND_CHARS_MAX: usize = 60;
const UNTOLD: &str = "nothing tells whether it runs; give the service a port, a release or a way";

/// `process 4711 (python3 -m uvicorn …), since 2026-11-21 02:13:07 UTC`. Cut between words: part of a
/// secret would not be recognised as one.
pub(in crate::engine) fn process(process: &Process) -> String {
    let mut words = process.command.iter();
    let mut command = words.next().cloned().unwrap_or_default();
    for word in words {
        if command.chars().count() + word.chars().count() >= COMMAND_CHARS_MAX {
            command.push_str(" …");
            break;
        }
        command.push_str(&format!(" {word}"));
    }
    let since = units::time(process.since_ms);
    format!("process {} ({command}), since {since},", process.pid)
}

/// Whether it runs: its process lives, is the one on its port, and answers as the wanted release.
pub(super) fn running(
    sight: &Sight,
    wanted: Option<&str>,
    same: impl Fn(&str, &str) -> bool,
) -> Looked {
    let answers = match &sight.says {
        Some(Says::Release(release)) => format!(" and answers as {release}"),
        Some(Says::Unready(status)) => format!(" and answers with status {status}"),
        Some(Says::Nothing(_)) | None => String::new(),
    };
    if let Some(stranger) = stranger(sight) {
        let why = match &sight.main {
            Main::Gone(why) => why.clone(),
            Main::Lives(main) => format!("it is not process {}, which is the service", main.pid),
            Main::Runs(why) => why.clone(),
            Main::Hidden(uid) => hidden(*uid),
            Main::Untold => UNTOLD.to_owned(),
        };
        return Looked::no(format!("{stranger}{answers}; {why}"));
    }
    let who = match &sight.main {
        Main::Gone(why) => {
            return Looked::no(format!(
                "it does not run: {why}; look into its log, or start it"
            ));
        }
        Main::Lives(main) => process(main),
        Main::Runs(how) => format!("{how},"),
        Main::Hidden(uid) => return Looked::unclear(hidden(*uid)),
        Main::Untold if sight.says.is_none() => return Looked::unclear(UNTOLD.to_owned()),
        Main::Untold => "whoever is behind it".to_owned(),
    };
    let on_port = match &sight.port {
        None => String::new(),
        Some(port) if !port.open && port.holders.is_empty() && port.hidden.is_none() => {
            let why = format!("{who} runs, and nothing listens on port {}", port.port);
            return Looked::no(why);
        }
        Some(port) => {
            let own = port.holders.iter().any(|holder| holder.own);
            if let (Some(uid), Main::Lives(_), false) = (port.hidden, &sight.main, own) {
                return Looked::unclear(hidden(uid));
            }
            format!(" listens on port {}", port.port)
        }
    };
    match (wanted, &sight.says) {
        (Some(wanted), Some(Says::Release(release))) if !same(release, wanted) => {
            Looked::no(format!("{who} still answers as {release}, not as {wanted}"))
        }
        (Some(wanted), Some(Says::Nothing(why))) => Looked::no(format!(
            "{who}{on_port} and does not answer as {wanted}: {why}"
        )),
        (_, Some(Says::Unready(status))) => Looked::no(format!(
            "{who}{on_port} and says that it cannot answer: status {status}"
        )),
        (Some(_) | None, _) if on_port.is_empty() => {
            let answers = answers.trim_start_matches(" and");
            Looked::yes(format!("{who}{answers}"))
        }
        (Some(_) | None, _) => Looked::yes(format!("{who}{on_port}{answers}")),
    }
}

/// Whether it is stopped: its process is gone, and nobody is on its port.
pub(super) fn stopped(sight: &Sight) -> Looked {
    let runs = match (&sight.main, sight.left.first()) {
        (Main::Lives(main), _) => Some(process(main)),
        (Main::Runs(how), _) => Some(format!("{how},")),
        (Main::Hidden(uid), _) => return Looked::no(hidden(*uid)),
        (Main::Untold, None) => return Looked::unclear(UNTOLD.to_owned()),
        (Main::Untold, Some(left)) => Some(process(left)),
        (Main::Gone(_), Some(left)) => Some(process(left)),
        (Main::Gone(_), None) => None,
    };
    if let Some(runs) = runs {
        return Looked::no(format!("{runs} still runs"));
    }
    if let Some(stranger) = stranger(sight) {
        return Looked::no(stranger);
    }
    match &sight.port {
        Some(port) if port.open || port.hidden.is_some() => {
            Looked::no(format!("something still listens on port {}", port.port))
        }
        Some(port) => Looked::yes(format!("nothing listens on port {}", port.port)),
        None => Looked::yes("it does not run".to_owned()),
    }
}

fn hidden(uid: u32) -> String {
    format!(
        "a process of user {uid} listens on its port, and this user may not see which; run \
         switchback as that user, or as root"
    )
}

/// Describes a process on its port that is not the service's own.
pub(super) fn stranger(sight: &Sight) -> Option<String> {
    let port = sight.port.as_ref()?;
    let holder = port.holders.iter().find(|holder| !holder.own)?;
    let who = process(&holder.process);
    Some(format!("{who} listens on port {}", port.port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::means::{
        met::Met,
        service::look::{Holder, PortSight},
    };

    fn process_of(pid: u32) -> Process {
        Process {
            pid,
            parent: 1,
            started: u64::from(pid),
            since_ms: 0,
            command: vec!["app".to_owned()],
        }
    }

    /// A main process, and a port with one holder: `None` is a holder that cannot be seen.
    fn sight(main: Main, holder: Option<u32>, says: Says) -> Sight {
        let own = |pid| matches!(&main, Main::Lives(process) if process.pid == pid);
        let holders = holder.map(|pid| Holder {
            process: process_of(pid),
            own: own(pid),
        });
        Sight {
            port: Some(PortSight {
                port: 80,
                open: true,
                hidden: holder.is_none().then_some(33),
                holders: holders.into_iter().collect(),
            }),
            main,
            left: Vec::new(),
            says: Some(says),
        }
    }

    #[test]
    fn a_long_command_is_cut_between_words() {
        let told = |command: &[&str]| {
            let command = command.iter().map(|&word| word.to_owned()).collect();
            process(&Process {
                command,
                ..process_of(7)
            })
        };
        let long = "a-secret-that-is-longer-than-all-that-is-shown-of-such-a-command";
        for (command, shown) in [
            (&["app"][..], "(app),"),
            (&["app", "--port", "80"], "(app --port 80),"),
            (&["app", "--key", long, "-v"], "(app --key …),"),
        ] {
            assert!(told(command).contains(shown), "{}", told(command));
        }
    }

    fn says(release: &str) -> Says {
        Says::Release(release.to_owned())
    }

    fn judged(sight: &Sight) -> Looked {
        running(sight, Some("2"), |one, other| one == other)
    }

    #[test]
    fn what_still_has_the_port_is_not_stopped_though_its_process_is_gone() {
        let gone = || Main::Gone("app.pid is not there".to_owned());
        let mut open = sight(gone(), None, says("2"));
        for hidden in [None, Some(33)] {
            let port = open.port.as_mut().expect("a port");
            port.hidden = hidden;
            port.open = hidden.is_none();
            let looked = stopped(&open);
            assert_eq!(looked.met, Met::No, "{looked:?}");
        }
        let port = open.port.as_mut().expect("a port");
        (port.hidden, port.open) = (None, false);
        assert_eq!(stopped(&open).met, Met::Yes);
    }

    #[test]
    fn only_its_own_process_as_the_right_release_is_a_pass() {
        let lives = || Main::Lives(process_of(7));
        let gone = || Main::Gone("app.pid is not there".to_owned());
        for (sight, met, words) in [
            (sight(lives(), Some(7), says("2")), Met::Yes, "answers as 2"),
            (
                sight(lives(), Some(7), says("1")),
                Met::No,
                "still answers as 1, not as 2",
            ),
            (
                sight(lives(), Some(8), says("2")),
                Met::No,
                "it is not process 7",
            ),
            (
                sight(gone(), Some(8), says("2")),
                Met::No,
                "app.pid is not there",
            ),
            (
                sight(lives(), Some(7), Says::Nothing("status 500".to_owned())),
                Met::No,
                "status 500",
            ),
        ] {
            let looked = judged(&sight);
            assert_eq!(looked.met, met, "{looked:?}");
            assert!(looked.told.contains(words), "{looked:?}");
        }
    }

    #[test]
    fn a_holder_that_may_not_be_seen_is_no_pass_and_the_cure_is_told() {
        for main in [Main::Lives(process_of(7)), Main::Hidden(33)] {
            let Looked { met, told } = judged(&sight(main, None, says("2")));
            assert_eq!(met, Met::Unclear, "{told}");
            assert!(
                told.contains("run switchback as that user, or as root"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_process_that_was_asked_to_end_and_still_lives_is_not_stopped() {
        let mut sight = sight(Main::Gone("gone".to_owned()), Some(8), says("2"));
        sight.port = None;
        assert!(stopped(&sight).is_yes());
        sight.left = vec![process_of(9)];
        let Looked { met, told } = stopped(&sight);
        assert_eq!(met, Met::No);
        assert!(told.contains("process 9 (app)"), "{told}");
    }
}
