//! `switchback rules …`: reads, checks, tests and explains packs; nothing in them is run.

mod cases;
mod looks;
mod machine;

use super::{
    args::RulesVerb,
    end::{Code, End, Failure},
    place::Place,
    print::Printer,
};
use crate::{
    engine::trust,
    model::units,
    rules::{
        bundled, case, check,
        diagnostic::{Diagnostic, Gravity},
        explain,
        pack::{self, LoadedPack},
        schema, signature,
        source::PackSource,
    },
};
use serde_json::json;
use std::path::Path;

pub fn rules(place: &Place, verb: &RulesVerb, printer: &mut Printer<'_>) -> End {
    match verb {
        RulesVerb::Check { dir } => check_packs(place, dir.as_deref(), printer),
        RulesVerb::Test { pack } => test_packs(place, pack.as_deref(), printer),
        RulesVerb::Explain { id } => explain_id(place, id, printer),
        RulesVerb::Digest { dir } => digest(place, dir, printer),
        RulesVerb::Schema => {
            printer.raw(schema::text().as_bytes());
            Ok(Code::Done)
        }
    }
}

fn digest(place: &Place, dir: &Path, printer: &mut Printer<'_>) -> End {
    for source in packs(place, Some(dir))? {
        let listing = signature::listing(&source.files);
        let listing = listing.map_err(|error| Failure::told(Code::Usage, &error))?;
        printer.raw(listing.as_bytes());
    }
    Ok(Code::Done)
}

/// The named pack, or every bundled one.
fn packs(place: &Place, dir: Option<&Path>) -> Result<Vec<PackSource>, Failure> {
    Ok(match place.pack(dir)? {
        Some(pack) => vec![pack],
        None => bundled::whole_packs(),
    })
}

/// Prints a line for each case, with the differences below it.
fn test_packs(place: &Place, pack: Option<&str>, printer: &mut Printer<'_>) -> End {
    let sources = match pack {
        Some(name) => vec![place.overlaid(place.named(name)?)?],
        None => packs(place, None)?,
    };
    let (mut cases, mut failed) = (0, 0);
    for source in &sources {
        let loaded = pack::load(source).map_err(|wrong| Failure::bad_rules(&wrong))?;
        let held = case::names(loaded.files.keys());
        let held = held.map(|(case, file)| (case, cases::run(&loaded, case, file)));
        let unread = case::without_file(loaded.files.keys()).into_iter();
        let unread = unread.map(|case| (case, vec![format!("cases/{case}/case.yaml is missing")]));
        for (case, wrong) in held.chain(unread) {
            cases += 1;
            failed += usize::from(!wrong.is_empty());
            if printer.json_wanted() {
                printer.json(&json!({
                    "version": 1,
                    "pack": source.origin.name(),
                    "case": case,
                    "differs": wrong,
                }));
                continue;
            }
            let end = if wrong.is_empty() {
                "as expected"
            } else {
                "differs"
            };
            printer.line(format!("{}, {case}: {end}", source.origin.name()));
            for one in wrong {
                printer.line(format!("  {one}"));
            }
        }
    }
    if cases == 0 {
        let text = "there is no case to test; a case is a folder `cases/NAME/` of the pack with \
                    `case.yaml`, `before/` and `after/`";
        return Err(Failure::new(Code::Usage, text));
    }
    printer.say(format!("{}, {failed} differ", units::count(cases, "case")));
    Ok(if failed == 0 {
        Code::Done
    } else {
        Code::Findings
    })
}

fn check_packs(place: &Place, dir: Option<&Path>, printer: &mut Printer<'_>) -> End {
    let mut worst = Code::Done;
    for source in packs(place, dir)? {
        let (found, loaded) = match pack::load(&source) {
            Ok(loaded) => (check::check(&loaded), Some(loaded)),
            Err(mut wrong) => {
                wrong.extend(check::unread_cases(&source.files));
                (wrong, None)
            }
        };
        let errors = found.iter().any(|one| one.severity == Gravity::Error);
        worst = match (errors, found.is_empty(), worst) {
            (true, _, _) | (_, _, Code::Usage) => Code::Usage,
            (false, false, _) => Code::Findings,
            (false, true, worst) => worst,
        };
        if printer.json_wanted() {
            printer.json(&as_json(&source, &found));
        } else {
            as_text(&source, &found, loaded.as_ref(), printer);
            if let Err(error) = trust::others_must_not_write(&place.world, &source) {
                printer.line(format!("  no plan will use it from there: {error}"));
            }
        }
    }
    Ok(worst)
}

fn as_text(
    source: &PackSource,
    found: &[Diagnostic],
    loaded: Option<&LoadedPack>,
    printer: &mut Printer<'_>,
) {
    for one in found {
        printer.line(one.render(false));
        printer.line("");
    }
    let errors = found
        .iter()
        .filter(|one| one.severity == Gravity::Error)
        .count();
    let warnings = found.len() - errors;
    printer.line(format!(
        "{}: {}, {}",
        source.origin.name(),
        units::count(errors, "error"),
        units::count(warnings, "warning")
    ));
    if let Some(loaded) = loaded.filter(|_| errors == 0) {
        let (hops, statements) = (loaded.hops.len(), loaded.guide().statements.len());
        printer.line(format!(
            "  {}, {} of the guide",
            units::count(hops, "hop"),
            units::count(statements, "statement")
        ));
        printer.line(format!("  digest {}", loaded.digest.as_str()));
    }
}

fn as_json(source: &PackSource, found: &[Diagnostic]) -> serde_json::Value {
    let found: Vec<_> = found
        .iter()
        .map(|one| {
            json!({
                "severity": match one.severity {
                    Gravity::Error => "error",
                    Gravity::Warning => "warning",
                },
                "file": one.file,
                "line": one.line,
                "column": one.column,
                "message": one.message,
                "help": one.help,
            })
        })
        .collect();
    json!({
        "version": 1,
        "pack": source.origin.name(),
        "digest": pack::digest(&source.files).as_str(),
        "found": found,
    })
}

fn explain_id(place: &Place, id: &str, printer: &mut Printer<'_>) -> End {
    let mut unknown = None;
    for source in packs(place, None)? {
        let loaded = pack::load(&source).map_err(|wrong| Failure::bad_rules(&wrong))?;
        match explain::explain(&loaded, id) {
            Ok(text) => {
                printer.line(text);
                return Ok(Code::Done);
            }
            // A near match in one pack says more than that another pack has nothing.
            Err(why) if unknown.is_none() || why.contains("did you mean") => unknown = Some(why),
            Err(_) => {}
        }
    }
    let why = unknown.unwrap_or_else(|| "there is no pack to look in".to_owned());
    Err(Failure::new(Code::Usage, why))
}
