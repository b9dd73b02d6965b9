//! Text with places to fill: `http://localhost:{{input.port}}/health`.
//!
//! A place of a variable may say what stands there if the variable is not set, or empty: a text, or
//! an input, `{{env.API_PORT | 8080}}` and `{{env.DATA_DIR | input.folder}}`.
//!
//! Only `{{…}}` is ours. `${…}`, `$(…)` and `{…}` belong to the product and stay as they are.

use super::{ids::InputName, release::Release};
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

impl Name {
    /// The input that it names, if it names one.
    pub fn input(&self) -> Option<&str> {
        match self {
            Self::Input(name) => Some(name),
            Self::Env(_) | Self::Stage(_) | Self::Root | Self::Backup | Self::From | Self::To => {
                None
            }
        }
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

/// The values of places, as far as they are known before a run: only the run knows its backup, and
/// a stage fills in its own places earlier.
pub struct Known<'a, I, E> {
    pub root: Option<&'a str>,
    /// Of one hop, or of the whole road.
    pub releases: Option<(&'a Release, &'a Release)>,
    pub input: I,
    pub env: E,
}

impl<I, E> Known<'_, I, E>
where
    I: Fn(&InputName) -> Option<String>,
    E: Fn(&str) -> Option<String>,
{
    pub fn get(&self, name: &Name) -> Option<String> {
        match name {
            Name::Input(name) => (self.input)(&InputName::new(name.as_str())),
            Name::Env(name) => (self.env)(name),
            Name::Root => self.root.map(str::to_owned),
            Name::From => self.releases.map(|(from, _)| from.to_string()),
            Name::To => self.releases.map(|(_, to)| to.to_string()),
            Name::Backup | Name::Stage(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Place(Place),
}

/// What stands between `{{` and `}}`.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    name: Name,
    fallback: Option<Fallback>,
}

#[derive(Clone, Debug, PartialEq)]
enum Fallback {
    Text(String),
    /// The one place that another can fall back to: `input.NAME`.
    Input(Name),
}

impl Place {
    fn parse(text: &str) -> Result<Self, String> {
        if text.matches('{').count() != text.matches('}').count() {
            return Err(format!(
                "`{{{{{}}}}}`: a place ends at the first `}}}}`, so neither another place nor an open `{{` can \
                 stand in it",
                text.trim()
            ));
        }
        let Some((name, fallback)) = text.split_once('|') else {
            let name = Name::parse(text.trim())?;
            let fallback = None;
            return Ok(Self { name, fallback });
        };
        let (name, fallback) = (Name::parse(name.trim())?, fallback.trim());
        if !matches!(name, Name::Env(_)) {
            return Err(format!(
                "`{{{{{}}}}}`: only a variable, env.NAME, can have a fallback; an input has its `default`",
                text.trim()
            ));
        }
        if fallback.is_empty() || fallback.contains('|') {
            return Err(format!(
                "`{{{{{}}}}}`: one text stands after `|`, as in `{{{{{name} | 8080}}}}`",
                text.trim()
            ));
        }
        let fallback = Some(match Name::parse(fallback) {
            Ok(input @ Name::Input(_)) => Fallback::Input(input),
            Ok(_) | Err(_) => Fallback::Text(fallback.to_owned()),
        });
        Ok(Self { name, fallback })
    }

    fn names(&self) -> impl Iterator<Item = &Name> {
        let fallback = match &self.fallback {
            Some(Fallback::Input(name)) => Some(name),
            Some(Fallback::Text(_)) | None => None,
        };
        [&self.name].into_iter().chain(fallback)
    }

    /// With a fallback, an empty variable counts as unset, as it does in `${NAME:-…}`.
    fn fill(&self, value: impl Fn(&Name) -> Option<String>) -> Option<String> {
        let Some(fallback) = &self.fallback else {
            return value(&self.name);
        };
        let set = value(&self.name).filter(|value| !value.is_empty());
        set.or_else(|| match fallback {
            Fallback::Text(text) => Some(text.clone()),
            Fallback::Input(name) => value(name),
        })
    }
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Input(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fallback {
            Some(fallback) => write!(f, "{{{{{} | {fallback}}}}}", self.name),
            None => write!(f, "{{{{{}}}}}", self.name),
        }
    }
}

/// A text with places, parsed when the rules file is read, so that a wrong name is an error with a
/// line.
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
            parts.push(Part::Place(Place::parse(name)?));
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

    /// The first `{{…}}` that is written like a place of ours, even if the text as a whole cannot
    /// be read.
    pub fn place_in(source: &str) -> Option<&str> {
        let opened = source.split("{{").skip(1);
        let mut inner = opened.map(|rest| rest.split("}}").next().unwrap_or(rest));
        inner.find(|inner| {
            let name = inner.split('|').next().unwrap_or(inner);
            Name::parse(name.trim()).is_ok()
        })
    }

    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The same template for a text where `$1` and `$name` are groups of a pattern: a group right
    /// before a place is put into braces, `${1}`, and a lone `$` there is escaped.
    pub fn apart_from_groups(mut self) -> Self {
        for n in 1..self.parts.len() {
            if let [Part::Text(text), Part::Place(_)] = &mut self.parts[n - 1..=n] {
                let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
                let before = text.trim_end_matches(word);
                let signs = before.len() - before.trim_end_matches('$').len();
                if !signs.is_multiple_of(2) {
                    let name = text.split_off(before.len());
                    text.push_str(&match name.as_str() {
                        "" => "$".to_owned(),
                        name => format!("{{{name}}}"),
                    });
                }
            }
        }
        self
    }

    pub fn names(&self) -> impl Iterator<Item = &Name> {
        let places = self.parts.iter().filter_map(|part| match part {
            Part::Place(place) => Some(place),
            Part::Text(_) => None,
        });
        places.flat_map(Place::names)
    }

    /// The names of the inputs that it is filled from.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.names().filter_map(Name::input)
    }

    /// Every place, with the text before it, in which one letter stands for each earlier place.
    pub fn places(&self) -> impl Iterator<Item = (String, &Name)> {
        let mut before = String::new();
        let places = self.parts.iter().filter_map(move |part| match part {
            Part::Text(text) => {
                before.push_str(text);
                None
            }
            Part::Place(place) => {
                let here = before.clone();
                before.push('x');
                Some((here, place))
            }
        });
        places.flat_map(|(here, place)| place.names().map(move |name| (here.clone(), name)))
    }

    /// Fills in what is known. The other places stay as written, with their fallbacks, because they
    /// may still get a value.
    pub fn render_known(&self, value: impl Fn(&Name) -> Option<String>) -> String {
        let filled = self.parts.iter().map(|part| match part {
            Part::Text(plain) => plain.clone(),
            Part::Place(place) => value(&place.name).unwrap_or_else(|| place.to_string()),
        });
        filled.collect()
    }

    /// Fills every place; `Err` holds the first name that has neither a value nor a fallback.
    pub fn render(&self, value: impl Fn(&Name) -> Option<String>) -> Result<String, Name> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Place(place) => {
                    text.push_str(&place.fill(&value).ok_or_else(|| place.name.clone())?);
                }
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
            "description": "text in which {{input.NAME}}, {{env.NAME}}, {{root}}, {{backup}}, {{from}} and {{to}} are filled, and {{stage.NAME}} within a step with stages; {{env.NAME | TEXT}} is TEXT where NAME is not set or empty, and {{env.NAME | input.NAME}} that input",
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
    fn a_place_beside_foreign_braces_is_seen() {
        for (text, place) in [
            ("{{ $labels.x }} {{ input.host }}", Some(" input.host ")),
            ("{{.Root}} {{to", Some("to")),
            ("{{ x }} {{env.A | b}}", Some("env.A | b")),
            ("{{ .Values.root }} {{tomorrow}} input.x", None),
        ] {
            assert_eq!(Template::place_in(text), place, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_stays() {
        let template = Template::parse("v{{to}} {{ input.x }}").expect("template");
        let filled = template.render_known(|name| (*name == Name::To).then(|| "1.2".into()));
        assert_eq!(filled, "v1.2 {{input.x}}");
    }

    #[test]
    fn a_fallback_stands_where_the_variable_is_not_set_or_empty() {
        let template = Template::parse("a{{ env.X|80 }} {{env.Y | b c}}").expect("template");
        let with = |x: Option<&str>| {
            template.render(|name| match name {
                Name::Env(name) if name == "X" => x.map(str::to_owned),
                _ => None,
            })
        };
        assert_eq!(with(Some("1")), Ok("a1 b c".to_owned()));
        assert_eq!(with(Some("")), Ok("a80 b c".to_owned()));
        assert_eq!(with(None), Ok("a80 b c".to_owned()));
        // Not known yet is not the same as not set.
        let kept = template.render_known(|_| None);
        assert_eq!(kept, "a{{env.X | 80}} {{env.Y | b c}}");
        assert_eq!(
            Template::parse(&kept).expect("again").render(|_| None),
            with(None)
        );
        assert_eq!(template.names().count(), 2);
        let braces = Template::parse("{{env.X | {} }}").expect("template");
        assert_eq!(braces.render(|_| None), Ok("{}".to_owned()));
    }

    #[test]
    fn a_fallback_may_be_an_input() {
        let template = Template::parse("{{env.DIR | input.folder}}/app.db").expect("template");
        let with = |dir: Option<&str>, folder: Option<&str>| {
            template.render(|name| match name {
                Name::Env(_) => dir.map(str::to_owned),
                Name::Input(_) => folder.map(str::to_owned),
                _ => None,
            })
        };
        assert_eq!(with(Some("/data"), None), Ok("/data/app.db".to_owned()));
        assert_eq!(with(Some(""), Some("/srv")), Ok("/srv/app.db".to_owned()));
        assert_eq!(with(None, Some("/srv")), Ok("/srv/app.db".to_owned()));
        assert_eq!(with(None, None), Err(Name::Env("DIR".into())));
        assert_eq!(template.render_known(|_| None), template.as_str());
        let names: Vec<String> = template.names().map(ToString::to_string).collect();
        assert_eq!(names, ["env.DIR", "input.folder"]);
    }

    #[test]
    fn a_fallback_is_one_text_and_only_of_a_variable() {
        for (text, said) in [
            ("{{input.x | 1}}", "only a variable"),
            ("{{root | /}}", "only a variable"),
            ("{{env.X | }}", "one text"),
            ("{{env.X || 1}}", "one text"),
            ("{{env. | 1}}", "names nothing"),
            ("{{env.X | {{input.y}}}}", "neither another place"),
            ("{{env.{{input.y}}}}", "neither another place"),
            ("{{env.X | {}}}", "nor an open `{`"),
        ] {
            let error = Template::parse(text).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_wrong_name_is_refused_when_it_is_read() {
        assert!(Template::parse("{{inputs.x}}").is_err());
        assert!(Template::parse("{{root").is_err());
    }
}
