//! Whatever somebody asks of a run, in whatever order, and whatever somebody does to the product in
//! the meantime: the worker does it or refuses it in words. It writes no record that cannot be read
//! again, and every errand ends.

use super::product::{Product, command, plan, says};
use proptest::{prelude::*, sample::select};
use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc,
};
use switchback::{
    engine::{
        answers::AnswersFile,
        errand::{Aim, Errand},
        link::handle::{Ask, Event},
        pursuit::Pursuit,
    },
    model::{
        ids::{CheckId, StepId},
        plan::{Plan, PlannedCheck, StepBody},
        record::Body,
        rule::Action,
    },
    run_state::RunState,
};

/// More than any of these walks writes.
const RECORDS_MAX: usize = 3_000;

#[derive(Clone, Debug)]
enum Move {
    Asked(Ask),
    Errand(Aim),
    /// Somebody writes a file of the product, or removes it.
    Put(&'static str, &'static str),
    TakeAway(&'static str),
}

fn check(id: &str, probe: serde_json::Value) -> PlannedCheck {
    let check = serde_json::json!({ "id": id, "title": id, "probe": probe });
    PlannedCheck {
        id: CheckId::new(id),
        hop: 0,
        check: serde_json::from_value(check).expect("a check"),
    }
}

/// The product's plan with every kind of content: a question, checks, a fix, numbers.
fn full() -> Plan {
    let mut plan = plan();
    let level = serde_json::to_value(says(&["level"], "2")).expect("a probe");
    let mut verify = check("level", level);
    verify.check.fix = Some(Action::Run(command(&["unkill"])));
    plan.verify = vec![verify, check("seen", manual("look"))];
    plan.checklist = vec![check("told", manual("tell the users"))];
    let ask = serde_json::json!({ "ask": { "text": "Go on?" } });
    let mut question = plan.steps[1].clone();
    question.id = StepId::new("ask");
    question.body = StepBody::Do(serde_json::from_value(ask).expect("a question"));
    question.undo = switchback::model::plan::Undo::Harmless;
    plan.steps.insert(2, question);
    let mut kill = command(&["kill switch"]);
    let measures = serde_json::json!({ "held": { "output": "held: ([0-9]+)" } });
    kill.measures = serde_json::from_value(measures).expect("measures");
    plan.emergency[0].body = StepBody::Do(Action::Run(kill));
    plan
}

fn manual(text: &str) -> serde_json::Value {
    serde_json::json!({ "manual": { "text": text } })
}

fn a_step() -> impl Strategy<Value = StepId> {
    select(vec![
        "stop",
        "edit .env",
        "ask",
        "create",
        "migrate",
        "start",
        "kill",
        "nowhere",
    ])
    .prop_map(StepId::new)
}

fn a_check() -> impl Strategy<Value = CheckId> {
    select(vec!["told", "level", "seen", "nowhere"]).prop_map(CheckId::new)
}

fn an_ask() -> impl Strategy<Value = Ask> {
    let reason = || "because".to_owned();
    prop_oneof![
        // Asks that lead along the road come more often, since more can happen there.
        6 => select(vec![Ask::Check, Ask::Backup, Ask::Apply, Ask::Verify, Ask::Finish]),
        3 => Just(Ask::Mark(CheckId::new("told"))),
        2 => select(vec![Ask::ApplyOne, Ask::RecheckAll, Ask::RetryUndo, Ask::Abandon]),
        3 => a_check().prop_flat_map(move |check| {
            let (id, reason) = (check.clone(), reason());
            select(vec![
                Ask::Recheck(id.clone()),
                Ask::Mark(id.clone()),
                Ask::Unmark(id.clone()),
                Ask::Fix(id),
                Ask::Waive { check, reason },
            ])
        }),
        3 => a_step().prop_flat_map(move |step| {
            let to = step.clone();
            let reason = reason();
            select(vec![Ask::Pull(step), Ask::StepBack { to, reason }])
        }),
        6 => (a_step(), any::<bool>()).prop_flat_map(move |(step, done)| {
            let (id, reason) = (step.clone(), reason());
            select(vec![
                Ask::Retry(id.clone()),
                Ask::FixAndRetry(id.clone()),
                Ask::Consent(id.clone()),
                Ask::Confirm(id.clone()),
                Ask::Release(id),
                Ask::Skip { step: step.clone(), reason: reason.clone() },
                Ask::SkipUndo { step: step.clone(), reason: reason.clone() },
                Ask::Judge { step, done },
            ])
        }),
        1 => any::<bool>().prop_map(move |over_later_edits| Ask::Rollback {
            reason: reason(),
            over_later_edits,
        }),
    ]
}

fn an_aim() -> impl Strategy<Value = Aim> {
    let reason = || "because".to_owned();
    prop_oneof![
        3 => Just(Aim::Forward),
        1 => a_step().prop_map(move |to| Aim::StepBack { to, reason: reason() }),
        1 => any::<bool>().prop_map(move |over_later_edits| Aim::Back {
            reason: reason(),
            over_later_edits,
        }),
    ]
}

/// Answers that lead to the end if nothing intervenes.
fn said() -> AnswersFile {
    let said = serde_json::json!({ "mark": ["told", "seen"], "confirm": ["ask"] });
    serde_json::from_value(said).expect("answers")
}

fn a_move() -> impl Strategy<Value = Move> {
    let files = || {
        select(vec![
            "/srv/product/.env",
            "/srv/product/conf/new.toml",
            "/srv/product/db",
        ])
    };
    prop_oneof![
        8 => an_ask().prop_map(Move::Asked),
        3 => an_aim().prop_map(Move::Errand),
        2 => (files(), select(vec!["", "A=3\n", "level 1", "level 2"]))
            .prop_map(|(file, text)| Move::Put(file, text)),
        2 => files().prop_map(Move::TakeAway),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_ask_leaves_a_run_that_cannot_be_read(
        moves in prop::collection::vec(a_move(), 1..40),
    ) {
        let product = Product::new();
        let heard = AtomicUsize::new(0);
        let (stopped, last_words) = mpsc::channel();
        let sink = move |event: Event| match event {
            Event::Record(_) => {
                let heard = heard.fetch_add(1, Ordering::SeqCst);
                assert!(heard < RECORDS_MAX, "it goes on and on");
            }
            Event::Stopped { stop, why } => stopped.send((stop, why)).expect("heard"),
            _another => {}
        };
        let mut worker = product.begin_with(full(), Box::new(sink));
        for one in moves {
            let ask = match one {
                Move::Asked(ask) => ask,
                Move::Errand(aim) => {
                    let answers = said();
                    Ask::Errand(Box::new(Errand::new(aim, &answers)))
                }
                Move::Put(file, text) => {
                    product.fake.files.put(file, text);
                    continue;
                }
                Move::TakeAway(file) => {
                    product.fake.files.take_away(file);
                    continue;
                }
            };
            let told = format!("{ask:?}");
            let sent = match &ask {
                Ask::Errand(errand) => Some(errand.clone()),
                _another => None,
            };
            let (may, seq) = (ask.may(worker.state()), worker.state().seq);
            let met = worker.meet(ask);
            prop_assert!(met.is_ok(), "{told}: {met:?}");
            // Whoever has not heard the last words finds them in the records, or none.
            if let (Some(said), Some(sent)) = (last_words.try_iter().last(), sent)
                && let Some(found) = Pursuit::new(*sent).stopped_with(worker.state())
            {
                prop_assert_eq!(found, said, "{}", told);
            }
            // The screens decide by the same function what to offer.
            if let (Err(why), Ok(met)) = (may, met) {
                prop_assert_eq!(met, Err(why), "{}", told);
                prop_assert_eq!(worker.state().seq, seq, "{}: refused, and recorded", told);
            }
        }
        let records = product.records();
        prop_assert_eq!(&RunState::fold(&records).expect("it can be read"), worker.state());
        let twice = records.iter().filter(|record| {
            matches!(&record.body, Body::Finished { .. })
        });
        prop_assert!(twice.count() <= 2, "an end, and one more if what was done is taken back");
    }
}
