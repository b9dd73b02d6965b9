//! Looking at the world: is a probe met? Looking changes nothing, and "could not look" is an
//! answer of its own that never counts as met.

use super::{
    database_probe,
    file_probe::{self, Asked},
    keys_probe, metrics, tool_probe,
};
use crate::{
    engine::means::{
        command,
        context::{Context, Scope},
        database,
        failure::ActionError,
        listener::unheard,
        met::{Looked, Met},
        request, service,
    },
    model::{
        pattern::Pattern,
        record::CheckVerdict,
        rule::{Check, Detect, DetectProbe, Level, Probe},
        survey::BlindSpot,
        template::Template,
        text::{Shown, with_causes},
        units::Size,
    },
    world::{CommandError, survey},
};
use std::time::Duration;

/// A longer value is not shown: it would say less than the fact that it is set.
const VALUE_CHARS_MAX: usize = 60;
/// The pause between the looks of a check that has to pass several times in a row: without it they
/// would all see the same moment.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Makes a check, as often in a row as it asks for.
pub fn check(scope: Scope<'_>, check: &Check) -> (CheckVerdict, String) {
    let mut end = look(scope, &check.probe);
    for _ in 1..check.in_a_row.unwrap_or(1) {
        if !end.is_yes() {
            break;
        }
        let clock = &scope.context.world.clock;
        end = match clock.sleep(BETWEEN_LOOKS, scope.cancel) {
            true => look(scope, &check.probe),
            false => Looked::unclear(ActionError::Cancelled.to_string()),
        };
    }
    (verdict(end.met, check.level), end.told)
}

/// The verdict of a check from what a look at its probe came to.
pub fn verdict(met: Met, level: Level) -> CheckVerdict {
    match (met, level) {
        (Met::Yes, _) => CheckVerdict::Ok,
        (Met::No, Level::Block) => CheckVerdict::Blocked,
        (Met::Unclear, Level::Block) => CheckVerdict::CouldNotCheck,
        (Met::No | Met::Unclear, Level::Warn) => CheckVerdict::Warning,
    }
}

pub fn look(scope: Scope<'_>, probe: &Probe) -> Looked {
    let context = scope.context;
    match probe {
        Probe::Manual { text } => Looked::unclear(format!("a person has to look: {text}")),
        Probe::Command(run) => ended(context, unheard(|nobody| command::run(scope, run, nobody))),
        Probe::Http(http) => ended(context, request::send(scope, http)),
        Probe::File {
            path,
            at,
            exists,
            matches,
            never,
        } => file_probe::look(
            context,
            &Asked {
                path,
                at: at.as_ref(),
                exists: *exists,
                matches: matches.as_ref(),
                never: never.as_ref(),
            },
        ),
        Probe::Port {
            port,
            open: is_wanted,
        } => port_open(scope, port, *is_wanted),
        Probe::Service(probe) => service::probe(scope, probe),
        Probe::Metrics(probe) => metrics::probe(scope, probe),
        Probe::Tool(tool) => tool_probe::look(scope, tool),
        Probe::Disk { free } => disk(scope, *free),
        Probe::Variable { name, set, matches } => variable(context, name, *set, matches.as_ref()),
        Probe::Release { is } => release(scope, is),
        Probe::Sql(probe) => database_probe::query(scope, probe),
        Probe::Schema(probe) => database_probe::schema(scope, probe),
        Probe::Applied(probe) => database_probe::applied(scope, probe),
        Probe::Keys(probe) => keys_probe::look(scope, probe),
        Probe::ShellTimeout {} => shell_timeout(context),
        Probe::Clock {} => clock(context),
        // An empty list neither holds nor fails.
        Probe::All(probes) | Probe::Any(probes) if probes.is_empty() => {
            Looked::unclear("nothing is asked for: the list of probes is empty")
        }
        Probe::All(probes) => all(scope, probes),
        Probe::Any(probes) => any(scope, probes),
        Probe::Not(probe) => {
            let Looked { met, told } = look(scope, probe);
            match met {
                Met::Yes => Looked::no(told),
                Met::No => Looked::yes(without_question(&told)),
                Met::Unclear => Looked::unclear(told),
            }
        }
    }
}

