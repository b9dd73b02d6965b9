//! What the operator says: decisions and answers, checked against the rules as they come.

use super::{Session, SessionError};
use crate::{
    engine::answers::{self, AnswersFile},
    model::{
        finding::{Decision, Safety},
        ids::{InputName, RuleId},
        plan::Answered,
        rule::{GenerateAs, Input},
        text::{Secret, to_hex},
    },
    rules::{assess, diagnostic::did_you_mean, valid},
};

impl Session {
    /// Checks that everything in an answers file means something here. All faults are reported at
    /// once, each with its place, so that fixing one does not just reveal the next.
    pub(super) fn check_given(&self) -> Result<(), SessionError> {
        let places = &self.options.answers.places;
        let mut wrong = Vec::new();
        let mut found = |section: &'static str, key: &str, end: Result<(), SessionError>| {
            if let Err(error) = end {
                wrong.push(format!("{}{error}", places.before(section, key)));
            }
        };
        for name in self.variants.keys() {
            found("variants", name, self.known_variant(name));
        }
        for (id, decision) in &self.decisions {
            found("decisions", id.as_str(), self.decidable(id, decision));
        }
        for (name, value) in &self.answers {
            found("inputs", name.as_str(), self.fits(name, value));
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(SessionError::Said(wrong))
        }
    }

    fn known_variant(&self, name: &str) -> Result<(), SessionError> {
        let variants = &self.pack.pack.variants;
        if variants.contains_key(name) {
            return Ok(());
        }
        Err(SessionError::NoVariant {
            name: name.to_owned(),
            near: did_you_mean(name, variants.keys().map(String::as_str)),
            known: variants.keys().cloned().collect(),
        })
    }

    fn fits(&self, name: &InputName, value: &Secret) -> Result<(), SessionError> {
        let faults = self.faults(name, value.expose())?;
        if faults.is_empty() {
            return Ok(());
        }
        Err(SessionError::BadAnswer {
            name: name.clone(),
            faults,
        })
    }

    fn decidable(&self, id: &RuleId, decision: &Decision) -> Result<(), SessionError> {
        let findings = &self.assessment().findings;
        let found = findings.iter().find(|finding| finding.id == *id);
        let finding = found.ok_or_else(|| SessionError::NoFinding {
            id: id.clone(),
            near: did_you_mean(
                id.as_str(),
                findings.iter().map(|finding| finding.id.as_str()),
            ),
        })?;
        let why = match (&finding.safety, decision) {
            (Safety::Safe { optional: true } | Safety::OptIn, Decision::Take | Decision::Leave)
            | (Safety::Safe { optional: false }, Decision::Take) => return Ok(()),
            (Safety::Decide { options, .. }, Decision::Choose(choice)) => {
                if options.iter().any(|option| option.id == *choice) {
                    return Ok(());
                }
                let known: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
                format!("choose one of {}", known.join(", "))
            }
            (Safety::Decide { .. }, _) => "it needs a choice, not `take` or `leave`".to_owned(),
            (Safety::Safe { optional: false }, Decision::Leave) => {
                "the new release needs it; it cannot be left".to_owned()
            }
            (Safety::Safe { optional: false }, Decision::Choose(choice)) => {
                format!(
                    "it has no choice `{choice}`, and it cannot be left: say `take`, or nothing"
                )
            }
            (Safety::Safe { optional: true } | Safety::OptIn, Decision::Choose(choice)) => {
                format!("it has no choice `{choice}`: say `take` or `leave`")
            }
            (Safety::Nothing | Safety::Blocks, _) => "there is nothing to decide".to_owned(),
        };
        Err(SessionError::Decision {
            id: id.clone(),
            why,
        })
    }

    pub fn decide(&mut self, id: &RuleId, decision: Decision) -> Result<(), SessionError> {
        self.decidable(id, &decision)?;
        self.decisions.insert(id.clone(), decision);
        self.assess_anew();
        Ok(())
    }

    pub fn input(&self, name: &InputName) -> Option<Input> {
        let typed = || self.assessment().typed(name).map(|asked| &asked.input);
        assess::find_input(self.case(), name)
            .or_else(typed)
            .cloned()
    }

    /// The faults of an answer; empty if it is valid.
    pub fn faults(&self, name: &InputName, value: &str) -> Result<Vec<String>, SessionError> {
        // The assessment is needed only for a name that no rule has.
        if let Some(input) = assess::find_input(self.case(), name) {
            let rule = input.valid.as_ref();
            return Ok(rule.map_or_else(Vec::new, |rule| valid::faults(rule, value)));
        }
        match self.assessment().typed(name) {
            Some(asked) => Ok(asked.faults(value)),
            None => Err(self.no_input(name)),
        }
    }

    fn no_input(&self, name: &InputName) -> SessionError {
        let typed = self.assessment().typed.iter();
        let typed = typed.map(|asked| asked.name.as_str());
        let mut known = assess::input_names(self.case()).chain(typed).peekable();
        SessionError::NoInput {
            name: name.clone(),
            others: known.peek().is_some(),
            near: did_you_mean(name.as_str(), known),
        }
    }

    pub fn answer(
        &mut self,
        name: &InputName,
        value: Secret,
        how: Answered,
    ) -> Result<(), SessionError> {
        self.fits(name, &value)?;
        self.answers.insert(name.clone(), value);
        self.how.insert(name.clone(), how);
        self.assess_anew();
        Ok(())
    }

    /// Repeats what was said in an earlier session with this product, as far as it still applies.
    pub fn say_again(&mut self, before: &Self) {
        for (name, value) in &before.answers {
            let how = before.how.get(name).copied().unwrap_or(Answered::Given);
            let _no_such_question = self.answer(name, value.clone(), how);
        }
        for (id, decision) in &before.decisions {
            let _nothing_to_decide = self.decide(id, decision.clone());
        }
    }

    /// Makes a value as the pack says, and answers with it.
    pub fn generate(&mut self, name: &InputName) -> Result<(), SessionError> {
        let input = self.input(name).ok_or_else(|| self.no_input(name))?;
        let Some(generate) = input.generate else {
            let faults = vec!["the pack does not say how to make a value".to_owned()];
            return Err(SessionError::BadAnswer {
                name: name.clone(),
                faults,
            });
        };
        let bytes = self.world.system.random(generate.bytes);
        let value = match generate.form {
            GenerateAs::Hex => to_hex(&bytes),
            GenerateAs::Base64url => base64url(&bytes),
        };
        self.answer(name, Secret::new(value), Answered::Generated)
    }

    pub fn how(&self, name: &InputName) -> Option<Answered> {
        self.how.get(name).copied()
    }

    /// Everything said so far, as an answers file, but for secrets.
    pub fn answers_file(&self) -> String {
        let is_secret = |name: &InputName| self.input(name).is_none_or(|input| input.secret);
        let (secret, open): (Vec<_>, Vec<_>) =
            self.answers.iter().partition(|(name, _)| is_secret(name));
        let secret: Vec<&InputName> = secret.into_iter().map(|(name, _)| name).collect();
        let file = AnswersFile {
            inputs: open
                .into_iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
            decisions: self
                .decisions
                .iter()
                .map(|(id, decision)| (id.clone(), answers::word(decision).to_owned()))
                .collect(),
            variants: self.variants.clone(),
            ..AnswersFile::default()
        };
        file.written(&secret)
    }
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0u8; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for n in 0..=chunk.len() {
            text.push(DIGITS[(bits >> (18 - 6 * n)) as usize & 63] as char);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn base64url_has_no_padding_and_no_plus() {
        assert_eq!(base64url(b""), "");
        assert_eq!(base64url(b"f"), "Zg");
        assert_eq!(base64url(b"fo"), "Zm8");
        assert_eq!(base64url(&[0xfb, 0xff, 0xbf]), "-_-_");
        assert_eq!(base64url(&[0; 48]).len(), 64);
    }
}
