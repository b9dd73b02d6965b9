//! `runs prune`: lists the runs that can be removed with their backups; with `--yes` removes them.

use super::{
    args::PruneArgs,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
};
use crate::{
    engine::{
        runs::{self, Judged, Stays},
        store::run_dir::StateDir,
    },
    model::{
        ids::RunId,
        units::{self, Size},
    },
    run_state::RunState,
};
use serde_json::json;
use std::collections::BTreeMap;

pub fn prune(place: &Place, args: &PruneArgs, printer: &mut Printer<'_>) -> End {
    place.named_folders()?;
    let dir = place.state()?;
    let named = named(place, &dir, args)?;
    let all = runs::judge(&place.world, &dir, &named)?;
    if !named.is_empty() {
        all.iter().try_for_each(must_go)?;
    }
    let sizes = sizes(place, &dir, &all);
    let going = all.iter().filter(|one| one.stays.is_none()).count();
    let left = dir.left_of_removed(&place.world)?.len();
    if args.yes {
        let tell = &mut |run: &RunState| line(run, None, &sizes, "removed", printer);
        runs::prune(&place.world, &dir, &all, &named, tell)?;
        if !printer.json_wanted() {
            printer.line(match going {
                0 => "no run can be removed".to_owned(),
                some => format!("{}, {}", units::count(some, "run"), total(&sizes)),
            });
        }
        return Ok(Code::Done);
    }
    for one in &all {
        tell(one, &sizes, printer);
    }
    if !printer.json_wanted() && left > 0 {
        let left = units::count(left, "folder");
        printer.line(format!(
            "removable  remnants of a removal that was interrupted: {left}"
        ));
    }
    if going + left == 0 {
        if !printer.json_wanted() {
            printer.line("no run can be removed");
        }
        return Ok(Code::Done);
    }
    Err(Failure::new(
        Code::Waiting,
        format!(
            "nothing was removed; to remove {} with journal, report and backup ({}): `switchback runs prune{} --yes`",
            units::count(going, "run"),
            total(&sizes),
            named
                .iter()
                .map(|run| format!(" {run}"))
                .collect::<String>(),
        ),
    ))
}

/// Resolves the named runs to whole ids once, so that nothing else is removed if the list changes.
fn named(place: &Place, dir: &StateDir, args: &PruneArgs) -> Result<Vec<RunId>, Failure> {
    let one = |run: &String| Ok(runs::find(&place.world, dir, Some(run))?);
    args.run.iter().map(one).collect()
}

/// Refuses the whole removal if a named run has to be kept, and says why.
fn must_go(one: &Judged) -> Result<(), Failure> {
    let Some(stays) = &one.stays else {
        return Ok(());
    };
    let unreadable = one.run.state.is_err() || one.run.damage.is_some();
    let code = match stays {
        _ if unreadable => Code::Damaged,
        Stays::Held(_) => Code::Locked,
        Stays::Always(_) | Stays::Unnamed(_) => Code::Usage,
    };
    let text = format!(
        "nothing was removed: run {} is kept: {}",
        one.run.id,
        stays.why()
    );
    Err(Failure::new(code, text))
}

/// Sizes of the runs that can be removed; a run that cannot be measured has no entry.
type Sizes = BTreeMap<RunId, u64>;

fn sizes(place: &Place, dir: &StateDir, all: &[Judged]) -> Sizes {
    let going = all.iter().filter(|one| one.stays.is_none());
    let size = |one: &Judged| {
        let bytes = dir.run(&one.run.id).bytes(&place.world).ok()?;
        Some((one.run.id.clone(), bytes))
    };
    going.filter_map(size).collect()
}

fn total(sizes: &Sizes) -> Size {
    Size::from_bytes(sizes.values().sum())
}

fn tell(one: &Judged, sizes: &Sizes, printer: &mut Printer<'_>) {
    let why = one.stays.as_ref().map(|stays| match stays {
        Stays::Unnamed(why) => format!("{why}; removed only if it is named"),
        Stays::Always(why) | Stays::Held(why) => why.clone(),
    });
    match &one.run.state {
        Ok(run) => {
            let fate = if why.is_some() { "kept" } else { "removable" };
            line(run, why.as_deref(), sizes, fate, printer);
        }
        Err(_) if printer.json_wanted() => printer.json(&json!({
            "version": 1,
            "run_id": one.run.id,
            "state": one.run.word(),
            "fate": "kept",
            "because": why,
        })),
        Err(why) => printer.line(format!("kept       {}: {why}", one.run.id)),
    }
}

fn line(run: &RunState, why: Option<&str>, sizes: &Sizes, fate: &str, printer: &mut Printer<'_>) {
    let bytes = sizes.get(&run.run);
    if printer.json_wanted() {
        return printer.json(&json!({
            "version": 1,
            "run_id": run.run,
            "state": run.word(),
            "product": run.plan.product,
            "root": run.plan.root,
            "from": run.plan.from,
            "to": run.plan.to,
            "started_at_ms": run.started_at_ms,
            "fate": fate,
            "bytes": bytes,
            "because": why,
        }));
    }
    let size = bytes.map(|bytes| Size::from_bytes(*bytes).to_string());
    let rest = why.map(str::to_owned).or(size).unwrap_or_default();
    printer.line(format!(
        "{fate:<10} {}  {}  {:<11} {} {} → {}  {}  {rest}",
        run.run.short(),
        units::time(run.started_at_ms),
        run.told(),
        run.plan.product,
        run.plan.from,
        run.plan.to,
        run.plan.root,
    ));
}
