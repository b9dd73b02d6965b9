//! Describes in words what a step does and how it is undone, with the exact command as the plan
//! knows it. Secrets and variables appear by name only.

mod until;

use crate::model::{
    finding::FindingKind,
    plan::{Plan, PlannedStep, StepBody, Target, Undo},
    rule::{Action, Run},
    text::shell_word,
    units,
};

pub fn of_step(plan: &Plan, step: &PlannedStep) -> String {
    match &step.body {
        StepBody::Edit { file, edits, .. } => {
            format!("changes {file}: {}", units::count(edits.len(), "edit"))
        }
        StepBody::Write {
            file, over: false, ..
        } => format!("makes {file}"),
        StepBody::Write { file, .. } => format!("replaces {file} as a whole"),
        StepBody::Do(action) if is_applied(plan, step) => format!(
            "does nothing if it is applied already; otherwise it {}",
            of(plan, step.hop, action)
        ),
        StepBody::Do(action) => of(plan, step.hop, action),
    }
}

/// Whether a file of statements was found applied when the plan was made. It is looked at again when
/// its turn comes.
pub fn is_applied(plan: &Plan, step: &PlannedStep) -> bool {
    let StepBody::Do(Action::SqlFile(sql)) = &step.body else {
        return false;
    };
    plan.findings.iter().any(|finding| {
        let mut places = finding.places.iter();
        finding.hop == step.hop
            && finding.kind == FindingKind::AlreadyDone
            && places.any(|place| place.file == sql.file.as_str())
    })
}

/// What an action does, done or undone.
pub fn of(plan: &Plan, hop: usize, action: &Action) -> String {
    match action {
        Action::Run(run) => format!("runs: {}", command(plan, hop, run)),
        Action::Http(http) => {
            format!("sends a request to {}", plan.shown(&http.url, hop))
        }
        Action::Wait(wait) => {
            let until = until::until(plan, hop, &wait.until);
            format!("waits at most {} until {until}", wait.limit())
        }
        Action::Ask(ask) => format!("you do this: {}", ask.text),
        Action::Start(start) => format!("starts {}", start.service),
        Action::Stop(name) => format!("stops {name} and waits"),
        Action::Restart(start) => format!("restarts {}", start.service),
        Action::Switch(switch) => format!("switches {}", switch.proxy),
        Action::Sql(sql) => {
            format!("sends to {}: {}", sql.database, sql.statement.as_str())
        }
        Action::SqlFile(file) => {
            let digest = match plan.targets.get(&file.file) {
                Some(Target::Present { digest, .. }) => format!(" (blake3 {})", digest.short()),
                Some(Target::Absent) | None => String::new(),
            };
            format!("applies {}{digest} to {}", file.file, file.database)
        }
        Action::Stage(_) => "goes on in stages".into(),
        Action::Flag(flag) => format!("sets {}", flag.name),
        Action::Checkout(checkout) => {
            format!("checks out {}", plan.shown(&checkout.commit, hop))
        }
        Action::Migrate(rule) => format!("applies the files of {}", rule.folder),
    }
}

/// The command as a shell would have to be given it: where one word ends and the next begins, and the
/// lines of a script, are part of what it does.
fn command(plan: &Plan, hop: usize, run: &Run) -> String {
    let words = run.command.iter();
    let words: Vec<String> = words
        .map(|word| shell_word(&plan.shown(word, hop)))
        .collect();
    words.join(" ")
}

pub fn undo(plan: &Plan, step: &PlannedStep) -> String {
    let way_back = way_back(plan, step);
    match is_applied(plan, step) {
        true => format!("undo: none needed where it did nothing; otherwise: {way_back}"),
        false => format!("undo: {way_back}"),
    }
}

/// How to get back to before a step.
pub fn way_back(plan: &Plan, step: &PlannedStep) -> String {
    match &step.undo {
        Undo::File => "the file as it was, byte for byte".into(),
        Undo::Action(Action::Run(run)) => command(plan, step.hop, run),
        // A stopped service stays stopped until a later step of the way back starts it.
        Undo::Action(Action::Stop(name)) if matches!(step.body, StepBody::Do(Action::Stop(_))) => {
            format!("{name} stays stopped until a later step of the rollback starts it")
        }
        Undo::Action(action) => of(plan, step.hop, action),
        Undo::Restore(backup) => format!("restores the backup {backup}"),
        Undo::AtTheEnd(step) => {
            let title = plan.rollback.title_of(step);
            format!("at the end of a rollback, `{title}`")
        }
        Undo::Harmless => "none needed, it changes nothing that stays".into(),
        Undo::Stays => "none — what it does stays after a rollback".into(),
        Undo::Irreversible => {
            "none — what it does stays after a rollback; only a restore by hand helps".into()
        }
    }
}
