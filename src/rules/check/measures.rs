//! Requirements about numbers can be parsed, and name numbers that exist; every stage gives a value
//! for each stage placeholder.
//!
//! Both are found through the index, not the types: commands occur in many kinds of entries.

use super::{Found, Place, at, item};
use crate::{
    model::{
        route::{Route, Segment},
        rule::{Action, Hop},
        template::{Name, Template},
    },
    rules::{
        compose::stages::filled,
        diagnostic::nearest,
        expression::{Requirement, Sum, Wrong},
    },
};

pub(super) fn check(hop: &Hop, place: Place<'_>, found: &mut Found) {
    for (route, text) in place.index.texts() {
        match route.0.as_slice() {
            [.., Segment::Key(key), Segment::Index(_)] if key == "require" => {
                let known = Known::at(place, &run_of(route));
                let wrong = match Requirement::parse(text) {
                    Ok(requirement) => requirement.unknown(&known.numbers),
                    Err(wrong) => vec![wrong],
                };
                point(place, route, text, wrong, found);
            }
            [
                ..,
                Segment::Key(track),
                Segment::Key(measure),
                Segment::Key(field),
            ] if track == "progress" && measure == "measure" => {
                tracked(place, route, field, text, found);
            }
            _ => {}
        }
    }
    names(place, found);
    stages(hop, place, found);
}

/// The numbers that a command has.
struct Known {
    numbers: Vec<String>,
    /// Measures that are queried before and after the command, not read from its output.
    looked_up: Vec<String>,
}

impl Known {
    fn at(place: Place<'_>, run: &Route) -> Self {
        let measures = at(run, "measures");
        let mut known = Self {
            numbers: Vec::new(),
            looked_up: Vec::new(),
        };
        for name in place.index.keys(&measures) {
            if place.index.has(&at(&at(&measures, name), "output")) {
                known.numbers.push(name.to_owned());
            } else {
                known.looked_up.push(name.to_owned());
                known.numbers.push(format!("{name}.before"));
                known.numbers.push(format!("{name}.after"));
            }
        }
        known
    }
}

/// The command that a requirement is about: its own, or that of all stages.
fn run_of(require: &Route) -> Route {
    command_of(
        require
            .parent()
            .unwrap_or_default()
            .parent()
            .unwrap_or_default(),
    )
}

/// The command whose numbers an entry uses: the entry itself, or the shared one of all stages.
fn command_of(entry: Route) -> Route {
    let up = |route: &Route| route.parent().unwrap_or_default();
    match entry.0.as_slice() {
        [.., Segment::Key(list), Segment::Index(_)] if list == "stages" => {
            at(&up(&up(&entry)), "run")
        }
        _ => entry,
    }
}

fn tracked(place: Place<'_>, route: &Route, field: &str, text: &str, found: &mut Found) {
    let run = (0..3).fold(route.clone(), |route, _| route.parent().unwrap_or_default());
    let known = Known::at(place, &command_of(run));
    match field {
        "name" if !known.looked_up.iter().any(|name| name == text) => {
            let help = "name a measure of this command that is looked up, not one of its output";
            found.value(place, route, format!("`{text}` cannot be followed"), help);
        }
        "total" => {
            let before = |name: &&String| name.ends_with(".before");
            let before: Vec<String> = known.numbers.iter().filter(before).cloned().collect();
            let wrong = match Sum::parse(text) {
                Ok(sum) => sum.unknown(&before),
                Err(wrong) => vec![wrong],
            };
            point(place, route, text, wrong, found);
        }
        _ => {}
    }
}

/// Marks the wrong part of a value; this needs the file to hold the value exactly as it was parsed.
fn point(place: Place<'_>, route: &Route, text: &str, wrong: Vec<Wrong>, found: &mut Found) {
    let value = place.index.value(route);
    let raw = place.text.get(value.clone()).unwrap_or_default();
    for wrong in wrong {
        let span = match raw.find(text) {
            Some(at) => value.start + at + wrong.span.start..value.start + at + wrong.span.end,
            None => value.clone(),
        };
        let help = "numbers stand below `measures`; one that is looked up is NAME.before and \
                    NAME.after";
        found.add(
            crate::rules::diagnostic::Gravity::Error,
            place,
            span,
            wrong.message,
            help,
        );
    }
}

