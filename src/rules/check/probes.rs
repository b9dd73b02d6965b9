//! A probe proves something, and one that nobody watches asks nobody.

use super::{Found, Place, at, item};
use crate::model::{
    route::Route,
    rule::{Action, BackupRule, Check, Hop, Http, KeysProbe, Look, MetricRule, Probe, Run},
};

pub(super) fn check(hop: &Hop, place: Place<'_>, found: &mut Found) {
    for (n, watch) in hop.watch.iter().enumerate() {
        let route = item(&Route::key("watch"), n);
        metric_rules(&watch.rules, &at(&route, "rules"), place, found);
    }
    for (here, check) in checks(hop) {
        proves(&check.probe, &at(&here, "probe"), place, found);
        if let Some(fix) = &check.fix {
            waits(fix, &at(&here, "fix"), place, found);
        }
    }
    for (here, step) in super::steps::steps(hop) {
        waits(&step.action, &at(&here, "do"), place, found);
        if let Some(undo) = &step.undo {
            waits(undo, &at(&here, "undo"), place, found);
        }
        if let Some(done) = &step.done_if {
            unattended(done, &at(&here, "done_if"), place, found);
        }
    }
    for (n, rule) in hop.backup.iter().enumerate() {
        if let BackupRule::Command(command) = rule {
            let route = at(&at(&item(&Route::key("backup"), n), "command"), "verify");
            unattended(&command.verify, &route, place, found);
            proves(&command.verify, &route, place, found);
        }
    }
}

/// Every check of a hop with its route.
pub(super) fn checks(hop: &Hop) -> Vec<(Route, &Check)> {
    let rollback = hop
        .rollback
        .as_ref()
        .map_or(&[][..], |rollback| &rollback.checks);
    let lists = [
        (Route::key("checklist"), hop.checklist.as_slice()),
        (Route::key("verify"), hop.verify.as_slice()),
        (at(&Route::key("rollback"), "checks"), rollback),
    ];
    let mut all = Vec::new();
    for (list, checks) in lists {
        for (n, check) in checks.iter().enumerate() {
            all.push((item(&list, n), check));
        }
    }
    all
}

fn waits(action: &Action, here: &Route, place: Place<'_>, found: &mut Found) {
    match action {
        Action::Wait(wait) => {
            unattended(&wait.until, &at(&at(here, "wait"), "until"), place, found);
        }
        Action::Run(_)
        | Action::Http(_)
        | Action::Ask(_)
        | Action::Stage(_)
        | Action::Flag(_)
        | Action::Checkout(_)
        | Action::Start(_)
        | Action::Stop(_)
        | Action::Restart(_)
        | Action::Switch(_)
        | Action::Sql(_)
        | Action::SqlFile(_)
        | Action::Migrate(_) => {}
    }
}

/// Nobody is asked here: the worker decides alone.
fn unattended(probe: &Probe, here: &Route, place: Place<'_>, found: &mut Found) {
    for (route, inner) in parts(probe, here) {
        if let Probe::Manual { .. } = inner {
            let message = "`manual` asks a person, and nobody is asked here".to_owned();
            let help = "use a probe that a machine can answer, or an `ask` step before";
            found.key(place, &at(&route, "manual"), message, help);
        }
    }
}

/// A status of 200 and an exit code of 0 prove nothing by themselves.
fn proves(probe: &Probe, here: &Route, place: Place<'_>, found: &mut Found) {
    for (route, inner) in parts(probe, here) {
        match inner {
            Probe::Http(http) if !asks_of_answer(http) => {
                let message = "a status alone proves nothing".to_owned();
                let help = "expect something of the answer: `expect: {body: …}` or `json`";
                found.warn(place, &at(&route, "http"), message, help);
            }
            Probe::Command(run) if !asks_of_output(run) => {
                let message = "an exit code alone proves nothing".to_owned();
                let help = "expect something of its output: `expect: {stdout: …}`";
                found.warn(place, &at(&route, "command"), message, help);
            }
            Probe::File {
                exists: None,
                matches: None,
                never: None,
                ..
            } => {
                let help = "add `exists`, `matches` or `never`";
                found.warn(
                    place,
                    &at(&route, "file"),
                    "this probe asks nothing of the file".to_owned(),
                    help,
                );
            }
            Probe::Variable {
                set: None,
                matches: None,
                ..
            } => {
                let help = "add `set` or `matches`";
                let message = "this probe asks nothing of the variable".to_owned();
                found.warn(place, &at(&route, "variable"), message, help);
            }
            Probe::Metrics(metrics) => {
                let list = at(&at(&route, "metrics"), "rules");
                metric_rules(&metrics.rules, &list, place, found);
            }
            Probe::Schema(schema) => {
                if let Err(why) = schema.thing().named() {
                    let help = "one thing: a table, or a column, index, trigger or constraint of it, or an extension";
                    found.key(place, &at(&route, "schema"), why.to_owned(), help);
                }
            }
            Probe::Keys(KeysProbe {
                is: None,
                at_least: None,
                at_most: None,
                same_as_before: false,
                as_many_as: None,
                ..
            }) => {
                let help =
                    "add `is`, `at_least`, `at_most`, `same_as_before: true` or `as_many_as`";
                let message = "this probe does not say how many keys there must be".to_owned();
                found.key(place, &at(&route, "keys"), message, help);
            }
            Probe::All(list) | Probe::Any(list) if list.is_empty() => {
                found.key(
                    place,
                    &route,
                    "an empty list of probes".to_owned(),
                    "name at least one",
                );
            }
            Probe::Http(_)
            | Probe::Command(_)
            | Probe::Manual { .. }
            | Probe::File { .. }
            | Probe::Port { .. }
            | Probe::Service(_)
            | Probe::Tool(_)
            | Probe::Disk { .. }
            | Probe::Variable { .. }
            | Probe::Release { .. }
            | Probe::Sql(_)
            | Probe::Keys(_)
            | Probe::Applied(_)
            | Probe::ShellTimeout {}
            | Probe::Clock {}
            | Probe::All(_)
            | Probe::Any(_)
            | Probe::Not(_) => {}
        }
    }
}

