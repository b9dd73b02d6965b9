//! Removal of old runs: which are removed, and that an interrupted removal leaves a whole run or a
//! remnant that the next removal finishes. Everything else stays as it was.

use super::product::{Product, Way, plan};
use crate::faults;
use std::{collections::BTreeMap, path::PathBuf, sync::mpsc};
use switchback::{
    engine::{
        link::handle::{Ask, Event},
        runs::{self, Judged, Stays},
        store::run_dir::StateDir,
    },
    model::ids::{RunId, StepId},
    run_state::RunState,
    world::fake::{FakeWorld, Mishap},
};

fn state() -> StateDir {
    StateDir::new("/state".into())
}

/// A run that was rolled back, then one that is done.
fn twice() -> Product {
    let product = Product::new();
    for way in [Way::Forward, Way::BackFromDone, Way::Forward] {
        assert_eq!(product.walk(way), Ok(true));
    }
    product.fake.revive();
    product
}

/// One more run on a product that is already new: it only stops and starts the service.
fn again(product: &Product) -> RunId {
    let (sink, _events) = mpsc::channel::<Event>();
    let mut plan = plan();
    plan.steps
        .retain(|step| ["stop", "start"].contains(&step.id.as_str()));
    let mut worker = product.begin_with(plan, Box::new(sink));
    for ask in [Ask::Check, Ask::Backup, Ask::Apply, Ask::Finish] {
        worker
            .meet(ask)
            .expect("a journal")
            .expect("it may be asked");
    }
    worker.state().run.clone()
}

fn judged(product: &Product, named: &[RunId]) -> Vec<Judged> {
    runs::judge(&product.fake.world(), &state(), named).expect("judged")
}

fn stays(product: &Product, run: &RunId, named: &[RunId]) -> Option<Stays> {
    let all = judged(product, named);
    let one = all.into_iter().find(|one| one.run.id == *run);
    one.expect("it is judged").stays
}

fn why(product: &Product, run: &RunId) -> String {
    let stays = stays(product, run, std::slice::from_ref(run));
    stays.expect("it stays").why().to_owned()
}

/// What was removed.
fn prune(product: &Product, named: &[RunId]) -> Result<Vec<RunId>, String> {
    let mut removed = Vec::new();
    let tell = &mut |run: &RunState| removed.push(run.run.clone());
    let (world, state) = (product.fake.world(), state());
    let all = runs::judge(&world, &state, named).map_err(|why| why.to_string())?;
    runs::prune(&world, &state, &all, named, tell).map_err(|why| why.to_string())?;
    Ok(removed)
}

/// All files except the notes on who holds a product.
fn contents(fake: &FakeWorld) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = fake.files.contents();
    all.retain(|path, _| !path.starts_with("/state/locks"));
    all
}

fn ids(product: &Product) -> Vec<RunId> {
    let runs = product.runs().into_iter();
    runs.map(|run| run.run.clone()).collect()
}

#[test]
fn what_went_back_goes_and_the_newest_stays_and_can_still_be_taken_back() {
    let product = twice();
    let [newest, old] = &ids(&product)[..] else {
        panic!("two runs");
    };
    let mut before = contents(&product.fake);
    assert_eq!(stays(&product, old, &[]), None);
    assert_eq!(prune(&product, &[]), Ok(vec![old.clone()]));
    before.retain(|path, _| !path.to_string_lossy().contains(old.as_str()));
    assert_eq!(contents(&product.fake), before, "and nothing else");
    assert!(why(&product, newest).contains("the newest run"));
    assert_eq!(prune(&product, &[]), Ok(vec![]));
    assert_eq!(prune(&product, std::slice::from_ref(newest)), Ok(vec![]));
    assert_eq!(product.walk(Way::BackFromDone), Ok(true));
    product.assert_old();
}

#[test]
fn a_run_that_holds_the_way_back_goes_by_its_name_and_never_from_under_a_later_one() {
    let product = Product::new();
    product.walk(Way::Forward).expect("forward");
    let first = ids(&product).remove(0);
    let (second, newest) = (again(&product), again(&product));
    for run in [&first, &second] {
        let unnamed = stays(&product, run, &[]);
        assert!(matches!(unnamed, Some(Stays::Unnamed(_))), "{unnamed:?}");
    }
    assert_eq!(prune(&product, &[]), Ok(vec![]));
    // The first would seem to be the last that was done, were the second gone and the newest taken back.
    let before = why(&product, &second);
    assert!(before.contains(first.as_str()), "{before}");
    let both = [first.clone(), second.clone()];
    assert_eq!(stays(&product, &second, &both), None);
    assert_eq!(prune(&product, &both), Ok(vec![first, second]));
    assert_eq!(ids(&product), [newest]);
}

