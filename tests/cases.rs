//! Every case of every bundled pack: the product is laid out, surveyed, held against the rules, and
//! changed; findings, questions and files must be what the case says.

#![expect(clippy::disallowed_methods, reason = "a test reads its own cases")]

use std::{collections::BTreeMap, fs, sync::Arc};
use switchback::{
    edit::{self, Edit, Format, Op},
    model::{
        finding::FileChange,
        path::RelPath,
        record::Who,
        survey::Survey,
        template::{Name, Template},
        text::Secret,
    },
    rules::{
        assess::{Assessment, Case, answers_with_defaults, assess},
        bundled,
        case::{PackCase, compare, compare_files},
        condition::Answers,
        pack::{LoadedPack, load},
        parse::parse,
        path::{HopHead, plan_path},
    },
    world::{System, World, survey},
};

/// A machine on which only the case's shell exports anything.
struct CaseSystem(BTreeMap<String, String>);

impl System for CaseSystem {
    fn who(&self) -> Who {
        Who {
            user: "operator".into(),
            host: "host".into(),
            pid: 1,
        }
    }

    fn environment(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }

    fn random(&self, bytes: usize) -> Vec<u8> {
        vec![0; bytes]
    }

    fn process_environment(
        &self,
        _: u32,
    ) -> Result<Option<BTreeMap<String, String>>, std::io::Error> {
        Ok(None)
    }

    fn port_open(&self, _: u16) -> bool {
        false
    }
}

#[test]
fn every_case_of_every_bundled_pack_comes_out_as_it_says() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for source in bundled::packs() {
        let pack = load(&source).expect("tests/packs.rs says what is wrong with it");
        let names = pack.files.keys().filter_map(|file| {
            file.strip_prefix("cases/")?
                .strip_suffix("/case.yaml")
                .map(str::to_owned)
        });
        for name in names.collect::<Vec<_>>() {
            count += 1;
            let product = &pack.pack.product;
            let found = run(&pack, &name);
            wrong.extend(
                found
                    .into_iter()
                    .map(|one| format!("{product}, {name}: {one}")),
            );
        }
    }
    assert!(count > 0, "there are cases");
    assert!(wrong.is_empty(), "{count} cases\n{}", wrong.join("\n"));
}

fn run(pack: &LoadedPack, name: &str) -> Vec<String> {
    let file = format!("cases/{name}/case.yaml");
    let case: PackCase = match parse(&file, &pack.files[&file]) {
        Ok(parsed) => parsed.value,
        Err(fault) => return vec![fault.render(false)],
    };
    let root = tempfile::tempdir().expect("a folder");
    let before = folder(pack, &format!("cases/{name}/before/"));
    for (file, text) in &before {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
        fs::write(path, text).expect("a file of the case");
    }
    let mut world = World::real();
    world.system = Arc::new(CaseSystem(case.process.clone()));
    let inputs = case.inputs.iter();
    let answers: Answers = inputs
        .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
        .collect();
    let survey = survey::take(&world, pack, root.path(), &answers).expect("a survey");
    let heads: Vec<HopHead> = pack
        .hops
        .iter()
        .map(|hop| HopHead {
            file: hop.file.clone(),
            from: hop.hop.from.clone(),
            to: hop.hop.to.clone(),
            stop: true,
            title: hop.hop.title.clone(),
        })
        .collect();
    let path = plan_path(&pack.pack.releases, &heads, &case.from, Some(&case.to)).expect("a path");
    let hops: Vec<_> = pack
        .hops
        .iter()
        .map(|hop| (hop.file.clone(), hop.hop.clone()))
        .collect();
    let texts = pack.files.iter().filter_map(|(file, bytes)| {
        let path = RelPath::try_from(file.as_str()).ok()?;
        Some((path, String::from_utf8(bytes.clone()).ok()?))
    });
    let decisions = case.decided();
    let held = Case {
        pack: &pack.pack,
        pack_files: &texts.collect(),
        hops: &hops,
        path: &path,
        survey: &survey,
        answers: &answers,
        variants: &case.variants,
        decisions: &decisions,
    };
    let assessment = assess(held);
    let mut wrong = compare(&case.expect, &assessment);
    let given = answers_with_defaults(held);
    let mut after = before.clone();
    let filler = Filler {
        answers: &given,
        survey: &survey,
        to: case.to.as_str(),
    };
    match changed(&assessment, &decisions, &mut after, &filler) {
        Ok(()) => {
            let mut expected = before;
            expected.extend(folder(pack, &format!("cases/{name}/after/")));
            wrong.extend(compare_files(&expected, &after));
        }
        Err(why) => wrong.push(why),
    }
    wrong
}

/// What the places of a value are filled with.
struct Filler<'a> {
    answers: &'a Answers,
    survey: &'a Survey,
    to: &'a str,
}

fn folder(pack: &LoadedPack, prefix: &str) -> BTreeMap<String, String> {
    let below = pack.files.iter().filter_map(|(file, bytes)| {
        let name = file.strip_prefix(prefix)?;
        Some((
            name.to_owned(),
            String::from_utf8(bytes.clone()).expect("a text"),
        ))
    });
    below.collect()
}

fn changed(
    assessment: &Assessment,
    decisions: &BTreeMap<switchback::model::ids::RuleId, switchback::model::finding::Decision>,
    files: &mut BTreeMap<String, String>,
    filler: &Filler,
) -> Result<(), String> {
    for (finding, change) in assessment.changes(decisions) {
        let file = change.file.as_str();
        match &change.what {
            FileChange::Create { text } => {
                files.insert(file.to_owned(), text.clone());
            }
            FileChange::Edit(one) => {
                let format = Format::named(&change.format).expect("a known format");
                let text = files.get(file).map_or("", String::as_str);
                let one = filled(one, filler)?;
                let edited = edit::apply(&format, text, &[one])
                    .map_err(|error| format!("{}: {file}: {error}", finding.id))?;
                files.insert(file.to_owned(), edited.text);
            }
        }
    }
    Ok(())
}

/// The edit with every place of its value filled, as staging does it.
fn filled(one: &Edit, filler: &Filler) -> Result<Edit, String> {
    let mut one = one.clone();
    match &mut one.op {
        Op::Set { value } | Op::Default { value } | Op::Append { value } => {
            fill(value, filler)?;
        }
        Op::Move {
            value: Some(value), ..
        } => fill(value, filler)?,
        Op::Move { value: None, .. }
        | Op::Remove
        | Op::Rename { .. }
        | Op::Rewrite { .. }
        | Op::Wrap(_)
        | Op::Replace { .. } => {}
    }
    Ok(one)
}

fn fill(value: &mut serde_json::Value, filler: &Filler) -> Result<(), String> {
    use serde_json::Value;
    match value {
        Value::String(text) => {
            let render = |name: &Name| match name {
                Name::Input(name) => {
                    let answer = filler.answers.get(&name.as_str().into())?;
                    Some(answer.expose().to_owned())
                }
                Name::Env(name) => {
                    let sighting = filler.survey.variables.get(name)?.effective()?;
                    Some(sighting.value.expose().to_owned())
                }
                Name::To => Some(filler.to.to_owned()),
                Name::Root | Name::Backup | Name::From => None,
            };
            *text = Template::parse(text)?
                .render(render)
                .map_err(|name| format!("{name} has no value"))?;
        }
        Value::Array(list) => {
            for item in list {
                fill(item, filler)?;
            }
        }
        Value::Object(map) => {
            for item in map.values_mut() {
                fill(item, filler)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}
