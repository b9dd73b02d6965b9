//! `switchback demo --headless`: a sample product in a temporary folder, upgraded from its own
//! answers file. The folder stays, so that what happened can be looked at.

use super::{
    args::{ApplyArgs, DemoArgs, Global, Road},
    end::{Code, End, Failure},
    forward,
    place::Place,
    print::Printer,
};
use crate::{
    rules::bundled,
    standin::demo::{self, DemoSetup},
};
use std::path::PathBuf;

/// Says what an operator of the sample would: below `demo/` of its pack.
const ANSWERS: &str = "demo/answers.yaml";

pub fn demo(place: &Place, args: &DemoArgs, printer: &mut Printer<'_>) -> End {
    let setup = prepare(place, args)?;
    if !printer.json_wanted() {
        printer.line(format!("the sample is in {}", setup.root.display()));
    }
    let inner = inside(place, &setup, &args.system)?;
    let road = Road {
        answers: answers(&inner, &args.system)?,
        ..Road::default()
    };
    let apply = ApplyArgs {
        plan: None,
        road,
        yes: true,
    };
    let end = forward::apply(&inner, &apply, printer);
    setup
        .finish()
        .map_err(|error| Failure::told(Code::Failed, &error))?;
    end
}

/// Lays the sample out and starts its old release.
pub fn prepare(place: &Place, args: &DemoArgs) -> Result<DemoSetup, Failure> {
    let who = place.world.system.who();
    let dir = place
        .temporary
        .join(format!("switchback-demo-{}-{}", args.system, who.pid));
    demo::prepare(&args.system, &dir, &place.exe, args.fail)
        .map_err(|error| Failure::told(Code::Usage, &error))
}

/// The same program, looking at the sample alone: even its runs are kept there.
pub fn inside(place: &Place, setup: &DemoSetup, system: &str) -> Result<Place, Failure> {
    place.elsewhere(Global {
        root: Some(setup.root.clone()),
        state_dir: Some(setup.root.join(".switchback/state")),
        pack: Some(system.to_owned()),
        set: setup
            .params
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        ..Global::default()
    })
}

fn answers(place: &Place, system: &str) -> Result<Option<PathBuf>, Failure> {
    let pack = place
        .pack(None)?
        .or_else(|| bundled::packs().into_iter().next());
    let Some(bytes) = pack.and_then(|pack| pack.files.get(ANSWERS).cloned()) else {
        return Ok(None);
    };
    let file = place
        .root
        .join(".switchback")
        .join(format!("{system}-answers.yaml"));
    place.write(&file, &bytes)?;
    Ok(Some(file))
}
