//! Numbers around a command: read from what it printed, looked up before and after it, held
//! against what the rule requires. A number that cannot be had is a failure, never a zero.

use super::{
    context::{Context, Scope},
    database,
    failure::ActionError,
    pace::Pace,
    progress::Progress,
    sql,
};
use crate::{
    model::{
        pattern::Pattern,
        rule::{Measure, Run, SqlNumber, Track, TrackMeasure},
        text::with_causes,
        units::Span,
    },
    rules::expression::{Numbers, Requirement, Sum},
    world::{Access, Ended},
};

const TRACK_EVERY: Span = Span::from_secs(2);

/// Looks up the numbers that are not read from output, each stored as `NAME.when`.
pub fn look_up(scope: Scope<'_>, run: &Run, when: &str) -> Result<Numbers, ActionError> {
    let mut numbers = Numbers::new();
    for (name, measure) in &run.measures {
        if let Some(number) = look(scope, measure) {
            let number = number.map_err(|why| unexpected(format!("`{name}` {when} it: {why}")))?;
            numbers.insert(format!("{name}.{when}"), number);
        }
    }
    Ok(numbers)
}

/// Looks up one number; `None` if it is read from output instead.
fn look(scope: Scope<'_>, measure: &Measure) -> Option<Result<i64, String>> {
    match measure {
        Measure::Output(_) => None,
        Measure::Sql(sql) => Some(ask(scope, sql)),
        Measure::Keys(keys) => {
            let (context, cancel) = (scope.context, scope.cancel);
            let names = scope.fill(&keys.names);
            let names = names.map_err(|error| with_causes(&error));
            let count = names.and_then(|names| {
                let of_type = keys.of_type.as_deref();
                database::count_keys(context, &keys.database, &names, of_type, cancel)
                    .map_err(|error| context.clean(&with_causes(&error)))
            });
            Some(count.and_then(|count| i64::try_from(count).map_err(|error| error.to_string())))
        }
    }
}

fn ask(scope: Scope<'_>, sql: &SqlNumber) -> Result<i64, String> {
    let (context, cancel) = (scope.context, scope.cancel);
    let query = scope
        .fill(&sql.query)
        .map_err(|error| with_causes(&error))?;
    let session = sql::connect(scope, &sql.database, Access::Look, None);
    let rows = session.and_then(|mut session| {
        let rows = session.run(&query, cancel);
        rows.map_err(ActionError::of_database)
    });
    let rows = rows.map_err(|error| context.clean(&with_causes(&error)))?;
    let number = rows.first().unwrap_or("nothing");
    let not_one = || {
        format!(
            "the query gives `{}`, not a whole number",
            context.clean(number)
        )
    };
    number.parse().map_err(|_| not_one())
}

/// The numbers in the command's output, and messages for those that are missing.
pub fn of_output(run: &Run, ended: &Ended) -> (Numbers, Vec<String>) {
    let mut numbers = Numbers::new();
    let mut missing = Vec::new();
    for (name, measure) in &run.measures {
        let Measure::Output(pattern) = measure else {
            continue;
        };
        match last_number(pattern, &ended.stdout).or_else(|| last_number(pattern, &ended.stderr)) {
            Some(Ok(number)) => {
                numbers.insert(name.clone(), number);
            }
            Some(Err(text)) => missing.push(format!("`{name}` is `{text}`, not a whole number")),
            None => missing.push(format!(
                "its output has no `{name}`, nothing like `{pattern}`"
            )),
        }
    }
    (numbers, missing)
}

fn last_number<'o>(pattern: &Pattern, output: &'o str) -> Option<Result<i64, &'o str>> {
    let found = pattern.matches(output).last()?;
    let group = found.get_group(1).or_else(|| found.get_group(0))?;
    let text = output[group].trim();
    Some(text.parse().map_err(|_| text))
}

/// Checks the requirements; the error gives the first that does not hold, with its numbers.
pub fn judge(run: &Run, numbers: &Numbers) -> Result<(), String> {
    for text in &run.require {
        let judged = Requirement::parse(text).and_then(|requirement| requirement.judge(numbers));
        match judged {
            Ok(Ok(())) => {}
            Ok(Err(told)) => return Err(format!("`{text}` does not hold: {told}")),
            Err(wrong) => return Err(format!("`{text}` cannot be judged: {wrong}")),
        }
    }
    Ok(())
}

fn unexpected(why: String) -> ActionError {
    ActionError::Unexpected {
        why,
        output: String::new(),
    }
}

/// Tracks the progress of a command in the lines that it prints.
pub struct LineTrack<'r> {
    pattern: &'r Pattern,
    pace: Pace,
}

impl<'r> LineTrack<'r> {
    pub fn of(run: &'r Run) -> Option<Self> {
        match &run.progress {
            Some(Track::Output(pattern)) => Some(Self {
                pattern,
                pace: Pace::default(),
            }),
            Some(Track::Measure(_)) | None => None,
        }
    }

    pub fn hear(&mut self, context: &Context, line: &str) -> Option<Progress> {
        let found = self.pattern.matches(line).next()?;
        let number = |name: &str| line[found.get_group_by_name(name)?].parse::<u64>().ok();
        let (done, total) = match number("percent") {
            Some(percent) => (percent, 100),
            None => (number("done")?, number("total").unwrap_or(0)),
        };
        Some(progress(&mut self.pace, context, done, total))
    }
}

fn progress(pace: &mut Pace, context: &Context, done: u64, total: u64) -> Progress {
    let per_second = pace.at(context.world.clock.monotonic(), done);
    Progress {
        doing: String::new(),
        done,
        total,
        unit: "".into(),
        per_second,
    }
}

/// A measure that is looked up again and again while a command runs.
pub struct Poll<'r> {
    measure: &'r Measure,
    before: i64,
    total: u64,
    every: Span,
}

impl<'r> Poll<'r> {
    pub fn of(run: &'r Run, before: &Numbers) -> Option<Self> {
        let Some(Track::Measure(TrackMeasure { name, total, every })) = &run.progress else {
            return None;
        };
        let total = total.as_ref().and_then(|text| {
            let total = Sum::parse(text).and_then(|sum| sum.value(before)).ok()?;
            u64::try_from(total).ok()
        });
        Some(Self {
            measure: run.measures.get(name)?,
            before: *before.get(&format!("{name}.before"))?,
            total: total.unwrap_or(0),
            every: every.unwrap_or(TRACK_EVERY),
        })
    }

    /// Polls until it is cancelled, at the command's end. A look that fails is ignored.
    pub fn follow(&self, scope: Scope<'_>, tell: &(dyn Fn(Progress) + Sync)) {
        let mut pace = Pace::default();
        let clock = &scope.context.world.clock;
        while clock.sleep(self.every.duration(), scope.cancel) {
            if let Some(Ok(now)) = look(scope, self.measure) {
                let done = now.saturating_sub(self.before).unsigned_abs();
                tell(progress(&mut pace, scope.context, done, self.total));
            }
        }
    }
}
