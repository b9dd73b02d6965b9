//! `environment` of a service: values of its own, and variables it only passes on.

use super::{At, Gather, Reader};
use crate::{
    expand::{ExpandError, Origin, Part},
    model::{
        route::{Route, Segment},
        survey::Stands,
    },
};
use serde_json::Value;

impl Reader<'_> {
    pub(super) fn environment(&self, gather: &mut Gather, at: &Route) {
        for entry in self.children(at) {
            let Some(value) = self.resolved(entry) else {
                gather.blind(
                    &self.source,
                    format!("line {}: an alias that leads nowhere", entry.line),
                );
                continue;
            };
            match entry.route.last() {
                Some(Segment::Key(name)) if value.value == Value::Null => {
                    self.passed(gather, name, name);
                }
                Some(Segment::Key(name)) => {
                    self.assigned(gather, name, value.scalar_text(), entry.line);
                }
                Some(Segment::Index(_)) => match value.scalar_text().split_once('=') {
                    Some((name, value)) => self.assigned(gather, name, value, entry.line),
                    None => self.passed(gather, value.scalar_text(), value.scalar_text()),
                },
                Some(Segment::Find { .. }) | None => {}
            }
        }
    }

    fn assigned(&self, gather: &mut Gather, name: &str, value: &str, line: usize) {
        let expanded = match self.expand(value) {
            // Compose would refuse to start; reporting a missing variable is up to the rules.
            Err(ExpandError::Required { name: unset, .. }) if unset == name => return,
            Err(error) => return self.unclear(gather, line, &error),
            Ok(expanded) => expanded,
        };
        match expanded.parts.as_slice() {
            [
                Part {
                    origin: Origin::Variable(passed),
                    ..
                },
            ] => self.passed(gather, name, passed),
            [
                Part {
                    origin: Origin::Default(unset) | Origin::Unset(unset),
                    ..
                },
            ] if unset == name => {
                let source = format!("{} (default)", self.place);
                let at = At {
                    source: &source,
                    ..self.at(line)
                };
                gather.see_as(name, expanded.to_string(), at, Stands::Default);
            }
            _ => gather.see(name, expanded.to_string(), self.at(line)),
        }
    }

    /// Records a variable whose value is set elsewhere, perhaps under another name.
    fn passed(&self, gather: &mut Gather, name: &str, passed: &str) {
        let Some(value) = self.known.value(passed) else {
            return;
        };
        let (mut source, file, line) = self.known.place(passed);
        let mut stands = Stands::Itself;
        if passed != name {
            source = format!("{source} ({passed}, passed on by {})", self.place);
            stands = Stands::As(passed.to_owned());
        }
        let at = At {
            source: &source,
            file,
            line,
        };
        gather.see_as(name, value, at, stands);
    }
}
