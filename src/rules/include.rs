//! `include`: the entries of other rules files of the pack come before a hop's own.

use super::{
    diagnostic::{Diagnostic, Fault, Gravity},
    parse::Parsed,
};
use crate::model::{
    route::Route,
    rule::{Hop, Rollback},
};
use std::{collections::BTreeMap, sync::Arc};

/// The hop of a file with everything it includes; a file that is reached twice counts once.
pub fn merge(
    file: &str,
    files: &BTreeMap<String, Parsed<Hop>>,
) -> Result<Arc<Hop>, Box<Diagnostic>> {
    let mut taken = Vec::new();
    gather(file, files, &mut Vec::new(), &mut taken)?;
    let mut whole = Arc::clone(&files[file].value);
    for included in taken.iter().rev().filter(|name| name.as_str() != file) {
        let first = Hop::clone(&files[included.as_str()].value);
        put_before(Arc::make_mut(&mut whole), first);
    }
    Ok(whole)
}

/// The files of a hop in the order in which their entries stand in it.
pub fn order(file: &str, files: &BTreeMap<String, Parsed<Hop>>) -> Vec<String> {
    let mut taken = Vec::new();
    // Loading already refuses a pack with broken includes.
    let _loaded = gather(file, files, &mut Vec::new(), &mut taken);
    taken
}

/// Depth first: what an included file includes comes before it.
fn gather(
    file: &str,
    files: &BTreeMap<String, Parsed<Hop>>,
    open: &mut Vec<String>,
    taken: &mut Vec<String>,
) -> Result<(), Box<Diagnostic>> {
    let parsed = &files[file];
    open.push(file.to_owned());
    for (n, include) in parsed.value.include.iter().enumerate() {
        let name = include.as_str();
        let refuse = |message: String, help: &str| {
            let route = Route::key("include").item(n);
            let fault = Fault {
                span: parsed.index().value(&route),
                message,
                label: "included here".to_owned(),
                help: Some(help.to_owned()),
            };
            Box::new(Diagnostic::new(Gravity::Error, file, &parsed.text, fault))
        };
        if open.iter().any(|above| above == name) {
            let way = format!("{} → {name}", open.join(" → "));
            return Err(refuse(
                format!("this include leads back to itself: {way}"),
                "move what both need into a third file",
            ));
        }
        if !files.contains_key(name) {
            return Err(refuse(
                format!("the pack has no rules file `{name}`"),
                "an included file stands beside pack.yaml or in include/",
            ));
        }
        if !taken.iter().any(|before| before == name) {
            gather(name, files, open, taken)?;
        }
    }
    open.pop();
    taken.push(file.to_owned());
    Ok(())
}

fn put_before(hop: &mut Hop, first: Hop) {
    let Hop {
        schema: _,
        from: _,
        to: _,
        title: _,
        include: _,
        notes,
        inputs,
        environment,
        config,
        checklist,
        backup,
        before,
        apply,
        verify,
        watch,
        rollback,
        emergency,
        hints,
        usages,
    } = first;
    prepend(&mut hop.notes, notes);
    prepend(&mut hop.environment, environment);
    prepend(&mut hop.config, config);
    prepend(&mut hop.checklist, checklist);
    prepend(&mut hop.backup, backup);
    prepend(&mut hop.before, before);
    prepend(&mut hop.apply, apply);
    prepend(&mut hop.verify, verify);
    prepend(&mut hop.watch, watch);
    prepend(&mut hop.emergency, emergency);
    prepend(&mut hop.hints, hints);
    prepend(&mut hop.usages, usages);
    for (name, input) in inputs {
        hop.inputs.entry(name).or_insert(input);
    }
    if let Some(Rollback {
        steps,
        checks,
        notes,
    }) = rollback
    {
        let own = hop.rollback.get_or_insert_default();
        prepend(&mut own.steps, steps);
        prepend(&mut own.checks, checks);
        prepend(&mut own.notes, notes);
    }
}

fn prepend<T>(list: &mut Vec<T>, mut first: Vec<T>) {
    first.append(list);
    *list = first;
}
