//! A crash at every changing call of a run, in four ways, followed by `resume` and by `rollback`:
//! both always come to their end, files are wholly old or wholly new, and what must not happen
//! twice does not. On the world in memory, so that thousands of crashes take seconds.

mod crash {
    pub mod product;
}

use crash::product::{Product, Way};
use switchback::world::fake::Fault;

/// Every way to die at one call.
fn faults() -> [Fault; 4] {
    [
        Fault::CrashBefore,
        Fault::CrashWithin { bytes: 7 },
        Fault::CrashAfter,
        Fault::Fail,
    ]
}

fn changes_of(way: Way) -> usize {
    let product = Product::new();
    if way != Way::Forward {
        product.forward_without_finish();
        product.fake.revive();
    }
    product
        .walk(way)
        .expect("an undisturbed walk comes to its end");
    product.fake.changes()
}

#[test]
fn an_undisturbed_run_goes_forward_and_an_undisturbed_rollback_goes_back() {
    let product = Product::new();
    product.forward_without_finish();
    product.assert_new();
    product.walk(Way::Back).expect("back");
    product.assert_old();
}

#[test]
fn a_crash_anywhere_on_the_way_forward_can_be_resumed() {
    let mut points = 0;
    for n in 1..=changes_of(Way::Forward) {
        for fault in faults() {
            let product = Product::new();
            product.fake.fault_at(n, fault);
            let _disturbed = product.walk(Way::Forward);
            product.assert_old_or_new();
            product.fake.revive();
            let end = product.walk(Way::Forward);
            assert!(end.is_ok(), "call {n}, {fault:?}: {end:?}");
            product.assert_new();
            points += 1;
        }
    }
    assert!(points > 100, "only {points} points were tried");
}

#[test]
fn a_crash_anywhere_on_the_way_forward_can_be_rolled_back() {
    for n in 1..=changes_of(Way::Forward) {
        for fault in faults() {
            let product = Product::new();
            product.fake.fault_at(n, fault);
            let _disturbed = product.walk(Way::Forward);
            product.fake.revive();
            let end = product.walk(Way::Back);
            assert!(end.is_ok(), "call {n}, {fault:?}: {end:?}");
            product.assert_old_unless_finished();
        }
    }
}

#[test]
fn a_crash_anywhere_in_a_rollback_can_be_rolled_back_again() {
    for n in 1..=changes_of(Way::Back) {
        for fault in faults() {
            let product = Product::new();
            product.forward_without_finish();
            product.fake.revive();
            product.fake.fault_at(n, fault);
            let _disturbed = product.walk(Way::Back);
            product.assert_old_or_new();
            product.fake.revive();
            let end = product.walk(Way::Back);
            assert!(end.is_ok(), "call {n}, {fault:?}: {end:?}");
            product.assert_old();
        }
    }
}

#[test]
fn the_last_steps_are_undone_alone_and_done_again() {
    let product = Product::new();
    product.forward_without_finish();
    product.walk(Way::StepBack).expect("back to the file");
    product.assert_between();
    product.walk(Way::Forward).expect("forward again");
    product.assert_new();
}

#[test]
fn a_crash_anywhere_in_undoing_the_last_steps_ends_between_new_or_old() {
    let mut points = 0;
    for n in 1..=changes_of(Way::StepBack) {
        for fault in faults() {
            for then in [Way::StepBack, Way::Forward, Way::Back] {
                let product = Product::new();
                product.forward_without_finish();
                product.fake.revive();
                product.fake.fault_at(n, fault);
                let _disturbed = product.walk(Way::StepBack);
                product.assert_old_or_new();
                product.fake.revive();
                let end = product.walk(then);
                assert!(end.is_ok(), "call {n}, {fault:?}, then {then:?}: {end:?}");
                match then {
                    Way::StepBack => product.assert_between(),
                    Way::Forward => product.assert_new(),
                    Way::Back => product.assert_old(),
                }
                points += 1;
            }
        }
    }
    assert!(points > 100, "only {points} points were tried");
}

#[test]
fn two_crashes_one_in_the_recovery_of_the_other_end_right_all_the_same() {
    let all = changes_of(Way::Forward);
    for first in (1..=all).step_by(3) {
        for second in (1..=8).chain([12, 20]) {
            let product = Product::new();
            product.fake.crash_at(first);
            let _disturbed = product.walk(Way::Forward);
            product.fake.revive();
            product.fake.crash_at(second);
            let _disturbed = product.walk(Way::Forward);
            product.assert_old_or_new();
            product.fake.revive();
            let end = product.walk(Way::Forward);
            assert!(end.is_ok(), "calls {first} and {second}: {end:?}");
            product.assert_new();
        }
    }
}