/// Whether more of an answer is asked for than that it is one; a refusal is proof enough.
fn asks_of_answer(http: &Http) -> bool {
    http.expect.as_ref().is_some_and(|expect| {
        let reads = expect.body.is_some() || !expect.json.is_empty();
        // A refusal does, and so does 101: nobody switches protocols by chance.
        let mut status = expect.status.iter();
        let tells = !expect.status.is_empty() && status.all(|one| !(200..300).contains(one));
        reads || tells
    })
}

/// Whether something is asked of what a command prints or counts.
fn asks_of_output(run: &Run) -> bool {
    let expect = run.expect.as_ref();
    !run.require.is_empty()
        || expect.is_some_and(|expect| expect.stdout.is_some() || expect.stderr.is_some())
}

/// A rule that asks for nothing, or that asks a thing that is there how large it is.
fn metric_rules(rules: &[MetricRule], list: &Route, place: Place<'_>, found: &mut Found) {
    for (n, rule) in rules.iter().enumerate() {
        let bounded = rule.at_least.is_some() || rule.at_most.is_some();
        let route = at(&item(list, n), "look");
        match (rule.look, bounded) {
            (Look::Present, false) if rule.absent.is_some() => {
                let message = "what may be absent cannot be asked to be there".to_owned();
                found.value(
                    place,
                    &route,
                    message,
                    "ask for its `value`, or leave `absent` out",
                );
            }
            (Look::Present, false) => {}
            (Look::Present, true) => {
                let message = "what is only to be there has no bound".to_owned();
                found.value(place, &route, message, "ask for its `value`");
            }
            (Look::Value | Look::Rate | Look::Ratio | Look::RateRatio, true) => {}
            (Look::Value | Look::Rate | Look::Ratio | Look::RateRatio, false) => {
                let message = "this rule allows everything".to_owned();
                found.value(place, &route, message, "add `at_least` or `at_most`");
            }
        }
    }
    if rules.is_empty() {
        let message = "metrics without a rule".to_owned();
        found.key(place, list, message, "say what must hold");
    }
}

/// A probe and the probes inside it, with their routes.
fn parts<'p>(probe: &'p Probe, here: &Route) -> Vec<(Route, &'p Probe)> {
    let mut all = vec![(here.clone(), probe)];
    match probe {
        Probe::All(list) | Probe::Any(list) => {
            let kind = if matches!(probe, Probe::All(_)) {
                "all"
            } else {
                "any"
            };
            for (n, inner) in list.iter().enumerate() {
                all.extend(parts(inner, &item(&at(here, kind), n)));
            }
        }
        Probe::Not(inner) => all.extend(parts(inner, &at(here, "not"))),
        Probe::Manual { .. }
        | Probe::Command(_)
        | Probe::Http(_)
        | Probe::File { .. }
        | Probe::Port { .. }
        | Probe::Service(_)
        | Probe::Metrics(_)
        | Probe::Tool(_)
        | Probe::Disk { .. }
        | Probe::Variable { .. }
        | Probe::Release { .. }
        | Probe::Sql(_)
        | Probe::Keys(_)
        | Probe::Schema(_)
        | Probe::Applied(_)
        | Probe::ShellTimeout {}
        | Probe::Clock {} => {}
    }
    all
}