/// Cuts a question off the end, as in `no answer: …; is the service running?`: for a result that is
/// wanted nobody needs to look for a cause.
fn without_question(told: &str) -> &str {
    match told.rsplit_once("; ") {
        Some((what, asked)) if asked.ends_with('?') => what,
        Some(_) | None => told,
    }
}

/// What the end of a command or a request says of a probe.
fn ended(context: &Context, end: Result<String, ActionError>) -> Looked {
    match end {
        Ok(detail) => Looked::yes(detail),
        Err(error) => {
            let met = match error.cause() {
                ActionError::Unexpected { .. } => Met::No,
                // Nobody answers: that is an answer about a service, not a failure to look.
                ActionError::Http(_) | ActionError::Unanswered(_) => Met::No,
                ActionError::Command(CommandError::NotFound(_))
                | ActionError::Command(CommandError::Start(..) | CommandError::Lost(..))
                | ActionError::Unjudged { .. }
                | ActionError::Cancelled
                | ActionError::NoEffect(_)
                | ActionError::Service(_)
                | ActionError::Composite
                | ActionError::Database(_)
                | ActionError::File(_)
                | ActionError::Context(_) => Met::Unclear,
            };
            met.told(context.clean(&error.told().0))
        }
    }
}

fn all(scope: Scope<'_>, probes: &[Probe]) -> Looked {
    let mut told = Vec::new();
    for probe in probes {
        let looked = look(scope, probe);
        if !looked.is_yes() {
            return looked;
        }
        told.push(looked.told);
    }
    Looked::yes(told.join("; "))
}

fn any(scope: Scope<'_>, probes: &[Probe]) -> Looked {
    let mut told = Vec::new();
    let mut unclear = false;
    for probe in probes {
        let looked = look(scope, probe);
        if looked.is_yes() {
            return looked;
        }
        unclear |= looked.met == Met::Unclear;
        told.push(looked.told);
    }
    let met = if unclear { Met::Unclear } else { Met::No };
    met.told(told.join("; "))
}

fn port_open(scope: Scope<'_>, port: &Template, wanted: bool) -> Looked {
    let filled = match scope.fill(port) {
        Ok(filled) => filled,
        Err(error) => return Looked::unclear(error.to_string()),
    };
    match filled.parse::<u16>() {
        Ok(port) => {
            let open = scope.context.world.processes.port_open(port);
            let word = if open {
                "something listens"
            } else {
                "nothing listens"
            };
            Met::of(open == wanted).told(format!("{word} on port {port}"))
        }
        Err(_no_port) => Looked::unclear(format!("`{filled}` is not a port")),
    }
}

fn disk(scope: Scope<'_>, free: Size) -> Looked {
    let context = scope.context;
    let mut need = free.bytes();
    // Each file thrice: the copy in the backup, the new file beside the old one, the way back.
    for path in &context.plan.backup.files {
        let standing = context.world.files.look(&path.under(&context.root));
        let bytes = standing.ok().and_then(|standing| standing.bytes());
        need = need.saturating_add(bytes.unwrap_or(0).saturating_mul(3));
    }
    let mut told = Vec::new();
    for kept in &context.plan.backup.databases {
        match database::size(context, &kept.name, scope.cancel) {
            Ok(size) => {
                need = need.saturating_add(size.bytes());
                told.push(format!("database {} is {size}", kept.name));
            }
            Err(error) => return Looked::unclear(context.clean(&with_causes(&error))),
        }
    }
    let mut met = Met::Yes;
    for (name, path) in [
        ("the product", context.root.as_path()),
        ("the backup", context.dir.path()),
    ] {
        match context.world.files.free_bytes(path) {
            Ok(bytes) => {
                told.push(format!("{} free where {name} is", Size::from_bytes(bytes)));
                if bytes < need {
                    met = Met::No;
                }
            }
            Err(error) => return Looked::unclear(error.to_string()),
        }
    }
    met.told(format!(
        "{}, {} needed",
        told.join(", "),
        Size::from_bytes(need)
    ))
}

