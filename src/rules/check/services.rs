//! Named services exist, and a pack says enough about each to observe its state.

use super::{Sheet, meant};
use crate::model::{
    route::Route,
    rule::{Acting, Action, Hop, Manager, Pack, Places, Probe, Service},
};

/// What the pack says of its services.
pub(super) fn check(pack: &Pack, sheet: &mut Sheet) {
    for (name, service) in &pack.services {
        let here = Route::key("services").at(name);
        if let Some(says) = &service.release
            && says.json.is_some() == says.pattern.is_some()
        {
            let message = "nothing says where in the answer the release stands".to_owned();
            let help = "give `json`, a route, or `pattern`, whose first group it is; not both";
            sheet.key(&here.at("release"), message, help);
        }
        for (n, way) in service.ways.iter().enumerate() {
            let by = here.at("ways").item(n).at("by");
            managed(&way.by, service, &by, sheet);
        }
        if let Some((_, earlier)) = service.ways.split_last()
            && let Some(n) = earlier.iter().position(|way| way.when.is_none())
        {
            let message = "this way always applies: those below it are never taken".to_owned();
            let route = here.at("ways").item(n);
            sheet.key(&route, message, "give it a `when`, or put it last");
        }
    }
}

fn managed(by: &Manager, service: &Service, here: &Route, sheet: &mut Sheet) {
    let (message, help) = match by {
        Manager::Command {
            pid_file: None,
            process: None,
            ..
        } => (
            "nothing says which process it is",
            "give `pid_file`, or `process`, a pattern of its command line",
        ),
        Manager::Command { pid_file: None, .. } if service.port.is_none() => (
            "its process is found by its port, and it has none",
            "give the service a `port`, or `pid_file` here",
        ),
        Manager::Command { .. }
        | Manager::Systemd { .. }
        | Manager::Compose { .. }
        | Manager::Person { .. } => return,
    };
    sheet.key(here, message.to_owned(), help);
}

/// Every place where a service is named.
pub(super) fn names(pack: &Pack, places: &Places<'_>, sheet: &mut Sheet) {
    let of_actions = places.actions.iter().filter_map(started_or_stopped);
    let of_probes = places.probes.iter().filter_map(|asked| match asked.probe {
        Probe::Service(service) => {
            let route = asked.route.at("service").at("name");
            Some((route, service.name.as_str()))
        }
        _no_service => None,
    });
    for (route, name) in of_actions.chain(of_probes) {
        if !pack.services.contains_key(name) {
            let known = pack.services.keys().map(String::as_str);
            let add = "name it in pack.yaml, below `services`";
            let help = meant(name, known, "services stand in pack.yaml", add);
            // `start: NAME` or `start: {service: NAME}`
            let long = route.at("service");
            let route = if sheet.index.has(&long) { long } else { route };
            let message = format!("no service is called `{name}`");
            sheet.value(&route, message, &help);
        }
    }
}

/// The service that an action starts or stops, and where it is named; `switches` covers a switch.
fn started_or_stopped<'p>(acting: &Acting<'p>) -> Option<(Route, &'p str)> {
    let (kind, name) = match acting.action {
        Action::Start(start) => ("start", &start.service),
        Action::Restart(start) => ("restart", &start.service),
        Action::Stop(name) => ("stop", name),
        Action::Flag(flag) => ("flag", &flag.service),
        Action::Run(_)
        | Action::Http(_)
        | Action::Wait(_)
        | Action::Ask(_)
        | Action::Stage(_)
        | Action::Switch(_)
        | Action::Checkout(_)
        | Action::Sql(_)
        | Action::SqlFile(_)
        | Action::Migrate(_) => return None,
    };
    Some((acting.route.at(kind), name))
}

/// A switch has two sides, and a proxy that tells which one is behind it; it may stand in `apply`
/// only.
pub(super) fn switches(pack: &Pack, hop: &Hop, sheet: &mut Sheet) {
    for (here, step) in hop.steps_at() {
        let Action::Switch(switch) = &step.action else {
            continue;
        };
        let here = here.at("do").at("switch");
        let sides = here.at("sides");
        if switch.sides.len() != 2 {
            let message = format!(
                "a switch has two sides, and here are {}",
                switch.sides.len()
            );
            sheet.key(&sides, message, "name two services");
        }
        for side in switch
            .sides
            .keys()
            .filter(|side| !pack.services.contains_key(*side))
        {
            let message = format!("no service is called `{side}`");
            sheet.key(&sides.at(side), message, "services stand in pack.yaml");
        }
        let deploy = here.at("deploy");
        for side in switch.deploy.keys() {
            if !switch.sides.contains_key(side) {
                let message = format!("`{side}` is no side of this switch");
                sheet.key(&deploy.at(side), message, "sides stand below `sides`");
            }
        }
        if !switch.deploy.is_empty() && switch.deploy.len() != switch.sides.len() {
            let message = "nothing is deployed to one of the sides".to_owned();
            let help = "either side can be the one that serves nobody: say it for both";
            sheet.key(&deploy, message, help);
        }
        let proxy = pack.services.get(&switch.proxy);
        if proxy.is_none_or(|proxy| proxy.release.is_none()) {
            let message = format!("`{}` is no service that says a release", switch.proxy);
            let help = "name a service with `release`, asked through the proxy";
            sheet.value(&here.at("proxy"), message, help);
        }
        if !hop.apply.iter().any(|own| own.id == step.id) {
            let message = "a switch stands in `apply`".to_owned();
            sheet.key(&here, message, "move it there; its undo is known");
        }
    }
}
