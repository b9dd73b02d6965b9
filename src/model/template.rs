//! Text with places to fill: `http://localhost:{{input.port}}/health`.
//!
//! Only `{{…}}` is ours. `${…}`, `$(…)` and `{…}` belong to the product and stay as they are.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// What a place is filled from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// `input.NAME`: an answer, or a parameter's default.
    Input(String),
    /// `env.NAME`: the effective value of one of the product's variables.
    Env(String),
    /// `root`: the product's folder, absolute.
    Root,
    /// `backup`: this run's backup folder, absolute.
    Backup,
    /// `stage.NAME`: a parameter of the stage, filled when the plan is made.
    Stage(String),
    /// `from` and `to`: the releases of the hop.
    From,
    To,
}

impl Name {
    fn parse(text: &str) -> Result<Self, String> {
        let name = match text.split_once('.') {
            Some(("input", name)) if !name.is_empty() => Self::Input(name.to_owned()),
            Some(("env", name)) if !name.is_empty() => Self::Env(name.to_owned()),
            Some(("stage", name)) if !name.is_empty() => Self::Stage(name.to_owned()),
            None if text == "root" => Self::Root,
            None if text == "backup" => Self::Backup,
            None if text == "from" => Self::From,
            None if text == "to" => Self::To,
            _ => {
                return Err(format!(
                    "`{{{{{text}}}}}` names nothing: write input.NAME, env.NAME, stage.NAME, root, backup, from or to"
                ));
            }
        };
        Ok(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(name) => write!(f, "input.{name}"),
            Self::Env(name) => write!(f, "env.{name}"),
            Self::Stage(name) => write!(f, "stage.{name}"),
            Self::Root => f.write_str("root"),
            Self::Backup => f.write_str("backup"),
            Self::From => f.write_str("from"),
            Self::To => f.write_str("to"),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Name(Name),
}

/// Parsed when the rules file is read, so that a wrong name is an error with a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

impl Template {
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after
                .split_once("}}")
                .ok_or_else(|| format!("`{source}` opens {{{{ and does not close it"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Name(Name::parse(name.trim())?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self {
            source: source.to_owned(),
            parts,
        })
    }

    pub fn as_str(&self) -> &str {
        &self.source
    }

    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name),
            Part::Text(_) => None,
        })
    }

    /// Fills what is known; the other places stay as they are written.
    pub fn render_known(&self, value: impl Fn(&Name) -> Option<String>) -> String {
        let filled = self.parts.iter().map(|part| match part {
            Part::Text(plain) => plain.clone(),
            Part::Name(name) => value(name).unwrap_or_else(|| format!("{{{{{name}}}}}")),
        });
        filled.collect()
    }

    /// Fills every place; `Err` holds the first name that has no value.
    pub fn render(&self, value: impl Fn(&Name) -> Option<String>) -> Result<String, Name> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Name(name) => text.push_str(&value(name).ok_or_else(|| name.clone())?),
            }
        }
        Ok(text)
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        Self::parse(&source)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.source
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "text in which {{input.NAME}}, {{env.NAME}}, {{root}}, {{backup}}, {{from}} and {{to}} are filled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_double_braces_are_filled() {
        let template = Template::parse("${HOME} {x} {{ input.port }}/{{root}}").expect("template");
        let filled = template.render(|name| match name {
            Name::Input(name) => Some(format!("<{name}>")),
            _ => Some("/srv".into()),
        });
        assert_eq!(filled, Ok("${HOME} {x} <port>//srv".to_owned()));
    }

    #[test]
    fn what_is_not_known_stays() {
        let template = Template::parse("v{{to}} {{ input.x }}").expect("template");
        let filled = template.render_known(|name| (*name == Name::To).then(|| "1.2".into()));
        assert_eq!(filled, "v1.2 {{input.x}}");
    }

    #[test]
    fn a_wrong_name_is_refused_when_it_is_read() {
        assert!(Template::parse("{{inputs.x}}").is_err());
        assert!(Template::parse("{{root").is_err());
    }
}
