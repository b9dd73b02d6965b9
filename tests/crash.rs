//! A crash at every changing call of a run, in four ways, followed by `resume` and by `rollback`:
//! both always come to their end, files are wholly old or wholly new, and what must not happen
//! twice does not. On the world in memory, so that thousands of crashes take seconds.
//!
//! `SWITCHBACK_HISTORIES=100000 cargo test --profile sweep --test crash histories` draws a hundred thousand
//! histories with power cuts and failing system calls; without it a sample is drawn.

mod crash {
    mod asks;
    mod clock;
    mod confirm;
    mod copies;
    mod levers;
    mod lost;
    mod not_begun;
    mod once;
    mod preview;
    pub mod product;
    mod prune;
    mod replaced;
    mod room;
    #[path = "../services/sample.rs"]
    mod sample;
    mod secrets;
    mod simulation;
    mod stand;
    mod unheard;
    mod unseen;
}

use crash::product::{Product, Way};
use switchback::{
    engine::link::handle::Ask, model::ids::RunId, run_state::StepView, world::fake::Fault,
};

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
    let product = Product::before(way);
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

/// The product after worker and shim have died, for each call at which they can; only where `of` finds
/// the run in the state that is asked for.
fn cut_off(of: impl Fn(&Product) -> Option<RunId>) -> Vec<(Product, RunId)> {
    let mut met = Vec::new();
    for n in 1..=changes_of(Way::Forward) {
        let product = Product::new();
        product.fake.fault_at(n, Fault::CrashWithin { bytes: 0 });
        let _disturbed = product.walk(Way::Forward);
        product.fake.revive();
        if let Some(run) = of(&product) {
            met.push((product, run));
        }
    }
    assert!(!met.is_empty());
    met
}

/// The migration as the next worker sees it after it was cut off while its command was running;
/// `world` prepares what that worker finds.
fn migration_after_a_kill(world: impl Fn(&Product, &RunId)) -> Vec<StepView> {
    let lost = |product: &Product| product.migrating().filter(|run| product.lost(run));
    let seen = cut_off(lost).into_iter().map(|(product, run)| {
        world(&product, &run);
        product.taken_up(&run, "migrate")
    });
    seen.collect()
}

/// Something of the run is still running: process 900 carries its mark.
fn leave_running(product: &Product, run: &RunId) {
    let carries = [("SWITCHBACK_RUN", run.as_str())];
    product.fake.processes.set_environment(900, &carries);
}

#[test]
fn what_a_killed_worker_has_left_at_work_is_named_and_not_begun_again() {
    for view in migration_after_a_kill(leave_running) {
        let Some(why) = view.unknown() else {
            panic!("it was judged beside process 900: {view:?}");
        };
        let named = why.contains("process 900") && why.contains("still running");
        assert!(named, "{why}");
    }
}

/// What manages a service is seen by its mark alone.
#[test]
fn a_service_that_looks_started_is_not_gone_on_with_beside_what_still_starts_it() {
    for (product, run) in cut_off(Product::starting) {
        leave_running(&product, &run);
        let view = product.taken_up(&run, "start");
        let why = view.unknown().unwrap_or_default();
        assert!(why.contains("process 900"), "{view:?}");
    }
}

/// A tool that outlives its worker writes where the next one would.
#[test]
fn a_backup_is_not_made_again_beside_what_still_makes_it() {
    let met = cut_off(Product::saving);
    assert!(met.len() > 5, "only {} points were met", met.len());
    for (product, run) in met {
        leave_running(&product, &run);
        let before = product.fake.commands.ran().len();
        let why = product
            .walk(Way::Forward)
            .expect_err("process 900 is there");
        assert!(why.contains("process 900"), "{why}");
        assert_eq!(product.fake.commands.ran().len(), before);
        product.fake.processes.end(900);
        product
            .walk(Way::Forward)
            .expect("nobody is there any more");
        product.assert_new();
    }
}

