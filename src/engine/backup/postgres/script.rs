//! The restore as a shell pipeline, used here and by hand: what it drops first, which parts of the
//! backup it restores, and how it ends.

use super::{environment, tools::Tools};
use crate::{
    engine::means::{
        database::job::{Job, JobError, Tool},
        watched::Meanwhile,
    },
    model::{address::ServerAddress, record::SavedDatabase, text::shell_word},
    sql::quote,
};
use std::collections::HashSet;

const BEFORE: &str = include_str!("before.sql");
/// `pg_restore` writes the `COMMIT` only once it has read the whole backup, and `\echo restored`
/// follows only if it succeeded: without that line, nothing was restored.
const RESTORE: &str = r#"{ echo 'BEGIN;'; cat "$1"; pg_restore --single-transaction -f - -L "$2" "$3" &&
  echo 'SET client_min_messages = error; ANALYZE;' && printf '%s\n' '\echo restored'; } |
  psql -X -q -o /dev/null -v ON_ERROR_STOP=1"#;
/// File endings of the two lists: the whole backup, and all of it but the rows.
pub const WHOLE: &str = ".list";
pub const OBJECTS: &str = ".objects.list";

/// Writes the two files that a restore needs besides the backup: what to drop first, and the list
/// of what to restore, without what only a superuser may restore.
pub fn prepare(job: &mut Job<'_>, tools: &Tools) -> Result<Contents, JobError> {
    let dump = job.place(".dump");
    let mut contents = Contents::default();
    let argv = ["pg_restore", "--list", &dump.to_string_lossy()];
    let tool = tools.tool(&argv);
    job.run(tool, &mut |_, seen| {
        if let Meanwhile::Line(_, line) = seen {
            contents.line(line);
        }
    })?;
    let mut extensions = contents.extensions.clone();
    extensions.push("plpgsql".to_owned());
    let extensions: Vec<String> = extensions.iter().map(|name| quote::text(name)).collect();
    let before = BEFORE.replace("/*extensions*/", &extensions.join(", "));
    let files = &job.context.world.files;
    files.stage(&job.place(WHOLE), contents.whole.as_bytes(), None)?;
    files.stage(&job.place(".before.sql"), before.as_bytes(), None)?;
    Ok(contents)
}

/// Restores the entries of one of the lists.
pub fn run(
    job: &mut Job<'_>,
    tools: &Tools,
    server: &ServerAddress,
    list: &str,
) -> Result<(), JobError> {
    let places = [".before.sql", list, ".dump"].map(|end| job.place(end));
    let [before, list, dump] = places.each_ref().map(|place| place.to_string_lossy());
    let argv = ["sh", "-c", RESTORE, "restore", &before, &list, &dump];
    let mut tool: Tool<'_> = tools.tool(&argv);
    tool.env = environment::of_tools(server);
    let ended = job.run(tool, &mut |job, seen| job.log(seen))?;
    if ended.stdout.contains("restored") {
        return Ok(());
    }
    Err(JobError::Ended {
        tool: "pg_restore".to_owned(),
        how: "did not come to its end".to_owned(),
        said: job.said(&ended),
    })
}

/// The same as shell commands.
pub fn by_hand(saved: &SavedDatabase, server: &ServerAddress) -> String {
    let name = shell_word(&saved.name);
    let export =
        |(variable, value): (&str, String)| format!("export {variable}={}\n", shell_word(&value));
    let exports: String = environment::plain(server).into_iter().map(export).collect();
    let script = RESTORE
        .replace("\"$1\"", &format!("{name}.before.sql"))
        .replace("\"$2\"", &format!("{name}.list"))
        .replace("\"$3\"", &format!("{name}.dump"));
    let mut text = format!(
        "Everything in the database is replaced, in one transaction. psql and pg_restore must be \
         those of the server's release or newer; `PGPASSWORD` or `~/.pgpass` holds the password.\n\n\
         ```sh\n{exports}{script}\n```\n\nIt is done when the last line says `restored`.\n"
    );
    let outside = saved.outside.as_ref();
    if let Some(outside) = outside.filter(|outside| !outside.grants.is_empty()) {
        text.push_str(
            "\nThe backup does not hold what was set on the database itself and on its schema `public`, \
             nor which release of an extension it was. What was granted there:\n\n",
        );
        for grant in &outside.grants {
            text.push_str(&format!("    {grant};\n"));
        }
    }
    text
}

/// The entries of a backup, as `pg_restore --list` prints them.
#[derive(Default)]
pub struct Contents {
    whole: String,
    /// The same without the rows of the tables in the backup. Rows of an extension's tables stay:
    /// the table exists already, and a restore would have to cope with what is in it.
    pub objects: String,
    /// The tables that the backup creates, by their object ids.
    made: HashSet<String>,
    pub extensions: Vec<String>,
}

impl Contents {
    fn line(&mut self, line: &str) {
        // `2; 3079 16386 EXTENSION - pgcrypto `: only its owner may set an extension's comment.
        if line.contains(" COMMENT - EXTENSION ") || line.contains(" COMMENT - SCHEMA public ") {
            return;
        }
        if let Some((_, name)) = line.split_once(" EXTENSION - ") {
            self.extensions.push(name.trim().to_owned());
        }
        let line = format!("{line}\n");
        self.whole.push_str(&line);
        if let Some(table) = number_of(&line, "TABLE DATA ") {
            if self.made.contains(table) {
                return;
            }
        } else if let Some(table) = number_of(&line, "TABLE ") {
            self.made.insert(table.to_owned());
        } else if number_of(&line, "BLOBS ").is_some() {
            return;
        }
        self.objects.push_str(&line);
    }
}

/// From `3508; 0 16767 TABLE DATA public orders shop` the 16767, if the entry is of this kind.
fn number_of<'l>(line: &'l str, kind: &str) -> Option<&'l str> {
    let (_, entry) = line.split_once("; ")?;
    let (_, entry) = entry.split_once(' ')?;
    let (number, entry) = entry.split_once(' ')?;
    entry.starts_with(kind).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_objects_the_rows_are_left_out_but_for_those_of_tables_that_an_extension_made() {
        let lines = [
            "; Archive created at 2026-11-23",
            "2; 3079 16386 EXTENSION - it's ",
            "3510; 0 0 COMMENT - EXTENSION it's ",
            "218; 1259 16767 TABLE public orders shop",
            "3508; 0 16767 TABLE DATA public orders shop",
            "3509; 0 16400 TABLE DATA public spatial_ref_sys shop",
            "3511; 2613 4711 BLOB - 4711 shop",
            "3512; 0 0 BLOBS - BLOBS ",
            "3513; 1259 16790 INDEX public orders_item shop",
        ];
        let mut contents = Contents::default();
        lines.iter().for_each(|line| contents.line(line));
        let but = |left_out: &[usize]| {
            let kept = lines.iter().enumerate();
            let kept = kept.filter(|(n, _)| !left_out.contains(n));
            kept.map(|(_, line)| format!("{line}\n"))
                .collect::<String>()
        };
        assert_eq!(contents.whole, but(&[2]));
        assert_eq!(contents.objects, but(&[2, 4, 7]));
        assert_eq!(contents.extensions, ["it's"]);
    }
}
