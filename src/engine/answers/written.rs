//! The answers file as the program writes it: for a person to read and to add to.

use super::AnswersFile;
use crate::model::{ids::InputName, text::inert};
use std::fmt::Write;

const HEAD: &str = "\
# What was entered on the screens of switchback, to be given again with --answers FILE.
# `switchback apply --help` names what else can stand here: mark, waive, consent, confirm.
";

impl AnswersFile {
    /// What was entered, as YAML; the inputs that are left out because they are secret are named.
    pub fn written(&self, secrets: &[&InputName]) -> String {
        let mut text = HEAD.to_owned();
        if !secrets.is_empty() {
            let names: Vec<String> = secrets.iter().map(|name| quoted(name.as_str())).collect();
            let names = names.join(", ");
            let words = "Secrets are not written down; these are to be added under `inputs`";
            let _infallible = writeln!(text, "# {words}: {names}");
        }
        let head = text.len();
        let inputs = self.inputs.iter().map(|(name, it)| (name.as_str(), it));
        section(&mut text, "inputs", inputs);
        let decisions = self.decisions.iter().map(|(id, it)| (id.as_str(), it));
        section(&mut text, "decisions", decisions);
        let variants = self.variants.iter().map(|(name, it)| (name.as_str(), it));
        section(&mut text, "variants", variants);
        if text.len() == head {
            // A file of comments alone says nothing at all, not even that.
            text.push_str("{}\n");
        }
        text
    }
}

fn section<'a>(text: &mut String, name: &str, said: impl Iterator<Item = (&'a str, &'a String)>) {
    for (n, (key, value)) in said.enumerate() {
        if n == 0 {
            let _infallible = writeln!(text, "{name}:");
        }
        let _infallible = writeln!(text, "  {}: {}", quoted(key), quoted(value));
    }
}

/// A text of JSON is one of YAML too, and no word that YAML takes for something else.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    inert(&json).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let hostile = [
            "yes",
            "8080",
            "",
            " # x: {y}",
            "a\nb\t\u{1b}[2J",
            "ü 🚀 \u{202e}\u{7f}",
            "\\ \" '",
        ];
        let mut answers = AnswersFile::default();
        for text in hostile {
            answers.inputs.insert(text.into(), text.to_owned());
            answers.decisions.insert(text.into(), "take".to_owned());
        }
        answers.variants.insert("install".into(), "docker".into());
        let secret = InputName::new("key\nmark: [a]");
        let text = answers.written(&[&secret]);
        assert!(text.contains("  \"install\": \"docker\"\n"), "{text}");
        assert!(text.contains("# Secrets are not written down"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        let read = AnswersFile::read("answers.yaml", text.as_bytes()).expect(&text);
        let read = AnswersFile {
            places: answers.places.clone(),
            ..read
        };
        assert_eq!(read, answers);
    }

    #[test]
    fn nothing_entered_is_a_file_too() {
        let nothing = AnswersFile::default();
        let text = nothing.written(&[]);
        assert_eq!(
            AnswersFile::read("answers.yaml", text.as_bytes()),
            Ok(nothing)
        );
    }
}
