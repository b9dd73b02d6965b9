//! What is asked of a run at work: an errand that holds its road.

use super::{
    attended::{
        Raw, WAITS, at_work, begun, case, end, let_it_end, records, run_folder, says, until,
    },
    support::Case,
};
use switchback::engine::{
    answers::AnswersFile,
    errand::{Aim, Errand, Lever},
    handle::Ask,
};

const SWITCH: &str = "1.x-to-2.0/switch";

/// A step of the road behind the one that waits, and one that is pulled.
const MORE: &str = "  - id: after
    title: Behind it
    do: {run: {command: [touch, after]}}
    harmless: true

emergency:
  - id: readonly
    title: Notes are read-only
    do: {run: {command: [touch, READONLY]}}

verify:";

/// Takes the run over and sends it on an errand, which the desk has when this comes back.
fn sent_on(case: &Case, aim: Aim) {
    let mut raw = Raw::attached(case, 1);
    raw.ask(Ask::TakeOver, 0);
    let errand = Errand::new(aim, &AnswersFile::default());
    raw.ask(Ask::Errand(Box::new(errand)), 0);
    // Asks are heard one after the other; this one is answered at once.
    raw.ask(Ask::Interrupt, 1);
    assert!(raw.refused().contains("has ended"));
}

fn until_the_worker_has_gone(case: &Case) {
    let socket = run_folder(case).join("worker.sock");
    until("the end of the worker", || !socket.exists());
}

#[test]
fn an_emergency_and_a_way_back_wait_for_the_step_that_runs_and_not_for_the_road() {
    let pull = Aim::Emergency {
        step: "1.x-to-2.0/readonly".into(),
        lever: Lever::Pull,
    };
    let back = Aim::Back {
        reason: "it is slow".into(),
        over_later_edits: false,
    };
    let step_back = Aim::StepBack {
        to: SWITCH.into(),
        reason: "it is slow".into(),
    };
    for (aim, came) in [
        (pull, "emergency_pulled"),
        (back, "rollback_started"),
        (step_back, "step_back_started"),
    ] {
        let case = case(WAITS);
        case.pack_edit("1.x-to-2.0.yaml", "verify:", MORE);
        let first = at_work(&case);
        sent_on(&case, aim);
        end(first).ends(8, "holds this run");
        let_it_end(&case);
        until_the_worker_has_gone(&case);
        let records = records(&case);
        assert_eq!(says(&records, came), 1, "{came}");
        assert!(
            !case.root.join("after").exists(),
            "{came}: the road went on"
        );
        assert_eq!(begun(&case), 1, "{came}");
    }
}
