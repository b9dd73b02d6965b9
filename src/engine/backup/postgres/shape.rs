//! The shape of a database as its own tools write it: every object with its kind, schema and owner,
//! and all privileges. Definitions are left out, because PostgreSQL rewords some of them with each
//! restore.

use crate::{
    engine::means::{
        database::job::{Job, JobError, Tool},
        watched::Meanwhile,
    },
    world::Stream,
};
use std::collections::BTreeMap;

/// How many differences are reported individually.
const TOLD_MAX: usize = 4;

/// Lines with the number of times each occurs; their order does not matter.
#[derive(Debug, Default, PartialEq)]
pub struct Shape(BTreeMap<String, u64>);

impl Shape {
    /// Reads it from the output of a tool that was asked for the schema only.
    pub fn read(job: &mut Job<'_>, tool: Tool<'_>) -> Result<Self, JobError> {
        let mut shape = Self::default();
        job.run(tool, &mut |job, seen| match seen {
            Meanwhile::Line(Stream::Out, line) => shape.line(line),
            Meanwhile::Line(Stream::Err, _) | Meanwhile::Look => job.log(seen),
        })?;
        Ok(shape)
    }

    fn line(&mut self, line: &str) {
        if tells(line) {
            let line = line.strip_prefix("-- Name: ").unwrap_or(line);
            *self.0.entry(line.to_owned()).or_default() += 1;
        }
    }

    /// How the restored database differs from the backup, in a few words.
    pub fn difference(&self, restored: &Self) -> Option<String> {
        let beyond = |one: &Self, other: &Self, word: &str| -> Vec<String> {
            let more = one.0.iter();
            let more = more.filter(|(line, n)| other.0.get(*line).is_none_or(|m| m < *n));
            more.map(|(line, _)| format!("{word} `{line}`")).collect()
        };
        let mut told = beyond(self, restored, "without");
        told.extend(beyond(restored, self, "with"));
        let more = told.len().saturating_sub(TOLD_MAX);
        told.truncate(TOLD_MAX);
        if more > 0 {
            told.push(format!("{more} more"));
        }
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// Whether to compare a line: a restore makes no schema `public`, comments on extensions or rows.
fn tells(line: &str) -> bool {
    if let Some(object) = line.strip_prefix("-- Name: ") {
        let left_out = ["SCHEMA public; ", "EXTENSION ", "public; Type: SCHEMA;"];
        let is_of = |begin: &&str| object.starts_with(*begin);
        return !(left_out.iter().any(is_of)
            || object.contains("; Type: MATERIALIZED VIEW DATA;")
            || object.contains("; Type: BLOB"));
    }
    let is_right = ["GRANT ", "REVOKE ", "ALTER DEFAULT PRIVILEGES "];
    (is_right.iter().any(|word| line.starts_with(word)) && !line.contains(" ON SCHEMA public "))
        || line.ends_with(" ROW LEVEL SECURITY;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(lines: &[&str]) -> Shape {
        let mut shape = Shape::default();
        lines.iter().for_each(|line| shape.line(line));
        shape
    }

    #[test]
    fn objects_owners_and_rights_are_compared_and_neither_order_nor_wording() {
        let table = "-- Name: t; Type: TABLE; Schema: public; Owner: app";
        let backup = shape(&[
            "-- Dumped from database version 15.8",
            "\\restrict Xy1",
            "-- Name: SCHEMA public; Type: COMMENT; Schema: -; Owner: app",
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC;",
            table,
            "GRANT SELECT ON TABLE public.t TO a;",
            "    CONSTRAINT c CHECK (((s)::text = ANY ((ARRAY['a'::character varying])::text[])))",
            "-- Name: many; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: app",
        ]);
        let same = shape(&[
            "GRANT SELECT ON TABLE public.t TO a;",
            table,
            "    CONSTRAINT c CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text])))",
        ]);
        assert_eq!(backup.difference(&same), None);
        let other = shape(&[
            "-- Name: t; Type: TABLE; Schema: public; Owner: admin",
            "GRANT SELECT ON TABLE public.t TO a;",
            "GRANT SELECT ON TABLE public.t TO reader;",
        ]);
        let told = "without `t; Type: TABLE; Schema: public; Owner: app`, \
                    with `GRANT SELECT ON TABLE public.t TO reader;`, \
                    with `t; Type: TABLE; Schema: public; Owner: admin`";
        assert_eq!(backup.difference(&other).as_deref(), Some(told));
    }
}
