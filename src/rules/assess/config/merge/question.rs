//! The question about a key that the operator and the vendor both changed: keep yours, take
//! theirs, have both where that can be, or type a value.

use super::{KEEP, Merging, Sides, TAKE};
use crate::{
    edit::{
        Format,
        merge::{Both, Difference},
    },
    model::{
        edit::Op,
        finding::{ChoiceOption, FileChange, Finding, FindingKind, Place, ProposedChange, Safety},
        ids::InputName,
        route::{Route, Segment},
        rule::Input,
        text::{Secret, Shown},
        units::count,
    },
    redact::Redactor,
    rules::assess::{
        AskedInput, Walk,
        draft::{for_option, option},
        typed::{Typed, place_of},
    },
};
use serde_json::Value;

const BOTH: &str = "both";
const EDIT: &str = "edit";

const NO_KEY: &str = "no such key";

/// How many added items are named; the others are only counted.
const NAMED_MAX: usize = 3;

impl Merging<'_> {
    /// A key that both changed, or one whose change cannot be made without asking.
    pub(super) fn question(
        self,
        walk: &mut Walk,
        sides: &Sides,
        one: &Difference,
        summary: String,
        redactor: &Redactor,
    ) -> Finding {
        let key = one.route.to_string();
        let mut finding = self.source(FindingKind::Config, walk, Some(&one.route), key.clone());
        finding.summary = summary;
        finding.places = vec![Place::new(&self.rule.file, sides.line(&one.route))];
        let secret = self.is_secret(walk, sides, &one.route);
        let yours = self.yours(walk, sides, &one.route, one.own.as_ref(), redactor);
        let mut answers = Answers {
            options: vec![option(KEEP, format!("yours: {yours}"))],
            changes: Vec::new(),
            notes: Vec::new(),
        };
        self.take(walk, sides, one, redactor, &mut answers);
        let typed = Typed {
            format: sides.format,
            text: sides.text.clone(),
            route: one.route.clone(),
            secret,
            strict: self.rule.guard.clone(),
        };
        self.both(sides, one, &typed, redactor, &mut answers);
        self.edit(walk, sides, &finding, typed, &mut answers);
        finding.safety = Safety::Decide {
            question: format!(
                "the old release had {}; which value should {key} have?",
                shown(one.old.as_ref(), redactor),
            ),
            options: answers.options,
            note: (!answers.notes.is_empty()).then(|| answers.notes.join("; ")),
        };
        finding.changes = answers.changes;
        finding
    }

    fn take(
        self,
        walk: &Walk,
        sides: &Sides,
        one: &Difference,
        redactor: &Redactor,
        answers: &mut Answers,
    ) {
        let edit = one.edit().over_comments();
        if let Err(error) = sides.opened.apply(std::slice::from_ref(&edit)) {
            let why = format!("the new release's is not offered: {}", error.why);
            return answers.notes.push(why);
        }
        let label = format!("the new release's: {}", shown(one.new.as_ref(), redactor));
        answers.options.push(option(TAKE, label));
        let change = self.change(sides, FileChange::Edit(edit));
        answers.changes.extend(for_option(vec![change], TAKE));
        let lost = self.own_comments(walk, sides, &one.route);
        if !lost.is_empty() {
            let lost = match self.is_secret(walk, sides, &one.route) {
                true => count(lost.len(), "line"),
                false => redactor.redact(&lost.join(" ")).into_owned(),
            };
            let note = format!("replacing the value may drop comments of yours: {lost}");
            answers.notes.push(note);
        }
    }

    /// The operator's value for display. A secret one is masked and remembered as a secret.
    pub(super) fn yours(
        self,
        walk: &mut Walk,
        sides: &Sides,
        key: &Route,
        own: Option<&Value>,
        redactor: &Redactor,
    ) -> String {
        if !self.is_secret(walk, sides, key) {
            return shown(own, redactor);
        }
        if let Some(own) = own {
            texts(own, &mut walk.secrets);
        }
        masked(own)
    }

    fn both(
        self,
        sides: &Sides,
        one: &Difference,
        place: &Typed,
        redactor: &Redactor,
        answers: &mut Answers,
    ) {
        let both = one.both().map_err(str::to_owned);
        let both = both.and_then(|both| match place.may_loosen() {
            true => place.keeps_strict(&both.edits).map(|()| both),
            false => Ok(both),
        });
        let both = both.and_then(|both| {
            // Edits are stored in the plan in clear text.
            let is_secret = |value: &Value| {
                let text = value.to_string();
                place.secret || redactor.redact(&text) != text
            };
            let mut edits = both.edits.iter();
            let shows = edits.any(|edit| matches!(&edit.op, Op::Set { value } if is_secret(value)));
            match shows {
                true => Err("the plan would show the secret that stands in yours".to_owned()),
                false => Ok(both),
            }
        });
        match both {
            Err(why) => answers.notes.push(format!("both is not offered: {why}")),
            Ok(Both { edits, added }) => {
                let named = added.iter().take(NAMED_MAX);
                let named = named.map(|value| shown(Some(value), redactor));
                let mut named: Vec<String> = named.collect();
                if let Some(more) = added.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
                    named.push(format!("{more} more"));
                }
                let label = format!("both: yours, then {}", named.join(", "));
                answers.options.push(option(BOTH, label));
                let changes = edits.into_iter().map(FileChange::Edit);
                let changes = changes.map(|edit| self.change(sides, edit)).collect();
                answers.changes.extend(for_option(changes, BOTH));
            }
        }
    }

    fn edit(
        self,
        walk: &mut Walk,
        sides: &Sides,
        finding: &Finding,
        typed: Typed,
        answers: &mut Answers,
    ) {
        // The finding's own name: it is unique, and says which key it is about.
        let name = InputName::new(finding.id.as_str());
        if place_of(&name).is_none() {
            let why = "edit is not offered: braces or a bar stand in the key";
            return answers.notes.push(why.to_owned());
        }
        let answer = walk.case.answers.get(&name);
        let said = answer.map(|answer| Shown::of(answer, typed.secret));
        let label = said.map_or_else(
            || "a value that you type".to_owned(),
            |said| format!("the value that you typed: {said}"),
        );
        answers.options.push(ChoiceOption {
            typed: Some(name.clone()),
            ..option(EDIT, label)
        });
        let change = typed.change(&name, walk.case.answers);
        let changes = change.map(|edit| self.change(sides, edit));
        answers
            .changes
            .extend(for_option(changes.into_iter().collect(), EDIT));
        walk.typed.push(AskedInput {
            name,
            hop: self.hop,
            input: Input {
                ask: format!("the value of {} in {}", finding.title, self.rule.file),
                secret: typed.secret,
                default: None,
                valid: None,
                generate: None,
                because: None,
                when: None,
                cites: finding.cites.clone(),
            },
            needed: true,
            why: finding.title.clone(),
            typed: Some(typed),
        });
    }

    /// Whether the value, or one above or below it, is secret.
    fn is_secret(self, walk: &Walk, sides: &Sides, key: &Route) -> bool {
        let mut named = self.rule.secret.iter();
        if named.any(|secret| secret.starts_with(key) || key.starts_with(secret)) {
            return true;
        }
        match (sides.format, key.0.as_slice()) {
            (Format::Dotenv(_), [Segment::Key(name)]) => walk.state.is_secret(name),
            (_, _) => false,
        }
    }
}

/// The options so far, and notes on why others are not offered.
struct Answers {
    options: Vec<ChoiceOption>,
    changes: Vec<ProposedChange>,
    notes: Vec<String>,
}

/// A value in a sentence. Redacted before it is cut: a redactor would not recognise a cut secret.
pub(super) fn shown(value: Option<&Value>, redactor: &Redactor) -> String {
    const CHARS_MAX: usize = 60;
    let Some(value) = value else {
        return NO_KEY.to_owned();
    };
    let text = value.to_string();
    let text = redactor.redact(&text);
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// A value that nobody may read, in a sentence.
fn masked(value: Option<&Value>) -> String {
    match value {
        None => NO_KEY.to_owned(),
        Some(Value::String(text)) => Secret::new(text.as_str()).mask(),
        Some(value) => Secret::new(value.to_string()).mask(),
    }
}

/// Every text and number of a value.
fn texts(value: &Value, into: &mut Vec<Secret>) {
    match value {
        Value::String(text) => into.push(Secret::new(text.as_str())),
        Value::Number(number) => into.push(Secret::new(number.to_string())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(entries) => entries.values().for_each(|entry| texts(entry, into)),
        Value::Null | Value::Bool(_) => {}
    }
}