#[test]
fn what_is_not_over_is_pulled_is_held_or_cannot_be_read_stays_whatever_is_said() {
    // Of a way back that waits, and one whose lever is pulled.
    let product = Product::new();
    product.forward_without_finish();
    assert!(why(&product, &ids(&product)[0]).contains("not finished"));

    let product = Product::new();
    product.walk(Way::Forward).expect("forward");
    product.lever(Ask::Pull).expect("pulled");
    product.fake.revive();
    assert_eq!(product.walk(Way::BackFromDone), Ok(true));
    let pulled = ids(&product).remove(0);
    product.walk(Way::Forward).expect("forward");
    product.fake.revive();
    assert!(why(&product, &pulled).contains("is still pulled"));
    assert_eq!(prune(&product, &[]), Ok(vec![]));

    let product = twice();
    let old = ids(&product).remove(1);
    let world = product.fake.world();
    let held = state().lock(&world, "/srv/product".as_ref(), "somebody");
    assert!(matches!(stays(&product, &old, &[]), Some(Stays::Held(_))));
    assert_eq!(prune(&product, &[]), Ok(vec![]));
    drop(held.expect("nobody had it"));
    assert_eq!(stays(&product, &old, &[]), None);

    // Now it cannot be told which run is the newest.
    let newest = ids(&product).remove(0);
    let journal = state().run(&newest).path().join("journal");
    product
        .fake
        .files
        .put(journal, "nothing that was ever written");
    assert_eq!(prune(&product, &[]), Ok(vec![]));
    let reason = why(&product, &old);
    assert!(
        reason.contains("which run of its product is the newest"),
        "{reason}"
    );
    assert!(stays(&product, &newest, &[]).is_some());
}

#[test]
fn what_somebody_edited_and_was_put_aside_goes_only_by_name() {
    let product = Product::new();
    product.walk(Way::Forward).expect("forward");
    product
        .fake
        .files
        .put("/srv/product/.env", "A=11 # theirs\nB=2\n");
    let run = ids(&product).remove(0);
    let (sink, _events) = mpsc::channel::<Event>();
    let world = product.fake.world();
    let worker = runs::take_up(&world, &state(), &run, Box::new(sink), runs::Way::Back);
    let mut worker = worker.expect("a worker");
    worker.settle().expect("settled");
    let back = Ask::Rollback {
        reason: "a test".to_owned(),
        over_later_edits: true,
    };
    worker.meet(back).expect("a journal").expect("back");
    let env = worker.state().step(&StepId::from("edit .env"));
    assert!(!env.expect("the step").later_edits.is_empty());
    drop(worker);
    product.walk(Way::Forward).expect("forward");
    product.fake.revive();
    let unnamed = stays(&product, &run, &[]);
    assert!(matches!(unnamed, Some(Stays::Unnamed(why)) if why.contains("put aside")));
    let named = std::slice::from_ref(&run);
    assert_eq!(prune(&product, &[]), Ok(vec![]));
    assert_eq!(prune(&product, named), Ok(vec![run.clone()]));
}

/// After a removal that was cut off, and perhaps the power with it.
fn is_whole_or_a_remnant(product: &Product, before: &BTreeMap<PathBuf, Vec<u8>>, old: &RunId) {
    let listed = ids(product);
    let of_old = |path: &PathBuf| path.to_string_lossy().contains(old.as_str());
    let mut now = contents(&product.fake);
    if listed.contains(old) {
        let folder = state().run(old);
        let part = |all: &BTreeMap<PathBuf, Vec<u8>>| {
            let inside = all
                .iter()
                .filter(|(path, _)| path.starts_with(folder.path()));
            inside
                .map(|(path, bytes)| (path.clone(), bytes.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(part(&now), part(before), "it is listed, so it is whole");
    }
    let mut rest = before.clone();
    rest.retain(|path, _| !of_old(path));
    now.retain(|path, _| !of_old(path));
    assert_eq!(now, rest, "nothing else has changed");

    prune(product, &[]).expect("the next one finishes it");
    assert!(!contents(&product.fake).keys().any(of_old));
    assert_eq!(contents(&product.fake), rest);
    assert_eq!(ids(product).len(), 1);
}

#[test]
fn a_removal_that_is_cut_off_anywhere_leaves_a_whole_run_or_what_the_next_one_finishes() {
    let (calls, looks, steps) = {
        let product = twice();
        judged(&product, &[]);
        let looks = product.fake.steps();
        product.fake.revive();
        prune(&product, &[]).expect("removed");
        (product.fake.changes(), looks, product.fake.steps())
    };
    let mut remnants = 0;
    for n in 1..=calls {
        for fault in faults() {
            let product = twice();
            let (before, old) = (contents(&product.fake), ids(&product).remove(1));
            product.fake.fault_at(n, fault);
            let _cut_off = prune(&product, &[]);
            product.fake.revive();
            let left = state().left_of_removed(&product.fake.world());
            remnants += left.expect("listed").len();
            is_whole_or_a_remnant(&product, &before, &old);
        }
    }
    assert!(
        calls > 2 && remnants > 2,
        "{calls} calls, {remnants} remnants"
    );
    // Each step behind the second look, and then the power goes: nothing, all or some of what was not
    // synced is kept.
    for n in 2 * looks..=steps {
        for keep in 0..3 {
            let product = twice();
            let (before, old) = (contents(&product.fake), ids(&product).remove(1));
            product.fake.mishap_at(n, Mishap::Crash);
            let _cut_off = prune(&product, &[]);
            let mut turn = 0;
            product.fake.files.cut_power(&mut |of| {
                turn += 1;
                [0, of - 1, turn % of][keep]
            });
            product.fake.revive();
            is_whole_or_a_remnant(&product, &before, &old);
        }
    }
    // Once it is said to be gone it is gone.
    let product = twice();
    let old = prune(&product, &[]).expect("removed").remove(0);
    product.fake.files.cut_power(&mut |_| 0);
    product.fake.revive();
    assert!(
        !contents(&product.fake)
            .keys()
            .any(|path| path.to_string_lossy().contains(old.as_str()))
    );
}
