//! `switchback plan`: what has to change and why; sealed into a file if everything is answered.

use super::{
    args::{Format, PlanArgs},
    end::{Code, End, Failure},
    opened::{self, AtTheGoal},
    path,
    place::Place,
    print::Printer,
    road,
};
use crate::{
    engine::{
        runs::{self, RunError},
        session::Session,
    },
    model::{
        finding::{Decision, Finding, Safety},
        limits,
        plan::Plan,
        rule::Severity,
        text::inert,
    },
    rules::{assess::is_decided, variants::Choice},
    world::Standing,
};
use serde_json::{Value, json};
use std::{mem::ManuallyDrop, path::Path};

pub fn plan(place: &Place, args: &PlanArgs, printer: &mut Printer<'_>) -> End {
    // The process ends right after printing: freeing the session piece by piece would take a
    // thirtieth of the time.
    let session = match opened::open_unless_there(place, &args.road)? {
        Ok(session) => ManuallyDrop::new(session),
        Err(there) => return nothing_to_plan(place, args, &there, printer),
    };
    let sealed = session.plan();
    match printer.format() {
        Format::Text | Format::Markdown => {
            // In one piece: standard output would flush line by line.
            let mut page = Vec::new();
            let plan = sealed.as_ref().ok();
            print(&session, plan, &mut printer.onto(&mut page));
            printer.raw(&page);
        }
        Format::Json => match &sealed {
            Ok(plan) => printer.json(plan),
            Err(_) => printer.json(&unsealed(&session)),
        },
    }
    let sealed = match sealed {
        // With `--check`, an open question is a finding, and so an answer to what was asked.
        Err(open) if args.check => return Err(Failure::told(Code::Findings, &open)),
        sealed => sealed?,
    };
    let said = &session.options.answers;
    said.must_be_known(&sealed, &session.pack)?;
    if let Some(file) = &args.out {
        let json = serde_json::to_string_pretty(&sealed).expect("plans have only text keys");
        may_be_written(place, file, &sealed)?;
        place.write(file, inert(&json).as_bytes())?;
        printer.say(format!("the plan is in {}", file.display()));
    }
    let changes = session
        .assessment()
        .findings
        .iter()
        .any(|finding| !finding.changes.is_empty());
    Ok(if args.check && changes {
        Code::Findings
    } else {
        Code::Done
    })
}

/// What is known where no plan can be sealed yet: what was found and said, and what is asked.
fn unsealed(session: &Session) -> Value {
    let assessment = session.assessment();
    let inputs = assessment.inputs.iter().map(|asked| {
        json!({
            "name": asked.name,
            "ask": asked.input.ask,
            "secret": asked.input.secret,
            "needed": asked.needed,
            "why": asked.why,
            "answered": session.answers.contains_key(&asked.name),
            "generated": asked.input.generate.is_some(),
        })
    });
    let undecided = |finding: &&Finding| !is_decided(finding, session.decisions.get(&finding.id));
    let undecided = assessment.findings.iter().filter(undecided);
    json!({
        "version": 1,
        "path": session.path,
        "findings": assessment.findings,
        "undecided": undecided.map(|finding| &finding.id).collect::<Vec<_>>(),
        "inputs": inputs.collect::<Vec<_>>(),
    })
}

/// The product is at its goal. A run that got there but is not over is still something to do.
fn nothing_to_plan(
    place: &Place,
    args: &PlanArgs,
    there: &AtTheGoal,
    printer: &mut Printer<'_>,
) -> End {
    let open = match runs::refuse_a_second(&place.world, &place.state()?, &place.root) {
        Ok(()) => None,
        Err(open @ RunError::Unfinished { .. }) => Some(open),
        Err(error) => return Err(error.into()),
    };
    match &open {
        None => there.tell(printer),
        Some(open) if printer.json_wanted() => {
            printer.json(&json!({ "version": 1, "unfinished": open.to_string() }));
        }
        Some(open) => printer.line(format!("{}, but {open}", there.0)),
    }
    match &args.out {
        Some(file) => Err(Failure::new(
            Code::Usage,
            format!("{}: not written: there is nothing to plan", file.display()),
        )),
        None if args.check && open.is_some() => Ok(Code::Findings),
        None => Ok(Code::Done),
    }
}

