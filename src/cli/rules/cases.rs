//! `switchback rules test`: runs the cases of a pack. The product of a case is laid out in memory,
//! surveyed, assessed by the rules and changed. Findings, questions and files must be what the case
//! says, and so must the results of checks and steps. Nothing in the pack really runs: a command
//! prints what the case says, and one that the case does not mention is not installed.

use super::{
    looks,
    machine::{ROOT, machine},
};
use crate::{
    edit,
    model::{
        finding::FileChange,
        ids::{GuideId, InputName},
        survey::Survey,
        template::{Known, Name},
        text::Secret,
    },
    rules::{
        assess::{Assessment, Case, answers_with_defaults, assess, input_names},
        case::{PackCase, cited, compare, compare_files},
        condition::Answers,
        diagnostic::did_you_mean,
        pack::LoadedPack,
        parse::parse,
        path::{self as road, plan_path},
    },
    world::{World, survey},
};
use std::{collections::BTreeMap, path::Path};

/// Where runs would be kept.
const STATE: &str = "/state";

/// Texts of a product's files by their path below its root.
type Texts = BTreeMap<String, String>;

/// The differences from what the case expects; empty when all is well.
pub fn run(pack: &LoadedPack, name: &str, file: &str) -> Vec<String> {
    held(pack, name, file).unwrap_or_else(|why| vec![why])
}

fn held(pack: &LoadedPack, name: &str, file: &str) -> Result<Vec<String>, String> {
    let case: PackCase = parse(file, &pack.files[file])
        .map_err(|fault| fault.render(false))?
        .into_value();
    let before = folder(pack, &format!("cases/{name}/before/"))?;
    let answers: Answers = case
        .inputs
        .iter()
        .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
        .collect();
    let machine = machine(&case.machine, &before);
    let (path, survey) = surveyed(pack, &case, &machine.world(), &answers)?;
    let decisions = case.decided();
    let held = Case {
        pack: &pack.pack,
        pack_files: &pack.texts(),
        hops: &pack.hops,
        path: &path,
        survey: &survey,
        answers: &answers,
        variants: &case.variants,
        decisions: &decisions,
    };
    let assessment = assess(held);
    let mut wrong = unknown(&case, held, &assessment);
    wrong.extend(compare(&case, &assessment));
    let mut about: Vec<GuideId> = cited(&case.expect, &assessment)
        .into_iter()
        .cloned()
        .collect();
    if case.expect.findings.is_some() {
        let mut after = before.clone();
        match changed(held, &assessment, &mut after) {
            Ok(()) => {
                let mut expected = before;
                expected.extend(folder(pack, &format!("cases/{name}/after/"))?);
                wrong.extend(compare_files(&expected, &after));
            }
            Err(why) => wrong.push(why),
        }
    }
    if case.expect.needs_plan() {
        let world = machine.world();
        let (differs, cites) = looks::compare(world, pack, held, &assessment, &case.expect)?;
        wrong.extend(differs);
        about.extend(cites);
    }
    let unproved = case.proves.iter().filter(|id| !about.contains(id));
    wrong.extend(unproved.map(|id| format!("{id} is not proved: nothing expected here cites it")));
    Ok(wrong)
}

/// The road of the case, and its product as it is seen from there.
fn surveyed(
    pack: &LoadedPack,
    case: &PackCase,
    world: &World,
    answers: &Answers,
) -> Result<(road::Path, Survey), String> {
    let (root, state) = (Path::new(ROOT), Path::new(STATE));
    let survey = survey::take(world, pack, root, state, answers);
    let mut survey = survey.map_err(|error| error.to_string())?;
    let (releases, to) = (&pack.pack.releases, Some(&case.to));
    let path = plan_path(releases, &pack.heads(), &case.from, to);
    let path = path.map_err(|error| error.to_string())?;
    survey::stock(world, pack, &path, answers, &mut survey);
    Ok((path, survey))
}

/// Answers and decisions of the case that no question or finding asks for.
fn unknown(case: &PackCase, held: Case<'_>, found: &Assessment) -> Vec<String> {
    let asked = found.inputs.iter().map(|asked| asked.name.as_str());
    let inputs: Vec<&str> = input_names(held).chain(asked).collect();
    let findings: Vec<&str> = found.findings.iter().map(|one| one.id.as_str()).collect();
    let said = case
        .inputs
        .keys()
        .map(|name| ("input", name.as_str(), &inputs));
    let decided = case.decisions.keys();
    let decided = decided.map(|id| ("finding", id.as_str(), &findings));
    let strange = said
        .chain(decided)
        .filter(|(_, said, known)| !known.contains(said));
    let told = strange.map(|(what, said, known)| {
        let near = did_you_mean(said, known.iter().copied());
        format!("there is no {what} `{said}`{near}")
    });
    told.collect()
}

fn folder(pack: &LoadedPack, prefix: &str) -> Result<Texts, String> {
    let below = pack.files.iter().filter_map(|(file, bytes)| {
        let name = file.strip_prefix(prefix)?;
        Some(match String::from_utf8(bytes.to_vec()) {
            Ok(text) => Ok((name.to_owned(), text)),
            Err(_) => Err(format!("{file}: not UTF-8 text")),
        })
    });
    below.collect()
}

/// Makes every change that is taken, as staging does.
fn changed(held: Case<'_>, assessment: &Assessment, files: &mut Texts) -> Result<(), String> {
    let answers = answers_with_defaults(held);
    for (finding, change) in assessment.changes(held.decisions) {
        let file = change.file.as_str();
        match &change.what {
            FileChange::Write { text } => {
                files.insert(file.to_owned(), text.clone());
            }
            FileChange::Edit(one) => {
                let text = files.get(file).map_or("", String::as_str);
                let value = |name: &Name| value(held, &answers, finding.hop, name);
                let one = one.filled(|template, form| {
                    let filled = template.render(|name| value(name).map(form));
                    filled.map_err(|name| format!("`{{{{{name}}}}}` has no value"))
                })?;
                let edited = edit::apply(&change.format, text, &[one])
                    .map_err(|error| format!("{}: {file}: {error}", finding.id))?;
                files.insert(file.to_owned(), edited.text);
            }
        }
    }
    Ok(())
}

/// What stands in a place of a change that this hop of the path makes.
fn value(held: Case<'_>, answers: &Answers, hop: usize, name: &Name) -> Option<String> {
    let hop = held.path.hops.get(hop);
    let known = Known {
        root: Some(&held.survey.root),
        releases: hop.map(|hop| (&hop.from, &hop.to)),
        input: |name: &InputName| Some(answers.get(name)?.expose().to_owned()),
        env: |name: &str| {
            let sighting = held.survey.variables.get(name)?.effective()?;
            Some(sighting.value.expose().to_owned())
        },
    };
    known.get(name)
}
