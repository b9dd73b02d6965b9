//! Requirements about numbers can be parsed, and name numbers that exist; every stage gives a value
//! for each stage placeholder.
//!
//! Both are found through the index, not the types: commands occur in many kinds of entries.

use super::{Sheet, meant, vocabulary::Text};
use crate::{
    model::{
        route::{Route, Segment},
        rule::{Action, Hop},
        template::{Name, Template},
    },
    rules::{
        compose::stages::filled,
        expression::{Requirement, Sum, Wrong},
        index::Index,
    },
};

pub(super) fn check(hop: &Hop, sheet: &mut Sheet) {
    for Text {
        route, words, text, ..
    } in sheet.texts()
    {
        match words.0.as_slice() {
            [.., Segment::Key(key), Segment::Index(_)] if key == "require" => {
                let known = Known::of(&run_of(route), sheet.index);
                let wrong = match Requirement::parse(text) {
                    Ok(requirement) => requirement.unknown(&known.numbers),
                    Err(wrong) => vec![wrong],
                };
                point(route, text, wrong, sheet);
            }
            [
                ..,
                Segment::Key(track),
                Segment::Key(measure),
                Segment::Key(field),
            ] if track == "progress" && measure == "measure" => {
                tracked(route, field, text, sheet);
            }
            _ => {}
        }
    }
    names(sheet);
    stages(hop, sheet);
}

/// The numbers that a command has.
struct Known {
    numbers: Vec<String>,
    /// Measures that are queried before and after the command, not read from its output.
    looked_up: Vec<String>,
}

impl Known {
    fn of(run: &Route, index: &Index) -> Self {
        let measures = run.at("measures");
        let mut known = Self {
            numbers: Vec::new(),
            looked_up: Vec::new(),
        };
        for name in index.keys(&measures) {
            if index.has(&measures.at(name).at("output")) {
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
            up(&up(&entry)).at("run")
        }
        _ => entry,
    }
}

fn tracked(route: &Route, field: &str, text: &str, sheet: &mut Sheet) {
    let run = (0..3).fold(route.clone(), |route, _| route.parent().unwrap_or_default());
    let known = Known::of(&command_of(run), sheet.index);
    match field {
        "name" if !known.looked_up.iter().any(|name| name == text) => {
            let help = "name a measure of this command that is looked up, not one of its output";
            sheet.value(route, format!("`{text}` cannot be followed"), help);
        }
        "total" => {
            let before = |name: &&String| name.ends_with(".before");
            let before: Vec<String> = known.numbers.iter().filter(before).cloned().collect();
            let wrong = match Sum::parse(text) {
                Ok(sum) => sum.unknown(&before),
                Err(wrong) => vec![wrong],
            };
            point(route, text, wrong, sheet);
        }
        _ => {}
    }
}

/// Marks the wrong part of a value; this needs the file to hold the value exactly as it was parsed.
fn point(route: &Route, text: &str, wrong: Vec<Wrong>, sheet: &mut Sheet) {
    let value = sheet.index.value(route);
    let raw = sheet.text.get(value.clone()).unwrap_or_default();
    for wrong in wrong {
        let span = match raw.find(text) {
            Some(at) => value.start + at + wrong.span.start..value.start + at + wrong.span.end,
            None => value.clone(),
        };
        let help = "numbers stand below `measures`; one that is looked up is NAME.before and \
                    NAME.after";
        sheet.error(span, wrong.message, help);
    }
}

fn names(sheet: &mut Sheet) {
    let measures = Segment::Key("measures".to_owned());
    let all = sheet.index.routes_of("measures");
    let own = all.filter(|route| sheet.words(route).last() == Some(&measures));
    for measures in own.collect::<Vec<_>>() {
        for name in sheet.index.keys(measures) {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fine) {
                let message = format!("`{name}` is not the name of a number");
                let help = "write lower case letters, digits and _, beginning with a letter";
                sheet.key(&measures.at(name), message, help);
            }
        }
    }
}

fn stages(hop: &Hop, sheet: &mut Sheet) {
    for (here, step) in hop.steps_at() {
        let Action::Stage(stages) = &step.action else {
            continue;
        };
        let list = here.at("do").at("stage").at("stages");
        if stages.stages.is_empty() {
            let help = "name at least one stage";
            sheet.key(&list, "a step without stages".to_owned(), help);
        }
        if step.done_if.is_some() {
            let message = "one `done_if` cannot speak for several stages".to_owned();
            sheet.key(&here.at("done_if"), message, "give it to a stage");
        }
        for (n, stage) in stages.stages.iter().enumerate() {
            let route = list.item(n).at("name");
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if stage.name.is_empty() || !stage.name.chars().all(fine) {
                let message = format!("`{}` is not the name of a stage", stage.name);
                sheet.value(&route, message, "write lower case letters, digits and -");
            }
            if stages.stages[..n]
                .iter()
                .any(|other| other.name == stage.name)
            {
                let message = format!("the stage `{}` is there twice", stage.name);
                sheet.value(&route, message, "give one of the two another name");
            }
            if filled(&stages.run, stage).is_none() {
                let message = "with the values of this stage the command cannot be read".to_owned();
                let help = "places are filled in templates, not in paths or patterns";
                sheet.value(&route, message, help);
            }
        }
    }
}

/// A place `{{stage.NAME}}`: every stage that fills it has a value.
pub(super) fn stage_place(name: &str, route: &Route, sheet: &mut Sheet) {
    let Some(stages) = stages_for(route, sheet.index) else {
        let message = format!("`{{{{stage.{name}}}}}` stands outside of a step with stages");
        let help = "stages give values below `do: stage: stages: with`";
        sheet.value(route, message, help);
        return;
    };
    for (n, stage) in stages {
        let with = stage.at("with");
        if name == "name" || sheet.index.has(&with.at(name)) {
            continue;
        }
        let known = sheet.index.keys(&with).chain(["name"]);
        let stand = "a stage gives values below `with`";
        let help = meant(name, known, stand, stand);
        let message = format!("stage {} gives no `{name}`", n + 1);
        sheet.value(route, message, &help);
    }
}

/// The text as each stage sees it, with that stage's values in the placeholders `{{stage.NAME}}`.
pub(super) fn in_stages(template: Template, route: &Route, index: &Index) -> Vec<Template> {
    let of_stage = |name: &Name| matches!(name, Name::Stage(_));
    let stages = match stages_for(route, index) {
        Some(stages) if template.names().any(of_stage) => stages,
        Some(_) | None => return vec![template],
    };
    let filled = |(_, stage): (usize, Route)| {
        let text = template.render_known(|name| {
            let given = match name {
                Name::Stage(name) if name == "name" => stage.at(name),
                Name::Stage(name) => stage.at("with").at(name),
                _filled_later => return None,
            };
            index.text(&given).map(str::to_owned)
        });
        Template::parse(&text).ok()
    };
    stages.into_iter().filter_map(filled).collect()
}

/// The numbered stages that fill a placeholder; inside a stage only that one.
fn stages_for(route: &Route, index: &Index) -> Option<Vec<(usize, Route)>> {
    let lists = std::iter::successors(route.parent(), Route::parent)
        .map(|step| step.at("do").at("stage").at("stages"));
    let list = lists.into_iter().find(|list| index.has(list))?;
    let stages = (0..).map(|n| (n, list.item(n)));
    let stages = stages.take_while(|(_, stage)| index.has(stage));
    let fills = |stage: &Route| !route.starts_with(&list) || route.starts_with(stage);
    Some(stages.filter(|(_, stage)| fills(stage)).collect())
}
