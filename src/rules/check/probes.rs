//! A probe proves something, and one that runs unattended asks no person.

use super::Sheet;
use crate::model::{
    route::Route,
    rule::{Asked, Asks, Check, Hop, Http, KeysProbe, Look, MetricRule, Probe, Run},
};

pub(super) fn check(hop: &Hop, probes: &[Asked<'_>], sheet: &mut Sheet) {
    for (n, watch) in hop.watch.iter().enumerate() {
        let route = Route::key("watch").item(n);
        metric_rules(&watch.rules, &route.at("rules"), sheet);
    }
    for asked in probes {
        asks_something(asked, sheet);
        match asked.by {
            Asks::Check => proves(asked, sheet),
            Asks::Backup => {
                unattended(asked, sheet);
                proves(asked, sheet);
            }
            Asks::DoneIf | Asks::Until => unattended(asked, sheet),
        }
    }
    for (here, check) in hop.checks_at() {
        in_a_row(check, &here, sheet);
    }
}

/// A person answers only once, and metrics define themselves for how long they are observed.
fn in_a_row(check: &Check, here: &Route, sheet: &mut Sheet) {
    let (message, help) = match &check.probe {
        Probe::Manual { .. } => ("a person is asked once", "leave `in_a_row` out"),
        Probe::Metrics(_) => (
            "metrics are looked at for as long as they say themselves",
            "give `metrics` a `for` instead",
        ),
        _looked_at_once => return,
    };
    if check.in_a_row.is_some() {
        sheet.key(&here.at("in_a_row"), message.to_owned(), help);
    }
}

/// No person is present here: the worker decides alone.
fn unattended(asked: &Asked<'_>, sheet: &mut Sheet) {
    if let Probe::Manual { .. } = asked.probe {
        let message = "`manual` asks a person, and nobody is asked here".to_owned();
        let help = "use a probe that a machine can answer, or an `ask` step before";
        sheet.key(&asked.route.at("manual"), message, help);
    }
}

/// An empty probe cannot hold or fail.
fn asks_something(asked: &Asked<'_>, sheet: &mut Sheet) {
    let route = &asked.route;
    match asked.probe {
        Probe::Metrics(metrics) => {
            let list = route.at("metrics").at("rules");
            metric_rules(&metrics.rules, &list, sheet);
        }
        Probe::Schema(schema) => {
            if let Err(why) = schema.thing().named() {
                let help = super::sql::ONE_THING;
                sheet.key(&route.at("schema"), why.to_owned(), help);
            }
        }
        Probe::Applied(applied) if applied.made.is_empty() && applied.record.is_none() => {
            let message = "nothing would show whether it was applied".to_owned();
            let help = "name what it brings, `made`, or the row of a `record`";
            sheet.key(&route.at("applied"), message, help);
        }
        Probe::Keys(KeysProbe {
            is: None,
            at_least: None,
            at_most: None,
            same_as_before: false,
            as_many_as: None,
            ..
        }) => {
            let help = "add `is`, `at_least`, `at_most`, `same_as_before: true` or `as_many_as`";
            let message = "this probe does not say how many keys there must be".to_owned();
            sheet.key(&route.at("keys"), message, help);
        }
        Probe::All(list) | Probe::Any(list) if list.is_empty() => {
            let message = "an empty list of probes".to_owned();
            sheet.key(route, message, "name at least one");
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

/// A status of 200 and an exit code of 0 prove nothing by themselves.
fn proves(asked: &Asked<'_>, sheet: &mut Sheet) {
    let (kind, message, help) = match asked.probe {
        Probe::Http(http) if !asks_of_answer(http) => (
            "http",
            "a status alone proves nothing",
            "expect something of the answer: `expect: {body: …}` or `json`",
        ),
        Probe::Command(run) if !asks_of_output(run) => (
            "command",
            "an exit code alone proves nothing",
            "expect something of its output: `expect: {stdout: …}`",
        ),
        Probe::File {
            at: None,
            exists: None,
            matches: None,
            never: None,
            ..
        } => (
            "file",
            "this probe asks nothing of the file",
            "add `exists`, `matches` or `never`",
        ),
        Probe::Variable {
            set: None,
            matches: None,
            ..
        } => (
            "variable",
            "this probe asks nothing of the variable",
            "add `set` or `matches`",
        ),
        _it_asks_for_something => return,
    };
    sheet.warn(&asked.route.at(kind), message.to_owned(), help);
}

/// Whether a probe expects more than just some successful answer; a refusal is proof enough.
fn asks_of_answer(http: &Http) -> bool {
    http.expect.as_ref().is_some_and(|expect| {
        let reads = expect.body.is_some() || !expect.json.is_empty();
        // A refusal is proof, and so is 101: nothing switches protocols by chance.
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

/// Finds metric rules that ask nothing, or that give bounds for something that only has to exist.
fn metric_rules(rules: &[MetricRule], list: &Route, sheet: &mut Sheet) {
    for (n, rule) in rules.iter().enumerate() {
        let bounded = rule.at_least.is_some() || rule.at_most.is_some();
        let route = list.item(n).at("look");
        match (rule.look, bounded) {
            (Look::Present, false) if rule.absent.is_some() => {
                let message = "what may be absent cannot be asked to be there".to_owned();
                sheet.value(
                    &route,
                    message,
                    "ask for its `value`, or leave `absent` out",
                );
            }
            (Look::Present, false) => {}
            (Look::Present, true) => {
                let message = "what is only to be there has no bound".to_owned();
                sheet.value(&route, message, "ask for its `value`");
            }
            (Look::Value | Look::Rate | Look::Ratio | Look::RateRatio, true) => {}
            (Look::Value | Look::Rate | Look::Ratio | Look::RateRatio, false) => {
                let message = "this rule allows everything".to_owned();
                sheet.value(&route, message, "add `at_least` or `at_most`");
            }
        }
    }
    if rules.is_empty() {
        let message = "metrics without a rule".to_owned();
        sheet.key(list, message, "say what must hold");
    }
}