#[test]
fn where_nobody_can_see_what_is_at_work_nothing_is_begun_again() {
    for view in migration_after_a_kill(|product, _| product.fake.processes.hide()) {
        let Some(why) = view.unknown() else {
            panic!("it was judged blindly: {view:?}");
        };
        assert!(why.contains("cannot be seen"), "{why}");
    }
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
fn a_crash_anywhere_in_the_rollback_of_what_was_done_can_be_rolled_back_again() {
    let mut points = 0;
    for n in 1..=changes_of(Way::BackFromDone) {
        for fault in faults() {
            let product = Product::new();
            product.walk(Way::Forward).expect("forward");
            assert!(product.finished().is_some());
            product.fake.revive();
            product.fake.fault_at(n, fault);
            let _disturbed = product.walk(Way::BackFromDone);
            product.assert_old_or_new();
            product.fake.revive();
            let end = product.walk(Way::BackFromDone);
            assert!(end.is_ok(), "call {n}, {fault:?}: {end:?}");
            product.assert_old();
            assert!(product.finished().is_none());
            points += 1;
        }
    }
    assert!(points > 40, "only {points} points were tried");
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
                    Way::Back | Way::BackFromDone => product.assert_old(),
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

#[test]
fn a_crash_in_the_middle_of_a_pull_never_pulls_twice_and_leaves_the_road_as_it_is() {
    let changes = |done: bool| {
        let product = pulled_at(done);
        product.lever(Ask::Pull).expect("pulled");
        product.fake.changes()
    };
    let mut unknown = 0;
    for done in [false, true] {
        for n in 1..=changes(done) {
            for fault in faults() {
                let product = pulled_at(done);
                product.fake.fault_at(n, fault);
                let _disturbed = product.lever(Ask::Pull);
                unknown += usize::from(product.killed() == "!");
                assert!(product.killed().len() <= 1);
                product.fake.revive();
                let state = product.lever(Ask::Pull).expect("pulled");
                assert_eq!(product.killed(), "!", "call {n}, {fault:?}, done: {done}");
                assert_eq!(state.pulled().count(), 1);
                product.assert_new();
                let state = product.lever(Ask::Release).expect("released");
                assert_eq!((product.killed().as_str(), state.pulled().count()), ("", 0));
            }
        }
    }
    assert!(unknown > 5, "only {unknown} crashes came after the deed");
}

fn pulled_at(done: bool) -> Product {
    let product = Product::new();
    if done {
        product.walk(Way::Forward).expect("forward");
    } else {
        product.forward_without_finish();
    }
    product.fake.revive();
    product
}

#[test]
fn what_somebody_wrote_in_the_moment_of_a_swap_that_was_cut_off_goes_back_to_its_place() {
    const THEIRS: &[u8] = b"A=1 # somebody else's\n";
    let target = std::path::Path::new("/srv/product/.env");
    let mut met = 0;
    for n in 1..=changes_of(Way::Forward) {
        let product = Product::new();
        product.fake.fault_at(n, Fault::CrashWithin { bytes: 7 });
        let _disturbed = product.walk(Way::Forward);
        let files = product.fake.files.contents();
        let displaced = files.iter().find(|(path, bytes)| {
            path.to_string_lossy().contains("/..env.sb-") && bytes.starts_with(b"A=1 ")
        });
        let Some((displaced, _)) = displaced else {
            continue;
        };
        assert!(files[target].starts_with(b"A=10 "));
        product.fake.files.put(displaced, THEIRS);
        product.fake.revive();
        let _stopped_or_judged = product.walk(Way::Forward);
        let files = product.fake.files.contents();
        assert_eq!(files[target], THEIRS);
        assert!(
            !files.contains_key(displaced),
            "{displaced:?} was left over"
        );
        met += 1;
    }
    assert!(met > 0, "no crash met a swap");
}