fn variable(context: &Context, name: &str, set: Option<bool>, matches: Option<&Pattern>) -> Looked {
    let (variables, blind) = match survey::variables(&context.world, &context.pack, &context.root) {
        Ok(seen) => seen,
        Err(error) => return Looked::unclear(error.to_string()),
    };
    let value = variables
        .get(name)
        .and_then(|variable| variable.effective());
    let source = value.map(|value| &value.source);
    if let (Some(source), Some(false)) = (source, set) {
        return Looked::no(format!("{name} is set in {source}"));
    }
    // A source that cannot be read may hold the value that takes effect.
    if let Some(BlindSpot { source, why }) = blind.first()
        && (value.is_none() || matches.is_some())
    {
        let told = format!("what {source} says of {name} cannot be seen: {why}");
        return Looked::unclear(told);
    }
    let Some(value) = value else {
        return Met::of(set == Some(false)).told(format!("{name} is not set"));
    };
    let source = &value.source;
    // A value is shown if the check is about the value, and if it may be.
    let is = match variables.get(name).map(|variable| variable.shown(value)) {
        Some(Shown::Clear(text))
            if matches.is_some() && text.chars().count() <= VALUE_CHARS_MAX =>
        {
            format!("is `{}` in", context.clean(&text))
        }
        Some(_) | None => "is set in".to_owned(),
    };
    match matches {
        Some(pattern) if !pattern.is_match(value.value.expose()) => {
            let wanted = match pattern.one_value() {
                Some(text) => format!("`{text}` is wanted"),
                None => format!("which does not match `{pattern}`"),
            };
            Looked::no(format!("{name} {is} {source}, {wanted}"))
        }
        Some(_) | None => Looked::yes(format!("{name} {is} {source}")),
    }
}

fn release(scope: Scope<'_>, is: &Template) -> Looked {
    let context = scope.context;
    let wanted = match scope.fill(is) {
        Ok(wanted) => wanted,
        Err(error) => return Looked::unclear(error.to_string()),
    };
    let pack = &context.pack.pack;
    let wanted = match pack.releases.parse(&wanted) {
        Ok(wanted) => wanted,
        Err(error) => return Looked::unclear(error),
    };
    // The product's files say which release is installed; only what runs says which one runs.
    let asks = |detect: &Detect| match detect.probe {
        DetectProbe::Http { .. } | DetectProbe::Command { .. } => true,
        DetectProbe::File { .. } | DetectProbe::If { .. } => false,
    };
    let any_asks = pack.detect.iter().any(asks);
    let sightings = survey::releases(
        &context.world,
        &context.pack,
        &context.root,
        &context.answers,
    );
    let mut told = Vec::new();
    let mut met = Met::Unclear;
    for (detect, sighting) in pack.detect.iter().zip(&sightings) {
        match &sighting.answer {
            Ok(found) => {
                told.push(format!("{} says {found}", sighting.title));
                if asks(detect) || !any_asks {
                    let same = pack
                        .releases
                        .cmp(found, &wanted)
                        .is_ok_and(|order| order.is_eq());
                    met = if same && met != Met::No {
                        Met::Yes
                    } else {
                        Met::No
                    };
                }
            }
            Err(why) => told.push(format!("{}: {why}", sighting.title)),
        }
    }
    met.told(context.clean(&told.join("; ")))
}

fn shell_timeout(context: &Context) -> Looked {
    match context
        .world
        .system
        .environment()
        .get("TMOUT")
        .map(String::as_str)
    {
        None | Some("" | "0") => Looked::yes("the shell does not log out by itself".to_owned()),
        Some(seconds) => {
            let seconds = context.clean(seconds);
            Looked::no(format!("TMOUT logs this shell out after {seconds} s"))
        }
    }
}

fn clock(context: &Context) -> Looked {
    let now_ms = context.world.clock.now_ms();
    let newest = context.plan.targets.keys().filter_map(|path| {
        let standing = context.world.files.look(&path.under(&context.root));
        Some((standing.ok()?.meta()?.mtime_ns / 1_000_000, path))
    });
    match newest.max() {
        Some((newest_ms, path)) if newest_ms > i128::from(now_ms) + 60_000 => Looked::no(format!(
            "the clock is behind: {path} was changed in its future"
        )),
        Some(_) | None => Looked::yes("the clock is not behind any file".to_owned()),
    }
}

#[cfg(test)]
mod tests;