fn names(place: Place<'_>, found: &mut Found) {
    for measures in place.index.routes_of("measures") {
        for name in place.index.keys(measures) {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fine) {
                let message = format!("`{name}` is not the name of a number");
                let help = "write lower case letters, digits and _, beginning with a letter";
                found.key(place, &at(measures, name), message, help);
            }
        }
    }
}

fn stages(hop: &Hop, place: Place<'_>, found: &mut Found) {
    for (here, step) in super::steps::steps(hop) {
        let Action::Stage(stages) = &step.action else {
            continue;
        };
        let list = at(&at(&at(&here, "do"), "stage"), "stages");
        if stages.stages.is_empty() {
            let help = "name at least one stage";
            found.key(place, &list, "a step without stages".to_owned(), help);
        }
        if step.done_if.is_some() {
            let message = "one `done_if` cannot speak for several stages".to_owned();
            found.key(place, &at(&here, "done_if"), message, "give it to a stage");
        }
        for (n, stage) in stages.stages.iter().enumerate() {
            let route = at(&item(&list, n), "name");
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if stage.name.is_empty() || !stage.name.chars().all(fine) {
                let message = format!("`{}` is not the name of a stage", stage.name);
                found.value(
                    place,
                    &route,
                    message,
                    "write lower case letters, digits and -",
                );
            }
            if stages.stages[..n]
                .iter()
                .any(|other| other.name == stage.name)
            {
                let message = format!("the stage `{}` is there twice", stage.name);
                found.value(place, &route, message, "give one of the two another name");
            }
            if filled(&stages.run, stage).is_none() {
                let message = "with the values of this stage the command cannot be read".to_owned();
                let help = "places are filled in templates, not in paths or patterns";
                found.value(place, &route, message, help);
            }
        }
    }
}

/// A place `{{stage.NAME}}`: every stage that fills it has a value.
pub(super) fn stage_place(name: &str, route: &Route, place: Place<'_>, found: &mut Found) {
    let Some(stages) = stages_for(route, place) else {
        let message = format!("`{{{{stage.{name}}}}}` stands outside of a step with stages");
        let help = "stages give values below `do: stage: stages: with`";
        found.value(place, route, message, help);
        return;
    };
    for (n, stage) in stages {
        let with = at(&stage, "with");
        if name == "name" || place.index.has(&at(&with, name)) {
            continue;
        }
        let known = place.index.keys(&with).chain(["name"]);
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`? a stage gives values below `with`"),
            None => "a stage gives values below `with`".to_owned(),
        };
        let message = format!("stage {} gives no `{name}`", n + 1);
        found.value(place, route, message, &help);
    }
}

/// The text as each stage sees it, with that stage's values in the placeholders `{{stage.NAME}}`.
pub(super) fn in_stages(template: Template, route: &Route, place: Place<'_>) -> Vec<Template> {
    let of_stage = |name: &Name| matches!(name, Name::Stage(_));
    let stages = match stages_for(route, place) {
        Some(stages) if template.names().any(of_stage) => stages,
        Some(_) | None => return vec![template],
    };
    let filled = |(_, stage): (usize, Route)| {
        let text = template.render_known(|name| {
            let given = match name {
                Name::Stage(name) if name == "name" => at(&stage, name),
                Name::Stage(name) => at(&at(&stage, "with"), name),
                _filled_later => return None,
            };
            place.index.text(&given).map(str::to_owned)
        });
        Template::parse(&text).ok()
    };
    stages.into_iter().filter_map(filled).collect()
}

/// The numbered stages that fill a placeholder; inside a stage only that one.
fn stages_for(route: &Route, place: Place<'_>) -> Option<Vec<(usize, Route)>> {
    let lists = std::iter::successors(route.parent(), Route::parent)
        .map(|step| at(&at(&at(&step, "do"), "stage"), "stages"));
    let list = lists.into_iter().find(|list| place.index.has(list))?;
    let stages = (0..).map(|n| (n, item(&list, n)));
    let stages = stages.take_while(|(_, stage)| place.index.has(stage));
    let fills = |stage: &Route| !route.starts_with(&list) || route.starts_with(stage);
    Some(stages.filter(|(_, stage)| fills(stage)).collect())
}
