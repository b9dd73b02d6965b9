//! What is asked and listed says no more than is so, and of what: of this step, of this moment, of this
//! way.

use super::{
    driven::Driven,
    product::{self, Recorder},
};
use switchback::{
    model::{
        plan::{Plan, StepBody},
        rule::Action,
    },
};

const SIZE: (u16, u16) = (80, 24);

fn recorder() -> Recorder {
    Recorder::new(product::plan())
}

fn on(recorder: &Recorder) -> Driven {
    Driven::on(recorder.state(), SIZE)
}

fn by_compose() -> Plan {
    let mut plan = product::plan();
    plan.steps[0].body = StepBody::Do(Action::Run(product::command(&[
        "docker", "compose", "stop", "gateway", "agent",
    ])));
    plan
}

#[test]
fn one_step_is_asked_about_with_what_it_stops_itself() {
    let asked = |plan: Plan, key: &str| {
        let mut recorder = Recorder::new(plan);
        let mut driven = on(recorder.backed_up());
        driven.keys(key).screen()
    };
    let screen = asked(by_compose(), "s");
    assert!(
        screen.contains("! Stopped by it: gateway, agent."),
        "{screen}"
    );
    let mut later = by_compose();
    later.steps.swap(0, 1);
    let screen = asked(later.clone(), "s");
    assert!(
        !screen.contains("topped"),
        "an edit stops nothing: {screen}"
    );
    let screen = asked(later, "\n");
    assert!(screen.contains("! Stopped on the way: gateway"), "{screen}");
}

#[test]
fn what_a_command_of_compose_has_stopped_is_told_to_whoever_leaves_and_comes_back() {
    let mut recorder = Recorder::new(by_compose());
    recorder.backed_up().done("1.0.0/stop", "exit 0");
    let mut driven = on(&recorder);
    let screen = driven.screen();
    assert!(screen.contains("! stopped now: gateway, agent"), "{screen}");
    let screen = driven.keys("q").screen();
    assert!(screen.contains("it stays so: gateway, agent."), "{screen}");
}
