//! The laws of findings and plans, over small products and rules written as a pack writes them.

mod asked;
mod ends;
mod hops;
mod merge;
mod passed_over;
mod pieces;
mod plans;
mod secrets;
mod statements;
mod variables;

use super::{
    assess::{Assessment, Case, assess, taken_changes},
    compose::{Open, PlanError, Seal, make_plan},
    condition::Answers,
    deed,
    drift::drift,
    pack::LoadedHop,
    path::{Path, PathHop},
    preview::{pieces, preview},
    testing::{rel, survey, text_file, variable},
};
use crate::{
    model::{
        digest::Digest,
        finding::{Decision, Finding, FindingKind, Safety},
        ids::{InputName, RuleId},
        path::RelPath,
        plan::Plan,
        release::Release,
        rule::{Hop, Pack},
        survey::{FileState, Stands, Survey},
        text::Secret,
    },
    redact::MASK,
};
use std::{collections::BTreeMap, time::Instant};

/// Everything a case borrows.
struct World {
    pack: Pack,
    pack_files: BTreeMap<RelPath, String>,
    hops: Vec<LoadedHop>,
    path: Path,
    survey: Survey,
    answers: Answers,
    variants: BTreeMap<String, String>,
    decisions: BTreeMap<RuleId, Decision>,
}

const PACK: &str = "
schema: 1
product: app
title: App
releases: semver
recognise: {file: {path: .env}}
detect: []
environment: [{process: {}}, {dotenv: {file: .env}}, {compose: {file: compose.yml, service: app}}]
write_to: {dotenv: {file: .env}}
prefixes: [APP_]
known: [APP_PORT]
secrets: [TOKEN]
addresses: [DB]
";

impl World {
    /// A product with these lines in `.env`, and hops with these rules.
    fn new(env: &str, hops: &[&str]) -> Self {
        let mut survey = survey();
        text_file(&mut survey, ".env", env);
        see_variables(&mut survey, env);
        let hops: Vec<LoadedHop> = hops
            .iter()
            .enumerate()
            .map(|(n, rules)| {
                let text = format!(
                    "schema: 1\nfrom: '>=0.1'\nto: {}.0.0\ntitle: hop\n{rules}",
                    n + 1
                );
                let hop: Hop = serde_saphyr::from_str(&text).expect("rules that can be read");
                let file = format!("h{}.yaml", n + 1);
                LoadedHop {
                    file,
                    hop: hop.into(),
                }
            })
            .collect();
        let release = |n: usize| Release::try_from(format!("{n}.0.0")).expect("a release");
        let path = Path {
            from: release(0),
            to: release(hops.len()),
            hops: (0..hops.len())
                .map(|n| PathHop {
                    file: hops[n].file.clone(),
                    title: "hop".into(),
                    from: release(n),
                    to: release(n + 1),
                    why: "because".into(),
                })
                .collect(),
        };
        Self {
            pack: serde_saphyr::from_str(PACK).expect("a pack that can be read"),
            pack_files: BTreeMap::new(),
            hops,
            path,
            survey,
            answers: Answers::new(),
            variants: BTreeMap::new(),
            decisions: BTreeMap::new(),
        }
    }

    fn case(&self) -> Case<'_> {
        Case {
            pack: &self.pack,
            pack_files: &self.pack_files,
            hops: &self.hops,
            path: &self.path,
            survey: &self.survey,
            answers: &self.answers,
            variants: &self.variants,
            decisions: &self.decisions,
        }
    }

    fn assess(&self) -> Assessment {
        assess(self.case())
    }

    fn plan(&self) -> Result<Plan, PlanError> {
        self.plan_by(&self.assess())
    }

    fn plan_by(&self, assessment: &Assessment) -> Result<Plan, PlanError> {
        let seal = Seal {
            program: "1",
            pack: &Digest::of(b"pack"),
            host: "host",
            key: b"key",
            how: &BTreeMap::new(),
        };
        make_plan(self.case(), assessment, &seal)
    }

    /// Applies the changes that are taken now to the product, with answers filled in.
    fn after(&mut self) {
        let previews = preview(self.case(), &self.assess(), |file| file);
        for file in previews {
            let mut text = file.after;
            for (name, answer) in &self.answers {
                text = text.replace(&format!("{{{{input.{name}}}}}"), answer.expose());
            }
            text_file(&mut self.survey, file.file.as_str(), &text);
            if file.file.as_str() == ".env" {
                self.survey.variables.clear();
                see_variables(&mut self.survey, &text);
            }
        }
    }
}

fn see_variables(survey: &mut Survey, env: &str) {
    for (n, line) in env.lines().enumerate() {
        if let Some((name, value)) = line.split_once('=') {
            variable(survey, name, ".env", n + 1, value);
        }
    }
}

fn only(assessment: &Assessment) -> &Finding {
    match assessment.findings.as_slice() {
        [finding] => finding,
        other => panic!("one finding is expected, not {other:?}"),
    }
}

const RENAME: &str = "environment: [{rename: {from: OLD, to: NEW, required: true, \
                      valid: {min_length: 4}, input: new}}]\ninputs: {new: {ask: new?, secret: true}}";
