//! Looking into databases: a query, a thing of the schema, an applied file. What cannot be asked is
//! unclear, and never "no".

use crate::{
    engine::means::{
        context::Scope,
        failure::ActionError,
        met::{Looked, Met},
        sql,
    },
    model::{
        rule::{Applied, Schema, SqlProbe},
        survey::AppliedSeen,
        text::with_causes,
        units::Span,
    },
    world::{self, Access, DatabaseSession},
};

/// Looks with one session; if it cannot be opened or asked, the result says so.
fn looked(
    scope: Scope<'_>,
    database: &str,
    limit: Option<Span>,
    look: impl FnOnce(&mut dyn DatabaseSession) -> Result<Looked, ActionError>,
) -> Looked {
    let context = scope.context;
    let session = sql::connect(scope, database, Access::Look, limit);
    match session.and_then(|mut session| look(session.as_mut())) {
        Ok(looked) => looked.met.told(context.clean(&looked.told)),
        Err(error) => Looked::unclear(context.clean(&with_causes(&error))),
    }
}

pub fn query(scope: Scope<'_>, probe: &SqlProbe) -> Looked {
    looked(scope, &probe.database, probe.limit, |session| {
        let query = scope.fill(&probe.query)?;
        let rows = session.run(&query, scope.cancel);
        let rows = rows.map_err(ActionError::of_database)?;
        let wanted = probe.is.as_ref().map(|is| scope.fill(is)).transpose()?;
        Ok(judge(
            probe,
            wanted.as_deref(),
            rows.first(),
            rows.rows.len(),
        ))
    })
}

fn judge(probe: &SqlProbe, wanted: Option<&str>, found: Option<&str>, rows: usize) -> Looked {
    let asks_value = wanted.is_some()
        || probe.matches.is_some()
        || probe.at_least.is_some()
        || probe.at_most.is_some();
    let Some(found) = found else {
        return match (rows, asks_value) {
            (0, _) => Looked::no("the query gives no row".to_owned()),
            (_, true) => Looked::no("the query gives NULL".to_owned()),
            (_, false) => Looked::yes("the query gives NULL".to_owned()),
        };
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
        return Looked::no(format!("the query gives `{found}`, not `{wanted}`"));
    }
    if let Some(pattern) = probe.matches.as_ref().filter(|one| !one.is_match(found)) {
        let told = format!("the query gives `{found}`, which does not match `{pattern}`");
        return Looked::no(told);
    }
    if probe.at_least.is_some() || probe.at_most.is_some() {
        let Ok(number) = found.parse::<i64>() else {
            return Looked::unclear(format!("`{found}` is not a whole number"));
        };
        if let Some(least) = probe.at_least.filter(|least| number < *least) {
            return Looked::no(format!(
                "the query gives {number}, at least {least} is needed"
            ));
        }
        if let Some(most) = probe.at_most.filter(|most| number > *most) {
            return Looked::no(format!(
                "the query gives {number}, at most {most} is allowed"
            ));
        }
    }
    Looked::yes(format!("the query gives `{found}`"))
}

pub fn schema(scope: Scope<'_>, probe: &Schema) -> Looked {
    looked(scope, &probe.database, None, |session| {
        let seen = world::as_wanted(session, &probe.thing(), scope.cancel);
        let (met, told) = seen.map_err(ActionError::of_database)?;
        Ok(Met::of(met).told(told))
    })
}

pub fn applied(scope: Scope<'_>, probe: &Applied) -> Looked {
    looked(scope, &probe.database, None, |session| {
        let row = probe.record.as_ref();
        let seen = world::applied(session, &probe.made, probe.again, row, scope.cancel);
        Ok(match seen.map_err(ActionError::of_database)? {
            AppliedSeen::Applied(told) => Looked::yes(told),
            // Being recorded as applied is part of being applied.
            AppliedSeen::Not(told) | AppliedSeen::Unrecorded(told) => Looked::no(told),
            AppliedSeen::Half(told) => Looked::unclear(format!("half applied: {told}")),
            AppliedSeen::Unclear(told) => Looked::unclear(told),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::template::Template;

    fn probe(at_least: Option<i64>, at_most: Option<i64>) -> SqlProbe {
        SqlProbe {
            database: "main".into(),
            query: Template::parse("SELECT 1").expect("a template"),
            is: None,
            matches: None,
            at_least,
            at_most,
            limit: None,
        }
    }

    #[test]
    fn an_answer_is_judged_by_its_first_value() {
        let bare = probe(None, None);
        let bounds = probe(Some(2), Some(4));
        for (probe, wanted, found, rows, met) in [
            (&bare, None, Some("x"), 1, Met::Yes),
            (&bare, None, None, 0, Met::No),
            (&bare, None, None, 1, Met::Yes),
            (&bare, Some("x"), None, 1, Met::No),
            (&bare, Some("x"), Some("x"), 1, Met::Yes),
            (&bare, Some("x"), Some("y"), 1, Met::No),
            (&bounds, None, Some("1"), 1, Met::No),
            (&bounds, None, Some("2"), 1, Met::Yes),
            (&bounds, None, Some("5"), 1, Met::No),
            (&bounds, None, Some("many"), 1, Met::Unclear),
        ] {
            let looked = judge(probe, wanted, found, rows);
            assert_eq!(looked.met, met, "{}", looked.told);
        }
    }
}
