//! A folder of SQL files, as a rule and the survey describe it: which files, in which order, how
//! each must be sent and what it destroys.

use crate::{
    model::{
        digest::Digest,
        glob::Glob,
        path::RelPath,
        rule::{Applied, Database, KnownFile, Migrate, RecordRow, SqlFile},
        survey::{AppliedSeen, FileState, Survey},
    },
    sql::{self, Loss, Manner, Statement},
};
use std::collections::{BTreeMap, BTreeSet};

/// The databases of a pack, by name.
type Databases = BTreeMap<String, Database>;

const ALL_FILES: &str = "*.sql";

/// One file of the folder.
#[derive(Clone, Debug)]
pub struct File<'a> {
    pub file: RelPath,
    /// The path below the folder.
    pub name: String,
    pub known: Option<&'a KnownFile>,
    pub record: Option<RecordRow>,
    /// What its text says, or why it cannot be applied.
    pub text: Result<Text, String>,
}

#[derive(Clone, Debug)]
pub struct Text {
    pub digest: Digest,
    pub statements: usize,
    pub manner: Manner,
    /// The line of the statement that cannot be in a transaction.
    pub alone_line: Option<usize>,
    pub losses: Vec<Loss>,
}

/// The statements of a text for a database, or why it cannot be sent there.
pub fn statements<'t>(
    databases: &Databases,
    database: &str,
    text: &'t str,
) -> Result<Vec<Statement<'t>>, String> {
    let named = databases.get(database).and_then(Database::dialect);
    let dialect = named.ok_or_else(|| format!("`{database}` is no database of statements"))?;
    sql::split(text, dialect).map_err(|error| error.to_string())
}

/// The text of an SQL file as the survey read it, or why there is nothing to send.
pub fn text_of<'s>(survey: &'s Survey, file: &RelPath) -> Result<(&'s str, &'s Digest), String> {
    match survey.files.get(file) {
        Some(FileState::Text { text, digest, .. }) => Ok((text, digest)),
        Some(FileState::Unusable { why }) => Err(why.clone()),
        Some(FileState::Absent) | None => Err("it is not there".to_owned()),
    }
}

/// The glob that finds them, from the root on.
pub fn glob(rule: &Migrate) -> Glob {
    let all = || Glob::try_from(ALL_FILES.to_owned()).expect("a fair pattern");
    let files = rule.files.clone().unwrap_or_else(all);
    files.within(&rule.folder)
}

/// Every file to apply, in execution order: by name, or as the pack lists them.
pub fn files<'a>(rule: &'a Migrate, databases: &Databases, survey: &Survey) -> Vec<File<'a>> {
    let mut names: Vec<String> = rule.known.iter().map(|known| known.file.clone()).collect();
    if !rule.only_known {
        let there: BTreeSet<String> = found(rule, survey).into_iter().chain(names).collect();
        names = there.into_iter().collect();
    }
    let mut files: Vec<File<'a>> = names
        .into_iter()
        .filter_map(|name| file(rule, databases, survey, name))
        .collect();
    for n in 0..files.len() {
        let same = |other: &File<'_>| other.record.is_some() && other.record == files[n].record;
        if let Some(other) = files[..n].iter().find(|other| same(other)) {
            let value = files[n]
                .record
                .as_ref()
                .map_or("", |row| row.value.as_str());
            let why = format!(
                "{} would be recorded as `{value}` too; the pack has to tell the two apart",
                other.name
            );
            files[n].text = Err(why);
        }
    }
    files
}

fn found(rule: &Migrate, survey: &Survey) -> Vec<String> {
    let glob = glob(rule);
    let there = survey.found_by(&glob).filter(|(_, state)| state.is_there());
    let prefix = format!("{}/", rule.folder);
    there
        .filter_map(|(file, _)| file.as_str().strip_prefix(&prefix).map(str::to_owned))
        .collect()
}

fn file<'a>(
    rule: &'a Migrate,
    databases: &Databases,
    survey: &Survey,
    name: String,
) -> Option<File<'a>> {
    let file = RelPath::try_from(format!("{}/{name}", rule.folder)).ok()?;
    let text = text_of(survey, &file).and_then(|(text, digest)| {
        let statements = statements(databases, &rule.database, text)?;
        Ok(read(&statements, digest))
    });
    Some(File {
        file,
        known: rule.known.iter().find(|known| known.file == name),
        record: rule.record.as_ref().map(|record| RecordRow {
            table: record.table.clone(),
            column: record.column.clone(),
            value: match &record.from {
                Some(pattern) => pattern.capture(&name).unwrap_or(&name).to_owned(),
                None => name.clone(),
            },
        }),
        name,
        text,
    })
}