/// Refuses a file for the plan unless nothing or another plan is there, and if a step of the plan
/// writes it.
fn may_be_written(place: &Place, file: &Path, sealed: &Plan) -> Result<(), Failure> {
    let path = place.file_at(file)?;
    let refused = |why: &str| {
        let text = format!("{}: {why}; give the plan another name", file.display());
        Err(Failure::new(Code::Usage, text))
    };
    let own = sealed.all_steps().filter_map(|step| step.body.file());
    let mut own = own.map(|own| own.under(&place.root));
    if own.any(|own| own == path) {
        return refused("the upgrade itself writes this file");
    }
    match place.world.files.look(&path)? {
        Standing::Nothing => Ok(()),
        Standing::File { bytes, .. } if bytes <= limits::PLAN.bytes() => {
            let there = place.content(file, limits::PLAN)?;
            if is_plan(&there.bytes) {
                Ok(())
            } else {
                refused("what is there is not a plan, and is not overwritten")
            }
        }
        Standing::File { .. }
        | Standing::Dir
        | Standing::Symlink { .. }
        | Standing::Other { .. } => refused("what is there is not a plan, and is not overwritten"),
    }
}

/// Whether these bytes are a plan of any format version: an older one may be replaced.
fn is_plan(bytes: &[u8]) -> bool {
    let read = serde_json::from_slice::<Value>(bytes);
    let keys = ["format", "product", "from", "to", "steps"];
    read.is_ok_and(|plan| keys.iter().all(|key| plan.get(key).is_some()))
}

fn print(session: &Session, sealed: Option<&Plan>, printer: &mut Printer<'_>) {
    let markdown = printer.format() == Format::Markdown;
    let head = |text: String| if markdown { format!("## {text}") } else { text };
    let pack = &session.pack.pack;
    printer.line(if markdown {
        format!("# {}", pack.title)
    } else {
        pack.title.clone()
    });
    path::print(&session.path, printer);
    if let Some(signed) = session.signed() {
        printer.line(format!("rules {signed}"));
    }
    if let Some(note) = session.of_this_site() {
        printer.line(note.text);
    }
    for variant in session.judged_variants() {
        let found = |choice: &&Choice| Some(&choice.id) == variant.chosen.as_ref();
        let words = match variant.choices.iter().find(found) {
            Some(choice) if variant.said => format!("{}, as you say", choice.title),
            Some(choice) => format!("{}, because {}", choice.title, choice.why),
            None => "not clear".to_owned(),
        };
        printer.line(format!("{}: {words}", variant.name));
    }
    for severity in GROUPS {
        let group: Vec<&Finding> = session
            .assessment()
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .collect();
        if group.is_empty() {
            continue;
        }
        printer.line("");
        printer.line(head(format!("{} ({})", word(severity), group.len())));
        for finding in group {
            print_finding(finding, session.decisions.get(&finding.id), printer);
        }
    }
    let asked = &session.assessment().inputs;
    if !asked.is_empty() {
        printer.line("");
        printer.line(head("inputs".to_owned()));
    }
    for input in asked {
        let state = match (session.answers.get(&input.name), input.needed) {
            (Some(_), _) => "answered",
            (None, true) => "open",
            (None, false) => "default",
        };
        printer.line(format!("- {} ({state}): {}", input.name, input.input.ask));
    }
    if let Some(plan) = sealed {
        road::print(plan, &head, printer);
    }
}

const GROUPS: [Severity; 5] = [
    Severity::Breaking,
    Severity::Required,
    Severity::Recommended,
    Severity::Optional,
    Severity::Info,
];

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Breaking => "breaking",
        Severity::Required => "required",
        Severity::Recommended => "recommended",
        Severity::Optional => "optional",
        Severity::Info => "for your information",
    }
}

fn print_finding(finding: &Finding, decision: Option<&Decision>, printer: &mut Printer<'_>) {
    let what = match (&finding.safety, is_decided(finding, decision)) {
        (Safety::Blocks, _) => " [blocks]",
        (Safety::Decide { .. }, false) => " [needs a decision]",
        (Safety::OptIn, _) if decision != Some(&Decision::Take) => " [not taken]",
        (Safety::Safe { optional: true }, _) if decision == Some(&Decision::Leave) => " [left]",
        (Safety::Decide { .. } | Safety::OptIn | Safety::Safe { .. } | Safety::Nothing, _) => "",
    };
    printer.line(format!("- {}: {}{what}", finding.title, finding.summary));
    printer.line(format!("    {}", finding.id));
    for place in &finding.places {
        let line = place.line.map_or(String::new(), |line| format!(":{line}"));
        printer.line(format!("    at {}{line}", place.file));
    }
    for because in finding.because.iter().chain(&finding.if_left) {
        printer.line(format!("    {because}"));
    }
    if let Some(doubt) = &finding.doubt {
        printer.line(format!("    the guide is wrong here: {doubt}"));
    }
    if let Safety::Decide {
        question,
        options,
        note,
    } = &finding.safety
    {
        printer.line(format!("    {question}"));
        for option in options {
            let chosen = decision == Some(&Decision::Choose(option.id.clone()));
            let chosen = if chosen { " [chosen]" } else { "" };
            printer.line(format!("      {:<12} {}{chosen}", option.id, option.label));
        }
        if let Some(note) = note {
            printer.line(format!("      {note}"));
        }
    }
}
