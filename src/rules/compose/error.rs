//! What is still open before a plan can be made, each with the way to close it.

use crate::{
    model::{
        finding::Safety,
        ids::{InputName, RuleId},
        path::RelPath,
    },
    rules::{
        assess::{Assessment, Case, is_decided},
        condition::Answers,
        variants::{Choice, Judged},
    },
};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("{} open before a plan can be made; nothing was changed:\n{}", count(.0), lines(.0))]
    Open(Vec<Open>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// Something outside must be mended first.
    Blocked {
        id: RuleId,
        title: String,
        why: String,
    },
    /// A finding waits for a choice.
    Undecided {
        id: RuleId,
        question: String,
        options: Vec<String>,
    },
    Unanswered {
        name: InputName,
        ask: String,
        secret: bool,
    },
    /// A step starts or stops a service, and nothing says how that is done here.
    NoWay { service: String, title: String },
    /// How the product is installed is unclear: no variant was detected, or more than one.
    Variant(Judged),
    /// A switch whose live side cannot be told.
    NoSide { file: RelPath, why: String },
    /// The answer is not good.
    Invalid {
        name: InputName,
        faults: Vec<String>,
    },
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked { id, title, why } => write!(f, "{id}: {title}: {why}"),
            Self::Undecided {
                id,
                question,
                options,
            } => write!(
                f,
                "{id}: {question} Say `--set {id}=…` or `{id}: …` under `decisions` in the answers \
                 file, with one of {}",
                options.join(", ")
            ),
            Self::Unanswered {
                name,
                ask,
                secret: true,
            } => write!(
                f,
                "{name}: {ask}: say `{name}: …` under `inputs` in the answers file, or \
                 `--generate {name}` where the rules can make one (a secret does not belong on a \
                 command line)"
            ),
            Self::Unanswered {
                name,
                ask,
                secret: false,
            } => write!(
                f,
                "{name}: {ask}: say `--set {name}=…` or `{name}: …` under `inputs` in the answers file"
            ),
            Self::NoWay { service, title } => write!(
                f,
                "{service}: no way of this pack to start and stop {title} fits here; is the way it \
                 was installed the right one? See `variants`"
            ),
            Self::Variant(variant) => {
                let choice = |choice: &Choice| format!("{} ({})", choice.id, choice.judged());
                let choices: Vec<String> = variant.choices.iter().map(choice).collect();
                let name = &variant.name;
                let why = if variant.said {
                    "what was said is no choice"
                } else {
                    "it is not clear"
                };
                write!(
                    f,
                    "{name}: {why}. Say `--set variant.{name}=…` or `{name}: …` under `variants` in \
                     the answers file, with one of {}",
                    choices.join(", ")
                )
            }
            Self::NoSide { file, why } => write!(
                f,
                "{file}: nothing tells which side is live: {why}; fix it, or the switch's `sides`"
            ),
            Self::Invalid { name, faults } => {
                write!(f, "{name}: {}; give another value", faults.join(", "))
            }
        }
    }
}

fn count(open: &[Open]) -> String {
    match open.len() {
        1 => "one thing is".to_owned(),
        many => format!("{many} things are"),
    }
}

fn lines(open: &[Open]) -> String {
    let lines: Vec<String> = open.iter().map(|open| format!("  {open}")).collect();
    lines.join("\n")
}

pub(super) fn open(case: Case, assessment: &Assessment, answers: &Answers) -> Vec<Open> {
    let mut open = Vec::new();
    for finding in &assessment.findings {
        if is_decided(finding, case.decisions.get(&finding.id)) {
            continue;
        }
        open.push(match &finding.safety {
            Safety::Decide {
                question, options, ..
            } => Open::Undecided {
                id: finding.id.clone(),
                question: question.clone(),
                options: options.iter().map(|option| option.id.clone()).collect(),
            },
            Safety::Safe { .. } | Safety::OptIn | Safety::Nothing | Safety::Blocks => {
                Open::Blocked {
                    id: finding.id.clone(),
                    title: finding.title.clone(),
                    why: match &finding.because {
                        Some(because) => format!("{}; {because}", finding.summary),
                        None => finding.summary.clone(),
                    },
                }
            }
        });
    }
    for asked in &assessment.inputs {
        match answers.get(&asked.name) {
            None => open.push(Open::Unanswered {
                name: asked.name.clone(),
                ask: asked.input.ask.clone(),
                secret: asked.input.secret,
            }),
            Some(answer) => {
                let faults = asked.faults(answer.expose());
                if !faults.is_empty() {
                    open.push(Open::Invalid {
                        name: asked.name.clone(),
                        faults,
                    });
                }
            }
        }
    }
    open
}