fn read(statements: &[Statement<'_>], digest: &Digest) -> Text {
    let manner = sql::manner(statements);
    Text {
        digest: digest.clone(),
        statements: statements.len(),
        alone_line: match manner {
            Manner::Alone { because } => statements.get(because).map(|one| one.line),
            Manner::Together | Manner::ItsOwn | Manner::AsItStands => None,
        },
        manner,
        losses: sql::losses(statements),
    }
}

impl File<'_> {
    /// How to tell whether the file was applied; `None` if nothing shows it.
    pub fn applied(&self, rule: &Migrate) -> Option<Applied> {
        let made = self
            .known
            .map(|known| known.made.clone())
            .unwrap_or_default();
        if made.is_empty() && self.record.is_none() {
            return None;
        }
        Some(Applied {
            database: rule.database.clone(),
            made,
            again: self.known.is_some_and(|known| known.again),
            record: self.record.clone(),
        })
    }

    /// What the survey found about whether it was applied.
    pub fn seen<'s>(&self, rule: &Migrate, survey: &'s Survey) -> Option<&'s AppliedSeen> {
        let applied = self.applied(rule)?;
        let found = survey.applied.iter().find(|(asked, _)| *asked == applied)?;
        Some(&found.1)
    }

    /// The plain action that applies it.
    pub fn action(&self, rule: &Migrate) -> SqlFile {
        let losses = self.text.as_ref().map(|text| text.losses.as_slice());
        SqlFile {
            database: rule.database.clone(),
            file: self.file.clone(),
            made: self
                .known
                .map(|known| known.made.clone())
                .unwrap_or_default(),
            again: self.known.is_some_and(|known| known.again),
            record: self.record.clone(),
            loses: losses
                .unwrap_or_default()
                .iter()
                .map(Loss::to_string)
                .collect(),
            limit: rule.limit,
            lock_wait: rule.lock_wait,
        }
    }
}

impl Text {
    /// How it is sent, for people.
    pub fn manner_words(&self) -> String {
        match (self.manner, self.alone_line) {
            (Manner::Together, _) => "one transaction".to_owned(),
            (Manner::ItsOwn, _) => "one transaction, its own".to_owned(),
            (Manner::Alone { .. }, Some(line)) => {
                format!("each statement alone: line {line} cannot be in a transaction")
            }
            (Manner::Alone { .. }, None) => "each statement alone".to_owned(),
            (Manner::AsItStands, _) => {
                "as it stands: it ends transactions in its middle".to_owned()
            }
        }
    }

    /// Whether a failure in its middle leaves nothing behind.
    pub fn all_or_nothing(&self) -> bool {
        match self.manner {
            Manner::Together | Manner::ItsOwn => true,
            Manner::Alone { .. } | Manner::AsItStands => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            pattern::Pattern,
            rule::{Record, Server, Thing},
        },
        rules::testing::{rel, survey, text_file},
    };

    fn rule(known: &[&str]) -> Migrate {
        let file = |name: &&str| KnownFile {
            file: (*name).to_owned(),
            made: vec![Thing {
                table: Some("t".to_owned()),
                ..Thing::default()
            }],
            ..KnownFile::default()
        };
        Migrate {
            database: "main".to_owned(),
            folder: rel("sql"),
            files: None,
            known: known.iter().map(file).collect(),
            only_known: false,
            record: None,
            limit: None,
            lock_wait: None,
        }
    }

    fn databases() -> Databases {
        BTreeMap::from([("main".to_owned(), Database::Postgres(Server::default()))])
    }

    fn folder(names: &[&str]) -> Survey {
        let mut survey = survey();
        for name in names {
            text_file(&mut survey, &format!("sql/{name}"), "SELECT 1;");
        }
        survey
    }

    fn names(rule: &Migrate, survey: &Survey) -> Vec<String> {
        let files = files(rule, &databases(), survey);
        files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn files_go_by_name_unless_the_pack_lists_them() {
        let survey = folder(&[
            "112_c.sql",
            "010_b.sql",
            "010_a.sql",
            "readme.txt",
            "down/1.sql",
        ]);
        let mut rule = rule(&["112_c.sql", "010_b.sql"]);
        let by_name = ["010_a.sql", "010_b.sql", "112_c.sql"];
        assert_eq!(names(&rule, &survey), by_name);
        rule.only_known = true;
        assert_eq!(names(&rule, &survey), ["112_c.sql", "010_b.sql"]);
    }

    #[test]
    fn a_file_that_is_named_and_not_there_cannot_be_applied() {
        let rule = rule(&["1_gone.sql"]);
        let found = files(&rule, &databases(), &folder(&["2_here.sql"]));
        assert_eq!(
            found[0].text.as_ref().err(),
            Some(&"it is not there".to_owned())
        );
        assert!(found[1].text.is_ok());
        assert_eq!(
            found[1].applied(&rule),
            None,
            "nothing shows whether it was applied"
        );
    }

    #[test]
    fn what_is_recorded_of_a_file_tells_it_from_the_others() {
        let mut rule = rule(&[]);
        let survey = folder(&["010_a.sql", "010_b.sql"]);
        let record = |from: &str| Record {
            table: "applied".to_owned(),
            column: "name".to_owned(),
            from: Some(Pattern::try_from(from.to_owned()).expect("a pattern")),
        };
        rule.record = Some(record("^([0-9]+)"));
        let same = files(&rule, &databases(), &survey);
        assert!(same[0].text.is_ok() && same[1].text.is_err());
        rule.record = Some(record("^([0-9]+_[a-z])"));
        let apart = files(&rule, &databases(), &survey);
        let values: Vec<&str> = apart
            .iter()
            .filter_map(|file| file.record.as_ref())
            .map(|row| row.value.as_str())
            .collect();
        assert_eq!(values, ["010_a", "010_b"]);
        assert!(apart.iter().all(|file| file.text.is_ok()));
    }
}
