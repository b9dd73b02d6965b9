//! Looks at a file, or at the value at one route of it.

use crate::{
    edit::{self, Format},
    engine::means::{context::Context, met::Looked},
    model::{limits, path::RelPath, pattern::Pattern, route::Route},
    world::Standing,
};

/// What a probe asks about a file.
pub struct Asked<'a> {
    pub path: &'a RelPath,
    pub at: Option<&'a Route>,
    pub exists: Option<bool>,
    pub matches: Option<&'a Pattern>,
    pub never: Option<&'a Pattern>,
}

pub fn look(context: &Context, asked: &Asked<'_>) -> Looked {
    let path = asked.path;
    let files = &context.world.files;
    let looked = files.below(&context.root, path).and_then(|full| {
        let standing = files.look(&full)?;
        Ok((full, standing))
    });
    let (full, standing) = match looked {
        Ok(looked) => looked,
        Err(error) => return Looked::unclear(error.to_string()),
    };
    let there = standing != Standing::Nothing;
    if let Some(told) = asked.of_file(there) {
        return told;
    }
    let text = match files.read(&full, limits::TEXT_FILE.bytes()) {
        Ok(Some(content)) => String::from_utf8_lossy(&content.bytes).into_owned(),
        Ok(None) => return Looked::no(format!("{path} is not there")),
        Err(error) => return Looked::unclear(error.to_string()),
    };
    match asked.at {
        Some(at) => asked.at_route(at, &text),
        None => asked.whole(&text),
    }
}

impl Asked<'_> {
    /// The answer, if it does not depend on the file's contents.
    fn of_file(&self, there: bool) -> Option<Looked> {
        let wanted = self.exists.unwrap_or(true);
        let by_text = self.matches.is_some() || self.never.is_some();
        match (there, self.at) {
            (false, Some(_)) if !wanted => Some(Looked::yes(is_there(self.path, false))),
            (_, None) if there != wanted => Some(Looked::no(is_there(self.path, there))),
            (_, None) if !there || !by_text => Some(Looked::yes(is_there(self.path, there))),
            (false, Some(_)) => Some(Looked::no(is_there(self.path, false))),
            (true, _) | (false, None) => None,
        }
    }

    fn whole(&self, text: &str) -> Looked {
        let path = self.path;
        if let Some(pattern) = self.matches.filter(|pattern| !pattern.is_match(text)) {
            let told = match pattern.plain() {
                Some(plain) => format!("{path} has no line like `{plain}`"),
                None => format!("{path} has no such line"),
            };
            return Looked::no(told);
        }
        if let Some(pattern) = self.never.filter(|pattern| pattern.is_match(text)) {
            let line = text.lines().position(|line| pattern.is_match(line));
            let told = match (line, pattern.plain()) {
                (_, Some(plain)) => format!("{path} has a line like `{plain}`"),
                (Some(line), None) => format!("line {} of {path} must not be there", line + 1),
                (None, None) => format!("{path} has what must not be there"),
            };
            return Looked::no(told);
        }
        Looked::yes(format!("{path} is as it should be"))
    }

    /// `never` also holds for a route that is absent; everything else needs the route to be there,
    /// unless `exists: false` is asked.
    fn at_route(&self, at: &Route, text: &str) -> Looked {
        let path = self.path;
        let format = Format::said_or_of(None, path.as_str());
        let document = match edit::read(&format, text) {
            Ok(document) => document,
            Err(error) => return Looked::unclear(format!("{path}: {error}")),
        };
        let texts = document.texts(at);
        let what = format!("{at} of {path}");
        let may_be_absent = self.never.is_some() && self.matches.is_none();
        match (&texts, self.exists) {
            (Some(_), Some(false)) => return Looked::no(is_there(&what, true)),
            (None, Some(false)) => return Looked::yes(is_there(&what, false)),
            (None, None) if may_be_absent => return Looked::yes(is_there(&what, false)),
            (None, _) => return Looked::no(is_there(&what, false)),
            (Some(_), None | Some(true)) => {}
        }
        let texts = texts.unwrap_or_default();
        let any = |pattern: &Pattern| texts.iter().any(|text| pattern.is_match(text));
        let lacks = self.matches.filter(|pattern| !any(pattern));
        let has = self.never.filter(|pattern| any(pattern));
        match (lacks, has) {
            (Some(_), _) => Looked::no(format!("{what} is not as it should be")),
            (None, Some(_)) => Looked::no(format!("{what} is as it must not be")),
            (None, None) => Looked::yes(format!("{what} is as it should be")),
        }
    }
}

fn is_there(what: impl std::fmt::Display, there: bool) -> String {
    format!("{what} is {}there", if there { "" } else { "not " })
}
