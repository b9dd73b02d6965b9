//! Which services an action stops, and which it starts again, as far as its own words tell.

use super::{Action, Run, Start};

impl Action {
    /// The services that it stops; a command names them where it is one of Docker Compose.
    pub fn stops(&self) -> Vec<&str> {
        match self {
            Self::Stop(name) => vec![name],
            Self::Run(run) => match compose(run) {
                Some(("stop", names)) => names,
                Some(_) | None => Vec::new(),
            },
            _another_action => Vec::new(),
        }
    }

    /// Whether a service runs after it that was stopped before.
    pub fn starts_again(&self, name: &str) -> bool {
        match self {
            Self::Start(Start { service, .. }) | Self::Restart(Start { service, .. }) => {
                service == name
            }
            Self::Run(run) => match compose(run) {
                Some(("up" | "start" | "restart", names)) => {
                    names.is_empty() || names.contains(&name)
                }
                Some(_) | None => false,
            },
            _another_action => false,
        }
    }
}

/// What is asked of Docker Compose, and of which services; without a name, of all of them.
fn compose(run: &Run) -> Option<(&str, Vec<&str>)> {
    let mut words = run.command.iter().map(|word| word.as_str());
    let asked = ["stop", "up", "start", "restart"];
    let is_compose = words.next()?.rsplit('/').next() == Some("docker");
    if !is_compose || words.next() != Some("compose") {
        return None;
    }
    let what = words.find(|word| asked.contains(word))?;
    let words: Vec<&str> = words.collect();
    if what == "up" && words.contains(&"--no-start") {
        return None;
    }
    // A time, or how many of a service, belongs to the option before it.
    let is_name =
        |word: &&str| !word.starts_with('-') && !word.contains('=') && word.parse::<u32>().is_err();
    let names = words.into_iter().filter(is_name).collect();
    Some((what, names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::template::Template;

    fn run(words: &str) -> Action {
        let word = |word| Template::parse(word).expect("a word");
        Action::Run(Run {
            command: words.split(' ').map(word).collect(),
            ..Run::default()
        })
    }

    #[test]
    fn a_command_of_compose_names_what_it_stops() {
        let stop = run("docker compose --file a.yml stop --timeout 30 gateway agent");
        assert_eq!(stop.stops(), ["gateway", "agent"]);
        assert!(!stop.starts_again("gateway"));
        for other in [
            "systemctl stop gateway",
            "docker stop gateway",
            "docker compose ps gateway",
            "docker compose up gateway",
        ] {
            assert_eq!(run(other).stops(), [""; 0], "{other}");
        }
    }

    #[test]
    fn a_command_of_compose_starts_what_it_names_or_everything() {
        let starts = |words, name| run(words).starts_again(name);
        let all = "docker compose up --detach --scale agent=0";
        assert!(starts(all, "gateway") && starts(all, "agent"));
        assert!(starts("docker compose up --detach gateway", "gateway"));
        assert!(!starts("docker compose up --detach gateway", "agent"));
        assert!(!starts("docker compose up --no-start gateway", "gateway"));
    }
}
