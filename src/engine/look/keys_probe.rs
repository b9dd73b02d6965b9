//! Counts Redis keys by name and compares the count with a number, with other keys, or with the
//! count when the database was backed up.

use crate::{
    engine::means::{
        context::Scope,
        database,
        met::{Looked, Met},
    },
    model::{rule::KeysProbe, text::with_causes, units},
};

pub fn look(scope: Scope<'_>, probe: &KeysProbe) -> Looked {
    match counted(scope, probe) {
        Ok(seen) => seen,
        Err(why) => Looked::unclear(scope.context.clean(&why)),
    }
}

fn counted(scope: Scope<'_>, probe: &KeysProbe) -> Result<Looked, String> {
    let (context, cancel) = (scope.context, scope.cancel);
    let name = &probe.database;
    let fill = |names| scope.fill(names).map_err(|error| with_causes(&error));
    let count = |names: &str| {
        database::count_keys(context, name, names, probe.of_type.as_deref(), cancel)
            .map_err(|error| with_causes(&error))
    };
    let names = fill(&probe.names)?;
    let found = count(&names)?;
    let of_type = probe.of_type.as_deref();
    let of_type = of_type.map_or(String::new(), |of_type| format!(" of type {of_type}"));
    let found_keys = units::count(found, "key");
    let mut told = format!("{found_keys}{of_type} like {names}");
    let mut met = true;
    let mut judge = |good: bool, words: String| {
        met &= good;
        told.push_str(&format!(", {words}"));
    };
    if let Some(is) = probe.is {
        judge(found == is, format!("{is} wanted"));
    }
    if let Some(least) = probe.at_least {
        judge(found >= least, format!("at least {least} wanted"));
    }
    if let Some(most) = probe.at_most {
        judge(found <= most, format!("at most {most} wanted"));
    }
    if probe.same_as_before {
        let before = context.keys_before.get(name);
        let before = *before
            .and_then(|keys| keys.get(&probe.kept_as(&names)))
            .ok_or_else(|| {
                format!(
                    "how many keys like {names} there were was not counted with a backup of {name}"
                )
            })?;
        judge(found == before, format!("{before} before"));
    }
    if let Some(others) = &probe.as_many_as {
        let others = fill(others)?;
        let as_many = count(&others)?;
        judge(found == as_many, format!("{as_many} like {others}"));
    }
    Ok(Met::of(met).told(context.clean(&told)))
}
